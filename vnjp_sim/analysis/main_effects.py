"""The effects that are worth telling first: what a scenario sets itself, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.marks import SET, STILL

INDEX = "index"
"""The kind of indicators that average others: no finding of their own."""


@dataclass(frozen=True)
class MainEffects:
    """The effects of one scenario in one year on the headline indicators that it moves.

    Attributes
    ----------
    changed : tuple[Effect, ...]
        Set by the scenario itself.
    follows : tuple[Effect, ...]
        All others, the surest and largest first; without what is negligible.
    """

    changed: tuple[Effect, ...]
    follows: tuple[Effect, ...]


def main_effects(
    comparison: Comparison, scenario: str, year: int, indicators: Sequence[str] = ()
) -> MainEffects:
    """Return the main effects of a scenario in a year.

    Parameters
    ----------
    indicators : Sequence[str]
        Which; by default the headline indicators, or all if there is none.
    """
    names = list(indicators) or headline_names(comparison)
    moved = [
        effect
        for effect in comparison.summaries(names, [year])
        if effect.scenario == scenario and effect.mark not in STILL
    ]
    changed = tuple(effect for effect in moved if effect.mark == SET)
    kinds = comparison.registry.indicators
    follows = [
        effect
        for effect in moved
        if effect not in changed
        and (indicators or kinds[effect.indicator].kind != INDEX)
        and not effect.negligible
    ]
    return MainEffects(changed, tuple(sorted(follows, key=_order)))


def headline_names(comparison: Comparison) -> list[str]:
    """Return the headline indicators of effects that were compared; all if none was."""
    known = comparison.projections.arrays
    return [n for n in comparison.registry.headline_effects if n in known] or list(known)


def _order(effect: Effect) -> tuple[bool, float]:
    """Return what effects sort by: sure ones first, then those large beside the baseline."""
    relative = abs(effect.mean) / effect.level if effect.level > 0.0 else 1.0
    return not effect.sure, -max(effect.positive, effect.negative) * relative

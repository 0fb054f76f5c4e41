"""What a change moves most, over all sectors, and whether it reaches what is shown."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from vnjp_sim.analysis.effect_words import label_in_sentence, relative_text
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.marks import STILL
from vnjp_sim.explorer.content import Mover
from vnjp_sim.explorer.futures import Pair
from vnjp_sim.explorer.pictures import Shown, sureness
from vnjp_sim.explorer.state import State
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.model_data import Model

MOST, OF_A_SECTOR = 8, 3
"""How many are told; those of a sector beyond so many come after those of others."""


def reaches(pair: Pair, state: State) -> bool:
    """Whether the indicator of a state differs in any draw and year."""
    own, other = (pair.levels(state.indicator, other=which) for which in (False, True))
    return not np.array_equal(own, other)


def untouched(pair: Pair, state: State, model: Model) -> str:
    """Return that a change does not reach the indicator of a state."""
    label = label_in_sentence(model.registry.indicators[state.indicator].label, last=True)
    return f"This change does not reach {label} by {pair.years[-1]}."


def movers(pair: Pair, state: State, registry: Registry) -> tuple[Mover, ...]:
    """Return what differs most in the year of a state, for its level; what is sure comes first."""
    if pair.compared is None:
        return ()
    found = [
        effect
        for effect in pair.compared.summaries(None, [state.year])
        if effect.mark not in STILL
        and not effect.negligible
        and not registry.indicators[effect.indicator].context
    ]
    found.sort(key=lambda effect: (not effect.sure, -_part(effect)))
    before: Counter[tuple[str, bool]] = Counter()
    ranked = []
    for effect in found:
        kind = (registry.indicators[effect.indicator].sector, effect.sure)
        ranked.append((not effect.sure, before[kind] >= OF_A_SECTOR, effect))
        before[kind] += 1
    ranked.sort(key=lambda one: one[:2])
    return tuple(_mover(effect, registry) for _, _, effect in ranked[:MOST])


def _part(effect: Effect) -> float:
    """Return the size of the mean effect as a part of the level of the comparison."""
    return abs(effect.mean) / effect.level if effect.level > 0.0 else math.inf


def _mover(effect: Effect, registry: Registry) -> Mover:
    indicator = registry.indicators[effect.indicator]
    shown = Shown([effect], indicator, registry, percent=False)
    relative = relative_text(effect)
    size = shown.size(effect).partition(";")[0]  # its chance is told below
    size += f", {relative} %" if relative else ""
    return Mover(effect.indicator, indicator.label, size, sureness(effect))

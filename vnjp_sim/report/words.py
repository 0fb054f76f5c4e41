"""The report in words: sentences made from figures, never typed in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.marks import NOT_EXAMINED, PRIOR_DRIVEN, STILL, TOO_FEW, UNSURE
from vnjp_sim.analysis.uncertainty_budget import INTERACTIONS, SOURCES, Budget
from vnjp_sim.inputs.number_text import Measure, chance_text, percent, quantile_errors
from vnjp_sim.inputs.registry import Indicator, Registry
from vnjp_sim.tables.effects import effect_measure, relative_text

MOST_EFFECTS = 4


def in_short(findings: Findings, scenario: str) -> list[str]:
    """Return what a scenario does, in sentences: what moves most surely, what stays unclear."""
    comparison = findings.comparison
    year = comparison.years[-1]
    effects = [
        e
        for e in comparison.summaries(findings.indicators, [year])
        if e.scenario == scenario and not e.indicator.startswith("index_")
    ]
    sure = sorted((e for e in effects if e.sure), key=_strength)
    sentences = [effect_sentence(e, comparison.registry) for e in sure[:MOST_EFFECTS]]
    unsure = [_label(e, comparison.registry) for e in effects if e.mark == UNSURE]
    if unsure:
        sentences.append(f"Indistinguishable from zero in {year}: {_listed(unsure)}.")
    few = [_label(e, comparison.registry) for e in effects if e.mark == TOO_FEW]
    if few:
        sentences.append(f"Too few draws to determine the direction: {_listed(few)}.")
    driven = [_label(e, comparison.registry) for e in effects if e.mark == PRIOR_DRIVEN]
    if driven:
        sentences.append(f"Resting mostly on assumptions: {_listed(driven)}.")
    if any(e.mark == NOT_EXAMINED for e in effects):
        sentences.append(
            "Dependence on assumptions was not examined: this needs at least 1,000 draws."
        )
    untouched = sorted({_sector(e, comparison.registry) for e in effects if e.mark in STILL})
    moved = {_sector(e, comparison.registry) for e in effects if e.mark not in STILL}
    none = [sector for sector in untouched if sector not in moved]
    if none:
        sentences.append(f"No link of the model carries an effect to: {_listed(none)}.")
    return sentences


def effect_sentence(effect: Effect, registry: Registry) -> str:
    """Return one effect as a sentence with its interval and the chance of its direction."""
    indicator = registry.indicators[effect.indicator]
    measure = effect_measure(indicator, registry, effect.quantiles)
    middle = effect.quantiles[2]
    direction = "higher" if middle > 0 else "lower"
    error = quantile_errors(effect.quantiles, effect.draws)[2]
    text = f"{_label(effect, registry)}: {measure.with_unit(abs(middle), error)} {direction} in "
    text += f"{effect.year}"
    asides = [_interval(effect, measure), _relative(effect)]
    if any(asides):
        text += f" ({'; '.join(filter(None, asides))})"
    return f"{text}, {direction} {_surely(max(effect.positive, effect.negative), effect.draws)}."


def _interval(effect: Effect, measure: Measure) -> str:
    """Return what nine draws of ten lie between, both ends without sign if they have one sign."""
    low, high = effect.quantiles[0], effect.quantiles[-1]
    quantiles = effect.quantiles
    if low * high >= 0 and low + high < 0:
        quantiles = tuple(-q for q in reversed(quantiles))
    ends = measure.ends(quantiles, effect.draws)
    return f"90\u00a0% interval {ends[0]} to {ends[1]}" if ends else ""


def _relative(effect: Effect) -> str:
    text = relative_text(effect)
    return f"{text} %" if text else ""


def _surely(chance: float, draws: int) -> str:
    """Return how many draws agree on a direction, in words."""
    if chance >= 1.0:
        return "in the only draw" if draws == 1 else "in every draw"
    return f"with a probability of {chance_text(chance, draws)}"


def budget_sentence(budget: Budget, indicator: Indicator, name: str, year: int) -> str:
    """Return where the uncertainty of an indicator comes from in a year, in a sentence."""
    column = budget.years.index(year)
    shares = {
        source: float(budget.first_order[name][i, column])
        for i, source in enumerate(SOURCES)
        if source != INTERACTIONS
    }
    if not np.isfinite(list(shares.values())).all():
        return ""
    first, second = sorted(shares, key=lambda source: -shares[source])[:2]
    return (
        f"{indicator.label} in {year}: {percent(shares[first])} of the variance comes from "
        f"{first}, {percent(max(0.0, shares[second]))} from {second}."
    )


def comparison_title(comparison: Comparison, titles: Sequence[str]) -> str:
    """Return the title of a report on one or several scenarios."""
    if len(titles) == 1:
        return titles[0]
    if titles:
        return f"{len(titles)} scenarios compared with {comparison.baseline}"
    return f"Projection of {comparison.baseline}"


def _strength(effect: Effect) -> float:
    """Return what the surest and largest effects sort by: they come first."""
    relative = abs(effect.relative[2]) if effect.relative else 100.0
    return -max(effect.positive, effect.negative) * relative


def _label(effect: Effect, registry: Registry) -> str:
    return registry.indicators[effect.indicator].label


def _sector(effect: Effect, registry: Registry) -> str:
    sector = registry.indicators[effect.indicator].sector
    return {"oda": "aid", "macro": "the two economies"}.get(sector, sector)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

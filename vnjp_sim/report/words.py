"""The report in words: sentences made from figures, never typed in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vnjp_sim.budget import INTERACTIONS, SOURCES, Budget
from vnjp_sim.comparison import Comparison, Effect
from vnjp_sim.effect_tables import signed
from vnjp_sim.findings import Findings
from vnjp_sim.marks import NOT_EXAMINED, PRIOR_DRIVEN, STILL, TOO_FEW, UNSURE
from vnjp_sim.registry import Indicator, Registry
from vnjp_sim.tables import SHOWN_IN_THOUSANDS, THOUSAND, short

TOLD = 4
CERTAIN = 0.995


def in_short(findings: Findings, scenario: str) -> list[str]:
    """Return what a scenario does, in sentences: what moves most surely, what cannot be told."""
    comparison = findings.comparison
    year = comparison.years[-1]
    effects = [
        e
        for e in comparison.summaries(findings.indicators, [year])
        if e.scenario == scenario and not e.indicator.startswith("index_")
    ]
    sure = sorted((e for e in effects if e.sure), key=_strength)
    told = [effect_sentence(e, comparison.registry) for e in sure[:TOLD]]
    unsure = [_label(e, comparison.registry) for e in effects if e.mark == UNSURE]
    if unsure:
        told.append(f"Not to be told from zero in {year}: {_listed(unsure)}.")
    few = [_label(e, comparison.registry) for e in effects if e.mark == TOO_FEW]
    if few:
        told.append(f"Moved, but by too few draws to tell which way: {_listed(few)}.")
    driven = [_label(e, comparison.registry) for e in effects if e.mark == PRIOR_DRIVEN]
    if driven:
        told.append(f"Mostly a matter of assumptions: {_listed(driven)}.")
    if any(e.mark == NOT_EXAMINED for e in effects):
        told.append("What rests on assumptions was not examined: it takes 1,000 draws and more.")
    untouched = sorted({_sector(e, comparison.registry) for e in effects if e.mark in STILL})
    moved = {_sector(e, comparison.registry) for e in effects if e.mark not in STILL}
    none = [sector for sector in untouched if sector not in moved]
    if none:
        told.append(f"No link of the model leads to: {_listed(none)}.")
    return told


def effect_sentence(effect: Effect, registry: Registry) -> str:
    """Return one effect as a sentence with its interval."""
    indicator = registry.indicators[effect.indicator]
    known = [abs(q) for q in effect.quantiles if not np.isnan(q)]
    scale = THOUSAND if max(known) >= SHOWN_IN_THOUSANDS else 1.0
    decimals = max(indicator.decimals, 2)
    low, _, middle, _, high = (q / scale for q in effect.quantiles)
    unit = f"thousand {indicator.unit}" if scale > 1 else unit_text(indicator)
    direction = "higher" if middle > 0 else "lower"
    chance = max(effect.positive, effect.negative)
    told = f"{_label(effect, registry)}: {short(abs(middle), decimals)} {unit} {direction} in "
    notes = []
    if not np.isnan(low):
        ends = sorted((abs(low), abs(high))) if low * high >= 0 else (low, high)
        interval = " to ".join(short(end, decimals).replace("-", "−") for end in ends)
        notes.append(f"{interval} in nine draws of ten")
    if effect.relative is not None:
        notes.append(f"{signed(effect.relative[2], 1)} %")
    noted = f" ({'; '.join(notes)})" if notes else ""
    sure = "in every draw" if chance >= CERTAIN else f"in {100 * chance:.0f} % of the draws"
    return f"{told}{effect.year}{noted}, {direction} {sure}."


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
        f"{indicator.label} in {year}: {100 * shares[first]:.0f} % of the variance comes from "
        f"{first}, {max(0.0, 100 * shares[second]):.0f} % from {second}."
    )


def unit_text(indicator: Indicator) -> str:
    """Return a unit as it stands behind a number; none for indices and counts."""
    return {"index": "points", "count": "", "ratio": ""}.get(indicator.unit, indicator.unit)


def comparison_title(comparison: Comparison, titles: Sequence[str]) -> str:
    """Return the title of a report on one or several scenarios."""
    if len(titles) == 1:
        return titles[0]
    if titles:
        return f"{len(titles)} scenarios against {comparison.baseline}"
    return f"The projection {comparison.baseline}"


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

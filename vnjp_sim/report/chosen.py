"""Which effects a brief is about: what follows most strongly, from several sectors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.marks import SET, STILL
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.report.brief import FINDINGS

SMALL = 0.01
"""What follows from a scenario but is a smaller part of the baseline than this stands behind what
the scenario sets by itself."""
NEAR = 0.5
"""Part of the largest effect from which on another is nearly as large."""
COMPOSITE = "index_"
"""Indices are made of the other indicators."""

Scales = Mapping[str, float]
"""What an effect on an indicator is large or small against, by indicator."""


def scales_of(findings: Findings, indicators: Sequence[str], year: int) -> Scales:
    """Return the median level of each baseline; where that may be negative, its 90 % width."""
    comparison = findings.comparison
    scales = {}
    for name in indicators:
        values = comparison.projections.of(comparison.baseline, name)[comparison.years.index(year)]
        low, high = np.quantile(values, [0.05, 0.95])
        level = float(np.median(values)) or float(values.mean())
        scales[name] = level if low >= 0.0 else float(high - low)
    return scales


def percent_of(effect: Effect) -> float | None:
    """Return an effect in per cent of the baseline; None where that is negative or always zero.

    The median of the draws; the mean effect over the mean baseline where an effect has chances, or
    the baseline is zero in some draws, so that these have no percentage of their own.
    """
    if effect.relative is not None and not effect.by_chance:
        return effect.relative[2]
    if effect.signed or not effect.level > 0.0:
        return None
    return 100.0 * effect.mean / effect.level


def strength(effect: Effect, scales: Scales) -> float:
    """Return how large an effect is against the baseline; at most 1 where it has no percentage."""
    if effect.mark in STILL:
        return 0.0
    if (part := percent_of(effect)) is not None and math.isfinite(part):
        return abs(part) / 100.0
    middle, scale = abs(middle_of(effect)), scales.get(effect.indicator, 0.0)
    return min(1.0, middle / scale if scale else 1.0)


def weight(effect: Effect, scales: Scales) -> float:
    """Return how large an effect is, less the more the draws that it moves disagree on its sign."""
    size, moved = strength(effect, scales), effect.positive + effect.negative
    agree = abs(effect.positive - effect.negative) / moved if moved else 0.0
    return size * agree if effect.unsure else size


def middle_of(effect: Effect) -> float:
    """Return the mean of an effect that has chances, else its median."""
    return effect.mean if effect.by_chance else effect.quantiles[2]


def told_of(effects: Iterable[Effect], scales: Scales) -> list[Effect]:
    """Return the effects that a brief may be about, the largest and surest first.

    What follows from a scenario stands before what it sets by itself, unless it is small; indices
    are left out.
    """
    mine = [e for e in effects if e.mark not in STILL and not e.indicator.startswith(COMPOSITE)]

    def place(one: Effect) -> tuple[int, float]:
        size = strength(one, scales)
        small = one.negligible or size < SMALL
        return (1 if one.mark == SET else 2 if small else 0), -weight(one, scales)

    return sorted(mine, key=place)


def foremost(effects: Iterable[Effect]) -> tuple[Effect | None, bool]:
    """Return the largest effect in per cent of the baseline, and whether it is beside others.

    What follows from a scenario stands before what it sets by itself; the second says whether
    something that it sets is larger. None if no effect has a percentage, or all are negligible.
    """
    order = sorted(
        (e for e in _moved(effects) if percent_of(e) is not None),
        key=lambda e: -abs(percent_of(e) or 0.0),
    )
    follows = [e for e in order if e.mark != SET]
    first = next(iter([*follows, *order]), None)
    return first, first is not None and first is not order[0]


def shared(
    effects: Iterable[Effect], scales: Scales, registry: Registry
) -> dict[str, list[Effect]]:
    """Return what follows from more than one scenario, by indicator, the largest effect first.

    The indicators stand in the order of their second largest effects. Before them stands the first
    of the registry whose second effect is nearly as large: a total goes before its parts.
    """
    beside: dict[str, list[Effect]] = {}
    for effect in _moved(effects):
        if effect.mark != SET:
            beside.setdefault(effect.indicator, []).append(effect)
    known = {
        name: sorted(own, key=lambda e: -strength(e, scales))
        for name, own in beside.items()
        if len(own) > 1
    }
    seconds = {name: strength(own[1], scales) for name, own in known.items()}
    order = sorted(seconds, key=lambda name: -seconds[name])
    near = [
        n for n in registry.indicators if n in seconds and seconds[n] >= NEAR * seconds[order[0]]
    ]
    return {name: known[name] for name in dict.fromkeys([*near[:1], *order])}


def _moved(effects: Iterable[Effect]) -> list[Effect]:
    """Return the effects on what is no index that are worth a word."""
    return [
        e
        for e in effects
        if not (e.mark in STILL or e.negligible or e.indicator.startswith(COMPOSITE))
    ]


def strongest(
    effects: Iterable[Effect], scales: Scales, registry: Registry, count: int = FINDINGS
) -> list[Effect]:
    """Return the effects that a brief of one scenario is about, the strongest first.

    Of effects that are nearly as large as the next, one in a sector of its own goes first.
    """
    order = told_of(effects, scales)
    left, chosen = list(order), list[Effect]()

    def sector(one: Effect) -> str:
        return registry.indicators[one.indicator].sector

    while left and len(chosen) < count:
        enough = NEAR * weight(left[0], scales)
        near = [e for e in left if weight(e, scales) >= enough and e.mark != SET]
        fresh = (e for e in near if sector(e) not in map(sector, chosen))
        chosen.append(next(fresh, left[0]))
        left.remove(chosen[-1])
    return sorted(chosen, key=order.index)


def leading(
    effects: Sequence[Effect],
    names: Sequence[str],
    scales: Scales,
    registry: Registry,
    count: int = FINDINGS,
) -> list[str]:
    """Return the indicators that a brief of several scenarios is about.

    First what each scenario, in turn, moves most and more than the others do; then what several
    of them move, if that is none of these; then the strongest of the rest. Of more scenarios than
    there are places, those with the strongest effects. What one of them sets by itself is left
    out.
    """
    every = told_of(effects, scales)
    given = {e.indicator for e in every if e.mark == SET}
    order = [e for e in every if e.indicator not in given] or every
    leaders: dict[str, str] = {}
    for one in sorted(order, key=lambda e: -weight(e, scales)):
        leaders.setdefault(one.indicator, one.scenario)
    chosen: list[str] = []
    for name in names:
        led = [e.indicator for e in order if e.scenario == name == leaders[e.indicator]]
        chosen += led[:1]
    by_strength = list(dict.fromkeys(e.indicator for e in order))
    if len(chosen) > count:
        chosen = sorted(chosen, key=by_strength.index)[:count]
    together = [i for i in shared(effects, scales, registry) if i in by_strength]
    if together and len(chosen) < count and not set(chosen).intersection(together):
        chosen.append(together[0])
    return chosen + [i for i in by_strength if i not in chosen][: count - len(chosen)]

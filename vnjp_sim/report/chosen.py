"""Which effects a brief is about: what follows most strongly, from several sectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.marks import SET, STILL
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.report.brief import FINDINGS

WORTH, SMALL = 0.02, 0.01
"""An effect of less than this part of the baseline is no finding of its own if there are others;
one that is smaller still stands behind what the scenario sets by itself."""
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


def strength(effect: Effect, scales: Scales) -> float:
    """Return how large an effect is against its scale, at most 1."""
    if effect.mark in STILL:
        return 0.0
    middle, scale = abs(middle_of(effect)), scales.get(effect.indicator, 0.0)
    return min(1.0, middle / scale if scale else 1.0)


def middle_of(effect: Effect) -> float:
    """Return the mean of an effect that has chances, else its median."""
    return effect.mean if effect.by_chance else effect.quantiles[2]


def told_of(effects: Iterable[Effect], scales: Scales) -> list[Effect]:
    """Return the effects that a brief may be about, the strongest first.

    What follows from a scenario stands before what it sets by itself, unless it is small; indices
    are left out.
    """
    mine = [e for e in effects if e.mark not in STILL and not e.indicator.startswith(COMPOSITE)]

    def place(one: Effect) -> tuple[int, float]:
        size = strength(one, scales)
        small = one.negligible or size < SMALL
        return (1 if one.mark == SET else 2 if small else 0), -size

    return sorted(mine, key=place)


def strongest(
    effects: Iterable[Effect], scales: Scales, registry: Registry, count: int = FINDINGS
) -> list[Effect]:
    """Return the effects that a brief of one scenario is about.

    From several sectors if several move; if one alone moves by much, the last place is left to the
    largest effect elsewhere.
    """
    order = told_of(effects, scales)
    follows = [e for e in order if e.mark != SET and strength(e, scales) >= SMALL]
    worth = [e for e in follows if strength(e, scales) >= WORTH]

    def sector(one: Effect) -> str:
        return registry.indicators[one.indicator].sector

    firsts = [e for i, e in enumerate(worth) if sector(e) not in map(sector, worth[:i])]
    elsewhere = [e for e in follows if sector(e) not in map(sector, worth)]
    alone = 1 if elsewhere and len(firsts) == 1 else 0
    within = [e for e in worth if e not in firsts][: max(0, count - len(firsts) - alone)]
    chosen = [*firsts, *within, *elsewhere][:count]
    chosen += [e for e in order if e not in chosen][: count - len(chosen)]
    return sorted(chosen, key=order.index)


def leading(
    effects: Sequence[Effect], names: Sequence[str], scales: Scales, count: int = FINDINGS
) -> list[str]:
    """Return the indicators that a brief of several scenarios is about.

    First what each scenario, in turn, moves most and more than the others do; then the strongest
    of the rest. Of more scenarios than there are places, those with the strongest effects.
    """
    every = told_of(effects, scales)
    order = [e for e in every if e.mark != SET] or every
    leaders: dict[str, str] = {}
    for one in sorted(order, key=lambda e: -strength(e, scales)):
        leaders.setdefault(one.indicator, one.scenario)
    chosen: list[str] = []
    for name in names:
        led = [e.indicator for e in order if e.scenario == name == leaders[e.indicator]]
        chosen += led[:1]
    by_strength = list(dict.fromkeys(e.indicator for e in order))
    if len(chosen) > count:
        chosen = sorted(chosen, key=by_strength.index)[:count]
    return chosen + [i for i in by_strength if i not in chosen][: count - len(chosen)]

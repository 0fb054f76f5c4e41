"""Shocks to demand: a stop as in a pandemic with recovery, and tension at sea while it lasts.

A shock has a size of its own for trade, investment, visitors, entries of workers and new students,
since a pandemic stops people and hardly goods; none of them happens in the baseline, whose heavy
tails carry crises.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.identities import decimal_year, overlap, rest_of_year, years_later

FloatArray = NDArray[np.float64]


def share_after_demand_shocks(shocks: tuple[ScenarioEvent, ...], part: str, year: int) -> float:
    """Return what demand shocks leave of a year's flow, 1 without any.

    A shock of p per cent takes p of the twelve months from its day on, p 2^(-1 / h) of the next
    twelve, and so on, with its half-life of recovery h; a year has a part of two such spans.
    `part` names the field of the event that is p for this flow.
    """
    left = 1.0
    for event in shocks:
        lost = event.amount(part) / 100.0
        fading = 0.5 ** (1.0 / event.amount("recovery"))
        passed, within = year - event.on.year, rest_of_year(event.on)
        if passed == 0:
            left *= 1.0 - lost * within
        elif passed > 0:
            left *= 1.0 - lost * fading**passed * (within + (1.0 - within) / fading)
    return left


def share_under_way(events: tuple[ScenarioEvent, ...], year: int) -> float:
    """Return for which part of a year there is an event that lasts some `years`, at most 1."""
    spans = [
        overlap(
            float(year),
            year + 1.0,
            decimal_year(event.on),
            years_later(event.on, event.amount("years")),
        )
        for event in events
    ]
    return min(1.0, sum(spans))


def share_while_it_lasts(events: tuple[ScenarioEvent, ...], part: str, year: int) -> float:
    """Return what events that last some years leave of a year's flow, 1 without any.

    `part` names the field of the event that says how many per cent are lost while it lasts.
    """
    left = 1.0
    for event in events:
        end = years_later(event.on, event.amount("years"))
        within = overlap(float(year), year + 1.0, decimal_year(event.on), end)
        left *= 1.0 - event.amount(part) / 100.0 * within
    return left


def times(flow: FloatArray, share: float) -> FloatArray:
    """Return what a share leaves of a flow, (draw,): the flow itself where it leaves all."""
    return flow if share == 1.0 else flow * share

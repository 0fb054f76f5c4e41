"""Demand shocks: a stop of trade and travel as in a pandemic, with recovery."""

from __future__ import annotations

from vnjp_sim.scenario import ScenarioEvent
from vnjp_sim.sectors.identities import rest_of_year


def demand_left(shocks: tuple[ScenarioEvent, ...], year: int) -> float:
    """Return what demand shocks leave of a year's demand, 1 without any.

    A shock of p per cent on a day takes p of the rest of that year, and of the years after it
    p 2^(-u / h), u years on, with its half-life of recovery h.
    """
    left = 1.0
    for event in shocks:
        lost = event.amount("percent") / 100.0
        if event.on.year == year:
            left *= 1.0 - lost * rest_of_year(event.on)
        elif event.on.year < year:
            left *= 1.0 - lost * 0.5 ** ((year - event.on.year) / event.amount("recovery"))
    return left

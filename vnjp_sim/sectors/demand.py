"""Shocks to demand: a stop as in a pandemic with recovery, and tension at sea while it lasts."""

from __future__ import annotations

from vnjp_sim.scenario import ScenarioEvent
from vnjp_sim.sectors.identities import decimal_year, rest_of_year


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


def tension_left(events: tuple[ScenarioEvent, ...], part: str, year: int) -> float:
    """Return what tension at sea leaves of a year's trade or investment, 1 without any.

    `part` names the field of the event that says how many per cent are lost while it lasts.
    """
    left = 1.0
    for event in events:
        begin = decimal_year(event.on)
        within = min(year + 1.0, begin + event.amount("years")) - max(float(year), begin)
        left *= 1.0 - event.amount(part) / 100.0 * max(0.0, within)
    return left

r"""Flows of workers: what history implies, and how stocks go on from entries.

In history the laws give stocks S, and with the exit rate x of a status they imply entries

.. math:: N_t = S_t - (1 - x) S_{t-1},

and exits beyond x where N would be negative. After history stocks follow from entries. Trainees
and workers under Employment for Skill Development leave, together, at the rate x of trainees. New
entries are under the new programme from April 2027 on; those who came before complete evenly over
the three years to the end of 2030, and what is left of the exits of both leaves the new programme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.identities import rest_of_year

FloatArray = NDArray[np.float64]
Values = Mapping[str, FloatArray]

TRAINEES, SKILL_DEVELOPMENT = "labour_trainees", "labour_skill_development"
SKILLED, ENGINEERS = "labour_skilled", "labour_engineers"
WORKERS = (TRAINEES, SKILLED, ENGINEERS)
"""The statuses whose stocks have calibrated laws."""
STATUSES = (TRAINEES, SKILL_DEVELOPMENT, SKILLED, ENGINEERS)

HAND_OVER = date(2027, 4, 1)
"""The first day of Employment for Skill Development, by the law of 14 June 2024."""
LAST_TRAINEES = 2030
"""The year in which the transition ends: trainees who came before may complete until then."""
LEAST_PRESSURE = 1e-9


def in_order(parts: Sequence[FloatArray]) -> FloatArray:
    """Return the sum of arrays, (draw,), added in their order."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


@dataclass(frozen=True)
class Flows:
    """The flows of one year, all (draw,).

    Attributes
    ----------
    abroad : list[FloatArray]
        Entries from abroad by status, in the order of :data:`WORKERS`.
    leaving : list[FloatArray]
        Exits by status, in the same order; conversions are among those of trainees.
    conversions : FloatArray
        Trainees who become skilled workers.
    from_schools : FloatArray
        Engineers and specialists from schools in Japan.
    """

    abroad: list[FloatArray]
    leaving: list[FloatArray]
    conversions: FloatArray
    from_schools: FloatArray

    @property
    def all_abroad(self) -> FloatArray:
        """Entries from abroad of all statuses, (draw,)."""
        return in_order(self.abroad)

    @property
    def returns(self) -> FloatArray:
        """Workers who leave without converting, (draw,)."""
        return in_order(self.leaving) - self.conversions


def flows_of_course(
    before: Values,
    after: Values,
    exit_rate: Values,
    conversion: FloatArray,
    engineers_abroad: FloatArray,
) -> Flows:
    """Return the flows that take the stocks of one year's end to those of the next.

    Parameters
    ----------
    before, after : Values
        Stocks by status, (draw,).
    exit_rate : Values
        By status, a year.
    conversion : FloatArray
        Share of new skilled workers who were trainees.
    engineers_abroad : FloatArray
        Share of new engineers who come from abroad.
    """
    net = [after[n] - (1.0 - exit_rate[n]) * before[n] for n in WORKERS]
    entries = [np.maximum(value, 0.0) for value in net]
    usual = [exit_rate[name] * before[name] for name in WORKERS]
    conversions = np.minimum(conversion * entries[1], usual[0])
    abroad = [entries[0], entries[1] - conversions, engineers_abroad * entries[2]]
    leaving = [usual[index] + (entries[index] - net[index]) for index in range(len(WORKERS))]
    return Flows(abroad, leaving, conversions, entries[2] - abroad[2])


def leaving_by_status(stock: Values, exit_rate: Values, year: int) -> dict[str, FloatArray]:
    """Return who leaves each of :data:`STATUSES` in a projected year, (draw,).

    Parameters
    ----------
    stock : Values
        Workers by status at the end of the year before.
    exit_rate : Values
        By status of :data:`WORKERS`, a year.
    year : int
        From :data:`HAND_OVER` on trainees complete and none follow them.
    """
    trainees, successors = stock[TRAINEES], stock[SKILL_DEVELOPMENT]
    both = exit_rate[TRAINEES] * (trainees + successors)
    completing = exit_rate[TRAINEES] * trainees
    if year > HAND_OVER.year:
        completing = trainees / max(LAST_TRAINEES - year + 1, 1)
    return {
        TRAINEES: completing,
        SKILL_DEVELOPMENT: np.clip(both - completing, 0.0, successors),
        SKILLED: exit_rate[SKILLED] * stock[SKILLED],
        ENGINEERS: exit_rate[ENGINEERS] * stock[ENGINEERS],
    }


def part_under_skill_development(year: int) -> float:
    """Return the part of a year's new trainees who come under the new programme."""
    if year == HAND_OVER.year:
        return rest_of_year(HAND_OVER)
    return 1.0 if year > HAND_OVER.year else 0.0


def part_that_comes(wanted: FloatArray, limits: Sequence[FloatArray]) -> FloatArray:
    """Return the part of wanted entries, (draw,) in [0, 1], that soft limits let through.

    What comes is the soft minimum (N⁻⁴ + Σ K⁻⁴)^(−1/4) of the wanted entries N and of each limit K:
    nearly N far below the limits, 16 per cent less where N is at one, never more than any.
    """
    load = np.ones_like(wanted)
    for limit in limits:
        squared = np.square(wanted / np.maximum(limit, LEAST_PRESSURE))
        load += squared * squared
    part: FloatArray = 1.0 / np.sqrt(np.sqrt(load))
    return part


def demand_unmet(coming: FloatArray, limit: FloatArray) -> FloatArray:
    """Return what entries wanted are of those that come, (draw,), with one limit above these.

    The inverse of :func:`part_that_comes`.
    """
    squared = np.square(coming / limit)
    unmet: FloatArray = 1.0 / np.sqrt(np.sqrt(1.0 - squared * squared))
    return unmet


def phased_in(since: float, phase: float) -> float:
    """Return the average over a year of what rises evenly to one within `phase` years.

    The year begins `since` years after the rise does, before it where negative.
    """

    def until(time: float) -> float:
        rising = min(max(time, 0.0), phase)
        return (0.5 * rising**2 / phase if phase else 0.0) + max(time - phase, 0.0)

    return until(since + 1.0) - until(since)

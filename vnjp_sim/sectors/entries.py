r"""Entries of workers from abroad after history: what Japan wants, and what Vietnam can send.

Entries of status i begin with those n that the calibrated stock S takes, with its exit rate x and
its growth g at the end of history, n = S (x + g): all of them for trainees, those who were not
trainees for skilled workers, a part for engineers. Japan wants

.. math:: N_{it} = u\, n_i\, e^{d (t - T) + z_{it}}, \qquad z_{it} = \rho z_{i,t-1} + s\,\eta_{it},

where d is the growth of its demand as it ages, less what other countries of origin fill; z reverts;
and u is the demand that is not met in the year T, for Vietnam sends at most K a year, which changes
as its wages catch up. What comes is the soft minimum of what is wanted, of K, and of the room that
Japan's demand for all workers leaves. Persons a year.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.context import SectorContext
from vnjp_sim.sectors.growth import reversion
from vnjp_sim.sectors.worker_flows import demand_unmet, in_order

FloatArray = NDArray[np.float64]

LEAST_SUPPLY = 1.25
"""Vietnam can send at least so many times the workers whom it sends at the end of history."""

REVERTING = ("labour_entries_volatility", "labour_entries_half_life")
PRIORS = (*REVERTING, "labour_demand_growth", "labour_supply", "labour_supply_growth")


class Entries:
    """The law of entries from abroad, year after year.

    Parameters
    ----------
    context : SectorContext
        Priors and random numbers.
    coming : Mapping[str, FloatArray]
        Entries from abroad at the end of history by status, (draw,).
    """

    def __init__(self, context: SectorContext, coming: Mapping[str, FloatArray]) -> None:
        self.context = context
        self.growth = context.drawn("labour_demand_growth")
        self.volatility = context.drawn("labour_entries_volatility")
        self.left = reversion(context.drawn("labour_entries_half_life"), 1.0)
        self.supply_growth = context.drawn("labour_supply_growth")
        total = in_order(list(coming.values()))
        self.most = np.maximum(context.drawn("labour_supply"), LEAST_SUPPLY * total)
        unmet = demand_unmet(total, self.most)
        self.start = {name: unmet * entries for name, entries in coming.items()}
        self.departure = dict.fromkeys(coming, (context.last_history, np.zeros_like(total)))

    def wanted(self, year: int) -> dict[str, FloatArray]:
        """Return the entries that Japan wants of each status, (draw,); year after year."""
        trend = self.growth * (year - self.context.last_history)
        return {
            name: start * np.exp(trend + self.departure_of(name, year))
            for name, start in self.start.items()
        }

    def departure_of(self, name: str, year: int) -> FloatArray:
        """Return the reverting part z of a status, (draw,); of the same or the next year."""
        known, departure = self.departure[name]
        if year > known:
            row = year - self.context.last_history - 1
            departure = self.left * departure + self.volatility * self._shocks(name)[row]
            self.departure[name] = (year, departure)
        return departure

    def supply(self, year: int) -> FloatArray:
        """Return the most workers whom Vietnam sends in a year, (draw,)."""
        years = year - self.context.last_history
        supplied: FloatArray = self.most * np.exp(self.supply_growth * years)
        return supplied

    def _shocks(self, name: str) -> FloatArray:
        """Return standard normals, (year, draw), that the variants of a block share."""
        context, stream = self.context, f"{name}.entries"
        key = (stream, context.loading(stream), *context.seeds)
        return context.block.shared(key, lambda: context.shocks(stream))

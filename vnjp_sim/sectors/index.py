r"""The composite index: how large the partnership is, with weights that nobody can know.

For each sector one main quantity x is averaged over the last five years (as far as they are known)
and put on the scale

.. math:: I_t = 100 (1 + \bar x_t / c) / (1 + \bar x_0 / c),

with the last year of history as year 0. The scale c keeps quantities that can be zero harmless. The
composite is the geometric mean of the sector indices with weights w = softmax(s z), z standard
normal, drawn once a draw and shared by scenarios: its spread shows how arbitrary any weighting is.
"""

from __future__ import annotations

from collections import deque
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext

FloatArray = NDArray[np.float64]

YEARS_AVERAGED = 5
QUANTITIES = {
    "index_trade": "trade_turnover",
    "index_investment": "investment_flow",
    "index_oda": "oda_disbursements",
    "index_security": "security_exchanges",
    "index_labour": "labour_stock",
    "index_people": "people_residents",
    "index_diplomacy": "diplomacy_visits",
    "index_energy": "energy_projects_started",
}
"""The quantity that each sector index measures; its scale is a prior of the index's name."""


class Index(Sector):
    """Sector indices and their composite."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            "index_partnership",
            "the mean of sector indices, weights drawn",
            tuple(QUANTITIES),
            priors=("index_weight_spread",),
        ),
        *(
            Output(
                name, f"the five-year mean of {x} on a log scale", (x,), priors=(f"{name}_scale",)
            )
            for name, x in QUANTITIES.items()
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.past: dict[str, deque[FloatArray]] = {
            name: deque(maxlen=YEARS_AVERAGED) for name in QUANTITIES
        }
        self.sums: dict[str, FloatArray] = {}
        self.base: dict[str, FloatArray] = {}
        self.scale = {name: context.drawn(f"{name}_scale") for name in QUANTITIES}
        spread = context.drawn("index_weight_spread")
        scores = [context.streams.normal(f"{name}.weight", group="assumed") for name in QUANTITIES]
        odds = np.exp(spread * np.stack(scores))
        whole = sum(odds[1:], odds[0])  # in order; np.sum adds a single draw's eight in another
        self.weights = dict(zip(QUANTITIES, odds / whole, strict=True))

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the indices of `year`."""
        result: dict[str, FloatArray] = {}
        for name, quantity in QUANTITIES.items():
            if quantity not in values:
                continue
            if np.isnan(values[quantity][0]):  # a year before its path
                result[name] = values[quantity]
                continue
            level = self._averaged(name, values[quantity])
            level /= self.scale[name]
            level += 1.0
            if year <= self.context.last_history:
                self.base[name] = level
            result[name] = level / self.base[name]
            result[name] *= 100.0
        if len(result) == len(QUANTITIES):
            total, part = np.zeros((2, self.context.streams.size))
            for name in QUANTITIES:
                np.log(result[name], out=part)
                part *= self.weights[name]
                total += part
            result["index_partnership"] = np.exp(total, out=total)
        return result

    def _averaged(self, name: str, value: FloatArray) -> FloatArray:
        """Return the mean of a quantity over the last years, (draw,), the year at hand included."""
        past = self.past[name]
        if not past:
            self.sums[name] = np.zeros(value.size)
        total = self.sums[name]
        if len(past) == YEARS_AVERAGED:
            total -= past[0]
        total += value
        past.append(value)
        return total / len(past)

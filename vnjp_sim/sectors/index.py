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
from math import isnan
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext

FloatArray = NDArray[np.float64]

COMPOSITE = "index_partnership"
YEARS_AVERAGED = 5
QUANTITIES = {
    "index_trade": "trade_turnover",
    "index_investment": "investment_flow",
    "index_oda": "oda_disbursements",
    "index_security": "security_cooperation",
    "index_labour": "labour_stock",
    "index_people": "people_residents",
    "index_diplomacy": "diplomacy_visits",
    "index_energy": "energy_projects_started",
}
"""The quantity that each sector index measures; its scale is a prior of the index's name."""


class SectorIndex(Sector):
    """The index of one sector's main quantity, of which a subclass has the name."""

    name: ClassVar[str]
    quantity: ClassVar[str]

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.scale = context.drawn(f"{self.name}_scale")
        self.past: deque[FloatArray] = deque(maxlen=YEARS_AVERAGED)
        self.sum = np.zeros(context.streams.size)
        self.whole = self.percent = self.sum

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the index of `year`."""
        value = values.get(self.quantity)
        if value is None:
            return {}
        if isnan(value[0]):  # a year before its path
            return {self.name: value}
        if len(self.past) == YEARS_AVERAGED:
            self.sum -= self.past[0]
        else:
            self.whole = (len(self.past) + 1) * self.scale
        self.sum += value
        self.past.append(value)
        level = self.sum / self.whole
        level += 1.0
        if year <= self.context.last_history:
            self.percent = 100.0 / level
            return {self.name: np.full_like(level, 100.0)}
        level *= self.percent
        return {self.name: level}


def index_of_path(values: FloatArray, scale: FloatArray) -> FloatArray:
    """Return the index of a quantity in every year of a path, 100 in its last year.

    Parameters
    ----------
    values : FloatArray
        (year, draw), NaN before it is known.
    scale : FloatArray
        (draw,)
    """
    known = ~np.isnan(values).all(axis=1)
    levels = np.full(values.shape, np.nan)
    begun = int(known.argmax())
    for year in range(begun, len(values)):
        window = values[max(begun, year + 1 - YEARS_AVERAGED) : year + 1]
        levels[year] = 1.0 + window.mean(axis=0) / scale
    index: FloatArray = levels / levels[-1] * 100.0  # in the order of the sector
    return index


def _index_of(name: str, quantity: str) -> type[Sector]:
    output = Output(
        name,
        f"the five-year mean of {quantity} on a log scale",
        (quantity,),
        priors=(f"{name}_scale",),
    )
    content = {"name": name, "quantity": quantity, "gives": (output,), "__module__": __name__}
    return type(f"IndexOf{name.partition('_')[2].title()}", (SectorIndex,), content)


INDICES = tuple(_index_of(name, quantity) for name, quantity in QUANTITIES.items())
"""The indices of the sectors, a class each: a variant makes new rows only of those it reaches."""
globals().update({index.__name__: index for index in INDICES})  # where pickle looks for them


class Composite(Sector):
    """The composite of the sector indices."""

    gives: ClassVar[tuple[Output, ...]] = (
        Output(
            COMPOSITE,
            "the mean of sector indices, weights drawn",
            tuple(QUANTITIES),
            priors=("index_weight_spread",),
        ),
    )

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        spread = context.drawn("index_weight_spread")
        scores = [context.streams.normal(f"{name}.weight", group="assumed") for name in QUANTITIES]
        odds = np.exp(spread * np.stack(scores))
        whole = sum(odds[1:], odds[0])  # in order; np.sum adds a single draw's eight in another
        self.weights = dict(zip(QUANTITIES, odds / whole, strict=True))

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the composite index of `year`."""
        del year
        if any(name not in values for name in QUANTITIES):
            return {}
        total, part = np.zeros((2, self.context.streams.size))
        for name in QUANTITIES:
            np.log(values[name], out=part)
            part *= self.weights[name]
            total += part
        return {COMPOSITE: np.exp(total)}

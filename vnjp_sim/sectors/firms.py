"""Firms: what Japanese firms in Vietnam say, the parks they share, and Vietnamese firms in Japan.

The shares of firms that intend to expand, and that expect a profit, are those of a yearly survey:
their log odds revert, with the common shock of investment. The share of Japanese firms in the
industrial parks that were set up with Japanese participation reverts in the same way. The number
of these parks only grows, by the arrivals of a Poisson process; the firms in them, and Vietnamese
projects in Japan with their capital, follow growth laws of their own.

No link, lever or event acts here: a scenario moves what firms do, not what they say.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Sector, Values
from vnjp_sim.sectors.laws import AccrualState, GrowthState, PercentState, SectorContext

FloatArray = NDArray[np.float64]

SHARES = (
    "investment_expand_intent",
    "investment_profitable_firms",
    "investment_park_japanese_share",
)
STOCKS = ("investment_park_firms", "investment_vn_projects", "investment_vn_capital")
PARKS = "investment_parks"


class Firms(Sector):
    """Shares of firms in percent, parks and their firms, Vietnamese projects in Japan."""

    outputs: ClassVar[tuple[str, ...]] = (*SHARES, PARKS, *STOCKS)

    @classmethod
    def given(cls, known: Collection[str], before: Collection[str]) -> tuple[str, ...]:
        """Return the outputs that have a calibrated law."""
        del before
        return tuple(name for name in cls.outputs if f"{name}.path" in known)

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        known = self.given(context.sample.arrays, ())
        self.laws: list[PercentState | AccrualState | GrowthState] = []
        self.laws += [PercentState(context, name) for name in SHARES if name in known]
        self.laws += [AccrualState(context, name) for name in (PARKS,) if name in known]
        self.laws += [GrowthState(context, name, 1.0) for name in STOCKS if name in known]

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's shares, and the numbers at its end."""
        del values
        return {law.name: law.step(year) for law in self.laws}

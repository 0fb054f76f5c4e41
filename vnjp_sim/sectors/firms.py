"""Firms: what Japanese firms in Vietnam say, the parks they share, and Vietnamese firms in Japan.

The shares of firms that intend to expand, and that expect a profit, are those of a yearly survey:
their log odds revert, with the common shock of investment. The share of Japanese firms in the
industrial parks that were set up with Japanese participation reverts in the same way. The number
of these parks only grows, by the arrivals of a Poisson process; the firms in them, and Vietnamese
projects in Japan with their capital, follow growth laws of their own.

No link, lever or event acts here: a scenario moves what firms do, not what they say.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.sectors.base import Law, Output, Sector, Values
from vnjp_sim.sectors.context import SectorContext

FloatArray = NDArray[np.float64]


class Firms(Sector):
    """Shares of firms in percent, parks and their firms, Vietnamese projects in Japan."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law("investment_expand_intent", "percent"),
        Law("investment_profitable_firms", "percent"),
        Law("investment_park_japanese_share", "percent"),
        Law("investment_parks", "accrual"),
        Law("investment_park_firms"),
        Law("investment_vn_projects"),
        Law("investment_vn_capital"),
    )
    gives: ClassVar[tuple[Output, ...]] = tuple(Output(law.name, laws=(law.name,)) for law in laws)

    def __init__(self, context: SectorContext) -> None:
        super().__init__(context)
        self.states = [self.state(law.name) for law in self.laws if self.is_calibrated(law.name)]

    def close(self, year: int, values: Values) -> dict[str, FloatArray]:
        """Return the year's shares, and the numbers at its end."""
        del values
        return {state.name: state.step(year) for state in self.states}

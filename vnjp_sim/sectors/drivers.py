"""What a year adds to the drivers of the baseline, and what that explains of a law.

Real output of a country departs from its central course by a lasting part of growth and a shock of
each year; the yen by the shocks of its reverting law. Shocks of one sector share the common factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.links import Link
from vnjp_sim.sectors.block import BlockContext
from vnjp_sim.sectors.context import common_loading
from vnjp_sim.sectors.couplings import LEAST_LEFT
from vnjp_sim.sectors.growth import reversion

FloatArray = NDArray[np.float64]
Amount = FloatArray | float

PERCENT = 100.0


@dataclass(frozen=True)
class Spread:
    """Standard deviations of one source of departures, in log points.

    Attributes
    ----------
    year : FloatArray | float
        Of what a year adds; (draw,) or one number.
    common : float
        The loading of the common factor that its shocks have.
    """

    year: Amount
    common: float = 0.0


DRIVER_SOURCES: Mapping[str, tuple[str, ...]] = {
    "macro_vn_gdp": ("macro_vn_growth",),
    "macro_jp_gdp": ("macro_jp_growth",),
    "macro_vn_gdp_usd": ("macro_vn_growth", "macro_vn_dollar_prices"),
    "macro_vn_gdp_per_capita": ("macro_vn_growth", "macro_vn_dollar_prices"),
    "macro_jpy_per_usd": ("macro_jpy_per_usd",),
}
"""What makes each driver depart from its course."""


def explained_by_drivers(
    block: BlockContext, law: str, carries: tuple[tuple[str, float], ...]
) -> Amount:
    """Return what links explain of the variance that a year adds to a law, (draw,) or 0.

    The law carries these responses. A link from what its mean path follows explains nothing of it.
    """
    followed = block.couplings.follows.get(law)
    effects: dict[str, FloatArray] = {}
    for response, weight in carries:
        for name, link in block.couplings.driving(block.course):
            if link.response == response and link.driver != followed:
                effect: FloatArray = weight * _in_a_year(link, block) * block.coefficient(name)
                for source in DRIVER_SOURCES.get(link.driver, ()):
                    effects[source] = effects[source] + effect if source in effects else effect
    if not effects:
        return 0.0
    spreads = {source: _spread(source, block) for source in effects}
    year, common = np.zeros((2, block.streams.size))
    for source, effect in effects.items():
        spread = spreads[source]
        year = year + (1.0 - spread.common**2) * (effect * spread.year) ** 2
        common = common + spread.common * effect * spread.year
    result: FloatArray = year + common**2
    return result


def yearly_spread(block: BlockContext, law: str) -> FloatArray:
    """Return the standard deviation of what a year adds to a growth or reverting law, (draw,)."""
    if f"{law}.volatility" in block.sample:
        return block.sample.value(f"{law}.volatility")
    left = reversion(block.sample.value(f"{law}.half_life"), 1.0)
    result: FloatArray = block.sample.value(f"{law}.spread") * np.sqrt(1.0 - left**2)
    return result


def shares_at_floor(
    block: BlockContext, carried: Mapping[str, tuple[tuple[str, float], ...]]
) -> dict[str, float]:
    """Return by law the share of draws in which links explain more than it can give away.

    `carried` says which responses each law carries, see :class:`~vnjp_sim.sectors.base.Law`.
    """
    shares = {}
    for law, carries in carried.items():
        variance = yearly_spread(block, law) ** 2
        explained = explained_by_drivers(block, law, carries)
        shares[law] = float(np.mean(variance - explained < LEAST_LEFT * variance))
    return shares


def _in_a_year(link: Link, block: BlockContext) -> float:
    """Return how much of its coefficient a link passes on of what one year adds to the driver.

    For links that adjust slowly, so much that the variance is that of the yearly change of E.
    """
    passed = 1.0
    if link.lag.phase_in is not None:
        passed = link.lag.phase_in**-0.5
    elif link.lag.half_life is not None:
        kept = 2.0 ** (-1.0 / link.lag.half_life)
        passed = ((1.0 - kept) / (1.0 + kept)) ** 0.5
    if link.form == "elasticity":
        return passed
    if link.form == "semi":
        return passed * block.course.value(link.driver, block.last_history)
    return 0.0  # what is added has no fixed part of the response


def _spread(source: str, block: BlockContext) -> Spread:
    """Return how far a source of departures goes, by the priors of the model."""
    if source == "macro_jpy_per_usd":
        left = reversion(block.sample.value(f"{source}.half_life"), 1.0)
        return Spread(block.sample.value(f"{source}.spread") * np.sqrt(1.0 - left**2))
    priors = block.couplings.parameters
    shock = float(priors[f"{source}_shock"].prior.transform(np.zeros(1))[0])
    loading = priors.get(common_loading(source)) if source.endswith("_growth") else None
    common = (loading.prior.fixed or 0.0) if loading else 0.0
    return Spread(shock / PERCENT, common)

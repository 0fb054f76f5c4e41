"""Indicators as charts show them: unit, size of the numbers, ticks, quantiles over the draws."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.errors import InputError, did_you_mean
from vnjp_sim.number_text import alike, draws_needed, measure_of, quantile_errors
from vnjp_sim.vocabulary import DRAW, QUANTILES, SCENARIO, YEAR

if TYPE_CHECKING:
    import xarray as xr

    from vnjp_sim.model import Model

FloatArray = NDArray[np.float64]
Row = dict[str, Any]

HEADROOM = 0.04
"""Part of a step that stays free above what is drawn."""
ZERO_BASED_BELOW = 0.25
"""A rate or an index whose lowest value is below this part of its highest starts at zero."""


@dataclass(frozen=True)
class Quantity:
    """An indicator as a chart shows it.

    Attributes
    ----------
    name, label : id and label of the registry.
    unit : in words, such as "thousand persons".
    factor : what a value is multiplied by to be in `unit`.
    decimals : how many of a shown value make sense.
    stock : whether a year's value is that of its end.
    zero : whether its axis should start at zero.
    whole : whether it counts whole things.
    """

    name: str
    label: str
    unit: str
    factor: float
    decimals: int
    stock: bool
    zero: bool
    whole: bool

    def texts(self, values: Sequence[float], errors: Sequence[float] = ()) -> list[str]:
        """Return labels of values in the shown unit; the median of a count may be a half."""
        if self.whole and any(value % 1 for value in values):
            return [text.removesuffix(".0") for text in alike(values, 1, errors)]
        return alike(values, self.decimals, errors)

    def position(self, year: float) -> float:
        """Return where a year's value stands: a stock's at the end of the year.

        The tick of a year is the middle of that year.
        """
        return year + 0.5 if self.stock else year


def quantity(name: str, model: Model, shown: Iterable[FloatArray]) -> Quantity:
    """Return how to show an indicator whose draws are the arrays `shown`, each (year, draw).

    Raises
    ------
    InputError
        The registry does not know the indicator.
    """
    indicator = model.registry.indicators.get(check_indicator(name, model.registry.indicators))
    assert indicator is not None  # noqa: S101 - just checked
    finite = [array[np.isfinite(array).all(axis=-1)] for array in shown]
    values = np.concatenate([np.quantile(array, [0.05, 0.95], axis=-1) for array in finite], None)
    largest, smallest = float(np.abs(values).max()), float(values.min())
    measure = measure_of(indicator, model.registry.units, [largest])
    level = indicator.kind in ("rate", "index", "rank")
    return Quantity(
        name,
        indicator.label,
        measure.words,
        measure.factor,
        measure.decimals,
        indicator.kind == "stock",
        not level or smallest < ZERO_BASED_BELOW * largest,
        indicator.decimals == 0 and measure.factor == 1.0,
    )


def check_indicator(name: str, known: Iterable[str]) -> str:
    """Return the name of an indicator; raises InputError, with the nearest, if it is unknown."""
    names = set(known)
    if name not in names:
        raise InputError.single(
            "chart", f"unknown indicator '{name}'", did_you_mean(str(name), names)
        )
    return name


def draws_of(runs: xr.Dataset, indicator: str, scenario: str, model: Model) -> FloatArray:
    """Return the draws of an indicator in a scenario, (year, draw).

    Raises
    ------
    InputError
        The registry or the runs lack the indicator, or the runs the scenario, or all its values.
    """
    check_indicator(indicator, model.registry.indicators)
    if indicator not in runs.data_vars:
        what = f"'{indicator}' is documented, but not projected in these runs"
        raise InputError.single("chart", what, did_you_mean(indicator, map(str, runs.data_vars)))
    known = scenarios_of(runs)
    if scenario not in known:
        what = f"scenario '{scenario}' is not in these runs"
        raise InputError.single("chart", what, did_you_mean(scenario, known))
    chosen = runs[indicator].sel({SCENARIO: scenario}).transpose(YEAR, DRAW)
    draws = np.asarray(chosen.values, np.float64)
    if not np.isfinite(draws).all(axis=1).any():
        raise InputError.single(
            "chart",
            f"'{indicator}' has no year of finite values in scenario '{scenario}'",
            "show a difference where the baseline is zero, and no ratio",
        )
    return draws


def scenarios_of(runs: xr.Dataset) -> list[str]:
    """Return the names of the scenarios of runs, in their order."""
    return [str(name) for name in np.atleast_1d(runs[SCENARIO].values)]


def years_of(runs: xr.Dataset) -> list[int]:
    """Return the years of runs."""
    return [int(year) for year in runs[YEAR].values]


def quantile_rows(
    draws: FloatArray, years: Sequence[int], shown: Quantity, **more: object
) -> list[Row]:
    """Return a row a year with the quantiles over the draws, in the shown unit.

    Years without a finite draw, as of a scenario with a shorter horizon, are left out.

    Parameters
    ----------
    draws : (year, draw).
    years : one for each row of `draws`.
    shown : unit and position.
    more : fields that every row gets besides.
    """
    rows = []
    for year, values in zip(years, draws, strict=True):
        if not np.isfinite(values).all():
            continue
        cuts = np.quantile(values * shown.factor, list(QUANTILES.values()))
        found = {
            name: compact(cut)
            for (name, level), cut in zip(QUANTILES.items(), cuts, strict=True)
            if values.size >= draws_needed(level)
        }
        rows.append({"year": year, "x": shown.position(year), **found, **more})
    return rows


def errors_of(row: Row, draws: int) -> dict[str, float]:
    """Return the Monte Carlo errors of the quantiles of a row."""
    known = [row.get(name, math.nan) for name in QUANTILES]
    return dict(zip(QUANTILES, quantile_errors(known, draws), strict=True))


def compact(value: float) -> float:
    """Return a number to six significant digits: more cannot be seen."""
    return float(f"{value:.6g}")


def ticks(
    low: float, high: float, *, zero: bool, count: int = 6, whole: bool = False
) -> tuple[list[float], str]:
    """Return round ticks that enclose the values, and the d3 format of their labels.

    Steps are 1, 2, 2.5 or 5 times a power of ten; `whole` keeps them at one or more.
    """
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if not high > low:
        spread = abs(high) * 0.1 or 1.0
        low, high = low - (0.0 if zero and low == 0 else spread), high + spread
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= rough * 0.999)
    if whole:
        step = max(1.0, float(round(step)))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last += high > (last - HEADROOM) * step and high != 0.0
    first -= low < (first + HEADROOM) * step and low < 0.0
    values = [compact(i * step) for i in range(first, last + 1)]
    exponent = Decimal(f"{step:.10g}").normalize().as_tuple().exponent
    decimals = max(0, -int(exponent))
    return values, f",.{decimals}f"


def spread_apart(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return label positions moved as little as needed to stand `gap` apart, inside bounds."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    placed = [positions[i] for i in order]
    for _ in range(200):
        moved = False
        for i in range(1, len(placed)):
            lack = gap - (placed[i] - placed[i - 1])
            if lack > 1e-9 * max(gap, 1e-9):
                placed[i - 1] -= lack / 2
                placed[i] += lack / 2
                moved = True
        if not moved:
            break
    if placed:
        shift = max(0.0, low - placed[0]) - max(0.0, placed[-1] - high)
        placed = [position + shift for position in placed]
    result = [0.0] * len(placed)
    for rank, index in enumerate(order):
        result[index] = placed[rank]
    return result

"""Indicators as charts show them: unit, size of the numbers, ticks, quantiles over the draws."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.effect_words import amount_words
from vnjp_sim.charts.given import check_indicator
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.inputs.number_text import Measure, alike, in_figures, measure_of, quantile_errors
from vnjp_sim.simulation.summaries import fewest_draws

if TYPE_CHECKING:
    from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]
Row = dict[str, Any]

HEADROOM = 0.04
"""Part of a step that stays free above what is drawn."""
ZERO_BASED_BELOW = 0.25
"""A rate or an index whose lowest value is below this part of its highest starts at zero."""

FAN, STEPS, CELLS, RARE = "fan", "steps", "cells", "rare"
"""How draws are drawn: stocks and flows as a fan; counts in steps, of few as a cell a number; and
what is often zero in steps, with its mean and the chance of any."""
MOST_CELLS = 8
LEAST_SHARE = 1.0
"""Per cent of the draws from which a number has a cell."""
OFTEN = (0.25, 0.95)
"""Shares of draws between which a quantity is often zero, if it is so in most years."""


@dataclass(frozen=True)
class Quantity:
    """An indicator as a chart shows it.

    Attributes
    ----------
    name, label : str
        Id and label of the registry.
    unit : str
        In words, such as "thousand persons".
    factor : float
        What a value is multiplied by to be in `unit`.
    decimals : int
        How many of a shown value make sense.
    stock : bool
        Whether a year's value is that of its end.
    zero : bool
        Whether its axis should start at zero.
    whole : bool
        Whether it counts whole things.
    form : str
        How its draws are drawn: :data:`FAN`, :data:`STEPS`, :data:`CELLS` or :data:`RARE`.
    short : str
        The unit as it stands beside a number, such as "USD bn".
    """

    name: str
    label: str
    unit: str
    factor: float
    decimals: int
    stock: bool
    zero: bool
    whole: bool
    form: str = FAN
    short: str = ""

    @property
    def middle(self) -> str:
        """The field of rows that is drawn as a line: the median, or the mean of what is often 0."""
        return "mean" if self.form in (CELLS, RARE) else "p50"

    def amount(self, number: str) -> str:
        """Return a number with its unit, which things that the label names do not need."""
        named = self.unit.partition(" ")[0].lower() in self.label.lower()
        if self.whole and (named or self.short == "index"):
            return number
        if self.short == "percent":
            return f"{number} %"
        return amount_words(Measure(self.short, self.unit, self.factor, self.decimals), number)

    def texts(self, values: Sequence[float], errors: Sequence[float] = ()) -> list[str]:
        """Return labels of values in the shown unit; the median of a count may be a half."""
        if self.whole and any(value % 1 for value in values):
            return [text.removesuffix(".0") for text in alike(values, 1, errors)]
        return alike(values, self.decimals, errors)

    def position(self, year: float) -> float:
        """Return where a year's value stands: a stock's at the end of the year.

        A year itself is the middle of that year, where its step or its cell stands.
        """
        return year + 0.5 if self.stock and self.form == FAN else year


def quantity(name: str, model: Model, shown: Iterable[FloatArray]) -> Quantity:
    """Return how to show an indicator whose draws are the arrays `shown`, each (year, draw).

    Raises
    ------
    InputError
        The registry does not know the indicator.
    """
    name = check_indicator(name, model.registry.labels)
    indicator = model.registry.indicators[name]
    finite = [array[np.isfinite(array).all(axis=-1)] for array in shown]
    values = np.concatenate([np.quantile(array, [0.05, 0.95], axis=-1) for array in finite], None)
    largest, smallest = float(np.abs(values).max()), float(values.min())
    measure = measure_of(indicator, model.registry.units, [largest])
    level = indicator.kind in ("rate", "index", "rank")
    whole = indicator.decimals == 0 and measure.factor == 1.0
    return Quantity(
        name,
        indicator.label,
        measure.words,
        measure.factor,
        measure.decimals,
        indicator.kind == "stock",
        not level or smallest < ZERO_BASED_BELOW * largest,
        whole,
        form_of(finite, whole=whole, flow=indicator.kind in ("flow", "count")),
        measure.unit,
    )


def form_of(arrays: Sequence[FloatArray], *, whole: bool, flow: bool) -> str:
    """Return how draws are drawn, from arrays (year, draw) of which none has a gap."""
    counts = whole and all(bool((array == np.round(array)).all()) for array in arrays)
    least = min((float(array.min()) for array in arrays), default=0.0)
    if counts and flow and least >= 0.0:
        most = max(float(np.quantile(array, 0.99, axis=1).max()) for array in arrays)
        return CELLS if most <= MOST_CELLS else STEPS
    if counts:
        return STEPS
    none = np.concatenate([(array == 0.0).mean(axis=1) for array in arrays])
    often = (none > OFTEN[0]) & (none < OFTEN[1])
    return RARE if often.mean() > 0.5 else FAN


def quantile_rows(
    draws: FloatArray,
    years: Sequence[int],
    shown: Quantity,
    bands: Sequence[int] = (50, 90),
    **more: object,
) -> list[Row]:
    """Return a row a year with the quantiles over the draws and their mean, in the shown unit.

    A row lacks those for which there are too few draws, all but the median in the end. Years
    without a finite draw, as of a scenario with a shorter horizon, are left out.

    Parameters
    ----------
    draws : FloatArray
        (year, draw).
    years : Sequence[int]
        One for each row of `draws`.
    shown : Quantity
        Unit and position.
    bands : Sequence[int]
        Per cent of the draws within each band that is drawn; 50 and 90 are always there.
    more : object
        Fields that every row gets besides.
    """
    ends = {end_name(level): level for band in bands for level in levels_of(band)}
    levels = QUANTILES | ends
    rows = []
    for year, values in zip(years, draws, strict=True):
        if not np.isfinite(values).all():
            continue
        known = {n: level for n, level in levels.items() if values.size >= fewest_draws(level)}
        found = np.quantile(values * shown.factor, list(known.values()))
        row: Row = {"year": year, "x": shown.position(year)}
        row |= {name: compact(float(value)) for name, value in zip(known, found, strict=True)}
        if shown.form != FAN:
            row["mean"] = compact(float(values.mean()) * shown.factor)
            row["some"] = compact(100.0 * float((values != 0).mean()))
        rows.append(row | more)
    return rows


def levels_of(band: int) -> tuple[float, float]:
    """Return the levels between which so many per cent of the draws are."""
    return (100 - band) / 200, (100 + band) / 200


def end_name(level: float) -> str:
    """Return the name of the field with a quantile: p05 is the one that 5 % are below."""
    whole, _, part = f"{100 * level:.10g}".partition(".")
    return f"p{whole:0>2}" + (f"_{part}" if part else "")


def cell_rows(draws: FloatArray, years: Sequence[int], shown: Quantity) -> list[Row]:
    """Return a row for each year and number that some draws have, with their share in per cent."""
    rows = []
    for year, values in zip(years, draws, strict=True):
        if not np.isfinite(values).all():
            continue
        for number, count in zip(*np.unique(values, return_counts=True), strict=True):
            share = compact(100.0 * count / values.size)
            if share < LEAST_SHARE:
                continue
            rows.append(
                {
                    "year": year,
                    "x": shown.position(year) - 0.5,
                    "x2": shown.position(year) + 0.5,
                    "number": float(number),
                    "low": float(number) - 0.5,
                    "high": float(number) + 0.5,
                    "share": share,
                }
            )
    return rows


def errors_of(row: Row, draws: int) -> dict[str, float]:
    """Return the Monte Carlo errors of the quantiles of a row."""
    known = [row.get(name, math.nan) for name in QUANTILES]
    return dict(zip(QUANTILES, quantile_errors(known, draws), strict=True))


def compact(value: float) -> float:
    """Return a number to six significant digits: more cannot be seen."""
    return in_figures(value, 6)


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

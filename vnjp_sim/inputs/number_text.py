"""How numbers are printed for people: digits, signs, units, chances.

The one home of number formats. A minus sign is "−" here; files for machines keep "-" and every
digit.

A quantile of simulated draws is known up to its Monte Carlo error; no digit below the leading place
of that error is printed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from vnjp_sim.foundation.vocabulary import QUANTILES

if TYPE_CHECKING:
    from vnjp_sim.inputs.registry import Indicator, Unit

MINUS = "−"
NOTHING = "—"
"""Where there is no number."""
FIGURES = 3
"""Significant figures of a number that was computed."""
LARGEST_WRITTEN_OUT = 1e15
CLOSEST = 4
"""Decimals of a percentage that is told from a bound, at most."""
CONFIDENCE = 0.95
"""Of the bound on a chance of which no draw, or every draw, speaks."""
TOO_FEW = "too few draws for an interval"

SCALED_FROM = 10_000.0
FURTHER_FROM = 2_000.0
"""Numbers from the first on are shown in thousands, and in turn from the second on."""
RUNGS = ("", "thousand", "million", "billion", "trillion")
SHORT_RUNGS = {"mn": 2, "bn": 3, "tn": 4}
UNSCALED = ("ratio", "index", "rank", "count", "jpy_per_usd", "years")
"""Dimensions whose numbers are written out, whatever their size."""
BARE = {"index": "points", "count": "", "ratio": ""}
"""Units that read otherwise behind a number."""

_PRINTED = re.compile(r"([-+−]?)([0-9]+)(.*)\Z", re.ASCII | re.DOTALL)
_LEVELS = tuple(QUANTILES.values())
_NEIGHBOURS = ((0, 1), (0, 2), (1, 3), (2, 4), (3, 4))
"""Of each level of :data:`QUANTILES`: the levels whose distance says how dense the draws are."""


def grouped(printed: str) -> str:
    """Put thousands marks into a number as printed; every digit and the sign stay."""
    match = _PRINTED.match(printed)
    if match is None:
        return minus(printed)
    sign, whole, rest = match.groups()
    first = len(whole) % 3
    parts = [whole[i : i + 3] for i in range(first, len(whole), 3)]
    return minus(sign + ",".join([whole[:first], *parts] if first else parts) + rest)


def minus(text: str) -> str:
    """Return a text of numbers with the minus sign that people read."""
    return re.sub(r"(?<![0-9A-Za-z_.)])-(?=[.0-9])|(?<=[0-9.][eE])-(?=[0-9])", MINUS, text)


def exact(value: float) -> str:
    """Return a number with all its digits and no more, as one would type it: 0.05, 2, 1e-07."""
    return repr(float(value)).removesuffix(".0") if math.isfinite(value) else str(value)


def as_written(value: float) -> float:
    """Return a product of a number as typed without the digits that arithmetic added: 5.1 %."""
    return float(f"{value:.12g}")


def short(value: float) -> str:
    """Return a number that someone set, or might set, in three figures without zeros behind."""
    return grouped(exact(float(f"{value:.{FIGURES - 1}e}")))


def fixed(value: float, places: int, *, signed: bool = False) -> str:
    """Return a number with so many decimals and thousands marks.

    What rounds to zero has no sign; `signed` puts a plus sign before what is above zero.
    """
    if math.isnan(value):
        return NOTHING
    if abs(value) >= LARGEST_WRITTEN_OUT:
        return minus(f"{value:{'+' if signed else ''}.{FIGURES - 1}e}")
    text = f"{abs(value):,.{places}f}"
    if not text.strip("0,."):
        return text
    return f"{MINUS if value < 0 else '+' if signed else ''}{text}"


def significant(
    value: float, decimals: int, error: float = 0.0, *, signed: bool = False, figures: int = FIGURES
) -> str:
    """Return a number to three figures, and to no more decimals than it makes sense to show.

    Parameters
    ----------
    decimals : int
        The most that are shown.
    error : float
        Monte Carlo error of the value; digits below its leading place are not shown. Zero or
        NaN if there is none or it is unknown.
    """
    if not abs(value) < LARGEST_WRITTEN_OUT:
        return fixed(value, 0, signed=signed)
    leading = int(f"{value:.{figures - 1}e}".partition("e")[2]) if value else 0
    places = min(decimals, figures - 1 - leading if value else decimals, places_of(error))
    return fixed(round(value, places), max(0, places), signed=signed)


def alike(
    values: Sequence[float],
    decimals: int = 6,
    errors: Sequence[float] = (),
    *,
    signed: bool = False,
) -> list[str]:
    """Return numbers with equal decimals, of which the largest gets three figures."""
    places = common_places(values, decimals, errors)
    return [fixed(_rounded(value, places), max(0, places), signed=signed) for value in values]


def common_places(values: Sequence[float], decimals: int = 6, errors: Sequence[float] = ()) -> int:
    """Return the decimals of :func:`alike`; -1 is to tens."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    leading = math.floor(math.log10(largest)) if largest > 0 else 0
    known = [places_of(error) for error in errors]
    return min([decimals, max(0, FIGURES - 1 - leading), *known])


def _rounded(value: float, places: int) -> float:
    return round(value, places) if abs(value) < LARGEST_WRITTEN_OUT else value


def in_figures(value: float, figures: int) -> float:
    """Return a number rounded to so many significant figures."""
    return float(f"{value:.{figures}g}")


def places_of(error: float) -> int:
    """Return to how many decimals a number with an error may be shown; -1 is to tens."""
    if not math.isfinite(error) or error <= 0.0:
        return 99
    return -int(f"{error:.15e}".partition("e")[2])


def percent(part: float, decimals: int = 0) -> str:
    """Return a part of one in per cent."""
    return f"{fixed(100.0 * part, decimals)} %"


def percent_below(part: float, bound: float) -> str:
    """Return a part of one in per cent; below a bound, with the decimals that tell it from it."""
    decimals = 0
    while part < bound and decimals < CLOSEST:
        if round(100.0 * part, decimals) < round(100.0 * bound, decimals):
            break
        decimals += 1
    return percent(part, decimals)


def draws_text(count: int) -> str:
    """Return how many draws, in words."""
    return count_text(count, "draw")


def count_text(count: int, thing: str, things: str = "") -> str:
    """Return how many things: "1 lever", "3 levers"; `things` is a plural that is not regular."""
    return f"{fixed(count, 0)} {thing if count == 1 else things or thing + 's'}"


def quantile_errors(quantiles: Sequence[float], draws: int) -> tuple[float, ...]:
    """Return the Monte Carlo standard errors of quantiles over so many draws.

    √(p (1 − p) / draws) over the density of the draws at the quantile, which the distance of its
    neighbours tells, exactly for a normal distribution. NaN where a neighbour is.

    Parameters
    ----------
    quantiles : Sequence[float]
        At the levels of :data:`vocabulary.QUANTILES`.
    draws : int
        How many; 0 if unknown.
    """
    root = math.sqrt(draws) if draws > 0 else math.nan
    return tuple(
        shape * abs(quantiles[high] - quantiles[low]) / root
        for shape, (low, high) in zip(_SHAPES, _NEIGHBOURS, strict=True)
    )


def _shape(level: float, low: float, high: float) -> float:
    """Return the error of a quantile of one normal draw, over the distance of two others."""
    normal = NormalDist()
    at = normal.inv_cdf(level)
    spread = math.sqrt(level * (1.0 - level)) / normal.pdf(at)
    return spread / (normal.inv_cdf(high) - normal.inv_cdf(low))


_SHAPES = tuple(
    _shape(level, _LEVELS[low], _LEVELS[high])
    for level, (low, high) in zip(_LEVELS, _NEIGHBOURS, strict=True)
)


def mean_error(low: float, high: float, draws: int) -> float:
    """Return the Monte Carlo standard error of a mean whose 90 % of draws lie between two ends."""
    normal = NormalDist()
    deviations = normal.inv_cdf(_LEVELS[-1]) - normal.inv_cdf(_LEVELS[0])
    return abs(high - low) / deviations / math.sqrt(draws)


def chance_error(chance: float, draws: int) -> float:
    """Return the standard error of a chance that so many draws give.

    That of the posterior under a flat prior, so that no draw or every draw leaves an error too.
    NaN if it is unknown how many draws they were.
    """
    if draws < 1:
        return math.nan
    held = chance * draws
    mean = (held + 1.0) / (draws + 2.0)
    return math.sqrt(mean * (1.0 - mean) / (draws + 3.0))


def chance_text(chance: float, draws: int) -> str:
    """Return a chance with its standard error, such as "43 ± 1 %"; alone if `draws` are unknown.

    Where no draw holds it, the bound below which it lies with 95 % confidence; so for every draw.
    """
    if math.isnan(chance):
        return NOTHING
    if draws < 1:
        return percent(chance)
    bound = 100.0 * (1.0 - (1.0 - CONFIDENCE) ** (1.0 / draws))
    places = max(0, 1 - math.floor(math.log10(bound)))
    upper = math.ceil(bound * 10**places) / 10**places
    if chance <= 0.0:
        return f"< {fixed(upper, places)} %"
    if chance >= 1.0:
        return f"> {fixed(100.0 - upper, places)} %"
    error = 100.0 * chance_error(chance, draws)
    places = places_of(error)
    shown, off = round(100.0 * chance, places), round(error, places)
    return f"{fixed(shown, max(0, places))} ± {fixed(off, max(0, places))} %"


@dataclass(frozen=True)
class Measure:
    """What the numbers of a row or a chart are shown in.

    Attributes
    ----------
    unit : str
        Short, such as "USD bn" or "thousand persons".
    words : str
        In full, such as "billion US dollars".
    factor : float
        What a value in the unit of the indicator is multiplied by.
    decimals : int
        How many make sense.
    """

    unit: str
    words: str
    factor: float
    decimals: int

    def text(self, value: float, error: float = 0.0, *, signed: bool = False) -> str:
        """Return a value and its error, both in the unit of the indicator, as a number alone."""
        shown, off = value * self.factor, error * self.factor
        return significant(shown, self.decimals, off, signed=signed)

    def with_unit(self, value: float, error: float = 0.0, *, signed: bool = False) -> str:
        """Return a value with its unit."""
        return f"{self.text(value, error, signed=signed)} {self.behind}".rstrip()

    @property
    def behind(self) -> str:
        """The unit as it stands behind a number."""
        return BARE.get(self.unit, self.unit)

    def median(self, quantiles: Sequence[float], draws: int, *, signed: bool = False) -> str:
        """Return the median of quantiles over so many draws."""
        return self.text(quantiles[2], quantile_errors(quantiles, draws)[2], signed=signed)

    def ends(self, quantiles: Sequence[float], draws: int) -> tuple[str, str] | None:
        """Return the ends of the interval that holds 90 % of the draws; None if too few."""
        low, high = quantiles[0], quantiles[-1]
        if math.isnan(low) or math.isnan(high):
            return None
        errors = quantile_errors(quantiles, draws)
        return self.text(low, errors[0]), self.text(high, errors[-1])

    def interval(self, quantiles: Sequence[float], draws: int, *, signed: bool = False) -> str:
        """Return the median with the interval of 90 %, or alone if the draws are too few."""
        middle, ends = self.median(quantiles, draws, signed=signed), self.ends(quantiles, draws)
        return middle if ends is None else f"{middle} [{ends[0]}, {ends[1]}]"


def measure_of(
    indicator: Indicator,
    units: Mapping[str, Unit],
    values: Iterable[float],
    *,
    decimals: int | None = None,
) -> Measure:
    """Return what an indicator's values, in its unit, are shown in.

    Parameters
    ----------
    values : Iterable[float]
        All that are shown together; the largest decides.
    decimals : int | None
        How many make sense, by default the indicator's.
    """
    unit = units[indicator.unit]
    places = indicator.decimals if decimals is None else decimals
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    below = _rung(indicator.unit)
    scales = unit.dimension not in UNSCALED and unit.scale >= 1 and unit.scale == 1000.0**below
    above = _reached(largest, below) if scales else below
    if above == below:
        return Measure(indicator.unit, unit.label, 1.0, places)
    return Measure(
        _short(indicator.unit, unit.dimension, above),
        _in_words(unit.label, above),
        1000.0 ** (below - above),
        max(places, 2),
    )


def _rung(unit: str) -> int:
    """Return how many thousands stand in the name of a unit: 3 for USD bn, 0 for persons."""
    return SHORT_RUNGS.get(unit.rpartition(" ")[2], 0)


def _reached(largest: float, rung: int) -> int:
    least = SCALED_FROM
    while largest >= least and rung < len(RUNGS) - 1:
        largest, rung, least = largest / 1000.0, rung + 1, FURTHER_FROM
    return rung


def _short(unit: str, dimension: str, rung: int) -> str:
    stem, _, last = unit.rpartition(" ")
    names = {number: name for name, number in SHORT_RUNGS.items()}
    if last in SHORT_RUNGS or (dimension.startswith("currency") and rung in names):
        return f"{stem if last in SHORT_RUNGS else unit} {names[rung]}"
    return f"{RUNGS[rung]} {unit}"


def _in_words(label: str, rung: int) -> str:
    first, _, rest = label.partition(" ")
    return f"{RUNGS[rung]} {rest if first in RUNGS[1:] and rest else label}"

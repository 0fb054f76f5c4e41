"""Which figures bear on what: kinds of figures, their times, and choices among them."""

from __future__ import annotations

from collections.abc import Iterable

from vnjp_sim.calibration.observation_model import sharpness, two_sided
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation


def is_rate(figure: Observation) -> bool:
    """Whether a figure is a growth rate or a share, in percent."""
    return figure.reported in ("growth", "share")


def is_level(figure: Observation) -> bool:
    """Whether a figure says how large something is, from both sides."""
    return two_sided(figure) and not is_rate(figure)


def levels_of(figures: Iterable[Observation], *names: str) -> list[Observation]:
    """Return the two-sided levels of some indicators, each measured alone."""
    return [
        f for f in figures if len(f.indicators) == 1 and f.indicators[0] in names and is_level(f)
    ]


def sharpest_first(figures: Iterable[Observation]) -> list[Observation]:
    """Return figures in the order in which they condition an unknown."""
    return sorted(figures, key=lambda f: (sharpness(f), f.key))


def periods_of(figure: Observation) -> list[Period]:
    """Return the period of a figure, and that from which a growth rate is measured."""
    return [p for p in (figure.period, figure.base_period) if p is not None]


def indicators_of(figure: Observation) -> tuple[str, ...]:
    """Return what a figure measures, and the whole of which it is a share."""
    return (*figure.indicators, figure.of) if figure.of else figure.indicators


# ---------------------------------------------------------------------- repeated figures


def count_repeated(figures: Iterable[Observation], names: Iterable[str]) -> int:
    """Return how many levels of some indicators repeat one of the same period."""
    keys = [(f.indicators, f.period.text) for f in levels_of(figures, *names)]
    return len(keys) - len(set(keys))


def repeats_of(figure: Observation, figures: Iterable[Observation]) -> list[Observation]:
    """Return the figures, bounds too, of the level that `figure` says, in the same period."""
    return [
        f
        for f in figures
        if f is not figure
        and f.indicators == figure.indicators
        and f.period == figure.period
        and not is_rate(f)
    ]


# ---------------------------------------------------------------------- figures of stocks


def base_figure(figures: Iterable[Observation], stock: str) -> Observation | None:
    """Return the figure from which a stock accumulates: the first, at the end of a year if any."""
    own = levels_of(figures, stock)
    ends = [f for f in own if f.period.kind == "year"]
    ordered = sorted(ends or own, key=lambda f: (f.period.end, sharpness(f), f.key))
    return ordered[0] if ordered else None


# ---------------------------------------------------------------------- times


def stock_time(period: Period) -> float:
    """Return the decimal year at which a stock has the level that a figure says."""
    return 0.5 * (period.start + period.end) if period.kind == "months" else period.end


def year_fractions(period: Period) -> tuple[float, float]:
    """Return the bounds of a period within one year as fractions of that year."""
    return round_fraction(period.start - period.year), round_fraction(period.end - period.year)


def round_fraction(fraction: float) -> float:
    """Round a fraction of a year so that the same month always gives the same number."""
    return round(fraction * 12 * 2) / 24


def rounded_time(time: float) -> float:
    """Round a decimal year so that the same date always gives the same number."""
    year = int(time + 1e-9)
    return year + round_fraction(time - year)

"""How far published forecasts missed: the spreads of `models/parameters/macro.yml`.

    python tools/forecast_errors.py

Prints the errors of the vintages of the World Economic Outlook in `models/official/forecasts.csv`
against the published values in `models/official/macro.csv`, and the moments of the yen's rate. The
years 2020 and 2021 are left out of real growth: a pandemic in two of eight years says little of how
often one comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from vnjp_sim.inputs.official import Official
from vnjp_sim.sectors.central_course import GROWTH, INDEX, OUTPUT, RATE
from vnjp_sim.simulation.model_data import load_model

LEFT_OUT = (2020, 2021)
REBASED_BEFORE = 2020
"""Levels in dollars of earlier vintages have another base."""


@dataclass(frozen=True)
class Error:
    """An outturn less its forecast, in points: of a vintage, for a year so many years ahead."""

    vintage: str
    year: int
    ahead: int
    value: float


def growth_errors(official: Official, indicator: str) -> list[Error]:
    """Return the errors of forecasts of real growth, in percentage points."""
    outturn = {year: f.value for year, f in official.series(indicator).items()}
    forecasts = {
        (f.document, f.year): f.value for f in official.forecasts if f.indicator == indicator
    }
    return _errors(official, forecasts, outturn)


def price_errors(official: Official) -> list[Error]:
    """Return the errors of the rise of Vietnam's prices in dollars, in log points times 100.

    A vintage's own first year has no growth in it: its year before is not kept.
    """
    levels = {year: f.value for year, f in official.series(OUTPUT).items()}
    growth = {year: f.value for year, f in official.series(GROWTH).items()}
    outturn = {
        year: _rise(levels[year], levels[year - 1], growth[year])
        for year in levels
        if year - 1 in levels
    }
    by_vintage = {
        name: {
            (f.document, f.year): f.value for f in official.forecasts if f.indicator == indicator
        }
        for name, indicator in (("levels", OUTPUT), ("growth", GROWTH))
    }
    ahead, real = by_vintage["levels"], by_vintage["growth"]
    forecasts = {
        (document, year): _rise(level, ahead[document, year - 1], real[document, year])
        for (document, year), level in ahead.items()
        if (document, year - 1) in ahead
    }
    return _errors(official, forecasts, outturn, left_out=())


def level_errors(official: Official) -> list[Error]:
    """Return the errors of output in dollars of the vintage's own year, in log points times 100."""
    outturn = {year: 100.0 * np.log(f.value) for year, f in official.series(OUTPUT).items()}
    forecasts = {
        (f.document, f.year): 100.0 * np.log(f.value)
        for f in official.forecasts
        if f.indicator == OUTPUT and official.sources[f.document].published_on.year == f.year
    }
    return [
        error
        for error in _errors(official, forecasts, outturn, left_out=())
        if error.year >= REBASED_BEFORE
    ]


def _rise(level: float, before: float, growth: float) -> float:
    return float(100.0 * (np.log(level / before) - np.log1p(growth / 100.0)))


def _errors(
    official: Official,
    forecasts: Mapping[tuple[str, int], float],
    outturn: Mapping[int, float],
    left_out: tuple[int, ...] = LEFT_OUT,
) -> list[Error]:
    return [
        Error(
            document,
            year,
            year - official.sources[document].published_on.year,
            outturn[year] - value,
        )
        for (document, year), value in sorted(forecasts.items())
        if year in outturn and year not in left_out
    ]


def root_mean_square(errors: list[Error]) -> float:
    """Return the root mean square of errors."""
    return float(np.sqrt(np.mean([error.value**2 for error in errors])))


def by_years_ahead(errors: list[Error]) -> dict[int, float]:
    """Return the root mean square error by years ahead."""
    horizons = sorted({error.ahead for error in errors})
    return {h: root_mean_square([e for e in errors if e.ahead == h]) for h in horizons}


def spread(errors: list[Error], horizons: range) -> float:
    """Return the root mean square over years ahead, each with the same weight."""
    own = [value for ahead, value in by_years_ahead(errors).items() if ahead in horizons]
    return float(np.sqrt(np.mean(np.square(own))))


def lasting_covariance(errors: list[Error]) -> float:
    """Return the mean product of the errors that one vintage has of two years."""
    pairs = [a.value * b.value for a, b in combinations(errors, 2) if a.vintage == b.vintage]
    return float(np.mean(pairs))


def yen_moments(official: Official) -> tuple[float, float, float]:
    """Return mean, standard deviation and half-life (least squares, years) of the log rate."""
    rate = np.log([f.value for _, f in sorted(official.series(RATE).items())])
    left = np.polyfit(rate[:-1], rate[1:], 1)[0]
    return float(rate.mean()), float(rate.std(ddof=1)), float(-np.log(2.0) / np.log(left))


def main() -> None:
    """Print the errors and the moments."""
    official = load_model().evidence.official
    named = {
        "Vietnam, real growth": growth_errors(official, GROWTH),
        "Japan, real growth": growth_errors(official, INDEX["jp"]),
        "Vietnam, prices in dollars": price_errors(official),
    }
    for name, errors in named.items():
        ahead = ", ".join(f"{h}: {value:.2f}" for h, value in by_years_ahead(errors).items())
        print(f"{name}: root mean square error by years ahead {ahead}")
        near, whole = spread(errors, range(4)), root_mean_square(errors)
        print(f"  0 to 3 years ahead {near:.2f}, all {whole:.2f}")
        print(f"  mean product of two years of one vintage {lasting_covariance(errors):.2f}")
    own_year = root_mean_square(level_errors(official))
    print(f"Vietnam, output in dollars, the vintage's own year: {own_year:.2f}")
    mean, sd, half_life = yen_moments(official)
    print(f"Yen: mean {np.exp(mean):.1f}, sd of the log {sd:.3f}, half-life {half_life:.1f} years")


if __name__ == "__main__":
    main()

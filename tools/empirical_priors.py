"""Print the priors of grade `empirical`: pooled estimates from the panels of `models/panels/`.

    python tools/empirical_priors.py            # every prior, ready for models/parameters/
    python tools/empirical_priors.py --figures  # the estimates behind them

Everything is pooled over countries or pairs; no country is chosen because it resembles this pair.
Size enters by a line, since small countries and pairs vary more.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.scoring.panel import Panel, panels_folder, read_panel
from vnjp_sim.scoring.pooled import (
    Centre,
    at_size,
    changes,
    net_of_world,
    reverting,
    robust,
    spreads,
    tails,
    world_years,
)

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

SCRIPT = "Estimated by tools/empirical_priors.py from models/panels/"
PENN = "world_trade_gdp.csv.gz (Penn World Table 9.1)"
PAIRS = "pair_moments.csv (Correlates of War Trade 4.0)"
OWN = "vietnam_japan_trade.csv (Correlates of War Trade 4.0)"

OWN_SIZE = 28.3
"""Turnover of Vietnam and Japan in 2014, USD bn, as the importers report it."""
FEWEST_BN = 1.0
"""Pairs whose geometric mean of turnover in 1990 and 2014 is below it do not enter the gravity."""
PAIR_YEARS = 24
PAIR_CHANGES = 23
LONG_RUN_GROWTH = {"Vietnam": 0.06, "Japan": 0.02, "world": 0.05}
"""Growth of GDP in dollars to 2040, log points a year: judgements, the panel cannot tell them."""
HORIZON = 15
LARGE_BN = 5.0


@dataclass(frozen=True)
class Prior:
    """One prior: its distribution as in a parameter file, unit, and what it was estimated from."""

    name: str
    distribution: dict[str, dict[str, float]]
    unit: str
    reference: str

    @property
    def yaml(self) -> str:
        """The entry of a parameter file."""
        ((form, values),) = self.distribution.items()
        inside = ", ".join(f"{key}: {value}" for key, value in values.items())
        law, _, part = self.name.partition(".")
        text = textwrap.fill(self.reference, 92, initial_indent="    ", subsequent_indent="    ")
        lines = [
            f"{part or law}:",
            f"  prior: {{{form}: {{{inside}}}}}",
            f"  unit: {self.unit}",
            "  grade: empirical",
            "  reference: >-",
            text,
        ]
        entry = textwrap.indent("\n".join(lines), "    " if part else "  ")
        return f"  {law}:\n{entry}\n" if part else f"{entry}\n"


# ---------------------------------------------------------------------- estimates


@dataclass(frozen=True)
class Gravity:
    """Lasting growth of pairs against the growth of both economies, all in dollars.

    growth = constant + elasticity · (growth of one + growth of the other) + lasting + passing

    The constant holds what the rest of the world takes away: its growth in those years is `world`.
    """

    constant: float
    elasticity: float
    constant_error: float
    whole: float
    lasting: float
    world: float
    pairs: int


def pair_volatility(pairs: pd.DataFrame) -> tuple[Centre, float]:
    """Return the volatility of a pair of this pair's size, lognormal, and its elasticity in size.

    World years are in it, since a projection meets them. The kurtosis of pairs is not known; that
    of Student's t with 6 degrees of freedom is taken.
    """
    log_sd = np.log(pairs["sd_growth"].to_numpy())
    sampling = np.full(log_sd.shape, (6.0 - 1.0) / (4.0 * PAIR_CHANGES))
    return at_size(log_sd, sampling, np.log(pairs["turnover_2014_usd_bn"].to_numpy() / OWN_SIZE))


def beyond_output(panel: Panel) -> Centre:
    """Return the yearly spread of turnover to GDP over that of turnover, and the same of spreads.

    Of a country with a hundredth of the panel's trade, world years included: what is left where
    trade follows the country's output in dollars.
    """
    ratio, _ = country_volatility(panel, panel.turnover / panel.gdp, net=False)
    whole, _ = country_volatility(panel, panel.turnover, net=False)
    return Centre(ratio.centre / whole.centre, ratio.spread / whole.spread)


def country_volatility(panel: Panel, series: FloatArray, net: bool) -> tuple[Centre, float]:
    """Return the same of countries with a hundredth of the panel's trade."""
    levels = np.log(series)
    moved = changes(net_of_world(levels) if net else levels)
    share = panel.turnover / np.nansum(panel.turnover, axis=1, keepdims=True)
    return at_size(*spreads(moved), np.nanmean(np.log(share), axis=0) - np.log(0.01))


def gravity(panel: Panel, pairs: pd.DataFrame, ratio: Centre, yearly: float) -> Gravity:
    """Return the line through the lasting growth of pairs, and how much they depart from it.

    `ratio` and `yearly` are the half-life and the yearly spread of what passes: of the variance
    around the line it is taken off what passing deviations at both ends add.
    """
    from scipy.stats import theilslopes

    first, last = panel.years.index(1990), panel.years.index(2014)
    growth = dict(
        zip(panel.countries, np.log(panel.gdp[last] / panel.gdp[first]) / PAIR_YEARS, strict=True)
    )
    there = np.isfinite(panel.gdp[first])
    world = float(np.log(panel.gdp[last][there].sum() / panel.gdp[first][there].sum()) / PAIR_YEARS)
    both = np.array(pairs["country_a"].map(growth) + pairs["country_b"].map(growth))
    start, end = (np.array(pairs[f"turnover_{year}_usd_bn"]) for year in (1990, 2014))
    known = np.isfinite(both) & (np.sqrt(start * end) >= FEWEST_BN)
    own = np.log(end / start)[known] / PAIR_YEARS
    elasticity = float(theilslopes(own, both[known]).slope)
    rest = robust(own - elasticity * both[known])
    left = 2.0 ** (-1.0 / ratio.centre)
    passing = 2.0 * yearly**2 / (1.0 - left**2) * (1.0 - left**PAIR_YEARS) / PAIR_YEARS**2
    lasting = float(np.sqrt(max(rest.spread**2 - passing, 0.0)))
    error = 1.25 * rest.spread / float(np.sqrt(known.sum()))
    return Gravity(rest.centre, elasticity, error, rest.spread, lasting, world, int(known.sum()))


def world_trend(panel: Panel) -> tuple[float, float]:
    """Return the mean trend of trade to GDP in world years, and the spread of 15-year means."""
    yearly = world_years(np.log(panel.turnover / panel.gdp))
    means = np.convolve(yearly, np.full(HORIZON, 1.0 / HORIZON), "valid")
    return float(yearly.mean()), float(means.std(ddof=1))


def own_balance(own: pd.DataFrame) -> tuple[float, float, float, Centre, Centre]:
    """Return spread and AR(1) of this pair's log ratio, the latter corrected, and two priors.

    The AR(1) coefficient is that of least squares around the mean; in n years it is too small by
    (1 + 3ρ) / n on average (M. G. Kendall, Biometrika 41, 1954), which the correction undoes.
    """
    ratio = np.log(own["exports_usd_bn"].to_numpy() / own["imports_usd_bn"].to_numpy())
    count, centred = ratio.size, ratio - ratio.mean()
    spread = float(ratio.std(ddof=1))
    measured = float((centred[1:] * centred[:-1]).sum() / (centred[:-1] ** 2).sum())
    left = (count * measured + 1.0) / (count - 3.0)
    error = np.sqrt((1.0 - left**2) / count)
    independent = count * (1.0 - left**2) / (1.0 + left**2)
    half_life = Centre(float(-np.log(2.0) / np.log(left)), float(error / (-left * np.log(left))))
    return spread, measured, left, Centre(spread, float(np.sqrt(0.5 / independent))), half_life


def pair_balance(pairs: pd.DataFrame) -> tuple[Centre, float, Centre]:
    """Return the spread of the log ratio of pairs of this size, its elasticity, the half-life."""
    log_sd = np.log(pairs["sd_log_ratio"].to_numpy())
    sampling = np.full(log_sd.shape, 0.5 / 8.0)
    size = np.log(pairs["turnover_2014_usd_bn"].to_numpy() / OWN_SIZE)
    spread, slope = at_size(log_sd, sampling, size)
    left = np.clip((25.0 * pairs["ar1_log_ratio"].to_numpy() + 1.0) / 22.0, 0.05, 0.98)
    logs = robust(np.log(-np.log(2.0) / np.log(left)))
    return spread, slope, Centre(float(np.exp(logs.centre)), logs.spread)


# ---------------------------------------------------------------------- priors


def priors(folder: Path | None = None) -> Iterator[Prior]:
    """Yield every prior that the panels speak for."""
    panel, pairs, own = _read(folder)
    ratio = reverting(net_of_world(np.log(panel.turnover / panel.gdp)), trended=True)
    whole, slope = pair_volatility(pairs)
    part = beyond_output(panel)
    volatility = Centre(whole.centre * part.centre, whole.spread * part.spread)
    line = gravity(panel, pairs, ratio.half_life, volatility.centre)
    _, regimes = world_trend(panel)
    long_run = LONG_RUN_GROWTH
    both = long_run["Vietnam"] + long_run["Japan"]
    trend = line.constant + line.world - long_run["world"]
    trend += line.elasticity * both - long_run["Vietnam"]
    spread, measured, left, own_spread, own_half_life = own_balance(own)
    yield Prior(
        "trade_turnover.volatility",
        _lognormal(volatility),
        "log points a year beyond Vietnam's output in dollars",
        f"{SCRIPT}{PAIRS} and {PENN}: standard deviation of annual log growth of {len(pairs)} "
        f"pairs, 1990-2014, at this pair's size (USD {OWN_SIZE} bn in 2014; elasticity in size "
        f"{slope:.2f}), {whole.centre:.2f}, world years included; times {part.centre:.2f}, what a "
        "country with a hundredth of trade has of turnover to GDP over what it has of turnover. "
        "Spread between pairs without what sampling adds.",
    )
    yield Prior(
        "trade_turnover.departure_half_life",
        _lognormal(ratio.half_life),
        "years",
        f"{SCRIPT}{PENN}: how long the ratio of trade to GDP stays off its trend in 125 countries, "
        "1950-2017, net of world years; hierarchical AR(1) around country trends, by maximum "
        "likelihood.",
    )
    yield Prior(
        "trade_turnover.long_run_growth",
        _normal(trend, float(np.hypot(line.constant_error, regimes))),
        "log points a year",
        f"{SCRIPT}{PAIRS} and {PENN}: growth of {line.pairs} pairs, 1990-2014, is "
        f"{line.constant:.3f} + {line.elasticity:.2f} times the growth of both economies "
        f"in dollars, while the world's grew by {line.world:.3f}. With {long_run['Vietnam']}, "
        f"{long_run['Japan']} and {long_run['world']} for Vietnam, Japan and the world "
        "(judgements) that is so much more than Vietnam's GDP. Spread: error of the constant, "
        "and 15-year means of the world's own trend.",
    )
    yield Prior(
        "trade_turnover_own_growth",
        _normal(0.0, line.lasting),
        "log points a year",
        f"{SCRIPT}{PAIRS} and {PENN}: spread of the growth of {line.pairs} pairs over 24 years "
        "around that of their economies, without what passing deviations at both ends add.",
    )
    yield Prior(
        "trade_balance_ratio.spread",
        _lognormal(own_spread),
        "log of exports over imports",
        f"{SCRIPT}{OWN}: standard deviation of this pair's log ratio over 2000-2014 "
        f"({spread:.3f}). Spread: its sampling error.",
    )
    yield Prior(
        "trade_balance_ratio.half_life",
        _lognormal(own_half_life),
        "years",
        f"{SCRIPT}{OWN}: AR(1) coefficient of this pair's log ratio over 2000-2014 "
        f"({measured:.2f}; {left:.2f} without the bias of a short series). "
        "Spread: its sampling error.",
    )


def _read(folder: Path | None) -> tuple[Panel, pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    folder = folder or panels_folder()
    pairs, own = (
        pd.read_csv(folder / name) for name in ("pair_moments.csv", "vietnam_japan_trade.csv")
    )
    return read_panel(folder), pairs, own


def _rounded(value: float) -> float:
    """Two significant digits, more would not be known."""
    return float(f"{value:.2g}")


def _normal(mean: float, sd: float) -> dict[str, dict[str, float]]:
    return {"normal": {"mean": _rounded(mean), "sd": _rounded(sd)}}


def _lognormal(of: Centre) -> dict[str, dict[str, float]]:
    return {"lognormal": {"median": _rounded(of.centre), "sigma": _rounded(of.spread)}}


# ---------------------------------------------------------------------- figures


def figures(folder: Path | None = None) -> Iterator[tuple[str, str]]:
    """Yield the estimates behind the priors, and those that only inform: (what, value)."""
    panel, pairs, own = _read(folder)
    sizes = pairs["turnover_2014_usd_bn"]
    for low, high in ((1, 2), (2, 5), (5, 10), (10, 20), (20, 50), (50, 1_000)):
        some = pairs[(sizes >= low) & (sizes < high)]
        growth, ratio, left = some[["sd_growth", "sd_log_ratio", "ar1_log_ratio"]].median()
        yield (
            f"pairs of USD {low}-{high} bn ({len(some)}), medians",
            f"growth {growth:.3f}, log ratio {ratio:.2f}, AR(1) {left:.2f}",
        )
    spread, slope, half_life = pair_balance(pairs)
    yield "log ratio of pairs at this size: spread, elasticity in size", f"{spread} {slope:.2f}"
    yield "its half-life, pairs of every size", f"{half_life}"
    series = {"turnover": panel.turnover, "exports": panel.exports, "imports": panel.imports}
    for name, values in series.items():
        for net in (False, True):
            centre, slope = country_volatility(panel, values, net)
            yield (
                f"volatility of {name}, a country with 1 % of trade, net of world years: {net}",
                f"median {centre.centre:.3f}, sigma {centre.spread:.2f}, elasticity {slope:.2f}",
            )
        yield f"world years of {name}", f"sd {world_years(np.log(values)).std(ddof=1):.3f}"
        law = reverting(net_of_world(np.log(values / panel.gdp)), trended=True)
        yield f"{name} to GDP", str(law)
    large = np.nanmean(panel.turnover, axis=0) > LARGE_BN
    for name, levels in {
        "turnover": np.log(panel.turnover),
        "turnover to GDP": np.log(panel.turnover / panel.gdp),
        "exports": np.log(panel.exports),
        "exports to imports": np.log(panel.exports / panel.imports),
    }.items():
        moved = changes(net_of_world(levels))
        yield f"degrees of freedom, {name}: all, large", f"{tails(moved)}, {tails(moved[:, large])}"
    yield "exports to imports", str(reverting(np.log(panel.exports / panel.imports), trended=False))
    ratio = reverting(net_of_world(np.log(panel.turnover / panel.gdp)), trended=True)
    part = beyond_output(panel)
    yield "volatility beyond output over the whole: centre, spread", str(part)
    yearly = pair_volatility(pairs)[0].centre * part.centre
    yield "gravity", str(gravity(panel, pairs, ratio.half_life, yearly))
    yield (
        "world trend of turnover to GDP, spread of 15-year means",
        "{:.4f}, {:.4f}".format(*world_trend(panel)),
    )
    prices = np.log(panel.gdp / panel.real_gdp)
    yield "growth of dollar prices of GDP", f"{robust(np.nanmean(changes(prices), axis=0))}"
    own_years = np.exp(np.nanmedian(spreads(changes(net_of_world(prices)))[0]))
    yield "its world years, own years", f"{world_years(prices).std():.3f}, {own_years:.3f}"
    yield "own log ratio: spread, AR(1), corrected, priors", str(own_balance(own))


def main() -> None:
    """Print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", action="store_true", help="the estimates behind the priors")
    if parser.parse_args().figures:
        for name, value in figures():
            print(f"{name}: {value}")
        return
    for prior in priors():
        print(prior.yaml)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Write the pages of the documentation that hold the model against history.

    python tools/history_pages.py [--draws N] [--out FOLDER]

`docs/ratios.md`: ratios of the two countries' relations to the size of their economies, officially,
in the history of the model, and projected. `docs/fit.md`: each figure that calibrates against what
the calibration says of it.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from page_text import code, escaped, table, write_page

import vnjp_sim as vj
from vnjp_sim.calibration.fit import Fit
from vnjp_sim.foundation.vocabulary import DRAW, YEAR
from vnjp_sim.inputs.figure_text import figure_text
from vnjp_sim.inputs.number_text import alike, fixed, significant
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.fit import fits_of, unit_of

DOCS = Path(__file__).resolve().parent.parent / "docs"
OFFICIAL = Path(__file__).resolve().parent / "official_ratios.csv"
PROJECTED = (2030, 2040)
EVERY = 5
"""Early years are shown at this distance; all from :data:`DENSE` on."""
DENSE = 2013
POPULATION = {
    2000: 126.8,
    2010: 127.6,
    2015: 127.0,
    2020: 125.8,
    2024: 123.9,
    2030: 120.1,
    2040: 112.8,
}
"""Japan's population in millions; straight lines between. To 2024 the IMF World Economic Outlook of
October 2025, then the medium variant of the National Institute of Population and Social Security
Research of 2023 (not verified)."""


@dataclass(frozen=True)
class Ratio:
    """A ratio in percent, what it follows from, and what is to be said of it."""

    title: str
    of: Callable[[xr.Dataset], xr.DataArray]
    note: str


def to_gdp(name: str) -> Callable[[xr.Dataset], xr.DataArray]:
    """Return the ratio of an amount in dollars to Vietnam's GDP in dollars, in percent."""
    return lambda data: 100.0 * data[name] / data["macro_vn_gdp_usd"]


def to_population(data: xr.Dataset) -> xr.DataArray:
    """Return residents in percent of Japan's population."""
    years = data[YEAR].to_numpy()
    people = np.interp(years, list(POPULATION), list(POPULATION.values()))
    return 100.0 * data["people_residents"] / xr.DataArray(1e6 * people, {YEAR: years}, YEAR)


RATIOS: Mapping[str, Ratio] = {
    "turnover_to_gdp": Ratio(
        "Trade turnover to Vietnam's GDP",
        lambda data: data["trade_turnover_gdp"],
        "Goods, both directions. Official values to 2014 are importers' reports, 1 to 8 % above "
        "those of Vietnam's customs.",
    ),
    "investment_to_gdp": Ratio(
        "Japanese investment of the year to Vietnam's GDP",
        to_gdp("investment_flow"),
        "Registered, not paid in; a single large project moves a year by a percentage point.",
    ),
    "stock_to_gdp": Ratio(
        "Registered Japanese investment to Vietnam's GDP",
        to_gdp("investment_stock"),
        "Capital of valid projects at the end of the year, in dollars of the year of registration.",
    ),
    "residents_to_population": Ratio(
        "Vietnamese residents to Japan's population", to_population, "At the end of the year."
    ),
    "workers_to_foreign_workers": Ratio(
        "Vietnamese among all foreign workers in Japan",
        lambda data: data["labour_foreign_share"],
        "All statuses in both.",
    ),
    "remittances_to_gdp": Ratio(
        "Remittances of workers of three statuses to Vietnam's GDP",
        to_gdp("labour_remittances"),
        "No office publishes them by country of origin; remittances to Vietnam from all countries "
        "were about 3 to 3.5 % of GDP in 2021 to 2024 (World Development Indicators).",
    ),
    "aid_to_gdp": Ratio(
        "Japanese aid to Vietnam's GDP",
        to_gdp("oda_disbursements_usd"),
        "The model's disbursements are gross, the official ones net of repayments, thus lower.",
    ),
}
READ = (
    *("trade_turnover_gdp", "macro_vn_gdp_usd", "investment_flow", "investment_stock"),
    *("people_residents", "labour_foreign_share", "labour_remittances", "oda_disbursements_usd"),
)


def main() -> None:
    """Calibrate if need be, and write both pages."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--draws", type=int, default=4_000)
    parser.add_argument("--out", type=Path, default=Path("results"), help="results folder")
    chosen = parser.parse_args()
    session = vj.Session(draws=chosen.draws, out=chosen.out)
    print(write_page(DOCS / "ratios.md", ratios_page(session)))
    print(write_page(DOCS / "fit.md", fit_page(session)))


def official_ratios() -> dict[str, dict[int, float]]:
    """Return the official ratios in percent, by name and year."""
    ratios: dict[str, dict[int, float]] = defaultdict(dict)
    with OFFICIAL.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            ratios[row["ratio"]][int(row["year"])] = float(row["percent"])
    return dict(ratios)


def sources() -> dict[str, list[str]]:
    """Return the sources of the official ratios by name."""
    with OFFICIAL.open(encoding="utf-8", newline="") as stream:
        pairs = [(row["ratio"], row["source"]) for row in csv.DictReader(stream)]
    return {name: list(dict.fromkeys(s for n, s in pairs if n == name)) for name, _ in pairs}


# ---------------------------------------------------------------------- ratios


def ratios_page(session: vj.Session) -> Iterator[str]:
    """Yield the page of ratios."""
    yield from ("(page-ratios)=", "# Ratios against history", "")
    yield (
        "Whether a projection is plausible shows in its ratios to the size of the economies more "
        "than in its levels. Each table has the official ratio where there is one, then median and "
        "90 % interval of the model: to the last year of history what the calibration says of the "
        "past, then the baseline. Official series are held against the model here, not calibrated "
        "on, unless a document prints the same figure."
    )
    past = session.history(list(READ)).draws
    ahead = session.run("base").sel(scenario="base")[list(READ)]
    official, named = official_ratios(), sources()
    for name, ratio in RATIOS.items():
        yield from ("", f"## {ratio.title}", "", ratio.note)
        model = model_ratio(ratio, past, ahead)
        yield from table(["year", "official", "model"], ratio_rows(model, official.get(name, {})))
        yield from spread_of(model, official.get(name, {}))
        if name in named:
            yield f"Official: {escaped('. '.join(named[name]))}."
    yield from ("", f"{session.request.draws:,} draws. Written by `tools/history_pages.py`.")


def model_ratio(
    ratio: Ratio, past: xr.Dataset, ahead: xr.Dataset
) -> dict[int, tuple[float, float, float]]:
    """Return 5 %, median and 95 % of a ratio by year: of history, then of projected milestones."""
    quantiles: dict[int, tuple[float, float, float]] = {}
    last = int(past[YEAR].max())
    for data in (past, ahead.sel({YEAR: [y for y in PROJECTED if y > last]})):
        values = ratio.of(data).transpose(YEAR, DRAW).to_numpy()
        for year, draws in zip(data[YEAR].to_numpy(), values, strict=True):
            if not np.isnan(draws).any():
                low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95])
                quantiles[int(year)] = (float(low), float(middle), float(high))
    return quantiles


def ratio_rows(
    model: Mapping[int, tuple[float, float, float]], official: Mapping[int, float]
) -> Iterator[list[str]]:
    """Yield a row a year that is shown."""
    for year in sorted({*model, *official}):
        if year % EVERY and year < DENSE:
            continue
        known = significant(official[year], 2) if year in official else ""
        shown = ""
        if year in model:
            low, middle, high = alike(model[year], 2)
            shown = f"{middle} [{low}, {high}]"
        yield [str(year), known, shown]


def spread_of(
    model: Mapping[int, tuple[float, float, float]], official: Mapping[int, float]
) -> Iterator[str]:
    """Yield the range of the official ratio beside the last projected one."""
    if official:
        years = f"{min(official)} to {max(official)}"
        last = max(model)
        numbers = (min(official.values()), max(official.values()), model[last][1])
        low, high, middle = (significant(number, 2) for number in numbers)
        yield f"Officially between {low} and {high} % from {years}; {middle} % in {last}."
        yield ""


# ---------------------------------------------------------------------- fit


def fit_page(session: vj.Session) -> Iterator[str]:
    """Yield the page of the fit table."""
    yield from ("(page-fit)=", "# Fit", "")
    yield (
        "Each figure that calibrates, beside median and 90 % interval of what it measures, as the "
        "calibration has it. The tail is the probability that a figure as far off, or farther, is "
        "printed in the way in which it was reported; of a bound the probability that it is true. "
        "A flow of a part of a year is that part by a season drawn anew. The worst come first. "
        "`vnjp_sim calibrate --fit` prints the same."
    )
    fits = fits_of(session.posterior, session.model)
    registry = session.model.registry
    known = [fit for fit in fits if not np.isnan(fit.tail)]
    head = ["indicator", "period", "figure", "calibrated", "unit", "tail", "document"]
    yield from table(head, (fit_row(fit, registry) for fit in known))
    reasons: dict[str, list[str]] = defaultdict(list)
    for fit in fits:
        if np.isnan(fit.tail):
            reasons[fit.note].append("+".join(fit.figure.indicators))
    for note, names in reasons.items():
        listed = ", ".join(map(code, dict.fromkeys(names)))
        yield from (f"Without a predictive ({escaped(note)}): {listed}.", "")


def fit_row(fit: Fit, registry: Registry) -> list[str]:
    """Return the row of a figure."""
    figure = fit.figure
    low, middle, high = alike([fit.low, fit.median, fit.high])
    return [
        code("+".join(figure.indicators)),
        figure.period.text,
        escaped(figure_text(figure)),
        f"{middle} [{low}, {high}]",
        unit_of(figure, registry),
        fixed(fit.tail, 3),
        code(figure.document),
    ]


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Write docs/sensitivity.md: how priors, common shocks and figures move the bands.

    python tools/sensitivity.py

Each row on turnover is a calibration of its own with one prior changed, then a projection of the
baseline. The common shock enters after calibration: the same posterior is projected with the
sectors' loadings as shipped and at zero.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vnjp_sim.analysis.power_scaling import FLOOR, THRESHOLD, Densities, log_priors, power_scaled
from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.number_text import exact, fixed
from vnjp_sim.inputs.parameters import GrowthLaw, Parameter, Parameters
from vnjp_sim.sectors.declarations import laws
from vnjp_sim.sectors.drivers import shares_at_floor
from vnjp_sim.sectors.growth import FORMS
from vnjp_sim.simulation.block_numbers import BlockNumbers
from vnjp_sim.simulation.ensemble import Batch, project
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.request import DEFAULT_SEED
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.variants import Variant

LAW = "trade_turnover"
COMMON = "common_loading_"
SPREAD_OUT = (
    "index_partnership",
    "trade_turnover",
    "investment_stock",
    "labour_stock",
    "people_residents",
)
COUPLED = ("trade_turnover", "trade_turnover_gdp", "investment_flow")
TOGETHER = ("trade_turnover", "investment_flow", "labour_stock")
LOW = 0.25
DRAWS = 8_192
MOST_NAMED = 3
YEARS = (2030, 2040)
PAGE = Path(__file__).resolve().parent.parent / "docs" / "sensitivity.md"

Array = np.ndarray[Any, np.dtype[np.float64]]
Change = Callable[[GrowthLaw], GrowthLaw]


def main() -> None:
    """Calibrate and project every variant, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--sample-size", type=int, default=65_536)
    chosen = parser.parse_args()
    model = load_model()
    rows = []
    shipped = None
    for name, change in VARIANTS:
        posterior = calibrate(
            model.evidence, changed(model.parameters, change), sample_size=chosen.sample_size
        )
        shipped = shipped or posterior
        rows.append(table_row(name, posterior, model))
        print(rows[-1], flush=True)
    if shipped is not None:
        for form in FORMS:
            rows.append(table_row(f"{form} form alone", only(shipped, form), model))
            print(rows[-1], flush=True)
    lines = [*HEAD, *rows]
    if shipped is not None:
        lines += economy_part(shipped, model)
        lines += common_part(shipped, model)
        lines += power_part(shipped, model)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join([*lines, ""]), encoding="utf-8")


def scaled(part: str, factor: float) -> Change:
    """Return the change that multiplies the median of a lognormal prior."""

    def change(law: GrowthLaw) -> GrowthLaw:
        parameter = getattr(law, part)
        prior = parameter.prior.lognormal
        content = {"lognormal": {"median": prior.median * factor, "sigma": prior.sigma}}
        return with_prior(law, part, content)

    return change


def given(part: str, content: dict[str, Any]) -> Change:
    """Return the change that replaces a prior."""
    return lambda law: with_prior(law, part, content)


def with_prior(law: GrowthLaw, part: str, content: dict[str, Any]) -> GrowthLaw:
    """Return the law with one prior replaced."""
    prior = Distribution.model_validate(content)
    return law.model_copy(update={part: getattr(law, part).model_copy(update={"prior": prior})})


VARIANTS: tuple[tuple[str, Change], ...] = (
    ("as shipped", lambda law: law),
    ("volatility × 2/3", scaled("volatility", 2 / 3)),
    ("volatility × 1.5", scaled("volatility", 1.5)),
    ("no trend of turnover to output", given("long_run_growth", {"fixed": 0.0})),
    (
        "trend of −3 % a year ± 1.5",
        given("long_run_growth", {"normal": {"mean": -0.03, "sd": 0.015}}),
    ),
    ("departures last half as long", scaled("departure_half_life", 0.5)),
    ("departures last twice as long", scaled("departure_half_life", 2.0)),
    ("half-life × 1/2", scaled("half_life", 0.5)),
    ("half-life × 2", scaled("half_life", 2.0)),
    ("slowdown × 1.5", scaled("slowdown", 1.5)),
    ("initial growth ± 0.12", given("initial_growth", {"normal": {"mean": 0.02, "sd": 0.12}})),
)

HEAD = [
    "# What determines the width of the bands",
    "",
    "<!-- Written by tools/sensitivity.py -->",
    "",
    "How much wider or narrower the bands of the baseline would be under other priors, without the",
    "links from both economies or the common shock, and which priors and figures decide.",
    "",
    "## Priors of turnover",
    "",
    f"Each row is a separate calibration with one prior changed, followed by {DRAWS:,} draws of",
    "the baseline. The last three rows use the shipped posterior, one growth form each.",
    "",
    "| prior | weights: "
    + ", ".join(FORMS)
    + " | "
    + " | ".join(f"{year}: median [90 %], USD bn | p95 / p05" for year in YEARS)
    + f" | % of output, {max(YEARS)} |",
    "| --- | --- | " + " | ".join("--- | ---" for _ in YEARS) + " | --- |",
]


def changed(parameters: Parameters, change: Change) -> Parameters:
    """Return the parameters with the law of turnover changed."""
    return replace(parameters, laws={**parameters.laws, LAW: change(parameters.growth(LAW))})


def only(posterior: Posterior, form: str) -> Posterior:
    """Return the bank of the rows of one growth form, repeated to its full size."""
    mine = np.flatnonzero(posterior.arrays[f"{LAW}.form"] == FORMS.index(form))
    rows = np.resize(mine, posterior.size)
    arrays = {name: array[..., rows] for name, array in posterior.arrays.items()}
    return replace(posterior, arrays=arrays)


def baseline(
    posterior: Posterior, model: Model, single: Mapping[str, Parameter] | None = None
) -> Mapping[str, Array]:
    """Return the baseline's projection, (year, draw) by indicator, from the last year known.

    With other priors than the model's, if `single` is given.
    """
    inputs = ScenarioInputs(single or model.parameters.single, {}, ())
    variants = (Variant(inputs),)
    asked = Batch(variants, posterior.last_year, max(YEARS), DRAWS, DEFAULT_SEED, model.couplings)
    return project(posterior, asked).of()


def table_row(name: str, posterior: Posterior, model: Model) -> str:
    """Return one row of the page's table."""
    arrays = baseline(posterior, model)
    turnover, ratio = arrays[LAW], arrays[f"{LAW}_gdp"]
    form = posterior.arrays[f"{LAW}.form"]
    weights = ", ".join(f"{np.mean(form == index):.2f}" for index in range(len(FORMS)))
    last = float(np.median(ratio[max(YEARS) - posterior.last_year]))
    cells = [*_cells(turnover, posterior.last_year), fixed(last, 1)]
    return f"| {name} | {weights} | " + " | ".join(cells) + " |"


def economy_part(posterior: Posterior, model: Model) -> list[str]:
    """Return the section on what the economies explain, with their links and without."""
    driving = frozenset(name for name, _ in model.couplings.driving(posterior.course))
    inputs = ScenarioInputs(model.parameters.single, {}, ())
    asked = Batch(
        (Variant(inputs), Variant(inputs, cut=driving)),
        posterior.last_year,
        max(YEARS),
        DRAWS,
        DEFAULT_SEED,
        model.couplings,
    )
    both = project(posterior, asked)
    lines = [*ECONOMY_HEAD]
    for name in COUPLED:
        known = model.registry.indicators[name]
        for number, kind in enumerate(("with", "without")):
            arrays = both.of(number)
            cells = " | ".join(_cells(arrays[name], posterior.last_year))
            row = max(YEARS) - posterior.last_year
            pair = np.log([arrays["macro_vn_gdp"][row], arrays[name][row]])
            lines.append(
                f"| {known.label}, {known.unit} | {kind} | {cells} | "
                f"{fixed(float(np.corrcoef(pair)[0, 1]), 2)} |"
            )
    numbers = BlockNumbers(
        posterior, model.couplings, RandomStreams(DEFAULT_SEED, 0, DRAWS), max(YEARS)
    )
    carried = {
        name: law.carries
        for name, law in laws().items()
        if law.carries and law.posterior in posterior.arrays
    }
    floors = shares_at_floor(numbers.context(Variant(inputs)), carried)
    shares = ", ".join(f"`{name}` {100 * share:.0f} %" for name, share in floors.items())
    return [
        *lines,
        "",
        "What the drivers explain of a year is taken out of a law's own volatility, down to half",
        f"of it. Draws in which that floor is reached: {shares}.",
    ]


ECONOMY_HEAD = [
    "",
    "## What the economies explain",
    "",
    "The baseline with the links from both economies and the yen, and with the same draws without",
    f"them; last the correlation over draws with Vietnam's real output of {max(YEARS)}, in logs:",
    "",
    "| indicator | links | "
    + " | ".join(f"{year}: median [90 %] | p95 / p05" for year in YEARS)
    + " | correlation |",
    "| --- | --- | " + " | ".join("--- | ---" for _ in YEARS) + " | --- |",
]


def common_part(posterior: Posterior, model: Model) -> list[str]:
    """Return the section that compares bands with and without the common shock."""
    single = model.parameters.single
    apart = {n: without(p) if n.startswith(COMMON) else p for n, p in single.items()}
    courses = {"with": baseline(posterior, model), "without": baseline(posterior, model, apart)}
    loadings = ", ".join(
        f"{n.removeprefix(COMMON)} {exact(p.prior.fixed)}"
        for n, p in single.items()
        if n.startswith(COMMON) and p.prior.fixed is not None
    )
    first = posterior.last_year
    lines = [
        "",
        "## Common shocks",
        "",
        "Each year one common factor moves several sectors at once, with a loading for each:",
        f"{loadings} (`models/parameters/common.yml`).",
        "The volatility of each law stays the same. What changes is how often bad years",
        "coincide, and with it every sum over sectors. The difference is small where most of the",
        "width comes from the uncertainty within each sector. The table uses the same posterior",
        f"with the loadings as shipped and at zero, and {DRAWS:,} draws of the baseline each:",
        "",
        "| indicator | common shock | "
        + " | ".join(f"{year}: median [90 %] | p95 / p05" for year in YEARS)
        + " |",
        "| --- | --- | " + " | ".join("--- | ---" for _ in YEARS) + " |",
    ]
    for name in SPREAD_OUT:
        known = model.registry.indicators[name]
        scale, unit = (1e-3, "thousand persons") if known.unit == "persons" else (1.0, known.unit)
        for kind, arrays in courses.items():
            cells = " | ".join(_cells(arrays[name] * scale, first))
            lines.append(f"| {known.label}, {unit} | {kind} | {cells} |")
    named = ", ".join(f"“{model.registry.indicators[name].label}”" for name in TOGETHER)
    chances = {k: 100 * all_low(arrays, max(YEARS) - first) for k, arrays in courses.items()}
    lines += [
        "",
        f"The probability that {named}",
        f"of {max(YEARS)} all lie in the lowest quarter of their draws is",
        f"{chances['with']:.1f} % with the common shock and {chances['without']:.1f} % without;",
        f"were they independent, it would be {100 * LOW ** len(TOGETHER):.1f} %.",
    ]
    return lines


def power_part(posterior: Posterior, model: Model) -> list[str]:
    """Return the section on what power-scaling of priors and figures does to the baseline."""
    streams = RandomStreams(DEFAULT_SEED, 0, DRAWS)
    rows = streams.rows(posterior.size)
    priors = Densities(log_priors(posterior, model.parameters, model.links, streams))
    likelihoods = {n: x[rows].astype(np.float64) for n, x in posterior.log_likelihood.items()}
    figures = Densities(likelihoods)
    arrays = baseline(posterior, model)
    lines = [*POWER_HEAD]
    for name in model.registry.headlines:
        known = model.registry.indicators[name]
        for year in YEARS:
            values = arrays[name][year - posterior.last_year]
            values = np.log(values) if values.min() > 0.0 else values
            found = power_scaled(values, priors, figures)
            cells = [known.label, str(year), fixed(found.prior, 2), fixed(found.likelihood, 2)]
            cells += [_strongest(found.by_prior), _strongest(found.by_group), found.diagnosis]
            lines.append(f"| {' | '.join(cells)} |")
    return lines


POWER_HEAD = [
    "",
    "## Priors and figures, power-scaled",
    "",
    "Which quantities hang on priors, and which on figures? Each prior, and the likelihood of",
    "each group's figures, is raised to a power near one, which weighs the draws of the",
    "baseline again (Kallioinen and co-authors 2023, *Statistics and Computing* 34, 57). The",
    "numbers say how far the distribution of a quantity moves for a doubling of the power; from",
    f"{exact(THRESHOLD)} on it is worth a look: a normal distribution shifts by a fifth of its",
    "standard deviation. Both are of all priors or figures that move the quantity by at least",
    f"{exact(FLOOR)} alone, of which the strongest are named. A prior that no figure bears on",
    "counts as well. Quantities above zero in every draw are taken in logarithms.",
    "",
    "| quantity | year | priors | figures | strongest priors | figures of | diagnosis |",
    "| --- | --- | --- | --- | --- | --- | --- |",
]


def _strongest(moving: Mapping[str, float]) -> str:
    shown = [f"`{name}` {fixed(size, 2)}" for name, size in list(moving.items())[:MOST_NAMED]]
    return ", ".join(shown) or "–"


def without(parameter: Parameter) -> Parameter:
    """Return a loading of zero."""
    return parameter.model_copy(update={"prior": Distribution.model_validate({"fixed": 0.0})})


def all_low(arrays: Mapping[str, Array], row: int) -> float:
    """Return the part of the draws in which all indicators lie in their lowest quarter."""
    low = [arrays[n][row] < np.quantile(arrays[n][row], LOW) for n in TOGETHER]
    return float(np.mean(np.all(low, axis=0)))


def _cells(values: Array, first: int) -> Iterator[str]:
    for year in YEARS:
        low, middle, high = np.quantile(values[year - first], [0.05, 0.5, 0.95])
        digits = 0 if middle >= 300 else 1
        median, *ends = (fixed(value, digits) for value in (middle, low, high))
        yield f"{median} [{', '.join(ends)}]"
        yield fixed(high / low, 2)


if __name__ == "__main__":
    main()

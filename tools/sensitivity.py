#!/usr/bin/env python3
"""Write docs/sensitivity.md: how the priors of turnover move its band and the form weights.

    python tools/sensitivity.py

Each row is a calibration of its own with one prior changed, then a projection of the baseline.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.engine import Course
from vnjp_sim.ensemble import Ensemble, project
from vnjp_sim.growth import FORMS
from vnjp_sim.parameters import Distribution, GrowthLaw, Parameters
from vnjp_sim.runs import DEFAULT_SEED, Model, load_model

LAW = "trade_turnover"
DRAWS = 8_192
YEARS = (2030, 2040)
PAGE = Path(__file__).resolve().parent.parent / "docs" / "sensitivity.md"

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
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join([*HEAD, *rows, ""]), encoding="utf-8")


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
    ("long-run growth 0", given("long_run_growth", {"fixed": 0.0})),
    (
        "long-run growth 5 % ± 1.5",
        given("long_run_growth", {"normal": {"mean": 0.05, "sd": 0.015}}),
    ),
    ("half-life × 1/2", scaled("half_life", 0.5)),
    ("half-life × 2", scaled("half_life", 2.0)),
    ("slowdown × 1.5", scaled("slowdown", 1.5)),
    ("initial growth ± 0.12", given("initial_growth", {"normal": {"mean": 0.10, "sd": 0.12}})),
)

HEAD = [
    "# What decides the width of the bands",
    "",
    "Written by `python tools/sensitivity.py`: each row is a calibration of its own with one prior",
    f"of turnover changed, then {DRAWS:,} draws of the baseline. The last rows split the shipped",
    "posterior by growth form.",
    "",
    "| prior | weights: "
    + ", ".join(FORMS)
    + " | "
    + " | ".join(f"{year}: median [90 %], USD bn | p95 / p05" for year in YEARS)
    + " |",
    "| --- | --- | " + " | ".join("--- | ---" for _ in YEARS) + " |",
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


def table_row(name: str, posterior: Posterior, model: Model) -> str:
    """Return one row of the page's table."""
    ensemble = Ensemble(
        "base",
        posterior.last_year,
        max(YEARS),
        DRAWS,
        DEFAULT_SEED,
        Course(model.parameters.single, {}, ()),
    )
    turnover = project(posterior, ensemble)[LAW]
    form = posterior.arrays[f"{LAW}.form"]
    weights = ", ".join(f"{np.mean(form == index):.2f}" for index in range(len(FORMS)))
    return f"| {name} | {weights} | " + " | ".join(_cells(turnover, posterior.last_year)) + " |"


def _cells(turnover: np.ndarray[Any, np.dtype[np.float64]], first: int) -> Iterator[str]:
    for year in YEARS:
        low, middle, high = np.quantile(turnover[year - first], [0.05, 0.5, 0.95])
        yield f"{middle:.1f} [{low:.1f}, {high:.1f}]"
        yield f"{high / low:.1f}"


if __name__ == "__main__":
    main()

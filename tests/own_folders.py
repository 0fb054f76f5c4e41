"""Models folders with own figures, roughly calibrated, for tests of what a run makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from engine_runs import run_one, with_links
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.calibration.levels import documented_levels
from vnjp_sim.calibration.plan import make_plan
from vnjp_sim.exchange.own_figures import Mode, import_figures
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS
from vnjp_sim.simulation.block_numbers import first_engine_year
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs

FloatArray = NDArray[np.float64]

DOCUMENT = "documents:\n  own:\n    title: Own figures\n    published: '2026-06-30'\n"


def own_model(folder: Path, rows: Sequence[str], mode: Mode = "add") -> Model:
    """Return a model with own figures, each written as "indicator,period,value,unit[,reported]"."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [",".join(OBSERVATION_COLUMNS)]
    for row in rows:
        cells = [*row.split(","), "exact"][:5]
        lines.append(",".join([*cells, *[""] * 6, "calibrate", ""]))
    (folder / "own.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "own.documents.yml").write_text(DOCUMENT, encoding="utf-8")
    import_figures(folder / "own.csv", folder / "models", mode=mode)
    return load_model(folder / "models")


def quickly_calibrated(model: Model) -> Posterior:
    """Return a rough posterior of a model."""
    evidence, parameters = model.evidence, model.parameters
    return calibrate(evidence, parameters, sample_size=1_024, bank_size=256, override_gates=True)


def relevelled(posterior: Posterior, before: Model, after: Model) -> Posterior:
    """Return a posterior with the levels of a model whose own figures no law takes."""
    plan = make_plan(after.evidence, after.parameters)
    if plan.last_year != posterior.last_year:
        return quickly_calibrated(after)
    rng, first_years = np.random.default_rng(5), posterior.first_years
    old = documented_levels(before.evidence, posterior.course, 1, rng, first_years)
    new = documented_levels(after.evidence, plan.course, posterior.size, rng, first_years)
    arrays = {name: array for name, array in posterior.arrays.items() if name not in old}
    return replace(posterior, arrays={**arrays, **new}, course=plan.course)


def baseline(model: Model, posterior: Posterior, end: int, draws: int = 200) -> Years:
    """Return the baseline from the first year of the engine on."""
    streams, first = RandomStreams(11, 0, draws), first_engine_year(posterior)
    inputs = ScenarioInputs(model.parameters.single, {}, ())
    return Years(first, run_one(posterior, first, end, inputs, None, with_links(model), streams))


class Years:
    """Arrays by indicator, asked for by year."""

    def __init__(self, first: int, arrays: dict[str, FloatArray]) -> None:
        self.first = first
        self.arrays = arrays

    def __call__(self, indicator: str, year: int) -> FloatArray:
        """Return the values of a year, (draw,)."""
        return self.arrays[indicator][year - self.first]

"""The small model in the EMA Workbench: a Python function, an experiment a draw, one process."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.small_model.equations import INDICATORS, PARAMETERS, STATES, YEARS, yearly_step

FloatArray = NDArray[np.float64]


def build(draws: int) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """Return what runs so many draws; raises ImportError without the EMA Workbench."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ema_workbench as ema

    step = yearly_step(math.exp)
    years: list[list[list[float]]] = []

    def small_model(draw: int = 0, **parameters: float) -> dict[str, list[float]]:
        states: tuple[Any, ...] = tuple(STATES.values())
        values = tuple(parameters[name] for name in PARAMETERS)
        rows = []
        for shocks in years[draw]:
            states, row = step(*states, *values, *shocks)
            rows.append(row)
        return dict(zip(INDICATORS, map(list, zip(*rows, strict=True)), strict=True))

    model = ema.Model("small", function=small_model)
    model.uncertainties = [
        ema.IntegerParameter("draw", 0, draws),
        *(ema.RealParameter(name, 0.0, 10.0) for name in PARAMETERS),
    ]
    model.outcomes = [ema.ArrayOutcome(name) for name in INDICATORS]

    def run(parameters: FloatArray, shocks: FloatArray) -> FloatArray:
        years[:] = shocks.T.tolist()
        experiments = [
            ema.Scenario(str(draw), draw=draw, **dict(zip(PARAMETERS, values, strict=True)))
            for draw, values in enumerate(parameters.T.tolist())
        ]
        with ema.SequentialEvaluator(model) as evaluator:
            _, outcomes = ema.perform_experiments(
                model, experiments, evaluator=evaluator, log_progress=True
            )
        result = np.empty((len(INDICATORS), len(YEARS), draws))
        for row, name in zip(result, INDICATORS, strict=True):
            row[:] = outcomes[name].T
        return result

    return run

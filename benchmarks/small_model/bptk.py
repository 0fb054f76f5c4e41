"""The small model in BPTK-Py, on its engine in Rust: stepped year by year, once a draw.

Parameters and shocks are constants that are set anew; the engine allows that before every step, and
it is faster than tables of points over time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.small_model.equations import (
    EQUATIONS,
    INDICATORS,
    PARAMETERS,
    SHOCKS,
    STATES,
    YEARS,
)

FloatArray = NDArray[np.float64]


def build(draws: int) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """Return what runs so many draws; raises ImportError without BPTK-Py and its Rust engine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import BPTK_Py
        from BPTK_Py import sd_functions
        from BPTK_Py._rust_engine import RustSdEngine

    model = BPTK_Py.Model(float(YEARS[0]), float(YEARS[-1]), 1.0, "small")
    elements: dict[str, Any] = {}
    for name, start in STATES.items():
        elements[name] = model.stock(name)
        elements[name].initial_value = start
    for name in (*PARAMETERS, *SHOCKS):
        elements[name] = model.constant(name)
        elements[name].equation = 0.0
    for name, text in EQUATIONS.items():
        elements[name] = model.converter(name)
        elements[name].equation = eval(text, {"exp": sd_functions.exp}, elements)  # noqa: S307 - our own text
    for name in STATES:
        change = model.biflow(f"{name}_change")
        change.equation = elements[f"{name}_end"] - elements[name]
        elements[name].equation = change
    engine = RustSdEngine().load_model(model.to_json())
    names = list(INDICATORS)

    def run(parameters: FloatArray, shocks: FloatArray) -> FloatArray:
        result = np.empty((len(INDICATORS), len(YEARS), draws))
        for draw, values in enumerate(parameters.T.tolist()):
            for name, value in zip(PARAMETERS, values, strict=True):
                engine.set_constant(name, value)
            for year, row in enumerate(shocks[:, :, draw].T.tolist()):
                for name, value in zip(SHOCKS, row, strict=True):
                    engine.set_constant(name, value)
                closed = engine.step() if year else engine.init(names)
                result[:, year, draw] = [closed[name] for name in names]
        return result

    return run

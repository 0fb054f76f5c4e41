"""The small model in PySD: once a draw, and with the draws as a subscript of every variable."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
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
    """Return what runs so many draws one by one; raises ImportError without PySD."""
    import pandas as pd

    model = _translated(_vensim_text())
    years = pd.Index(YEARS)

    def run(parameters: FloatArray, shocks: FloatArray) -> FloatArray:
        result = np.empty((len(INDICATORS), len(YEARS), draws))
        for draw in range(draws):
            values = dict(zip(PARAMETERS, parameters[:, draw].tolist(), strict=True))
            paths = {
                name: pd.Series(path, years)
                for name, path in zip(SHOCKS, shocks[:, :, draw], strict=True)
            }
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                frame = model.run(params={**values, **paths}, return_columns=list(INDICATORS))
            result[:, :, draw] = frame[list(INDICATORS)].to_numpy().T
        return result

    return run


def build_subscripted(draws: int) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """Return what runs so many draws at once; raises ImportError without PySD.

    The results are read at every step: the table that `run` would return has a column for every
    draw, which takes twenty times as long.
    """
    import xarray as xr

    model = _translated(_vensim_text(draws))
    from pysd.py_backend.output import ModelOutput

    by_draw = partial(
        xr.DataArray,
        coords={"draw": [f"d{draw}" for draw in range(1, draws + 1)]},
        dims=("draw",),
    )

    def now(path: FloatArray) -> Any:
        return by_draw(path[int(model.time()) - YEARS[0]])

    def run(parameters: FloatArray, shocks: FloatArray) -> FloatArray:
        values = dict(zip(PARAMETERS, map(by_draw, parameters), strict=True))
        paths = {name: partial(now, path) for name, path in zip(SHOCKS, shocks, strict=True)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.set_stepper(ModelOutput(), {**values, **paths}, return_columns=["clock"])
        result = np.empty((len(INDICATORS), len(YEARS), draws))
        for year in range(len(YEARS)):
            if year:
                model.step()
            for row, name in zip(result, INDICATORS, strict=True):
                row[year] = model[name]
        return result

    return run


def _vensim_text(draws: int = 0) -> str:
    """Return the model in the language of Vensim; 0 draws without a subscript."""
    subscript = "[draw]" if draws else ""

    def written(equation: str) -> str:
        return re.sub(r"\b(?!exp\b)[a-z]\w*", lambda match: match[0] + subscript, equation)

    lines = [written(f"{name} = 0") for name in (*PARAMETERS, *SHOCKS)]
    lines += [written(f"{name} = {text}") for name, text in EQUATIONS.items()]
    for name, start in STATES.items():
        lines.append(f"{name}{subscript} = INTEG({written(f'{name}_end - {name}')}, {start})")
    if draws:
        # PySD keeps the states in one array of objects, which must not all have one shape.
        lines += [f"draw: (d1-d{draws})", "clock = INTEG(1, 0)"]
    lines += [f"INITIAL TIME = {YEARS[0]}", f"FINAL TIME = {YEARS[-1]}"]
    lines += ["TIME STEP = 1", "SAVEPER = TIME STEP"]
    return "{UTF-8}\n" + "".join(f"{line} ~~|\n" for line in lines)


def _translated(text: str) -> Any:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pysd

        file = Path(folder) / "small.mdl"
        file.write_text(text)
        return pysd.read_vensim(str(file))

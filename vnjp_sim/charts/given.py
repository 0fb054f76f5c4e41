"""What a chart is given: runs, effects and tables, checked before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.foundation.choices import Known, id_meant
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.foundation.vocabulary import (
    BASELINE,
    DIFFERENCE,
    DRAW,
    MEASURE,
    RATIO,
    SCENARIO,
    YEAR,
)
from vnjp_sim.simulation.projection_checks import check_projections, dataset_given

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]


def check_indicator(name: str, known: Known) -> str:
    """Return the indicator that a word means; raises InputError if it means none or several."""
    meant = id_meant(str(name), known)
    if meant is None:
        remedy = did_you_mean(str(name), known)
        raise InputError.single("chart", f"unknown indicator '{name}'", remedy)
    return meant


def levels_given(runs: object, indicators: Sequence[str], model: Model) -> xr.Dataset:
    """Return the levels of indicators that a chart was given, dims (scenario, year, draw).

    Raises
    ------
    InputError
        The registry or the runs lack an indicator, or the data are no levels, not whole, or in
        another unit.
    """
    indicators = [check_indicator(name, model.registry.labels) for name in indicators]
    data = _with(runs, indicators)
    return check_projections(data, model.registry, draws_matter=False)


def effects_given(
    effects: Comparison | xr.Dataset, indicator: str, model: Model, relative: bool | None
) -> tuple[xr.Dataset, str]:
    """Return the effects that a chart was given, and what they are: differences or ratios.

    Raises
    ------
    InputError
        The data do not say that they are effects, or not whole, or are measured otherwise than
        asked.
    """
    if isinstance(effects, Comparison):
        if indicator not in effects.projections.arrays:
            effects = _with(effects.runs, [indicator])
        else:
            part = replace(effects, projections=effects.projections.only([indicator]))
            effects = part.require_scenarios().effects(relative=bool(relative))
            if indicator not in effects:
                message = f"the baseline of '{indicator}' is zero or negative in some draw"
                raise InputError.single("chart", message, "show a difference there, and no ratio")
    data = _with(effects, [indicator])
    attributes = data[indicator].attrs
    measure, unit = attributes.get(MEASURE), attributes.get("units")
    if measure not in (DIFFERENCE, RATIO) or BASELINE not in attributes:
        message = f"'{indicator}' does not say that it is an effect, and of which baseline"
        raise InputError.single(
            "chart", message, "give the comparison, or what its effects() gives"
        )
    if relative is not None and relative != (measure == RATIO):
        asked = RATIO if relative else DIFFERENCE
        message = f"the effects on '{indicator}' are a {measure}, not a {asked}"
        raise InputError.single(
            "chart", message, f"give effects(relative={relative}), or the comparison"
        )
    if unit is None:
        message = f"the effects on '{indicator}' have no unit"
        raise InputError.single("chart", message, "give them as the comparison does")
    return check_projections(data, model.registry, draws_matter=False, measure=measure), measure


def _with(runs: object, indicators: Sequence[str]) -> xr.Dataset:
    """Return the variables of indicators; raises InputError if the runs lack one."""
    data = dataset_given(runs.runs if isinstance(runs, Comparison) else runs)
    for name in indicators:
        if name not in data.data_vars:
            message = f"'{name}' is documented, but not projected in these runs"
            raise InputError.single("chart", message, did_you_mean(name, map(str, data.data_vars)))
    return data[list(indicators)]


def check_columns(table: pd.DataFrame, columns: Sequence[str], content: str) -> None:
    """Raise InputError if a table of some content lacks one of the columns, or all rows."""
    missing = [name for name in columns if name not in table.columns]
    if missing or table.empty:
        message = f"the {content} lack {', '.join(missing) or 'rows'}"
        raise InputError.single("chart", message, "give the columns " + ", ".join(columns))


def check_of(table: pd.DataFrame, asked: Mapping[str, object]) -> None:
    """Raise InputError if a table is not of what is asked, as far as its columns tell it."""
    for column, value in asked.items():
        if column in table.columns and set(table[column]) != {value}:
            held = ", ".join(sorted({str(one) for one in table[column]}))
            message = f"the table is of the {column} {held}, not of {value}"
            raise InputError.single("chart", message, f"give the table of {value}")


def scenario_in(table: pd.DataFrame) -> str:
    """Return the scenario that a table is of; empty if it does not say it.

    Raises InputError if it is of several.
    """
    names = sorted({str(name) for name in table.get("scenario", ())})
    if len(names) > 1:
        message = f"the table is of the scenarios {', '.join(names)}"
        raise InputError.single("chart", message, "draw each separately")
    return "".join(names)


def draws_of(runs: xr.Dataset, indicator: str, scenario: str) -> FloatArray:
    """Return the draws of an indicator in a scenario, (year, draw).

    Raises
    ------
    InputError
        The runs lack the scenario, or all its values.
    """
    known = scenarios_of(runs)
    if scenario not in known:
        message = f"scenario '{scenario}' is not in these runs"
        raise InputError.single("chart", message, did_you_mean(scenario, known))
    chosen = runs[indicator].sel({SCENARIO: scenario}).transpose(YEAR, DRAW)
    draws = np.asarray(chosen.values, np.float64)
    if not np.isfinite(draws).all(axis=1).any():
        raise InputError.single(
            "chart",
            f"'{indicator}' has no year of finite values in scenario '{scenario}'",
            "choose another",
        )
    return draws


def scenarios_of(runs: xr.Dataset) -> list[str]:
    """Return the names of the scenarios of runs, in their order."""
    return [str(name) for name in np.atleast_1d(runs[SCENARIO].values)]


def years_of(runs: xr.Dataset) -> list[int]:
    """Return the years of runs."""
    return [int(year) for year in runs[YEAR].to_numpy()]

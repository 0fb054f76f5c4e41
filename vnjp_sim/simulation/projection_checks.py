"""What a dataset of projections must be: whole, measured as said, draw by draw as it was run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.errors import InputError, Refusal, did_you_mean
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import (
    DIFFERENCE,
    DIMENSIONS,
    DRAW,
    LEVEL,
    MEASURE,
    RATIO,
    SCENARIO,
    YEAR,
)
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.pairing import (
    COORDINATES,
    KEEP,
    pairing_hashes,
    refusal,
    scenario_names,
    twice,
)

if TYPE_CHECKING:
    import xarray as xr

FEWEST_TO_BE_SORTED = 8
"""Fewer draws may stand in rising order by chance."""
MOST_NAMED = 3
"""So many variables with the same fault are named."""


def check_projections(
    runs: object,
    registry: Registry | None = None,
    *,
    draws_matter: bool = True,
    measure: str = LEVEL,
) -> xr.Dataset:
    """Return projections with dims (scenario, year, draw), checked; what was selected is put back.

    Parameters
    ----------
    runs : object
        An xarray.Dataset; a scenario, year or draw that was selected may be a mere coordinate.
    registry : Registry | None
        If given, every variable must be an indicator of it, and within its bounds.
    draws_matter : bool
        Whether draws are to be told apart; summaries do not need it.
    measure : str
        What the values must be, as far as their attributes tell it.

    Raises
    ------
    InputError
        A dimension was reduced, a scenario, year or draw is there twice, values are missing in some
        draws, no such values can be, an indicator has the name of another, or the draws were
        sorted.
    """
    data = dataset_given(runs)
    refusals = Refusals(_dimension_refusals(data))
    refusals.take(_variable_refusals(data, registry, measure), MOST_NAMED)
    refusals.raise_if_any()
    data = data.transpose(*DIMENSIONS)
    refusals.extend(_scenario_refusals(data))
    refusals.extend(_year_refusals(data))
    if draws_matter:
        refusals.extend(_draw_refusals(data))
    refusals.raise_if_any()
    years = np.asarray(data[YEAR].to_numpy(), np.int64)
    data = data.assign_coords({SCENARIO: scenario_names(data), YEAR: years})
    if (np.diff(years) < 0).any():
        data = data.sortby(YEAR)
    refusals.take(_holes(data), MOST_NAMED)
    refusals.take(_bound_refusals(data, registry, measure), MOST_NAMED)
    refusals.take(_sorted_refusals(data) if draws_matter else (), MOST_NAMED)
    refusals.raise_if_any()
    return data


def years_present(runs: xr.Dataset) -> NDArray[np.bool_]:
    """Return which years each scenario has at all, (scenario, year)."""
    lacking = np.ones((runs.sizes[SCENARIO], runs.sizes[YEAR]), bool)
    for array in runs.data_vars.values():
        lacking &= np.isnan(array.to_numpy()).all(axis=2)
        if not lacking.any():
            break
    return np.logical_not(lacking)


def dataset_given(runs: object) -> xr.Dataset:
    """Return a Dataset whose selected scenarios, years and draws are dimensions again."""
    import xarray as xr

    if isinstance(runs, xr.DataArray) and runs.name is not None:
        runs = runs.to_dataset()
    if not isinstance(runs, xr.Dataset):
        message = f"{type(runs).__name__} is not a dataset of projections"
        raise InputError.single("projection", message, "give what vnjp_sim.run returns")
    for name in DIMENSIONS:
        if name in runs.coords and name not in runs.dims and runs[name].ndim == 0:
            runs = runs.expand_dims(name)
    return runs


def _dimension_refusals(data: xr.Dataset) -> Iterator[Refusal]:
    for name in DIMENSIONS:
        if name not in data.dims:
            yield refusal(f"has no dimension '{name}'", KEEP)
        elif name != DRAW and name not in data.coords:
            yield refusal(f"has no coordinate '{name}'", KEEP)
        elif data.sizes[name] == 0:
            yield refusal(f"has no {name} left", "select one or more")


def _variable_refusals(
    data: xr.Dataset, registry: Registry | None, measure: str
) -> Iterator[Refusal]:
    if not data.data_vars:
        yield refusal("holds no indicator", "keep one or more")
    for name, variable in data.data_vars.items():
        if registry is not None and name not in registry.indicators:
            remedy = did_you_mean(str(name), registry.indicators)
            yield refusal(f"'{name}' is not an indicator", f"{remedy}; drop what is not projected")
        if set(DIMENSIONS) <= set(data.dims) and set(variable.dims) != set(DIMENSIONS):
            dimensions = ", ".join(map(str, variable.dims))
            yield refusal(f"'{name}' has the dimensions ({dimensions})", f"give it {DIMENSIONS}")
        if variable.dtype.kind not in "fiu":
            yield refusal(f"'{name}' holds no numbers", "give numbers")
        yield from _name_refusals(str(name), variable.attrs, registry, measure)
        held = variable.attrs.get(MEASURE, measure)
        if held != measure:
            yield refusal(f"'{name}' is a {held}, not a {measure}", "give the runs themselves")


def _name_refusals(
    name: str, attributes: Mapping[Any, Any], registry: Registry | None, measure: str
) -> Iterator[Refusal]:
    """Yield where a variable's attributes say that it is another quantity than its name says."""
    if registry is None or name not in registry.indicators:
        return
    known = registry.indicators[name]
    unit, label = attributes.get("units"), attributes.get("long_name")
    expected = "1" if measure == RATIO else known.unit
    if unit is not None and unit != expected:
        message = f"'{name}' is in {unit}, not in {expected}"
        yield refusal(message, "name the models folder that it was run with")
    others = {i.label: other for other, i in registry.indicators.items() if other != name}
    if label != known.label and label in others:
        message = f"'{name}' holds '{others[str(label)]}' ({label}), by its attribute long_name"
        yield refusal(message, "give each indicator under its own name")


def _scenario_refusals(data: xr.Dataset) -> Iterator[Refusal]:
    for name, times in Counter(scenario_names(data)).items():
        if times > 1:
            yield twice("projection", name)
    for name in COORDINATES:
        if name in data.coords and not set(data[name].dims) <= {SCENARIO}:
            message = f"the coordinate '{name}' differs within a scenario: draws of several runs"
            yield refusal(message, "compare each set of runs separately")


def _year_refusals(data: xr.Dataset) -> Iterator[Refusal]:
    years = data[YEAR].to_numpy()
    if years.dtype.kind not in "fiu" or not all(float(year).is_integer() for year in years):
        yield refusal("its years are not whole numbers", "give years such as 2030")
        return
    for year, times in Counter(int(year) for year in years).items():
        if times > 1:
            yield refusal(f"the year {year} appears {times} times", "keep one of them")


def _draw_refusals(data: xr.Dataset) -> Iterator[Refusal]:
    if DRAW not in data.coords:
        yield refusal("has no coordinate 'draw', so that draws cannot be matched", KEEP)
        return
    draws = data[DRAW].to_numpy()
    if draws.dtype.kind not in "fiu" or not all(float(draw).is_integer() for draw in draws):
        yield refusal("its draws are not whole numbers: means of several?", KEEP)
    elif np.unique(draws).size < draws.size:
        remedy = "give each draw once, and run more draws if you need more"
        yield refusal("some draws appear twice", remedy)


def _holes(data: xr.Dataset) -> Iterator[Refusal]:
    """Yield where values are missing in years that a scenario has."""
    present = years_present(data)
    names, years = scenario_names(data), data[YEAR].to_numpy()
    remedy = "leave the indicator out, or run the scenario again"
    if len(set(pairing_hashes(data).values())) > 1:
        remedy = "the runs differ in draws, seeds, dates or models: run all with the same"
    for scenario, row in zip(names, present, strict=True):
        if not row.any():
            yield refusal(f"'{scenario}' has no values at all", "leave it out, or run it")
    for name, array in data.data_vars.items():
        values = array.to_numpy()
        if values.dtype.kind != "f":
            continue
        gaps = np.logical_not(np.isfinite(values)).sum(axis=2) * present
        for i, j in np.argwhere(gaps)[:1]:
            lacking = f"{gaps[i, j]} of {values.shape[2]} draws"
            message = f"'{name}' has no value in {lacking} of '{names[i]}' in {years[j]}"
            yield refusal(message, remedy)


def _bound_refusals(data: xr.Dataset, registry: Registry | None, measure: str) -> Iterator[Refusal]:
    """Yield variables below what a level, or a ratio less one, can be where none is negative."""
    if registry is None or measure == DIFFERENCE:
        return
    bound = -1.0 if measure == RATIO else 0.0
    for name, array in data.data_vars.items():
        least = float(array.min())
        if least < bound and registry.indicators[str(name)].sign != "any":
            message = f"'{name}' goes down to {exact(least)}, so that it is not a {measure}"
            yield refusal(
                message, "give what vnjp_sim.run or the effects() of a comparison returns"
            )


def _sorted_refusals(data: xr.Dataset) -> Iterator[Refusal]:
    """Yield variables whose draws stand in rising order, which no run gives."""
    if data.sizes[DRAW] < FEWEST_TO_BE_SORTED:
        return
    order = np.argsort(data[DRAW].to_numpy())
    for name, array in data.data_vars.items():
        values = array.to_numpy()[:, -1, :][:, order].astype(np.float64)
        before, after = values[:, :-1], values[:, 1:]
        rising = (after >= before).all(axis=1) | (after <= before).all(axis=1)
        many = np.array([np.unique(row).size > row.size // 2 for row in values])
        if (rising & many).any():
            message = f"the draws of '{name}' are sorted, so that they cannot be paired"
            yield refusal(message, "give them as they were run")

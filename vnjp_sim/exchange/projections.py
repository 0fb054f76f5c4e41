"""What the writers share: projections from memory or from stored runs, and their summaries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.foundation.argument_types import is_dataset
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import SCENARIO, YEAR
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.pipeline import PROJECTION, RUN_FILES
from vnjp_sim.simulation.projection_checks import check_projections
from vnjp_sim.simulation.projection_file import gather, read_run
from vnjp_sim.simulation.summaries import Summary, summarise
from vnjp_sim.storage.store import check_run

if TYPE_CHECKING:
    import xarray as xr

Source: TypeAlias = "Comparison | xr.Dataset | Path | str | Sequence[Path | str]"
"""A comparison, a projection with dims (scenario, year, draw), or the folders of stored runs."""


@settled
def read_runs(folders: Sequence[Path | str]) -> xr.Dataset:
    """Return the projections of stored runs, dims (scenario, year, draw).

    Years that a scenario lacks are NaN. The coordinate `manifest` says what each run was made of.

    Raises
    ------
    InputError
        A folder holds no run, the runs differ in draws, or two have the same scenario.
    EnvironmentFailureError
        A run is damaged, see :func:`vnjp_sim.storage.store.check_run`.
    """
    faults = Refusals()
    places = [Path(folder) for folder in folders]
    for folder in places:
        if not (folder / PROJECTION).is_file():
            remedy = "name a folder that 'vnjp_sim results list' shows"
            faults.append(Refusal(Place(display_path(folder)), f"holds no {PROJECTION}", remedy))
        else:
            check_run(folder, RUN_FILES)
    if not places:
        faults.append(Refusal(Place("export"), "no run is named", "name one or more"))
    faults.raise_if_any()
    parts = [read_run(folder / PROJECTION) for folder in places]
    names = [part.scenario for part in parts]
    for folder, part, name in zip(places, parts, names, strict=True):
        place = display_path(folder)
        if names.count(name) > 1:
            what = f"two runs have the name '{name}'"
            faults.append(Refusal(Place(place), what, "export them to two files"))
        if part.shape[1] != parts[0].shape[1]:
            what = f"has {part.shape[1]} draws, the first run {parts[0].shape[1]}"
            faults.append(Refusal(Place(place), what, "run the scenarios with the same --draws"))
    faults.raise_if_any()
    return gather(parts)


def as_dataset(source: Source, registry: Registry) -> xr.Dataset:
    """Return the projections of `source`, dims (scenario, year, draw), checked.

    Those of a comparison are its scenarios and the baseline.

    Raises
    ------
    InputError
        See :func:`vnjp_sim.simulation.projection_checks.check_projections`.
    """
    source = source.runs if isinstance(source, Comparison) else source
    held = is_dataset(source) or not isinstance(source, str | PathLike | Iterable)
    held = held or getattr(source, "ndim", 1) > 1
    data = source if held else read_runs(source)  # type: ignore[arg-type]
    return check_projections(data, registry, draws_matter=False)


def effects_or_levels(source: Source, registry: Registry) -> xr.Dataset:
    """Return the effects of a comparison, else the projections of `source`, with their draws."""
    if isinstance(source, Comparison):
        return source.effects()
    return as_dataset(source, registry)


def refuse_history(history: History | None) -> None:
    """Raise InputError if history is given beside effects."""
    if history is not None:
        raise InputError.single("history", "has no effects", "leave it out, or export the runs")


PAST = "history"
"""What stands for the scenario in rows of history."""


def summaries_of(
    data: xr.Dataset, registry: Registry, history: History | None = None
) -> dict[str, list[Summary]]:
    """Return mean, spread and quantiles by scenario, indicators in the registry's order.

    Years that a scenario lacks (NaN in every draw) have no summary. History, if given, comes first,
    under the name :data:`PAST`.

    Raises
    ------
    InputError
        A scenario has the name of history.
    """
    if history is not None and PAST in data[SCENARIO].values:
        raise InputError.single(PAST, "is the name of a scenario here", "leave the history out")
    names = [name for name in registry.indicators if name in data.data_vars]
    years = data[YEAR].values
    by_scenario: dict[str, list[Summary]] = {}
    if history is not None:
        by_scenario[PAST] = history.summaries()
    for scenario in map(str, data[SCENARIO].values):
        rows = by_scenario.setdefault(scenario, [])
        for name in names:
            array = np.asarray(data[name].sel({SCENARIO: scenario}).values, np.float64)
            known = ~np.isnan(array).all(axis=1)
            summaries = summarise({name: array[known]}, 0) if known.any() else ()
            rows += [
                Summary(name, int(year), s.mean, s.sd, s.quantiles)
                for year, s in zip(years[known], summaries, strict=True)
            ]
    return by_scenario

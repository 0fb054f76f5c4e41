"""The stored references: what they are, how they are computed, stored and judged.

Below `results/reference/` stand tables of CSV, numbers in full precision:

- `calibration/`: `bank` (mean and spread of every array of the posterior, paths by year),
  `parameters` (prior against posterior), `groups` (weights of growth forms, diagnostics).
- `scenarios`: the shipped scenarios as a plain run gives them, a row an indicator: quantiles of
  some years, each summary averaged over all years, and a hash of each year.
- `engine/scenarios`: the same of the engine alone, on the posterior rows of `engine/posterior.npz`,
  which stay when the calibration moves; `engine/events.csv` logs the events of the clock.

`inputs.csv` holds what they follow from, see `tools/golden_message.py`.

A hash of a year covers all its draws and all its summaries. Rows of a scenario that equal those of
the baseline are not repeated.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any
from unittest.mock import patch

import h5py
import numpy as np
import simpy
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.sectors.central_course import CentralCourse
from vnjp_sim.simulation.block_numbers import first_engine_year
from vnjp_sim.simulation.ensemble import project
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import PROJECTION, batch_of, run_scenario
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.summaries import Summary, summarise

FOLDER = Path(__file__).resolve().parent.parent / "results" / "reference"
CALIBRATION, SCENARIOS, ENGINE = "calibration", "scenarios", "engine/scenarios"
BANK, GROUPS, PARAMETERS = (f"{CALIBRATION}/{name}" for name in ("bank", "groups", "parameters"))
HEADS = {
    BANK: ("quantity", "year"),
    GROUPS: ("group", "form"),
    PARAMETERS: ("group", "parameter"),
    ENGINE: ("scenario", "indicator"),
    SCENARIOS: ("scenario", "indicator"),
}
"""By name of a table, its first two columns."""
BASELINE = "base"
POSTERIOR, EVENTS = "engine/posterior.npz", "engine/events.csv"
FIXED_ROWS = 64
ENGINE_OPTIONS = Options(draws=512)
SHOWN_YEARS, SHOWN, ALL_YEARS = (2030, 2040), ("p05", "p50", "p95"), "all years"
SUMMARIES = ("mean", "sd", *QUANTILES)
HASH = "hash"
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """Numbers by column, and the hash of what they summarise ("" if there is none).

    The hash of a projection is its first year, and then a hash of each year.
    """

    numbers: Mapping[str, float]
    hash: str = ""


Table = dict[tuple[str, str], Row]
"""Rows by what the first two columns say, such as scenario and indicator."""


def shipped_scenarios() -> list[str]:
    """Return the names of the shipped scenarios."""
    return sorted(file.stem for file in shipped_folder("scenarios").glob("*.yml"))


# ---------------------------------------------------------------------- computing


def calibration_tables(posterior: Posterior) -> dict[str, Table]:
    """Return the tables of a posterior by name."""
    bank: Table = {}
    for name, array in sorted(posterior.arrays.items()):
        for key, values in _by_year(name, array, posterior):
            sd = 0.0 if values.min() == values.max() else float(values.std())
            bank[key] = Row({"mean": float(values.mean()), "sd": sd}, digest(values))
    parameters = {
        (p.group, p.name): Row(
            {"prior_mean": p.prior_mean, "prior_sd": p.prior_sd, "mean": p.mean, "sd": p.sd}
        )
        for p in posterior.parameters
    }
    groups = {
        (g.name, form): Row({"weight": weight, "effective": g.effective, "pareto_k": g.pareto_k})
        for g in posterior.groups
        for form, weight in g.form_weights.items()
    }
    return {BANK: bank, PARAMETERS: parameters, GROUPS: groups}


def _by_year(
    name: str, array: NDArray[np.generic], posterior: Posterior
) -> Iterator[tuple[tuple[str, str], FloatArray]]:
    """Yield (quantity, year) and the draws of each row of an array; no year if it has none.

    Of a parameter the draws whose growth form uses it.
    """
    values = array.astype(np.float64)
    if values.ndim == 1:
        yield (name, ""), values[~np.isnan(values)]
        return
    for index in np.ndindex(values.shape[:-1]):
        label = name + "".join(f"[{i}]" for i in index[:-1])
        yield (label, str(posterior.first_years[name] + index[-1])), values[index]


def scenarios_table(model: Model, out: Path) -> Table:
    """Return the table of the shipped scenarios as plain runs below `out` give them."""
    table: Table = {}
    for name in shipped_scenarios():
        result = run_scenario(name, model, Options(), out)
        indicators = {summary.indicator for summary in result.summaries}
        with h5py.File(result.folder / PROJECTION) as projection:
            arrays = {indicator: projection[indicator][0] for indicator in indicators}
        table |= summary_table(name, result.summaries, arrays)
    return table


def engine_table(model: Model, fixed: Posterior, names: Sequence[str] = ()) -> Table:
    """Return the table of all shipped scenarios, or of those named, on a fixed posterior."""
    table: Table = {}
    for name in names or shipped_scenarios():
        scenario = prepare_scenario(name, model, ENGINE_OPTIONS)
        arrays = project(fixed, batch_of(scenario, model, ENGINE_OPTIONS)).of()
        table |= summary_table(name, summarise(arrays, scenario.start), arrays)
    return table


def summary_table(
    scenario: str, summaries: tuple[Summary, ...], arrays: Mapping[str, FloatArray]
) -> Table:
    """Return a row an indicator: some years, averages over all years, and a hash of each year."""
    table = {}
    for indicator, group in groupby(summaries, key=lambda summary: summary.indicator):
        by_year = {s.year: dict(zip(SUMMARIES, _numbers(s), strict=True)) for s in group}
        numbers = {f"{c} {year}": by_year[year][c] for year in SHOWN_YEARS for c in SHOWN}
        for column in SUMMARIES:
            values = [one[column] for one in by_year.values()]
            numbers[f"{column} {ALL_YEARS}"] = math.fsum(values) / len(values)
        hashes = (
            digest(np.array([*one.values(), *draws]), size=2)
            for one, draws in zip(by_year.values(), arrays[indicator], strict=True)
        )
        table[scenario, indicator] = Row(numbers, " ".join([str(min(by_year)), *hashes]))
    return table


def _numbers(summary: Summary) -> tuple[float, ...]:
    return (summary.mean, summary.sd, *summary.quantiles)


def engine_events(model: Model, fixed: Posterior) -> str:
    """Return the log of the clock in all shipped scenarios as CSV.

    Each environment (a scenario's baseline comes before it) tells its events in the order in which
    they happen: the day, the priority within it, the kind, and the process that waits.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["scenario", "environment", "day", "priority", "event", "process"])
    options = Options(draws=1)
    opened = date(first_engine_year(fixed), 1, 1)
    for name in shipped_scenarios():
        scenario: Scenario = prepare_scenario(name, model, options)
        environments: list[_Recording] = []
        with patch.object(simpy, "Environment", lambda: _Recording(environments)):  # noqa: B023
            project(fixed, batch_of(scenario, model, options))
        for number, environment in enumerate(environments, start=1):
            for days, *rest in environment.events:
                writer.writerow([name, number, opened + timedelta(days=days), *rest])
    return stream.getvalue()


class _Recording(simpy.Environment):
    """A clock that notes each event before it happens."""

    def __init__(self, environments: list[_Recording]) -> None:
        super().__init__()
        self.events: list[tuple[int, int, str, str]] = []
        environments.append(self)

    def step(self) -> None:
        if self._queue:  # else the run is over
            days, priority, _, event = self._queue[0]
            waiting = [getattr(c, "__self__", None) for c in event.callbacks or ()]
            names = " ".join(p.name for p in waiting if isinstance(p, simpy.Process))
            self.events.append((int(days), int(priority), type(event).__name__, names))
        super().step()


def digest(*arrays: NDArray[np.generic], size: int = 4) -> str:
    """Return a short hash of all digits of arrays."""
    state = blake2b(digest_size=size)
    for array in arrays:
        state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()


# ---------------------------------------------------------------------- the fixed posterior


def fixed_rows(posterior: Posterior) -> Posterior:
    """Return the first rows of a posterior (they stand in random order), without diagnostics."""
    return Posterior(
        {name: array[..., :FIXED_ROWS] for name, array in posterior.arrays.items()},
        posterior.first_years,
        posterior.last_year,
        posterior.forms,
        posterior.plateaus,
        posterior.origins,
        (),
        (),
        posterior.missing,
        course=posterior.course,
    )


def same_structure(fixed: Posterior, posterior: Posterior) -> bool:
    """Whether a fixed posterior has the arrays and years that the calibration gives."""
    return _structure(fixed) == _structure(posterior)


def _structure(posterior: Posterior) -> dict[str, object]:
    arrays = {n: (a.shape[:-1], a.dtype.str) for n, a in posterior.arrays.items()}
    years = {n: posterior.first_years[n] for n in sorted(posterior.first_years)}
    return {"arrays": arrays, "first": years, "last": posterior.last_year, "forms": posterior.forms}


def write_fixed(posterior: Posterior) -> None:
    """Store a fixed posterior."""
    named = {
        "first_years": dict(posterior.first_years),
        "last_year": posterior.last_year,
        "forms": posterior.forms,
        "plateaus": dict(posterior.plateaus),
        "origins": dict(posterior.origins),
        "missing": posterior.missing,
        "course": posterior.course.content,
    }
    file = FOLDER / POSTERIOR
    file.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = dict(posterior.arrays)
    np.savez_compressed(file, structure=json.dumps(named, sort_keys=True), **arrays)


def read_fixed() -> Posterior:
    """Return the stored fixed posterior."""
    with np.load(FOLDER / POSTERIOR, allow_pickle=False) as source:
        named = json.loads(str(source["structure"]))
        arrays = {name: source[name] for name in source.files if name != "structure"}
    return Posterior(
        arrays,
        named["first_years"],
        named["last_year"],
        tuple(named["forms"]),
        named["plateaus"],
        named["origins"],
        (),
        (),
        tuple(named["missing"]),
        course=CentralCourse(**named.get("course", {})),
    )


# ---------------------------------------------------------------------- files


def read_table(name: str) -> Table:
    """Return a stored table, whole; empty if there is none."""
    file = FOLDER / f"{name}.csv"
    if not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    table = {
        (first, second): Row(dict(zip(header[2:-1], map(float, values), strict=True)), hashes)
        for first, second, *values, hashes in rows
    }
    if "scenario" not in header:
        return table
    baseline = {indicator: row for (name, indicator), row in table.items() if name == BASELINE}
    names = dict.fromkeys(name for name, _ in table)
    return {(name, i): row for name in names for i, row in baseline.items()} | table


def write_table(name: str, table: Table) -> None:
    """Store a table, without what equals the baseline."""
    file = FOLDER / f"{name}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    columns = list(next(iter(table.values())).numbers) if table else []
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*HEADS[name], *columns, HASH])
        for (first, second), row in sorted(table.items()):
            if first == BASELINE or row != table.get((BASELINE, second)):
                numbers = (repr(row.numbers[column]) for column in columns)
                writer.writerow([first, second, *numbers, row.hash])

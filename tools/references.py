"""The stored references: what they are, how they are computed, written and read.

Below `results/reference/` stand tables of CSV, one number a cell in full precision:

- `calibration/`: `bank` (mean and spread of every array of the posterior, paths by year),
  `parameters` (prior against posterior), `groups` (weights of growth forms, diagnostics).
- `scenarios/<name>`: the whole chain from evidence to summaries, as a plain run gives them: every
  indicator, year and quantile.
- `engine/<name>`: the same of the engine alone, on the posterior rows of `engine/posterior.npz`,
  which stay when the calibration moves; `engine/events.csv` logs the events of the clock.

The column `draws` is a hash of all draws behind a row. Rows of a scenario that equal those of the
baseline to the last digit of every draw are not repeated.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
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
from vnjp_sim.simulation.engine import first_engine_year
from vnjp_sim.simulation.ensemble import project
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import PROJECTION, Options, ensemble_of, run_scenario
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.summaries import Summary, summarise

FOLDER = Path(__file__).resolve().parent.parent / "results" / "reference"
CALIBRATION, SCENARIOS, ENGINE = "calibration", "scenarios", "engine"
BASELINE = "base"
POSTERIOR, EVENTS = f"{ENGINE}/posterior.npz", f"{ENGINE}/events.csv"
FIXED_ROWS = 64
ENGINE_OPTIONS = Options(draws=512)
DRAWS = "draws"
HEADS = {
    f"{CALIBRATION}/bank": ("quantity", "year"),
    f"{CALIBRATION}/parameters": ("group", "parameter"),
    f"{CALIBRATION}/groups": ("group", "form"),
}

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """Numbers by column, and the hash of the draws that they summarise ("" if there are none)."""

    numbers: Mapping[str, float]
    draws: str = ""


Table = dict[tuple[str, str], Row]
"""Rows by what the first two columns say, such as indicator and year."""


def shipped_scenarios() -> list[str]:
    """Return the names of the shipped scenarios."""
    return sorted(file.stem for file in shipped_folder("scenarios").glob("*.yml"))


# ---------------------------------------------------------------------- computing


def calibration_tables(posterior: Posterior) -> dict[str, Table]:
    """Return the tables of a posterior by name."""
    bank: Table = {}
    for name, array in sorted(posterior.arrays.items()):
        for key, values in _by_year(name, array, posterior):
            bank[key] = Row({"mean": float(values.mean()), "sd": _spread(values)}, digest(values))
    parameters = {
        (p.group, p.name): Row(
            {"prior_mean": p.prior_mean, "prior_sd": p.prior_sd, "mean": p.mean, "sd": p.sd}
        )
        for p in posterior.parameters
    }
    groups = {
        (g.name, form): Row(
            {"weight": weight, "effective": g.effective, "pareto_k": g.pareto_k},
        )
        for g in posterior.groups
        for form, weight in g.form_weights.items()
    }
    return {
        f"{CALIBRATION}/bank": bank,
        f"{CALIBRATION}/parameters": parameters,
        f"{CALIBRATION}/groups": groups,
    }


def scenario_table(name: str, model: Model, out: Path) -> Table:
    """Return the table of a shipped scenario as a plain run below `out` gives it."""
    result = run_scenario(name, model, Options(), out)
    names = {summary.indicator for summary in result.summaries}
    with h5py.File(result.folder / PROJECTION) as projection:
        arrays = {name: projection[name][0] for name in names}
    return _summary_table(result.summaries, arrays, result.scenario.start)


def engine_table(name: str, model: Model, fixed: Posterior) -> Table:
    """Return the table of a shipped scenario on a fixed posterior."""
    scenario = prepare_scenario(name, model, ENGINE_OPTIONS)
    arrays = project(fixed, ensemble_of(scenario, model, ENGINE_OPTIONS))
    return _summary_table(summarise(arrays, scenario.start), arrays, scenario.start)


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
            project(fixed, ensemble_of(scenario, model, options))
        for number, environment in enumerate(environments, start=1):
            for days, *rest in environment.told:
                writer.writerow([name, number, opened + timedelta(days=days), *rest])
    return stream.getvalue()


class _Recording(simpy.Environment):
    """A clock that tells each event before it happens."""

    def __init__(self, environments: list[_Recording]) -> None:
        super().__init__()
        self.told: list[tuple[int, int, str, str]] = []
        environments.append(self)

    def step(self) -> None:
        if self._queue:  # else the run is over
            days, priority, _, event = self._queue[0]
            waiting = [getattr(c, "__self__", None) for c in event.callbacks or ()]
            names = " ".join(p.name for p in waiting if isinstance(p, simpy.Process))
            self.told.append((int(days), int(priority), type(event).__name__, names))
        super().step()


def digest(values: NDArray[np.generic]) -> str:
    """Return a short hash of all digits of an array."""
    return blake2b(np.ascontiguousarray(values).tobytes(), digest_size=4).hexdigest()


def _summary_table(
    summaries: tuple[Summary, ...], arrays: Mapping[str, FloatArray], start: int
) -> Table:
    return {
        (s.indicator, str(s.year)): Row(
            {"mean": s.mean, "sd": s.sd, **dict(zip(QUANTILES, s.quantiles, strict=True))},
            digest(arrays[s.indicator][s.year - start]),
        )
        for s in summaries
    }


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


def _spread(values: FloatArray) -> float:
    """Return the standard deviation, exactly zero if all values are equal."""
    return 0.0 if values.min() == values.max() else float(values.std())


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
    )


# ---------------------------------------------------------------------- files


def stored_names() -> list[str]:
    """Return the names of all stored tables."""
    files = (f for kind in (CALIBRATION, SCENARIOS, ENGINE) for f in (FOLDER / kind).glob("*.csv"))
    names = (file.relative_to(FOLDER).with_suffix("").as_posix() for file in files)
    return sorted(name for name in names if f"{name}.csv" != EVENTS)


def read_table(name: str) -> Table:
    """Return a stored table, whole; empty if there is none."""
    table = _read(FOLDER / f"{name}.csv")
    baseline = _baseline_of(name)
    if baseline is None or not table:
        return table
    return _read(FOLDER / f"{baseline}.csv") | table


def write_tables(tables: Mapping[str, Table]) -> None:
    """Store tables, and delete those that are not among them."""
    for name in stored_names():
        if name not in tables:
            (FOLDER / f"{name}.csv").unlink()
    for name, table in tables.items():
        baseline = _baseline_of(name)
        rows = table if baseline is None else departures(table, tables[baseline])
        file = FOLDER / f"{name}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_text(name, rows), encoding="utf-8")


def departures(table: Table, baseline: Table) -> Table:
    """Return the rows that differ from the baseline's."""
    if table.keys() != baseline.keys():
        raise ValueError("a scenario and its baseline do not have the same indicators and years")
    return {key: row for key, row in table.items() if row != baseline[key]}


def _baseline_of(name: str) -> str | None:
    kind, _, scenario = name.partition("/")
    return None if kind == CALIBRATION or scenario == BASELINE else f"{kind}/{BASELINE}"


def _read(file: Path) -> Table:
    if not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    return {
        (first, second): Row(dict(zip(header[2:-1], map(float, values), strict=True)), draws)
        for first, second, *values, draws in rows
    }


def _text(name: str, table: Table) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = list(next(iter(table.values())).numbers) if table else []
    writer.writerow([*HEADS.get(name, ("indicator", "year")), *columns, DRAWS])
    for key in sorted(table):
        row = table[key]
        writer.writerow([*key, *(repr(row.numbers[column]) for column in columns), row.draws])
    return stream.getvalue()

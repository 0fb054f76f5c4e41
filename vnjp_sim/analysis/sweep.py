"""A sweep: one scenario at many points of a design, all over the same random numbers.

Points are variants of one batch, taken in chunks that fit in memory. Each chunk is stored when it
is done, so that a sweep that was interrupted goes on from there; its results are the same.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.design_points import check_points, point_scenario, point_values
from vnjp_sim.analysis.sweep_file import Chunk, write_points, write_sweep
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.design import (
    CELLS,
    Design,
    read_design,
    scenario_of_design,
)
from vnjp_sim.inputs.design_reader import DesignReader
from vnjp_sim.inputs.number_text import count_text, fixed
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.ensemble import Batch, Projected
from vnjp_sim.simulation.manifests import gates_failed, manifest_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import LARGEST_IN_MEMORY
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.progress import QUIET, Progress
from vnjp_sim.simulation.projector import Memory, Projector
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.summaries import deviation, quantiles
from vnjp_sim.simulation.value_checks import check_values
from vnjp_sim.storage.atomic import write_whole
from vnjp_sim.storage.block_files import block_files
from vnjp_sim.storage.store import check_run, check_writable, find_run, read_manifest, write_run

FloatArray = NDArray[np.float64]

SWEEP, POINTS = "sweep.nc", "points.csv"
FILES = (SWEEP, POINTS)
PARTS = ".parts"
"""How the folder ends that holds the chunks of a sweep which is not finished."""
MAX_BYTES = 4_000_000_000
"""What the results of a sweep may take."""
CHUNK_BYTES = 250_000_000
CHUNK_POINTS = 512
"""The most that a chunk takes in memory, and the most points that it has."""


@dataclass(frozen=True)
class Sweep:
    """A sweep that was checked, before anything is computed.

    Attributes
    ----------
    design : Design
        Its design.
    scenario : Scenario
        What is swept.
    values : FloatArray
        (point, axis).
    points : tuple[Scenario, ...]
        The scenario of each point.
    model, options
        What it is projected with.
    """

    design: Design
    scenario: Scenario
    values: FloatArray
    points: tuple[Scenario, ...]
    model: Model
    options: Options

    @property
    def store(self) -> str:
        """The name of its folder among the results."""
        return f"sweep-{self.design.content.name}"

    @property
    def manifest(self) -> dict[str, Any]:
        """What it is, and the hash of it under `run`."""
        design = self.design.content
        content: dict[str, Any] = {
            **manifest_of(self.scenario, self.model, self.options),
            "title": design.title,
            "design": {
                "method": design.method,
                "seed": design.seed or 0,
                "keep": design.keep,
                "indicators": sorted(design.indicators),
                "axes": [asdict(replace(axis, place=())) for axis in self.design.axes],
                "points": hashlib.sha256(self.values.tobytes()).hexdigest(),
            },
        }
        text = json.dumps(content, sort_keys=True)
        run = hashlib.sha256(text.encode()).hexdigest()[:16]
        return {**json.loads(text), "run": run}


@dataclass(frozen=True)
class SweepResult:
    """A finished sweep: its folder, and whether an equal one had stored it before."""

    sweep: Sweep
    folder: Path
    manifest: Mapping[str, Any]
    reused: bool

    @property
    def file(self) -> Path:
        """The netCDF file."""
        return self.folder / SWEEP


def plan_sweep(file: Path, model: Model, options: Options) -> Sweep:
    """Read a design and check all of its points.

    Raises
    ------
    InputError
        The design, its scenario or a point cannot be used, or there is too much of it.
    CalibrationGateError
        See :func:`vnjp_sim.simulation.prepared.check_stability`.
    """
    content, document = read_design(file)
    request = scenario_of_design(content, file)
    try:
        scenario = prepare_scenario(request, model, options)
    except InputError as error:
        place = document.place(("scenario",))
        raise InputError(
            replace(r, place=place, what=f"'{content.scenario}': {r.what}")
            if r.place.file == request
            else r
            for r in error.refusals
        ) from None
    indicators = model.registry.indicators
    reader = DesignReader(model.parameters, model.instruments, model.replaceable, indicators)
    design = reader.design(content, document, scenario)
    _check_size(design, scenario, model, options)
    values = point_values(design)
    points = tuple(point_scenario(design, scenario, i, row) for i, row in enumerate(values))
    check_points(design, scenario, points, model)
    return Sweep(design, scenario, values, points, model, options)


def run_sweep(sweep: Sweep, out: Path, progress: Progress = QUIET) -> SweepResult:
    """Run a sweep and store it, go on with one that was interrupted, or find it stored.

    `progress.projecting` is called with draws times points.

    Raises
    ------
    InputError
        A point leads to impossible values, or an indicator is not projected.
    CalibrationGateError, EnvironmentFailureError
        See :func:`vnjp_sim.simulation.calibrated.posterior_of`.
    """
    manifest = sweep.manifest
    key = str(manifest["run"])
    stored = find_run(out, sweep.store, key)
    if stored is not None:
        check_run(stored, FILES)
        return SweepResult(sweep, stored, read_manifest(stored), reused=True)
    check_writable(out)
    posterior, _ = posterior_of(sweep.model, out, progress)
    manifest |= gates_failed([group.name for group in posterior.groups if group.faults])
    parts = out / sweep.store / f"{key}{PARTS}"
    chunks = _Chunks(
        sweep, Projector(posterior, sweep.model, sweep.options, Memory()), parts, progress
    )
    chunks.complete()
    design, registry = sweep.design, sweep.model.registry
    attributes = {
        "title": design.content.title,
        "source": "vnjp_sim " + version("vnjp-sim"),
        "method": design.content.method,
        "manifest": json.dumps(manifest, sort_keys=True),
    }
    writers: dict[str, Callable[[Path], None]] = {
        SWEEP: lambda file: write_sweep(
            file, design, sweep.scenario, sweep.values, chunks.read(), registry, attributes
        ),
        POINTS: partial(write_points, design=design, points=sweep.values),
    }
    folder, first_of_all = write_run(out, sweep.store, key, writers, manifest)
    shutil.rmtree(parts, ignore_errors=True)
    return SweepResult(sweep, folder, manifest, reused=not first_of_all)


def _check_size(design: Design, scenario: Scenario, model: Model, options: Options) -> None:
    """Refuse a sweep whose results would be too large; raises InputError."""
    kept = len(CELLS) if design.content.keep == "quantiles" else options.draws
    names = len(design.content.indicators) or len(model.registry.indicators)
    years = scenario.end - scenario.start + 1
    size = design.count * names * years * kept * np.dtype(np.float64).itemsize
    if size > MAX_BYTES:
        what = (
            f"{count_text(design.count, 'point')} with {count_text(names, 'indicator')} of "
            f"{count_text(years, 'year')} would take "
            f"{fixed(size / 1e9, 1)} GB, more than {fixed(MAX_BYTES / 1e9, 0)} GB"
        )
        less = "fewer points, or fewer 'indicators'"
        if design.content.keep == "draws":
            less = "fewer draws, " + less + ", or keep: quantiles"
        key = "axes" if design.content.method == "grid" else "points"
        raise InputError([design.document.refusal((key,), what, f"ask for {less}")])


class _Chunks:
    """The chunks of a sweep: each computed and stored once, and read again in the end."""

    def __init__(
        self, sweep: Sweep, projector: Projector, folder: Path, progress: Progress
    ) -> None:
        self.sweep, self.projector, self.folder = sweep, projector, folder
        self.progress = progress
        given = self._batch(sweep.points[:1]).layout(projector.posterior).recorded
        self.indicators = [name for name in sweep.model.registry.indicators if name in given]
        self.size = self._points_at_once()

    def complete(self) -> None:
        """Compute the chunks that are not stored."""
        for first in self._starts():
            if self._stored(first) is None:
                chunk = self._computed(first)
                write_whole(self._file(first), partial(_save, chunk), force=True)
            else:
                count = len(self.sweep.points[first : first + self.size])
                self.progress.projecting(count * self.sweep.options.draws)

    def read(self) -> Iterator[tuple[int, Chunk]]:
        """Yield the first point and the values of each chunk; computed again if it was damaged."""
        for first in self._starts():
            yield first, self._stored(first) or self._computed(first)

    def _starts(self) -> range:
        return range(0, len(self.sweep.points), self.size)

    def _batch(self, points: Sequence[Scenario]) -> Batch:
        scenario, asked = self.sweep.scenario, self.sweep.design.content.indicators
        variants = map(self.projector.variant, points)
        return self.projector.batch(variants, scenario.start, scenario.end, asked or None)

    def _points_at_once(self) -> int:
        """Return how many points fit in memory where each changes all that the axes reach."""
        first, last = self.sweep.points[0], self.sweep.points[-1]
        one = self._batch([first]).bytes(self.projector.posterior)
        more = self._batch([first, last]).bytes(self.projector.posterior) - one
        if self.sweep.design.content.keep == "draws":
            more += one  # every point has then all of its draws
        return min(CHUNK_POINTS, 1 + max(0, CHUNK_BYTES - one) // max(more, 1))

    def _computed(self, first: int) -> Chunk:
        """Return the values of a chunk; raises InputError for values that cannot be."""
        points = self.sweep.points[first : first + self.size]
        batch = self._batch(points)
        large = batch.bytes(self.projector.posterior) > LARGEST_IN_MEMORY
        place = block_files(self.folder.parent.parent, f"{self.folder.stem}-{first}")

        def advance(draws: int) -> None:
            self.progress.projecting(draws * len(points))

        with place if large else nullcontext() as kept:
            projected = self.projector.project(batch, kept, advance)
            if not _possible(projected, self.sweep.model):
                for number, point in enumerate(points):
                    check_values(projected.of(number), point, self.sweep.model)
            reduce = _as_it_is if self.sweep.design.content.keep == "draws" else _cells
            return {
                name: reduce(projected.rows[name])[list(projected.layout.recorded[name])]
                for name in self.indicators
            }

    def _file(self, first: int) -> Path:
        return self.folder / f"{first:06d}.npz"

    def _stored(self, first: int) -> Chunk | None:
        """Return a chunk as it was stored; None if it was not, or was damaged since."""
        try:
            with np.load(self._file(first)) as stored:
                return {name: stored[name] for name in self.indicators}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            return None


def _possible(projected: Projected, model: Model) -> bool:
    """Whether all rows hold values that their quantity can have."""
    for name, rows in projected.rows.items():
        least = float(rows.min())  # NaN if one value is
        if not np.isfinite((least, float(rows.max()))).all():
            return False
        if least < 0.0 and model.registry.indicators[name].sign != "any":
            return False
    return True


def _save(chunk: Chunk, file: Path) -> None:
    np.savez(file, **chunk)  # type: ignore[arg-type] # the stub takes a name for an option


def _as_it_is(rows: FloatArray) -> FloatArray:
    return rows


def _cells(rows: FloatArray) -> FloatArray:
    """Return mean, standard deviation and quantiles of rows, (row, year, draw) to (…, cell)."""
    ordered = np.sort(rows.reshape(-1, rows.shape[2]), axis=1)
    cells = [ordered.mean(axis=1), deviation(ordered), *quantiles(ordered)]
    return np.stack(cells, axis=1).reshape(*rows.shape[:2], len(cells))

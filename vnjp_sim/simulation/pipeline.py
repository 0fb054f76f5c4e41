"""From a request to a stored result: read, calibrate or reuse, project, store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.calibration.bank import (
    FILE,
    FOLDER,
    calibration_hash,
    load_posterior,
    save_posterior,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.ensemble import Batch, project
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pairing import check_distinct, manifests_of, scenario_names
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projection_file import write_projection
from vnjp_sim.simulation.projector import variant_of
from vnjp_sim.simulation.request import DEFAULT_DRAWS, DEFAULT_OUT, DEFAULT_SEED, MAX_DRAWS, Options
from vnjp_sim.simulation.summaries import Summary, read_summaries, summarise, write_summaries
from vnjp_sim.simulation.workforce import require_cluster
from vnjp_sim.storage.block_files import BlockFiles, block_files
from vnjp_sim.storage.sources import source_hash
from vnjp_sim.storage.store import check_run, check_writable, find_run, read_manifest, write_run

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]

GATES_FAILED = "gates_failed"
"""In the manifest of a run: the groups of a calibration that was kept though they failed."""
LARGEST_IN_MEMORY = 2_000_000_000
"""Bytes of draws beyond which a run keeps them in files of blocks in the results folder."""

PROJECTION = "projection.nc"
INDICATORS = "indicators.csv"
RUN_FILES = (PROJECTION, INDICATORS)
"""The files of every stored run."""


@dataclass(frozen=True)
class RunResult:
    """A finished run: its folder, its summaries, whether an equal run had stored it before."""

    scenario: Scenario
    folder: Path
    summaries: tuple[Summary, ...]
    manifest: Mapping[str, Any]
    reused: bool


@dataclass(frozen=True, repr=False)
class Progress:
    """What is called while work goes on: after a group, some draws, before a step of analysis."""

    calibrating: Callable[[str], None] = lambda _name: None
    projecting: Callable[[int], None] = lambda _draws: None
    analysing: Callable[[str], None] = lambda _step: None

    def __repr__(self) -> str:
        return "QUIET" if self is QUIET else "Progress(…)"


QUIET = Progress()


@settled
def posterior_of(
    model: Model,
    out: str | Path = DEFAULT_OUT,
    progress: Progress = QUIET,
    *,
    override_gates: bool = False,
) -> tuple[Posterior, Path]:
    """Return the posterior of a model and its file: a stored one, or calibrated and stored now.

    Looked for below `out` and below the default results folder.

    Raises
    ------
    CalibrationGateError
        A diagnostic is outside its gate; nothing is written.
    EnvironmentFailureError
        It cannot be stored.
    """
    key = calibration_hash(model.evidence, model.parameters)
    out = Path(out)
    for place in (out, DEFAULT_OUT):
        folder = find_run(place, FOLDER, key)
        if folder is not None:
            return _loaded(folder / FILE, folder.stat().st_mtime_ns), folder / FILE
    check_writable(out)
    posterior = calibrate(
        model.evidence,
        model.parameters,
        advance=progress.calibrating,
        override_gates=override_gates,
    )
    manifest = {
        "calibration": key,
        "as_of": model.as_of.isoformat() if model.as_of else None,
        "gates_overridden": override_gates and any(g.faults for g in posterior.groups),
        "versions": _versions(),
    }
    return posterior, save_posterior(posterior, model.parameters, model.registry, out, manifest)


@lru_cache(maxsize=2)
def _loaded(file: Path, _changed: int) -> Posterior:
    """Return a stored posterior, read once for all scenarios; its arrays are for reading alone."""
    posterior = load_posterior(file)
    for array in posterior.arrays.values():
        array.flags.writeable = False
    return posterior


def run_scenario(
    request: str | Path,
    model: Model,
    options: Options | None = None,
    out: Path = DEFAULT_OUT,
    progress: Progress = QUIET,
) -> RunResult:
    """Run one scenario and store it, or find it stored.

    Raises
    ------
    InputError
        The scenario or an option cannot be used, or leads to impossible values.
    CalibrationGateError, EnvironmentFailureError
        See :func:`~vnjp_sim.simulation.prepared.check_stability` and :func:`posterior_of`.
    """
    options = options or Options()
    return run_prepared(prepare_scenario(request, model, options), model, options, out, progress)


def run_prepared(
    scenario: Scenario,
    model: Model,
    options: Options,
    out: Path = DEFAULT_OUT,
    progress: Progress = QUIET,
) -> RunResult:
    """Run a scenario that was read and checked before; see :func:`run_scenario`."""
    manifest = manifest_of(scenario, model, options)
    existing = find_run(out, scenario.name, manifest["run"])
    if existing is not None:
        check_run(existing, RUN_FILES)
        summaries = read_summaries(existing / INDICATORS)
        manifest = manifest | gates_failed(read_manifest(existing).get(GATES_FAILED))
        return RunResult(scenario, existing, summaries, manifest, reused=True)
    require_cluster(options.cluster)
    check_writable(out)
    posterior, _ = posterior_of(model, out, progress)
    manifest = manifest | gates_failed([group.name for group in posterior.groups if group.faults])
    batch = batch_of(scenario, model, options)
    with _place_of_blocks(out, manifest["run"], batch.bytes(posterior), options) as kept:
        arrays = project(
            posterior,
            batch,
            workers=options.workers,
            cluster=options.cluster,
            kept=kept,
            advance=progress.projecting,
        ).of()
        _check_values(arrays, scenario, model)
        summaries = summarise(arrays, scenario.start)
        writers = {
            PROJECTION: lambda file: write_projection(
                file,
                scenario.name,
                scenario.start,
                arrays,
                model.registry,
                _attributes(model, manifest),
            ),
            INDICATORS: lambda file: write_summaries(
                file, {scenario.name: summaries}, model.registry
            ),
        }
        folder, first = write_run(out, scenario.name, manifest["run"], writers, manifest)
    return RunResult(scenario, folder, summaries, manifest, reused=not first)


def _place_of_blocks(
    out: Path, run: str, size: int, options: Options
) -> AbstractContextManager[BlockFiles | None]:
    """Return where finished blocks are kept: in files on a cluster, and if they are many bytes."""
    if options.cluster is None and size <= LARGEST_IN_MEMORY:
        return nullcontext()
    return block_files(out, run)


def gates_failed(failed: Sequence[str] | None) -> dict[str, list[str]]:
    """Return what the manifest of a run says of gates that its calibration failed."""
    return {GATES_FAILED: list(failed)} if failed else {}


def gates_note(manifests: Iterable[Mapping[str, Any]]) -> str:
    """Return in words which gates the calibration of runs failed; empty if none."""
    failed = sorted({name for manifest in manifests for name in manifest.get(GATES_FAILED, ())})
    if not failed:
        return ""
    return f"The calibration failed its gates ({', '.join(failed)}) and was kept on request."


def batch_of(scenario: Scenario, model: Model, options: Options) -> Batch:
    """Return what is asked of the engine for a scenario with its horizon."""
    return Batch(
        (variant_of(scenario, model),),
        scenario.start,
        scenario.end,
        options.draws,
        options.seed,
        model.links.links,
        tuple(model.registry.indicators),
    )


def gather(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Return projections of single scenarios as one, dims (scenario, year, draw).

    Years that a scenario lacks are NaN. What each run was made of stands in coordinates of the
    scenarios, see :mod:`pairing`; the attribute `manifests` holds the manifests by scenario too, as
    JSON. The attributes that all have in common stay.

    Raises
    ------
    InputError
        Two of them have the same scenario.
    """
    import xarray as xr

    names = [name for part in parts for name in scenario_names(part)]
    check_distinct(names, ["projection"] * len(names))
    whole = xr.concat(
        parts, "scenario", data_vars="all", join="outer", combine_attrs="drop_conflicts"
    )
    manifests = {name: manifest for part in parts for name, manifest in manifests_of(part).items()}
    whole.attrs.pop("manifest", None)
    whole.attrs["manifests"] = json.dumps(manifests, sort_keys=True)
    return whole


def _check_values(arrays: Mapping[str, FloatArray], scenario: Scenario, model: Model) -> None:
    """Refuse values that no quantity can have; raises InputError, nothing is stored.

    Each number of a scenario is in its range; together, or with priors far from the shipped ones,
    they may still lead beyond what floating-point numbers hold.
    """
    for name, array in arrays.items():
        for year, values in enumerate(array, start=scenario.start):
            least, most = float(values.min()), float(values.max())  # NaN if one value is
            check_extremes(scenario, model, name, year, least, most)


def check_extremes(
    scenario: Scenario, model: Model, name: str, year: int, least: float, most: float
) -> None:
    """Refuse an indicator whose least or greatest draw of a year it cannot have; see above."""
    if not np.isfinite((least, most)).all():
        what = "is not a finite number"
    elif least < 0.0 and model.registry.indicators[name].sign != "any":
        what = f"is {exact(least)}"
    else:
        return
    raise InputError.single(
        scenario.file,
        f"the scenario leads to impossible values: '{name}' {what} in some draw of {year}",
        "use less extreme levers, events or priors",
    )


def model_hashes(model: Model) -> dict[str, str]:
    """Return the hashes of a model that stand in the manifest of a run."""
    return {
        "calibration": calibration_hash(model.evidence, model.parameters),
        "priors": _digest(
            {n: p.model_dump(mode="json") for n, p in model.parameters.single.items()}
        ),
        "links": _digest({n: x.model_dump(mode="json") for n, x in model.links.links.items()}),
        "registry": _digest(
            {n: i.model_dump(mode="json") for n, i in model.registry.indicators.items()}
        ),
        "sources": source_hash(),
    }


def manifest_of(
    scenario: Scenario, model: Model, options: Options, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what a run is, and the hash of it under `run`, before it is computed.

    `more` tells what sets it apart from a run that keeps all draws of all indicators.
    """
    content: dict[str, Any] = {
        "scenario": scenario.content,
        "chain": list(scenario.chain),
        "title": scenario.title,
        "rests_on": list(_rests_on(scenario, model)),
        "notes": [event.note for event in scenario.events],
        "draws": options.draws,
        "seed": options.seed,
        "as_of": model.as_of.isoformat() if model.as_of else None,
        **model_hashes(model),
        "versions": _versions(),
        **(more or {}),
    }
    content = json.loads(json.dumps(content))
    content["run"] = _digest(content)
    return content


def _rests_on(scenario: Scenario, model: Model) -> Iterator[str]:
    """Yield the sources of a scenario, each on one line; a document is named by its title."""
    for source in scenario.sources:
        first, *others = source.split() or [""]
        document = model.evidence.documents.get(first)
        if document is not None:
            first = f"{document.title} ({first})" + ("," if others else "")
        if first:
            yield " ".join([first, *others])


def _attributes(model: Model, manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes of a projection file: where it comes from."""
    documents = {name: document.title for name, document in model.evidence.documents.items()}
    return {
        "title": str(manifest["title"]),
        "source": "vnjp_sim " + version("vnjp-sim"),
        "manifest": json.dumps(manifest, sort_keys=True),
        "documents": json.dumps(documents, ensure_ascii=False, sort_keys=True),
    }


def _versions() -> dict[str, str]:
    names = ("vnjp-sim", "numpy", "scipy", "simpy")
    return {name: version(name) for name in names}


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


__all__ = [
    "DEFAULT_DRAWS",
    "DEFAULT_OUT",
    "DEFAULT_SEED",
    "INDICATORS",
    "MAX_DRAWS",
    "PROJECTION",
    "QUIET",
    "RUN_FILES",
    "Options",
    "Progress",
    "RunResult",
    "batch_of",
    "gather",
    "manifest_of",
    "posterior_of",
    "run_prepared",
    "run_scenario",
]

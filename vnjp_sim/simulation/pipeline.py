"""From a request to a stored result: read, calibrate or reuse, project, store."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.calibration.bank import (
    FILE,
    calibration_hash,
    load_posterior,
    save_posterior,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.ensemble import Batch
from vnjp_sim.simulation.manifests import (
    GATES_FAILED,
    attributes_of,
    gates_failed,
    manifest_of,
    versions,
)
from vnjp_sim.simulation.model_data import Model, digest
from vnjp_sim.simulation.outcome import Outcome
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projection_file import (
    CONVENTIONS,
    Projection,
    indicator_attributes,
    read_run,
    write_projection,
)
from vnjp_sim.simulation.projector import Projector, variant_of
from vnjp_sim.simulation.request import DEFAULT_DRAWS, DEFAULT_OUT, DEFAULT_SEED, MAX_DRAWS, Options
from vnjp_sim.simulation.summaries import Summary, read_summaries, write_summaries
from vnjp_sim.simulation.workforce import require_cluster
from vnjp_sim.storage.block_files import BlockFiles, block_files
from vnjp_sim.storage.store import check_run, check_writable, find_run, read_manifest, write_run
from vnjp_sim.storage.user_cache import CALIBRATION, find_kept, keep

FloatArray = NDArray[np.float64]

LARGEST_IN_MEMORY = 2_000_000_000
"""Bytes of draws beyond which a run keeps them in files of blocks in the results folder."""

PROJECTION = "projection.nc"
INDICATORS = "indicators.csv"
CALIBRATING = (
    "Calibrating on {} figures, which takes about a minute; later runs read the stored calibration."
)
RUN_FILES = (PROJECTION, INDICATORS)
"""The files of every stored run."""


@dataclass(frozen=True)
class RunResult:
    """A finished run: its folder, whether an equal run had stored it before.

    `made` are its summaries where they were made here, so that nobody reads what was just written.
    """

    scenario: Scenario
    folder: Path
    manifest: Mapping[str, Any]
    reused: bool
    made: tuple[Summary, ...] | None = None

    @cached_property
    def summaries(self) -> tuple[Summary, ...]:
        """Mean, spread and quantiles of each indicator and year."""
        return read_summaries(self.folder / INDICATORS) if self.made is None else self.made

    def projection(self, registry: Registry) -> Projection:
        """Return the stored projection; `registry` is that of the run."""
        return read_run(self.folder / PROJECTION, registry)


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


@dataclass(frozen=True, repr=False)
class Progress:
    """What is called while work goes on.

    After a group of laws is calibrated, and after some draws; before a step of analysis, and, with
    what it is, before a calibration, which standard error gets if nobody else does.
    """

    calibrating: Callable[[str], None] = lambda _name: None
    projecting: Callable[[int], None] = lambda _draws: None
    analysing: Callable[[str], None] = lambda _step: None
    starting: Callable[[str], None] = _say

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

    Looked for below `out`, below the default results folder, and in the user's cache, which gets
    a copy of what is calibrated now (see :mod:`vnjp_sim.storage.user_cache`).

    Raises
    ------
    CalibrationGateError
        A diagnostic is outside its gate; nothing is written.
    EnvironmentFailureError
        It cannot be stored.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> posterior, file = vj.posterior_of(vj.load_model())
    >>> learnt = posterior.table()[["name", "prior_mean", "mean", "sd"]]
    """
    out = Path(out)
    stored = stored_posterior(model, out)
    if stored is not None:
        return stored
    check_writable(out)
    progress.starting(CALIBRATING.format(len(model.evidence.observations)))
    posterior = calibrate(
        model.evidence,
        model.parameters,
        advance=progress.calibrating,
        override_gates=override_gates,
    )
    manifest = {
        "calibration": calibration_hash(model.evidence, model.parameters),
        "as_of": model.as_of.isoformat() if model.as_of else None,
        "evidence": model.evidence.basis,
        "gates_overridden": override_gates and any(g.faults for g in posterior.groups),
        "versions": versions(),
    }
    file = save_posterior(posterior, model.parameters, model.registry, out, manifest)
    if not manifest["gates_overridden"]:
        keep(file.parent)
    return posterior, file


def stored_posterior(model: Model, out: str | Path = DEFAULT_OUT) -> tuple[Posterior, Path] | None:
    """Return the posterior of a model and its file if it is stored anywhere, see above."""
    key = calibration_hash(model.evidence, model.parameters)
    places = dict.fromkeys((Path(out), DEFAULT_OUT))
    found = (find_run(place, CALIBRATION, key) for place in places)
    folder = next(filter(None, found), None) or find_kept(CALIBRATION, key)
    if folder is None:
        return None
    return _loaded(folder / FILE, folder.stat().st_mtime_ns), folder / FILE


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
    return run_all([scenario], model, options, out, progress)[0]


def run_all(
    scenarios: Sequence[Scenario],
    model: Model,
    options: Options,
    out: Path = DEFAULT_OUT,
    progress: Progress = QUIET,
) -> list[RunResult]:
    """Run scenarios that were read and checked before, and store what is not; in their order.

    Those over the same years run together.
    """
    manifests = {s.name: manifest_of(s, model, options) for s in scenarios}
    folders = {name: find_run(out, name, m["run"]) for name, m in manifests.items()}
    results = {
        s.name: _stored_result(s, folder, manifests[s.name])
        for s in scenarios
        if (folder := folders[s.name]) is not None
    }
    fresh = [s for s in scenarios if s.name not in results]
    if fresh:
        require_cluster(options.cluster)
        check_writable(out)
        posterior, _ = posterior_of(model, out, progress)
        failed = gates_failed([group.name for group in posterior.groups if group.faults])

        def store(outcome: Outcome) -> None:
            name = outcome.scenario.name
            results[name] = _store(outcome, model, manifests[name] | failed, out)

        projector = Projector(posterior, model, options)
        project_each(projector, fresh, store, out, advance=progress.projecting)
    return [results[s.name] for s in scenarios]


def project_each(
    projector: Projector,
    scenarios: Sequence[Scenario],
    take: Callable[[Outcome], None],
    out: Path,
    record: Sequence[str] | None = None,
    advance: Callable[[int], None] = lambda _draws: None,
) -> None:
    """Project scenarios, those over the same years together; `take` gets each.

    What does not fit in memory is kept in files of the folder `out` until all have been taken.
    Raises InputError for values that no quantity can have.
    """
    model, options = projector.model, projector.options
    for start, end in dict.fromkeys((s.start, s.end) for s in scenarios):
        some = [s for s in scenarios if (s.start, s.end) == (start, end)]
        batch = projector.batch(map(projector.variant, some), start, end, record)
        runs = [manifest_of(s, model, options)["run"] for s in some]
        key = runs[0] if len(runs) == 1 else digest({"runs": runs})
        with _place_of_blocks(out, key, batch.bytes(projector.posterior), options) as kept:
            projected = projector.project(batch, kept, advance)
            made: dict[tuple[str, int], tuple[Summary, ...]] = {}
            for place, scenario in enumerate(some):
                rows = {name: held[place] for name, held in projected.layout.recorded.items()}
                outcome = Outcome(scenario, projected.of(place), rows, made)
                check_values(outcome.arrays, scenario, model)
                take(outcome)


def _place_of_blocks(
    out: Path, run: str, size: int, options: Options
) -> AbstractContextManager[BlockFiles | None]:
    """Return where finished blocks are kept: in files on a cluster, and if they are many bytes."""
    if options.cluster is None and size <= LARGEST_IN_MEMORY:
        return nullcontext()
    return block_files(out, run)


def _stored_result(scenario: Scenario, folder: Path, manifest: Mapping[str, Any]) -> RunResult:
    check_run(folder, RUN_FILES)
    manifest = {**manifest, **gates_failed(read_manifest(folder).get(GATES_FAILED))}
    return RunResult(scenario, folder, manifest, reused=True)


def _store(outcome: Outcome, model: Model, manifest: Mapping[str, Any], out: Path) -> RunResult:
    scenario, summaries = outcome.scenario, outcome.summaries()
    writers = {
        PROJECTION: lambda file: write_projection(
            file,
            scenario.name,
            scenario.start,
            outcome.arrays,
            model.registry,
            attributes_of(model, manifest),
        ),
        INDICATORS: lambda file: write_summaries(file, {scenario.name: summaries}, model.registry),
    }
    folder, first = write_run(out, scenario.name, manifest["run"], writers, manifest)
    return RunResult(scenario, folder, manifest, not first, summaries)


def projected_runs(
    projector: Projector,
    scenarios: Sequence[Scenario],
    record: Sequence[str] | None = None,
    scratch: Path = DEFAULT_OUT,
    advance: Callable[[int], None] = lambda _draws: None,
) -> list[Projection]:
    """Return the projections of scenarios in memory, of some indicators or all; raises InputError.

    Runs that were projected here or stored are the same, down to the manifest.
    """
    model, posterior = projector.model, projector.posterior
    failed = gates_failed([group.name for group in posterior.groups if group.faults])
    made = {}

    def keep(outcome: Outcome) -> None:
        scenario = outcome.scenario
        manifest = manifest_of(scenario, model, projector.options) | failed
        made[scenario.name] = projection_of(scenario, dict(outcome.arrays), model, manifest)

    project_each(projector, scenarios, keep, scratch, record, advance)
    return [made[scenario.name] for scenario in scenarios]


def projection_of(
    scenario: Scenario, arrays: Mapping[str, FloatArray], model: Model, manifest: Mapping[str, Any]
) -> Projection:
    """Return the projection of a scenario as its file would hold it."""
    variables = {name: indicator_attributes(name, model.registry) for name in arrays}
    attributes = {"Conventions": CONVENTIONS, **attributes_of(model, manifest)}
    return Projection(scenario.name, scenario.start, arrays, variables, attributes)


def batch_of(scenario: Scenario, model: Model, options: Options) -> Batch:
    """Return what is asked of the engine for a scenario with its horizon."""
    return Batch(
        (variant_of(scenario, model),),
        scenario.start,
        scenario.end,
        options.draws,
        options.seed,
        model.couplings,
        tuple(model.registry.indicators),
    )


def check_values(arrays: Mapping[str, FloatArray], scenario: Scenario, model: Model) -> None:
    """Refuse values that no quantity can have; raises InputError, nothing is stored.

    Each number of a scenario is in its range; together, or with priors far from the shipped ones,
    they may still lead beyond what floating-point numbers hold.
    """
    for name, array in arrays.items():
        least, most = array.min(axis=1), array.max(axis=1)  # NaN if one value is
        for year, ends in enumerate(zip(least.tolist(), most.tolist(), strict=True)):
            check_extremes(scenario, model, name, scenario.start + year, *ends)


def check_extremes(
    scenario: Scenario, model: Model, name: str, year: int, least: float, most: float
) -> None:
    """Refuse an indicator whose least or greatest draw of a year it cannot have; see above."""
    if not (math.isfinite(least) and math.isfinite(most)):
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


__all__ = [
    "DEFAULT_DRAWS",
    "DEFAULT_OUT",
    "DEFAULT_SEED",
    "INDICATORS",
    "LARGEST_IN_MEMORY",
    "MAX_DRAWS",
    "PROJECTION",
    "QUIET",
    "RUN_FILES",
    "Options",
    "Progress",
    "RunResult",
    "batch_of",
    "check_values",
    "manifest_of",
    "posterior_of",
    "run_prepared",
    "run_scenario",
    "stored_posterior",
]

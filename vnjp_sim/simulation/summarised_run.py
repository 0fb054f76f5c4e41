"""A run that stores summaries alone: any number of draws, none of which is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from vnjp_sim.foundation.choices import names_asked
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.manifests import GATES_FAILED, gates_failed, manifest_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import INDICATORS, RunResult, batch_of
from vnjp_sim.simulation.progress import QUIET, Progress
from vnjp_sim.simulation.request import DEFAULT_OUT, Options
from vnjp_sim.simulation.streaming import streamed_summaries
from vnjp_sim.simulation.summaries import write_summaries
from vnjp_sim.simulation.value_checks import check_extremes
from vnjp_sim.simulation.workforce import require_cluster, workforce
from vnjp_sim.storage.block_files import block_files
from vnjp_sim.storage.store import check_run, check_writable, find_run, read_manifest, write_run

KEPT = "kept"
"""In the manifest of such a run: what it keeps."""
SUMMARIES = "summaries"


def run_summarised(
    scenario: Scenario,
    model: Model,
    options: Options,
    out: Path = DEFAULT_OUT,
    progress: Progress = QUIET,
    indicators: Sequence[str] | None = None,
) -> RunResult:
    """Store mean, sd and quantiles of a scenario's indicators, or find them stored.

    Parameters
    ----------
    indicators : Sequence[str] | None
        Which are projected and summarised; all by default.

    Raises
    ------
    InputError
        An indicator is not projected, or the scenario leads to impossible values.
    CalibrationGateError, EnvironmentFailureError
        See :func:`vnjp_sim.simulation.pipeline.run_prepared`.
    """
    names = None if indicators is None else sorted(set(indicators))
    manifest = manifest_of(scenario, model, options, {KEPT: SUMMARIES, "indicators": names})
    existing = find_run(out, scenario.name, manifest["run"])
    if existing is not None:
        check_run(existing, [INDICATORS])
        manifest = manifest | gates_failed(read_manifest(existing).get(GATES_FAILED))
        return RunResult(scenario, existing, manifest, reused=True)
    require_cluster(options.cluster)
    check_writable(out)
    posterior, _ = posterior_of(model, out, progress)
    manifest = manifest | gates_failed([group.name for group in posterior.groups if group.faults])
    batch = batch_of(scenario, model, options)
    known = batch.layout(posterior).recorded
    asked = names_asked(names, model.registry.labelled(known), "is not projected")
    batch = replace(batch, record=tuple(name for name in known if name in asked))
    with (
        block_files(out, manifest["run"]) as kept,
        workforce(options.workers, options.cluster) as force,
    ):
        (summaries,) = streamed_summaries(
            posterior,
            batch,
            force,
            kept,
            partial(check_extremes, scenario, model),
            progress.projecting,
        )
        writers = {
            INDICATORS: lambda file: write_summaries(
                file, {scenario.name: summaries}, model.registry
            )
        }
        folder, first = write_run(out, scenario.name, manifest["run"], writers, manifest)
    return RunResult(scenario, folder, manifest, reused=not first)

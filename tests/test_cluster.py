"""Runs on a dask cluster: the bytes of a serial run; what is lost is done again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import outcome
from engine_runs import BY_CHANCE, WRITTEN
from test_replay import digest

from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.foundation.random_streams import PAGE
from vnjp_sim.simulation import streaming
from vnjp_sim.simulation import workforce as crews
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import run_prepared
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.summarised_run import run_summarised
from vnjp_sim.simulation.workforce import workforce

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.invariants,
    # distributed's own: it closes its event loop late
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

OPTIONS = Options(4 * PAGE + 10, 7, 2025, 2026)
INDICATORS = ("people_residents", "macro_vn_growth")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A scheduler and workers in this process."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as made:
        yield made


def hashes(model: Model, out: Path, options: Options) -> tuple[str, str]:
    """Return the hashes of a run that keeps its draws, and of one that keeps summaries."""
    scenario = prepare_scenario(WRITTEN, model, options)
    results = [
        run_prepared(scenario, model, options, out),
        run_summarised(
            scenario, model, replace(options, summaries_only=True), out, indicators=INDICATORS
        ),
    ]
    assert not any(result.reused for result in results)
    found = digest(results[0].folder), digest(results[1].folder)
    shutil.rmtree(out / BY_CHANCE)
    assert [file.name for file in out.iterdir()] == ["calibration"]
    return found


def test_serial_threads_and_any_number_of_workers_write_one_hash(
    shipped_model: Model, own_out: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "BLOCKS_A_TASK", 1)
    made = {"serial": hashes(shipped_model, own_out, OPTIONS)}
    made["threads"] = hashes(shipped_model, own_out, replace(OPTIONS, workers=3))
    on_cluster = replace(OPTIONS, cluster=cluster.scheduler_address)
    for workers in (1, 2, 4):
        cluster.scale(workers)
        cluster.wait_for_workers(workers)
        made[f"dask, {workers} workers"] = hashes(shipped_model, own_out, on_cluster)
    assert len(set(made.values())) == 1, made


def fails_once(folder: Path, task: int) -> int:
    """Fail the first time that a task is tried."""
    try:
        (folder / str(task)).touch(exist_ok=False)
    except FileExistsError:
        return task
    raise RuntimeError("a worker's bad day")


def test_a_task_that_fails_is_tried_again(cluster: Any, tmp_path: Path) -> None:
    with workforce(1, cluster.scheduler_address) as force:
        done = dict(force.each(fails_once, [tmp_path], [10, 11, 12]))
    assert done == {0: 10, 1: 11, 2: 12}


def test_a_worker_with_other_sources_is_refused(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here_and_there = iter([{"numpy": "1"}, {"numpy": "2"}])
    monkeypatch.setattr(crews, "RETRIES", 0)
    monkeypatch.setattr(crews, "_made_with", here_and_there.__next__)
    refused = pytest.raises(EnvironmentFailureError, match="of the cluster has another numpy")
    with workforce(1, cluster.scheduler_address) as force, refused:
        list(force.each(abs, [], [-1]))


def test_the_command_line_computes_in_processes(own_out: Path, shipped_model: Model) -> None:
    few = replace(OPTIONS, draws=300)
    words = ["run", WRITTEN, "--draws", "300", "--seed", "7", "--horizon", "2025:2026"]
    words += ["--out", str(own_out), "--cluster", "local", "--workers", "2"]
    status, _, error = outcome(words)
    assert (status, error) == (0, "")
    (folder,) = (own_out / BY_CHANCE).iterdir()
    made = digest(folder)
    shutil.rmtree(own_out / BY_CHANCE)
    scenario = prepare_scenario(WRITTEN, shipped_model, few)
    assert digest(run_prepared(scenario, shipped_model, few, own_out).folder) == made


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "WAIT", "200ms")
    refused = pytest.raises(EnvironmentFailureError, match=r"tcp://127.0.0.1:9: the cluster failed")
    with refused, workforce(1, "tcp://127.0.0.1:9"):
        pass

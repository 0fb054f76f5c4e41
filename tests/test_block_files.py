"""Finished blocks of a run: what goes on after a kill, and what is left or deleted."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections import namedtuple
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from commands import outcome
from engine_runs import WRITTEN
from killing import forked
from test_replay import digest

from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError
from vnjp_sim.foundation.random_streams import PAGE
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation import ensemble, streaming, value_checks
from vnjp_sim.simulation import pipeline as runs
from vnjp_sim.simulation.engine import Block
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import INDICATORS, run_prepared
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.progress import Progress
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.summarised_run import run_summarised
from vnjp_sim.storage.block_files import block_files
from vnjp_sim.storage.store import SCRATCH

pytestmark = pytest.mark.crash

OPTIONS = Options(4 * PAGE + 10, 7, 2025, 2026)
BLOCKS = 3
RUN = "0123456789abcdef"

WAYS = {
    "draws kept": run_prepared,
    "summaries only": partial(run_summarised, indicators=["people_residents"]),
}


@pytest.fixture
def scenario(shipped_model: Model) -> Scenario:
    return prepare_scenario(WRITTEN, shipped_model, OPTIONS)


def unfinished(out: Path) -> list[str]:
    """Return the files of finished blocks of unfinished runs."""
    return sorted(file.name for file in out.glob(f"{SCRATCH}*/[!.]*.npz"))


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first draws of the blocks that are computed; all draws are kept in files."""
    computed: list[int] = []

    def rows(posterior: object, block: Block) -> object:
        computed.append(block.streams.start)
        return original(posterior, block)  # type: ignore[arg-type]

    original = ensemble.rows_of_block
    monkeypatch.setattr(runs, "LARGEST_IN_MEMORY", 0)
    monkeypatch.setattr(streaming, "BLOCKS_A_TASK", 1)
    for module in (ensemble, streaming):
        monkeypatch.setattr(module, "rows_of_block", rows)
    return computed


@pytest.mark.skipif(sys.platform != "linux", reason="forks a process and kills it")
@pytest.mark.parametrize(
    ("way", "killed_after"), [("draws kept", 2), ("summaries only", 1), ("summaries only", 4)]
)
def test_a_killed_run_goes_on_to_the_same_bytes(
    way: str,
    killed_after: int,
    scenario: Scenario,
    shipped_model: Model,
    own_out: Path,
    blocks: list[int],
) -> None:
    run, done = WAYS[way], []

    def kill(draws: int) -> None:
        done.append(draws)
        if len(done) == killed_after:
            os.kill(os.getpid(), signal.SIGKILL)

    whole = digest(run(scenario, shipped_model, OPTIONS, own_out).folder)
    all_blocks = len(blocks)
    shutil.rmtree(own_out / scenario.name)
    process = forked(
        lambda: run(scenario, shipped_model, OPTIONS, own_out, Progress(projecting=kill))
    )
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
    assert len(unfinished(own_out)) == killed_after
    blocks.clear()
    again = run(scenario, shipped_model, OPTIONS, own_out)
    assert len(blocks) == all_blocks - killed_after
    assert digest(again.folder) == whole
    shutil.rmtree(own_out / scenario.name)
    assert [path.name for path in own_out.iterdir()] == ["calibration"]


def test_impossible_values_leave_no_blocks(
    scenario: Scenario, shipped_model: Model, own_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impossible(*_: object) -> None:
        raise InputError.single("mine.yml", "leads to impossible values")

    monkeypatch.setattr(runs, "LARGEST_IN_MEMORY", 0)
    monkeypatch.setattr(value_checks, "check_extremes", impossible)
    with pytest.raises(InputError, match="impossible"):
        run_prepared(scenario, shipped_model, replace(OPTIONS, draws=10), own_out)
    assert [path.name for path in own_out.iterdir()] == ["calibration"]


@pytest.mark.skipif(sys.platform == "win32", reason="a lock of Unix")
def test_an_equal_run_at_the_same_time_has_a_folder_of_its_own(tmp_path: Path) -> None:
    with block_files(tmp_path, RUN) as first:
        with block_files(tmp_path, RUN) as second:
            assert first.folder.name == f"{SCRATCH}{RUN}"
            assert second.folder != first.folder
        assert [folder.name for folder in tmp_path.iterdir()] == [first.folder.name]
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_space_for_the_blocks_is_told(
    scenario: Scenario, shipped_model: Model, own_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")  # noqa: PYI024 - as shutil gives it
    monkeypatch.setattr(runs, "LARGEST_IN_MEMORY", 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage(free=1_000))
    with pytest.raises(EnvironmentFailureError, match=r"no space for 0\.0 GB of draws"):
        run_prepared(scenario, shipped_model, replace(OPTIONS, draws=10), own_out)


SUMMARISED = ["run", "base", "--summaries-only", "--draws", "1000", "--horizon", "2025:2026"]


def test_the_command_keeps_summaries_alone(own_out: Path) -> None:
    words = [*SUMMARISED, "--indicator", "people_residents", "--out", str(own_out)]
    status, out, error = outcome(words)
    assert (status, error) == (0, "")
    assert "Vietnamese residents" in out
    (folder,) = (own_out / "base").iterdir()
    assert sorted(file.name for file in folder.iterdir()) == [INDICATORS, "manifest.json"]
    status, out, _ = outcome(words)
    assert "already stored by an identical run" in out
    status, _, error = outcome(["compare", str(folder), "--out", str(own_out)])
    assert (status, "keeps no draws" in error) == (2, True), error
    shutil.rmtree(own_out / "base")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ([*SUMMARISED[:2], "--indicator", "trade_turnover"], 2, "without --summaries-only"),
        ([*SUMMARISED, "--indicator", "trade_turnovr"], 2, "did you mean 'trade_turnover'?"),
        ([*SUMMARISED[:3], "--draws", "2000000000000"], 2, "give 1 to 1,000,000,000,000"),
        (["run", "base", "--cluster", "here"], 2, "--cluster: 'here' is no cluster; give"),
        (["run", "base", "--cluster", "local"], 4, 'pip install "vnjp-sim[cluster]"'),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    words: list[str],
    status: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)  # as if it were not installed
    refused, _, error = outcome([*words, "--out", str(tmp_path / "out")])
    assert refused == status, error
    assert message in " ".join(error.split())
    assert not (tmp_path / "out").exists()

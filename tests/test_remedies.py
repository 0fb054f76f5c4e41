"""Doors of the command line that led to a traceback, a wrong status or a wrong remedy."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import h5py
import pytest
from commands import outcome

import vnjp_sim as vj
from vnjp_sim import exchange
from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError
from vnjp_sim.storage.store import MANIFEST, check_run, list_runs, prune_runs

DRAWS = ("--draws", "20")
FIGURES = "indicator,period,value\n"
HEEDING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from vnjp_sim.__main__ import start; start()"
)
"""A program that heeds interrupts, which the children of a shell in the background ignore."""


@pytest.fixture
def folder(own_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder whose results hold the calibration."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "calibration").symlink_to(own_out / "calibration")
    return tmp_path


def listed(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


IDLE = [
    (["run", "base", "--json", "--all"], "--all: has no effect with --json"),
    (
        ["export", "--format", "datapackage", "--to", "p", *DRAWS],
        "--draws: has no effect for a data",
    ),
    (["export", "--format", "datapackage", "--to", "p", "--force"], "--force: has no effect for a"),
    (
        ["export", "--format", "datapackage", "--to", "p", "--seed", "20251", "--out", "results"],
        "--out: has no effect for a data package, which holds the history; leave it out",
    ),
    (
        ["import", "f.csv", "--to", "m", "--reason", "why"],
        "--reason: has no effect without --docum",
    ),
    (["import", "f.csv", "--to", "m", "--reliability", "low"], "--reliability: has no effect"),
    (["backtest", "--seed", "3"], "--seed: has no effect without --synthetic"),
    (["backtest", "--workers", "2"], "--workers: has no effect without --synthetic"),
    (["compare", "RUN", "--draws", "30"], "draws: cannot be changed for the stored run"),
    (["report", "RUN", "--horizon", "2025:2030"], "horizon: cannot be changed for the stored run"),
]


@pytest.mark.parametrize(("words", "message"), IDLE, ids=lambda v: v if isinstance(v, str) else "")
def test_options_that_would_say_nothing_are_refused(
    words: list[str], message: str, folder: Path
) -> None:
    (folder / "f.csv").write_text(FIGURES)
    if "RUN" in words:
        vj.run("weak_yen", draws=20)
        (run,) = list_runs(Path("results"))
        words = [str(run.folder) if word == "RUN" else word for word in words]
    before = listed(folder)
    status, out, err = outcome(words)
    assert (status, out) == (2, "")
    assert message in err
    assert listed(folder) == before


EMPTY = [
    ["run", "base", "--out", ""],
    ["run", "base", "--models", ""],
    ["run", ""],
    ["compare", "weak_yen", "--out", ""],
    ["compare", "weak_yen", "--baseline", ""],
    ["report", "base", "--to", ""],
    ["export", "base", "--format", "csv", "--to", ""],
    ["import", "", "--to", "m"],
    ["import", "f.csv", "--to", ""],
    ["calibrate", "--out", ""],
    ["validate", "--models", ""],
    ["results", "list", "--out", ""],
    ["results", "prune", "--out", ""],
    ["trace", "trade_exports", "--as-of", ""],
]


@pytest.mark.parametrize("words", EMPTY, ids=lambda words: " ".join(map(repr, words)))
def test_an_empty_name_is_refused(words: list[str], folder: Path) -> None:
    before = listed(folder)
    status, out, err = outcome(words)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert ";" in err
    assert listed(folder) == before


def test_an_empty_name_is_refused_in_python(folder: Path) -> None:
    before = listed(folder)
    for call in (
        lambda: vj.load_model(""),
        lambda: vj.run("base", out=""),
        lambda: vj.run("base", models=""),
        lambda: exchange.import_figures("f.csv", "m", models=""),
    ):
        with pytest.raises(InputError, match="names nothing; give a name or a path"):
            call()
    assert listed(folder) == before


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["run", "base", *DRAWS, "--out", "loop"], 4),
        (["compare", "weak_yen", *DRAWS, "--report", "--out", "loop"], 4),
        (["results", "prune", "--out", "loop"], 0),
        (["run", "base", "--models", "loop"], 2),
        (["run", "loop"], 2),
        (["run", "loop/mine.yml"], 2),
        (["report", "base", *DRAWS, "--to", "loop"], 2),
        (["report", "base", *DRAWS, "--to", "loop/page.html"], 4),
        (["export", "base", *DRAWS, "--format", "csv", "--to", "loop"], 2),
        (["export", "--format", "datapackage", "--to", "loop"], 2),
        (["import", "loop", "--to", "m"], 2),
        (["import", "f.csv", "--to", "loop"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_links_in_a_circle_are_told(words: list[str], status: int, folder: Path) -> None:
    (folder / "loop").symlink_to("pool")
    (folder / "pool").symlink_to("loop")
    before = listed(folder)
    found, _, err = outcome(words)
    assert (found, "Traceback" in err) == (status, False), err
    assert status != 4 or "loop is a link that leads in a circle); repair the link" in err
    assert listed(folder) == before


def test_a_link_to_nothing_is_not_written_over(folder: Path) -> None:
    (folder / "page.csv").symlink_to("gone.csv")
    status, _, err = outcome(["export", "base", *DRAWS, "--format", "csv", "--to", "page.csv"])
    assert status == 2
    assert "page.csv: exists already; name another file, or replace it with --force" in err
    assert (folder / "page.csv").is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="a current folder cannot be deleted there")
@pytest.mark.parametrize(
    "words",
    [["run", "base"], ["validate"], ["results", "list"], ["compare", "weak_yen"], ["new", "x"]],
    ids=" ".join,
)
def test_a_deleted_current_folder_is_told(words: list[str], folder: Path) -> None:
    program = f'mkdir gone && cd gone && rmdir ../gone && exec {sys.executable} -m vnjp_sim "$@"'
    done = subprocess.run(
        ["bash", "-c", program, "bash", *words],  # noqa: S607
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    message = "error: the current folder was deleted; change to another one\n"
    assert (done.returncode, done.stdout, done.stderr) == (4, "", message)


@pytest.mark.skipif(os.name == "nt", reason="a current folder cannot be deleted there")
def test_python_in_a_deleted_folder(
    own_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(EnvironmentFailureError, match="current folder was deleted"):
        vj.run("base", draws=20, seed=77)
    assert vj.run("base", draws=20, seed=77, out=own_out).sizes["draw"] == 20


def test_prune_deletes_a_link_and_not_what_it_points_to(folder: Path) -> None:
    vj.run("base", draws=20)
    (run,) = list_runs(Path("results"))
    kept = folder / "elsewhere"
    shutil.move(run.folder, kept)
    run.folder.symlink_to(kept)
    vj.run("base", draws=21)
    os.utime(kept / MANIFEST, (1, 1))
    assert prune_runs(Path("results"), 1) == [run.folder]
    assert not run.folder.is_symlink()
    check_run(kept)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "lists no files"),
        ({"indicators.csv": None}, "does not list projection.nc"),
        ({"projection.nc": None}, "does not list indicators.csv"),
        (None, "is missing or damaged"),
        ([], "lists no files"),
    ],
    ids=str,
)
def test_a_manifest_that_tells_of_too_little_is_refused(
    files: object, message: str, folder: Path
) -> None:
    vj.run("weak_yen", draws=20)
    (run,) = list_runs(Path("results"))
    manifest = json.loads((run.folder / MANIFEST).read_text(encoding="utf-8"))
    whole = manifest["files"]
    if isinstance(files, dict):
        files = {name: whole[name] for name in files}
    (run.folder / MANIFEST).write_text(json.dumps({**manifest, "files": files}))
    for call in (
        lambda: vj.run("weak_yen", draws=20),
        lambda: vj.compare("weak_yen", draws=20),
        lambda: exchange.read_runs([run.folder]),
    ):
        with pytest.raises(EnvironmentFailureError, match=message) as refused:
            call()
        assert "delete the folder to compute it again" in str(refused.value)


@pytest.mark.parametrize("change", ["scenario", "draws", "chain", "run"])
def test_a_manifest_that_does_not_say_what_was_run_is_refused(change: str, folder: Path) -> None:
    vj.run("weak_yen", draws=20)
    (run,) = list_runs(Path("results"))
    manifest = json.loads((run.folder / MANIFEST).read_text(encoding="utf-8"))
    for broken in (None, 5.5, []):
        (run.folder / MANIFEST).write_text(json.dumps({**manifest, change: broken}))
        with pytest.raises(EnvironmentFailureError, match="does not say what was run"):
            vj.compare(run.folder)
    with pytest.raises(InputError, match="holds no run of a scenario"):
        vj.compare(next(Path("results").glob("calibration/*")))


@pytest.mark.crash
@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("seconds", [0.05, 0.5, 2.0])
@pytest.mark.parametrize(
    "words",
    [
        ["export", "base", "weak_yen", "--format", "netcdf", "--to", "mine.nc"],
        ["export", "base", "--format", "excel", "--to", "mine.xlsx"],
        ["export", "--format", "datapackage", "--to", "package"],
        ["run", "base"],
        ["compare", "weak_yen"],
        ["report", "weak_yen", "--draws", "100"],
        ["validate"],
        ["results", "list"],
    ],
    ids=" ".join,
)
def test_every_command_ends_interrupted_or_done(
    words: list[str], seconds: float, folder: Path
) -> None:
    before = listed(folder)
    with subprocess.Popen(
        [sys.executable, "-c", HEEDING, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        time.sleep(seconds)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    early = seconds < 0.1  # Python itself may still be starting
    if running.returncode == 0:
        assert early or err == ""
        return
    starting = early and running.returncode in {1, -signal.SIGINT}
    said = [line for line in err.splitlines() if line and not line.startswith("Calibrating on")]
    assert starting or (running.returncode, said) == (130, ["interrupted"])
    new = listed(folder) - before
    if new:  # the interrupt came when the file stood in its place, before the program ended
        assert new == {words[-1]}
        assert_whole(folder / words[-1])


def assert_whole(path: Path) -> None:
    """Check that an exported file, or folder, is no half of one."""
    if path.suffix == ".nc":
        with h5py.File(path) as file:
            assert file["trade_turnover"][:].size > 0
            assert file.attrs["Conventions"]
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            assert book.testzip() is None
    else:
        described = json.loads((path / "datapackage.json").read_text(encoding="utf-8"))
        assert all((path / part["path"]).is_file() for part in described["resources"])


SWALLOWED = """
import gc, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from vnjp_sim.cli.options import Interrupt
interrupt = Interrupt()

class Kept:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

class Broken:
    def __del__(self):
        raise ValueError("a defect")

kept = Kept()
del kept
broken = Broken()
del broken
try:
    interrupt.check(None)
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_an_interrupt_that_python_swallows_is_remembered_in_silence() -> None:
    """Where Python calls back and cannot raise; other faults there are shown as ever."""
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert "KeyboardInterrupt" not in done.stderr
    assert "a defect" in done.stderr

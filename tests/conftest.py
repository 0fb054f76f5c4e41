"""What the tests share."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from vnjp_sim.calibration import Posterior
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.model_data import Model, load_model

BEGUN = pytest.StashKey[float]()
SUITES = (
    "calibration",
    "planted",
    "panels",
    "backtest",
    "invariants",
    "plausible",
    "golden",
    "fuzz",
    "crash",
)
OUTCOMES = ("passed", "failed", "skipped")

os.environ["VNJP_SIM_CACHE"] = ""  # a test reads and writes nothing outside its folders

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Sizes of the statistical suites, and where their figures go."""
    group = parser.getgroup("vnjp_sim")
    group.addoption(
        "--full", action="store_true", help="statistical suites in the size of the proof page"
    )
    group.addoption(
        "--scale", type=float, default=1.0, help="with --full: a part of that size, 0.1 for a tenth"
    )
    group.addoption("--processes", type=int, default=1, help="processes of one statistical test")
    group.addoption("--proof", default=None, metavar="DIR", help="write the suites' figures there")


@pytest.fixture(scope="session")
def sized(pytestconfig: pytest.Config) -> Callable[[int, int], int]:
    """Return the size of a statistical suite: the small one, or with --full the large one."""
    full, scale = pytestconfig.getoption("--full"), pytestconfig.getoption("--scale")
    return lambda small, large: max(small, round(large * scale)) if full else small


@pytest.fixture(scope="session")
def processes(pytestconfig: pytest.Config) -> int:
    """How many processes one statistical test may use."""
    return int(pytestconfig.getoption("--processes"))


@pytest.fixture(scope="session")
def prove(pytestconfig: pytest.Config) -> Callable[[str, Mapping[str, Any]], None]:
    """Write the figures of a suite to DIR/<name>.json if --proof=DIR is given."""
    return partial(write_figures, pytestconfig.getoption("--proof"))


def write_figures(folder: str | None, name: str, figures: Mapping[str, Any]) -> None:
    """Write figures as JSON; nothing if there is no folder for them."""
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        text = json.dumps(figures, indent=2, sort_keys=True, ensure_ascii=False)
        (Path(folder) / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what needs the calibration: one process calibrates, another has other tests.

    A process of pytest-xdist begins with its part of the list (`pytest_xdist_make_scheduler`).
    """
    items.sort(key=lambda item: "calibrated_out" not in getattr(item, "fixturenames", ()))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process a part of the list by default: fixtures of a module are then made once."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


def pytest_sessionstart(session: pytest.Session) -> None:
    """Note when the tests begin."""
    session.config.stash[BEGUN] = time.monotonic()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write what became of the tests of a suite beside its figures, failures by name.

    With `--last-failed` the figures of the run before are kept, and say what has passed since.
    """
    told = terminalreporter.stats
    figures = {
        "suite": config.option.markexpr,
        "full": config.getoption("--full"),
        "workers": config.getoption("numprocesses", None) or 1,
        "by_suite": counts_by_suite(told),
        "passed": len(told.get("passed", ())),
        "failed": [report.nodeid for key in ("failed", "error") for report in told.get(key, ())],
        "skipped": {report.nodeid: report.longrepr[-1] for report in told.get("skipped", ())},
        "seconds": round(time.monotonic() - config.stash[BEGUN]),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "version": version("vnjp-sim"),
        "commit": commit(),
        "day": datetime.now(UTC).date().isoformat(),
    }
    name = "_".join(["suite", *config.option.markexpr.split()])
    folder = config.getoption("--proof")
    if folder is not None and config.getoption("lf"):
        before = json.loads((Path(folder) / f"{name}.json").read_text(encoding="utf-8"))
        passed = {report.nodeid for report in told.get("passed", ())}
        figures = run_again(before, passed, figures["by_suite"])
    write_figures(folder, name, figures)


def commit() -> str:
    """Return the commit of the checkout, in short."""
    asked = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def run_again(
    before: Mapping[str, Any], passed: Collection[str], by_suite: Mapping[str, Mapping[str, float]]
) -> dict[str, Any]:
    """Return the figures of a run whose failures were run again by themselves.

    What has passed then is named as such; what has failed again stands as it stood.
    """
    settled = [test for test in before["failed"] if test in passed]
    suites = {name: dict(counts) for name, counts in before["by_suite"].items()}
    for name, counts in by_suite.items():
        suites[name]["passed"] += counts["passed"]
        suites[name]["failed"] -= counts["passed"]
    return {
        **before,
        "by_suite": suites,
        "passed": before["passed"] + len(settled),
        "failed": [test for test in before["failed"] if test not in settled],
        "passed_again": [*before.get("passed_again", ()), *settled],
    }


def counts_by_suite(told: Mapping[str, list[Any]]) -> dict[str, dict[str, float]]:
    """Return how many tests of each suite passed, failed and were skipped, and their seconds."""
    counts: dict[str, dict[str, float]] = {}
    for outcome, reports in told.items():
        for report in reports:
            if not isinstance(report, pytest.TestReport):
                continue  # tests that are not run, warnings
            for suite in SUITES:
                if suite in report.keywords:
                    one = counts.setdefault(suite, dict.fromkeys(OUTCOMES, 0) | {"seconds": 0.0})
                    key = "failed" if outcome == "error" else outcome
                    one["seconds"] += report.duration
                    if key in OUTCOMES:
                        one[key] += 1
    return counts


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 100 columns without colours, for tests of the command line."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def shipped_model() -> Model:
    """The shipped registry, evidence and parameters."""
    return load_model()


@pytest.fixture(scope="session")
def calibrated_out(shipped_model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder that holds the full calibration of the shipped models, and may hold runs.

    The processes of pytest-xdist calibrate once for all of them.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with FileLock(shared / "calibration.lock"):
        _, bank = posterior_of(shipped_model, shared / "calibrated")
    out = tmp_path_factory.mktemp("results")
    shutil.copytree(bank.parent, out / "calibration" / bank.parent.name)
    return out


@pytest.fixture(scope="module")
def own_out(calibrated_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder of one test module alone, with the calibration and without runs."""
    out = tmp_path_factory.mktemp("own_results")
    (out / "calibration").symlink_to(calibrated_out / "calibration")
    return out


@pytest.fixture(scope="session")
def posterior(shipped_model: Model, calibrated_out: Path) -> Posterior:
    """The full calibration of the shipped models."""
    return posterior_of(shipped_model, calibrated_out)[0]

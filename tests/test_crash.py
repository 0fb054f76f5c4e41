"""What is on disk after a kill, a full disk, a race, a refusal: the old or the new, never half."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from killing import can_trace, forked, killed_at
from numpy.typing import NDArray

from vnjp_sim import exchange
from vnjp_sim.calibration import Posterior
from vnjp_sim.calibration.bank import save_posterior
from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError
from vnjp_sim.inputs.scenario_template import write_template
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.projection_file import write_projection
from vnjp_sim.simulation.summaries import summarise, write_summaries
from vnjp_sim.storage.atomic import new_folder, write_whole
from vnjp_sim.storage.store import (
    LEFT_AFTER,
    PARTIAL,
    SCRATCH,
    check_run,
    find_run,
    list_runs,
    prune_runs,
    write_run,
)

pytestmark = pytest.mark.crash

FloatArray = NDArray[np.float64]
Sized = Callable[[int, int], int]
Prove = Callable[[str, Mapping[str, Any]], None]
Content = Mapping[str, object]

DONE, DEFECT, ENVIRONMENT, OTHERS = 0, 1, 4, 5
SEED = 20_251
START = 2025


# ---------------------------------------------------------------------- what a reader finds


def content(folder: Path, *, partial_too: bool = False) -> Content:
    """Return what a reader finds below a folder: the files by path, but not the partial ones."""
    found = {}
    for file in sorted(folder.rglob("*")):
        place = file.relative_to(folder)
        if file.is_file() and (partial_too or not any(map(_unfinished, place.parts))):
            found[place.as_posix()] = _bytes(file)
    return found


def _unfinished(name: str) -> bool:
    return PARTIAL in name or name.startswith(SCRATCH)


def _bytes(file: Path) -> object:
    if not zipfile.is_zipfile(file):
        return file.read_bytes()
    with zipfile.ZipFile(file) as book:  # the date of its making stands in one part
        return {name: book.read(name) for name in book.namelist() if name != "docProps/core.xml"}


def named(seen: Content, before: Content, after: Content) -> str:
    """Return what a reader finds: the old, the new, or something partial."""
    if seen == after:
        return "new"
    return "old" if seen == before else "partial"


def check_readable(out: Path) -> None:
    """Check every result that a reader finds against its manifest."""
    for file in out.glob("*/*/manifest.json"):
        if not _unfinished(file.parent.name):
            check_run(file.parent)


def prune_tomorrow(out: Path) -> None:
    """Delete what was left, as if it had been left the day before yesterday."""
    past = time.time() - 2 * LEFT_AFTER
    for path in out.rglob("*"):
        if any(map(_unfinished, path.relative_to(out).parts)):
            os.utime(path, (past, past))
    prune_runs(out, keep=99)


# ---------------------------------------------------------------------- every writer


@dataclass(frozen=True)
class Writer:
    """Something that the package writes.

    Attributes
    ----------
    before : puts into a folder what is there before.
    write : writes below the folder; returns as `write_run` does, or anything.
    alone : of several at once, one does it and the others say that they did not.
    results : the folder is one of results, which is pruned.
    slow : takes long; the small suite tries it less often.
    """

    before: Callable[[Path], object]
    write: Callable[[Path], object]
    alone: bool = False
    results: bool = False
    slow: bool = False


def nothing(_folder: Path) -> None:
    pass


def store_run(out: Path, *, model: Model, arrays: Mapping[str, FloatArray], run: str) -> object:
    summaries = {"base": summarise(arrays, START)}
    writers: dict[str, Callable[[Path], None]] = {
        "projection.nc": lambda file: write_projection(
            file, "base", START, arrays, model.registry, {"title": run}
        ),
        "indicators.csv": lambda file: write_summaries(file, summaries, model.registry),
    }
    return write_run(out, "base", run, writers, {"run": run, "title": "Việt Nam"})


def copy_models(folder: Path, *, model: Model) -> None:
    with new_folder(folder / "mine") as unfinished:
        shutil.copytree(model.folder, unfinished, dirs_exist_ok=True)


def make_template(folder: Path) -> None:
    before = Path.cwd()
    os.chdir(folder)
    try:
        write_template("mine", "base")
    finally:
        os.chdir(before)


def old_file(folder: Path, *, name: str) -> None:
    (folder / name).write_text("the user's old file\n")


@pytest.fixture(scope="module")
def writers(shipped_model: Model, posterior: Posterior) -> Mapping[str, Writer]:
    """All writers of the package, with little to write."""
    rng = np.random.default_rng(SEED)
    names = ("trade_turnover", "people_residents")
    data = xr.Dataset(
        {n: (("scenario", "year", "draw"), rng.lognormal(3.0, 0.2, (1, 3, 40))) for n in names},
        coords={"scenario": ["base"], "year": [2025, 2026, 2027], "draw": np.arange(40)},
    )
    arrays = {name: np.asarray(data[name].values[0]) for name in names}
    run = partial(store_run, model=shipped_model, arrays=arrays)
    few = {n: posterior.arrays[n] for n in sorted(posterior.arrays)[:6]}
    bank = replace(
        posterior,
        arrays={n: array[..., :500] for n, array in few.items()},
        parameters=tuple(p for p in posterior.parameters if p.name in few),
    )

    def calibration(out: Path) -> object:
        manifest = {"calibration": "abc"}
        return save_posterior(bank, shipped_model.parameters, shipped_model.registry, out, manifest)

    def export(kind: str, name: str) -> Writer:
        write = getattr(exchange, f"write_{kind}")
        return Writer(
            partial(old_file, name=name),
            lambda folder: write(data, shipped_model, folder / name, force=True),
            slow=kind == "excel",
        )

    def text(file: Path) -> None:
        file.write_text("new text\n" * 5_000)

    return {
        "run": Writer(partial(run, run="old"), partial(run, run="new"), alone=True, results=True),
        "equal run": Writer(partial(run, run="new"), partial(run, run="new"), results=True),
        "calibration": Writer(nothing, calibration, results=True),
        "prune": Writer(partial(run, run="old"), partial(prune_runs, keep=0), results=True),
        "csv": export("tidy", "mine.csv"),
        "iamc": export("iamc", "mine.csv"),
        "netcdf": export("netcdf", "mine.nc"),
        "excel": export("excel", "mine.xlsx"),
        "report": Writer(nothing, lambda f: write_whole(f / "mine.html", text), alone=True),
        "new": Writer(nothing, make_template, alone=True),
        "datapackage": Writer(
            nothing, lambda f: exchange.write_datapackage(shipped_model, f / "mine"), alone=True
        ),
        "import": Writer(nothing, partial(copy_models, model=shipped_model), alone=True),
    }


WRITERS = (
    *("run", "equal run", "calibration", "prune"),
    *("csv", "iamc", "netcdf", "excel", "report", "new", "datapackage", "import"),
)


@pytest.fixture(params=WRITERS)
def writer_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def writer(writers: Mapping[str, Writer], writer_name: str) -> Writer:
    assert set(writers) == set(WRITERS)
    return writers[writer_name]


@pytest.fixture
def place(tmp_path: Path, writer: Writer) -> Callable[[], Path]:
    """Make a folder that holds what is there before."""

    def make() -> Path:
        folder = tmp_path / "place"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        writer.before(folder)
        return folder

    return make


def outcome(writer: Writer, folder: Path) -> int:
    """Write; return how it went, as a status."""
    try:
        told = writer.write(folder)
    except InputError as error:
        return OTHERS if "exists already" in str(error) else DEFECT
    except EnvironmentFailureError as error:
        print(error, file=sys.stderr)  # noqa: T201 - told through a pipe
        return ENVIRONMENT
    first = told[1] if isinstance(told, tuple) else True
    return DONE if first else OTHERS


# ---------------------------------------------------------------------- killed


def some(numbers: Sequence[int], most: int) -> Sequence[int]:
    """Return at most so many of the numbers: the last ones, and others evenly spread."""
    if len(numbers) <= most:
        return numbers
    last = most * 2 // 3
    spread = np.linspace(0, len(numbers) - 1, most - last).astype(int)
    return sorted({*numbers[-last:], *(numbers[i] for i in spread)})


@pytest.mark.skipif(not can_trace(), reason="processes cannot be traced here")
def test_kill_at_every_change_of_a_file_leaves_the_old_or_the_new(
    writer: Writer, writer_name: str, place: Callable[[], Path], sized: Sized, prove: Prove
) -> None:
    before = content(place())
    folder = place()
    writer.write(folder)
    after = content(folder)
    folder = place()
    changes = killed_at(sys.maxsize, lambda: writer.write(folder))
    assert changes is not None
    assert changes >= 2
    found: Counter[str] = Counter()
    kills = some(range(1, changes + 1), sized(3 if writer.slow else 7, changes))
    for number in kills:
        folder = place()
        assert killed_at(number, lambda: writer.write(folder)) is None  # noqa: B023
        seen = content(folder)
        found[named(seen, before, after)] += 1
        check_readable(folder)
        found["left something"] += content(folder, partial_too=True) != seen
        outcome(writer, folder)
        assert content(folder) == after, number
        if writer.results:
            prune_tomorrow(folder)
            assert content(folder, partial_too=True) == after, number
    prove(
        f"crash_kill_at_every_change_{writer_name.replace(' ', '_')}",
        {
            "writes": writer_name,
            "changes_of_files": changes,
            "kills": len(kills),
            "old_found": found["old"],
            "new_found": found["new"],
            "partial_found": found["partial"],
            "left_a_partial_file": found["left something"],
        },
    )
    assert not found["partial"]


@pytest.fixture(scope="module")
def home(calibrated_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose `results` holds the calibration alone; commands run there."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "results").mkdir()
    (folder / "results" / "calibration").symlink_to(calibrated_out / "calibration")
    return folder


@pytest.fixture(scope="module")
def stored(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one run, of seed 1."""
    out = tmp_path_factory.mktemp("stored")
    done = told(run_words(1, out), home)
    assert (done.returncode, done.stderr) == (0, "")
    return out


@pytest.fixture(scope="module")
def second(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What a run of seed 2 writes."""
    out = tmp_path_factory.mktemp("second")
    assert told(run_words(2, out), home).returncode == 0
    return content(out)


@pytest.fixture
def out(stored: Path, tmp_path: Path) -> Path:
    """A results folder of the test's own with one run, of seed 1."""
    return Path(shutil.copytree(stored, tmp_path / "out"))


MODULE = [sys.executable, "-m", "vnjp_sim"]


def run_words(seed: int, out: Path | str, draws: int = 50) -> list[str]:
    size = ["--draws", str(draws), "--seed", str(seed)]
    return [*MODULE, "run", "base", *size, "--out", str(out)]


def told(words: Sequence[str], home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def start(words: Sequence[str], home: Path) -> subprocess.Popen[str]:
    """Start a command in a process group of its own."""
    return subprocess.Popen(
        words,
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        process_group=0,
    )


def test_run_killed_at_any_time_leaves_the_old_or_the_new(
    home: Path, out: Path, second: Content, sized: Sized, prove: Prove
) -> None:
    before = content(out)
    after = {**before, **second}
    rng = random.Random(SEED)  # noqa: S311 - times, no secrets
    kills, found = sized(3, 100), Counter[str]()
    longest = 0.0
    for _ in range(kills):
        with start(run_words(2, out), home) as running:
            begun = time.perf_counter()
            try:
                running.communicate(timeout=rng.uniform(0.0, longest or 60.0))
                longest = longest or 1.1 * (time.perf_counter() - begun)
            except subprocess.TimeoutExpired:
                running.kill()
                found["killed"] += 1
        seen = content(out)
        found[named(seen, before, after)] += 1
        check_readable(out)
        for name in {Path(file).parent for file in seen.keys() - before.keys()}:
            shutil.rmtree(out / name)
    assert told(run_words(2, out), home).returncode == 0
    assert content(out) == after
    prune_tomorrow(out)
    assert content(out, partial_too=True) == after
    prove(
        "crash_random_kills_of_runs",
        {
            "seed": SEED,
            "runs": kills,
            "killed": found["killed"],
            "old_found": found["old"],
            "new_found": found["new"],
            "partial_found": found["partial"],
            "seconds_of_a_run": round(longest / 1.1, 2),
        },
    )
    assert not found["partial"]


def test_calibration_killed_while_it_is_stored_leaves_none(
    tmp_path: Path, sized: Sized, prove: Prove
) -> None:
    rng = random.Random(SEED)  # noqa: S311
    words = [*MODULE, "calibrate", "--as-of", "2023-11-15", "--out", "out"]
    kills, whole = sized(0, 3), 0
    if not kills:
        pytest.skip("calibrates; asked for by --full")
    out = tmp_path / "out"
    for _ in range(kills):
        with start(words, tmp_path) as running:
            deadline = time.monotonic() + 120.0
            while not list(out.glob(f"*/*{PARTIAL}")) and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(rng.uniform(0.0, 1.0))
            running.kill()
        check_readable(out)
        whole += bool(content(out))
        prune_tomorrow(out)
        assert content(out, partial_too=True) == content(out)
        shutil.rmtree(out)
    prove("crash_kills_of_calibrations", {"seed": SEED, "kills": kills, "whole_found": whole})


# ---------------------------------------------------------------------- no space


def test_file_that_may_not_grow_leaves_the_old(
    writer: Writer, writer_name: str, place: Callable[[], Path], sized: Sized, prove: Prove
) -> None:
    before = content(place())
    folder = place()
    writer.write(folder)
    after = content(folder)
    largest = max((path.stat().st_size for path in folder.rglob("*") if path.is_file()), default=0)
    found: Counter[int] = Counter()
    limits = np.unique(np.linspace(0, largest, sized(6, 25)).astype(int)).tolist()
    for limit in limits:
        folder = place()
        status, said = limited(writer, folder, limit)
        if status == ENVIRONMENT:
            assert content(folder, partial_too=True) == before, limit
            assert "File too large" in said
            assert said.count("\n") == 1, said
        else:
            assert (content(folder, partial_too=True), said) == (after, ""), limit
        found[status] += 1
    assert set(found) <= {DONE, ENVIRONMENT, OTHERS}
    assert found[ENVIRONMENT] or before == after or writer_name == "prune"
    prove(
        f"crash_file_size_limit_{writer_name.replace(' ', '_')}",
        {
            "writes": writer_name,
            "limits": len(limits),
            "largest_file_bytes": largest,
            "refused_and_old_kept": found[ENVIRONMENT],
            "done": found[DONE] + found[OTHERS],
        },
    )


def limited(writer: Writer, folder: Path, limit: int) -> tuple[int, str]:
    """Write in a forked process whose files may not exceed a limit: status and what it said."""
    read, write = os.pipe()

    def work() -> None:
        os.dup2(write, 2)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        status = outcome(writer, folder)
        sys.stderr.flush()
        os._exit(status)

    process = forked(work)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as said:
        text = said.read()
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), text


SMALL_FILES = """
import resource, sys
most = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
from vnjp_sim.cli import main
main()
"""
"""A program whose files may not exceed so many bytes."""


def test_run_whose_files_may_not_grow_is_told_and_leaves_the_old(
    home: Path, out: Path, second: Content, sized: Sized, prove: Prove
) -> None:
    before = content(out)
    after = {**before, **second}
    largest = max(len(file) for file in second.values() if isinstance(file, bytes))
    found: Counter[int] = Counter()
    limits = np.linspace(0, largest - 1, sized(2, 18)).astype(int).tolist()
    for limit in [*limits, largest]:
        program = [sys.executable, "-c", SMALL_FILES, str(limit)]
        done = told([*program, *run_words(2, out)[3:]], home)
        found[done.returncode] += 1
        if limit < largest:
            assert_refused(done, out, "File too large")
            assert content(out, partial_too=True) == before
    assert (done.returncode, done.stderr) == (DONE, "")
    assert content(out, partial_too=True) == after
    prove(
        "crash_file_size_limit_of_runs",
        {"limits": len(limits), "refused_with_status_4": found[ENVIRONMENT]},
    )


def assert_refused(done: subprocess.CompletedProcess[str], out: Path | str, why: str) -> None:
    """Check the status of a failing environment and its message, one line that names the place."""
    assert (done.returncode, done.stdout) == (ENVIRONMENT, ""), done.stderr
    assert done.stderr.startswith(f"error: {out}")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


DRAWS_IN_A_FILE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import vnjp_sim.simulation.pipeline as runs
runs.LARGEST_IN_MEMORY = 0
from vnjp_sim.cli import main
main()
"""
"""A program that keeps no draws in memory, and heeds interrupts, which a shell's background jobs
ignore."""

ON_A_DISK = """
mount -t tmpfs -o size="$1" tmpfs "$2" && cp -a "$3/." "$2" || exit 99
disk=$2 copy=$4
[ "$5" = rw ] || mount -o remount,ro "$disk" || exit 99
shift 5
"$@"
status=$?
cp -a "$disk/." "$copy" || exit 99
exit $status
"""
"""In a mount namespace: a small disk with a folder's content, a command, a copy of what is left."""


@dataclass(frozen=True)
class Disk:
    """A small disk of its own for one command."""

    unshare: Sequence[str]
    mount: Path
    home: Path

    def run(
        self, words: Sequence[str], size: int, before: Path, mode: str = "rw"
    ) -> tuple[subprocess.CompletedProcess[str], Content]:
        """Run a command on a disk that holds `before`: how it went, and what is left."""
        copy = self.mount.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        script = ["sh", "-c", ON_A_DISK, "sh", str(size), str(self.mount), str(before), str(copy)]
        done = told([*self.unshare, *script, mode, *words], self.home)
        assert done.returncode != 99, done.stderr
        return done, content(copy, partial_too=True)


@pytest.fixture
def disk(tmp_path: Path, home: Path) -> Disk:
    """A disk of any size, where mounting in a namespace is allowed."""
    mount, program = tmp_path / "disk", shutil.which("unshare")
    mount.mkdir()
    for flags in ("-m", "-rm"):
        if sys.platform == "linux" and program is not None:
            unshare = [program, flags]
            tried = [*unshare, "mount", "-t", "tmpfs", "tmpfs", str(mount)]
            if told(tried, home).returncode == 0:
                return Disk(unshare, mount, home)
    pytest.skip("no disk may be mounted here")


def used(folder: Path) -> int:
    """Return what a folder takes on a disk of whole pages."""
    page = resource.getpagesize()
    return sum(-(-file.stat().st_size // page) * page for file in folder.rglob("*"))


def test_full_disk_is_told_and_leaves_the_old(
    disk: Disk, stored: Path, second: Content, sized: Sized, prove: Prove
) -> None:
    before = content(stored)
    after = {**before, **second}
    taken = used(stored)
    found: Counter[int] = Counter()
    sizes = np.linspace(taken + 4_096, 2.2 * taken, sized(2, 18)).astype(int).tolist()
    for size in sizes:
        done, left = disk.run(run_words(2, disk.mount), size, stored)
        found[done.returncode] += 1
        if done.returncode == ENVIRONMENT:
            assert_refused(done, disk.mount, "No space left on device")
            assert left == before, size
        else:
            assert (done.returncode, done.stderr, left) == (DONE, "", after), size
    assert found[ENVIRONMENT]
    assert found[DONE]
    many = [*run_words(2, disk.mount, 5_000), "--workers", "2"]
    done, left = disk.run([sys.executable, "-c", DRAWS_IN_A_FILE, *many[3:]], 2 * taken, stored)
    assert_refused(done, disk.mount, "no space for 0.1 GB of draws (No space left on device)")
    assert left == before
    prove(
        "crash_full_disk",
        {
            "sizes": len(sizes),
            "refused_with_status_4": found[ENVIRONMENT],
            "done": found[DONE],
        },
    )


FORBIDDEN = """
import sys
import vnjp_sim.simulation.pipeline as runs
def computed(*_, **__):
    raise AssertionError("computed")
runs.project = runs.calibrate = computed
from vnjp_sim.cli import main
main()
"""
"""A program that refuses to compute."""


@pytest.mark.parametrize(
    "words",
    [
        ["run", "base", "--draws", "50", "--seed", "2", "--out", "DISK"],
        ["calibrate", "--as-of", "2023-11-15", "--out", "DISK"],
        ["compare", "weak_yen", "--draws", "50", "--report", "--out", "DISK"],
        ["export", "base", "--draws", "50", "--format", "csv", "--to", "DISK/deep/mine.csv"],
        ["report", "base", "--draws", "50", "--to", "DISK/mine.html"],
    ],
    ids=lambda words: words[0],
)
def test_disk_that_may_only_be_read_is_told_before_anything_is_computed(
    words: list[str], disk: Disk, stored: Path
) -> None:
    there = [word.replace("DISK", str(disk.mount)) for word in words]
    done, left = disk.run([sys.executable, "-c", FORBIDDEN, *there], 1 << 23, stored, "ro")
    assert_refused(done, there[-1], "cannot be written")
    assert left == content(stored)


def test_disk_that_may_only_be_read_gives_what_it_holds(disk: Disk, stored: Path) -> None:
    command = [sys.executable, "-c", FORBIDDEN, *run_words(1, disk.mount)[3:], "--json"]
    done, _ = disk.run(command, 1 << 23, stored, "ro")
    assert (done.returncode, done.stderr) == (DONE, "")
    assert json.loads(done.stdout)[0]["reused"] is True
    prune = [*MODULE, "results", "prune", "--keep", "0", "--out", str(disk.mount)]
    done, left = disk.run(prune, 1 << 23, stored, "ro")
    assert_refused(done, disk.mount, "Read-only file system")
    assert left == content(stored)


LIMITED = """
import sys
import h5netcdf, scipy.special, vnjp_sim.simulation.pipeline, vnjp_sim.tables.runs
import resource
from vnjp_sim.cli import main
with open("/proc/self/statm") as file:
    taken = int(file.read().split()[0]) * resource.getpagesize()
most = taken + int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_AS, (most, most))
main()
"""
"""A program that may take so many bytes of memory more once its libraries are there."""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="looks at memory in /proc")
def test_too_little_memory_is_told_and_leaves_the_old(
    home: Path, out: Path, sized: Sized, prove: Prove
) -> None:
    before = content(out)
    found: Counter[int] = Counter()
    limits = np.linspace(5e6, 300e6, sized(2, 15)).astype(int).tolist()
    for limit in limits:
        words = run_words(2, out, 10_000)[3:]
        done = told([sys.executable, "-c", LIMITED, str(limit), *words], home)
        found[done.returncode] += 1
        if done.returncode == ENVIRONMENT:
            assert done.stderr == "error: not enough memory; ask for fewer draws\n"
            assert content(out, partial_too=True) == before
        else:
            assert (done.returncode, done.stderr) == (DONE, "")
            assert content(out, partial_too=True).items() > before.items()
            break
    assert found[ENVIRONMENT]
    prove(
        "crash_memory",
        {"limits_tried": sum(found.values()), "refused_with_status_4": found[ENVIRONMENT]},
    )


# ---------------------------------------------------------------------- several at once


def test_of_several_at_once_one_wins_and_nothing_is_mixed(
    writer: Writer, writer_name: str, place: Callable[[], Path], sized: Sized, prove: Prove
) -> None:
    folder = place()
    writer.write(folder)
    after = content(folder)
    rounds = sized(1 if writer.slow else 2, 6)
    found: Counter[int] = Counter()
    for _ in range(rounds):
        folder = place()
        ready, go = os.pipe()

        def work(folder: Path = folder, ready: int = ready, go: int = go) -> None:
            os.close(go)
            os.read(ready, 1)  # until the parent has started all
            os._exit(outcome(writer, folder))

        processes = [forked(work) for _ in range(4)]
        os.close(go)
        os.close(ready)
        statuses = [os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]) for p in processes]
        assert set(statuses) <= {DONE, OTHERS}
        if writer.alone:
            assert statuses.count(DONE) == 1
        found.update(statuses)
        assert content(folder, partial_too=True) == after
        check_readable(folder)
    prove(
        f"crash_at_once_{writer_name.replace(' ', '_')}",
        {
            "writes": writer_name,
            "rounds": rounds,
            "processes_a_round": 4,
            "done": found[DONE],
            "said_that_another_was_first": found[OTHERS],
        },
    )


def test_of_equal_runs_at_once_one_wins_and_the_others_say_so(
    home: Path, out: Path, second: Content, sized: Sized, prove: Prove
) -> None:
    before = content(out)
    after = {**before, **second}
    rounds = sized(1, 5)
    for _ in range(rounds):
        processes = [start([*run_words(seed, out), "--json"], home) for seed in (2, 2, 3)]
        texts = [process.communicate() for process in processes]
        assert [err for _, err in texts] == ["", "", ""]
        first, again, third = (json.loads(text)[0] for text, _ in texts)
        assert sorted([first["reused"], again["reused"]]) == [False, True]
        assert first["folder"] == again["folder"] != third["folder"]
        assert third["reused"] is False
        check_readable(out)
        shutil.rmtree(third["folder"])
        assert content(out, partial_too=True) == after
        shutil.rmtree(first["folder"])
    prove("crash_equal_runs_at_once", {"rounds": rounds, "equal_runs": 2, "other_runs": 1})


# ---------------------------------------------------------------------- damaged later


def cut(file: Path, rng: random.Random) -> None:
    """Cut a file somewhere."""
    os.truncate(file, rng.randrange(file.stat().st_size))


def flip(file: Path, rng: random.Random) -> None:
    """Change one bit of a file."""
    data = bytearray(file.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    file.write_bytes(data)


@pytest.mark.parametrize("damage", [cut, flip])
@pytest.mark.parametrize("name", ["projection.nc", "indicators.csv"])
def test_damaged_result_is_never_accepted(
    name: str,
    damage: Callable[[Path, random.Random], None],
    stored: Path,
    tmp_path: Path,
    sized: Sized,
    prove: Prove,
) -> None:
    rng = random.Random(SEED)  # noqa: S311
    files = sized(5, 40)
    for number in range(files):
        out = Path(shutil.copytree(stored, tmp_path / str(number)))
        (run,) = list_runs(out)
        damage(run.folder / name, rng)
        assert find_run(out, run.scenario, run.run) == run.folder
        with pytest.raises(
            EnvironmentFailureError, match=f"{name} has changed since it was written"
        ):
            check_run(run.folder)
        with pytest.raises(
            EnvironmentFailureError, match=f"{name} has changed since it was written"
        ):
            exchange.read_runs([run.folder])
    figures = {"seed": SEED, "file": name, "damage": damage.__name__, "files_refused": files}
    prove(f"crash_damaged_{name.partition('.')[0]}_{damage.__name__}", figures)


def test_damaged_result_is_told_by_every_command(home: Path, out: Path) -> None:
    (run,) = list_runs(out)
    os.truncate(run.folder / "indicators.csv", 1_000)
    place = str(run.folder)
    to = str(out / "mine.csv")
    for words in (
        run_words(1, out),
        [*MODULE, "compare", place, "weak_yen", "--out", str(out), "--effects-only"],
        [*MODULE, "export", *run_words(1, out)[4:], "--format", "csv", "--to", to],
    ):
        done = told(words, home)
        assert_refused(done, place, "indicators.csv has changed since it was written")
        assert done.stderr.endswith("; delete the folder to compute it again\n")
    shutil.rmtree(run.folder)
    assert told(run_words(1, out), home).returncode == DONE
    check_readable(out)


# ---------------------------------------------------------------------- draws in a file


@pytest.mark.skipif(sys.platform != "linux", reason="signals of a group of processes")
@pytest.mark.parametrize("ended", ["interrupted", "run killed"])
def test_a_run_with_its_draws_in_files_leaves_its_finished_blocks_when_ended(
    ended: str, home: Path, out: Path
) -> None:
    before = content(out)
    words = [*run_words(2, out, 100_000)[3:], "--workers", "2"]
    with start([sys.executable, "-c", DRAWS_IN_A_FILE, *words], home) as running:
        wait_for_a_block(out)
        stop = signal.SIGINT if ended == "interrupted" else signal.SIGKILL
        (os.killpg if ended == "interrupted" else os.kill)(running.pid, stop)
        try:
            _, message = running.communicate(timeout=60)
        finally:
            running.kill()
    if ended == "interrupted":
        assert (running.returncode, message.strip()) == (130, "interrupted")
    assert content(out) == before
    assert [path.name.startswith(SCRATCH) for path in out.iterdir()].count(True) == 1
    prune_tomorrow(out)
    assert sorted(path.name for path in out.iterdir()) == ["base"]
    assert content(out, partial_too=True) == before


def wait_for_a_block(out: Path) -> None:
    """Wait until a run has made the file of a block."""
    for _ in range(600):
        if list(out.glob(f"{SCRATCH}*/[!.]*.npz")):
            return
        time.sleep(0.05)
    raise AssertionError("no file of a block was made")

"""Results on disk: whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.storage.store import (
    LEFT_AFTER,
    MANIFEST,
    PARTIAL,
    SCRATCH,
    check_run,
    check_writable,
    find_run,
    list_runs,
    prune_runs,
    write_json,
    write_run,
)

Writer = Callable[[Path], None]


def store(out: Path, scenario: str, run: str, text: str = "1", **more: Writer) -> tuple[Path, bool]:
    def numbers(file: Path) -> None:
        file.write_text(text, encoding="utf-8")

    manifest = {"run": run, "seed": 1, "title": "Việt Nam"}
    return write_run(out, scenario, run, {"numbers.csv": numbers, **more}, manifest)


def contents(out: Path) -> list[str]:
    return sorted(file.relative_to(out).as_posix() for file in out.rglob("*"))


def test_run_is_written_and_found(tmp_path: Path) -> None:
    assert find_run(tmp_path, "base", "abc") is None
    folder, first = store(tmp_path, "base", "abc")
    assert first
    assert folder == find_run(tmp_path, "base", "abc") == tmp_path / "base" / "abc"
    check_run(folder)
    assert contents(tmp_path) == [
        "base",
        "base/abc",
        f"base/abc/{MANIFEST}",
        "base/abc/numbers.csv",
    ]
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    digest = hashlib.sha256(b"1").hexdigest()
    assert text == (
        f'{{\n  "files": {{\n    "numbers.csv": "{digest}"\n  }},\n  "run": "abc",\n'
        '  "seed": 1,\n  "title": "Việt Nam"\n}\n'
    )


@pytest.mark.crash
def test_partial_folder_is_no_result(tmp_path: Path) -> None:
    whole, _ = store(tmp_path, "base", "abc")
    whole.rename(whole.with_name(f"abc.1-2{PARTIAL}"))
    (tmp_path / "base" / "def").mkdir()
    assert find_run(tmp_path, "base", "abc") is None
    assert find_run(tmp_path, "base", "def") is None
    assert list_runs(tmp_path) == []


@pytest.mark.crash
@pytest.mark.parametrize("error", [ValueError("a defect"), KeyboardInterrupt(), MemoryError()])
def test_writer_that_raises_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def fail(file: Path) -> None:
        file.write_text("half")
        raise error

    with pytest.raises(type(error)):
        store(tmp_path, "base", "abc", **{"projection.nc": fail})
    assert contents(tmp_path) == ["base"]


@pytest.mark.crash
def test_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: Path) -> None:
        raise OSError(28, "No space left on device", str(file))

    monkeypatch.chdir(tmp_path)
    with pytest.raises(EnvironmentFailureError) as refused:
        store(Path("out"), "base", "abc", **{"projection.nc": fail})
    assert str(refused.value) == (
        "out/base: results cannot be written there (No space left on device); "
        "check permissions and space, or name another folder with out="
    )
    assert contents(tmp_path) == ["out", "out/base"]


@pytest.mark.crash
def test_loser_of_two_equal_runs_takes_the_winners(tmp_path: Path) -> None:
    def overtaken(file: Path) -> None:
        file.write_text("loser")
        assert store(tmp_path, "base", "abc", "winner") == (folder, True)

    folder = tmp_path / "base" / "abc"
    told = store(tmp_path, "base", "abc", "loser", **{"slow.txt": overtaken})
    assert told == (folder, False)
    assert (folder / "numbers.csv").read_text() == "winner"
    assert contents(tmp_path) == [
        "base",
        "base/abc",
        f"base/abc/{MANIFEST}",
        "base/abc/numbers.csv",
    ]


@pytest.mark.crash
def test_many_equal_runs_at_once_leave_one(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    firsts = []

    def write(number: int) -> None:
        start.wait()
        firsts.append(store(tmp_path, "base", "abc", str(number) * 10_000)[1])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(firsts) == [False] * 7 + [True]
    text = (tmp_path / "base" / "abc" / "numbers.csv").read_text()
    assert text == text[0] * 10_000
    assert [folder.name for folder in (tmp_path / "base").iterdir()] == ["abc"]


@pytest.mark.crash
@pytest.mark.parametrize(
    ("out", "told"), [("plain", "File exists"), ("plain/below", "Not a directory")]
)
def test_impossible_folder_is_told(
    out: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain").touch()
    with pytest.raises(EnvironmentFailureError) as refused:
        check_writable(Path(out))
    assert str(refused.value).startswith(f"{out}: results cannot be written there ({told}); check")
    assert contents(tmp_path) == ["plain"]


def test_check_leaves_no_probe(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "results")
    assert contents(tmp_path) == ["new", "new/results"]


def store_aged(out: Path, scenario: str, run: str, age: int) -> None:
    folder, _ = store(out, scenario, run)
    os.utime(folder / MANIFEST, (1_000_000 - age, 1_000_000 - age))


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    store_aged(tmp_path, "base", "old", 3)
    store_aged(tmp_path, "oda", "new", 1)
    store_aged(tmp_path, "base", "middle", 2)
    assert [run.run for run in list_runs(tmp_path)] == ["new", "middle", "old"]
    assert list_runs(tmp_path)[0].manifest["title"] == "Việt Nam"
    assert list_runs(tmp_path)[0].bytes > 0
    assert list_runs(tmp_path / "absent") == []


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", "5", "\udcff"])
def test_damaged_manifest_is_not_listed(text: str, tmp_path: Path) -> None:
    store_aged(tmp_path, "base", "whole", 1)
    store_aged(tmp_path, "base", "damaged", 0)
    file = tmp_path / "base" / "damaged" / MANIFEST
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert [run.run for run in list_runs(tmp_path)] == ["whole"]


def test_prune_keeps_the_newest_of_each_scenario(tmp_path: Path) -> None:
    for age, run in enumerate(["a", "b", "c"]):
        store_aged(tmp_path, "base", run, age)
    store_aged(tmp_path, "oda", "d", 9)
    calibration, _ = write_run(tmp_path, "calibration", "abc", {"posterior.nc": Path.touch}, {})
    assert [folder.name for folder in prune_runs(tmp_path, keep=1)] == ["b", "c"]
    assert [run.run for run in list_runs(tmp_path)] == ["a", "d"]
    assert prune_runs(tmp_path, keep=1) == []
    assert len(prune_runs(tmp_path, keep=0)) == 2
    check_run(calibration)


def test_prune_deletes_what_killed_runs_left_a_day_ago(tmp_path: Path) -> None:
    ours = [
        f"base/abc.12-0123abcd{PARTIAL}/half.nc",
        f"calibration/def.3456-abcdef01{PARTIAL}/half.nc",
        f"{SCRATCH}a1b2c3d_/0.npz",
        f"{SCRATCH}0123456789abcdef/0.npz",
    ]
    theirs = [
        "base/mine.partial/text",
        ".draws-of-mine/text",
        "base/own/deep/abc.1-0123abcd.partial",
    ]
    for name in (*ours, *theirs):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    before = contents(tmp_path)
    assert prune_runs(tmp_path, keep=1) == []
    assert contents(tmp_path) == before
    past = time.time() - LEFT_AFTER - 60
    for path in tmp_path.rglob("*"):
        os.utime(path, (past, past))
    (tmp_path / ours[0]).touch()  # is still being written
    others = {(tmp_path / name).parent for name in ours[1:]}
    assert set(prune_runs(tmp_path, keep=1)) == others
    os.utime(tmp_path / ours[0], (past, past))
    assert prune_runs(tmp_path, keep=1) == [(tmp_path / ours[0]).parent]
    assert all((tmp_path / name).exists() for name in theirs)


@pytest.mark.crash
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: (folder / "numbers.csv").unlink(), "numbers.csv is missing"),
        (
            lambda folder: (folder / "numbers.csv").write_text(""),
            "numbers.csv has changed since it was",
        ),
        (
            lambda folder: (folder / "numbers.csv").write_text("2"),
            "numbers.csv has changed since it was",
        ),
        (lambda folder: (folder / MANIFEST).unlink(), "manifest.json is missing or damaged"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "manifest.json is missing or damaged"),
        (lambda folder: (folder / MANIFEST).write_text("{}"), "manifest.json is missing or dam"),
        (lambda folder: (folder / MANIFEST).write_text("[1]"), "manifest.json is missing or dam"),
        (lambda folder: (folder / MANIFEST).write_text('{"files": [1]}'), "manifest.json is miss"),
    ],
)
def test_damaged_run_is_told(
    damage: Callable[[Path], object], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder, _ = store(Path(), "base", "abc")
    damage(folder)
    assert find_run(Path(), "base", "abc") == folder
    with pytest.raises(EnvironmentFailureError) as refused:
        check_run(folder)
    assert str(refused.value).startswith(f"base/abc: the stored result cannot be used ({told}")
    assert str(refused.value).endswith("); delete the folder to compute it again")


@pytest.mark.crash
def test_refused_deletion_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    store_aged(tmp_path, "base", "abc", 1)
    monkeypatch.setattr("vnjp_sim.storage.store.shutil.rmtree", refuse)
    with pytest.raises(EnvironmentFailureError, match="Permission denied"):
        prune_runs(tmp_path, keep=0)


def test_manifest_of_equal_content_has_equal_bytes(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": [1, 2]})
    write_json(tmp_path / "b.json", {"a": [1, 2], "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [1, 2], "b": 1}

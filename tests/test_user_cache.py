"""Calibrations in the user's cache: found from any results folder, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import outcome

from vnjp_sim.foundation.errors import CalibrationGateError
from vnjp_sim.simulation import calibrated
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.progress import Progress
from vnjp_sim.storage.store import read_manifest, write_run
from vnjp_sim.storage.user_cache import (
    CALIBRATION,
    MOST_KEPT,
    VARIABLE,
    VEGA,
    cache_folder,
    find_kept,
    keep,
    kept,
    kept_text,
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, which does not exist yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def made(out: Path, key: str) -> Path:
    """Return the folder of a small result."""
    writers = {"a.txt": lambda file: file.write_text(f"content of {key}") and None}
    return write_run(out, CALIBRATION, key, writers, {"calibration": key})[0]


def test_result_is_found_as_it_was_written(cache: Path, tmp_path: Path) -> None:
    folder = made(tmp_path / "out", "k1")
    assert find_kept(CALIBRATION, "k1") is None
    keep(folder)
    found = find_kept(CALIBRATION, "k1")
    assert found == cache / CALIBRATION / "k1"
    assert (found / "a.txt").read_bytes() == (folder / "a.txt").read_bytes()
    assert read_manifest(found) == read_manifest(folder)


def test_damaged_result_is_dropped_and_made_again(cache: Path, tmp_path: Path) -> None:
    folder = made(tmp_path / "out", "k1")
    keep(folder)
    (cache / CALIBRATION / "k1" / "a.txt").write_text("changed")
    assert find_kept(CALIBRATION, "k1") is None
    assert not (cache / CALIBRATION / "k1").exists()
    keep(folder)
    assert find_kept(CALIBRATION, "k1") is not None


def test_those_used_last_stay(cache: Path, tmp_path: Path) -> None:
    assert cache_folder() == cache
    keys = [f"k{number}" for number in range(MOST_KEPT + 2)]
    for key in keys:
        keep(made(tmp_path / "out", key))
        find_kept(CALIBRATION, keys[0])  # in use all the time
    assert {folder.name for folder in kept(CALIBRATION)} == {keys[0], *keys[-MOST_KEPT + 1 :]}


@pytest.mark.parametrize("place", ["file", "below a file", "none"])
def test_refused_cache_is_passed_over(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    folder = {"file": str(file), "below a file": str(file / "cache"), "none": ""}[place]
    monkeypatch.setenv(VARIABLE, folder)
    keep(made(tmp_path / "out", "k1"))
    assert find_kept(CALIBRATION, "k1") is None
    assert kept(CALIBRATION) == []
    assert file.read_bytes() == b""


@pytest.fixture
def no_calibration(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a calibration fail at once; gives what is said before."""

    def refuse(*_: object, **__: object) -> None:
        raise CalibrationGateError("not here")

    monkeypatch.setattr(calibrated, "calibrate", refuse)
    return []


def test_calibration_is_found_from_another_results_folder(
    cache: Path,
    no_calibration: list[str],
    shipped_model: Model,
    calibrated_out: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before, file = calibrated.posterior_of(shipped_model, calibrated_out)
    progress = Progress(starting=no_calibration.append)
    with pytest.raises(CalibrationGateError):
        calibrated.posterior_of(shipped_model, tmp_path / "other", progress)
    assert len(no_calibration) == 1
    assert no_calibration[0].startswith("Calibrating on ")
    keep(file.parent)
    after, found = calibrated.posterior_of(shipped_model, tmp_path / "other", progress)
    assert found.is_relative_to(cache)
    assert found.read_bytes() == file.read_bytes()
    assert after.arrays.keys() == before.arrays.keys()
    assert len(no_calibration) == 1


def test_text_is_made_once_and_where_there_is_no_cache_each_time(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_of: list[str] = []

    def make() -> str:
        made_of.append("ε\r\n</script>")
        return made_of[-1]

    assert {kept_text(VEGA, "1.9-v6.1", make) for _ in range(3)} == {"ε\r\n</script>"}
    assert len(made_of) == 1
    (kept(VEGA)[0] / "text").write_text("alert(1)")
    assert kept_text(VEGA, "1.9-v6.1", make) == made_of[0]
    assert len(made_of) == 2
    outcome(["results", "prune", "--cache", "--out", str(cache / "none")])
    assert kept(VEGA) == []
    monkeypatch.setenv(VARIABLE, "")
    assert kept_text(VEGA, "1.9-v6.1", make) == kept_text(VEGA, "1.9-v6.1", make)
    assert len(made_of) == 4


def test_results_tell_and_prune_the_cache(cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    keep(made(out, "k1"))
    assert f"1 in {cache / CALIBRATION}" in outcome(["results", "list", "--out", str(out)])[1]
    outcome(["results", "prune", "--out", str(out)])
    assert len(kept(CALIBRATION)) == 1
    outcome(["results", "prune", "--cache", "--out", str(out)])
    assert kept(CALIBRATION) == []

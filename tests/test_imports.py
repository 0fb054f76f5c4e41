"""What each command loads: a heavy library that a command does not need makes it slow to start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WATCHED = """
import atexit, json, sys
def tell():
    with open({file!r}, "w") as stream:
        json.dump(sorted(sys.modules), stream)
atexit.register(tell)
from vnjp_sim.cli import main
main()
"""

NUMERICAL = (
    "altair",
    "arviz",
    "arviz_base",
    "arviz_stats",
    "dask",
    "matplotlib",
    "pandas",
    "scipy",
    "xarray",
)


def loaded(words: list[str], folder: Path) -> set[str]:
    """Return the modules that a command has loaded when it ends."""
    file = folder / "modules.json"
    done = subprocess.run(
        [sys.executable, "-c", WATCHED.format(file=str(file)), *words],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["--help"], (*NUMERICAL, "numpy", "pydantic", "yaml", "simpy", "h5py", "h5netcdf")),
        (["run", "--help"], (*NUMERICAL, "numpy", "pydantic", "yaml", "simpy", "h5py")),
        (["--version"], (*NUMERICAL, "numpy", "pydantic", "yaml", "simpy", "h5py")),
        (["schema"], (*NUMERICAL, "simpy", "h5py", "h5netcdf")),
        (["validate"], (*NUMERICAL, "h5py", "h5netcdf")),
        (["trace", "trade_turnover"], (*NUMERICAL, "h5py", "h5netcdf")),
        (["trace", "trade_turnover", "--json"], (*NUMERICAL, "h5py", "h5netcdf")),
        (["results", "list"], (*NUMERICAL, "numpy", "pydantic", "simpy", "h5py", "h5netcdf")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_command_loads_only_what_it_needs(
    words: list[str], unwanted: tuple[str, ...], tmp_path: Path
) -> None:
    assert sorted(loaded(words, tmp_path) & set(unwanted)) == []


@pytest.mark.parametrize("asked", [["run", "base"], ["compare", "oda_expansion"]], ids=" ".join)
def test_command_with_a_stored_calibration_loads_no_statistics(
    asked: list[str], tmp_path: Path, calibrated_out: Path
) -> None:
    words = [*asked, "--draws", "40", "--out", str(calibrated_out)]
    unwanted = {name for name in NUMERICAL if name != "scipy"} | {"scipy.stats", "numpy.f2py"}
    assert sorted(loaded(words, tmp_path) & unwanted) == []

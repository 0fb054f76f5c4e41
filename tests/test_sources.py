"""A change of what calibrates is another posterior; a change of other rooms is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from house import FLOOR

from vnjp_sim.calibration.bank import ROOMS

COMMENT = "\n# changed\n"
KEY = """
from vnjp_sim.calibration.bank import calibration_hash
from vnjp_sim.simulation.model_data import load_model
model = load_model()
print(calibration_hash(model.evidence, model.parameters))
"""


@pytest.fixture(scope="module")
def copy(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with its models beside it."""
    root = tmp_path_factory.mktemp("copy")
    for folder in ("vnjp_sim", "models", "scenarios"):
        shutil.copytree(
            repository / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    return root / "vnjp_sim"


def test_the_calibration_loads_nothing_of_other_rooms(copy: Path) -> None:
    """Nor may it import others when it runs: imports go only downward, see test_layers."""
    program = (
        "import sys, vnjp_sim.calibration.bank; "
        "print(*(m for m in sys.modules if m.startswith('vnjp_sim.')))"
    )
    rooms = {module.split(".")[1] for module in run(copy, program).split()}
    assert rooms == set(ROOMS)
    below = [FLOOR[room] for room in ROOMS]
    assert sorted(room for room, floor in FLOOR.items() if floor <= max(below)) == sorted(ROOMS)


def test_a_change_of_a_sector_that_calibrates_is_another_posterior(copy: Path) -> None:
    before = run(copy, KEY)
    for name, changes in (("sectors/labour.py", True), ("charts/fans.py", False)):
        file = copy / name
        text = file.read_text(encoding="utf-8")
        file.write_text(text + COMMENT, encoding="utf-8")
        assert (run(copy, KEY) != before) == changes, name
        file.write_text(text, encoding="utf-8")


def run(copy: Path, program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=copy.parent,
        env={**os.environ, "PYTHONPATH": str(copy.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout

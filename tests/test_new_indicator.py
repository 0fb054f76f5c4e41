"""A law-projected indicator is added in its sector and in YAML, and nowhere else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAME = "people_theatres"
PROGRAM = f"""
import json
import numpy as np
import vnjp_sim as vj
from vnjp_sim.calibration import calibrate
from vnjp_sim.sectors.provenance import trace_lines
from vnjp_sim.simulation.ensemble import Batch, project
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.variants import Variant

model = vj.load_model()
figures = model.evidence, model.parameters
posterior = calibrate(*figures, sample_size=2_048, override_gates=True)
baseline = Variant(ScenarioInputs(model.parameters.single))
arrays = project(posterior, Batch((baseline,), 2025, 2040, 500, 1, model.couplings)).of()
number = arrays["{NAME}"]
print(json.dumps({{
    "finite": bool(np.isfinite(number).all()),
    "grows": bool((np.diff(number, axis=0) >= 0).all()),
    "first": float(np.median(number[0])),
    "last": float(np.median(number[-1])),
    "groups": [g.name for g in posterior.groups if g.name == "{NAME}"],
    "trace": trace_lines("{NAME}", model.parameters, model.links, model.instruments),
    "others": sorted(arrays),
}}))
"""


def add(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_indicator_touches_its_sector_and_its_yaml_alone(
    repository: Path, tmp_path: Path
) -> None:
    for folder in ("vnjp_sim", "models", "scenarios"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(repository / folder, tmp_path / folder, ignore=ignored)
    models = tmp_path / "models"
    add(
        tmp_path / "vnjp_sim" / "sectors" / "institutions.py",
        '        Law("people_associations", "accrual"),\n',
        f'        Law("people_associations", "accrual"),\n        Law("{NAME}", "accrual"),\n',
    )
    copy_entry(models / "parameters" / "institutions.yml", "people_associations", "")
    copy_entry(models / "indicators.yml", "people_associations", "|Theatres")
    with (models / "observations" / "people.csv").open("a", encoding="utf-8") as file:
        header = (models / "observations" / "people.csv").read_text(encoding="utf-8")
        columns = header.splitlines()[0].split(",")
        cells = dict.fromkeys(columns, "") | {
            "indicator": NAME,
            "period": "2023",
            "value": "12",
            "unit": "count",
            "reported": "exact",
            "document": "vov_2025",
            "line": "1",
            "place": "made for a test",
            "use": "calibrate",
        }
        file.write(",".join(cells.values()) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["finite"]
    assert result["grows"]
    assert 12 <= result["first"] <= result["last"]
    assert result["groups"] == [NAME]
    assert any(line.startswith(f"Law of {NAME}: accrual") for line in result["trace"])


def copy_entry(file: Path, name: str, iamc: str) -> None:
    """Add an entry of the second level of a YAML file once more, under the new name."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.startswith(f"  {name}:"))
    last = next(
        (n for n, line in enumerate(lines[first + 1 :], first + 1) if not line.startswith("   ")),
        len(lines),
    )
    entry = [lines[first].replace(name, NAME), *lines[first + 1 : last]]
    entry = [f"{line.rstrip()}{iamc}\n" if "  iamc:" in line else line for line in entry]
    file.write_text("".join([*lines[:last], *entry, *lines[last:]]), encoding="utf-8")

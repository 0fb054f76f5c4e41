"""The shipped calibration and scenarios against the stored references.

Tolerance: a mean may move by 0.5 % of its posterior spread, a spread by 0.5 % of itself, a weight
of a growth form by 0.002, a quantile of a projection by 0.5 %. On the pinned versions the numbers
agree to all digits; the tolerance is for other processors and library versions, and far below
what any change of a figure, a prior or the method does. `python tools/rebaseline.py --reason …`
rewrites the references and prints old → new.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from vnjp_sim.model import Model
from vnjp_sim.runs import Options, run_scenario
from vnjp_sim.shipped import shipped_folder

SHIPPED = sorted(file.stem for file in shipped_folder("scenarios").glob("*.yml"))
TOLERANCE = 0.005
WEIGHT_TOLERANCE = 0.002


@pytest.fixture(scope="module")
def rebaseline(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "rebaseline", repository / "tools" / "rebaseline.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["rebaseline"] = module
    spec.loader.exec_module(module)
    return module


def moved(rebaseline: ModuleType, old: dict[str, float], new: dict[str, float]) -> list[str]:
    found = [f"{name}: only on one side" for name in old.keys() ^ new.keys()]
    for name in sorted(old.keys() & new.keys()):
        allowed = TOLERANCE * rebaseline.scale_of(name, old)
        if " weight of " in name:
            allowed = WEIGHT_TOLERANCE
        if abs(new[name] - old[name]) > allowed:
            found.append(f"{name}: {old[name]:.6g} → {new[name]:.6g}")
    return found


def test_calibration_agrees_with_its_reference(
    rebaseline: ModuleType, shipped_model: Model, calibrated_out: Path
) -> None:
    from vnjp_sim.runs import posterior_of

    posterior, _ = posterior_of(shipped_model, calibrated_out)
    reference = rebaseline.read_calibration()
    assert len(reference) > 100
    assert not moved(rebaseline, reference, rebaseline.calibration_numbers(posterior))


def test_every_calibrated_series_has_a_reference(
    rebaseline: ModuleType, shipped_model: Model
) -> None:
    reference = rebaseline.read_calibration()
    laws = set(shipped_model.parameters.laws)
    assert {law for law in laws if any(name.startswith(f"{law}.") for name in reference)} == laws


@pytest.mark.golden
@pytest.mark.parametrize("name", SHIPPED)
def test_scenario_agrees_with_its_reference(
    rebaseline: ModuleType, shipped_model: Model, calibrated_out: Path, name: str
) -> None:
    result = run_scenario(name, shipped_model, Options(), calibrated_out)
    reference = rebaseline.read_summary(name)
    assert len(reference) > 500
    assert not moved(rebaseline, reference, rebaseline.summary_numbers(result))


def test_a_moved_number_is_noticed(rebaseline: ModuleType) -> None:
    old = {"x.volatility mean": 0.10, "x.volatility sd": 0.02, "g weight of damped": 0.4}
    assert not moved(rebaseline, old, dict(old))
    assert moved(rebaseline, old, old | {"x.volatility mean": 0.1002})
    assert moved(rebaseline, old, old | {"x.volatility sd": 0.0202})
    assert moved(rebaseline, old, old | {"g weight of damped": 0.403})

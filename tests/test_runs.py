"""The Python interface: what it accepts, what it refuses, what the package shows."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import vnjp_sim as vj
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.value_checks import check_extremes


def test_horizon_as_text_and_as_years(calibrated_out: Path) -> None:
    asked: tuple[Any, ...] = ("2025:2027", (2025, 2027), [2025, 2027])
    for horizon in asked:
        runs = vj.run("base", draws=10, horizon=horizon, out=calibrated_out)
        assert runs.year.values.tolist() == [2025, 2026, 2027]


@pytest.mark.parametrize(
    ("horizon", "told"),
    [
        ("2025-2050", "horizon: '2025-2050' is not a span; write it as 2025:2050"),
        ("2050:2025", "horizon: the horizon 2050–2025 is not possible; "),
        ((2025,), "horizon: (2025,) is not a span of years; give (2025, 2050) or "),
        (2040, "horizon: 2040 is not a span of years; "),
        (("2025", "2050"), "horizon: ('2025', '2050') is not a span of years; "),
    ],
    ids=str,
)
def test_other_horizons_are_refused(horizon: Any, told: str, calibrated_out: Path) -> None:
    with pytest.raises(InputError) as refused:
        vj.run("base", draws=10, horizon=horizon, out=calibrated_out)
    assert str(refused.value).startswith(told)


def test_package_shows_its_names_and_version_alone() -> None:
    assert vj.__version__ == version("vnjp-sim")
    shown = [name for name in dir(vj) if not name.startswith("__")]
    assert shown == sorted(vj.__all__)
    assert "__version__" in dir(vj)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_values_without_meaning_are_not_stored(calibrated_out: Path, tmp_path: Path) -> None:
    prior = "macro_vn_growth_lasting: {fixed: 1e12}"
    file = tmp_path / "absurd.yml"
    file.write_text(
        f"name: absurd\ntitle: A case\nextends: base\nparameters:\n  {prior}\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="leads to impossible values") as refused:
        vj.run(file, draws=50, out=calibrated_out)
    assert "is not a finite number in some draw" in str(refused.value)
    assert not (calibrated_out / "absurd").exists()


def test_a_negative_amount_has_no_meaning(shipped_model: Model) -> None:
    base = prepare_scenario("base", shipped_model, Options())
    with pytest.raises(InputError, match=r"'trade_turnover' is -1 in some draw of 2030"):
        check_extremes(base, shipped_model, "trade_turnover", 2030, -1.0, 2.0)
    check_extremes(base, shipped_model, "trade_balance", 2030, -1.0, 2.0)

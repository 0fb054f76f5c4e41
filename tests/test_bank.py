"""The posterior on disk: what was saved comes back, ArviZ opens it, and gates hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.calibration.bank import FILE, calibration_hash, load_posterior
from vnjp_sim.calibration.diagnostics import GATE_EFFECTIVE, GATE_PARETO_K
from vnjp_sim.foundation.errors import CalibrationGateError
from vnjp_sim.sectors.growth import FORMS
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.model_data import Model, load_model


@pytest.fixture(scope="module")
def file(shipped_model: Model, calibrated_out: Path) -> Path:
    return posterior_of(shipped_model, calibrated_out)[1]


def test_every_group_passes_its_gates(posterior: Posterior) -> None:
    for group in posterior.groups:
        assert group.pareto_k <= GATE_PARETO_K, group.name
        assert group.effective >= GATE_EFFECTIVE, group.name
        assert sum(group.form_weights.values()) == pytest.approx(1.0)


def test_what_was_saved_comes_back(file: Path, posterior: Posterior) -> None:
    again = load_posterior(file)
    assert again.arrays.keys() == posterior.arrays.keys()
    for name, array in posterior.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array, err_msg=name)
    assert again.parameters == posterior.parameters
    assert again.groups == posterior.groups


def test_variables_have_units_and_scales(file: Path, posterior: Posterior) -> None:
    with xr.open_datatree(file, engine="h5netcdf") as tree:
        variables = tree["posterior"].to_dataset().data_vars
        known = {n: (v.attrs["units"], v.attrs["scale"]) for n, v in variables.items()}
    assert known.keys() == posterior.arrays.keys()
    for name, expected in {
        "trade_turnover.path": ("USD bn", "natural logarithm"),
        "trade_turnover.half_life": ("years", "linear"),
        "trade_balance_ratio.path": ("1", "natural logarithm"),
        "investment_stock.path": ("USD bn", "linear"),
        "investment_expand_intent.path": ("percent", "log odds"),
        "trade_exports_groups.path": ("1", "log ratio to the rest"),
        "oda_loan_share": ("share of commitments", "linear"),
        "security_vessels.level": ("vessels", "linear"),
    }.items():
        assert known[name] == expected, name


def test_parameters_are_missing_where_the_growth_form_does_not_use_them(
    posterior: Posterior,
) -> None:
    arrays = posterior.arrays
    logistic = arrays["trade_turnover.form"] == FORMS.index("logistic")
    assert 0 < logistic.sum() < logistic.size
    unused = {"trade_turnover.half_life": logistic, "trade_turnover.slowdown": ~logistic}
    for name, array in arrays.items():
        missing = np.isnan(array.astype(np.float64))
        np.testing.assert_array_equal(missing, unused.get(name, np.zeros(array.shape, bool)))
    for parameter in posterior.parameters:
        assert np.isfinite([parameter.mean, parameter.sd]).all(), parameter.name


def test_arviz_opens_the_file(file: Path, posterior: Posterior) -> None:
    import arviz_base

    with xr.open_datatree(file, engine="h5netcdf") as tree:
        assert {"posterior", "prior"} <= set(tree.children)
        stored = tree["posterior"].to_dataset()
        assert stored.sizes["chain"] == 1
        assert stored.sizes["draw"] == posterior.size
        names = ["trade_turnover.volatility", "trade_balance_ratio.equilibrium"]
        drawn = arviz_base.extract(arviz_base.convert_to_datatree(tree), var_names=names)
        for name in names:
            expected = posterior.arrays[name].mean()
            assert float(drawn[name].mean()) == pytest.approx(expected, rel=1e-9)


def test_file_tells_where_it_comes_from(file: Path, shipped_model: Model) -> None:
    with xr.open_datatree(file, engine="h5netcdf") as tree:
        manifest = json.loads(tree.attrs["manifest"])
    key = calibration_hash(shipped_model.evidence, shipped_model.parameters)
    assert manifest["calibration"] == key == file.parent.name
    assert file.name == FILE
    assert not manifest["gates_overridden"]


def test_failed_gate_writes_nothing(
    shipped_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vnjp_sim.calibration.diagnostics.GATE_PARETO_K", -9.0)
    with pytest.raises(CalibrationGateError, match="Pareto k") as failure:
        calibrate(shipped_model.evidence, shipped_model.parameters, sample_size=2_048)
    assert failure.value.exit_status == 3
    monkeypatch.setattr("vnjp_sim.simulation.calibrated.calibrate", _failing)
    monkeypatch.chdir(tmp_path)  # away from a stored calibration
    with pytest.raises(CalibrationGateError):
        posterior_of(load_model(), tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.nc"))


def _failing(*_args: object, **_options: object) -> Posterior:
    raise CalibrationGateError("a gate failed")


def test_summary_says_what_was_learnt(posterior: Posterior) -> None:
    by_name = {p.name: p for p in posterior.parameters}
    assert by_name["diplomacy_visits_to_japan.rate"].learnt
    assert not by_name["people_learners.volatility"].learnt
    moved = replace(by_name["people_learners.volatility"], mean=1.0)
    assert moved.learnt

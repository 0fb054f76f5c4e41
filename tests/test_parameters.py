"""Priors and laws: what is refused, with which words, and what a prior gives."""

from __future__ import annotations

import shutil
from pathlib import Path

import cases
import numpy as np
import pytest

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.distributions import Distribution, LogitNormal, LogNormal, Normal
from vnjp_sim.inputs.parameter_files import read_parameters
from vnjp_sim.inputs.parameters import GrowthLaw
from vnjp_sim.simulation.model_data import Model


@pytest.fixture
def models(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder with the shipped parameters, and the current folder."""
    shutil.copytree(repository / "models" / "parameters", tmp_path / "parameters")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(models: Path) -> InputError:
    with pytest.raises(InputError) as refused:
        read_parameters(models)
    return refused.value


@pytest.mark.fuzz
@pytest.mark.parametrize("name", cases.names("parameters"))
def test_bad_parameters_are_refused(name: str, models: Path) -> None:
    shutil.copy(cases.case("parameters", name), models / "parameters" / "extra.yml")
    cases.assert_refused(refusal(models), "parameters", name)


def test_faults_of_all_files_are_told_together(models: Path) -> None:
    for name in ("oda", "trade"):
        (models / "parameters" / f"{name}.yml").write_text("sector: [x]\n")
    assert {fault.place.file for fault in refusal(models).refusals} == {
        "parameters/oda.yml",
        "parameters/trade.yml",
    }


def test_growth_laws_take_the_pooled_priors_that_they_lack(shipped_model: Model) -> None:
    parameters = shipped_model.parameters
    learners = parameters.growth("people_learners")
    assert learners.half_life == parameters.single["pooled_half_life"]
    trade = parameters.growth("trade_turnover")
    assert trade.half_life != parameters.single["pooled_half_life"]
    growing = [law for law in parameters.laws.values() if isinstance(law, GrowthLaw)]
    assert all(law.initial_growth and law.long_run_growth for law in growing)


def test_a_law_of_another_kind_is_told(shipped_model: Model) -> None:
    with pytest.raises(InputError, match="trade_balance_ratio is a reverting law"):
        shipped_model.parameters.growth("trade_balance_ratio")
    with pytest.raises(InputError, match="trade_turnover is a growth law"):
        shipped_model.parameters.reverting("trade_turnover")


def test_every_shipped_number_has_its_unit_and_reference(shipped_model: Model) -> None:
    found = dict(shipped_model.parameters.all_parameters())
    assert list(found) == sorted(found)
    assert all(parameter.unit and parameter.reference for parameter in found.values())


@pytest.mark.parametrize(
    ("prior", "values", "lowest"),
    [
        (Distribution(normal=Normal(mean=2.0, sd=3.0)), [-1.0, 2.0, 5.0], -np.inf),
        (
            Distribution(lognormal=LogNormal(median=2.0, sigma=1.0)),
            [2.0 / np.e, 2.0, 2.0 * np.e],
            0.0,
        ),
        (
            Distribution(logit_normal=LogitNormal(median=0.5, sigma=1.0)),
            [1.0 / (1.0 + np.e), 0.5, np.e / (1.0 + np.e)],
            0.0,
        ),
        (Distribution(fixed=4.0), [4.0, 4.0, 4.0], 4.0),
    ],
)
def test_transform_of_scores(prior: Distribution, values: list[float], lowest: float) -> None:
    assert prior.transform(np.array([-1.0, 0.0, 1.0])) == pytest.approx(values)
    assert prior.lowest == lowest

"""What the tests share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.runs import Model, load_model, posterior_of

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 100 columns without colours, for tests of the command line."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def shipped_model() -> Model:
    """The shipped registry, evidence and parameters."""
    return load_model()


@pytest.fixture(scope="session")
def calibrated_out(shipped_model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder that holds the full calibration of the shipped models, and may hold runs."""
    out = tmp_path_factory.mktemp("results")
    _, bank = posterior_of(shipped_model, out)
    if not bank.is_relative_to(out):  # found in the results of the checkout
        shutil.copytree(bank.parent, out / "calibration" / bank.parent.name)
    return out


@pytest.fixture(scope="session")
def posterior(shipped_model: Model) -> Posterior:
    """The shipped models calibrated with fewer draws than a run would take."""
    return calibrate(
        shipped_model.evidence, shipped_model.parameters, sample_size=16_384, override_gates=True
    )


@pytest.fixture(scope="session")
def full_posterior(shipped_model: Model, calibrated_out: Path) -> Posterior:
    """The full calibration of the shipped models."""
    return posterior_of(shipped_model, calibrated_out)[0]

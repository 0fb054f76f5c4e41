"""A scenario model of the Vietnam–Japan partnership, calibrated on five documents."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from vnjp_sim.foundation.shown import answered_by

_HOMES = {
    "CalibrationGateError": "vnjp_sim.foundation.errors",
    "EnvironmentFailureError": "vnjp_sim.foundation.errors",
    "InputError": "vnjp_sim.foundation.errors",
    "Model": "vnjp_sim.simulation.model_data",
    "LeverPath": "vnjp_sim.inputs.lever_path",
    "Record": "vnjp_sim.living_record",
    "Posterior": "vnjp_sim.calibration",
    "Scenario": "vnjp_sim.inputs.scenario",
    "Session": "vnjp_sim.session",
    "VnjpSimError": "vnjp_sim.foundation.errors",
    "Attribution": "vnjp_sim.analysis.attribution",
    "Budget": "vnjp_sim.analysis.uncertainty_budget",
    "Comparison": "vnjp_sim.analysis.comparison",
    "attribute": "vnjp_sim.api",
    "catalogue": "vnjp_sim.references",
    "cite": "vnjp_sim.references",
    "compare": "vnjp_sim.api",
    "discover": "vnjp_sim.decisions",
    "history": "vnjp_sim.api",
    "link_losses": "vnjp_sim.api",
    "load_model": "vnjp_sim.simulation.model_data",
    "lookup": "vnjp_sim.decisions",
    "new_scenario": "vnjp_sim.simulation.scenario_objects",
    "posterior_of": "vnjp_sim.simulation.calibrated",
    "pulse": "vnjp_sim.inputs.path_functions",
    "ramp": "vnjp_sim.inputs.path_functions",
    "reach": "vnjp_sim.decisions",
    "record": "vnjp_sim.living_record",
    "regret": "vnjp_sim.decisions",
    "run": "vnjp_sim.api",
    "scenario": "vnjp_sim.simulation.scenario_objects",
    "sensitivity": "vnjp_sim.decisions",
    "series": "vnjp_sim.inputs.path_functions",
    "step": "vnjp_sim.inputs.path_functions",
    "sweep": "vnjp_sim.api",
    "target_probabilities": "vnjp_sim.api",
    "trace": "vnjp_sim.references",
    "uncertainty_budget": "vnjp_sim.api",
}

answered_by(lambda: import_module("vnjp_sim.notebook"))

__all__ = sorted(_HOMES)  # noqa: PLE0605 - a list of text, built from the one place that has it


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "__version__":
        return import_module("importlib.metadata").version("vnjp-sim")
    raise AttributeError(f"module 'vnjp_sim' has no attribute '{name}'")


def __dir__() -> list[str]:
    special = [name for name in globals() if name.startswith("__")]
    return sorted([*special, "__version__", *_HOMES])

"""Outcomes of a scenario and of its parts, all over the same random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.players import Player, sub_scenario
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.ensemble import Ensemble, project
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import Options, ensemble_of, inputs_of

FloatArray = NDArray[np.float64]
Outcomes = Mapping[str, FloatArray]

ROUNDING = 1e-13
"""What is smaller than this part of the largest is rounding error: zero."""


@dataclass(frozen=True)
class Game:
    """The sub-scenarios that take over some players of a scenario; `indicators` are kept."""

    posterior: Posterior
    scenario: Scenario
    model: Model
    options: Options
    players: tuple[Player, ...]
    indicators: Sequence[str] | None

    def outcome(self, chosen: frozenset[int]) -> dict[str, FloatArray]:
        """Return (year, draw) by indicator for the sub-scenario that takes over some players."""
        taken = [self.players[index] for index in sorted(chosen)]
        inputs = inputs_of(sub_scenario(self.scenario, taken), self.model)
        ensemble = ensemble_of(self.scenario, self.model, self.options)
        if not taken:
            ensemble = replace(ensemble, baseline=None)
        return self.kept(replace(ensemble, inputs=inputs))

    def kept(self, ensemble: Ensemble) -> dict[str, FloatArray]:
        """Return the arrays of the indicators that were asked for."""
        arrays = project(self.posterior, ensemble, workers=self.options.workers)
        for name in self.indicators or ():
            if name not in arrays:
                raise InputError.single(name, "is not projected", did_you_mean(name, arrays))
        return {name: arrays[name] for name in self.indicators or arrays}

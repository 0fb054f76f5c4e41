"""One indicator in one year under many scenarios, over the same draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.value_checks import check_values

FloatArray = NDArray[np.float64]


def outcomes(
    projector: Projector, scenarios: Sequence[Scenario], indicator: str, year: int
) -> FloatArray:
    """Return an indicator in a year under each scenario, (scenario, draw).

    One batch: what scenarios have in common is computed once. They begin in the same year.

    Raises
    ------
    InputError
        The indicator is not projected, or a scenario leads to impossible values.
    """
    variants = [projector.variant(scenario) for scenario in scenarios]
    batch = projector.batch(variants, scenarios[0].start, year, [indicator])
    values = np.empty((len(scenarios), projector.options.draws))
    for places, projected in projector.parts(batch):
        for number, place in enumerate(places):
            arrays = projected.of(number)
            check_values(arrays, scenarios[place], projector.model)
            values[place] = arrays[indicator][-1]
    return values

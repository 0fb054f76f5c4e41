"""Values that no quantity can have are refused before anything is stored."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]


def check_values(arrays: Mapping[str, FloatArray], scenario: Scenario, model: Model) -> None:
    """Refuse values that no quantity can have; raises InputError, nothing is stored.

    Each number of a scenario is in its range; together, or with priors far from the shipped ones,
    they may still lead beyond what floating-point numbers hold.
    """
    for name, array in arrays.items():
        least, most = array.min(axis=1), array.max(axis=1)  # NaN if one value is
        for year, ends in enumerate(zip(least.tolist(), most.tolist(), strict=True)):
            check_extremes(scenario, model, name, scenario.start + year, *ends)


def check_extremes(
    scenario: Scenario, model: Model, name: str, year: int, least: float, most: float
) -> None:
    """Refuse an indicator whose least or greatest draw of a year it cannot have; see above."""
    if not (math.isfinite(least) and math.isfinite(most)):
        what = "is not a finite number"
    elif least < 0.0 and model.registry.indicators[name].sign != "any":
        what = f"is {exact(least)}"
    else:
        return
    raise InputError.single(
        scenario.file,
        f"the scenario leads to impossible values: '{name}' {what} in some draw of {year}",
        "use less extreme levers, events or priors",
    )

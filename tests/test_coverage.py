"""Intervals of the calibrated model hold as many truths as they say, on thousands of series.

The full size (4,000 series a seed) runs with

    python -m pytest tests/test_coverage.py --full --processes 2
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from scipy import stats

from vnjp_sim.scoring.scores import COVERAGES, inside
from vnjp_sim.scoring.skill import own_probabilities
from vnjp_sim.scoring.synthetic import growth_laws
from vnjp_sim.simulation.model_data import Model

pytestmark = [pytest.mark.calibration, pytest.mark.slow]

SMALL, FULL = 60, 4_000
ALLOWED = {0.5: 0.020, 0.8: 0.016, 0.9: 0.012, 0.95: 0.009}
"""Departures allowed with 4,000 series: about two and a half standard errors."""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_intervals_hold_as_many_truths_as_they_say(
    seed: int,
    shipped_model: Model,
    sized: Callable[[int, int], int],
    processes: int,
    prove: Callable[[str, Mapping[str, Any]], None],
) -> None:
    count = sized(SMALL, FULL)
    laws = growth_laws(shipped_model.parameters, shipped_model.registry)
    below = own_probabilities(count, laws, seed, processes)
    found = {level: float(inside(below, level).mean()) for level in COVERAGES}
    counts, _ = np.histogram(below, bins=10, range=(0.0, 1.0))
    even = float(stats.kstest(below, "uniform").pvalue)
    figures = {"seed": seed, "series": count, "coverage": found, "pit": counts.tolist()}
    prove(f"coverage_{seed}", figures | {"kolmogorov_smirnov": even})
    wider = 1.3 * max(1.0, np.sqrt(FULL / count)) if count < FULL else 1.0
    for level, share in found.items():
        assert share == pytest.approx(level, abs=ALLOWED[level] * wider), figures

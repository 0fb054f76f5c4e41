"""One variant run over one block of draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.links import Link
from vnjp_sim.simulation.engine import Block, run_block
from vnjp_sim.simulation.variants import ScenarioInputs, Variant, layout_of

FloatArray = NDArray[np.float64]


def run_one(
    posterior: Posterior,
    start: int,
    end: int,
    inputs: ScenarioInputs,
    reference: ScenarioInputs | None,
    links: Mapping[str, Link],
    streams: RandomStreams,
    allocate: Callable[[str], FloatArray] | None = None,
) -> dict[str, FloatArray]:
    """Return (year, draw) arrays by indicator of a variant."""
    layout = layout_of([Variant(inputs, reference)], links, posterior.arrays.keys())
    shape = (end - start + 1, streams.size)
    arrays: dict[str, FloatArray] = {}
    run_block(
        posterior,
        Block(start, end, layout, links, streams),
        lambda name, _row: arrays.setdefault(
            name, np.empty(shape) if allocate is None else allocate(name)
        ),
    )
    return arrays

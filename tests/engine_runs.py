"""One variant run over one block of draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.links import Link
from vnjp_sim.sectors.couplings import Couplings
from vnjp_sim.simulation.engine import Block, run_block
from vnjp_sim.simulation.layout import layout_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.scenario_inputs import ScenarioInputs
from vnjp_sim.simulation.variants import Variant

FloatArray = NDArray[np.float64]

BY_CHANCE = "by_chance"
WRITTEN = (
    f"{{extends: base, name: {BY_CHANCE}, title: More workers and a stop that may come, "
    "levers: {labour_skilled_intake: {path: ramp, from: 2026, to: 2030, multiply: 2.0}, "
    "oda_commitments: {path: step, from: 2026, multiply: 2.0, when: trade_turnover above 47}}, "
    "events: [{on: 2026-04-01, type: demand_shock, percent: 25, recovery: 1, chance: 0.5}]}"
)
"""A scenario with a lever, one that waits, and a chance, which all act by 2026; its name."""


def with_links(model: Model, links: Mapping[str, Link] | None = None) -> Couplings:
    """Return the couplings of a model with other links, none by default."""
    return replace(model.couplings, links=links or {})


def run_one(
    posterior: Posterior,
    start: int,
    end: int,
    inputs: ScenarioInputs,
    reference: ScenarioInputs | None,
    couplings: Couplings,
    streams: RandomStreams,
    allocate: Callable[[str], FloatArray] | None = None,
    cut: frozenset[str] = frozenset(),
) -> dict[str, FloatArray]:
    """Return (year, draw) arrays by indicator of a variant."""
    layout = layout_of(
        [Variant(inputs, reference, cut)], couplings, posterior.course, posterior.arrays.keys()
    )
    shape = (end - start + 1, streams.size)
    arrays: dict[str, FloatArray] = {}
    run_block(
        posterior,
        Block(start, end, layout, couplings, streams),
        lambda name, _row: arrays.setdefault(
            name, np.empty(shape) if allocate is None else allocate(name)
        ),
    )
    return arrays

"""Projections of scenarios side by side, as plain arrays.

What is computed of them needs no dataset: to load xarray and to build one of a hundred indicators
takes longer than to project three scenarios. Whoever asks for the dataset gets it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.vocabulary import DRAW, SCENARIO, YEAR
from vnjp_sim.simulation.pairing import scenario_names
from vnjp_sim.simulation.projection_file import Projection, gather

if TYPE_CHECKING:
    import xarray as xr

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Projections:
    """Projections of scenarios over the same draws.

    Attributes
    ----------
    scenarios : tuple[str, ...]
        Their names.
    years : tuple[int, ...]
        Of all of them.
    draws : int
        How many.
    arrays : Mapping[str, Sequence[FloatArray]]
        By indicator, for each scenario (year, draw).
    make : Callable[[], xr.Dataset]
        Returns the same as a dataset, dims (scenario, year, draw).
    """

    scenarios: tuple[str, ...]
    years: tuple[int, ...]
    draws: int
    arrays: Mapping[str, Sequence[FloatArray]]
    make: Callable[[], xr.Dataset]

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The dataset, dims (scenario, year, draw), made when first asked for."""
        return self.make()

    def of(self, scenario: str, indicator: str) -> FloatArray:
        """Return an indicator in a scenario, (year, draw)."""
        return self.arrays[indicator][self.scenarios.index(scenario)]

    def only(self, indicators: Sequence[str]) -> Projections:
        """Return the projections of some indicators."""
        some = {name: self.arrays[name] for name in indicators}
        return replace(self, arrays=some, make=lambda: self.dataset[list(indicators)])

    def beside(self, scenarios: Sequence[str]) -> Projections:
        """Return the projections of some scenarios, in this order."""
        places = [self.scenarios.index(name) for name in scenarios]
        some = {name: [rows[place] for place in places] for name, rows in self.arrays.items()}
        return replace(
            self,
            scenarios=tuple(scenarios),
            arrays=some,
            make=lambda: self.dataset.sel({SCENARIO: list(scenarios)}),
        )


def from_dataset(runs: xr.Dataset) -> Projections:
    """Return what a dataset holds, dims (scenario, year, draw) in this order."""
    return Projections(
        tuple(scenario_names(runs)),
        tuple(int(year) for year in runs[YEAR].to_numpy()),
        runs.sizes[DRAW],
        {str(name): list(array.to_numpy()) for name, array in runs.data_vars.items()},
        lambda: runs,
    )


def from_parts(parts: Sequence[Projection]) -> Projections | None:
    """Return projections of the same indicators and draws, in the years that all have.

    None if they are not alike, or have no year in common.
    """
    first = max(part.start for part in parts)
    end = min(part.start + part.shape[0] for part in parts)
    if first >= end or len({(part.shape[1], *part.arrays) for part in parts}) > 1:
        return None
    spans = [slice(first - part.start, end - part.start) for part in parts]
    return Projections(
        tuple(part.scenario for part in parts),
        tuple(range(first, end)),
        parts[0].shape[1],
        {
            name: [part.arrays[name][span] for part, span in zip(parts, spans, strict=True)]
            for name in parts[0].arrays
        },
        lambda: gather(parts).sel({YEAR: slice(first, end - 1)}),
    )

"""What a sector starts from: a block of draws, and what one variant does to it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.random_streams import Group, Kind
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.sectors.block import BlockContext, PosteriorSample, SharedNumbers
from vnjp_sim.sectors.central_course import CentralCourse
from vnjp_sim.sectors.controls import Controls

FloatArray = NDArray[np.float64]

MOST_PRIORS_KEPT = 8
"""So many priors of one name, which variants may replace, keep their draws in a block."""


@dataclass(frozen=True)
class SectorContext:
    """What a sector of one variant starts from.

    Attributes
    ----------
    block : BlockContext
        What it shares with the other variants.
    parameters : Mapping[str, Parameter]
        Priors that no figure bears on.
    controls : Controls
        What the variant does.
    """

    block: BlockContext
    parameters: Mapping[str, Parameter]
    controls: Controls = field(default_factory=Controls)

    @property
    def sample(self) -> PosteriorSample:
        """Posterior values of the block's draws."""
        return self.block.sample

    @property
    def streams(self) -> SharedNumbers:
        """The block's random numbers, for reading alone."""
        return self.block.streams

    @property
    def first_year(self) -> int:
        """The first year that the engine closes."""
        return self.block.first_year

    @property
    def course(self) -> CentralCourse:
        """What the macro indicators depart from: one fixed path, the same in every draw."""
        return self.block.course

    @property
    def first_years(self) -> Mapping[str, int]:
        """First year of each calibrated path."""
        return self.block.first_years

    @property
    def last_history(self) -> int:
        """The last year of the calibrated paths."""
        return self.block.last_history

    def has(self, *names: str) -> bool:
        """Whether the calibration holds every one of the names."""
        return all(name in self.block.sample for name in names)

    def value(self, name: str) -> FloatArray:
        """Return a posterior value, (draw,)."""
        return self.block.sample.value(name)

    def history(self, name: str, year: int) -> FloatArray | None:
        """Return `<name>.path` in a year of history, (draw,) or (group, draw); None outside it."""
        row = year - self.block.first_years[f"{name}.path"]
        if year > self.block.last_history or row < 0:
            return None
        return self.block.sample.path(f"{name}.path", row)

    def last(self, name: str) -> FloatArray:
        """Return `<name>.path` in the last year of history, (draw,) or (group, draw)."""
        return self.block.sample.path(f"{name}.path", -1)

    @property
    def years_ahead(self) -> range:
        """The years after history that the engine closes."""
        return range(self.last_history + 1, self.block.last_year + 1)

    def normals(
        self, name: str, first: int | None = None, out: FloatArray | None = None
    ) -> FloatArray:
        """Return standard normals of all years from `first` on, (year, draw); in `out` if given.

        By default of the years after history. They are the caller's own.
        """
        return self._by_year("normal", name, first, out)

    def uniforms(self, name: str, first: int | None = None) -> FloatArray:
        """Return uniforms on [0, 1) of all years, as :meth:`normals`."""
        return self._by_year("uniform", name, first)

    def _by_year(
        self,
        kind: Kind,
        name: str,
        first: int | None,
        out: FloatArray | None = None,
    ) -> FloatArray:
        years = self.years_ahead if first is None else range(first, self.block.last_year + 1)
        numbers = self.block.memory.rows(len(years), self.streams.size) if out is None else out
        self.block.streams.streams.fill(kind, name, years, numbers)
        return numbers

    def shocks(self, name: str, first: int | None = None) -> FloatArray:
        """Return standard normal shocks of all years from `first` on, (year, draw).

        By default of the years after history. A shock is ρ F + √(1 − ρ²) e with one common factor F
        a year for all sectors and the loading ρ of the sector, so that its own spread is what it
        would be without F.
        """
        first = self.years_ahead.start if first is None else first
        shocks = self.normals(name, first)
        loading = self.loading(name)
        if loading != 0.0:
            key = ("common", self._seed("process"), loading, first)
            shocks *= np.sqrt(1.0 - loading**2)
            shocks += self.block.shared(key, lambda: loading * self._common_from(first))
        return shocks

    def shock(self, name: str, year: int) -> FloatArray:
        """Return the shocks of one year, (draw,), see :meth:`shocks`."""
        own, loading = self.streams.normal(name, year), self.loading(name)
        if loading == 0.0:
            return own
        row, factors = year - self.first_year, self._common()
        known = 0 <= row < len(factors)
        common = factors[row] if known else self.streams.normal("common", year)
        return np.asarray(own * np.sqrt(1.0 - loading**2) + loading * common)

    def _common(self) -> FloatArray:
        """Return the common factor of the years that the engine closes, (year, draw)."""
        key = ("common", self._seed("process"))
        return self.block.shared(key, lambda: self.normals("common", self.first_year))

    def _common_from(self, first: int) -> FloatArray:
        if first < self.first_year:
            return self.normals("common", first)
        return self._common()[first - self.first_year :]

    def loading(self, shock: str) -> float:
        """Return the loading of the common factor that a sector's shocks have."""
        parameter = self.parameters.get(common_loading(shock))
        fixed = None if parameter is None else parameter.prior.fixed
        return fixed or 0.0

    @property
    def seeds(self) -> tuple[int, int]:
        """The seeds that laws follow from."""
        return self._seed("calibrated"), self._seed("process")

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """The seeds of all groups of random numbers."""
        return tuple(self._seed(group) for group in get_args(Group))

    def _seed(self, group: Group) -> int:
        return self.block.streams.streams.seed_of(group)

    def drawn_key(self, name: str) -> tuple[Hashable, ...]:
        """Return what tells the departures of a macro quantity from those of other variants."""
        own = [self.parameters.get(f"{name}_{part}") for part in ("lasting", "shock", "current")]
        seeds = [self._seed(one.grade) for one in own if one is not None]
        priors = [one.prior for one in own if one is not None]
        return (name, *priors, *seeds, self._seed("process"), self.loading(name))

    def drawn(self, name: str) -> FloatArray:
        """Draw a parameter that no figure bears on, (draw,), by its own keyed stream."""
        parameter = self.parameters[name]
        key = ("drawn", name, self._seed(parameter.grade))
        drawn = self.block.shared(key, list[tuple[Parameter, FloatArray]])
        for known, values in drawn:
            if known is parameter:
                return values
        score = self.streams.normal(f"parameter.{name}", group=parameter.grade)
        values = parameter.prior.transform(score)
        values.flags.writeable = False
        del drawn[MOST_PRIORS_KEPT - 1 :]
        drawn.append((parameter, values))
        return values


def common_loading(shock: str) -> str:
    """Return the name of the prior by which a shock has a part that is common to all sectors."""
    return f"common_loading_{shock.partition('_')[0]}"

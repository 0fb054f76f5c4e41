"""What a sector starts from: a block of draws, and what one variant does to it.

Variants of a block share its rows of the posterior, its random numbers and the paths of its laws,
which no scenario moves: all of these are made once and are for reading alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.array_memory import ArrayMemory
from vnjp_sim.foundation.random_streams import Group, Kind, RandomStreams
from vnjp_sim.inputs.levers import LeverPath
from vnjp_sim.inputs.links import Link
from vnjp_sim.inputs.money import converted
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.central_course import CentralCourse
from vnjp_sim.sectors.couplings import Couplings, coefficient
from vnjp_sim.sectors.link_effects import LinkEffects

FloatArray = NDArray[np.float64]
Made = TypeVar("Made")

MOST_PRIORS_KEPT = 8
"""So many priors of one name, which variants may replace, keep their draws in a block."""


class PosteriorSample:
    """The rows of the posterior that a block's draws take, fetched when first asked for.

    Parameters
    ----------
    arrays : Mapping[str, NDArray[np.generic]]
        The posterior's arrays, rows on the last axis.
    rows : NDArray[np.intp]
        (draw,) the row of each draw.
    memory : ArrayMemory | None
        Where the values are kept; memory of its own if None.
    """

    def __init__(
        self,
        arrays: Mapping[str, NDArray[np.generic]],
        rows: NDArray[np.intp],
        memory: ArrayMemory | None = None,
    ) -> None:
        self.arrays = arrays
        self.rows = rows
        self.memory = memory or ArrayMemory()
        self._fetched: dict[str, FloatArray] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def value(self, name: str) -> FloatArray:
        """Return a value of each draw, (draw,)."""
        if name not in self._fetched:
            self._fetched[name] = self._taken(self.arrays[name])
        return self._fetched[name]

    def path(self, name: str, year: int) -> FloatArray:
        """Return one year of a path, (draw,) or (group, draw); `year` counts from its first."""
        return self._taken(self.arrays[name][..., year, :])

    def _taken(self, held: NDArray[np.generic]) -> FloatArray:
        """Return the rows of the draws, (…, draw), of values that the posterior holds."""
        if held.dtype != np.float64 or held.ndim > 1:
            return held.take(self.rows, axis=-1, mode="clip").astype(np.float64, copy=False)
        if 8 * self.rows.size > held.size:
            held = held.copy()  # brings them near in their order, which is faster than one by one
        return held.take(self.rows, mode="clip", out=self.memory.row(self.rows.size))


@dataclass
class SharedNumbers:
    """Random numbers that several variants read, kept while they may be asked for again.

    Attributes
    ----------
    streams : RandomStreams
        The block's random numbers.
    kept : bool
        Whether numbers are kept until the next year; else each is asked for once.
    """

    streams: RandomStreams
    kept: bool
    numbers: dict[Hashable, FloatArray] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of draws."""
        return self.streams.size

    def normal(self, name: str, year: int = 0, group: Group = "process") -> FloatArray:
        """Return standard normals, (draw,), of the stream `name` in `year`."""
        return self._shared("normal", self.streams.normal, name, year, group)

    def uniform(self, name: str, year: int = 0, group: Group = "process") -> FloatArray:
        """Return uniforms on [0, 1), (draw,), of the stream `name` in `year`."""
        return self._shared("uniform", self.streams.uniform, name, year, group)

    def _shared(
        self,
        kind: str,
        make: Callable[[str, int, Group], FloatArray],
        name: str,
        year: int,
        group: Group,
    ) -> FloatArray:
        if not self.kept:
            return make(name, year, group)
        key = (kind, name, year, self.streams.seed_of(group))
        if key not in self.numbers:
            self.numbers[key] = make(name, year, group)
            self.numbers[key].flags.writeable = False
        return self.numbers[key]


@dataclass(frozen=True)
class BlockContext:
    """What all variants of a block of draws share that have the same seeds.

    Attributes
    ----------
    sample : PosteriorSample
        Posterior values of the block's draws.
    first_years : Mapping[str, int]
        First year of each path.
    last_history : int
        Last year of the paths.
    origins, plateaus : Mapping[str, float]
        Of the growth laws, see :class:`growth.GrowthParameters`.
    couplings : Couplings
        What drives the baseline.
    streams : SharedNumbers
        The block's random numbers.
    first_year : int
        The first year that the engine closes.
    last_year : int
        The last year that the engine closes.
    made : dict[Hashable, object]
        What sectors of several variants use alike, such as laws in motion; also those of other
        seeds, which stand in the keys.
    memory : ArrayMemory
        Memory for arrays that are used up to the end of the block.
    course : CentralCourse
        What the macro indicators depart from.
    """

    sample: PosteriorSample
    first_years: Mapping[str, int]
    last_history: int
    origins: Mapping[str, float]
    plateaus: Mapping[str, float]
    couplings: Couplings
    streams: SharedNumbers
    first_year: int
    last_year: int
    made: dict[Hashable, object] = field(default_factory=dict)
    memory: ArrayMemory = field(default_factory=ArrayMemory)
    course: CentralCourse = field(default_factory=CentralCourse)

    def last_figure(self, law: str) -> int:
        """Return the last year of the figures of a growth law; the last of history for others."""
        if law not in self.plateaus:
            return self.last_history
        return math.ceil(self.origins[law] + self.plateaus[law] - 1e-9) - 1

    def coefficient(self, name: str, link: Link | None = None) -> FloatArray:
        """Return the coefficient of a link, (draw,); of another size if `link` is given."""
        known, streams = link or self.couplings.links[name], self.streams.streams
        grades = (known.grade, *(parameter.grade for parameter in known.coefficients.values()))
        seeds = tuple(streams.seed_of(grade) for grade in grades)
        key = ("link", name, seeds, link and link.model_dump_json())
        return self.shared(key, lambda: coefficient(name, known, streams))

    def shared(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what variants have in common, made when first asked for under its key.

        All that it follows from, beside the block, must be in the key.
        """
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]  # type: ignore[return-value] # what `make` gave


@dataclass(frozen=True)
class Controls:
    """What a variant does to a sector: levers, events, and links on deviations.

    `effects` is None where no link acts. `rates` holds the yen for a dollar, (draw,), of each year
    that closes, where amounts of money need it.
    """

    levers: Mapping[str, LeverPath] = field(default_factory=dict)
    events: tuple[ScenarioEvent, ...] = ()
    effects: LinkEffects | None = None
    rates: dict[int, FloatArray] = field(default_factory=dict)

    def steer(self, lever: str, year: int, value: FloatArray) -> FloatArray:
        """Return a law's value of a year as the scenario steers it, (draw,)."""
        path = self.levers.get(lever)
        return value if path is None else path.apply(value, year, self.rates.get(year))

    def money(self, event: ScenarioEvent, name: str, year: int) -> FloatArray | float:
        """Return a field of an event that may be money, at the yen's rate of a closed year.

        It is in the unit of the field, (draw,) or one number.
        """
        return converted(event.stated(name), self.rates.get(year))

    def exposure(self, lever: str, year: int, size: int) -> FloatArray | None:
        """Return what a lever makes of an exposure of one, (draw,); None where it does nothing."""
        if lever not in self.levers:
            return None
        ones = np.ones(size)
        moved = self.steer(lever, year, ones)
        return None if moved is ones else moved

    def share(self, lever: str, year: int, usual: FloatArray) -> FloatArray | None:
        """Return the part of what is usual that a lever leaves, (draw,); None where all is left.

        For quantities that are moved in proportion, `usual` is positive.
        """
        path = self.levers.get(lever)
        if path is None or path.operation == "multiply":
            return self.exposure(lever, year, len(usual))
        moved = self.steer(lever, year, usual)
        return None if moved is usual else np.maximum(moved, 0.0) / usual

    def caps(self, lever: str) -> bool:
        """Whether a lever is a ceiling."""
        return lever in self.levers and self.levers[lever].operation == "at_most"

    def act(self, response: str, year: int, value: FloatArray, *, add: bool = True) -> FloatArray:
        """Return a response of a year with the effects of its links, (draw,).

        Without `add`, of what moves in proportion to it.
        """
        return value if self.effects is None else self.effects.act(response, year, value, add=add)

    def of_type(self, *types: str) -> tuple[ScenarioEvent, ...]:
        """Return the events of some types, in the order of their content."""
        if not self.events:
            return ()
        return tuple(event for event in self.events if event.type in types)


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

"""What a calibration knows of each law: one type for each kind of law.

Every array has the draws on its last axis. A parameter that a draw's growth form does not use is
NaN in that draw. On disk, and in :class:`~vnjp_sim.calibration.Posterior`, an array is named
`<law>.<field>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Array = NDArray[np.generic]

LINEAR = "linear"
LOG, LOG_RATIO, LOG_ODDS = "natural logarithm", "log ratio to the rest", "log odds"


@dataclass(frozen=True)
class LawPosterior:
    """What is known of one law, a draw at a time."""

    scales: ClassVar[Mapping[str, str]] = {}
    """Scales of the fields that are not linear."""

    @property
    def arrays(self) -> dict[str, Array]:
        """The fields with draws, by name; those that the law does not have are left out."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    def named(self, law: str) -> dict[str, Array]:
        """Return the arrays by the names under which they are stored."""
        return {f"{law}.{name}": array for name, array in self.arrays.items()}

    def named_scales(self, law: str) -> dict[str, str]:
        """Return the scale of each array by the name under which it is stored."""
        return {f"{law}.{name}": self.scales.get(name, LINEAR) for name in self.arrays}

    def take(self, rows: NDArray[np.intp]) -> LawPosterior:
        """Return the draws in `rows`."""
        taken = {name: array.take(rows, axis=-1) for name, array in self.arrays.items()}
        return self.holding(taken)

    def holding(self, arrays: Mapping[str, Array]) -> LawPosterior:
        """Return the posterior with other draws."""
        change: Callable[..., LawPosterior] = replace
        return change(self, **arrays)


@dataclass(frozen=True)
class GrowthPosterior(LawPosterior):
    """Of a growth law.

    Attributes
    ----------
    path : FloatArray
        (year, draw)
        Log levels of history.
    permanent : FloatArray
        (draw,)
        The last log level without transitory shocks.
    form : NDArray[np.int8]
        (draw,)
        Index into :data:`~vnjp_sim.sectors.growth.FORMS`.
    initial_growth, long_run_growth : FloatArray
        (draw,)
        Log points a year.
    volatility, transitory
        (draw,)
        Standard deviations of permanent (or fading) and transitory shocks, in log points.
    half_life : FloatArray | None
        (draw,)
        Years in which excess growth halves; NaN where the form is logistic.
    slowdown : FloatArray | None
        (draw,)
        Years from the origin to the middle of the slowdown; NaN where the form is not logistic.
    departure, departure_half_life : FloatArray | None
        (draw,)
        Of a law whose shocks fade: what the last log level departs from the mean path, and the
        years in which that halves.
    origin, plateau : float
        When growth starts, a decimal year, and the years from then to the last figure.
    """

    scales: ClassVar[Mapping[str, str]] = {"path": LOG, "permanent": LOG}

    path: FloatArray
    permanent: FloatArray
    form: NDArray[np.int8]
    initial_growth: FloatArray
    long_run_growth: FloatArray
    volatility: FloatArray
    half_life: FloatArray | None
    slowdown: FloatArray | None
    transitory: FloatArray | None
    departure: FloatArray | None
    departure_half_life: FloatArray | None
    origin: float
    plateau: float


@dataclass(frozen=True)
class RevertingPosterior(LawPosterior):
    """Of a reverting law: log levels, or a ratio's logarithm.

    Attributes
    ----------
    path, permanent : FloatArray
        (year, draw), (draw,)
        History, and its last year.
    equilibrium, spread : FloatArray
        (draw,)
        What it returns to, and its stationary standard deviation, on the scale of the path.
    half_life : FloatArray
        (draw,)
        Years in which a deviation halves.
    origin : float
        When the path starts, a decimal year.
    """

    scales: ClassVar[Mapping[str, str]] = {"path": LOG, "permanent": LOG, "equilibrium": LOG}

    path: FloatArray
    permanent: FloatArray
    equilibrium: FloatArray
    spread: FloatArray
    half_life: FloatArray
    origin: float


@dataclass(frozen=True)
class StockPosterior(LawPosterior):
    """Of a stock that accumulates from a law's flow: its levels at the ends of years."""

    path: FloatArray


@dataclass(frozen=True)
class SharesPosterior(LawPosterior):
    """Of the shares of a whole.

    Attributes
    ----------
    groups : tuple of str
        The indicators that have a share; the rest has none of its own.
    path : FloatArray
        (group, year, draw)
        Log ratios of each to the rest.
    equilibrium : FloatArray
        (group, draw)
        What each log ratio returns to. It is stored as `<group>.equilibrium`.
    spread, half_life : FloatArray
        (draw,)
        Of all ratios.
    """

    scales: ClassVar[Mapping[str, str]] = {"path": LOG_RATIO}

    groups: tuple[str, ...]
    path: FloatArray
    equilibrium: FloatArray
    spread: FloatArray
    half_life: FloatArray

    def named(self, law: str) -> dict[str, Array]:
        """Return the arrays by the names under which they are stored."""
        own = super().named(law)
        del own[f"{law}.equilibrium"]
        return own | {
            f"{group}.equilibrium": row
            for group, row in zip(self.groups, self.equilibrium, strict=True)
        }

    def named_scales(self, law: str) -> dict[str, str]:
        """Return the scale of each array by the name under which it is stored."""
        scales = dict.fromkeys(self.named(law), LINEAR) | {f"{law}.path": LOG_RATIO}
        return scales | {f"{group}.equilibrium": LOG_RATIO for group in self.groups}


@dataclass(frozen=True)
class PercentPosterior(LawPosterior):
    """Of a share in percent.

    Attributes
    ----------
    path, permanent : FloatArray
        (year, draw), (draw,)
        Log odds in history, and in its last year.
    equilibrium : FloatArray
        (draw,)
        The share that it returns to, between 0 and 1.
    spread, half_life : FloatArray
        (draw,)
        Stationary standard deviation in log odds; years.
    """

    scales: ClassVar[Mapping[str, str]] = {"path": LOG_ODDS, "permanent": LOG_ODDS}

    path: FloatArray
    permanent: FloatArray
    equilibrium: FloatArray
    spread: FloatArray
    half_life: FloatArray


@dataclass(frozen=True)
class CountPosterior(LawPosterior):
    """Of counts.

    Attributes
    ----------
    rate, dispersion : FloatArray
        (draw,)
        Counts a year or an occasion, and their overdispersion in log points.
    beside : mapping
        (draw,) each, the same in all draws: `since_0` and so on, the years since which an event
        takes place every year besides; `known` events of `known_year`, and the `rest` of that year
        that was still to come when they were told.
    """

    rate: FloatArray
    dispersion: FloatArray
    beside: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def arrays(self) -> dict[str, Array]:
        """The fields with draws, by name."""
        return {**super().arrays, **self.beside}

    def holding(self, arrays: Mapping[str, Array]) -> CountPosterior:
        """Return the posterior with other draws."""
        own = {name: np.asarray(array, np.float64) for name, array in arrays.items()}
        return CountPosterior(own.pop("rate"), own.pop("dispersion"), own)


@dataclass(frozen=True)
class AccrualPosterior(LawPosterior):
    """Of a number that only grows.

    Attributes
    ----------
    path : FloatArray
        (year, draw)
        The number at the ends of years.
    rate, years : FloatArray
        (draw,)
        Arrivals a year, and the years in which the first documented number came together.
    """

    path: FloatArray
    rate: FloatArray
    years: FloatArray


@dataclass(frozen=True)
class ValuePosterior(LawPosterior):
    """Of a single number, (draw,): it is stored under its own name."""

    value: FloatArray

    def named(self, law: str) -> dict[str, Array]:
        """Return the number by its name."""
        return {law: self.value}

    def named_scales(self, law: str) -> dict[str, str]:
        """Return the scale of the number by its name."""
        return {law: LINEAR}


@dataclass(frozen=True)
class LastFigure(LawPosterior):
    """The level of a law or a stock when it has its last figure.

    What varies in it is what the figures leave open; what a level adds to it until the last year of
    history, no figure tells.

    Attributes
    ----------
    level : FloatArray
        (draw,)
        On the scale of the law's path. It is stored as `<law>.last_figure`.
    law : str
        The law, the stock, or the group of a law of shares.
    time : float
        A decimal year.
    scale : str
        That of the level.
    """

    level: FloatArray
    law: str
    time: float
    scale: str

    def named(self, law: str) -> dict[str, Array]:
        """Return the level by the name under which it is stored."""
        return {law: self.level}

    def named_scales(self, law: str) -> dict[str, str]:
        """Return the scale of the level by the name under which it is stored."""
        return {law: self.scale}


Posteriors = Mapping[str, LawPosterior]
"""What a problem knows of its laws, stocks and single numbers, by their names."""


def named(posteriors: Posteriors) -> dict[str, Array]:
    """Return all arrays by the names under which they are stored."""
    return {
        name: array for law, one in posteriors.items() for name, array in one.named(law).items()
    }


def joined(parts: Sequence[Posteriors]) -> dict[str, LawPosterior]:
    """Return posteriors of the same laws with their draws end to end.

    A parameter that only some of the parts have is NaN in the draws of the others.
    """
    return {law: _joined([part[law] for part in parts]) for law in parts[0]}


def _joined(parts: Sequence[LawPosterior]) -> LawPosterior:
    arrays = [part.arrays for part in parts]
    names = dict.fromkeys(name for own in arrays for name in own)
    return parts[0].holding({name: _end_to_end(name, arrays) for name in names})


def _end_to_end(name: str, parts: Sequence[Mapping[str, Array]]) -> Array:
    like = next(part[name] for part in parts if name in part)
    draws = [next(iter(part.values())).shape[-1] for part in parts]
    return np.concatenate(
        [
            part[name] if name in part else np.full((*like.shape[:-1], count), np.nan)
            for part, count in zip(parts, draws, strict=True)
        ],
        axis=-1,
    )

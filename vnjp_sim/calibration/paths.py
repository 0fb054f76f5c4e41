"""The laws as Gaussian processes in time: their mean, their covariance, draws of their paths.

Given its parameters, a law makes the (log) values at any set of times jointly normal. What is known
of a path conditions the rest, see :mod:`~vnjp_sim.calibration.path_conditioning`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.figures import stock_time
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.parameters import GrowthLaw, Parameter, RevertingLaw
from vnjp_sim.sectors.growth import FORMS, GrowthParameters, mean_path

FloatArray = NDArray[np.float64]
Values = Mapping[str, FloatArray]

LEVEL_SD = 10.0
"""Standard deviation of the log level at the origin: flat for all purposes."""
UNSTATED_SLOWDOWN = 1.0
"""Years to the slowdown of the logistic form of a law that has no prior of it."""


@dataclass(frozen=True)
class Followed:
    """The central course of an indicator that a law follows, by calendar year.

    Attributes
    ----------
    indicator : str
        The indicator.
    first : int
        The first year.
    levels : tuple of float
        In that year and those after it.
    """

    indicator: str
    first: int
    levels: tuple[float, ...]

    def at(self, times: FloatArray) -> FloatArray:
        """Return the log level at decimal years; that of a year stands in its middle."""
        middles = self.first + 0.5 + np.arange(len(self.levels))
        result: FloatArray = np.interp(times, middles, np.log(self.levels))
        return result


@dataclass(frozen=True)
class PathLaw:
    """One growth or reverting law with its place in time.

    Attributes
    ----------
    name : str
        Id of the law.
    spec : GrowthLaw | RevertingLaw
        Its priors.
    flow : bool
        Whether its values belong to whole years or to dates.
    offset : float
        Where in the year the value of a year stands: 0.5 for a flow, 0.75 for a flow by
        fiscal year, 1.0 for a stock.
    form : str
        Growth form; ignored by reverting laws.
    origin : float
        Time at which growth starts, not after any time asked for.
    plateau : float
        Years from the origin to the last figure.
    guess : float
        Rough log level at the origin, the centre of the flat prior.
    marginal : bool
        Integrate the normal equilibrium of a reverting law out; it comes back as the
        permanent part of a draw.
    followed : Followed | None
        The central course that the mean path of a growth law follows: its growth parameters
        then say how it grows beyond that course.

    Notes
    -----
    Three kinds of shocks stand behind one interface: those of a growth law stay for good (a random
    walk), or fade where it has a `departure_half_life`; a reverting law's fade. Where they fade,
    the level that the value departs from is normal and integrated out (the flat level of a growth
    law, a marginal equilibrium), or known in each draw.
    """

    name: str
    spec: GrowthLaw | RevertingLaw
    flow: bool
    offset: float
    form: str = "damped"
    origin: float = 2000.0
    plateau: float = 0.0
    guess: float = 0.0
    marginal: bool = False
    followed: Followed | None = None

    @property
    def priors(self) -> dict[str, Parameter]:
        """The law's parameters that this form uses."""
        if isinstance(self.spec, RevertingLaw):
            names = (
                ["spread", "half_life"] if self.marginal else ["equilibrium", "spread", "half_life"]
            )
        else:
            names = ["initial_growth", "long_run_growth", "half_life", "volatility", "transitory"]
            names.append("departure_half_life")
            if self.form == "logistic":
                names[2:3] = ["slowdown"]
        given = {name: getattr(self.spec, name) for name in names}
        return {name: p for name, p in given.items() if p is not None}

    @property
    def first_year(self) -> int:
        """The first year of the law's history."""
        return int(self.origin) if self.flow else int(np.ceil(self.origin - 1e-9)) - 1

    def history_times(self, last_year: int) -> list[float]:
        """Return the times of the law's history, one a year from its first figure."""
        return [year + self.offset for year in range(self.first_year, last_year + 1)]

    def time_of(self, period: Period) -> float | None:
        """Return where on the law's time axis a period lies; None if it spans a part of a year."""
        if self.flow:
            return period.start + 0.5 if period.kind in ("year", "fiscal") else None
        return stock_time(period)

    def growth_parameters(self, values: Values) -> GrowthParameters:
        """Return the mean path's parameters for drawn `values`, each (draw,)."""
        size = values["initial_growth"].size
        unused = np.full(size, np.nan)
        slowdown = np.full(size, UNSTATED_SLOWDOWN) if self.form == "logistic" else unused
        return GrowthParameters(
            np.full(size, FORMS.index(self.form), np.int8),
            values["initial_growth"],
            values["long_run_growth"],
            values.get("half_life", unused),
            values.get("slowdown", slowdown),
            self.plateau,
        )

    def mean(self, values: Values, times: Sequence[float]) -> FloatArray:
        """Return the mean, (time, draw)."""
        if self.marginal:
            return np.full((len(times), values["spread"].size), self._equilibrium[0])
        if isinstance(self.spec, RevertingLaw):
            return np.repeat(values["equilibrium"][None, :], len(times), axis=0)
        elapsed = np.asarray(times)[:, None] - self.origin
        mean = self.guess + mean_path(self.growth_parameters(values), elapsed)
        if self.followed is not None:
            begin = self.followed.at(np.asarray(self.origin))
            mean += (self.followed.at(np.asarray(times)) - begin)[:, None]
        return mean

    @property
    def fades(self) -> bool:
        """Whether what departs from the mean path fades."""
        return isinstance(self.spec, RevertingLaw) or self.spec.departure_half_life is not None

    @property
    def level_sd(self) -> float:
        """Standard deviation of the level that fading shocks depart from; 0.0 where it is known."""
        if isinstance(self.spec, RevertingLaw):
            return self._equilibrium[1] if self.marginal else 0.0
        return LEVEL_SD

    def fading(self, values: Values) -> tuple[FloatArray, FloatArray]:
        """Return the stationary variance and the half-life of fading shocks, (draw,) each."""
        if isinstance(self.spec, RevertingLaw):
            return values["spread"] ** 2, values["half_life"]
        half_life = values["departure_half_life"]
        return values["volatility"] ** 2 / -np.expm1(-2.0 * np.log(2.0) / half_life), half_life

    def covariance(
        self, values: Values, rows: Sequence[float], columns: Sequence[float]
    ) -> FloatArray:
        """Return the covariance, (row, column, draw), of values at `rows` with at `columns`."""
        first, second = np.asarray(rows)[:, None], np.asarray(columns)[None, :]
        if self.fades:
            variance, half_life = self.fading(values)
            apart, where = np.unique(np.abs(first - second), return_inverse=True)
            left = variance * np.exp2(-apart[:, None] / half_life)
            result: FloatArray = left[where.reshape(first.size, second.size)]
            return result + self.level_sd**2 if self.level_sd else result
        elapsed = np.minimum(first, second) - self.origin
        result = LEVEL_SD**2 + values["volatility"] ** 2 * elapsed[:, :, None]
        if "transitory" in values:
            result[first == second] += values["transitory"] ** 2
        return result

    @property
    def _equilibrium(self) -> tuple[float, float]:
        """Mean and standard deviation of a normal equilibrium."""
        assert isinstance(self.spec, RevertingLaw)  # noqa: S101 - marginal laws revert
        normal = self.spec.equilibrium.prior.normal
        if normal is None:
            raise ValueError(f"{self.name}: the equilibrium's prior must be normal")
        return normal.mean, normal.sd

    def noise_rows(self, count: int) -> int:
        """Return how many standard normals a draw of the path at `count` times takes."""
        if self.fades:
            return count + int(self.level_sd > 0.0)
        assert isinstance(self.spec, GrowthLaw)  # noqa: S101 - others fade
        return 1 + count * (1 if self.spec.transitory is None else 2)

    def prior_path(
        self, values: Values, times: Sequence[float], normals: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return (value, permanent), each (time, draw), at ascending `times`, without anchors.

        `normals` are standard normals, (row, draw), as many as :meth:`noise_rows` says.
        """
        mean = self.mean(values, times)
        deviation, permanent = self.deviations(values, times, normals)
        return mean + deviation, mean + permanent

    def deviations(
        self, values: Values, times: Sequence[float], normals: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return what (value, permanent) depart from the mean, each (time, draw)."""
        noise, count = normals[: len(times)], len(times)
        before = np.array([self.origin, *times[:-1]])
        years = np.asarray(times) - before
        if self.fades:
            variance, half_life = self.fading(values)
            left = np.exp2(-years[:, None] / half_life)
            deviation = np.sqrt(variance) * noise
            deviation[1:] *= np.sqrt(1.0 - left[1:] ** 2)
            for i in range(1, count):
                deviation[i] += deviation[i - 1] * left[i]
            if self.level_sd:
                shift = self.level_sd * normals[count]
                return deviation + shift, np.repeat(shift[None, :], count, axis=0)
            return deviation, deviation
        walk = np.cumsum(np.sqrt(years)[:, None] * noise, axis=0)
        permanent = LEVEL_SD * normals[count] + values["volatility"] * walk
        if "transitory" not in values:
            return permanent, permanent
        return permanent + values["transitory"] * normals[count + 1 :], permanent

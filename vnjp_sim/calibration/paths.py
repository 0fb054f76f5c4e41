"""The laws as Gaussian processes in time: condition on anchors, weigh them, draw the rest.

Given its parameters, a law makes the (log) values at any set of times jointly normal. An *anchor*
is a time at which the value is known in each draw. :meth:`PathLaw.condition` returns the log
density of the anchors and a draw of the values everywhere else given them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.figures import stock_time
from vnjp_sim.calibration.markov import Chain, smooth
from vnjp_sim.calibration.markov import log_density as density_of
from vnjp_sim.calibration.matrices import backward, cholesky, forward, product
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.parameters import GrowthLaw, Parameter, RevertingLaw
from vnjp_sim.sectors.growth import FORMS, GrowthParameters, mean_path

FloatArray = NDArray[np.float64]
Values = Mapping[str, FloatArray]

LEVEL_SD = 10.0
"""Standard deviation of the log level at the origin: flat for all purposes."""
NUGGET = 1e-10
"""Variance added to each anchor, so that covariances stay positive definite."""
UNSTATED_SLOWDOWN = 1.0
"""Years to the slowdown of the logistic form of a law that has no prior of it."""
CHUNK = 2048
FEW_ANCHORS = 20
"""Up to so many anchors are conditioned on through the matrix of all of them, more of them by a
filter over time: the same numbers but for rounding."""


@dataclass(frozen=True)
class Conditioned:
    """A law's draw given its anchors.

    Attributes
    ----------
    log_density : FloatArray
        (draw,) of the anchors under the law.
    value : FloatArray
        (time, draw) log value (or ratio) at each time.
    permanent : FloatArray
        (time, draw) the same without transitory shocks.
    """

    log_density: FloatArray
    value: FloatArray
    permanent: FloatArray


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
    def _level_sd(self) -> float:
        """Standard deviation of the level that fading shocks depart from; 0.0 where it is known."""
        if isinstance(self.spec, RevertingLaw):
            return self._equilibrium[1] if self.marginal else 0.0
        return LEVEL_SD

    def _fading(self, values: Values) -> tuple[FloatArray, FloatArray]:
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
            variance, half_life = self._fading(values)
            apart, where = np.unique(np.abs(first - second), return_inverse=True)
            left = variance * np.exp2(-apart[:, None] / half_life)
            result: FloatArray = left[where.reshape(first.size, second.size)]
            return result + self._level_sd**2 if self._level_sd else result
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
            return count + int(self._level_sd > 0.0)
        assert isinstance(self.spec, GrowthLaw)  # noqa: S101 - others fade
        return 1 + count * (1 if self.spec.transitory is None else 2)

    def prior_path(
        self, values: Values, times: Sequence[float], normals: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return (value, permanent), each (time, draw), at ascending `times`, without anchors.

        `normals` are standard normals, (row, draw), as many as :meth:`noise_rows` says.
        """
        mean = self.mean(values, times)
        deviation, permanent = self._deviations(values, times, normals)
        return mean + deviation, mean + permanent

    def _deviations(
        self, values: Values, times: Sequence[float], normals: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return what (value, permanent) depart from the mean, each (time, draw)."""
        noise, count = normals[: len(times)], len(times)
        before = np.array([self.origin, *times[:-1]])
        years = np.asarray(times) - before
        if self.fades:
            variance, half_life = self._fading(values)
            left = np.exp2(-years[:, None] / half_life)
            deviation = np.sqrt(variance) * noise
            deviation[1:] *= np.sqrt(1.0 - left[1:] ** 2)
            for i in range(1, count):
                deviation[i] += deviation[i - 1] * left[i]
            if self._level_sd:
                shift = self._level_sd * normals[count]
                return deviation + shift, np.repeat(shift[None, :], count, axis=0)
            return deviation, deviation
        walk = np.cumsum(np.sqrt(years)[:, None] * noise, axis=0)
        permanent = LEVEL_SD * normals[count] + values["volatility"] * walk
        if "transitory" not in values:
            return permanent, permanent
        return permanent + values["transitory"] * normals[count + 1 :], permanent

    def _factor(self, values: Values, times: Sequence[float]) -> FloatArray:
        within = self.covariance(values, times, times)
        diagonal = np.arange(len(times))
        within[diagonal, diagonal] += NUGGET
        return cholesky(within)

    def log_density(
        self, values: Values, times: Sequence[float], anchors: FloatArray
    ) -> FloatArray:
        """Return the log density, (draw,), of `anchors`, (time, draw), at `times`."""
        result = np.empty(anchors.shape[1])
        residual = anchors - self.mean(values, times)
        for part in _chunks(anchors.shape[1]):
            own = {name: value[part] for name, value in values.items()}
            result[part] = _normal_log_density(self._factor(own, times), residual[:, part])
        return result

    def condition(
        self,
        values: Values,
        anchor_times: Sequence[float],
        anchors: FloatArray,
        times: Sequence[float],
        normals: FloatArray,
    ) -> Conditioned:
        """Return the density of the anchors, (anchor, draw), and a draw at `times` given them.

        The draw is made of `normals` as :meth:`prior_path` says. `times` ascend and hold all
        anchor times. A joint draw without anchors is corrected by what it misses at them
        (Matheron's rule), which gives an exact conditional draw.
        """
        size = normals.shape[1]
        log_density, value, permanent = np.zeros(size), *np.empty((2, len(times), size))
        where = [list(times).index(t) for t in anchor_times]
        for part in _chunks(size):
            own = {name: item[part] for name, item in values.items()}
            mean = self.mean(own, times)
            drawn = self._deviations(own, times, normals[:, part])
            if len(where) > FEW_ANCHORS:
                missed = anchors[:, part] - mean[where], drawn[0][where]
                log_density[part], gained = self._filtered(own, times, where, *missed)
                drawn = drawn[0] + gained[0], drawn[1] + gained[1]
            elif where:
                factor = self._factor(own, anchor_times)
                residual = anchors[:, part] - mean[where]
                log_density[part] = _normal_log_density(factor, residual)
                solved = backward(factor, forward(factor, residual - drawn[0][where]))
                gained = self._gained(own, times, anchor_times, solved)
                drawn = drawn[0] + gained[0], drawn[1] + gained[1]
            value[:, part], permanent[:, part] = mean + drawn[0], mean + drawn[1]
        value[where] = anchors
        return Conditioned(log_density, value, permanent)

    def _chain(self, values: Values, times: Sequence[float]) -> Chain:
        """Return the law at `times` as a chain of steps, without a level that is integrated out."""
        years = np.diff(np.asarray(times), prepend=self.origin)[:, None]
        if self.fades:
            variance, half_life = self._fading(values)
            left = np.exp2(-years / half_life)
            added = variance * (1.0 - left**2)
            return Chain(variance, left, added, np.full(variance.shape, NUGGET))
        added = values["volatility"] ** 2 * years
        noise = NUGGET + values.get("transitory", np.zeros(added.shape[1])) ** 2
        return Chain(LEVEL_SD**2 + added[0], np.ones(added.shape), added, noise)

    def _filtered(
        self,
        values: Values,
        times: Sequence[float],
        where: Sequence[int],
        residual: FloatArray,
        drawn: FloatArray,
    ) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
        """Return the density of the anchors and what a draw gains at `times`, by a filter.

        `residual` and `drawn` are (anchor, draw): what the anchors, and a draw without them, depart
        from the mean. A level that is integrated out adds the same number to all anchors: its
        density follows from that of the chain by the formula of Sherman and Morrison.
        """
        chain = self._chain(values, times)
        smoothed = smooth(chain, dict(zip(where, residual, strict=True)))
        density = density_of(smoothed)
        if not (self.fades and self._level_sd):
            gained = smooth(chain, dict(zip(where, residual - drawn, strict=True))).mean
            return density, (gained, gained)
        ones = smooth(chain, dict.fromkeys(where, np.ones(residual.shape[1]))).innovations
        variance = self._level_sd**2
        scale = 1.0 + variance * (ones**2 / smoothed.variances).sum(axis=0)
        along = (ones * smoothed.innovations / smoothed.variances).sum(axis=0)
        density = density + 0.5 * (variance * along**2 / scale - np.log(scale))
        missed = residual - drawn
        wanted = smooth(chain, dict(zip(where, missed, strict=True))).innovations
        shared = variance * (ones * wanted / smoothed.variances).sum(axis=0) / scale
        gained = smooth(chain, dict(zip(where, missed - shared, strict=True))).mean + shared
        return density, (gained, np.repeat(shared[None, :], len(times), axis=0))

    def _gained(
        self,
        values: Values,
        times: Sequence[float],
        anchor_times: Sequence[float],
        solved: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Return the covariance of (value, permanent) at `times` with the anchors times `solved`.

        `solved` is (anchor, draw), the results (time, draw). Values at the anchors themselves lack
        what transitory shocks add, since the caller knows them.
        """
        if self.fades:
            across = self.covariance(values, times, anchor_times)
            value: FloatArray = np.einsum("tan,an->tn", across, solved)
            if not self._level_sd:
                return value, value
            shared = self._level_sd**2 * solved.sum(axis=0)
            return value, np.repeat(shared[None, :], len(times), axis=0)
        elapsed = np.minimum(np.asarray(times)[:, None], anchor_times) - self.origin
        walk = values["volatility"] ** 2 * product(elapsed, solved)
        permanent = LEVEL_SD**2 * solved.sum(axis=0) + walk
        return permanent, permanent


def _normal_log_density(factor: FloatArray, residual: FloatArray) -> FloatArray:
    """Log density of `residual`, (time, draw), given Cholesky factors, (time, time, draw)."""
    count = residual.shape[0]
    scaled = forward(factor, residual)
    diagonal = np.arange(count)
    log_determinant = np.log(factor[diagonal, diagonal]).sum(axis=0)
    result: FloatArray = (
        -0.5 * (scaled**2).sum(axis=0) - log_determinant - 0.5 * count * np.log(2 * np.pi)
    )
    return result


def _chunks(size: int) -> list[slice]:
    return [slice(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK)]

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

from vnjp_sim.growth import FORMS, GrowthParameters, mean_path
from vnjp_sim.parameters import GrowthLaw, Parameter, RevertingLaw

FloatArray = NDArray[np.float64]
Values = Mapping[str, FloatArray]

LEVEL_SD = 10.0
"""Standard deviation of the log level at the origin: flat for all purposes."""
NUGGET = 1e-10
"""Variance added to each anchor, so that covariances stay positive definite."""
CHUNK = 4096


@dataclass(frozen=True)
class Conditioned:
    """A law's draw given its anchors.

    Attributes
    ----------
    log_density : (draw,) of the anchors under the law.
    value : (time, draw) log value (or ratio) at each time.
    permanent : (time, draw) the same without transitory shocks.
    """

    log_density: FloatArray
    value: FloatArray
    permanent: FloatArray


@dataclass(frozen=True)
class PathLaw:
    """One growth or reverting law with its place in time.

    Attributes
    ----------
    name : id of the law.
    spec : its priors.
    flow : whether its values belong to whole years or to dates.
    offset : where in the year the value of a year stands: 0.5 for a flow, 0.75 for a flow by
        fiscal year, 1.0 for a stock.
    form : growth form; ignored by reverting laws.
    origin : time at which growth starts, not after any time asked for.
    plateau : years from the origin to the last figure.
    guess : rough log level at the origin, the centre of the flat prior.
    marginal : integrate the normal equilibrium of a reverting law out; it comes back as the
        permanent part of a draw.
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

    @property
    def priors(self) -> dict[str, Parameter]:
        """The law's parameters that this form uses."""
        if isinstance(self.spec, RevertingLaw):
            names = (
                ["spread", "half_life"] if self.marginal else ["equilibrium", "spread", "half_life"]
            )
        else:
            names = ["initial_growth", "long_run_growth", "half_life", "volatility", "transitory"]
            if self.form == "logistic":
                names[2:3] = ["slowdown"]
        found = {name: getattr(self.spec, name) for name in names}
        return {name: p for name, p in found.items() if p is not None}

    def growth_parameters(self, values: Values) -> GrowthParameters:
        """Return the mean path's parameters for drawn `values`, each (draw,)."""
        size = values["initial_growth"].size
        ones = np.ones(size)
        return GrowthParameters(
            np.full(size, FORMS.index(self.form), np.int8),
            values["initial_growth"],
            values["long_run_growth"],
            values.get("half_life", ones),
            values.get("slowdown", ones),
            self.plateau,
        )

    def mean(self, values: Values, times: Sequence[float]) -> FloatArray:
        """Return the mean, (time, draw)."""
        if self.marginal:
            return np.full((len(times), values["spread"].size), self._equilibrium[0])
        if isinstance(self.spec, RevertingLaw):
            return np.repeat(values["equilibrium"][None, :], len(times), axis=0)
        parameters = self.growth_parameters(values)
        return np.stack([self.guess + mean_path(parameters, t - self.origin) for t in times])

    def covariance(
        self, values: Values, rows: Sequence[float], columns: Sequence[float], permanent: bool
    ) -> FloatArray:
        """Return the covariance, (draw, row, column), of values at `rows` with at `columns`.

        With `permanent`, of the values without transitory shocks at `rows`.
        """
        first, second = np.asarray(rows)[:, None], np.asarray(columns)[None, :]
        if isinstance(self.spec, RevertingLaw):
            left = np.exp2(-np.abs(first - second) / values["half_life"][:, None, None])
            result: FloatArray = values["spread"][:, None, None] ** 2 * left
            if self.marginal:
                shared = self._equilibrium[1] ** 2
                return np.full_like(result, shared) if permanent else result + shared
            return result
        elapsed = np.minimum(first, second) - self.origin
        result = LEVEL_SD**2 + values["volatility"][:, None, None] ** 2 * elapsed
        if not permanent and "transitory" in values:
            result = result + values["transitory"][:, None, None] ** 2 * (first == second)
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
        if isinstance(self.spec, RevertingLaw):
            return count + int(self.marginal)
        return 1 + count * (1 if self.spec.transitory is None else 2)

    def prior_path(
        self, values: Values, times: Sequence[float], normals: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return (value, permanent), each (time, draw), at ascending `times`, without anchors.

        `normals` are standard normals, (row, draw), as many as :meth:`noise_rows` says.
        """
        noise = normals[: len(times)]
        deviation = np.empty_like(noise)
        if isinstance(self.spec, RevertingLaw):
            spread, half_life = values["spread"], values["half_life"]
            deviation[0] = spread * noise[0]
            for i in range(1, len(times)):
                left = np.exp2(-(times[i] - times[i - 1]) / half_life)
                deviation[i] = deviation[i - 1] * left + spread * np.sqrt(1 - left**2) * noise[i]
            path = self.mean(values, times) + deviation
            if self.marginal:
                shift = self._equilibrium[1] * normals[len(times)]
                return path + shift, self.mean(values, times) + shift
            return path, path
        level = LEVEL_SD * normals[len(times)]
        before = self.origin
        for i, time in enumerate(times):
            level = level + values["volatility"] * np.sqrt(time - before) * noise[i]
            deviation[i] = level
            before = time
        permanent = self.mean(values, times) + deviation
        if "transitory" not in values:
            return permanent, permanent
        shocks = values["transitory"] * normals[len(times) + 1 :]
        return permanent + shocks, permanent

    def _within(self, values: Values, times: Sequence[float]) -> FloatArray:
        return self.covariance(values, times, times, permanent=False) + NUGGET * np.eye(len(times))

    def log_density(
        self, values: Values, times: Sequence[float], anchors: FloatArray
    ) -> FloatArray:
        """Return the log density, (draw,), of `anchors`, (time, draw), at `times`."""
        result = np.empty(anchors.shape[1])
        residual = anchors - self.mean(values, times)
        for part in _chunks(anchors.shape[1]):
            own = {name: value[part] for name, value in values.items()}
            factor = np.linalg.cholesky(self._within(own, times))
            result[part] = _normal_log_density(factor, residual[:, part])
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
        value, permanent = self.prior_path(values, times, normals)
        size = value.shape[1]
        if not anchor_times:
            return Conditioned(np.zeros(size), value, permanent)
        where = [list(times).index(t) for t in anchor_times]
        residual = anchors - self.mean(values, anchor_times)
        missing = anchors - value[where]
        value, permanent = value.copy(), permanent.copy()
        log_density = np.empty(size)
        for part in _chunks(size):
            own = {name: item[part] for name, item in values.items()}
            within = self._within(own, anchor_times)
            factor = np.linalg.cholesky(within)
            log_density[part] = _normal_log_density(factor, residual[:, part])
            solved = np.linalg.solve(within, missing[:, part].T[:, :, None])
            across = self.covariance(own, times, anchor_times, permanent=False)
            value[:, part] += (across @ solved)[:, :, 0].T
            across = self.covariance(own, times, anchor_times, permanent=True)
            permanent[:, part] += (across @ solved)[:, :, 0].T
        value[where] = anchors
        return Conditioned(log_density, value, permanent)


def _normal_log_density(factor: NDArray[np.floating], residual: FloatArray) -> FloatArray:
    """Log density of `residual`, (time, draw), given Cholesky factors, (draw, time, time)."""
    scaled = np.linalg.solve(factor, residual.T[:, :, None])[:, :, 0]
    log_determinant = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    count = residual.shape[0]
    result: FloatArray = (
        -0.5 * (scaled**2).sum(axis=1) - log_determinant - 0.5 * count * np.log(2 * np.pi)
    )
    return result


def _chunks(size: int) -> list[slice]:
    return [slice(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK)]

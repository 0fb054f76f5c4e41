r"""Growth forms and mean reversion: pure functions of arrays.

A growth law is a stochastic law for the log level z of a series,

.. math:: z(t) = z_0 + m(t - t_0) + \sigma W(t - t_0) + \tau e_t,

with W a Brownian motion (permanent shocks), e independent standard normal (transitory shocks of a
year, for lumpy flows), and m the mean path of one growth form. Every form starts at the initial
growth g0 and settles on the long-run growth g∞; they differ in when growth slows,
m'(u) = g∞ + (g0 − g∞) D(u), with u in years:

========== =========================================== =======================================
form       D(u)                                        growth slows
========== =========================================== =======================================
exponential 1 up to the last figure, then 2^{-(u-U)/h}  only after the history
damped      2^{-u/h}                                    from the start, ever less
logistic    (1 + e^{-c/w}) / (1 + e^{(u-c)/w}), w = c/4 around u = c, as an S-shaped curve does
========== =========================================== =======================================

h is the half-life, c the slowdown year. A Gompertz curve is not listed apart: its log level
approaches its ceiling exponentially, so with permanent shocks its mean path *is* the damped form.

Reversion is the Ornstein–Uhlenbeck process in its exact discretisation, with stationary spread s:
cov(x_t, x_u) = s² 2^{-|t-u|/h}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Rows = NDArray[np.intp] | slice
Years = float | FloatArray
Integral = Callable[["GrowthParameters", Years], FloatArray]

FORMS = ("exponential", "damped", "logistic")
WIDTH_OF_SLOWDOWN = 0.25


@dataclass(frozen=True)
class GrowthParameters:
    """The mean path of a growth law for each draw.

    Attributes
    ----------
    form : NDArray[np.int8]
        (draw,) index into :data:`FORMS`.
    initial, long_run : FloatArray
        (draw,) growth in log points a year.
    half_life : FloatArray
        (draw,) years; NaN where the form is logistic.
    slowdown : FloatArray
        (draw,) years from the origin to the middle of the slowdown; NaN where the form is
        not logistic.
    plateau : float
        Years from the origin to the last figure (exponential form).
    """

    form: NDArray[np.int8]
    initial: FloatArray
    long_run: FloatArray
    half_life: FloatArray
    slowdown: FloatArray
    plateau: float

    @cached_property
    def rate(self) -> FloatArray:
        """The rate at which excess growth fades, (draw,): log 2 over the half-life."""
        result: FloatArray = np.log(2.0) / self.half_life
        return result

    @cached_property
    def excess(self) -> FloatArray:
        """What initial growth is above long-run growth, (draw,), in log points a year."""
        result: FloatArray = self.initial - self.long_run
        return result

    @cached_property
    def by_form(self) -> tuple[tuple[Rows, GrowthParameters, Integral], ...]:
        """The draws of each form that occurs: their rows, their parameters, the integral of D."""
        integrals = (_exponential, _damped, _logistic)
        first = int(self.form[0])
        if (self.form == first).all():
            same = replace(self)  # that it held itself would keep its arrays for a while
            return ((slice(None), same, integrals[first]),)
        chosen = [np.flatnonzero(self.form == index) for index in range(len(FORMS))]
        return tuple(
            (rows, self.take(rows), integral)
            for rows, integral in zip(chosen, integrals, strict=True)
            if rows.size
        )

    def take(self, rows: NDArray[np.intp]) -> GrowthParameters:
        """Return the parameters of the given rows."""
        return GrowthParameters(
            self.form[rows],
            self.initial[rows],
            self.long_run[rows],
            self.half_life[rows],
            self.slowdown[rows],
            self.plateau,
        )


def mean_path(parameters: GrowthParameters, elapsed: Years) -> FloatArray:
    """Return m(u), (draw,), the mean log growth from the origin to `elapsed` years after it.

    For `elapsed` of shape (time, 1) it is (time, draw).
    """
    p = parameters
    result: FloatArray = p.long_run * elapsed
    for rows, part, integral in p.by_form:
        result[..., rows] += part.excess * integral(part, elapsed)
    return result


class MeanSteps:
    """The growth of the mean path in one year after another.

    What a year adds beyond long-run growth fades by the same factor from year to year, so that it
    is multiplied on; only the logistic form is evaluated anew, for all years at once.

    Parameters
    ----------
    parameters : GrowthParameters
        Of each draw.
    elapsed : float
        Years from the origin to where the first step begins.
    years : int
        How many steps there are.
    """

    def __init__(self, parameters: GrowthParameters, elapsed: float, years: int) -> None:
        self.parameters = parameters
        self.elapsed = elapsed
        self.excess: FloatArray | None = None
        curved = parameters.form == FORMS.index("logistic")
        self.curved = np.flatnonzero(curved)
        self.fade = np.where(curved, 1.0, reversion(parameters.half_life, 1.0))
        if self.curved.size:
            part = parameters.take(self.curved)
            ends = np.add.accumulate([elapsed, *[1.0] * years])
            reached = _logistic(part, ends[:, None])
            self.added = iter(part.excess * np.diff(reached, axis=0))

    def next(self) -> FloatArray:
        """Return the mean log growth of the next year, (draw,)."""
        p, before = self.parameters, self.elapsed
        self.elapsed += 1.0
        added = next(self.added) if self.curved.size else None
        if self.excess is None or before - 1.0 < p.plateau:  # the history still bends it
            step = mean_path(p, self.elapsed) - mean_path(p, before)
            self.excess = step - p.long_run
            return step
        self.excess *= self.fade
        if added is not None:
            self.excess[self.curved] = added
        return self.excess + p.long_run


def _exponential(p: GrowthParameters, u: Years) -> FloatArray:
    after = np.maximum(u - p.plateau, 0.0)
    flat = np.minimum(u, p.plateau)
    result: FloatArray = flat - np.expm1(p.rate * -after) / p.rate
    return result


def _damped(p: GrowthParameters, u: Years) -> FloatArray:
    result: FloatArray = -np.expm1(p.rate * -u) / p.rate
    return result


def _logistic(p: GrowthParameters, u: Years) -> FloatArray:
    centre = p.slowdown
    width = WIDTH_OF_SLOWDOWN * centre
    scale = 1.0 + np.exp(-centre / width)
    # ∫ 1/(1+e^{(s-c)/w}) ds = -w log(1 + e^{-(s-c)/w}) + constant
    upper = -width * _log_one_plus_exp(-(u - centre) / width)
    lower = -width * _log_one_plus_exp(centre / width)
    result: FloatArray = scale * (upper - lower)
    return result


def _log_one_plus_exp(x: FloatArray) -> FloatArray:
    """Return log(1 + e^x) without overflow; numpy's logaddexp takes five times as long."""
    result: FloatArray = np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))
    return result


def reversion(half_life: FloatArray, years: float) -> FloatArray:
    """Return what is left of a deviation after `years`: 2^(-years / half-life), (draw,)."""
    result: FloatArray = np.exp2(-years / half_life)
    return result


@dataclass(frozen=True)
class Reversion:
    """An Ornstein–Uhlenbeck law in steps of a year, exactly discretised.

    Attributes
    ----------
    equilibrium : FloatArray
        What the value returns to, the shape of the value.
    spread : FloatArray
        (draw,) stationary standard deviation.
    half_life : FloatArray
        (draw,) years.
    """

    equilibrium: FloatArray
    spread: FloatArray
    half_life: FloatArray

    @cached_property
    def left(self) -> FloatArray:
        """What is left of a deviation after a year, (draw,)."""
        return reversion(self.half_life, 1.0)

    @cached_property
    def innovation(self) -> FloatArray:
        """The standard deviation of what a year adds, (draw,)."""
        result: FloatArray = self.spread * np.sqrt(1.0 - self.left**2)
        return result

    def path(self, value: FloatArray, shocks: FloatArray) -> FloatArray:
        """Return the values of the years after one, (year, …, draw).

        Parameters
        ----------
        value : FloatArray
            (…, draw) where it starts from.
        shocks : FloatArray
            (year, …, draw) standard normal; they are overwritten.
        """
        shocks *= self.innovation
        held = self.equilibrium * (1.0 - self.left)
        before, carried = value, np.empty_like(value)
        for reached in shocks:
            np.multiply(before, self.left, out=carried)
            carried += held
            before = np.add(reached, carried, out=reached)
        return shocks

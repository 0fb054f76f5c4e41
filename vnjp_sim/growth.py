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

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FORMS = ("exponential", "damped", "logistic")
WIDTH_OF_SLOWDOWN = 0.25


@dataclass(frozen=True)
class GrowthParameters:
    """The mean path of a growth law for each draw.

    Attributes
    ----------
    form : (draw,) index into :data:`FORMS`.
    initial, long_run : (draw,) growth in log points a year.
    half_life : (draw,) years.
    slowdown : (draw,) years from the origin to the middle of the slowdown (logistic form).
    plateau : years from the origin to the last figure (exponential form).
    """

    form: NDArray[np.int8]
    initial: FloatArray
    long_run: FloatArray
    half_life: FloatArray
    slowdown: FloatArray
    plateau: float

    @cached_property
    def only_form(self) -> int | None:
        """The index of the form that all draws have, None if they differ."""
        first = int(self.form[0])
        return first if bool((self.form == first).all()) else None

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


def mean_path(parameters: GrowthParameters, elapsed: float) -> FloatArray:
    """Return m(u), (draw,), the mean log growth from the origin to `elapsed` years after it."""
    p = parameters
    integrals = (_exponential, _damped, _logistic)
    if p.only_form is not None:
        excess = integrals[p.only_form](p, slice(None), elapsed)
    else:
        excess = np.empty_like(p.initial)
        for index, integral in enumerate(integrals):
            chosen = p.form == index
            if chosen.any():
                excess[chosen] = integral(p, chosen, elapsed)
    result: FloatArray = p.long_run * elapsed + (p.initial - p.long_run) * excess
    return result


def _exponential(p: GrowthParameters, chosen: NDArray[np.bool_] | slice, u: float) -> FloatArray:
    rate = np.log(2.0) / p.half_life[chosen]
    after = max(u - p.plateau, 0.0)
    flat = min(u, p.plateau)
    result: FloatArray = flat - np.expm1(-rate * after) / rate
    return result


def _damped(p: GrowthParameters, chosen: NDArray[np.bool_] | slice, u: float) -> FloatArray:
    rate = np.log(2.0) / p.half_life[chosen]
    result: FloatArray = -np.expm1(-rate * u) / rate
    return result


def _logistic(p: GrowthParameters, chosen: NDArray[np.bool_] | slice, u: float) -> FloatArray:
    centre = p.slowdown[chosen]
    width = WIDTH_OF_SLOWDOWN * centre
    scale = 1.0 + np.exp(-centre / width)
    # ∫ 1/(1+e^{(s-c)/w}) ds = -w log(1 + e^{-(s-c)/w}) + constant
    upper = -width * np.logaddexp(0.0, -(u - centre) / width)
    lower = -width * np.logaddexp(0.0, centre / width)
    result: FloatArray = scale * (upper - lower)
    return result


def reversion(half_life: FloatArray, years: float) -> FloatArray:
    """Return what is left of a deviation after `years`: 2^(-years / half-life), (draw,)."""
    result: FloatArray = np.exp2(-years / half_life)
    return result


def reverting_step(
    value: FloatArray,
    equilibrium: FloatArray,
    spread: FloatArray,
    half_life: FloatArray,
    shock: FloatArray,
) -> FloatArray:
    """Return the Ornstein–Uhlenbeck value one year on, (draw,), given standard normal shocks.

    Exact discretisation; `spread` is the stationary standard deviation.
    """
    left = reversion(half_life, 1.0)
    result: FloatArray = (
        equilibrium + (value - equilibrium) * left + spread * np.sqrt(1.0 - left**2) * shock
    )
    return result

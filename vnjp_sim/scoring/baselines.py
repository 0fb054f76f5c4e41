"""Baselines: what one would forecast from the same figures without the model.

A baseline sees the log levels that the figures tell, at their uneven dates. Its centre is

* `naive`: the last level;
* `drift`: the last level, and on along the straight line from the first;
* `damped`: exponential smoothing with a damped trend (Holt's method, statsmodels);
* `prior`: the last level, and on by the growth that the medians of the law's priors expect, with
  the central course that it follows; no figure but the last moves it;
* `theta`: the Theta method (V. Assimakopoulos, K. Nikolopoulos, International Journal of
  Forecasting 16, 2000; statsmodels).

`damped` and `theta` need a value for every year: the log levels between figures are interpolated by
straight lines, back from the last figure in steps of a year. With fewer than three levels, or
less than three years between first and last, they fall back on drift, and with one level all
but `prior` are the naive forecast; so is `prior` without a growth law.

Residuals of interpolated values are far too small, so that all share one rule of spread. The
changes between figures, less the mean trend (for `naive` nothing, for `prior` the growth that the
prior expects), give a variance a year. It is
pooled with one pseudo-change of the spread that the model's own prior expects: a baseline thus
knows the figures and the prior judgement, as the model does, and a lucky pair of alike changes
does not make it foolishly sure. The variance grows with the years ahead, that of the estimated
trend with their square.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

QUANTILES = 999
PRIOR_CHANGES = 1.0
SHORTEST_SPAN = 3.0
FEWEST_LEVELS = 3


@dataclass(frozen=True)
class History:
    """What a baseline sees: ascending `times`, log levels at them, the prior's yearly spread.

    `prior_path` gives the log levels that the prior expects at some times, but for a constant.
    """

    times: FloatArray
    levels: FloatArray
    prior_spread: float
    prior_path: Callable[[FloatArray], FloatArray] = np.zeros_like

    @property
    def scale(self) -> float:
        """The mean absolute change a year, the denominator of MASE."""
        if self.times.size < 2:
            return self.prior_spread
        return float(np.abs(np.diff(self.levels)).sum() / self.span)

    @property
    def span(self) -> float:
        """Years between the first and the last level."""
        return float(self.times[-1] - self.times[0])

    @property
    def slope(self) -> float:
        """Mean growth between the first and the last level, log points a year."""
        return float((self.levels[-1] - self.levels[0]) / self.span) if self.span else 0.0

    @property
    def yearly(self) -> FloatArray:
        """Log levels in steps of a year up to the last figure, interpolated."""
        steps = np.arange(int(self.span + 1e-9), -1, -1)
        result: FloatArray = np.interp(self.times[-1] - steps, self.times, self.levels)
        return result

    @property
    def smooth(self) -> bool:
        """Whether there is enough for a smoothing method."""
        return self.times.size >= FEWEST_LEVELS and self.span >= SHORTEST_SPAN


def forecasts(
    history: History, leads: Sequence[float], only: Collection[str] = ()
) -> dict[str, FloatArray]:
    """Return equally likely log levels, (lead, draw), `leads` years ahead, by baseline.

    Those of all baselines, or of some `only`.
    """
    centres: dict[str, Callable[[History, FloatArray], FloatArray]] = {
        "naive": _naive,
        "drift": _drift,
        "damped": _damped if history.smooth else _drift,
        "theta": _theta if history.smooth else _drift,
        "prior": _prior,
    }
    ahead = np.asarray(leads, np.float64)
    scores = normal_quantiles()
    by_method = {}
    for name in only or centres:
        centre = centres[name]
        spread = np.sqrt(_variance(history, ahead, name))
        by_method[name] = centre(history, ahead)[:, None] + spread[:, None] * scores
    return by_method


def _variance(history: History, ahead: FloatArray, method: str) -> FloatArray:
    gaps = np.diff(history.times)
    trended = method not in ("naive", "prior") and gaps.size > 0
    changes = np.diff(history.levels) - (history.slope * gaps if trended else 0.0)
    if method == "prior":
        changes = changes - np.diff(history.prior_path(history.times))
    free = PRIOR_CHANGES + gaps.size - float(trended)
    total = PRIOR_CHANGES * history.prior_spread**2 + (changes**2 / gaps).sum()
    growing = ahead + ahead**2 / history.span if trended else ahead
    result: FloatArray = total / free * growing
    return result


def _naive(history: History, ahead: FloatArray) -> FloatArray:
    return np.full(ahead.shape, history.levels[-1])


def _drift(history: History, ahead: FloatArray) -> FloatArray:
    result: FloatArray = history.levels[-1] + history.slope * ahead
    return result


def _prior(history: History, ahead: FloatArray) -> FloatArray:
    begin, *path = history.prior_path(history.times[-1] + np.append(0.0, ahead))
    result: FloatArray = history.levels[-1] + np.array(path) - begin
    return result


def _damped(history: History, ahead: FloatArray) -> FloatArray:
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # short series do not always reach the optimum
        model = ExponentialSmoothing(
            history.yearly, trend="add", damped_trend=True, initialization_method="estimated"
        )
        path = model.fit().forecast(_steps(ahead))
    return _between(history, np.asarray(path, np.float64), ahead)


def _theta(history: History, ahead: FloatArray) -> FloatArray:
    from statsmodels.tsa.forecasting.theta import ThetaModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ThetaModel(history.yearly, period=1, deseasonalize=False, method="additive")
        path = model.fit().forecast(_steps(ahead))
    return _between(history, np.asarray(path, np.float64), ahead)


def _steps(ahead: FloatArray) -> int:
    return int(np.ceil(ahead.max() - 1e-9))


def _between(history: History, path: FloatArray, ahead: FloatArray) -> FloatArray:
    """Interpolate a forecast in whole years, (year,), at `ahead`."""
    years = np.arange(path.size + 1.0)
    result: FloatArray = np.interp(ahead, years, np.concatenate([history.levels[-1:], path]))
    return result


def normal_quantiles() -> FloatArray:
    """Return equally likely standard normal values, ascending."""
    from scipy.special import ndtri

    result: FloatArray = ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES)
    return result

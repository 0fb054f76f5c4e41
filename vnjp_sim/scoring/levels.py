"""What figures tell without a model: one log level a date, as a baseline and a score need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.observation_model import WRONG_SIDE, WRONG_SIDE_WIDTH, rule, two_sided
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import GrowthLaw
from vnjp_sim.scoring.baselines import History

FloatArray = NDArray[np.float64]

_MEAN_OF_BETA = 0.25
OVER_MEAN = (1.0 - WRONG_SIDE) * _MEAN_OF_BETA - WRONG_SIDE * WRONG_SIDE_WIDTH * _MEAN_OF_BETA
"""Mean scaled error of `over`: by so many rounding units the truth lies above the figure."""
MEAN_ERROR = {"over": OVER_MEAN, "nearly": -OVER_MEAN}


def is_level(figure: Observation) -> bool:
    """Whether a figure tells a level of one indicator above zero from both sides."""
    return (
        len(figure.indicators) == 1
        and two_sided(figure)
        and figure.reported not in ("growth", "share", "forecast", "pledge")
        and not figure.announced
        and figure.value > 0.0
    )


def reading(figure: Observation) -> float:
    """Return the log of the mean of what a level figure says, a part of a year as it stands."""
    return float(np.log(figure.value + MEAN_ERROR.get(rule(figure), 0.0) * figure.step))


def date_of(period: Period, *, flow: bool) -> float:
    """Return when a level holds: the middle of a flow's period, the end of a stock's.

    A stock reported for a range of months lies somewhere in it: its middle.
    """
    if flow or period.kind == "months":
        return 0.5 * (period.start + period.end)
    return period.end


def part_of_year(period: Period, *, flow: bool) -> float:
    """Return the log of a flow's period in years, 0 for a stock."""
    return float(np.log(period.end - period.start)) if flow else 0.0


def history_of(
    figures: Sequence[Observation],
    *,
    flow: bool,
    prior_spread: float,
    prior_path: Callable[[FloatArray], FloatArray] = np.zeros_like,
) -> History:
    """Return what a baseline sees of one indicator: yearly log levels at their dates.

    Of several figures of one date the sharpest counts. A rate of growth gives the level at one of
    its ends, if the other end has one. Bounds and ratios to other indicators tell no level.

    Raises
    ------
    ValueError
        No figure tells a level.
    """
    levels: dict[float, float] = {}
    for figure in sorted(figures, key=lambda f: (f.step / abs(f.value or 1.0), f.key)):
        if is_level(figure):
            time = date_of(figure.period, flow=flow)
            levels.setdefault(time, reading(figure) - part_of_year(figure.period, flow=flow))
    if not levels:
        raise ValueError("no figure gives a level")
    for figure in figures:
        if figure.reported == "growth" and figure.base_period and len(figure.indicators) == 1:
            now, base = (date_of(p, flow=flow) for p in (figure.period, figure.base_period))
            step = float(np.log1p(max(figure.value, -99.0) / 100.0))
            if base in levels:
                levels.setdefault(now, levels[base] + step)
            elif now in levels:
                levels[base] = levels[now] - step
    times = sorted(levels)
    return History(np.array(times), np.array([levels[t] for t in times]), prior_spread, prior_path)


def path_of(law: PathLaw) -> Callable[[FloatArray], FloatArray]:
    """Return the mean path of a growth law at the medians of its priors, log levels by time."""
    middle = np.zeros(1)
    values = {name: prior.prior.transform(middle) for name, prior in law.priors.items()}
    return lambda times: law.mean(values, times.tolist())[:, 0]


def spread_of(spec: GrowthLaw) -> float:
    """Return how much the medians of a law's priors let a change between two years vary."""
    middle = np.zeros(1)
    variance = spec.volatility.prior.transform(middle)[0] ** 2
    if spec.transitory is not None:
        variance += 2.0 * spec.transitory.prior.transform(middle)[0] ** 2
    return float(np.sqrt(variance))

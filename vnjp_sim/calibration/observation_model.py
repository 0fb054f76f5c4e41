r"""What a figure says of the truth, given how it was reported.

Each way of reporting is a generative rule: given the truth x and the rounding unit s (`step`), it
says how the printed value v comes about, so that synthetic figures can be made from it. With the
scaled error e = (x − v) / s, the likelihood of the truth is L(x) = f(e):

============== ====================================================================== ============
reported       f(e)                                                                   sd of e
============== ====================================================================== ============
exact, rounded 1 on [−1/2, 1/2]                                                       0.29
about          Φ(2e + 1) − Φ(2e − 1): rounding after a normal error of half a step    0.58
over           0.9 · Beta(1, 3) on [0, 1] and 0.1 · Beta(1, 3) / 0.2 on [−0.2, 0]     0.20
nearly         over, mirrored                                                         0.20
at_least       1 on [0, ∞)                                                            —
at_most        1 on (−∞, 0]                                                           —
growth, share  as rounded, of the rate in percent                                     0.29
============== ====================================================================== ============

A source may also be off in itself: what it reports is x e^ε with a small log error ε of standard
deviation τ. The likelihood then integrates ε out.

"over 40" means: the writer had a number a little above 40 in mind, and in one case of ten it was
in truth a little below.

An announcement for a period under way is `announced`, or `announced over` and so on with its
wording. What it has in mind is x e^a with a ~ N(b, s²), b = 0.03 and s = 0.15, and its wording is
then that of the table. Both are judgement (grade `assumed`): what two governments announce late in
the period is mostly agreed already, but sums of several loans slip. For fiscal 2015 JPY 300 bn of
yen loans were announced, and 95 bn agreed by January 2016 (vietstock.vn). A forecast or a pledge
never calibrates.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.observations import Observation

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline

FloatArray = NDArray[np.float64]

ONE_SIDED = ("at_least", "at_most")
WRONG_SIDE = 0.1
WRONG_SIDE_WIDTH = 0.2
ABOUT_SD = 0.5
PIECES = {
    "about": (-3.0, 3.0),
    "over": (-WRONG_SIDE_WIDTH, 0.0, 1.0),
    "nearly": (-1.0, 0.0, WRONG_SIDE_WIDTH),
}
"""Bounds of the pieces on which f(e) is smooth, for the rules that have no closed form with ε."""
NODES = 40
"""Nodes of the quadrature over ε on each piece."""
KNOTS = 4
"""Knots of the tabulated log likelihood, in one τ of the truth's logarithm."""
MOST_KNOTS = 20_000
FARTHEST = 37.0
"""The likelihood is tabulated to so many τ beyond the rule's support, and is none farther out."""
ANNOUNCED_BIAS, ANNOUNCED_SD = 0.03, 0.15
"""Log of what is announced over what comes true: mean and standard deviation."""
LEAST_PART = 0.02
"""Where the support reaches zero, truths below this part of the value are as likely as there."""


def two_sided(observation: Observation) -> bool:
    """Whether the figure bounds the truth from both sides (all but the bounds)."""
    return observation.wording not in ONE_SIDED


def sharpness(observation: Observation) -> float:
    """Return the uncertainty as a part of the figure's size: the smaller, the sharper.

    It is the rounding unit, for an announcement also the error of announcements.
    """
    if not observation.value:
        return float("inf")
    return observation.step / abs(observation.value) + ANNOUNCED_SD * observation.announced


def rule(observation: Observation) -> str:
    """Return the rule that the figure's way of reporting follows."""
    wording = observation.wording
    return "rounded" if wording in ("exact", "growth", "share") else wording


def log_likelihood(
    observation: Observation, truth: FloatArray, error_sd: float = 0.0
) -> FloatArray:
    """Return the log likelihood of the truth, (draw,); −∞ where the rule excludes it.

    `truth` is in the unit of the observation's value (percent for growth and share) and positive
    if `error_sd`, the τ of this module, is; a figure of zero or below (a deficit) has an additive
    error of τ times its size instead, and truth of any sign.
    """
    value, step, name = observation.value, observation.step, rule(observation)
    if observation.announced:
        truth, error_sd = truth * np.exp(ANNOUNCED_BIAS), float(np.hypot(error_sd, ANNOUNCED_SD))
    if error_sd <= 0.0 or (value <= 0.0 and name != "rounded"):
        return _log(error_density(name, (truth - value) / step))
    if value <= 0.0:
        spread = error_sd * max(abs(value), step)
        bounds = (value - 0.5 * step - truth) / spread, (value + 0.5 * step - truth) / spread
    elif name == "rounded":
        low, high = max(value - 0.5 * step, 1e-300), value + 0.5 * step
        bounds = np.log(low / truth) / error_sd, np.log(high / truth) / error_sd
    elif name == "at_least":
        return _log(_normal_cdf(np.log(truth / value) / error_sd))
    elif name == "at_most":
        return _log(_normal_cdf(np.log(value / truth) / error_sd))
    else:
        return _smoothed(observation, truth, error_sd)
    return _log(_normal_cdf(bounds[1]) - _normal_cdf(bounds[0]))


def _log(density: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        result: FloatArray = np.log(density)
    return result


def _smoothed(observation: Observation, truth: FloatArray, error_sd: float) -> FloatArray:
    """Return the log likelihood, (draw,), with the own error integrated out, from its table."""
    name = rule(observation)
    if name not in PIECES:
        raise ValueError(_says_nothing(name))
    table = _tabulated(name, observation.value, observation.step, error_sd)
    if table is None:  # the own error is below a thousandth of a step
        return _log(error_density(name, (truth - observation.value) / observation.step))
    with np.errstate(divide="ignore", invalid="ignore"):
        log_truth = np.log(truth)
    if observation.value + observation.step * PIECES[name][0] <= 0.0:
        log_truth = np.maximum(log_truth, table.x[0])
    result: FloatArray = table(log_truth)
    return np.where(np.isnan(result), -np.inf, result)


@lru_cache(maxsize=256)
def _tabulated(name: str, value: float, step: float, error_sd: float) -> CubicSpline | None:
    """Return log E f((x e^ε − v) / s) as a spline in log x; None if it needs too many knots."""
    from scipy.interpolate import CubicSpline

    least = LEAST_PART * value
    edges = value + step * np.array(PIECES[name])
    bounds = np.log(np.maximum(edges, least))
    low, high = bounds[0] - FARTHEST * error_sd, bounds[-1] + FARTHEST * error_sd
    count = int(np.ceil((high - low) / error_sd * KNOTS)) + 1
    if count > MOST_KNOTS:
        return None
    if edges[0] < least:
        bounds[0] = -np.inf
    log_truth = np.linspace(low, high, count)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    density = np.zeros(count)
    for left, right in pairwise((bounds[:, None] - log_truth) / error_sd):
        nearest = np.clip(0.0, left, right)
        reach = np.sqrt(nearest**2 + 72.0)  # beyond it the normal density is e^-36 of the nearest
        start, end = np.maximum(left, -reach), np.minimum(right, reach)
        score = 0.5 * (start + end) + 0.5 * (end - start) * nodes[:, None]
        error = (np.exp(log_truth + error_sd * score) - value) / step
        terms = error_density(name, error) * np.exp(-0.5 * score**2)
        density += 0.5 * (end - start) * (weights[:, None] * terms).sum(axis=0)
    return CubicSpline(log_truth, np.log(density / np.sqrt(2.0 * np.pi)), extrapolate=False)


def error_density(name: str, error: FloatArray) -> FloatArray:
    """Return f(e) of the rule `name`, as the table of this module states it."""
    if name == "rounded":
        return (np.abs(error) <= 0.5).astype(np.float64)
    if name == "about":
        return _normal_cdf((error + 0.5) / ABOUT_SD) - _normal_cdf((error - 0.5) / ABOUT_SD)
    if name == "over":
        return _over_density(error)
    if name == "nearly":
        return _over_density(-error)
    if name == "at_least":
        return (error >= 0.0).astype(np.float64)
    if name == "at_most":
        return (error <= 0.0).astype(np.float64)
    raise ValueError(_says_nothing(name))


def _says_nothing(name: str) -> str:
    return f"figures reported as '{name}' do not constrain the true value"


def sample_error(name: str, rng: np.random.Generator, size: int) -> FloatArray:
    """Draw `size` scaled errors e = (truth − value) / step of a two-sided rule."""
    if name == "rounded":
        return rng.random(size) - 0.5
    if name == "about":
        return rng.random(size) - 0.5 + ABOUT_SD * rng.standard_normal(size)
    if name in ("over", "nearly"):
        error = _sample_over(rng, size)
        return error if name == "over" else -error
    raise ValueError(f"the rule '{name}' does not bound the true value on both sides")


def log_mass(observation: Observation) -> float:
    """Return the log of the integral of a two-sided figure's likelihood over the truth."""
    mass = float(np.log(observation.step))
    return mass - (ANNOUNCED_BIAS - 0.5 * ANNOUNCED_SD**2) * observation.announced


def sample_truth(observation: Observation, rng: np.random.Generator, size: int) -> FloatArray:
    """Draw truths from the likelihood, as under a flat prior: value + step · e.

    Of an announcement it is (value + step · e) e^−a, where the flat prior of the truth makes the
    error a ~ N(b − s², s²).
    """
    error = sample_error(rule(observation), rng, size)
    truth = observation.value + observation.step * error
    if observation.announced:
        centre = ANNOUNCED_BIAS - ANNOUNCED_SD**2
        truth = truth * np.exp(-centre - ANNOUNCED_SD * rng.standard_normal(size))
    return truth


def _over_density(error: FloatArray) -> FloatArray:
    right = np.where((error >= 0) & (error <= 1), 3.0 * (1.0 - error) ** 2, 0.0)
    scaled = -error / WRONG_SIDE_WIDTH
    wrong = np.where((scaled > 0) & (scaled <= 1), 3.0 * (1.0 - scaled) ** 2, 0.0)
    result: FloatArray = (1.0 - WRONG_SIDE) * right + WRONG_SIDE * wrong / WRONG_SIDE_WIDTH
    return result


def _sample_over(rng: np.random.Generator, size: int) -> FloatArray:
    beta = 1.0 - np.cbrt(1.0 - rng.random(size))  # Beta(1, 3) by inversion
    wrong = rng.random(size) < WRONG_SIDE
    return np.where(wrong, -WRONG_SIDE_WIDTH * beta, beta)


def _normal_cdf(x: FloatArray) -> FloatArray:
    from scipy.special import ndtr

    result: FloatArray = ndtr(x)
    return result

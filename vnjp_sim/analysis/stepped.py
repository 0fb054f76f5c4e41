r"""Shares of variance of outputs that step: counts, rare events, what most draws do not have.

A curve bends too little for an output of few values, of which much of the variance may lie in a few
draws in a hundred. Draws are therefore put into groups by the normal score of an input, narrow
enough that E[Y | X] hardly moves within one. With the mean m, the variance v and the number n of
the outputs of a group of probability p, the variance of E[Y | X] is

.. math:: \sum p (m - \bar m)^2 - \sum p (1 - p) v / n,

where the second sum takes off what chance adds to the means, more where outputs scatter more. Where
the score itself was drawn the probabilities are known, and it does not matter that a few draws too
many or too few fell into a tail (post-stratification, Holt and Smith 1979, Journal of the Royal
Statistical Society A 142); of ranks they are the parts of the draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

SOME_DRAWS = 500
"""An output of which half of so many draws have values of others is one that steps."""
STEP, WIDE_STEP = 0.125, 0.375
"""How wide the groups of a score are, and those of two scores at once."""
MOST_VALUES = 20
"""An input of no more values has a group for each."""
FEWEST = 10
"""Draws that a normal score is expected to have in its outermost groups."""
TWICE = 2.0
"""What two inputs do together counts from so many standard deviations of chance."""
TINY = np.finfo(float).tiny


class Groups:
    """The draws in groups by the normal score of one input.

    Parameters
    ----------
    scores : FloatArray
        (draw,), NaN in draws that do not use the input.
    known : bool
        Whether the scores were drawn from the normal distribution; else they are those of ranks.
    """

    def __init__(self, scores: FloatArray, known: bool) -> None:
        self.known, self.draws = known, scores.size
        used = np.flatnonzero(~np.isnan(scores))
        own = scores[used]
        self._between = _between(own)
        group = self._numbers(own, STEP)
        inner = np.argsort(group.astype(np.int16), kind="stable")
        self.order = used[inner]  # the draws that use it, group by group
        self.wide = np.full(self.draws, -1)
        self.wide[used] = self._numbers(own, WIDE_STEP)
        count = np.bincount(group)
        self.kept = np.flatnonzero(count)
        self.count = count[self.kept]
        self.starts = np.concatenate([[0], np.cumsum(self.count)[:-1]])
        weights = self._chances(used.size) if known else self.count / used.size
        weights = np.where(self.count > 1, weights, 0.0)
        self.weights: FloatArray = weights / weights.sum()

    def _numbers(self, scores: FloatArray, step: float) -> NDArray[np.intp]:
        """Return the number of the group of each score."""
        if self._between is not None:
            return np.searchsorted(self._between, scores)
        last = _last(step, scores.size)
        return np.clip(np.floor(scores / step), -last - 1, last).astype(np.intp) + last + 1

    def _chances(self, draws: int) -> FloatArray:
        """Return the probabilities of the groups that have draws."""
        from scipy.special import ndtr

        last = _last(STEP, draws)
        ends = np.concatenate([[-np.inf], STEP * np.arange(-last, last + 1), [np.inf]])
        chances: FloatArray = np.diff(ndtr(ends))[self.kept]
        return chances


@dataclass(frozen=True)
class Alone:
    """What one input does alone to an output.

    Attributes
    ----------
    share, error : float
        The first-order share and its standard error.
    fitted : FloatArray
        (draw,) the mean of the output at the score of the draw, less that of all.
    """

    share: float
    error: float
    fitted: FloatArray


def steps(standard: SingleArray) -> NDArray[np.bool_]:
    """Return whether outputs, (output, draw), take few values, (output,)."""
    some = np.sort(standard[:, :SOME_DRAWS], axis=1)
    result: NDArray[np.bool_] = np.count_nonzero(np.diff(some, axis=1), axis=1) < some.shape[1] / 2
    return result


def alone(groups: Groups, output: FloatArray) -> Alone:
    """Return the share of an input in the variance of an output, (draw,)."""
    weights, count, order = groups.weights, groups.count, groups.order
    values = output[order]
    means = np.add.reduceat(values, groups.starts) / count
    away = means - means @ weights
    left = values - np.repeat(means, count)
    squares = left**2
    variances = np.add.reduceat(squares, groups.starts) / np.maximum(count - 1, 1)
    part = order.size / output.size
    raw, within = weights @ away**2, weights @ variances
    between = part * (raw - weights * (1.0 - weights) / count @ variances)
    whole = between + within if part == 1.0 else output.var()
    share = between / max(whole, TINY)
    moved = np.repeat(away, count)
    rises, scatters = 2.0 * moved * left, squares - np.repeat(variances, count)
    if not groups.known:
        rises, scatters = rises + moved**2 - raw, squares - within
    change = (1.0 - share) * rises - share * scatters
    change *= np.repeat(weights * order.size / count, count)
    none = 2.0 * weights.size / order.size**2  # the variance of a share that is none
    error = np.sqrt(change @ change * (part / order.size / whole) ** 2 + none)
    fitted = np.zeros_like(output)
    fitted[order] = moved
    return Alone(float(share), float(error), fitted)


def together(one: Groups, other: Groups, left: FloatArray) -> float:
    """Return what two inputs do together to an output of which both alone leave `left`, (draw,).

    As a part of a variance of one; nothing that chance may do.
    """
    size = int(max(one.wide.max(), other.wide.max())) + 1
    group = np.where((one.wide < 0) | (other.wide < 0), -1, size * one.wide + other.wide)
    used = group >= 0
    count = np.bincount(group[used], minlength=size * size)
    group, values = group[used], left[used]
    means = np.bincount(group, values, count.size) / np.maximum(count, 1)
    squares = np.bincount(group, (values - means[group]) ** 2, count.size)
    variances = squares / np.maximum(count - 1, 1)
    weights = np.where(count > 1, count, 0) / left.size
    noise = variances / np.maximum(count, 1)
    found = weights @ (means**2 - noise)
    chance = np.sqrt(2.0 * weights**2 @ noise**2)
    return float(found) if found > TWICE * chance else 0.0


def _between(scores: FloatArray) -> FloatArray | None:
    """Return the middles between scores, if these are of few values."""
    if np.unique(scores[:SOME_DRAWS]).size > MOST_VALUES:
        return None
    values = np.unique(scores)
    return 0.5 * (values[1:] + values[:-1]) if values.size <= MOST_VALUES else None


def _last(step: float, draws: int) -> int:
    """Return how many steps from zero the outermost groups begin, which have some draws."""
    from scipy.special import ndtri

    return max(1, int(-float(ndtri(min(FEWEST / draws, 0.3))) / step))

r"""Sobol' shares of variance from one ensemble, without further runs.

The share of an input X in the variance of an output Y is S = Var(E[Y | X]) / Var(Y). The inputs of
an ensemble are known draw by draw, so that the curve E[Y | X] can be fitted to the draws: here by
a cubic in the normal score of the rank of X (polynomial chaos, Sudret 2008, Reliability Engineering
and System Safety 93) and two cosines of the rank for what bends more (Plischke 2012, ibid. 107).
On an orthonormal basis S is the sum of squared correlations. What chance alone adds to such a sum,
one part in as many as there are draws for each member of the basis, is taken off.

A total share adds to the first-order share of an input what it does together with others. Of these
only the products of two scores, and of a score and the square of another, are fitted, and only for
the leading inputs of an output that do not depend on each other: it is a lower bound, too low where
three act together, or an input acts together with the chance of single years.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

POWERS = (1, 2, 3)
COSINES = (3, 4)
MEMBERS = len(POWERS) + len(COSINES)
MOST_PAIRED = 6
"""Inputs of each output, those with the largest first-order shares, whose products are fitted."""
DEPENDENT = 0.05
"""Inputs whose scores correlate by more are taken to depend on each other."""
FEW_VALUES = MEMBERS + 1
"""An input with no more values has a mean of its own for each."""
TINY = np.float32(1e-12)


def bases_of(inputs: Sequence[FloatArray]) -> SingleArray:
    """Return the bases of inputs, (input, member, draw); each is (draw,), NaN where unused."""
    return np.stack([basis(one) for one in inputs])


def shares(bases: SingleArray, outputs: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return first-order shares, their standard errors, and total shares, each (input, output).

    Parameters
    ----------
    bases : SingleArray
        (input, member, draw), see :func:`bases_of`.
    outputs : FloatArray
        (output, draw), each of which varies.
    """
    standard = standardised_rows(outputs)
    first = _first_order(bases, standard)
    draws = outputs.shape[1]
    bounded = np.clip(first, 0.0, 1.0)
    errors = np.sqrt(4.0 * bounded * (1.0 - bounded) ** 2 / draws + 2.0 * MEMBERS / draws**2)
    return first, errors, first + _interactions(bases, first, standard)


def basis(values: FloatArray) -> SingleArray:
    """Return the members of the basis, (member, draw), orthonormal over the draws that use it."""
    used = np.flatnonzero(~np.isnan(values))
    members = np.zeros((MEMBERS, values.size), np.float32)
    order = np.argsort(values[used], kind="stable")
    ordered = values[used][order]
    rises = np.diff(ordered) > 0.0
    distinct = int(np.count_nonzero(rises)) + 1
    if distinct == 1 or used.size < 2:
        return members
    curves = _curves(used.size)
    if distinct <= FEW_VALUES:  # of a count or a choice: a number for each value
        groups = np.concatenate([[0], np.cumsum(rises)])
        choices = (groups[None] == np.arange(1, distinct)[:, None]).astype(np.float64)
        curves = _orthonormal(choices[:MEMBERS])
    members[: len(curves), used[order]] = curves * np.sqrt(values.size / used.size)
    return members


@lru_cache(maxsize=8)
def _curves(size: int) -> SingleArray:
    """Return the members of the basis on ordered draws, (member, draw)."""
    from scipy.special import ndtri

    levels = (np.arange(size) + 0.5) / size
    scores = ndtri(levels)
    powers = [scores**power for power in POWERS]
    cosines = [np.cos(np.pi * times * levels) for times in COSINES]
    return _orthonormal(np.stack(powers + cosines))


def _orthonormal(curves: FloatArray) -> SingleArray:
    """Return curves, (curve, draw), with mean zero, variance one and no correlation."""
    whole = np.vstack([np.ones(curves.shape[1]), curves])
    columns = np.linalg.qr(whole.T)[0][:, 1:]
    result: SingleArray = (columns.T * np.sqrt(curves.shape[1])).astype(np.float32)
    return result


def standardised_rows(values: FloatArray) -> SingleArray:
    """Return rows with mean zero and variance one, (row, draw), in single precision."""
    middle, spread = values.mean(axis=1, keepdims=True), values.std(axis=1, keepdims=True)
    single: SingleArray = np.subtract(values, middle).astype(np.float32)
    single /= spread.astype(np.float32)
    return single


def _first_order(bases: SingleArray, standard: SingleArray) -> FloatArray:
    """Return the shares, (input, output), of inputs with bases (input, member, draw)."""
    count, _, draws = bases.shape
    products = (bases.reshape(-1, draws) @ standard.T / draws).astype(np.float64)
    squares = (products**2).reshape(count, MEMBERS, -1).sum(axis=1)
    chance = np.count_nonzero(bases.any(axis=2), axis=1)[:, None] / draws
    return np.asarray((squares - chance) / (1.0 - chance))


def _interactions(bases: SingleArray, first: FloatArray, standard: SingleArray) -> FloatArray:
    """Return what inputs do together with one other, (input, output)."""
    added = np.zeros_like(first)
    leading = np.argsort(-first, axis=0)[:MOST_PAIRED]
    draws = standard.shape[1]
    concerned: dict[tuple[int, int], list[int]] = {}
    for output, column in enumerate(np.sort(leading, axis=0).T.tolist()):
        for pair in combinations(column, 2):
            concerned.setdefault(pair, []).append(output)
    for (one, other), outputs in concerned.items():
        (line, bend), (their_line, their_bend) = bases[one, :2], bases[other, :2]
        if abs(line @ their_line) / draws > DEPENDENT:
            continue
        products = np.stack([line * their_line, line * their_bend, bend * their_line])
        products -= products.mean(axis=1, keepdims=True)
        products /= np.maximum(np.sqrt((products**2).mean(axis=1, keepdims=True)), TINY)
        slopes = (products @ standard[outputs].T / draws).astype(np.float64)
        together = (slopes**2 - 1.0 / draws).sum(axis=0)
        added[one, outputs] += together
        added[other, outputs] += together
    return added

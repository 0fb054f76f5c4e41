"""The inputs of an ensemble as curves may be fitted in them: powers and cosines of their scores.

Of a prior the normal score is known, of which its values were drawn; of all else the score is that
of the rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.stepped import Groups

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

POWERS = (1, 2, 3)
COSINES = (3, 4)
MEMBERS = len(POWERS) + len(COSINES)
FEW_VALUES = MEMBERS + 1
"""An input with no more values has a mean of its own for each."""
LARGE_TIE = 0.005
"""A part of the draws; where more have one value, members are made orthonormal again."""
SAID_ALREADY = 1e-5
"""A member that others leave a smaller standard deviation is none."""
MANY = 2**15
"""Levels at which the normal distribution is taken to make members orthonormal."""


@dataclass(frozen=True)
class Inputs:
    """The inputs of an ensemble.

    Attributes
    ----------
    bases : SingleArray
        (input, member, draw), see :func:`basis` and :func:`basis_of_scores`.
    scores : tuple[FloatArray | None, ...]
        The normal scores, (draw,), of which each was drawn; None where they are not known.
    """

    bases: SingleArray
    scores: tuple[FloatArray | None, ...]

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Whether the scores of each input are known, (input,)."""
        return np.array([own is not None for own in self.scores], bool)

    def groups(self, place: int) -> Groups:
        """Return the draws in groups by the score of an input."""
        own = self.scores[place]
        return Groups(_rank_scores(self.bases[place]) if own is None else own, own is not None)


def inputs_of(
    values: Sequence[FloatArray], scores: Sequence[FloatArray | None] | None = None
) -> Inputs:
    """Return inputs by their values, (draw,), NaN where unused, and the scores that are known."""
    known = tuple(scores or [None] * len(values))
    pairs = zip(values, known, strict=True)
    bases = [basis(own) if score is None else basis_of_scores(score) for own, score in pairs]
    return Inputs(np.stack(bases), known)


def basis(values: FloatArray) -> SingleArray:
    """Return the members of the basis, (member, draw), orthonormal over the draws that use it.

    Draws with one value have one number in each member.
    """
    members = np.zeros((MEMBERS, values.size), np.float32)
    used = np.flatnonzero(~np.isnan(values))
    own = values[used]
    order = np.argsort(own)
    ordered = own[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf))
    if starts.size < 2:
        return members
    curves = _curves(used.size)
    if starts.size < used.size:
        sizes = np.diff(starts, append=used.size)
        if starts.size <= FEW_VALUES:  # of a count or a choice: a number for each value
            choices = np.repeat(np.eye(starts.size)[1 : MEMBERS + 1], sizes, axis=1)
            curves = _orthonormal(choices)
        else:
            means = np.add.reduceat(curves, starts, axis=1) / sizes.astype(np.float32)
            curves = np.repeat(means, sizes, axis=1)
            if sizes.max() > LARGE_TIE * used.size:
                curves = _orthonormal(curves.astype(np.float64))
    members[: len(curves), used[order]] = curves * np.float32(np.sqrt(values.size / used.size))
    return members


def basis_of_scores(scores: FloatArray) -> SingleArray:
    """Return the members of the basis, (member, draw), orthonormal under the normal distribution.

    Over the draws they are so but for chance.
    """
    from scipy.special import ndtr

    members: SingleArray = (_weights() @ _raw(scores, ndtr(scores))).astype(np.float32)
    return members


@lru_cache(maxsize=1)
def _weights() -> FloatArray:
    """Return what makes :func:`_raw` orthonormal under the normal distribution."""
    from scipy.special import ndtri

    levels = (np.arange(MANY) + 0.5) / MANY
    raw = _raw(ndtri(levels), levels)
    inverse: FloatArray = np.linalg.inv(np.linalg.cholesky(raw @ raw.T / MANY))
    return inverse[1:]


def _raw(scores: FloatArray, levels: FloatArray) -> FloatArray:
    """Return one, powers of scores and cosines of levels, (member, draw)."""
    cosines = [np.cos(np.pi * times * levels) for times in COSINES]
    powers = [scores]
    for _ in POWERS[1:]:
        powers.append(powers[-1] * scores)
    return np.stack([np.ones_like(scores), *powers, *cosines])


@lru_cache(maxsize=8)
def _curves(size: int) -> SingleArray:
    """Return the members of the basis on ordered draws, (member, draw)."""
    from scipy.special import ndtri

    levels = (np.arange(size) + 0.5) / size
    return _orthonormal(_raw(ndtri(levels), levels)[1:])


def _orthonormal(curves: FloatArray) -> SingleArray:
    """Return curves, (curve, draw), with mean zero, variance one and no correlation.

    What others of them say already is zero.
    """
    whole = np.vstack([np.ones(curves.shape[1]), curves])
    columns, weights = np.linalg.qr(whole.T)
    size = np.sqrt(curves.shape[1])
    own = np.abs(np.diag(weights)) > SAID_ALREADY * size
    result: SingleArray = ((columns * own)[:, 1:].T * size).astype(np.float32)
    return result


def _rank_scores(members: SingleArray) -> FloatArray:
    """Return what draws are ordered by, (draw,), NaN in draws that do not use the input."""
    used = members.any(axis=0)
    line = members[0].astype(np.float64) * np.sqrt(np.count_nonzero(used) / used.size)
    if np.unique(line[used]).size <= 2:  # the first member is about one value of a choice
        line = np.unique(members, axis=1, return_inverse=True)[1].astype(np.float64)
    return np.where(used, line, np.nan)


def standardised_rows(values: FloatArray) -> SingleArray:
    """Return rows with mean zero and variance one, in single precision."""
    single, spread = centred_rows(values)
    single /= spread[:, None].astype(np.float32)
    return single


def centred_rows(values: FloatArray) -> tuple[SingleArray, FloatArray]:
    """Return rows with mean zero, in single precision, and their standard deviations."""
    single = np.empty(values.shape, np.float32)
    np.subtract(values, values.mean(axis=1, keepdims=True), out=single, casting="unsafe")
    squares = np.einsum("od,od->o", single, single, dtype=np.float64)
    return single, np.sqrt(squares / values.shape[1])

r"""Sobol' shares of variance from one ensemble, without further runs.

The share of an input X in the variance of an output Y is S = Var(E[Y | X]) / Var(Y). The inputs of
an ensemble are known draw by draw, so that the curve E[Y | X] can be fitted to the draws: here by
a cubic in the normal score of the rank of X (polynomial chaos, Sudret 2008, Reliability Engineering
and System Safety 93) and two cosines of the rank for what bends more (Plischke 2012, ibid. 107).
On an orthonormal basis S is the sum of squared correlations; what the curve leaves of the means
between some ranks is added for counts, which may change at one value only. What chance alone adds
to such a sum, one part in as many as there are draws for each member, is taken off.

A total share adds to the first-order share of an input what it does together with others. Of these
only the products of two scores, and of a score and the square of another, are fitted, and only for
the leading inputs of an output that do not depend on each other: it is a lower bound, too low where
three act together, an input acts together with the chance of single years, or neither of two does
anything alone.

The standard error of a share is that of a normal output or, where it is larger, what ten parts of
the draws tell (infinitesimal jackknife, Efron 1982, SIAM): the shares of an output with heavy
tails, such as an effect that few draws have, are much less certain than those of a normal one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

POWERS = (1, 2, 3)
COSINES = (3, 4)
MEMBERS = len(POWERS) + len(COSINES)
MOST_PAIRED = 6
"""Inputs of each output, those with the largest first-order shares, whose products are fitted."""
MOST_LOOKED_AT = 4 * MOST_PAIRED
"""Inputs among which these are looked for: of several that depend on each other one is taken."""
BEARS = 0.01
"""Steps are looked for where the first-order share of an input is larger, products where that of
one of two is."""
TAIL = (0.005, *(n / 100.0 for n in range(1, 10)))
LEVELS = (*TAIL, *(n / 20.0 for n in range(2, 19)), *(1.0 - part for part in reversed(TAIL)))
"""Ranks between which a count has a mean of its own."""
DEPENDENT = 0.05
"""Inputs whose scores correlate by more, and by more than chance, depend on each other."""
FEW_VALUES = MEMBERS + 1
"""An input with no more values has a mean of its own for each."""
LARGE_TIE = 0.005
"""A part of the draws; where more have one value, they have one number in each member, too."""
SAID_ALREADY = 1e-5
"""A member that others leave a smaller standard deviation is none."""
SAID_BESIDE = 1e-2
"""What a known input leaves of the variance of a member is none where it is a smaller part."""
PARTS = 10
"""Into so many parts are draws divided to find the errors of shares."""
SOME_DRAWS = 500
"""An output of which half of so many draws have values of others is a count."""
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
    return shares_of(bases, standardised_rows(outputs))


def shares_of(
    bases: SingleArray, standard: SingleArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what :func:`shares` does, of outputs with mean zero and variance one."""
    parts = _products(bases, standard)
    products = parts.mean(axis=0)
    first = _first_order(bases, products)
    steps = _steps(bases, products, first, standard)
    first += steps
    bounded = np.clip(first, 0.0, 1.0)
    draws = standard.shape[1]
    members = MEMBERS + np.where(steps != 0.0, len(LEVELS), 0)
    normal = 4.0 * bounded * (1.0 - bounded) ** 2 / draws + 2.0 * members / draws**2
    errors = np.sqrt(np.maximum(normal, _told_by_parts(bases, parts, products, standard)))
    return first, errors, first + _interactions(bases, products, first, standard)


def shares_beside(
    known: SingleArray, bases: SingleArray, output: FloatArray
) -> tuple[FloatArray, float]:
    """Return what inputs explain of an output beside one that is known, and its chance.

    Parameters
    ----------
    known : SingleArray
        (member, draw) the basis of what is known.
    bases : SingleArray
        (input, member, draw).
    output : FloatArray
        (draw,).

    Returns
    -------
    tuple[FloatArray, float]
        (input,) the share of the variance that the input adds; and the standard error of a share
        that is none.
    """
    draws = output.size
    standard = standardised_rows(output[None])[0]
    own = known[known.any(axis=1)]
    left = standard - (own @ standard / draws) @ own
    beside = bases @ own.T / draws
    grams = bases @ bases.transpose(0, 2, 1) / draws - beside @ beside.transpose(0, 2, 1)
    slopes = (bases @ left / draws).astype(np.float64)
    inverse = np.linalg.pinv(grams.astype(np.float64), rcond=SAID_BESIDE, hermitian=True)
    added = np.einsum("im,imn,in->i", slopes, inverse, slopes)
    rank = np.linalg.matrix_rank(grams, tol=SAID_BESIDE, hermitian=True)
    noise = float(left @ left) / draws / draws
    return added - rank * noise, float(np.sqrt(2.0 * MEMBERS) * noise)


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
    elif distinct < used.size:
        starts = np.concatenate([[0], np.flatnonzero(rises) + 1])
        sizes = np.diff(starts, append=used.size)
        if sizes.max() > LARGE_TIE * used.size:
            means = np.add.reduceat(curves.astype(np.float64), starts, axis=1) / sizes
            curves = _orthonormal(np.repeat(means, sizes, axis=1))
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
    """Return curves, (curve, draw), with mean zero, variance one and no correlation.

    What others of them say already is zero.
    """
    whole = np.vstack([np.ones(curves.shape[1]), curves])
    columns, weights = np.linalg.qr(whole.T)
    size = np.sqrt(curves.shape[1])
    own = np.abs(np.diag(weights)) > SAID_ALREADY * size
    result: SingleArray = ((columns * own)[:, 1:].T * size).astype(np.float32)
    return result


def standardised_rows(
    values: FloatArray, chosen: NDArray[np.bool_] | slice = slice(None)
) -> SingleArray:
    """Return rows, or the chosen ones, with mean zero and variance one, in single precision."""
    single: SingleArray = (values - values.mean(axis=1, keepdims=True))[chosen].astype(np.float32)
    spread = np.sqrt(np.einsum("od,od->o", single, single, dtype=np.float64) / values.shape[1])
    single /= spread[:, None].astype(np.float32)
    return single


def _products(bases: SingleArray, standard: SingleArray) -> SingleArray:
    """Return the mean product of members and outputs in parts of the draws.

    (part, input, member, output); the mean over the parts is that over the draws.
    """
    count, _, draws = bases.shape
    flat = bases.reshape(-1, draws)
    products = np.empty((PARTS, len(flat), len(standard)), np.float32)
    for own, (start, end) in zip(products, _edges(draws), strict=True):
        np.matmul(flat[:, start:end], standard[:, start:end].T, out=own)
    products *= np.float32(PARTS / draws)
    return products.reshape(PARTS, count, MEMBERS, -1)


def _first_order(bases: SingleArray, products: SingleArray) -> FloatArray:
    """Return the shares, (input, output), of inputs with bases (input, member, draw)."""
    squares = np.einsum("imo,imo->io", products, products).astype(np.float64)
    chance = np.count_nonzero(bases.any(axis=2), axis=1)[:, None] / bases.shape[2]
    return np.asarray((squares - chance) / (1.0 - chance))


def _steps(
    bases: SingleArray, products: SingleArray, first: FloatArray, standard: SingleArray
) -> FloatArray:
    """Return what means between ranks explain of counts beyond the curves, (input, output)."""
    added = np.zeros_like(first)
    draws = standard.shape[1]
    some = np.sort(standard[:, :SOME_DRAWS], axis=1)
    stepped = np.count_nonzero(np.diff(some, axis=1), axis=1) < some.shape[1] / 2
    concerned = (first > BEARS) & stepped
    for place in np.flatnonzero(concerned.any(axis=1)):
        line = bases[place, 0]
        if len(np.unique(line[:SOME_DRAWS])) <= FEW_VALUES:
            continue
        used = bases[place].any(axis=0)
        edges = np.quantile(line[used], LEVELS).astype(np.float32)
        group = np.where(used, np.searchsorted(edges, line), -1)
        within = (group == np.arange(len(edges) + 1)[:, None]).astype(np.float32)
        sizes = within.sum(axis=1)
        within, sizes = within[sizes > 0.0], sizes[sizes > 0.0]
        outputs = np.flatnonzero(concerned[place])
        means = (within @ standard[outputs].T) / sizes[:, None]
        curves = (within @ bases[place].T) / sizes[:, None]
        means -= sizes @ means / sizes.sum()
        left = means - curves @ products[place][:, outputs]
        weights = sizes / draws
        chance = len(sizes) - 1 - float(weights @ (curves**2).sum(axis=1))
        squares = (weights @ left**2).astype(np.float64)
        added[place, outputs] = squares - chance * (1.0 - first[place, outputs]) / draws
    return added


def _told_by_parts(
    bases: SingleArray, parts: SingleArray, products: SingleArray, standard: SingleArray
) -> SingleArray:
    """Return the variances of shares that parts of the draws tell, (input, output).

    A share changes with a draw by what the fitted curve takes off the square of the output there,
    less the share of this square.
    """
    squares = np.einsum("imo,imo->io", products, products)
    told: SingleArray = np.zeros_like(squares)
    for own, (start, end) in zip(parts, _edges(standard.shape[1]), strict=True):
        part, scale = slice(start, end), np.float32(PARTS / standard.shape[1])
        members = bases[:, :, part]
        fitted = (members @ members.transpose(0, 2, 1) * scale) @ products
        size = np.einsum("od,od->o", standard[:, part], standard[:, part]) * scale
        change = np.einsum("imo,imo->io", products, 2.0 * own - fitted) - squares * size
        told += change**2
    told /= np.float32(PARTS * (PARTS - 1))
    return told


def _edges(draws: int) -> list[tuple[int, int]]:
    """Return where parts of the draws begin and end."""
    edges = np.linspace(0, draws, PARTS + 1).round().astype(int).tolist()
    return list(pairwise(edges))


def _interactions(
    bases: SingleArray, products: SingleArray, first: FloatArray, standard: SingleArray
) -> FloatArray:
    """Return what inputs do together with one other, (input, output).

    What the two do alone is taken off first: it would add to the chance of a small ensemble.
    """
    added = np.zeros_like(first)
    draws = standard.shape[1]
    concerned: dict[tuple[int, int], list[int]] = {}
    for output, leading in enumerate(_leading(bases, first)):
        bears = [place for place in leading if first[place, output] > BEARS]
        for one, other in combinations(leading, 2):
            if one in bears or other in bears:
                concerned.setdefault((one, other), []).append(output)
    for (one, other), outputs in concerned.items():
        (line, bend), (their_line, their_bend) = bases[one, :2], bases[other, :2]
        both = np.empty((3, draws), np.float32)
        for own, mine, theirs in zip(
            both, (line, line, bend), (their_line, their_bend, their_line), strict=True
        ):
            np.multiply(mine, theirs, out=own)
        spread = np.einsum("md,md->m", both, both) / draws - both.mean(axis=1) ** 2
        slopes = both @ standard[outputs].T
        for place in (one, other):
            slopes -= (both @ bases[place].T) @ products[place][:, outputs]
        slopes /= draws * np.maximum(np.sqrt(spread), TINY)[:, None]
        left = 1.0 - first[one, outputs] - first[other, outputs]
        together = (slopes.astype(np.float64) ** 2 - left / draws).sum(axis=0)
        added[one, outputs] += together
        added[other, outputs] += together
    return added


def _leading(bases: SingleArray, first: FloatArray) -> Iterator[list[int]]:
    """Yield for each output the inputs with the largest shares, each independent of the others."""
    lines = np.ascontiguousarray(bases[:, 0])
    draws = lines.shape[1]
    correlated = np.abs(lines @ lines.T) / draws > max(DEPENDENT, 3.0 / np.sqrt(draws))
    tied = [set(np.flatnonzero(row).tolist()) for row in correlated]
    for column in np.argsort(-first, axis=0)[:MOST_LOOKED_AT].T.tolist():
        chosen: list[int] = []
        for place in column:
            if len(chosen) < MOST_PAIRED and tied[place].isdisjoint(chosen):
                chosen.append(place)
        yield sorted(chosen)

r"""Sobol' shares of variance from one ensemble, without further runs.

The share of an input X in the variance of an output Y is S = Var(E[Y | X]) / Var(Y). The inputs of
an ensemble are known draw by draw, so that the curve E[Y | X] can be fitted to the draws: here by
a cubic in the normal score of X (polynomial chaos, Sudret 2008, Reliability Engineering and System
Safety 93) and two cosines of its level for what bends more (Plischke 2012, ibid. 107). On an
orthonormal basis the variance of the curve is the sum of its squared weights. What chance alone
adds to such a sum, one part in as many as there are draws for each member, is taken off. Outputs of
few values are treated otherwise, see :mod:`stepped`.

A total share adds to the first-order share of an input what it does together with others. Of these
only the products of two scores, and of a score and the square of another, are fitted, and only for
the leading inputs of an output that do not depend on each other: it is a lower bound, too low where
three act together, many small ones with one, or one of two does nothing alone. What an input does
together with the chance of single years is left out: it depends on how chance is drawn (Mazo 2021,
SIAM/ASA Journal on Uncertainty Quantification 9).

The standard error of a share is that of a normal output or, where it is larger, what ten parts of
the draws tell (infinitesimal jackknife, Efron 1982, SIAM): the shares of an output with heavy
tails, such as an effect that few draws have, are much less certain than those of a normal one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.bases import MEMBERS, Inputs, standardised_rows
from vnjp_sim.analysis.stepped import alone, steps, together

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

MOST_PAIRED = 6
"""Inputs of each output, those with the largest first-order shares, whose products are fitted."""
MOST_LOOKED_AT = 4 * MOST_PAIRED
"""Inputs among which these are looked for: of several that depend on each other one is taken."""
BEARS = 0.01
"""What two inputs do together is looked for where one of them has a larger first-order share."""
CHANCE = 20.0
"""An input that does not matter hardly ever has a larger share, times the number of draws."""
STANDS_OUT = 9.0
"""What two inputs do together counts where its square is so many times that of chance."""
DEPENDENT = 0.05
"""Inputs whose scores correlate by more, and by more than chance, depend on each other."""
SAID_BESIDE = 1e-2
"""What a known input leaves of the variance of a member is none where it is a smaller part."""
PARTS = 10
"""Into so many parts are draws divided to find the errors of shares."""
TINY = np.float32(1e-12)


def shares(inputs: Inputs, outputs: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return first-order shares, their standard errors, and total shares, each (input, output).

    `outputs` are (output, draw); each varies.
    """
    return shares_of(inputs, standardised_rows(outputs))


def shares_of(inputs: Inputs, standard: SingleArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what :func:`shares` does, of outputs with mean zero and variance one."""
    parts = _products(inputs.bases, standard)
    products = parts.mean(axis=0)
    slopes = _slopes(inputs, products)
    left = 1.0 - np.einsum("imo,imo->io", slopes, products)
    first = _first_order(inputs, slopes, left)
    bounded = np.clip(first, 0.0, 1.0)
    draws = standard.shape[1]
    normal = 4.0 * bounded * (1.0 - bounded) ** 2 / draws + 2.0 * MEMBERS / draws**2
    error = np.sqrt(normal)
    some = first > _least(draws)
    told = np.sqrt(_told_by_parts(inputs, parts, slopes, standard, some))
    error[some] = np.maximum(error[some], told)
    few_values = steps(standard)
    pairs = _pairs(inputs.bases, first)
    stepped = {output: pairs[output] for output in np.flatnonzero(few_values).tolist()}
    more = _of_steps(inputs, first, error, standard, stepped)
    smooth: dict[tuple[int, int], list[int]] = {}
    for output in np.flatnonzero(~few_values).tolist():
        for pair in pairs[output]:
            smooth.setdefault(pair, []).append(output)
    more += _products_of_two(inputs.bases, slopes, first, standard, smooth)
    return first, error, first + more


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


def _slopes(inputs: Inputs, products: SingleArray) -> SingleArray:
    """Return the weights of members in the fitted curves, (input, member, output).

    On members that are orthonormal over the draws they are the products themselves.
    """
    known = np.flatnonzero(inputs.known)
    if not known.size:
        return products
    slopes = products.copy()
    members = inputs.bases[known]
    middle = members.mean(axis=2)
    grams = members @ members.transpose(0, 2, 1) / np.float32(members.shape[2])
    grams -= middle[:, :, None] * middle[:, None, :]
    slopes[known] = np.linalg.solve(grams, products[known])
    return slopes


def _first_order(inputs: Inputs, slopes: SingleArray, left: SingleArray) -> FloatArray:
    """Return first-order shares, (input, output), of curves that leave a variance."""
    between = np.einsum("imo,imo->io", slopes, slopes).astype(np.float64)
    draws = inputs.bases.shape[2]
    chance = np.count_nonzero(inputs.bases.any(axis=2), axis=1)[:, None] / draws
    within = left / (1.0 - chance)
    between -= chance * within
    first: FloatArray = between / (between + within)
    return first


def _of_steps(
    inputs: Inputs,
    first: FloatArray,
    error: FloatArray,
    standard: SingleArray,
    pairs: Mapping[int, Sequence[tuple[int, int]]],
) -> FloatArray:
    """Replace the shares of outputs that step by what groups of draws tell, see :mod:`stepped`.

    Return what inputs do together with one other, (input, output).
    """
    more = np.zeros_like(first)
    least = _least(standard.shape[1])
    groups = cache(inputs.groups)
    for output, own_pairs in pairs.items():
        values = standard[output].astype(np.float64)
        fitted: dict[int, FloatArray] = {}
        for place in np.flatnonzero(first[:, output] > least).tolist():
            found = alone(groups(place), values)
            first[place, output], error[place, output] = found.share, found.error
            fitted[place] = found.fitted
        for one, other in own_pairs:
            left = values - fitted.get(one, 0.0) - fitted.get(other, 0.0)
            more[[one, other], output] += together(groups(one), groups(other), left)
    return more


def _least(draws: int) -> float:
    """Return a share that an input which does not matter hardly ever has."""
    return min(BEARS, CHANCE / draws)


def _told_by_parts(
    inputs: Inputs,
    parts: SingleArray,
    slopes: SingleArray,
    standard: SingleArray,
    chosen: NDArray[np.bool_],
) -> FloatArray:
    """Return the variances of chosen shares that parts of the draws tell, (share,).

    A share changes with a draw by what the fitted curve takes off the square of the output there,
    less the share of this square. Where scores are known it does not change with what these are in
    the draw, but with what the curve leaves.
    """
    places, outputs = np.nonzero(chosen)
    own = slopes[places, :, outputs]
    squares = np.einsum("sm,sm->s", own, own)
    told = np.zeros(places.size)
    known = inputs.known[places]
    for products, (start, end) in zip(parts, _edges(standard.shape[1]), strict=True):
        part, scale = slice(start, end), np.float32(PARTS / standard.shape[1])
        members = inputs.bases[:, :, part]
        grams = members @ members.transpose(0, 2, 1) * scale
        fitted = np.einsum("sm,smn,sn->s", own, grams[places], own)
        along = np.einsum("sm,sm->s", own, products[places, :, outputs])
        size = np.einsum("od,od->o", standard[:, part], standard[:, part]) * scale
        settled = known * (1.0 - squares) * (fitted - squares)
        told += (2.0 * along - fitted - squares * size[outputs] - settled) ** 2
    return told / (PARTS * (PARTS - 1))


def _edges(draws: int) -> list[tuple[int, int]]:
    """Return where parts of the draws begin and end."""
    edges = np.linspace(0, draws, PARTS + 1).round().astype(int).tolist()
    return list(pairwise(edges))


def _products_of_two(
    bases: SingleArray,
    products: SingleArray,
    first: FloatArray,
    standard: SingleArray,
    pairs: Mapping[tuple[int, int], list[int]],
) -> FloatArray:
    """Return what inputs do together with one other by products of two members, (input, output).

    Only what stands out from chance counts, see :data:`STANDS_OUT`.
    """
    added = np.zeros_like(first)
    draws = standard.shape[1]
    for (one, other), outputs in pairs.items():
        (line, bend), (their_line, their_bend) = bases[one, :2], bases[other, :2]
        both = np.empty((3, draws), np.float32)
        for own, mine, theirs in zip(
            both, (line, line, bend), (their_line, their_bend, their_line), strict=True
        ):
            np.multiply(mine, theirs, out=own)
        raw = both @ standard[outputs].T
        large = (np.square(raw) > STANDS_OUT * draws).any(axis=0)
        if large.any():
            chosen = np.asarray(outputs)[large]
            left = standard[chosen]
            for place in (one, other):
                left -= products[place][:, chosen].T @ bases[place]
            together = _beyond_chance(both, left)
            added[one, chosen] += together
            added[other, chosen] += together
    return added


def _beyond_chance(both: SingleArray, left: SingleArray) -> FloatArray:
    """Return what products, (member, draw), explain of what is left of outputs, (output,)."""
    draws = left.shape[1]
    both = both - both.mean(axis=1, keepdims=True)
    squares = both**2
    spread = squares.mean(axis=1, dtype=np.float64)[:, None]
    slopes = (both @ left.T).astype(np.float64) / draws
    chance = (squares @ np.square(left).T).astype(np.float64) / draws**2
    found = np.where(slopes**2 > STANDS_OUT * chance, slopes**2 - chance, 0.0)
    result: FloatArray = (found / np.maximum(spread, TINY)).sum(axis=0)
    return result


def _pairs(bases: SingleArray, first: FloatArray) -> list[list[tuple[int, int]]]:
    """Return for each output the pairs of leading inputs of which one bears on it."""
    bears = (first > BEARS).T.tolist()
    return [
        [(one, two) for one, two in combinations(leading, 2) if own[one] or own[two]]
        for leading, own in zip(_leading(bases, first), bears, strict=True)
    ]


def _leading(bases: SingleArray, first: FloatArray) -> Iterator[list[int]]:
    """Yield for each output the inputs with the largest shares, each independent of the others.

    Of many inputs those that may have none are left out, of few they might lead together with one.
    """
    lines = np.ascontiguousarray(bases[:, 0])
    count, draws = lines.shape
    correlated = np.abs(lines @ lines.T) / draws > max(DEPENDENT, 3.0 / np.sqrt(draws))
    tied = [set(np.flatnonzero(row).tolist()) for row in correlated]
    matter = first > (_least(draws) if count > MOST_PAIRED else -np.inf)
    order = np.argsort(-first, axis=0)[:MOST_LOOKED_AT]
    order = np.where(np.take_along_axis(matter, order, axis=0), order, -1)
    for column in order.T.tolist():
        chosen: list[int] = []
        for place in column:
            if place < 0 or len(chosen) == MOST_PAIRED:
                break
            if tied[place].isdisjoint(chosen):
                chosen.append(place)
        yield sorted(chosen)

r"""What the rows of the posterior hold, and what each of it has to do with an output.

Before any figure, all that the model does not know is independent: parameters by their priors, the
chance of each year, and the errors of the figures. Let s be any of these, with the prior variance
1, and let all be normal and the output Y linear in them. The figures leave the covariance P of the
s, which is a projection (P² = P), so that the variance of Y = c's that remains is

.. math:: c'Pc = |Pc|^2 = \sum_s \mathrm{cov}(Y, s \mid \text{figures})^2.

Every s thus has a share that is its own, and the shares sum to one. For a parameter p alone this is
V_post/V_prior of its contribution: of the error of a posterior mean that weighs the prior by w =
V_post/V_prior and the figures by 1 − w, the part w is that of the prior. The same formula holds
where the figures tie parameters to one another.

Known of s are the parameters, each by its grade, and chance from year to year since a law's last
figure, of which no figure tells (their posterior is their prior). The rest is what the figures'
errors, and chance in the years that they measure, leave open: of levels at the last figure
(*reporting*), of parameters (*calibrated parameters*).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior

FloatArray = NDArray[np.float64]
Columns = Mapping[str, FloatArray]
"""Features, (row,), by the names of the arrays that they are made of."""

REPORTING = "reporting"
FORM = "model form"
PARAMETERS = "calibrated parameters"
EMPIRICAL = "empirical priors"
PUBLISHED = "published priors"
ASSUMED = "assumptions"
PROCESS = "process noise"
SOURCE_OF_GRADE: Mapping[str, str] = {
    "empirical": EMPIRICAL,
    "published": PUBLISHED,
    "assumed": ASSUMED,
}
LEAST = 1e-6
"""A feature that others explain but for this part of its variance has nothing of its own."""


@dataclass(frozen=True)
class Features:
    """What the rows of the posterior hold, standardised over all rows.

    Attributes
    ----------
    levels, forms, parameters, innovations : FloatArray
        (feature, row)
        Levels at the last figures; growth forms; normal scores of parameters; what the years since
        the last figures add.
    kept : FloatArray
        (parameter,)
        The part of each prior's variance that the posterior keeps.
    sources : tuple of str
        The source of each parameter's prior.
    rows : NDArray[np.intp]
        (draw,)
        The row of each draw.
    """

    levels: FloatArray
    forms: FloatArray
    parameters: FloatArray
    innovations: FloatArray
    kept: FloatArray
    sources: tuple[str, ...]
    rows: NDArray[np.intp]

    @cached_property
    def all(self) -> FloatArray:
        """All features, (feature, row)."""
        return np.concatenate([self.levels, self.forms, self.parameters, self.innovations])

    @cached_property
    def _places(self) -> dict[str, slice]:
        """Where the features of each kind stand among all."""
        blocks = (self.levels, self.forms, self.parameters, self.innovations)
        ends = accumulate(map(len, blocks), initial=0)
        kinds = (REPORTING, FORM, PARAMETERS, PROCESS)
        return {kind: slice(*pair) for kind, pair in zip(kinds, pairwise(ends), strict=True)}

    @cached_property
    def _covariance(self) -> FloatArray:
        """Of the features over all rows, (feature, feature)."""
        product: FloatArray = self.all @ self.all.T / max(self.all.shape[1], 1)
        return product

    def parts(self, first: FloatArray, second: FloatArray) -> dict[str, FloatArray]:
        """Return the variance, (year,), that two outputs share, by its source.

        The outputs are centred, (year, draw), and alike in the row of the posterior alone. Both
        are regressed on the features, so that the noise of one fit is no part of the other's.
        """
        kinds = self._places
        parameters, innovations = kinds[PARAMETERS], kinds[PROCESS]
        weights, repeated = self._weights(first), self._weights(second)
        fitted, refitted = self._covariance @ weights, self._covariance @ repeated
        parts = {kind: (weights[at] * refitted[at]).sum(axis=0) for kind, at in kinds.items()}

        # what each source of chance does through each kind of feature
        own = self.kept[:, None] * refitted[parameters]
        within = self._covariance[innovations, innovations]
        added = np.linalg.pinv(within, rcond=LEAST, hermitian=True) @ refitted[innovations]
        for kind, at in kinds.items():
            by_prior = own * (self._covariance[parameters, at] @ weights[at])
            by_chance = added * (self._covariance[innovations, at] @ weights[at])
            parts[kind] = parts[kind] - by_prior.sum(axis=0) - by_chance.sum(axis=0)
        parts[REPORTING] = parts[REPORTING] + parts[PROCESS]
        parts[PROCESS] = (added * fitted[innovations]).sum(axis=0)
        for source in SOURCE_OF_GRADE.values():
            mine = np.array([s == source for s in self.sources], bool)
            parts[source] = (own[mine] * fitted[parameters][mine]).sum(axis=0)
        return parts

    def _weights(self, values: FloatArray) -> FloatArray:
        """Return the regression weights of values, (year, draw), as (feature, year)."""
        weights: FloatArray = self._inverse @ (self._drawn @ values.T)
        return weights

    @cached_property
    def _drawn(self) -> FloatArray:
        """The features of the draws, (feature, draw)."""
        return self.all[:, self.rows]

    @cached_property
    def _inverse(self) -> FloatArray:
        """The inverse of the products of the features over the draws, (feature, feature)."""
        products = self._drawn @ self._drawn.T
        return np.asarray(np.linalg.pinv(products, rcond=1e-10, hermitian=True), np.float64)


def features_of(posterior: Posterior, rows: NDArray[np.intp]) -> Features:
    """Return what the rows of a posterior hold."""
    priors = {p.name: p for p in posterior.parameters}
    held = [dict[str, FloatArray]() for _ in range(4)]
    scores, forms, levels, ends = held
    for name, array in posterior.arrays.items():
        part = name.rpartition(".")[2]
        if part == "form":
            forms |= {f"{name}.{kind}": (array == kind) * 1.0 for kind in np.unique(array)[1:]}
        elif name in priors:
            scores[name] = normal_scores(array)
        elif part in ("last_figure", "level"):
            levels[name] = array.astype(np.float64)
        else:  # what stands at the end of history, of each group of a law of shares
            last = np.atleast_2d(array if array.ndim == 1 else array[..., -1, :])
            ends |= {f"{name}.{i}": _filled(row.astype(np.float64)) for i, row in enumerate(last)}
    scores, forms, levels, ends = map(standardised, held)
    size = posterior.size
    return Features(
        _stacked(levels, size),
        _stacked(forms, size),
        _stacked(scores, size),
        _stacked(_innovations(ends, levels, {**forms, **scores}, posterior.last_figures), size),
        np.array([priors[name].kept for name in scores]),
        tuple(SOURCE_OF_GRADE[priors[name].grade] for name in scores),
        rows,
    )


def _innovations(
    ends: Columns, levels: Columns, others: Columns, times: Mapping[str, float]
) -> Columns:
    """Return what the years since its last figure add to each end of a history.

    That is what neither parameters and forms explain nor the levels that were known by then.
    """
    if not ends:
        return {}
    dates = [times.get(name.removesuffix(".last_figure"), -np.inf) for name in levels]
    last = {name: times.get(name.partition(".")[0], -np.inf) for name in ends}
    size = next(iter(ends.values())).size
    design = np.stack([*others.values(), *levels.values(), np.ones(size)])
    products = design @ design.T
    added: dict[str, FloatArray] = {}
    for time in set(last.values()):
        known = [date <= time for date in dates]
        chosen = np.array([*[True] * len(others), *known, True])
        held, some = design[chosen], [name for name in ends if last[name] == time]
        values = np.stack([ends[name] for name in some])
        square = products[np.ix_(chosen, chosen)]
        weights = np.linalg.lstsq(square, held @ values.T, rcond=1e-10)[0]
        added |= dict(zip(some, values - weights.T @ held, strict=True))
    varies = (name for name in ends if added[name].var() > LEAST)
    return standardised({name: added[name] for name in varies})


def _stacked(columns: Columns, rows: int) -> FloatArray:
    """Return features as (feature, row), also if there are none."""
    return np.stack([np.empty(rows), *columns.values()])[1:]


def normal_scores(array: NDArray[np.generic]) -> FloatArray:
    """Return the normal scores of a parameter's ranks among the rows that use it, else zero.

    They tame its tails; in scores the posterior of a parameter is nearly normal.
    """
    from scipy.special import ndtri

    used = np.flatnonzero(~np.isnan(array))
    scores = np.zeros(array.size)
    ranks = np.argsort(np.argsort(array[used]))
    scores[used] = ndtri((ranks + 0.5) / max(used.size, 1))
    return scores


def _filled(values: FloatArray) -> FloatArray:
    """Return values with zero in the rows whose growth form does not use them, the rest centred.

    Outputs of those rows do not depend on them, and by how much such rows differ from the others on
    average is the form's part, which has features of its own.
    """
    unused = np.isnan(values)
    if not unused.any():
        return values
    used = values[~unused]
    centred = values - (used.mean() if used.size else 0.0)
    return np.where(unused, 0.0, centred)


def standardised(columns: Columns) -> dict[str, FloatArray]:
    """Return features with mean zero and variance one, constant ones left out."""
    result = {}
    for name, column in columns.items():
        centred = column - column.mean()
        if centred.std() > 1e-12 * (1.0 + np.abs(column).max()):
            result[name] = centred / centred.std()
    return result

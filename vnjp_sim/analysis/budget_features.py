"""What the rows of the posterior hold, as features on which outputs are regressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior

FloatArray = NDArray[np.float64]

REPORTING = "reporting"
FORM = "model form"
PARAMETERS = "calibrated parameters"
EMPIRICAL = "empirical priors"
PUBLISHED = "published priors"
ASSUMED = "assumptions"
SOURCE_OF_GRADE: Mapping[str, str] = {
    "empirical": EMPIRICAL,
    "published": PUBLISHED,
    "assumed": ASSUMED,
}


@dataclass(frozen=True)
class Features:
    """What the rows of the posterior hold, for the regression of outputs on it.

    `blocks` are standardised features by source, (feature, draw).
    """

    blocks: Mapping[str, FloatArray]

    @cached_property
    def design(self) -> FloatArray:
        """All features, (feature, draw)."""
        return np.concatenate(list(self.blocks.values()))

    @cached_property
    def inverse(self) -> FloatArray:
        """The inverse of their products, (feature, feature), by which regression weights follow."""
        products = self.design @ self.design.T
        return np.asarray(np.linalg.pinv(products, rcond=1e-10, hermitian=True), np.float64)


def features_of(posterior: Posterior, rows: NDArray[np.intp]) -> Features:
    """Return what the rows of the draws hold."""
    grades = {p.name: PARAMETERS if p.learnt else p.grade for p in posterior.parameters}
    sources = {PARAMETERS: PARAMETERS, **SOURCE_OF_GRADE}
    columns_of: dict[str, list[FloatArray]] = {
        source: [] for source in (REPORTING, FORM, PARAMETERS, *SOURCE_OF_GRADE.values())
    }
    for name, array in posterior.arrays.items():
        if name.endswith(".form"):
            kinds = np.unique(array)
            columns_of[FORM] += [(array[rows] == kind).astype(np.float64) for kind in kinds[1:]]
        elif name in grades:
            columns_of[sources[grades[name]]].append(_ranked(array)[rows])
        elif name.endswith((".equilibrium", ".rate")):
            columns_of[PARAMETERS].append(_ranked(array)[rows])
        elif array.ndim == 1:
            columns_of[REPORTING].append(_filled(array.astype(np.float64))[rows])
        else:
            last = array[..., -1, :].reshape(-1, array.shape[-1])
            columns_of[REPORTING] += [one[rows].astype(np.float64) for one in last]
    return Features(
        {kind: standardised(columns, rows.size) for kind, columns in columns_of.items()}
    )


def _ranked(array: NDArray[np.generic]) -> FloatArray:
    """Return the ranks of values over the bank, from 0 to 1, which tame the tails of parameters.

    They are ranks among the rows that use the parameter.
    """
    used = np.flatnonzero(~np.isnan(array))
    ranks = np.full(array.size, np.nan)
    ranks[used] = np.argsort(np.argsort(array[used])) / max(used.size, 1)
    return _filled(ranks)


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


def standardised(columns: Sequence[FloatArray], draws: int) -> FloatArray:
    """Return features with mean zero and variance one, (feature, draw), constant ones left out."""
    if not columns:
        return np.empty((0, draws))
    block = np.stack(columns)
    block = block - block.mean(axis=1, keepdims=True)
    spread = block.std(axis=1, keepdims=True)
    kept = spread[:, 0] > 1e-12 * (1.0 + np.abs(block).max(axis=1))
    result: FloatArray = block[kept] / spread[kept]
    return result

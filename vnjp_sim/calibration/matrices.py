"""Linear algebra of many small matrices, one a draw, with the draws on the last axis.

The matrices of a law have a handful of rows, and there are thousands of them. One after the other
in LAPACK, each costs more in calls than in arithmetic; row by row over all draws at once, the same
algorithms are several times faster. Nothing here goes through BLAS, whose last digits depend on
its threads and kernels: a calibration has the same bytes however many threads there are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def product(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the matrix product, (row, column), of (row, inner) and (inner, column)."""
    result: FloatArray = np.einsum("ij,jk->ik", left, right)
    return result


def cholesky(matrix: FloatArray) -> FloatArray:
    """Return the lower Cholesky factors, (row, column, draw), of symmetric matrices.

    Only the lower triangle is read, and only that of the result means anything; `matrix` is
    overwritten. A matrix that is not positive definite gives numbers that are not finite.
    """
    for j in range(matrix.shape[0]):
        below = matrix[j:, j]
        if j:
            below -= np.einsum("ikn,kn->in", matrix[j:, :j], matrix[j, :j])
        np.sqrt(below[0], out=below[0])
        below[1:] /= below[0]
    return matrix


def forward(factor: FloatArray, right: FloatArray) -> FloatArray:
    """Solve L x = b for lower factors L, (row, column, draw), and b, (row, draw)."""
    solved = np.empty_like(right)
    for i in range(right.shape[0]):
        known = np.einsum("kn,kn->n", factor[i, :i], solved[:i])
        solved[i] = (right[i] - known) / factor[i, i]
    return solved


def backward(factor: FloatArray, right: FloatArray) -> FloatArray:
    """Solve Lᵀ x = b for lower factors L, (row, column, draw), and b, (row, draw)."""
    solved = np.empty_like(right)
    for i in reversed(range(right.shape[0])):
        known = np.einsum("kn,kn->n", factor[i + 1 :, i], solved[i + 1 :])
        solved[i] = (right[i] - known) / factor[i, i]
    return solved

"""Linear algebra with the draws on the last axis, against LAPACK."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import solve_triangular

from vnjp_sim.calibration.matrices import backward, cholesky, forward, product

DRAWS = 50


@pytest.mark.parametrize("rows", [1, 2, 5, 14])
def test_factors_and_solutions_are_those_of_lapack(rows: int) -> None:
    rng = np.random.default_rng(rows)
    root = rng.standard_normal((DRAWS, rows, rows))
    matrices = root @ root.transpose(0, 2, 1) + 0.1 * np.eye(rows)
    right = rng.standard_normal((rows, DRAWS))
    factor = cholesky(np.moveaxis(matrices, 0, -1).copy())
    down, up = forward(factor, right), backward(factor, right)
    for draw, matrix in enumerate(matrices):
        expected = np.linalg.cholesky(matrix)
        np.testing.assert_allclose(np.tril(factor[:, :, draw]), expected, rtol=1e-9, atol=1e-12)
        one = right[:, draw]
        solved = solve_triangular(expected, one, lower=True)
        np.testing.assert_allclose(down[:, draw], solved, rtol=1e-8, atol=1e-10)
        solved = solve_triangular(expected, one, lower=True, trans="T")
        np.testing.assert_allclose(up[:, draw], solved, rtol=1e-8, atol=1e-10)


def test_matrix_that_is_not_positive_definite_gives_no_number() -> None:
    good, bad = np.diag([4.0, 9.0]), np.array([[1.0, 2.0], [2.0, 1.0]])
    with np.errstate(invalid="ignore"):
        factor = cholesky(np.stack([good, bad], axis=-1))
    assert np.diagonal(factor[:, :, 0]).tolist() == [2.0, 3.0]
    assert np.isnan(factor[1, 1, 1])


def test_product_is_that_of_matrices() -> None:
    rng = np.random.default_rng(3)
    left, right = rng.standard_normal((4, 6)), rng.standard_normal((6, 9))
    np.testing.assert_allclose(product(left, right), left @ right, rtol=1e-13)

"""Four ways to write one convolution: the same numbers, and the matrix of columns with its transpose."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cutaway.science.nets import (
    CONVOLUTION_WAYS,
    by_columns,
    col2im,
    compiled_tiles,
    im2col,
    naive_loops,
    strided_windows,
)
from tests.science.nets.images import torch_conv2d


@pytest.mark.parametrize("shape", [(1, 4, 5, 1), (2, 6, 5, 3)])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_all_are_the_same(shape: tuple[int, ...], kind: type, rng: np.random.Generator) -> None:
    x, kernel = rng.normal(size=shape).astype(kind), rng.normal(size=(3, 2, shape[3], 4)).astype(kind)
    expected = naive_loops(x, kernel)
    assert list(CONVOLUTION_WAYS.values()) == [naive_loops, by_columns, strided_windows, compiled_tiles]
    for name, way in CONVOLUTION_WAYS.items():
        assert way(x, kernel).dtype == kind, name
        np.testing.assert_allclose(way(x, kernel), expected, rtol=1e-4, atol=1e-5, err_msg=name)
    theirs = torch_conv2d(torch.tensor(x), torch.tensor(kernel)).numpy()
    np.testing.assert_allclose(expected, theirs, rtol=1e-4, atol=1e-5)


def test_columns_and_back_are_adjoint(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 5, 6, 3))
    matrix = im2col(x, 3, 2)
    assert matrix.shape == (2 * 3 * 5, 3 * 2 * 3)
    other = rng.normal(size=matrix.shape)
    np.testing.assert_allclose(np.vdot(matrix, other), np.vdot(x, col2im(other, x.shape, 3, 2)), rtol=1e-12)

"""One convolution written in four ways, from the slowest to the fastest, to be read and timed side by side.

All take images (n, h, w, c) and a kernel (a, b, c, o), stride 1 without pads, and return the same (n, i, j, o).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cutaway.science.nets.convolution import conv2d


def naive_loops(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Seven loops over single numbers, as the definition reads.

    >>> naive_loops(np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 1)))[0, :, :, 0].tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """
    n, h, w, channels = x.shape
    rows, columns, _, filters = kernel.shape
    y = np.zeros((n, h - rows + 1, w - columns + 1, filters), x.dtype)
    for image in range(n):
        for i in range(y.shape[1]):
            for j in range(y.shape[2]):
                for o in range(filters):
                    total = x.dtype.type(0)
                    for a in range(rows):
                        for b in range(columns):
                            for c in range(channels):
                                total += x[image, i + a, j + b, c] * kernel[a, b, c, o]
                    y[image, i, j, o] = total
    return y


def im2col(x: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Every window as a row of a matrix (n i j, a b c), gathered by index: each number is written a b times.

    >>> im2col(np.arange(9.0).reshape(1, 3, 3, 1), 2, 2).tolist()[0]
    [0.0, 1.0, 3.0, 4.0]
    """
    _, h, w, channels = x.shape
    i, j = np.arange(h - rows + 1), np.arange(w - columns + 1)
    a, b = np.arange(rows), np.arange(columns)
    down = i[:, None, None, None] + a[:, None]
    right = j[:, None, None] + b
    return x[:, down, right].reshape(-1, rows * columns * channels)


def col2im(matrix: np.ndarray, shape: tuple[int, int, int, int], rows: int, columns: int) -> np.ndarray:
    """Add the rows of such a matrix back to where `im2col` took them: its transpose.

    >>> col2im(np.ones((4, 4)), (1, 3, 3, 1), 2, 2)[0, :, :, 0].tolist()
    [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """
    n, h, w, channels = shape
    high, wide = h - rows + 1, w - columns + 1
    parts = matrix.reshape(n, high, wide, rows, columns, channels)
    out = np.zeros(shape, matrix.dtype)
    for a in range(rows):
        for b in range(columns):
            out[:, a : a + high, b : b + wide] += parts[:, :, :, a, b]
    return out


def by_columns(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The matrix of windows times the kernel, as most convolutions in NumPy are written.

    >>> by_columns(np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 1)))[0, :, :, 0].tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """
    n, h, w, _ = x.shape
    rows, columns, _, filters = kernel.shape
    y = im2col(x, rows, columns) @ kernel.reshape(-1, filters)
    return np.asarray(y.reshape(n, h - rows + 1, w - columns + 1, filters))


def strided_windows(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A view of the windows, and one matrix product.

    >>> strided_windows(np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 1)))[0, :, :, 0].tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(1, 2))  # (n, i, j, c, a, b)
    return np.asarray(np.tensordot(windows, kernel, axes=((4, 5, 3), (0, 1, 2))))


def compiled_tiles(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Sums held in registers, compiled by Numba: `conv2d`.

    >>> compiled_tiles(np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 1)))[0, :, :, 0].tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """
    return np.asarray(conv2d(x, kernel))


CONVOLUTION_WAYS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "naive loops": naive_loops,
    "im2col": by_columns,
    "strided windows": strided_windows,
    "Numba": compiled_tiles,
}
"""The four, under the names that the study draws."""

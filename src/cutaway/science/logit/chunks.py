"""Rows cut into chunks that depend on the table's shape alone: they, not the threads that fold them, decide the order
of the summation, so the same rows give the same bits on any number of cores.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cutaway.core.errors import InputError

_CHUNK_CELLS = 1 << 18  # 2 MB of float64: large beside a kernel's start, small beside a table
_STORE_CELLS = 1 << 22  # at most 32 MB of partial sums in all chunks together
_MOST_CHUNKS = 64
_EVEN = 4  # the number of chunks is a multiple of this, so that no core waits for the last one


def chunk_edges(rows: int, width: int, store: int = 1) -> np.ndarray:
    """Row positions (k + 1,) int64 at which chunks begin and end.

    `width`: columns of the table; `store`: numbers that one chunk's partial sums occupy.

    >>> chunk_edges(10, 3)
    array([ 0, 10])
    """
    wanted = -(-rows * max(width, 1) // _CHUNK_CELLS)
    wanted += -wanted % _EVEN if wanted > 1 else 0
    count = max(1, min(wanted, _MOST_CHUNKS, _STORE_CELLS // max(store, 1)))
    return np.linspace(0, rows, count + 1).astype(np.int64)


def design(x: np.ndarray, y: np.ndarray | None, weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arrays as the kernels take them: x float64 (n, p) C-contiguous, y int32 (n,), weight float64 (n,) or empty.

    `y` None gives zeros. Values are not looked at: `checked` does that, once.

    Raises:
        InputError: a wrong number of dimensions, or lengths that differ.
    """
    x = np.ascontiguousarray(x, dtype=np.float64)
    if x.ndim != 2:
        raise InputError(f"x: expected a table (n, p), got shape {x.shape}; reshape one column with x[:, None]")
    y = np.zeros(len(x), dtype=np.int32) if y is None else np.ascontiguousarray(y, dtype=np.int32)
    w = np.empty(0) if weight is None else np.ascontiguousarray(weight, dtype=np.float64)
    if y.shape != (len(x),):
        raise InputError(f"y: expected shape ({len(x)},) as x has {len(x)} rows, got {y.shape}")
    if weight is not None and w.shape != (len(x),):
        raise InputError(f"weight: expected shape ({len(x)},) as x has {len(x)} rows, got {w.shape}")
    return x, y, w


def total(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Sum of equally shaped arrays, in their order."""
    first, *rest = parts
    out = first.copy()
    for part in rest:
        out += part
    return out

"""Arrow arrays as NumPy arrays and back, by their buffers.

PyArrow's own conversions (`pa.array`, `pa.scalar`, `to_numpy`) import pandas wherever it is installed, which takes
longer than reading a small table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def stored(array: pa.Array, dtype: str) -> np.ndarray:
    """The stored values (n,) of a fixed-width array, as a view; what stands where a value is missing means nothing."""
    if not len(array):
        return np.empty(0, dtype=dtype)
    return np.frombuffer(array.buffers()[1], dtype=dtype, count=array.offset + len(array))[array.offset :]


def present(array: pa.Array) -> np.ndarray | None:
    """Boolean (n,), False where the value is missing; None where none is."""
    if not array.null_count:
        return None
    return _bits(array.buffers()[0], array.offset, len(array))


def filled(array: pa.Array, dtype: str, missing: int) -> np.ndarray:
    """The stored values (n,), with `missing` where there is none; new memory only then."""
    values, there = stored(array, dtype), present(array)
    return values if there is None else np.where(there, values, np.asarray(missing, dtype=dtype))


def truths(array: pa.Array) -> np.ndarray:
    """Boolean (n,) of an Arrow array of booleans; False where missing."""
    if not len(array):
        return np.empty(0, dtype=bool)
    there = present(array)
    values = _bits(array.buffers()[1], array.offset, len(array))
    return values if there is None else values & there


def mask(values: np.ndarray) -> pa.BooleanArray:
    """An Arrow array of booleans from a boolean (n,)."""
    import pyarrow as pa

    bits = np.packbits(values, bitorder="little").tobytes()
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])


def strings(values: Iterable[str], kind: pa.DataType) -> pa.Array:
    """An Arrow array of text; `kind`: `pa.string()` or `pa.large_string()`."""
    import pyarrow as pa

    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32 if pa.types.is_string(kind) else np.int64)
    buffers = [None, pa.py_buffer(ends.tobytes()), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(kind, len(encoded), buffers)


def _bits(buffer: pa.Buffer, offset: int, length: int) -> np.ndarray:
    first = offset // 8
    packed = np.frombuffer(buffer, dtype=np.uint8)[first : (offset + length + 7) // 8]
    return np.unpackbits(packed, bitorder="little", count=offset - 8 * first + length)[offset - 8 * first :].view(bool)

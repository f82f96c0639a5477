"""NumPy's matrix products held to one thread, where others work on the same cores.

OpenBLAS's threads wait by spinning: beside a compiled loop that uses all cores, small products then take tens of times
as long. On one thread a product is also the same, bit by bit, however many cores there are.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

_lock = threading.Lock()
_held: list[int] = []  # how many threads there were, once for each who holds them now


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within it, the OpenBLAS of NumPy's wheels uses one thread, in the whole process; another BLAS stays as it is.

    May be nested, and held by several threads at once; the last to leave gives the threads back.
    """
    library = _openblas()
    if library is None:
        yield
        return
    read, write = library
    with _lock:
        _held.append(_held[0] if _held else read())
        write(1)
    try:
        yield
    finally:
        with _lock:
            threads = _held.pop()
            if not _held:
                write(threads)


@cache
def _openblas() -> tuple[Any, Any] | None:
    """The functions that tell and set how many threads the OpenBLAS beside NumPy uses; None if there is none."""
    beside = Path(np.__file__).parent.parent / "numpy.libs"
    for path in sorted(beside.glob("*openblas*")):
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        for name in ("scipy_openblas_{}64_", "openblas_{}64_", "scipy_openblas_{}", "openblas_{}"):
            read = getattr(library, name.format("get_num_threads"), None)
            write = getattr(library, name.format("set_num_threads"), None)
            if read is not None and write is not None:
                return read, write
    return None

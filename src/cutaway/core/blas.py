"""NumPy's and SciPy's matrix products held to one thread, where others work on the same cores.

OpenBLAS's threads wait by spinning: beside a compiled loop that uses all cores, small products then take tens of times
as long. On one thread a product is also the same, bit by bit, however many cores there are.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_LOADED = getattr(os, "RTLD_NOLOAD", 0) | getattr(os, "RTLD_LAZY", 0)  # a library that is there, or none

_lock = threading.Lock()
_known: dict[str, tuple[Any, Any] | None] = {}  # package -> how many threads its OpenBLAS uses, and how to say so
_held: dict[str, int] = {}  # package -> how many threads there were
_holders = 0


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within it, the OpenBLAS that NumPy's wheels bring uses one thread, in the whole process, and so does that of
    SciPy's where `scipy.linalg` has been imported; another BLAS stays as it is.

    May be nested, and held by several threads at once; the last to leave gives the threads back.
    """
    global _holders
    with _lock:
        _holders += 1
        for package, (read, write) in _libraries():
            if package not in _held:
                _held[package] = read()
                write(1)
    try:
        yield
    finally:
        with _lock:
            _holders -= 1
            if not _holders:
                for package, (_, write) in _libraries():
                    if package in _held:
                        write(_held[package])
                _held.clear()


def _libraries() -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Each package that brings an OpenBLAS which is at work, and the functions that tell and set its threads."""
    for package, module in (("numpy", "numpy"), ("scipy", "scipy.linalg")):
        if module not in sys.modules:
            continue
        if package not in _known:
            _known[package] = _openblas(package)
        found = _known[package]
        if found is not None:
            yield package, found


def _openblas(package: str) -> tuple[Any, Any] | None:
    """The functions of the library beside the package; None if it brings none."""
    beside = Path(str(sys.modules[package].__file__)).parent.parent / f"{package}.libs"
    for path in sorted(beside.glob("*openblas*")):
        try:
            library = ctypes.CDLL(str(path), mode=_LOADED)
        except OSError:
            continue
        for name in ("scipy_openblas_{}64_", "openblas_{}64_", "scipy_openblas_{}", "openblas_{}"):
            read = getattr(library, name.format("get_num_threads"), None)
            write = getattr(library, name.format("set_num_threads"), None)
            if read is not None and write is not None:
                return read, write
    return None

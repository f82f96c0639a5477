"""Work over this process's cores, in threads that are started once; results come in the order of the work.

Threads, not processes: the compiled loops and NumPy release the interpreter's lock, and arrays are shared. They are
Python's, not Numba's: nothing spins beside BLAS, and calls may nest.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

R = TypeVar("R")

_here = threading.local()


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # pragma: no cover


@cache
def _pool() -> ThreadPoolExecutor:
    """The process's threads: to start and end some for each batch of a pass takes as long as the batch."""
    return ThreadPoolExecutor(cores(), thread_name_prefix="cutaway")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork


def in_turn(work: Callable[[int], R], count: int) -> Iterator[R]:
    """`work(0), …, work(count - 1)` in this order, each made while the ones before it are in use.

    No more results wait than twice the cores. Work that asks for threads itself, within one of them, does it alone.
    """
    if min(count, cores()) <= 1 or getattr(_here, "inside", False):
        yield from (work(k) for k in range(count))
        return

    def inside(k: int) -> R:
        _here.inside = True  # or it would wait for a thread of the pool, of which it holds one
        return work(k)

    pool = _pool()
    coming: deque[Future[R]] = deque()
    try:
        for k in range(count):
            coming.append(pool.submit(inside, k))
            if len(coming) > 2 * cores():
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        for future in coming:
            future.cancel()


@contextmanager
def alone() -> Iterator[None]:
    """Within it, this thread does all work itself: for one of several threads that share the cores already."""
    before = getattr(_here, "inside", False)
    _here.inside = True
    try:
        yield
    finally:
        _here.inside = before


def at_once(work: Callable[[int], R], count: int) -> list[R]:
    """`[work(0), …, work(count - 1)]`, of which the calling thread does its part.

    A caller that waits costs more than it seems: the threads are woken while it still holds its core, and on a quiet
    machine both begin on the other one.

    Raises: what the work raises, once no thread is at it any more; what is not begun by then is left.
    """
    if min(count, cores()) <= 1 or getattr(_here, "inside", False):
        return [work(k) for k in range(count)]
    results: dict[int, R] = {}
    turns = iter(range(count))  # each thread takes the next: CPython hands out every number once

    def take() -> None:
        with alone():
            for k in turns:
                results[k] = work(k)

    others = [_pool().submit(take) for _ in range(min(count, cores()) - 1)]
    try:
        take()
    finally:
        for _ in turns:  # after an error: what nobody has begun
            pass
        for other in others:
            other.cancel()
        wait(others)
    for other in others:
        if not other.cancelled():
            other.result()
    return [results[k] for k in range(count)]

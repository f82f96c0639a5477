"""Whoever runs trials on many machines: the workers of a Dask cluster, the user's own or one of this machine."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from typing import Any, Self

from cutaway.core.blas import one_blas_thread
from cutaway.core.errors import InputError
from cutaway.core.threads import cores
from cutaway.engines.cluster import connected, explained, imported, line
from cutaway.tuning.limits import Limits
from cutaway.tuning.trials import Ended, Objective, Task, ended

PATIENCE_SECONDS = 10.0
MOST_LOSSES = 3
"""So often a trial is begun anew after the cluster has lost what it needs."""


class Cluster:
    """Dask's workers, for the length of the context.

    `scheduler`: its address; without one, `workers` processes are started here. A trial that takes longer than the
    limit is given up, though its worker may be at it still: a thread cannot be ended. Memory is limited by Dask itself
    (`dask worker --memory-limit`); a trial at which several workers have died is recorded as out of memory.

    Raises: InputError where nobody answers at the address, or its workers cannot run cutaway.
    """

    def __init__(
        self,
        scheduler: str | None = None,
        workers: int | None = None,
        limits: Limits | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._scheduler, self._count = scheduler, cores() if workers is None else workers
        self._limits, self._patience = limits or Limits(), patience_seconds
        if self._count < 1:
            raise InputError(f"workers: expected at least 1, got {self._count}")
        if self._limits.memory_mb is not None:
            raise InputError(
                "limits: Dask limits its workers' memory itself (dask worker --memory-limit); leave it out"
            )
        self._stack = ExitStack()
        self._client: Any = None
        self._sent: tuple[Objective, Any] | None = None

    def __enter__(self) -> Self:
        self._stack.enter_context(explained(self._scheduler))
        self._client = self._stack.enter_context(connected(self._scheduler, self._count, self._patience))
        return self

    def __exit__(self, *error: Any) -> bool | None:
        self._sent = None
        return self._stack.__exit__(*error)

    def run(self, objective: Objective, tasks: Iterable[Task], until: float | None) -> Iterator[tuple[int, Ended]]:
        """Run the tasks; see `search.Workers`."""
        distributed = imported("distributed")
        waiting: deque[tuple[Task, int]] = deque((task, 0) for task in tasks)
        under_way: dict[Any, tuple[Task, int, float]] = {}
        try:
            while True:
                slots = max(1, sum(self._client.nthreads().values()))
                while waiting and len(under_way) < slots and (until is None or time.monotonic() < until):
                    task, losses = waiting.popleft()
                    future = self._client.submit(evaluated, self._data(objective), task, pure=False)
                    under_way[future] = (task, losses, time.monotonic())
                if not under_way:
                    return
                with suppress(TimeoutError, distributed.TimeoutError), self._client.as_current():
                    distributed.wait(list(under_way), timeout=self._next(under_way), return_when="FIRST_COMPLETED")
                for future in [each for each in under_way if each.done()]:
                    task, losses, began = under_way.pop(future)
                    end = self._answer(future, began)
                    if end is None and losses < MOST_LOSSES:
                        self._sent = None
                        waiting.appendleft((task, losses + 1))
                    else:
                        yield task.number, end or _lost(began)
                yield from self._too_late(under_way)
        finally:
            if under_way:
                with suppress(Exception):
                    self._client.cancel(list(under_way), force=True)

    def _data(self, objective: Objective) -> Any:
        """The objective where the workers are, sent once."""
        if self._sent is None or self._sent[0] is not objective:
            self._sent = (objective, self._client.scatter(objective, broadcast=True, hash=False))
        return self._sent[1]

    def _next(self, under_way: dict[Any, tuple[Task, int, float]]) -> float | None:
        """Seconds until a trial will have taken too long."""
        if self._limits.seconds is None:
            return None
        first = min(began for _, _, began in under_way.values())
        return max(0.0, first + self._limits.seconds - time.monotonic())

    def _answer(self, future: Any, began: float) -> Ended | None:
        """How the trial ended; None where the cluster lost what it needed.

        Raises: InputError where the workers cannot run it at all.
        """
        killed = imported("distributed").scheduler.KilledWorker
        try:
            end: Ended = future.result()
            return end
        except killed:
            return _lost(began)
        except CancelledError:
            if not self._client.nthreads() and self._client.status != "running":
                raise
            return None
        except Exception as error:
            raise InputError(
                f"engine dask: the workers cannot run the objective ({type(error).__name__}: {line(error)}); install "
                f"what it needs where they run"
            ) from error

    def _too_late(self, under_way: dict[Any, tuple[Task, int, float]]) -> Iterator[tuple[int, Ended]]:
        """The trials that have taken too long, given up."""
        limit = self._limits.seconds
        for future, (task, _, began) in list(under_way.items()) if limit is not None else ():
            seconds = time.monotonic() - began
            if limit is not None and seconds >= limit:
                del under_way[future]
                self._client.cancel([future], force=True)
                yield task.number, Ended("timeout", None, seconds, time.time() - seconds, f"not done after {limit:g} s")


def _lost(began: float) -> Ended:
    seconds = time.monotonic() - began
    message = "several workers died at it, most likely for want of memory"
    return Ended("memory", None, seconds, time.time() - seconds, message)


def evaluated(objective: Objective, task: Task) -> Ended:
    """What a worker of Dask does."""
    with one_blas_thread():
        return ended(objective, task)

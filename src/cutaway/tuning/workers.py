"""Whoever runs trials on this machine: this process, or several that may be ended when a trial goes too far."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from cutaway.core.blas import one_blas_thread
from cutaway.core.errors import InputError
from cutaway.tuning.limits import Limits, hold_memory, resident_mb
from cutaway.tuning.trials import Ended, Objective, Task, ended, told

LOOK_SECONDS = 0.05  # between two looks at how much memory the workers hold
START_SECONDS = 300.0  # for a process to begin: what an objective imports may take long on a busy machine
GRACE_SECONDS = 2.0  # for a process to end by itself
SLACK = 1.1  # a process is ended from outside only when it has passed what makes its own allocations fail


class Here:
    """Runs the trials in this process, one after the other: without limits, and with nothing to start."""

    def run(self, objective: Objective, tasks: Iterable[Task], until: float | None) -> Iterator[tuple[int, Ended]]:
        """Run the tasks; see `search.Workers`."""
        for task in tasks:
            if until is not None and time.monotonic() >= until:
                return
            with one_blas_thread():
                end = ended(objective, task)
            yield task.number, end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing was begun."""


@dataclass(slots=True)
class _Worker:
    """A process and what it is at."""

    process: Any
    connection: Connection
    objective: bytes = b""
    task: Task | None = None
    began: float = 0.0
    clock: float = 0.0
    ready: bool = False  # it has imported what the objective needs, which is not the trial's time


class Processes:
    """`count` processes of this machine, started when first needed and kept until the context ends.

    A trial that passes a limit costs its process, which is started anew. Should this process die, they end too.

    Raises: InputError where the objective cannot be sent to another process.
    """

    def __init__(self, count: int, limits: Limits | None = None) -> None:
        if count < 1:
            raise InputError(f"workers: expected at least 1, got {count}")
        self._count, self._limits = count, limits or Limits()
        methods = multiprocessing.get_all_start_methods()
        # Not by fork: a process that has threads, as NumPy and Numba start them, must not be copied.
        self._context: Any = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        self._workers: list[_Worker] = []
        self._sent: tuple[Objective, bytes] | None = None  # pickled once: a table may be large

    def run(self, objective: Objective, tasks: Iterable[Task], until: float | None) -> Iterator[tuple[int, Ended]]:
        """Run the tasks; see `search.Workers`."""
        if self._sent is None or self._sent[0] is not objective:
            self._sent = (objective, _pickled(objective))
        sent = self._sent[1]
        waiting = deque(tasks)
        for left in [worker for worker in self._workers if worker.task is not None]:
            self._end(left)  # somebody gave the last run up half-way
        try:
            while True:
                while waiting and (until is None or time.monotonic() < until):
                    worker = self._idle()
                    if worker is None:
                        break
                    self._give(worker, sent, waiting.popleft())
                if all(worker.task is None for worker in self._workers):
                    return
                yield from self._heard()
        except GeneratorExit:
            self.close()
            raise

    def _idle(self) -> _Worker | None:
        for worker in self._workers:
            if worker.task is None:
                return worker
        return self._start() if len(self._workers) < self._count else None

    def _start(self) -> _Worker:
        own, theirs = self._context.Pipe()
        process = self._context.Process(
            target=serve, args=(theirs, self._limits.memory_mb), name="cutaway-trial", daemon=False
        )
        try:
            process.start()
        finally:
            theirs.close()
        worker = _Worker(process, own)
        self._workers.append(worker)
        return worker

    def _give(self, worker: _Worker, objective: bytes, task: Task) -> None:
        worker.task, worker.ready = task, False
        fresh = objective if worker.objective is not objective else None
        worker.objective = objective
        worker.began, worker.clock = time.monotonic(), time.time()
        with suppress(OSError):  # a process that is dead is found by its connection's end
            worker.connection.send((fresh, task))

    def _heard(self) -> Iterator[tuple[int, Ended]]:
        """What has ended, after a wait."""
        busy = [worker for worker in self._workers if worker.task is not None]
        wait([worker.connection for worker in busy], self._patience(busy))
        for worker in busy:
            task = worker.task
            assert task is not None
            end = self._answer(worker) or self._too_far(worker)
            if end is not None:
                worker.task = None
                yield task.number, end

    def _patience(self, busy: list[_Worker]) -> float | None:
        """Seconds until somebody must be looked at."""
        out: list[float] = []
        if self._limits.memory_mb is not None:
            out.append(LOOK_SECONDS)
        if self._limits.seconds is not None:
            out += [max(0.0, worker.began + self._allowed(worker) - time.monotonic()) for worker in busy]
        return min(out) if out else None

    def _answer(self, worker: _Worker) -> Ended | None:
        """How the worker's trial ended, if it did: as it says, or as its death does."""
        try:
            if not worker.connection.poll():
                return None
            word, end = worker.connection.recv()
            if word == "begun":
                worker.began, worker.ready = time.monotonic(), True
                return None
            if word == "refused":
                self._end(worker)
                raise InputError(str(end))
            assert isinstance(end, Ended)
            return end
        except (EOFError, OSError, pickle.UnpicklingError):
            self._end(worker)
            return self._killed(worker)

    def _killed(self, worker: _Worker) -> Ended:
        code = worker.process.exitcode
        seconds = time.monotonic() - worker.began
        if code == -signal.SIGKILL:
            return Ended("memory", None, seconds, worker.clock, "the system ended its process, most likely for memory")
        how = f"by signal {-code}" if code is not None and code < 0 else f"with status {code}"
        return Ended("failed", None, seconds, worker.clock, f"its process ended {how}")

    def _allowed(self, worker: _Worker) -> float:
        """Seconds that the worker has, where there is a limit."""
        assert self._limits.seconds is not None
        return self._limits.seconds if worker.ready else self._limits.seconds + START_SECONDS

    def _too_far(self, worker: _Worker) -> Ended | None:
        """The end of a trial that has passed a limit, after that of its process."""
        seconds = time.monotonic() - worker.began
        limit = self._limits.seconds
        if limit is not None and seconds >= self._allowed(worker):
            self._end(worker)
            return Ended("timeout", None, seconds, worker.clock, f"not done after {limit:g} s")
        most = self._limits.memory_mb
        if most is not None:
            held = resident_mb(worker.process.pid)
            if held > SLACK * most:
                self._end(worker)
                return Ended("memory", None, seconds, worker.clock, f"held {held:,.0f} MB of {most:,.0f} MB allowed")
        return None

    def _end(self, worker: _Worker) -> None:
        """End the process, whatever it is at."""
        if worker in self._workers:
            self._workers.remove(worker)
        worker.process.join(0.2) if not worker.process.is_alive() else worker.process.kill()
        worker.process.join()
        worker.connection.close()

    def close(self) -> None:
        """End the processes."""
        idle = [worker for worker in self._workers if worker.task is None]
        for worker in idle:
            worker.connection.close()  # it ends by itself when nobody can speak to it
        for worker in self._workers:
            worker.process.join(GRACE_SECONDS if worker in idle else 0)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            with suppress(OSError):
                worker.connection.close()
        self._workers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _pickled(objective: Objective) -> bytes:
    try:
        return pickle.dumps(objective)
    except Exception as error:
        name = getattr(objective, "__name__", type(objective).__name__)
        raise InputError(
            f"objective {name!r}: cannot be sent to another process "
            f"({told(error)[:200]}); define it at the top level of a module"
        ) from error


def serve(connection: Connection, memory_mb: float | None) -> None:
    """What a worker's process does: trials, until nobody speaks to it any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is for the process that asks
    heard: queue.SimpleQueue[tuple[bytes | None, Task]] = queue.SimpleQueue()

    def listen() -> None:
        while True:
            try:
                heard.put(connection.recv())
            except (EOFError, OSError):
                os._exit(0)  # whoever asked is gone: nobody wants this trial

    objective: Any = None
    threading.Thread(target=listen, daemon=True).start()
    with one_blas_thread():
        while True:
            fresh, task = heard.get()
            if fresh is not None:
                try:
                    objective = pickle.loads(fresh)  # from the process that started this one
                except Exception as error:
                    connection.send(("refused", f"objective: cannot be read in another process ({told(error)[:200]})"))
                    continue
                if memory_mb is not None:
                    hold_memory(memory_mb)
            connection.send(("begun", None))
            connection.send(("ended", ended(objective, task)))
            sys.stdout.flush()

"""Worker processes: one waits, warm, so that the next run starts at once; each can be ended at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from cutaway.lab.frames import ERROR, PART, PROGRESS, next_frame
from cutaway.lab.worker import debugging

# The paths of this process, and nothing of the folder in which it was started: it may hold a file named as a library.
START = "import sys; sys.path[:] = {path!r}; from cutaway.lab.worker import main; main()"
IDLE, MOST_IDLE = 1, 2  # one waits at least; of those that have worked and are warm, two may
AGAIN = 1.5  # seconds after a start in which no other worker starts, as both would want the processor


class Worker:
    """One process, in a session of its own so that an interrupt of the terminal does not reach it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def started(cls) -> Worker:
        """A new process, which begins to import what it may need."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            START.format(path=[each for each in sys.path if each]),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=None if debugging() else asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def do(
        self,
        task: dict[str, Any],
        progress: Callable[[bytes], None],
        part: Callable[[bytes], None] = lambda text: None,
    ) -> tuple[bytes, bytes]:
        """Give it the task; kind and text of its last frame.

        `progress` takes each word of progress, `part` each result that is not whole yet, as JSON.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(json.dumps(task).encode() + b"\n")
            await self._process.stdin.drain()
        while (said := await next_frame(self._process.stdout)) is not None:
            if said[0] not in (PROGRESS, PART):
                return said
            (progress if said[0] == PROGRESS else part)(said[1])
        await self.end()  # so that nobody gives it another task
        return ERROR, b"the run's process ended before its result; there may not be enough memory for it"

    async def end(self) -> None:
        """Kill it, with whatever it has started, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self.pid, signal.SIGKILL)
            else:
                self._process.kill()
        await self._process.wait()


class Pool:
    """Hands out workers, and keeps `IDLE` of them ready."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        self._working: set[Worker] = set()
        self._filling: asyncio.Task[None] | None = None
        self._closed = False

    async def take(self) -> Worker:
        """A worker that is ready, or a new one."""
        while self._idle:
            if (worker := self._idle.pop()).alive:
                break
        else:
            worker = await Worker.started()
        self._working.add(worker)
        self.warm(AGAIN)
        return worker

    async def give_back(self, worker: Worker) -> None:
        """It has done its task, and may do another."""
        self._working.discard(worker)
        if worker.alive and len(self._idle) < MOST_IDLE and not self._closed:
            self._idle.append(worker)
        else:
            await worker.end()

    async def end(self, worker: Worker) -> None:
        """End a worker in the midst of its task."""
        self._working.discard(worker)
        await worker.end()
        self.warm(0)

    def warm(self, delay: float) -> None:
        """Have a worker start, so that one is ready when it is wanted."""
        if self._filling is None or self._filling.done():
            self._filling = asyncio.get_running_loop().create_task(self._fill(delay))

    async def close(self) -> None:
        """End all."""
        self._closed = True
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in (*self._idle, *self._working)))
        self._idle, self._working = [], set()

    async def _fill(self, delay: float) -> None:
        await asyncio.sleep(delay)
        while len(self._idle) < IDLE and not self._closed:
            self._idle.append(await Worker.started())

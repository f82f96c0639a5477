"""Long runs: each in a process of its own, told to whoever listens, found again after a reload, ended on request."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any, Literal

from cutaway.lab.frames import RESULT
from cutaway.lab.kept import Kept
from cutaway.lab.pool import Pool, Worker
from cutaway.lab.worker import bug

State = Literal["waiting", "running", "done", "failed", "cancelled"]

AT_ONCE = 2
LINGER = 60.0  # seconds that a run goes on without anybody listening, as a reload takes some
REMEMBERED = 20  # ended jobs that the list still names
KEPT_BYTES = 64 << 20
WAITING = {"kind": "progress", "stage": "waiting for another run to end", "done": 0, "total": None}


def line(**said: Any) -> bytes:
    """One line of newline-delimited JSON."""
    return json.dumps(said, allow_nan=False).encode() + b"\n"


def finished(task: dict[str, Any], result: bytes, *, partial: bool = False) -> bytes:
    """The line of a result, which is JSON already."""
    name = b"audit" if task["task"] == "audit" else b"outcome"
    return b'{"kind": "result", "partial": %s, "%s": %s}\n' % (b"true" if partial else b"false", name, result)


class Job:
    """A run, its last word of progress, and how it ended."""

    def __init__(self, key: str, what: dict[str, Any], task: dict[str, Any]) -> None:
        self.id = secrets.token_urlsafe(9)
        self.key, self.what, self.task = key, what, task
        self.state: State = "waiting"
        self.progress: bytes = b""
        self.part: bytes = b""  # the result so far, where the study tells it
        self.last: bytes = b""
        self.listeners = 0
        self.worker: Worker | None = None
        self.running: asyncio.Task[None] | None = None
        self.leaving: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to come."""
        return self.state not in ("waiting", "running")

    def tell(self, state: State, progress: bytes = b"", last: bytes = b"", part: bytes = b"") -> None:
        """Change its state and wake those who listen."""
        self.state = state
        self.progress, self.last = progress or self.progress, last
        self.part = b"" if self.ended else part or self.part
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def lines(self) -> AsyncIterator[bytes]:
        """Its number, progress and parts of the result so far and from now on (the latest only), and the end."""
        yield line(kind="job", id=self.id)
        told = shown = b""
        while True:
            news = self._news
            if self.ended:
                yield self.last
                return
            if self.part != shown:
                shown = self.part
                yield shown
            elif self.progress != told:
                told = self.progress
                yield told
            else:
                await news.wait()

    def to_json(self) -> dict[str, Any]:
        """What the list of jobs says of it."""
        progress = json.loads(self.progress) if self.progress and not self.ended else None
        return {"id": self.id, "state": self.state, "listeners": self.listeners, "progress": progress, **self.what}


class Jobs:
    """All runs, `AT_ONCE` at a time."""

    def __init__(self, pool: Pool, linger: float = LINGER, at_once: int = AT_ONCE) -> None:
        self._pool, self._linger = pool, linger
        self._jobs: dict[str, Job] = {}
        self._places = asyncio.Semaphore(at_once)
        self.results: Kept[bytes] = Kept(KEPT_BYTES, len)

    def start(self, key: str, what: dict[str, Any], task: dict[str, Any]) -> Job:
        """The job of that key if there is one that has not failed, else a new one. `what` names it in lists."""
        for job in self._jobs.values():
            if job.key == key and not job.ended:
                return job
        job = Job(key, what, task)
        if (result := self.results.get(key)) is not None:
            job.tell("done", last=finished(task, result))
            return job
        self._forget()
        self._jobs[job.id] = job
        job.running = asyncio.get_running_loop().create_task(self._run(job))
        return job

    async def listen(self, job: Job) -> AsyncIterator[bytes]:
        """The job's lines; when the last listener leaves, the job goes on for a while and is then ended."""
        job.listeners += 1
        if job.leaving is not None:
            job.leaving.cancel()
            job.leaving = None
        lines = job.lines()
        try:
            async for each in lines:
                yield each
        finally:
            job.listeners -= 1
            if not job.listeners and not job.ended:
                loop = asyncio.get_running_loop()
                job.leaving = loop.call_later(self._linger, lambda: loop.create_task(self.cancel(job.id)))

    async def cancel(self, number: str) -> Job | None:
        """End the job's process now; None where there is no such job."""
        job = self._jobs.get(number)
        if job is None or job.ended:
            return job
        job.tell("cancelled", last=line(kind="error", message="the run was cancelled", cancelled=True))
        if job.running is not None:
            job.running.cancel()
        if job.worker is not None:
            worker, job.worker = job.worker, None
            await self._pool.end(worker)
        return job

    async def close(self) -> None:
        """End all; who listens is told."""
        await asyncio.gather(*(self.cancel(number) for number in list(self._jobs)))

    def to_json(self) -> list[dict[str, Any]]:
        """All jobs, the newest first."""
        return [job.to_json() for job in reversed(self._jobs.values())]

    async def _run(self, job: Job) -> None:
        if self._places.locked():
            job.tell("waiting", progress=line(**WAITING))
        async with self._places:
            try:
                job.worker = worker = await self._pool.take()
                job.tell("running")
                kind, text = await worker.do(
                    job.task,
                    lambda said: job.tell("running", progress=said + b"\n"),
                    lambda text: job.tell("running", part=finished(job.task, text, partial=True)),
                )
            except OSError as error:  # no process can be started
                job.tell("failed", last=line(kind="error", message=bug(error)))
                return
            job.worker = None
            if kind == RESULT:
                self.results.put(job.key, text)
                job.tell("done", last=finished(job.task, text))
            else:
                job.tell("failed", last=line(kind="error", message=text.decode("utf-8", "replace")))
            await self._pool.give_back(worker)

    def _forget(self) -> None:
        ended = [number for number, job in self._jobs.items() if job.ended]
        for number in ended[: max(0, len(ended) - REMEMBERED)]:
            del self._jobs[number]

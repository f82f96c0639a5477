"""Quick answers: a study run in a thread of the server, and stopped when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cutaway.core.progress import Progress

T = TypeVar("T")
AT_ONCE = 4
LOOK = 0.1  # seconds between two looks at whether somebody still waits


class StoppedError(Exception):
    """Raised inside a computation that nobody waits for."""


class Threads:
    """Runs functions in threads that do not hold up the end of the process, `AT_ONCE` at a time."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)

    async def result(self, work: Callable[[Progress], T], left: Callable[[], Awaitable[bool]]) -> T:
        """What the function returns; its progress raises once `left` says that the client has gone.

        Raises: StoppedError when it was stopped, and whatever the function raises.
        """
        stop = threading.Event()

        def progress(stage: str, done: float, total: float | None, /) -> None:
            if stop.is_set():
                raise StoppedError

        async with self._places:
            future = in_thread(lambda: work(progress))
            try:
                while not (await asyncio.wait({future}, timeout=LOOK))[0]:
                    if not stop.is_set() and await left():
                        stop.set()
            finally:
                stop.set()
            return future.result()


def in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """A future of what the function returns, worked out in a daemon thread."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        value: T | None = None
        failure: BaseException | None = None
        try:
            value = work()
        except BaseException as error:
            failure = error
        try:
            loop.call_soon_threadsafe(settle, value, failure)
        except RuntimeError:  # the loop is closed: nobody waits
            return

    threading.Thread(target=run, daemon=True, name="cutaway-answer").start()
    return future

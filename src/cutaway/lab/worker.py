"""The process that does the work: takes one task after the other, tells its progress, and is ended at any time.

It reads a task a line from standard input and writes frames to standard output. What a study prints goes nowhere. It
ends when its standard input does, so that it never outlives the server.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from queue import SimpleQueue
from threading import Condition, Lock, Thread
from typing import Any, BinaryIO

from cutaway.core.errors import CutawayError
from cutaway.lab.frames import ERROR, PART, PROGRESS, RESULT, frame

NICE = 10  # the page that somebody moves is more urgent than a long run
PAUSE = 0.05  # seconds between two words of progress
WARM = (  # in the order of need, and in pieces, so that a task that comes meanwhile waits for one piece at most
    "cutaway.studies.run.study",
    "cutaway.lab.tasks",
    "pyarrow.compute",
    "cutaway.engines.readers",
    "numba",
    "scipy.special",
    "scipy.linalg",
    "cutaway.checks.run.audit",
)


class Output:
    """The pipe to the server. Progress is told by a thread, the latest word at most every `PAUSE`."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe, self._lock = pipe, Lock()
        self._news = Condition()
        self._latest: tuple[str, float, float | None] | None = None
        Thread(target=self._tell, daemon=True).start()

    def progress(self, stage: str, done: float, total: float | None, /) -> None:
        """Progress, to be told soon."""
        with self._news:
            self._latest = (str(stage), float(done), None if total is None else float(total))
            self._news.notify()

    def part(self, text: str) -> None:
        """A result that is not whole yet."""
        self._write(PART, text)

    def end(self, kind: bytes, text: str) -> None:
        """A result or an error; progress not yet told is dropped."""
        with self._news:
            self._latest = None
        self._write(kind, text)

    def _tell(self) -> None:
        from time import sleep

        while True:
            with self._news:
                self._news.wait_for(lambda: self._latest is not None)
                latest, self._latest = self._latest, None
                if latest is not None:
                    stage, done, total = latest
                    said = {"kind": "progress", "stage": stage, "done": done, "total": total}
                    self._write(PROGRESS, json.dumps(said))
            sleep(PAUSE)

    def _write(self, kind: bytes, text: str) -> None:
        with self._lock, suppress(BrokenPipeError):
            self._pipe.write(frame(kind, text.encode("utf-8", "replace")))
            self._pipe.flush()


def main() -> None:
    """Work until standard input ends."""
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    output = Output(_private_output())
    tasks: SimpleQueue[dict[str, Any]] = SimpleQueue()
    Thread(target=_listen, args=(tasks,), daemon=True).start()
    _warm(tasks)
    while True:
        task = tasks.get()
        try:
            from cutaway.lab.tasks import done

            output.end(RESULT, done(task, output.progress, output.part))
        except CutawayError as error:
            output.end(ERROR, str(error))
        except MemoryError:
            output.end(ERROR, "there is not enough memory for it; choose a smaller size or fewer columns")
        except Exception as error:
            show_traceback()
            output.end(ERROR, bug(error))


def bug(error: Exception) -> str:
    """The sentence for what should not have happened."""
    return f"this is a bug in cutaway ({type(error).__name__}: {' '.join(str(error).split())[:300]}); please report it"


def debugging() -> bool:
    """Whether tracebacks are wanted."""
    return os.environ.get("CUTAWAY_DEBUG", "0") not in ("", "0")


def show_traceback() -> None:
    """Print the traceback of the exception at hand on standard error, where it is wanted."""
    if debugging():
        import traceback

        traceback.print_exc()


def _private_output() -> BinaryIO:
    """The pipe under a number of its own: what anything prints from now on cannot come between the frames."""
    pipe = os.fdopen(os.dup(1), "wb")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    return pipe


def _listen(tasks: SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin.buffer:
        tasks.put(json.loads(line))
    os._exit(0)


def _warm(tasks: SimpleQueue[dict[str, Any]]) -> None:
    """Import what tasks need, as long as none waits."""
    from importlib import import_module

    for module in WARM:
        if not tasks.empty():
            return
        with suppress(ImportError):
            import_module(module)

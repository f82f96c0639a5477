"""Progress bars on a terminal's standard error, for what lasts."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Self

from cutaway.report.text import plain, shorten

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

PATIENCE_SECONDS = 1.0  # what is done sooner needs no bar
STAGE_CHARACTERS = 36  # leaves room for the bar at 80 columns


class Bar:
    """A `core.progress.Progress` and the context in which it shows: one bar, for the stage that is going on.

    It appears when the context has lasted `PATIENCE_SECONDS`, is gone when the context ends, and stays away where
    standard error is no terminal, or one that cannot move its cursor.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stage: tuple[str, float, float | None] = ("starting", 0.0, None)
        self._shown: RichProgress | None = None
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        if sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            import rich.progress  # noqa: F401 - here, because two threads must not import at the same time

            self._timer = threading.Timer(PATIENCE_SECONDS, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._shown is not None:
                self._shown.stop()
                self._shown = None

    def __call__(self, stage: str, done: float, total: float | None, /) -> None:
        """Told by the work; cheap while nothing is shown."""
        with self._lock:
            fresh = stage != self._stage[0]
            self._stage = (stage, done, total)
            if self._shown is not None:
                self._tell(fresh)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        with self._lock:
            if self._timer is None:
                return
            self._shown = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._tell(True)
            self._shown.start()

    def _tell(self, fresh: bool) -> None:
        assert self._shown is not None
        stage, done, total = self._stage
        if not fresh:
            self._shown.update(self._shown.task_ids[0], completed=done, total=total)
            return
        for old in self._shown.task_ids:
            self._shown.remove_task(old)
        self._shown.add_task(shorten(plain(stage), STAGE_CHARACTERS), total=total, completed=int(done))

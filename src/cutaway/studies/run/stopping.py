"""Runs that can be stopped: at the next word of progress, from any thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event

from cutaway.core.progress import Progress, silent


class Cancelled(BaseException):
    """Raised inside `progress`, and so inside the work, when nobody wants its result any more.

    No `Exception`: work that tells of failures and goes on shall not take this for one.
    """


@dataclass(frozen=True, slots=True)
class Stoppable:
    """A progress that hands on what it is told until it is stopped; then it raises `Cancelled`.

    Examples:
        >>> progress = Stoppable()
        >>> progress("fitting", 1, 2)
        >>> progress.stop()
        >>> progress("fitting", 2, 2)
        Traceback (most recent call last):
        ...
        cutaway.studies.run.stopping.Cancelled: fitting
    """

    told: Progress = silent
    _stopped: Event = field(default_factory=Event)

    def __call__(self, stage: str, done: float, total: float | None, /) -> None:
        """Hand on, or raise `Cancelled`."""
        if self._stopped.is_set():
            raise Cancelled(stage)
        self.told(stage, done, total)

    def stop(self) -> None:
        """From now on, raise."""
        self._stopped.set()

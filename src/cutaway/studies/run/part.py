"""Results that are not whole yet, handed on while a study runs, so that a picture of it lives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cutaway.studies.run.result import Result


class Part(Protocol):
    """Is told how to make the result so far, and makes it only if somebody wants to see it now."""

    def __call__(self, make: Callable[[], Result], /) -> None:
        """`make` gives what is known by now, with every table and figure that the whole result has."""


def unheard(make: Callable[[], Result], /) -> None:
    """The listener that wants no parts."""

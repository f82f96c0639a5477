"""Progress as a value handed down; silence is the default."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told what is being done and how far it has come."""

    def __call__(self, stage: str, done: float, total: float | None, /) -> None:
        """`stage`: a short phrase. `done` of `total` units; `total` is None where it is not known."""


def silent(stage: str, done: float, total: float | None, /) -> None:
    """The progress that nobody watches."""

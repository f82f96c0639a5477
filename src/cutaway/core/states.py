"""States: small values that stand for any number of rows, because they add.

The law that every state obeys, and that the tests check with Hypothesis:

    S.of(x ++ y) == S.of(x) + S.of(y),   + is associative,   the zero changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar, runtime_checkable


@runtime_checkable
class State(Protocol):
    """A summary of rows that can be added to the summary of other rows."""

    def __add__(self, other: Self, /) -> Self: ...


S = TypeVar("S", bound=State)


class Fold(Protocol):
    """One pass over all rows: `fold(of)` is the sum of `of(batch)` over the batches.

    An engine makes a fold; science asks it for passes and never sees where the rows come from. What a batch is
    depends on the fold: `core.table.Batch` for a pass over a table, `(x, y, weight)` arrays for a pass over a model's
    design.
    """

    def __call__(self, of: object, /) -> object:
        """The sum of `of(batch)`."""


@dataclass(frozen=True)
class Together:
    """Several states of the same rows, so that one pass makes them all."""

    parts: tuple[Any, ...]

    def __add__(self, other: Together) -> Together:
        return Together(tuple(a + b for a, b in zip(self.parts, other.parts, strict=True)))

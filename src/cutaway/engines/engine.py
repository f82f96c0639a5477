"""What an engine does: opens a table, and gives sums over its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol, TypeVar

from cutaway.core.progress import Progress, silent
from cutaway.core.states import State
from cutaway.core.table import Batch
from cutaway.engines.source import Source

S = TypeVar("S", bound=State)


class Engine(Protocol):
    """Turns the rows of a source into states. Every engine adds in the same order (`cutaway.engines.sums`)."""

    def open(
        self, table: Any, *, text: Collection[str] = (), drop: Collection[str] = (), progress: Progress = silent
    ) -> Source:
        """The source over a table, as `cutaway.engines.readers.open_table` describes it."""

    def fold(
        self,
        source: Source,
        columns: Sequence[str] | None,
        of: Callable[[Batch], S],
        zero: S | None = None,
        *,
        progress: Progress = silent,
        stage: str = "reading rows",
    ) -> S:
        """The sum of `of(batch)` over the source's batches of `columns` (all when None), told to `progress` in rows."""

    def replay(
        self, source: Source, columns: Sequence[str], arrays: Callable[[Batch], tuple[Any, ...]]
    ) -> Callable[..., Any]:
        """A fold over `arrays(batch)` that can be asked many times: `replay(of)` is the sum of `of(*arrays)`."""

"""The engine of one machine: folds batches in this process, decoding the next one meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from cutaway.core.progress import Progress, silent
from cutaway.core.states import State
from cutaway.core.table import Batch
from cutaway.core.threads import in_turn
from cutaway.engines.source import Source
from cutaway.engines.sums import REPLAY_BATCHES, added, total

S = TypeVar("S", bound=State)
T = TypeVar("T")

_ENOUGH = 8  # batches that keep the cores busy to the end
KEPT_BYTES = 512 << 20  # what a reader may keep in memory


def replay_bytes() -> int:
    """What a replay may keep in memory: a tenth of the machine's, as much as a reader at least.

    A fit goes over the rows some fifty times, and to decode them again takes fifty times as long as to read them.
    """
    try:
        return max(KEPT_BYTES, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 10)
    except (AttributeError, ValueError, OSError):  # a system that does not tell
        return KEPT_BYTES


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, each made in a thread while the one before it is in use."""
    end = object()
    iterator = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="cutaway-ahead") as pool:
        coming = pool.submit(next, iterator, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, iterator, end)
            yield item  # type: ignore[misc]  # `end` has been ruled out


class Local:
    """Folds the batches of a source in this process."""

    def open(
        self, table: Any, *, text: Collection[str] = (), drop: Collection[str] = (), progress: Progress = silent
    ) -> Source:
        """The source that `open_table` makes."""
        from cutaway.engines.readers import open_table

        return open_table(table, text=text, drop=drop, progress=progress)

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
        """The sum of `of(batch)` over the source's batches of `columns` (all when None), told to `progress` in rows.

        A state with a method `absorb(batch)` is asked for it, which must equal `state + of(batch)`, only quicker; it is
        given `of`'s own batch, so it suits states whose `of` takes nothing else.

        Raises: InputError when the source has no rows and no `zero` is given.
        """

        def told() -> Iterator[tuple[Batch]]:
            progress(stage, 0, source.rows)
            for batch in ahead(source.batches(columns)):
                yield (batch,)
                progress(stage, batch.start + batch.rows, source.rows)

        return total(told(), of, zero)

    def replay(
        self, source: Source, columns: Sequence[str], arrays: Callable[[Batch], tuple[Any, ...]]
    ) -> Callable[..., Any]:
        """A fold over `arrays(batch)` that can be asked many times: `replay(of)` is the sum of `of(*arrays)`."""
        return Replay(lambda: map(arrays, source.batches(columns)))


class Replay:
    """Tuples of arrays that can be gone through again, kept in memory after the first full pass if they fit.

    `make` begins a new pass: it returns an iterator of tuples of NumPy arrays (or None), which it must not write to
    afterwards. A replay is itself a fold: `replay(of)` is the sum of `of(*arrays)`, which the fits of `science` take.
    """

    def __init__(self, make: Callable[[], Iterator[tuple[Any, ...]]], limit_bytes: int | None = None) -> None:
        self._make = make
        self._limit = replay_bytes() if limit_bytes is None else limit_bytes
        self._kept: list[tuple[Any, ...]] | None = None
        self._fits = True

    @property
    def kept(self) -> bool:
        """Whether the next pass comes from memory."""
        return self._kept is not None

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        if self._kept is not None:
            yield from self._kept
            return
        pending: list[tuple[Any, ...]] = []
        size = 0
        for arrays in ahead(self._make()):
            if self._fits:
                size += sum(array.nbytes for array in arrays if array is not None)
                pending.append(arrays)
                if size > self._limit:
                    self._fits = False
                    pending.clear()
            yield arrays
        if self._fits:
            self._kept = pending

    def __call__(self, of: Callable[..., S], zero: S | None = None) -> S:
        """The sum of `of(*arrays)` over one pass, several batches at once where they lie in memory."""
        kept = self._kept
        if kept is None or len(kept) < _ENOUGH:  # few batches: the work within each is shared out instead
            return total(self, of, zero, REPLAY_BATCHES)
        return added(in_turn(lambda k: of(*kept[k]), len(kept)), zero, REPLAY_BATCHES)

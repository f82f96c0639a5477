"""A table as an engine sees it: named columns, read in batches, as often as asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from cutaway.core.table import Batch, Spec

BATCH_ROWS = 65_536  # rows of a batch: 0.5 MB a float64 column, so that a dozen columns stay in a processor's cache


@runtime_checkable
class Source(Protocol):
    """A table that can be read again and again, in order, in bounded memory."""

    @property
    def name(self) -> str:
        """What a report calls the table: the file's name, or the kind of table in memory."""

    @property
    def specs(self) -> tuple[Spec, ...]:
        """The columns in the table's own order."""

    @property
    def rows(self) -> int | None:
        """Number of rows, None where it is only known after a full pass."""

    @property
    def bytes_hint(self) -> int | None:
        """Size of the table in memory, roughly; None where nothing is known."""

    @property
    def disguised(self) -> Mapping[str, Mapping[str, int]]:
        """Column to word to cells: words such as "unknown" in a number column, which are read as missing."""

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Batch]:
        """Batches of `BATCH_ROWS` rows (the last may be shorter) of the wanted columns, in the order asked for."""

"""A part of a table of Parquet files: consecutive rows that any process can read for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cutaway.core.table import Batch
from cutaway.engines.readers import decoding
from cutaway.engines.readers.batches import regrouped
from cutaway.engines.readers.decoding import Reading
from cutaway.engines.readers.parquet import Parquet, Stretch
from cutaway.engines.source import BATCH_ROWS

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Part:
    """One block of a table's batches (`cutaway.engines.sums`), cut where a read of the whole table cuts them.

    `start`: position of the first row; `rows`: how many there are. It says where rows lie and holds none.
    """

    start: int
    rows: int
    stretches: tuple[Stretch, ...]

    def stored(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The named columns as Arrow, in batches of `BATCH_ROWS` rows."""
        return regrouped((batch for stretch in self.stretches for batch in stretch.scan(names)), names)

    def batches(self, readings: Mapping[str, Reading], columns: Sequence[str], stored: str) -> Iterator[Batch]:
        """The named columns decoded; where none is wanted, the column `stored` counts the rows."""
        start = self.start
        for batch in self.stored(columns or [stored]):
            arrays = {name: decoding.decode(batch.column(name), readings[name]) for name in columns}
            yield Batch(start, batch.num_rows, arrays)
            start += batch.num_rows


def parts(origin: Parquet, batches: int) -> tuple[Part, ...]:
    """The blocks of a table's rows, of so many batches each, in order."""
    rows, each = origin.rows or 0, batches * BATCH_ROWS
    return tuple(
        Part(start, min(each, rows - start), origin.stretches(start, min(start + each, rows)))
        for start in range(0, rows, each)
    )

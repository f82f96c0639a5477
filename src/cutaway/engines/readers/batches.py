"""Rows in batches of one length, whatever lengths they come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cutaway.engines.source import BATCH_ROWS

if TYPE_CHECKING:
    import pyarrow as pa


def regrouped(
    batches: Iterator[pa.RecordBatch], names: Sequence[str], rows: int = BATCH_ROWS
) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of exactly `rows` (the last may be shorter), with the named columns only."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch.select(list(names)))
        count += batch.num_rows
        if count < rows:
            continue
        joined = pa.Table.from_batches(waiting)
        full = count - count % rows
        for start in range(0, full, rows):
            yield _one(joined.slice(start, rows))
        waiting = joined.slice(full).to_batches()
        count -= full
    if count:
        yield _one(pa.Table.from_batches(waiting))


def _one(table: pa.Table) -> pa.RecordBatch:
    """The table as a single batch, copied only where it lies in pieces."""
    return table.to_batches()[0] if len(table.to_batches()) == 1 else table.combine_chunks().to_batches()[0]

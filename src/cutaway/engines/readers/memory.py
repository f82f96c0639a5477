"""Tables in memory: pandas, Polars, PyArrow and whatever else speaks the Arrow C stream."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cutaway.core.errors import InputError, InputTypeError
from cutaway.core.progress import Progress, silent
from cutaway.engines.readers.wording import plain, shown

if TYPE_CHECKING:
    import pyarrow as pa


class InMemory:
    """An origin over an Arrow table that is in memory already."""

    def __init__(self, table: pa.Table, name: str) -> None:
        self.name = name
        self.rows: int | None = table.num_rows
        self._table = table

    @property
    def schema(self) -> pa.Schema:
        """Names and types of all columns."""
        return self._table.schema

    def read_as_text(self, names: Collection[str]) -> None:
        """Nothing: the columns are not stored as text."""

    def scan(self, columns: Sequence[str], progress: Progress = silent) -> Iterator[pa.RecordBatch]:
        """Slices of the table; nothing is copied."""
        done = 0
        for batch in self._table.select(list(columns)).to_batches():
            yield batch
            done += batch.num_rows
            progress(f"reading {self.name}", done, self.rows)


def from_object(table: Any, drop: Collection[str] = ()) -> InMemory:
    """The origin of a table in memory.

    Raises: InputTypeError for what is no table.
    """
    import pyarrow as pa

    kind = type(table)
    name = f"the {kind.__module__.partition('.')[0]} {kind.__name__}"
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(table, pandas.DataFrame):
        return InMemory(_from_pandas(table, drop), name)
    if isinstance(table, pa.Table):
        return InMemory(table, name)
    if isinstance(table, pa.RecordBatch):
        return InMemory(pa.Table.from_batches([table]), name)
    if hasattr(table, "__arrow_c_stream__"):
        try:
            return InMemory(pa.table(table), name)
        except (pa.ArrowException, ValueError, TypeError) as error:
            raise InputError(
                f"{name}: expected a table that can be read through the Arrow C stream, got: {plain(error)}"
            ) from error
    fix = (
        "call .collect() first"
        if hasattr(table, "collect")
        else "pass a path, or a table: pandas.DataFrame(...), polars.DataFrame(...)"
    )
    raise InputTypeError(
        f"open_table: expected a path or a pandas, Polars or PyArrow table, got {shown(kind.__name__)}; {fix}"
    )


def _from_pandas(frame: Any, drop: Collection[str]) -> pa.Table:
    """The frame's columns as Arrow; Python objects of several types become text, and are looked at as text is."""
    import pyarrow as pa

    arrays, names = [], []
    for place, label in enumerate(frame.columns):
        name = str(label)
        series = frame.iloc[:, place]
        names.append(name)
        if name in drop:
            arrays.append(_chunked(pa.nulls(len(frame))))
            continue
        try:
            arrays.append(_chunked(pa.Array.from_pandas(series)))
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            arrays.append(_as_text(series, name, error))
    return pa.Table.from_arrays(arrays, names=names)


def _as_text(series: Any, name: str, error: Exception) -> Any:
    import pyarrow as pa

    missing = series.isna().to_numpy()
    cells = [None if gone else cell for cell, gone in zip(series, missing, strict=True)]
    if not all(isinstance(cell, (str, int, float, bool, type(None))) or hasattr(cell, "dtype") for cell in cells):
        odd = next(cell for cell in cells if not isinstance(cell, (str, int, float, bool, type(None))))
        raise InputTypeError(
            f"column {shown(name)}: expected numbers, text, booleans or dates, got Python objects such as a "
            f"{type(odd).__name__}; convert the column, or leave it out with --drop {shown(name)}"
        ) from error
    return pa.chunked_array([pa.array([None if cell is None else str(cell) for cell in cells], pa.string())])


def _chunked(array: Any) -> Any:
    import pyarrow as pa

    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])

"""The same table gives the same batches from every format, whatever its blocks."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from cutaway.core.table import Coded
from cutaway.engines.readers import delimited, open_table, segments, table
from cutaway.engines.readers.contents import LARGEST
from cutaway.engines.readers.decoding import NULLS
from cutaway.engines.source import Source

EPOCH = datetime.datetime(1970, 1, 1)
WORDS = st.builds(str.__add__, st.sampled_from("ghéß漢"), st.text('gh" ,;\n\t|é漢', max_size=6))
VALUES: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "float": (pa.float64(), st.floats(-LARGEST, LARGEST)),
    "int": (pa.int64(), st.integers(-(2**53), 2**53)),
    "bool": (pa.bool_(), st.booleans()),
    "text": (pa.string(), WORDS),
    "moment": (pa.timestamp("us"), st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1))),
    "day": (pa.date32(), st.dates(datetime.date(1700, 1, 1), datetime.date(2200, 1, 1))),
}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Tables of one to five columns, each with a value at least: a column without any has no type in a CSV."""
    rows = draw(st.integers(1, 40))
    columns = {}
    for place, kind in enumerate(draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=5))):
        arrow, values = VALUES[kind]
        cells = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        cells[draw(st.integers(0, rows - 1))] = draw(values)
        columns[f"{kind} {place}"] = pa.array(cells, arrow)
    # A line without any cell is no row in a CSV.
    return pa.table({"row": pa.array(range(rows)), **columns})


def expected(column: pa.ChunkedArray) -> list[Any]:
    def cell(value: Any) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return None if value in NULLS else value
        if isinstance(value, datetime.datetime):
            ticks = (value - EPOCH) // datetime.timedelta(microseconds=1)
            rest = int(math.fmod(ticks, 10**6))
            return (ticks - rest) // 10**6 + rest / 1e6
        if isinstance(value, datetime.date):
            return (value - EPOCH.date()).days * 86400.0
        return None if value is None else float(value)

    return [cell(value) for value in column.to_pylist()]


def read(source: Source) -> dict[str, list[Any]]:
    """All cells as Python values, None where missing; checks the batches on the way."""
    cells: dict[str, list[Any]] = {spec.name: [] for spec in source.specs}
    start = 0
    for batch in source.batches():
        assert batch.start == start
        start += batch.rows
        assert list(batch.columns) == list(cells)
        for name, values in batch.columns.items():
            if isinstance(values, Coded):
                assert values.codes.dtype == np.int32
                assert values.codes.shape == (batch.rows,)
                assert len(set(values.levels)) == len(values.levels)
                cells[name] += [None if code < 0 else values.levels[code] for code in values.codes]
            else:
                assert values.dtype == np.float64
                assert values.shape == (batch.rows,)
                assert values.flags.c_contiguous
                assert values.flags.writeable
                cells[name] += [None if np.isnan(value) else float(value) for value in values]
    assert source.rows == start
    return cells


def written(suffix: str, write: Callable[[pa.Table, Path], Any]) -> Callable[[pa.Table, Path], Any]:
    def make(content: pa.Table, folder: Path) -> Path:
        place = folder / f"table{suffix}"
        write(content, place)
        return place

    return make


def csv_bytes(content: pa.Table) -> bytes:
    text = io.BytesIO()
    pa.csv.write_csv(content, text)
    return text.getvalue()


def write_stream(content: pa.Table, place: Path, batch_rows: int = 7) -> None:
    with pa.ipc.new_stream(str(place), content.schema) as writer:
        writer.write_table(content, max_chunksize=batch_rows)


def shifted(content: pa.Table, folder: Path) -> pa.Table:
    """Slices with offsets, in unequal pieces."""
    padded = pa.concat_tables([content.slice(0, 1), content])
    return pa.concat_tables([padded.slice(1, 2), padded.slice(3)])


FORMS: dict[str, Callable[[pa.Table, Path], Any]] = {
    "csv": written(".csv", lambda t, p: p.write_bytes(csv_bytes(t))),
    "csv.gz": written(".csv.gz", lambda t, p: p.write_bytes(gzip.compress(csv_bytes(t)))),
    "csv.zst": written(".csv.zst", lambda t, p: p.write_bytes(pa.compress(csv_bytes(t), "zstd", asbytes=True))),
    "csv by pandas": written(".csv", lambda t, p: t.to_pandas(integer_object_nulls=True).to_csv(p, index=False)),
    "parquet": written(".parquet", lambda t, p: pa.parquet.write_table(t, p, row_group_size=11)),
    "parquet by polars": written(".parquet", lambda t, p: polars.from_arrow(t).write_parquet(p)),
    "feather": written(".feather", lambda t, p: pa.feather.write_feather(t, p)),
    "arrow": written(".arrow", lambda t, p: pa.feather.write_feather(t, p, compression="uncompressed")),
    "arrow stream": written(".arrows", write_stream),
    "pyarrow": shifted,
    "polars": lambda content, _: polars.from_arrow(content),
    "polars categorical": lambda content, _: polars.from_arrow(content).with_columns(
        polars.col(polars.String).cast(polars.Categorical)
    ),
    "pandas": lambda content, _: content.to_pandas(integer_object_nulls=True),
    "pandas of arrow types": lambda content, _: content.to_pandas(types_mapper=pandas.ArrowDtype),
    "batches": lambda content, _: content.to_reader(5),
}


@pytest.mark.slow
@given(content=tables())
def test_every_form_gives_the_same_cells(content: pa.Table) -> None:
    cells = {name: expected(content.column(name)) for name in content.column_names}
    kinds = {"float": "number", "int": "number", "row": "number", "moment": "date", "day": "date"}
    for form, make in FORMS.items():
        note(form)
        with tempfile.TemporaryDirectory() as folder:
            source = open_table(make(content, Path(folder)))
            assert read(source) == cells
        assert [spec.name for spec in source.specs] == content.column_names
        for spec in source.specs:
            assert spec.kind == kinds.get(spec.name.split()[0], "category")
            whole = all(cell is None or cell.is_integer() for cell in cells[spec.name] if spec.kind == "number")
            assert spec.integral == (whole and spec.kind == "number")


@given(
    content=tables(),
    block=st.integers(16, 400),
    longest=st.sampled_from([0, 1 << 20]),
    keep=st.sampled_from([0, 1 << 20]),
)
def test_blocks_of_any_size_give_the_same_cells(content: pa.Table, block: int, longest: int, keep: int) -> None:
    """Small blocks cut quoted fields, and make the parser guess types from few rows; `longest` 0: one stream."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK_BYTES", block)
        patch.setattr(segments, "SEGMENT_BYTES", block)
        patch.setattr(segments, "LONGEST", longest)
        source = open_table(FORMS["csv"](content, Path(folder)), keep_bytes=keep)
        cells = read(source)
        assert cells == {name: expected(content.column(name)) for name in content.column_names}
        assert read(source) == cells, "a second pass gives the same"


@given(lengths=st.lists(st.integers(0, 25), max_size=8), rows=st.integers(1, 12))
def test_regrouped_batches_have_the_rows_asked_for(lengths: list[int], rows: int) -> None:
    content = pa.table({"x": pa.array(range(sum(lengths)), pa.int64()), "y": pa.nulls(sum(lengths))})
    starts = np.cumsum([0, *lengths])
    pieces = (content.slice(s, n).combine_chunks().to_batches() for s, n in zip(starts, lengths, strict=False))
    groups = list(table.regrouped((batch for piece in pieces for batch in piece), ["x"], rows))
    assert [x for group in groups for x in group.column("x").to_pylist()] == list(range(sum(lengths)))
    assert all(group.num_rows == rows for group in groups[:-1])
    assert all(0 < group.num_rows <= rows and group.schema.names == ["x"] for group in groups)


@given(content=tables(), size=st.integers(20, 400), delimiter=st.sampled_from(",;\t|"))
def test_segments_end_where_records_end(content: pa.Table, size: int, delimiter: str) -> None:
    text = io.BytesIO()
    pa.csv.write_csv(content, text, pa.csv.WriteOptions(delimiter=delimiter))
    records = list(csv.reader(io.StringIO(text.getvalue().decode(), newline=""), delimiter=delimiter))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "SEGMENT_BYTES", size)
        pieces = list(segments.segments(io.BytesIO(text.getvalue()).read, delimiter))
    assert b"".join(pieces) == text.getvalue()
    read = [csv.reader(io.StringIO(piece.decode(), newline=""), delimiter=delimiter) for piece in pieces]
    assert [record for piece in read for record in piece] == records


@pytest.mark.parametrize("text", ['a,b\n1,5" pipe\n', "a,b\r" + "1,2\r" * 20])
def test_what_cannot_be_cut_is_parsed_in_one_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(segments, "LONGEST", 50)
    with pytest.raises(segments.UnsplittableError):
        list(segments.segments(io.BytesIO(text.encode() * 20).read, ","))
    (tmp_path / "table.csv").write_bytes(text.encode())
    assert read(open_table(tmp_path / "table.csv"))["a"][0] == 1.0

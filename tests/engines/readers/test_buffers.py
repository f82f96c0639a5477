"""Arrow's buffers read as PyArrow's own conversions read them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.engines.readers import buffers

SLICE = st.tuples(st.integers(0, 20), st.integers(0, 20))


@given(cells=st.lists(st.none() | st.integers(-100, 100), max_size=40), cut=SLICE)
def test_stored_values(cells: list[int | None], cut: tuple[int, int]) -> None:
    array = pa.array(cells, pa.int16()).slice(*cut)
    assert buffers.filled(array, "i2", -999).tolist() == [-999 if x is None else x for x in array.to_pylist()]
    there = buffers.present(array)
    assert (there is None) == (array.null_count == 0)
    if there is not None:
        assert there.tolist() == array.is_valid().to_pylist()


@given(cells=st.lists(st.none() | st.booleans(), max_size=40), cut=SLICE)
def test_truths(cells: list[bool | None], cut: tuple[int, int]) -> None:
    array = pa.array(cells, pa.bool_()).slice(*cut)
    assert buffers.truths(array).tolist() == [x is True for x in array.to_pylist()]


@given(cells=st.lists(st.booleans(), max_size=40))
def test_masks(cells: list[bool]) -> None:
    assert buffers.mask(np.array(cells, dtype=bool)).to_pylist() == cells


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@given(cells=st.lists(st.text(max_size=5), max_size=20))
def test_strings(kind: Any, cells: list[str]) -> None:
    assert buffers.strings(cells, kind).equals(pa.array(cells, kind))


def test_reading_a_file_imports_neither_pandas_nor_polars(tmp_path: Path) -> None:
    lines = [
        f"{i},{'?' if i % 5 == 0 else i / 4},{'x' if i % 2 else ''},2020-01-0{1 + i % 9},{i % 3}" for i in range(500)
    ]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,c,d,e", *lines]), "utf-8")
    code = (
        "import sys\n"
        "from cutaway.engines.readers import open_table\n"
        "source = open_table(sys.argv[1], text=['e'])\n"
        "assert sum(batch.rows for batch in source.batches()) == 500\n"
        "print(*sorted({'pandas', 'polars', 'scipy', 'numba'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "table.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""

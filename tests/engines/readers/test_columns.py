"""What each column is read as, and why some are refused."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest

from cutaway.core.errors import InputError, InputTypeError
from cutaway.core.table import Coded, Spec
from cutaway.engines.readers import open_table
from cutaway.engines.readers.delimited import Delimited
from cutaway.engines.readers.table import Table


def opened(folder: Path, content: str | bytes, **options: Any) -> Table:
    place = folder / "table.csv"
    place.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_table(place, **options)


def only(source: Table) -> tuple[Spec, list[Any]]:
    """The spec and the cells of the last column: levels or numbers, None where missing."""
    spec = source.specs[-1]
    cells: list[Any] = []
    for batch in source.batches([spec.name]):
        values = batch.columns[spec.name]
        if isinstance(values, Coded):
            cells += [None if code < 0 else values.levels[code] for code in values.codes]
        else:
            cells += [None if np.isnan(value) else value for value in values.tolist()]
    return spec, cells


def column(folder: Path, cells: list[str], **options: Any) -> tuple[Spec, list[Any]]:
    return only(opened(folder, "n,x\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)), **options))


NUMBERS = [str(i / 4) for i in range(300)]


@pytest.mark.parametrize("word", ["unknown", "Unknown", " N.A. ", "?", "-", "none", "MISSING", "#DIV/0!", " "])
def test_words_for_missing_among_numbers_are_missing(tmp_path: Path, word: str) -> None:
    source = opened(tmp_path, "x\n" + "\n".join([*NUMBERS, *[word] * 100]) + "\n")
    spec, cells = only(source)
    assert spec == Spec("x", "number", note=spec.note)
    assert spec.note == f'of the cells that are not empty, 25.0 % hold "{word.strip()}"; read as missing'
    assert cells == [*map(float, NUMBERS), *[None] * 100]
    assert source.disguised == {"x": {word.strip(): 100}}


def test_every_word_for_missing_is_counted(tmp_path: Path) -> None:
    source = opened(tmp_path, "x\n" + "\n".join([*NUMBERS, "NA", "unknown", "?", "?", "nan"]) + "\n")
    assert source.disguised == {"x": {"?": 2, "unknown": 1}}, "what the format itself calls missing is not disguised"
    assert (
        source.specs[0].note == 'of the cells that are not empty, 0.7 % hold "?", 0.3 % hold "unknown"; read as missing'
    )


def test_few_numbers_beside_a_word_for_missing_are_codes(tmp_path: Path) -> None:
    spec, cells = column(tmp_path, ["1", "2", "3", "unknown"] * 50)
    assert spec.kind == "category"
    assert cells[:4] == ["1", "2", "3", "unknown"]


@pytest.mark.parametrize("levels", [["1", "2", "3", "4+"], ["0-9", "10-24", "25"], [">50", "50", "1st"]])
def test_few_levels_with_digits_are_a_category(tmp_path: Path, levels: list[str]) -> None:
    spec, cells = column(tmp_path, levels * 40)
    assert spec == Spec("x", "category")
    assert cells == levels * 40


def test_identifiers_of_two_sorts_are_a_category(tmp_path: Path) -> None:
    tickets = [f"A/5 {i}" if i % 3 else str(100_000 + i) for i in range(300)]
    assert column(tmp_path, tickets) == (Spec("x", "category"), tickets)


@pytest.mark.parametrize(
    ("cells", "shares"),
    [
        ([*NUMBERS, "high"], '99.7 % numbers and 0.3 % words such as "high" in data row 301'),
        ([*NUMBERS, *["high", "low"] * 150], '50.0 % numbers and 50.0 % words such as "high" in data row 301'),
        (["1", "two", "3", "four"], '50.0 % numbers and 50.0 % words such as "two" in data row 2'),
        ([*[f"w{i}" for i in range(300)], *NUMBERS], '50.0 % numbers and 50.0 % words such as "w0" in data row 1'),
        ([*map(str, range(300)), "12.3.4"], '99.7 % numbers and 0.3 % words such as "12.3.4" in data row 301'),
        ([*NUMBERS, "unknown", "12 kg"], '99.3 % numbers and 0.3 % words such as "12 kg" in data row 302'),
    ],
)
def test_numbers_mixed_with_words_are_refused(tmp_path: Path, cells: list[str], shares: str) -> None:
    with pytest.raises(InputError) as caught:
        column(tmp_path, cells)
    assert str(caught.value) == (
        f'column "x": a column of mixed types; expected numbers or words, got {shares}; read it as categories with '
        '--text "x", leave it out with --drop "x", or mend the words'
    )
    assert column(tmp_path, cells, text=["x"]) == (Spec("x", "category"), cells)
    assert [spec.name for spec in opened(tmp_path, (tmp_path / "table.csv").read_bytes(), drop=["x"]).specs] == ["n"]


def test_a_word_beyond_the_first_block_is_seen(tmp_path: Path) -> None:
    body = "1,2.5,2020-01-01\n" * 150_000
    source = opened(tmp_path, "a,b,c\n" + body + "1.5,unknown,2020-01-01 10:00:00\n" + "7,3,\n")
    assert [(spec.kind, spec.integral) for spec in source.specs] == [
        ("number", False),
        ("number", False),
        ("date", False),
    ]
    with pytest.raises(InputError, match="mixed types"):
        opened(tmp_path, "a,b,c\n" + body + "1,word,\n")


def test_a_column_that_begins_empty_takes_the_type_of_what_follows(tmp_path: Path) -> None:
    empty = "1,,,,\n" * 250_000
    source = opened(
        tmp_path, "a,i,f,t,d\n" + empty + "1,3,2.5,word,2020-01-02\n" + "2,2.5,1e3,other,2020-01-02 12:00:00\n"
    )
    assert [spec.kind for spec in source.specs] == ["number", "number", "number", "category", "date"]
    last = list(source.batches())[-1].columns
    assert last["i"][-2:].tolist() == [3.0, 2.5]
    assert last["d"][-2:].tolist() == [1577923200.0, 1577966400.0]


def test_a_csv_that_fits_in_memory_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scans: list[object] = []
    scan = Delimited.scan
    monkeypatch.setattr(Delimited, "scan", lambda self, *rest: scans.append(rest) or scan(self, *rest))
    source = opened(tmp_path, "a,b\n" + "1,x\n" * 1000)
    assert [sum(batch.rows for batch in source.batches(["a"])) for _ in range(3)] == [1000] * 3
    assert len(scans) == 1
    source = opened(tmp_path, "a,b\n" + "1,x\n" * 1000, keep_bytes=100)
    assert [sum(batch.rows for batch in source.batches([])) for _ in range(3)] == [1000] * 3
    assert len(scans) == 1 + 4


def test_hexadecimal_names_of_which_some_read_as_numbers_are_a_category(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    names = [f"{v:08x}" for v in np.random.default_rng(0).integers(0, 2**32, 1000)]
    assert any(name.isdigit() for name in names)
    path.write_text("name,y\n" + "".join(f"{name},{i % 2}\n" for i, name in enumerate(names)))
    assert open_table(path).specs[0].kind == "category"


def test_whole_numbers_beyond_float64_are_identifiers(tmp_path: Path) -> None:
    for first in (10**17, 10**19):  # the second does not fit into 64 bits
        names = [str(first + i) for i in range(30)]
        spec, cells = column(tmp_path, names)
        assert (spec.kind, spec.note[:27]) == ("category", "whole numbers beyond 2^53, ")
        assert cells == names
    assert only(open_table(pandas.DataFrame({"x": [2**60, 2**60 + 1, None]}, dtype="Int64")))[1][1] == str(2**60 + 1)
    assert only(open_table(pandas.DataFrame({"x": [2**70, 1]})))[1] == [str(2**70), "1"]
    assert column(tmp_path, ["1e20", "6.02e23", "5"])[0].kind == "number"


def test_numbers_with_leading_zeros_are_codes(tmp_path: Path) -> None:
    assert column(tmp_path, ["01234", "98101", "", "00501"]) == (
        Spec("x", "category"),
        ["01234", "98101", None, "00501"],
    )
    assert column(tmp_path, ["0", "0.5", "10"])[0].kind == "number"
    assert only(open_table(pa.table({"x": [f"{i:05}" for i in range(100)]})))[0].kind == "category"


def test_text_that_holds_only_numbers_is_a_number_column() -> None:
    spec, cells = only(open_table(pa.table({"x": [*NUMBERS, " +7 ", None, ""]})))
    assert spec == Spec("x", "number", note="text whose every cell is a number; read as numbers")
    assert cells == [*map(float, NUMBERS), 7.0, None, None]
    with pytest.raises(InputError, match=r"1 infinite value \(the first in data row 301\)"):
        open_table(pa.table({"x": [*NUMBERS, "Inf"]}))


@pytest.mark.parametrize(("delimiter", "decimal_mark"), [(",", "."), (";", ","), (";", "."), ("\t", "."), ("|", ".")])
def test_delimiters_and_decimal_commas_are_recognised(tmp_path: Path, delimiter: str, decimal_mark: str) -> None:
    lines = ["a,b,c,d".replace(",", delimiter)]
    lines += [delimiter.join([str(i), f"{i}{decimal_mark}5", f'"x{delimiter}{i % 2}"', "?"]) for i in range(20)]
    lines += [delimiter.join(["1", f"2{decimal_mark}5", "", f"{i}{decimal_mark}25"]) for i in range(20)]
    source = opened(tmp_path, "\ufeff" + "\r\n".join(lines))
    assert [(spec.name, spec.kind) for spec in source.specs] == [
        ("a", "number"),
        ("b", "number"),
        ("c", "category"),
        ("d", "number"),
    ]
    batch = next(source.batches())
    assert batch.columns["b"][:3].tolist() == [0.5, 1.5, 2.5]
    assert batch.columns["d"][20:22].tolist() == [0.25, 1.25]
    assert batch.columns["c"].levels == (f"x{delimiter}0", f"x{delimiter}1")


def test_names_are_carried_as_they_are(tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>", "a\x1b[31m", "b\nc", "{x}", "y" * 5000, " a ", "[bold]", "é.e"]
    source = opened(tmp_path, ",".join(f'"{name}"' for name in names) + "\n" + "1,2,3,4,5,6,7,8\n" * 3)
    assert [spec.name for spec in source.specs] == names
    assert list(next(source.batches(names[::-1])).columns) == names[::-1]


ARROW: list[tuple[Any, str, bool, list[Any]]] = [
    (pa.array([1, None, 3], pa.int8()), "number", True, [1.0, None, 3.0]),
    (pa.array([1, None, 3], pa.uint64()), "number", True, [1.0, None, 3.0]),
    (pa.array([1.5, None, float("nan")], pa.float32()), "number", False, [1.5, None, None]),
    (pa.array(np.array([1.5, 2.0, 3.0], dtype=np.float16)), "number", False, [1.5, 2.0, 3.0]),
    (pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("3")]), "number", False, [1.25, None, 3.0]),
    (pa.array([1500, None, 0], pa.duration("ms")), "number", False, [1.5, None, 0.0]),
    (pa.nulls(3), "number", True, [None, None, None]),
    (pa.array([True, None, False]), "category", False, ["true", None, "false"]),
    (pa.array(["a", None, "NA"]), "category", False, ["a", None, None]),
    (pa.array(["a", None, "b"], pa.large_string()), "category", False, ["a", None, "b"]),
    (pa.array(["a", None, "b"], pa.string_view()), "category", False, ["a", None, "b"]),
    (pa.array(["a", None, "a"]).dictionary_encode(), "category", False, ["a", None, "a"]),
    (pa.array([7, None, 9]).dictionary_encode(), "category", False, ["7", None, "9"]),
    (pa.DictionaryArray.from_arrays([0, 1, 2], ["a", "a", None]), "category", False, ["a", "a", None]),
    (pa.array([0, None, 19_000], pa.date32()), "date", False, [0.0, None, 19_000 * 86400.0]),
    (pa.array([0, None, 86_400_000], pa.date64()), "date", False, [0.0, None, 86400.0]),
    (pa.array([0, None, 1500], pa.timestamp("ms", tz="Europe/Paris")), "date", False, [0.0, None, 1.5]),
    (pa.array([-1, None, 2], pa.timestamp("ns")), "date", False, [-1e-9, None, 2e-9]),
    (pa.array([1, None, 2], pa.time32("s")), "date", False, [1.0, None, 2.0]),
    (pa.array([datetime.time(0, 1), None, None]), "date", False, [60.0, None, None]),
]


@pytest.mark.parametrize(("array", "kind", "integral", "cells"), ARROW, ids=[str(array.type) for array, *_ in ARROW])
def test_arrow_types(array: pa.Array, kind: str, integral: bool, cells: list[Any]) -> None:
    table = pa.table({"x": pa.chunked_array([array.slice(0, 1), array.slice(1)])})
    spec, found = only(open_table(table))
    assert (spec.kind, spec.integral, found) == (kind, integral, cells)
    spec, found = only(open_table(table, keep_bytes=0))
    assert (spec.kind, spec.integral, found) == (kind, integral, cells)


@pytest.mark.parametrize("array", [pa.array([[1]]), pa.array([{"a": 1}]), pa.array([b"x"])])
def test_nested_and_binary_columns_are_refused(array: pa.Array) -> None:
    with pytest.raises(
        InputError, match=r'^column "x": expected numbers, text, booleans or dates, got "(list|struct|bin)'
    ):
        open_table(pa.table({"x": array}))
    assert open_table(pa.table({"x": array, "y": [1]}), drop=["x"]).specs == (Spec("y", "number", True),)


def test_numbers_can_be_read_as_categories() -> None:
    assert only(open_table(pa.table({"x": [1, 2, None]}), text=["x"])) == (Spec("x", "category"), ["1", "2", None])
    assert only(open_table(pa.table({"x": [1.5, float("inf")]}), text=["x"]))[1] == ["1.5", "inf"]


def test_python_objects_of_several_types_are_looked_at_as_text() -> None:
    mixed = pandas.DataFrame({"x": [1, "high", 2.5, None] * 20}, dtype=object)
    with pytest.raises(
        InputError, match=r'column "x": a column of mixed types; .* words such as "high" in data row 2;'
    ):
        open_table(mixed)
    assert only(open_table(mixed, text=["x"]))[1][:4] == ["1", "high", "2.5", None]
    spec, cells = only(open_table(pandas.DataFrame({"x": [*range(20), "unknown"]}, dtype=object)))
    assert (spec.kind, spec.integral, cells) == ("number", True, [*map(float, range(20)), None])
    with pytest.raises(
        InputTypeError, match=r'column "x": expected numbers, .* got Python objects such as a set; convert'
    ):
        open_table(pandas.DataFrame({"x": [{1}, 2]}, dtype=object))
    assert len(open_table(pandas.DataFrame({"x": [{1}, 2], "y": [1, 2]}, dtype=object), drop=["x"]).specs) == 1


def test_pandas_tables_of_every_make() -> None:
    frame = pandas.DataFrame(
        {
            "i": pandas.array([1, None, 3], dtype="Int64"),
            "b": pandas.array([True, None, False], dtype="boolean"),
            "s": pandas.array(["a", None, "b"], dtype="string"),
            "c": pandas.Categorical(["x", None, "y"]),
            "n": pandas.Categorical([1, 2, 1]),
            "t": pandas.to_datetime(["2020-01-01", None, "2020-01-02"], utc=True),
            3: [1.0, 2.0, 3.0],
        },
        index=[5, 5, 7],
    )
    source = open_table(frame)
    kinds = ["number", "category", "category", "category", "category", "date", "number"]
    assert [(spec.name, spec.kind) for spec in source.specs] == list(zip([*"ibscnt", "3"], kinds, strict=True))
    with pytest.raises(InputError, match='expected every column name once, got "a" 2 times'):
        open_table(pandas.DataFrame([[1, 2]], columns=["a", "a"]))


def test_what_is_no_table_is_refused() -> None:
    for table, fix in [({"a": [1]}, "pandas.DataFrame"), (np.zeros((2, 2)), "pandas.DataFrame"), (None, "pass a path")]:
        with pytest.raises(InputTypeError, match=fix):
            open_table(table)
    with pytest.raises(InputTypeError, match=r"call \.collect\(\) first"):
        open_table(polars.LazyFrame({"a": [1]}))
    for empty in (pandas.DataFrame({"a": []}), polars.DataFrame({"a": []}), pa.table({"a": []})):
        with pytest.raises(InputError, match="has column names but no rows"):
            open_table(empty)
    with pytest.raises(InputError, match="expected at least one column, got none"):
        open_table(pandas.DataFrame())


def test_text_with_many_values_keeps_each_batch_small() -> None:
    names = [f"name {i}" for i in range(150_000)]
    for table in (pa.table({"x": names}), pa.table({"x": pa.array(names).dictionary_encode()})):
        sizes = [len(batch.columns["x"].levels) for batch in open_table(table).batches()]
        assert sizes == [65_536, 65_536, 18_928]

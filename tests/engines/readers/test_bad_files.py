"""A file that cannot be read is refused with one sentence that names it, what is wrong and what to do."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from cutaway.core.errors import InputError
from cutaway.engines.readers import open_table

HEADER = b"a,b,c\n"
ROWS = b"".join(b"%d,%d.5,x%d\n" % (i, i, i % 3) for i in range(50))
LATIN = "1,2,é\n".encode("latin1")
GZIP = gzip.compress(HEADER + ROWS * 5000)
ZSTD = pa.compress(HEADER + ROWS * 5000, "zstd", asbytes=True)
CLEAN = "; convert it: iconv -f latin1 -t utf-8 FILE > CLEAN (or -f cp1252, if it was written on Windows)"

# name of the file, its bytes, the message ({} stands for the path in quotes)
BAD: list[tuple[str, bytes, str]] = [
    ("empty.csv", b"", "{} is empty (0 bytes); expected a table with a header line and rows"),
    ("blank.csv", b"\n\n\n", "{} has no header line; expected a table with a header line and rows"),
    ("bom.csv", b"\xef\xbb\xbf", "{} has no header line; expected a table with a header line and rows"),
    ("head.csv", HEADER, "head.csv has column names but no rows; expected at least one row below the header"),
    (
        "short.csv",
        HEADER + ROWS + b"1,2\n",
        "{}: expected 3 fields in every line, as in the header, got 2 fields in line 52; fill in the missing fields, "
        "if only with empty ones, or remove the line",
    ),
    (
        "long.csv",
        HEADER + ROWS * 4000 + b"1,2,3,4\n" + ROWS,
        "{}: expected 3 fields in every line, as in the header, got 4 fields in line 200,002; quote fields that hold "
        "the delimiter, or remove the line",
    ),
    (
        "quoted.csv",
        HEADER + b'1,"2\n3",4\n' * 3 + b"1\n",
        "{}: expected 3 fields in every line, as in the header, got 1 field in line 8; fill in the missing fields, if "
        "only with empty ones, or remove the line",
    ),
    (
        "open quote.csv",
        HEADER + b"1,2,3\n" * 100 + b'1,"2,3\n' + ROWS * 4000,
        "{}: a field that begins in line 102 is longer than 131,072 characters; a quotation mark is perhaps never "
        "closed: mend that line",
    ),
    ("latin.csv", HEADER + LATIN, "{}: expected UTF-8 text, got the byte 0xe9 in line 2 (byte 10)" + CLEAN),
    (
        "late latin.csv",
        HEADER + ROWS * 4000 + LATIN,
        f"{{}}: expected UTF-8 text, got the byte 0xe9 in line 200,002 (byte {len(HEADER + ROWS * 4000) + 4:,})"
        + CLEAN,
    ),
    ("latin head.csv", b"a,\xe9,c\n" + ROWS, "{}: expected UTF-8 text, got the byte 0xe9 in line 1 (byte 2)" + CLEAN),
    (
        "cut utf8.csv",
        HEADER + "1,2,é".encode()[:-1],
        "{}: expected UTF-8 text, got the byte 0xc3 in line 2 (byte 10)" + CLEAN,
    ),
    (
        "wide.csv",
        "a,b\n1,2\n".encode("utf-16"),
        "{}: expected UTF-8 text, got UTF-16; convert it: iconv -f utf-16 -t utf-8 FILE > CLEAN",
    ),
    (
        "nul.csv",
        HEADER + b"1,2,\x003\n",
        "{}: expected text, got a NUL byte in line 2 (byte 10); it is damaged, binary or UTF-16: remove the NUL bytes "
        "(tr -d '\\000' < FILE > CLEAN) or convert it to UTF-8",
    ),
    (
        "late nul.csv",
        HEADER + ROWS * 4000 + b"1,\x00,2\n",
        'column "b": expected text, got a NUL character in data row 200,001; the file is damaged or binary: remove the '
        "NUL bytes (tr -d '\\000' < FILE > CLEAN) or leave the column out with --drop \"b\"",
    ),
    (
        "twice.csv",
        b"a,b,a\n1,2,3\n",
        'twice.csv: expected every column name once, got "a" 2 times (columns 1, 3); rename all but one',
    ),
    (
        "headless.csv",
        b"1,1,2\n" * 9,
        'headless.csv: expected every column name once, got "1" 2 times (columns 1, 2); is the header line missing?',
    ),
    (
        "index.csv",
        b",b,c\n1,2,3\n",
        "index.csv: expected a name for every column, got an empty one for column 1 of 3; name it in the header line, "
        'or leave it out with --drop "" (a row number that was saved with the table: df.to_csv(..., index=False))',
    ),
    (
        "many.csv",
        b",".join(b"c%d" % i for i in range(10_000)) + b"\n" + b",".join([b"1"] * 10_000) + b"\n",
        "many.csv has 10,000 columns; expected at most 2,000, because the audit fits a coefficient a column and its "
        "memory and time grow with the square of their number; write the columns that matter to a new file, "
        "df[[...]].to_parquet(...), or leave some out with --drop",
    ),
    (
        "colon.csv",
        b"a:b:c\n" + b"1:2:3\n" * 9,
        '{}: expected fields separated by a comma, semicolon, tab or bar, got one column, "a:b:c"; its fields seem to '
        'be separated by ":": write it again with commas',
    ),
    (
        "infinite.csv",
        HEADER + ROWS + b"1,inf,x\n2,-inf,y\n",
        'column "b": expected finite numbers, got 2 infinite values (the first in data row 51); make them missing, '
        'df.replace([np.inf, -np.inf], np.nan), or leave the column out with --drop "b"',
    ),
    (
        "huge.csv",
        HEADER + ROWS + b"1,-1.7e308,x\n2,1.7e308,y\n3,2e150,y\n",
        'column "b": expected numbers up to 1e+150, got 3 beyond that, whose squares are not finite (the first in data '
        "row 51); make them missing, column.where(column.abs() <= 1e+150), rescale them, or leave the column out "
        'with --drop "b"',
    ),
    (
        "cut.csv.gz",
        GZIP[: len(GZIP) // 2],
        "{} is damaged or cut off (gzip: Truncated compressed stream); copy or download it again",
    ),
    ("very cut.csv.gz", GZIP[:12], "{} is damaged or cut off (gzip: Truncated compressed stream); copy or"),
    ("bad.csv.gz", GZIP[:100] + b"\xff" * 9 + GZIP[109:], "{} is damaged or cut off (gzip: zlib inflate failed"),
    (
        "cut.csv.zst",
        ZSTD[: len(ZSTD) // 2],
        "{} is damaged or cut off (zstd: Truncated compressed stream); copy or download it again",
    ),
    (
        "plain.csv.gz",
        HEADER + ROWS,
        "{} is not compressed, although its name says so; remove the suffix .gz from its name",
    ),
    (
        "text.parquet",
        HEADER + ROWS,
        "{} is not a Parquet file, although its name says so: it begins with b'a,b,' where such a file has b'PAR1'; "
        "save it again, or give it the suffix of what it is",
    ),
    (
        "text.feather",
        HEADER + ROWS,
        "{} is not an Arrow file, although its name says so: it begins with b'a,b,c\\n' where such a file has "
        "b'ARROW1'; save it again, or give it the suffix of what it is",
    ),
    ("lies.parquet", b"PAR1" + b"x" * 100 + b"PAR1", "{} is a damaged Parquet file ("),
    ("cut.arrow", b"ARROW1\0\0" + b"x" * 20, "{} is a damaged or cut-off Arrow file ("),
    ("cut.arrows", b"\xff\xff\xff\xff\x10\0\0\0xx", "{} is a damaged or cut-off Arrow file ("),
    ("table.parquet.gz", GZIP, "{} is a compressed .parquet file; unpack it first, the format compresses by itself"),
    ("table.tar.gz", GZIP, "{} is a tar archive; unpack it and name the table inside"),
    ("table.tgz", GZIP, "{} is a tar archive; unpack it and name the table inside"),
    ("table.zip", b"PK\x03\x04....", "{} is a zip archive; unpack it and name the table inside"),
    (
        "table.xlsx",
        b"PK\x03\x04....",
        "{} is an Excel workbook; save the sheet as CSV, or read it with pandas and save it, "
        'pandas.read_excel(...).to_parquet("table.parquet")',
    ),
    (
        "table.pkl",
        b"cos\nsystem\n",
        "{} is a Python pickle, which runs code when it is read; save the table with df.to_parquet(...) instead",
    ),
    (
        "pickle.csv",
        b"\x80\x04\x95",
        "{} is a Python pickle, which runs code when it is read; save the table with df.to_parquet(...) instead",
    ),
    ("table.json", b"[{}]", '{} is JSON; read it with pandas and save it, pandas.read_json(...).to_parquet("table.'),
    ("table.h5", b"\x89HDF\r\n", "{} is an HDF5 file; read it with pandas and save it, pandas.read_hdf(...)"),
    (
        "table.xyz",
        HEADER + ROWS,
        '{} has the suffix ".xyz", which is not read; expected CSV (also .gz or .zst), Parquet, Arrow or Feather',
    ),
    (
        "page.csv",
        b"<!DOCTYPE html>\n<html>",
        "{} is a web page; expected CSV (also .gz or .zst), Parquet, Arrow or Feather: download the file itself",
    ),
    (
        "escape.csv",
        b"\x1b[31mred,\x1b[31mred\n1,2\n",
        'escape.csv: expected every column name once, got "\\x1b[31mred" 2 times (columns 1, 2); rename all but one',
    ),
    (
        "escape2.csv",
        b'y,"a\nb\x1b[0m"\n1,inf\n',
        'column "a\\nb\\x1b[0m": expected finite numbers, got 1 infinite value (the first in data row 1); make them '
        'missing, df.replace([np.inf, -np.inf], np.nan), or leave the column out with --drop "a\\nb\\x1b[0m"',
    ),
]


def refused(table: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        open_table(table, **options)
    message = str(caught.value)
    assert message.isprintable(), "a message is one line without control characters"
    return message


@pytest.mark.parametrize(("name", "content", "message"), BAD, ids=[name for name, *_ in BAD])
def test_a_bad_file_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    place = tmp_path / name
    place.write_bytes(content)
    assert refused(place).startswith(message.replace("{}", f'"{place}"'))


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    place = tmp_path / "table.parquet"
    pa.parquet.write_table(pa.table({"x": np.arange(100_000.0), "y": np.arange(100_000) % 2}), place)
    return place


@pytest.mark.parametrize("share", [0.001, 0.5, 0.99])
def test_a_parquet_file_cut_off_is_refused(parquet: Path, share: float) -> None:
    content = parquet.read_bytes()
    parquet.write_bytes(content[: int(len(content) * share)])
    assert "is a Parquet file that is cut off: it ends with" in refused(parquet)


def test_a_parquet_file_damaged_inside_is_refused(parquet: Path) -> None:
    content = bytearray(parquet.read_bytes())
    content[100:2000] = b"\xff" * 1900
    parquet.write_bytes(content)
    assert "is a damaged Parquet file (" in refused(parquet)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("suffix", [".feather", ".arrows"])
def test_an_arrow_file_cut_off_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    place = tmp_path / f"table{suffix}"
    content = pa.table({"x": np.arange(100_000.0)})
    if suffix == ".feather":
        pa.feather.write_feather(content, place)
    else:
        with pa.ipc.new_stream(place, content.schema) as writer:
            writer.write_table(content, max_chunksize=1000)
    whole = place.read_bytes()
    place.write_bytes(whole[: int(len(whole) * share)])
    assert "is a damaged or cut-off Arrow file (" in refused(place)


def test_a_missing_file_names_those_with_a_similar_name(tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_bytes(HEADER + ROWS)
    message = refused(tmp_path / "lonas.csv")
    assert message.startswith("no file ")
    assert message.endswith('; did you mean "loans.csv"?')
    assert "has no file of a similar name" in refused(tmp_path / "quite different.parquet")
    assert "does not exist either" in refused(tmp_path / "absent" / "loans.csv")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "is a folder; expected a file" in refused(tmp_path)
    assert refused(f"{tmp_path}/*.parquet").startswith("no file matches the pattern")
    message = refused("carrier-pigeon://loft/table.parquet")
    assert "nothing here reads carrier-pigeon:// addresses" in message
    assert message.endswith("or download it first")
    assert refused("a\0b").startswith('no file "a\\x00b"')
    os.mkfifo(tmp_path / "pipe")
    assert "is not a regular file" in refused(tmp_path / "pipe")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "secret.csv"
    place.write_bytes(HEADER + ROWS)

    def forbidden(*_: object, **__: object) -> None:  # a superuser may read whatever the mode says
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    assert "may not be read by this user; change its permissions (chmod u+r)" in refused(place)


def test_an_option_that_names_no_column_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "ok.csv"
    place.write_bytes(HEADER + ROWS)
    assert refused(place, text=["bb"]) == '--text "bb": ok.csv has no such column; did you mean "b"?'
    assert refused(place, drop=["A"]) == '--drop "A": ok.csv has no such column; did you mean "a"?'
    assert refused(place, drop=["a", "b", "c"]) == "ok.csv: expected at least one column, got none after --drop"
    with pytest.raises(InputError, match=r'ok.csv has no column "B"'):
        open_table(place).batches(["B"])


def test_what_is_dropped_cannot_be_wrong(tmp_path: Path) -> None:
    place = tmp_path / "partly.csv"
    place.write_bytes(b',a,b,b,inf,\xc3\xa9\n1,2,3,4,inf,"\xe9"\n')
    source = open_table(place, drop=["", "b", "inf", "é"])
    assert [spec.name for spec in source.specs] == ["a"]
    assert next(source.batches()).columns["a"].tolist() == [2.0]


@pytest.mark.parametrize("keep", [0, 1 << 20])
def test_a_file_that_changes_while_it_is_read_is_noticed(tmp_path: Path, keep: int) -> None:
    place = tmp_path / "growing.csv"
    place.write_bytes(HEADER + ROWS)
    source = open_table(place, keep_bytes=keep)
    place.write_bytes(HEADER + ROWS + b"1,2,x\n")
    if keep:
        assert sum(batch.rows for batch in source.batches()) == 50, "the rows in memory are still those"
        return
    with pytest.raises(InputError, match=r"had 50 rows when it was opened and now 51"):
        list(source.batches())
    place.write_bytes(HEADER + b"1,word,x\n")
    with pytest.raises(InputError, match=r"growing.csv has changed since it was opened"):
        list(source.batches())


def test_parquet_files_of_different_columns_are_not_read_as_one(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"x": [1.0]}), tmp_path / "part-1.parquet")
    pa.parquet.write_table(pa.table({"x": ["a"]}), tmp_path / "part-2.parquet")
    assert refused(f"{tmp_path}/part-*.parquet").endswith("; read files of one schema")
    (tmp_path / "part-3.csv").write_bytes(HEADER + ROWS)
    assert refused(f"{tmp_path}/part-*").startswith("a pattern may name Parquet files only, and ")

"""Which format a file is in, by its first bytes first and by its suffix second."""

from __future__ import annotations

from typing import Literal

from cutaway.core.errors import InputError
from cutaway.engines.readers.places import Place
from cutaway.engines.readers.wording import shown

Format = Literal["csv", "csv.gz", "csv.zst", "parquet", "arrow file", "arrow stream"]

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
READ: tuple[tuple[bytes, Format], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow file"),
    (b"\xff\xff\xff\xff", "arrow stream"),
)
CSV_SUFFIXES = (".csv", ".tsv", ".tab", ".psv", ".txt", ".dat", ".data", "")
ARROW_SUFFIXES = (".arrow", ".arrows", ".ipc", ".feather")
PARQUET_SUFFIXES = (".parquet", ".pq", ".parq")
PANDAS = 'read it with pandas and save it, pandas.{reader}(...).to_parquet("table.parquet")'
EXCEL = "is an Excel workbook; save the sheet as CSV, or " + PANDAS.format(reader="read_excel")
PICKLE = "is a Python pickle, which runs code when it is read; save the table with df.to_parquet(...) instead"
ARRAY = "holds arrays without column names; name them, pandas.DataFrame(array, columns=[...]).to_parquet(...)"
UNPACK = "is a {kind} archive; unpack it and name the table inside"

REFUSED_BYTES: tuple[tuple[bytes, str], ...] = (
    (b"PARE", "is an encrypted Parquet file; decrypt it first"),
    (b"FEA1", "is a Feather file of version 1; save it again with pyarrow.feather.write_feather"),
    (b"\xd0\xcf\x11\xe0", EXCEL),
    (b"PK\x03\x04", UNPACK.format(kind="zip")),
    (b"BZh", "is compressed with bzip2; unpack it (bunzip2), or compress it with gzip or zstd"),
    (b"\xfd7zXZ", "is compressed with xz; unpack it (unxz), or compress it with gzip or zstd"),
    (b"7z\xbc\xaf\x27\x1c", UNPACK.format(kind="7-Zip")),
    (b"\x89HDF", "is an HDF5 file; " + PANDAS.format(reader="read_hdf")),
    (b"SQLite format 3", "is an SQLite database; " + PANDAS.format(reader="read_sql")),
    (b"ORC", "is an ORC file; " + PANDAS.format(reader="read_orc")),
    (b"Obj\x01", "is an Avro file; save it as Parquet"),
    (b"%PDF", "is a PDF document; expected a table"),
)
REFUSED_SUFFIXES: dict[str, str] = {
    **dict.fromkeys([".pkl", ".pickle", ".joblib"], PICKLE),
    **dict.fromkeys([".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"], EXCEL),
    **dict.fromkeys([".json", ".jsonl", ".ndjson"], "is JSON; " + PANDAS.format(reader="read_json")),
    **dict.fromkeys(
        [".rds", ".rda", ".rdata"], "is R data; save it in R with arrow::write_parquet(...) or write.csv(...)"
    ),
    ".sas7bdat": "is a SAS file; " + PANDAS.format(reader="read_sas"),
    ".dta": "is a Stata file; " + PANDAS.format(reader="read_stata"),
    ".sav": "is an SPSS file; " + PANDAS.format(reader="read_spss"),
    **dict.fromkeys([".npy", ".npz"], ARRAY),
}
SUPPORTED = "expected CSV (also .gz or .zst), Parquet, Arrow or Feather"


def recognise(place: Place) -> Format:
    """The format of the file.

    Raises: InputError for a format that is not read, and for a file whose bytes are not what its suffix says.
    """
    with place.open("rb") as file:
        head = file.read(512)
    suffixes = [suffix.lower() for suffix in place.suffixes]
    last = suffixes[-1] if suffixes else ""
    if last in REFUSED_SUFFIXES:
        raise InputError(f"{shown(place)} {REFUSED_SUFFIXES[last]}")
    for magic, read in READ:
        if head.startswith(magic):
            return read
    for magic, reason in REFUSED_BYTES:
        if head.startswith(magic):
            raise InputError(f"{shown(place)} {reason}")
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise InputError(f"{shown(place)} {PICKLE}")
    for suffixes_of, kind, magic in ((PARQUET_SUFFIXES, "a Parquet", b"PAR1"), (ARROW_SUFFIXES, "an Arrow", b"ARROW1")):
        if last in suffixes_of:
            raise InputError(
                f"{shown(place)} is not {kind} file, although its name says so: it begins with {head[: len(magic)]!r} "
                f"where such a file has {magic!r}; save it again, or give it the suffix of what it is"
            )
    if head.startswith(GZIP):
        return _inside("csv.gz", suffixes, place)
    if head.startswith(ZSTD):
        return _inside("csv.zst", suffixes, place)
    if last in (".gz", ".zst"):
        raise InputError(
            f"{shown(place)} is not compressed, although its name says so; remove the suffix {last} from its name"
        )
    if last not in CSV_SUFFIXES:
        raise InputError(f"{shown(place)} has the suffix {shown(last)}, which is not read; {SUPPORTED}")
    if head.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        raise InputError(f"{shown(place)} is a web page; {SUPPORTED}: download the file itself")
    return "csv"


def _inside(kind: Format, suffixes: list[str], place: Place) -> Format:
    """The format of a compressed file, which only text may be."""
    inner = suffixes[-2] if len(suffixes) > 1 else ""
    if inner == ".tar" or (suffixes and suffixes[-1] == ".tgz"):
        raise InputError(f"{shown(place)} {UNPACK.format(kind='tar')}")
    if inner in PARQUET_SUFFIXES + ARROW_SUFFIXES:
        raise InputError(
            f"{shown(place)} is a compressed {inner} file; unpack it first, the format compresses by itself"
        )
    return kind

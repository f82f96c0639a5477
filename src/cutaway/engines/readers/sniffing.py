"""How a CSV file is written, found from its first records."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from cutaway.core.errors import InputError
from cutaway.engines.readers.wording import shown

HEAD_BYTES = 256 << 10  # enough for a header of 2,000 columns and some records
RECORDS = 50
DELIMITERS = (",", ";", "\t", "|")
UNSUPPORTED = (":", "^", "~", "\x01", "\x1f", "¦", "#", " ")
DECIMAL_COMMA = re.compile(r"^\s*[+-]?\d*,\d+\s*$")
PADDED = re.compile(r"^0\d+$")
DECIMAL_POINT = re.compile(r"^\s*[+-]?\d*\.\d+([eE][+-]?\d+)?\s*$")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What separates fields, and what stands between the units and the tenths."""

    delimiter: str
    decimal: str = "."


def sniff(head: bytes, name: str, *, complete: bool) -> Dialect:
    """The dialect of a file that begins with `head`; `complete`: that is all of it.

    The delimiter is the one that splits the header into several fields and most records into as many. A comma is the
    decimal mark where fields are separated by semicolons and numbers are written with it.

    Raises: InputError for UTF-16, NUL bytes, and a header that only some other delimiter splits.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{name}: expected UTF-8 text, got UTF-16; convert it: iconv -f utf-16 -t utf-8 FILE > CLEAN")
    if (nul := head.find(b"\x00")) >= 0:
        line = head.count(b"\n", 0, nul) + 1
        raise InputError(
            f"{name}: expected text, got a NUL byte in line {line} (byte {nul}); it is damaged, binary or UTF-16: "
            f"remove the NUL bytes (tr -d '\\000' < FILE > CLEAN) or convert it to UTF-8"
        )
    text = head.decode("utf-8-sig", errors="replace")
    if not complete:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    best = max(DELIMITERS, key=lambda mark: _agreement(text, mark))
    if _agreement(text, best)[1] < 2:
        _refuse_other_delimiters(text, name)
        return Dialect(",")
    return Dialect(best, "," if best == ";" and _has_decimal_commas(_records(text, best)) else ".")


def codes(head: bytes, dialect: Dialect) -> list[str]:
    r"""Columns of whole numbers written with leading zeros, such as postal codes, in the first records.

    >>> codes(b"zip,n\n01234,1\n98101,2\n", Dialect(","))
    ['zip']
    """
    names, *records = _records(head.decode("utf-8-sig", errors="replace"), dialect.delimiter)[:RECORDS] or [[]]
    columns = [[record[place] for record in records if place < len(record)] for place in range(len(names))]
    return [
        name
        for name, cells in zip(names, columns, strict=True)
        if any(map(PADDED.match, cells)) and all(not cell or cell.isdigit() for cell in cells)
    ]


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    """Share of records with as many fields as the header, and that number; (0, 1) where the header is one field."""
    records = _records(text, delimiter)
    if not records or len(records[0]) < 2:
        return 0.0, 1
    width = len(records[0])
    return sum(len(record) == width for record in records) / len(records), width


def _records(text: str, delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if record:
                records.append(record)
            if len(records) > RECORDS:
                break
    except csv.Error:  # a field beyond the csv module's limit: the records before it are enough
        pass
    return records


def _has_decimal_commas(records: list[list[str]]) -> bool:
    cells = [cell for record in records[1:] for cell in record]
    return any(map(DECIMAL_COMMA.match, cells)) and not any(map(DECIMAL_POINT.match, cells))


def _refuse_other_delimiters(text: str, name: str) -> None:
    lines = [line for line in text.splitlines() if line.strip()][: RECORDS + 1]
    for mark in UNSUPPORTED:
        count = lines[0].strip().count(mark) if lines else 0
        if count and len(lines) > 1 and all(line.strip().count(mark) == count for line in lines):
            raise InputError(
                f"{name}: expected fields separated by a comma, semicolon, tab or bar, got one column, "
                f"{shown(lines[0])}; its fields seem to be separated by {shown(mark)}: write it again with commas"
            )

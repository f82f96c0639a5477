"""Where a report goes and in which format, settled before the work begins."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cutaway.core.errors import InputError

SUFFIXES = {".html": "html", ".htm": "html", ".json": "json", ".txt": "terminal"}
STANDARD_OUTPUT = "-"


class Format(StrEnum):
    """What a report may be written as."""

    terminal = "terminal"
    json = "json"
    html = "html"


@dataclass(frozen=True, slots=True)
class Destination:
    """`path` is None for standard output."""

    format: Format
    path: Path | None


def destination(format: Format | None, out: str | None, table: str, others: tuple[str, ...] = ()) -> Destination:
    """The format and the place of the report on the table at this path.

    Without `--format`, the suffix of `--out` decides; without `--out`, a page goes to the current folder and the rest
    to standard output.

    Raises: InputError for a suffix that decides nothing, a place that cannot be written to, and a place from which the
        audit reads (the table, or one of `others`).
    """
    if out == "":
        raise InputError("--out '': expected the name of a file, got an empty one")
    if format is None:
        format = _format_of(out)
    if out == STANDARD_OUTPUT or (out is None and format is not Format.html):
        return Destination(format, None)
    path = Path(f"{stem(table)}-audit.html") if out is None else Path(os.path.expanduser(out))
    try:
        _refuse_input(path, (table, *others))
        _refuse_unwritable(path)
    except OSError as error:
        raise InputError(f"--out {str(path)!r}: is no place for a file ({error.strerror}); choose another") from error
    return Destination(format, path)


def stem(table: str) -> str:
    """The file's name without folder, suffixes and the signs of a pattern.

    >>> stem("data/loans.2024.csv.gz"), stem("part-*.parquet")
    ('loans.2024', 'part')
    """
    name = re.sub(r"[*?\[\]]", "", os.path.basename(table))
    name = re.sub(r"(\.(gz|zst))?$", "", name)
    name = name.rpartition(".")[0] if "." in name else name
    return name.strip(" -_.") or "table"


def _format_of(out: str | None) -> Format:
    if out is None or out == STANDARD_OUTPUT:
        return Format.terminal
    suffix = os.path.splitext(out)[1].lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"--out {out!r}: expected a name that ends in .html, .json or .txt, got "
            f"{repr(suffix) if suffix else 'no suffix'}; change it, or add --format terminal, json or html"
        )
    return Format(SUFFIXES[suffix])


def _refuse_input(path: Path, inputs: tuple[str, ...]) -> None:
    for name in inputs:
        read = os.path.expanduser(name)
        for source in [read] if os.path.exists(read) else glob.glob(read):
            if path.exists() and os.path.samefile(path, source):
                raise InputError(f"--out {str(path)!r}: is the table that is read; choose another name for the report")


def _refuse_unwritable(path: Path) -> None:
    """What can be known before the work; writing may still fail, and says so then."""
    if path.is_dir():
        raise InputError(f"--out {str(path)!r}: expected the name of a file, got a folder; add a file name")
    folder = path.parent
    if not folder.is_dir():
        raise InputError(f"--out {str(path)!r}: the folder {str(folder)!r} does not exist; create it or choose another")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(f"--out {str(path)!r}: it may not be written to by this user; choose another place")

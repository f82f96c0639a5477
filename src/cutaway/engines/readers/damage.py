"""What is wrong with a text file, found by reading it again once the parser has given up."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cutaway.core.errors import InputError
from cutaway.engines.readers.wording import plain, shown

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file of text and how it is compressed."""

    place: Path
    compression: Literal["gzip", "zstd"] | None = None

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self.place.stat().st_size

    @contextmanager
    def open(self) -> Iterator[tuple[Any, Callable[[], int]]]:
        """A stream of the text's bytes, and a function that says how many bytes of the disk have been read."""
        import pyarrow as pa

        with pa.OSFile(str(self.place)) as raw:
            if self.compression is None:
                yield raw, raw.tell
            else:
                with pa.CompressedInputStream(raw, self.compression) as stream:
                    yield stream, raw.tell

    def head(self, size: int) -> bytes:
        """The first bytes of the text.

        Raises: InputError when they cannot be decompressed.
        """
        try:
            with self.open() as (stream, _):
                return bytes(stream.read(size))
        except OSError as error:
            raise explained(self, ",", error) from error

    def chunks(self) -> Iterator[bytes]:
        """All bytes of the text, in pieces."""
        with self.open() as (stream, _):
            while piece := bytes(stream.read(CHUNK_BYTES)):
                yield piece


def explained(file: TextFile, delimiter: str, error: Exception) -> InputError:
    """The error for the user in place of the parser's."""
    message, name = str(error), shown(file.place)
    if isinstance(error, UnicodeDecodeError) or "UTF8" in message:
        return wrong_encoding(file)
    if "straddl" in message:
        return InputError(f"{name}: a record is longer than 256 MB; a quotation mark is perhaps never closed: close it")
    if "Empty CSV" in message:
        return InputError(f"{name} has no header line; expected a table with a header line and rows")
    if file.compression is not None and "CSV" not in message:
        return InputError(
            f"{name} is damaged or cut off ({file.compression}: {plain(message)[:120]}); copy or download it again"
        )
    if "CSV parse" in message and (ragged := _ragged(file, delimiter)) is not None:
        return ragged
    return InputError(
        f"{name} cannot be read as CSV ({plain(message)[:200]}); write it again, with quotation marks around text"
    )


def wrong_encoding(file: TextFile) -> InputError:
    """The error that names the first byte that is not UTF-8."""
    done, lines, kept = 0, 0, b""
    for piece in file.chunks():
        block = kept + piece
        try:
            block.decode("utf-8")
            kept = b""
        except UnicodeDecodeError as error:
            cut_off = len(block) - error.start < 4 and "unexpected end" in error.reason
            if not cut_off:
                return _encoding_error(
                    file, done + error.start, lines + block.count(b"\n", 0, error.start) + 1, block[error.start]
                )
            kept = block[error.start :]
        whole = len(block) - len(kept)
        lines += block.count(b"\n", 0, whole)
        done += whole
    return _encoding_error(file, done, lines + 1, kept[0] if kept else 0)


def _encoding_error(file: TextFile, position: int, line: int, byte: int) -> InputError:
    return InputError(
        f"{shown(file.place)}: expected UTF-8 text, got the byte 0x{byte:02x} in line {line:,} (byte {position:,}); "
        f"convert it: iconv -f latin1 -t utf-8 FILE > CLEAN (or -f cp1252, if it was written on Windows)"
    )


def _ragged(file: TextFile, delimiter: str) -> InputError | None:
    """The error that names the first record whose number of fields is not the header's, or None if there is none."""
    with file.open() as (stream, _):
        text = io.TextIOWrapper(io.BufferedReader(stream), "utf-8-sig", errors="replace", newline="")
        records = csv.reader(text, delimiter=delimiter)
        width, before = 0, 0
        try:
            for record in records:
                width = width or len(record)
                if record and len(record) != width:
                    return _ragged_error(file, before + 1, records.line_num, width, len(record))
                before = records.line_num
        except csv.Error:
            return InputError(
                f"{shown(file.place)}: a field that begins in line {before + 1:,} is longer than "
                f"{csv.field_size_limit():,} characters; a quotation mark is perhaps never closed: mend that line"
            )
    return None


def _ragged_error(file: TextFile, line: int, end: int, expected: int, found: int) -> InputError:
    fields = f"{found} field{'s' * (found != 1)}"
    quoted = f" (it runs to line {end:,}: is a quotation mark never closed?)" if end > line else ""
    fix = (
        "quote fields that hold the delimiter"
        if found > expected
        else "fill in the missing fields, if only with empty ones"
    )
    return InputError(
        f"{shown(file.place)}: expected {expected} fields in every line, as in the header, got {fields} in "
        f"line {line:,}{quoted}; {fix}, or remove the line"
    )

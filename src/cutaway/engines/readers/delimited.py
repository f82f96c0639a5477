"""CSV and its kin, plain or compressed, parsed in blocks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cutaway.core.progress import Progress, silent
from cutaway.engines.readers import damage, segments
from cutaway.engines.readers.decoding import NULLS
from cutaway.engines.readers.sniffing import HEAD_BYTES, codes, sniff
from cutaway.engines.readers.table import RetypedError
from cutaway.engines.readers.wording import shown

if TYPE_CHECKING:
    import pyarrow as pa

BOM = b"\xef\xbb\xbf"
BLOCK_BYTES = 1 << 20  # parsed at once; larger blocks were slower and took more memory
MOST_THREADS = 8
LARGEST_BLOCK = 256 << 20  # a record must fit in a block
DECIMAL_COMMA = r"^(\s*[+-]?\d*),(\d+\s*)$"
CONFLICT = re.compile(
    r"In CSV column #(\d+): (?:Row #\d+: )?CSV conversion error to ([^:]+): invalid value '(.*)'", re.DOTALL
)


class Delimited:
    """An origin over one CSV file.

    A column's type is guessed from the first block; where a later one contradicts, the type is widened and the pass
    starts again.

    Raises: InputError for what is no CSV in UTF-8.
    """

    def __init__(
        self, place: Path, name: str, compression: Literal["gzip", "zstd"] | None = None, text: Collection[str] = ()
    ) -> None:
        import pyarrow as pa

        self.name = name
        self.rows: int | None = None
        self._file = damage.TextFile(place, compression)
        self._block = BLOCK_BYTES
        head = self._file.head(HEAD_BYTES)
        self._dialect = sniff(head, shown(place), complete=len(head) < HEAD_BYTES)
        self._blank = len(head) < HEAD_BYTES and not head.removeprefix(BOM).strip()
        self._quoted_newlines = b'"' in head  # costs a fifth more time, so only once it may be needed
        self._splittable = True
        self._text = frozenset(text)
        self._types: dict[str, pa.DataType] = dict.fromkeys([*codes(head, self._dialect), *text], pa.string())
        self._schema = self._first_schema()

    @property
    def schema(self) -> pa.Schema:
        """Names of all columns, with the types that the blocks seen so far agree on."""
        return self._schema

    def scan(self, columns: Sequence[str], progress: Progress = silent) -> Iterator[pa.RecordBatch]:
        """Batches of a few megabytes of the file; only the wanted columns are converted."""
        stage, size = f"reading {self.name}", float(self._file.size)
        with self._parsing(columns) if self._splittable else self._reading(columns) as (batches, position):
            for batch in batches:
                yield batch if self._dialect.decimal == "." else self._with_points(batch)
                progress(stage, min(float(position()), size), size)

    def read_as_text(self, names: Collection[str]) -> None:
        """From the next pass on, give these columns as they are written."""
        import pyarrow as pa

        for name in names:
            self._types[name] = pa.string()
            self._schema = self._schema.set(self._schema.get_field_index(name), pa.field(name, pa.string()))

    def _with_points(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with a decimal point in place of the comma in what is left as text."""
        import pyarrow as pa
        import pyarrow.compute as pc

        arrays = [
            pc.replace_substring_regex(array, DECIMAL_COMMA, r"\1.\2")
            if pa.types.is_string(array.type) and name not in self._text
            else array
            for name, array in zip(batch.schema.names, batch.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)

    def _first_schema(self) -> pa.Schema:
        """Names and types as the first block has them."""
        import pyarrow as pa

        while True:
            try:
                with self._reading(None) as (reader, _):
                    schema = pa.schema([(field.name, field.type) for field in reader.schema])
                break
            except RetypedError:
                continue
        for place, field in enumerate(schema):
            if pa.types.is_binary(field.type):  # a block that is not UTF-8; as text it is refused where it is wanted
                self._types[field.name] = pa.string()
                schema = schema.set(place, field.with_type(pa.string()))
        return schema

    @contextmanager
    def _parsing(self, columns: Sequence[str]) -> Iterator[tuple[Any, Any]]:
        """Batches parsed side by side, the position in the file, and errors as in `_reading`."""
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        def parsed(numbered: tuple[int, bytes]) -> list[pa.RecordBatch]:
            place, text = numbered
            names = self._schema.names if place else None  # the first segment begins with the header
            table = arrow_csv.read_csv(
                pa.BufferReader(text),
                read_options=arrow_csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
                parse_options=arrow_csv.ParseOptions(delimiter=self._dialect.delimiter),  # one block: nothing is cut
                convert_options=self._convert_options(columns),
            )
            return list(table.to_batches())

        try:
            with self._file.open() as (stream, position):
                cut = enumerate(segments.segments(stream.read, self._dialect.delimiter))
                whole = (item for item in cut if item[1][:1] not in b"\r\n" or item[1].strip(b"\r\n"))
                with closing(segments.in_order(whole, parsed, min(pa.cpu_count(), MOST_THREADS))) as tables:
                    yield (batch for table in tables for batch in table), position
        except segments.UnsplittableError:
            self._splittable = False
            raise RetypedError from None
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise self._mended_or(error) from error

    @contextmanager
    def _reading(self, columns: Sequence[str] | None) -> Iterator[tuple[Any, Any]]:
        """A streaming reader and the position in the file, their errors turned into ours."""
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        try:
            with self._file.open() as (stream, position):
                reader = arrow_csv.open_csv(
                    stream,
                    read_options=arrow_csv.ReadOptions(block_size=self._block),
                    parse_options=self._parse_options(),
                    convert_options=self._convert_options(columns),
                )
                with reader:
                    yield reader, position
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise self._mended_or(error) from error

    def _parse_options(self) -> Any:
        from pyarrow import csv as arrow_csv

        return arrow_csv.ParseOptions(delimiter=self._dialect.delimiter, newlines_in_values=self._quoted_newlines)

    def _convert_options(self, columns: Sequence[str] | None) -> Any:
        from pyarrow import csv as arrow_csv

        return arrow_csv.ConvertOptions(
            include_columns=None if columns is None else list(columns),
            column_types=self._types if columns is None else {field.name: field.type for field in self._schema},
            null_values=sorted(NULLS),
            strings_can_be_null=True,
            decimal_point=self._dialect.decimal,
        )

    def _mended_or(self, error: Exception) -> Exception:
        """A notice to start again, when the error only says that a guess was too narrow; otherwise the user's error."""
        message = str(error)
        if conflict := CONFLICT.search(message):
            self._widen(int(conflict[1]), conflict[3])
            return RetypedError()
        if ("straddl" in message or (not self._blank and "Empty CSV" in message)) and self._block < LARGEST_BLOCK:
            self._block *= 8
            return RetypedError()
        if not self._quoted_newlines and ("CSV parse" in message or "CSV parser" in message):
            self._quoted_newlines = True
            return RetypedError()
        return damage.explained(self._file, self._dialect.delimiter, error)

    def _widen(self, place: int, value: str) -> None:
        """Give the column in this place the narrowest type that holds what was seen before and `value`."""
        field = self._schema.field(place)
        kind = _joined(self._types.get(field.name, field.type), self._guessed(value))
        self._types[field.name] = kind
        self._schema = self._schema.set(place, field.with_type(kind))

    def _guessed(self, value: str) -> Any:
        """The type that the parser gives to a column of this one value."""
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        text = io.StringIO()
        csv.writer(text, delimiter=self._dialect.delimiter).writerows([["value"], [value]])
        try:
            table = arrow_csv.read_csv(
                io.BytesIO(text.getvalue().encode()),
                parse_options=arrow_csv.ParseOptions(delimiter=self._dialect.delimiter, newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    decimal_point=self._dialect.decimal, null_values=sorted(NULLS)
                ),
            )
        except (pa.ArrowException, UnicodeError):
            return pa.string()
        return table.schema.field(0).type


def _joined(one: pa.DataType, two: pa.DataType) -> pa.DataType:
    """The narrowest type that holds both; text where they have nothing in common.

    >>> import pyarrow as pa
    >>> _joined(pa.int64(), pa.float64())
    DataType(double)
    >>> _joined(pa.bool_(), pa.int64())
    DataType(string)
    """
    import pyarrow as pa

    if pa.types.is_null(one) and two != one:
        return two
    numbers, moments = (pa.int64(), pa.float64()), (pa.date32(), pa.timestamp("s"), pa.timestamp("ns"))
    for ladder in (numbers, moments):
        if one in ladder and two in ladder and one != two:
            return max(one, two, key=ladder.index)
    return pa.string()

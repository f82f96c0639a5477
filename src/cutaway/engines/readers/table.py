"""A table behind one interface, whatever it is stored in: looked through once, then read in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.table import Batch, Spec
from cutaway.engines.local import KEPT_BYTES, ahead
from cutaway.engines.readers import decoding
from cutaway.engines.readers.batches import regrouped
from cutaway.engines.readers.contents import Extent, Words
from cutaway.engines.readers.decoding import Reading
from cutaway.engines.readers.look import Look, Looking
from cutaway.engines.readers.verdicts import Column, of_numbers, of_text
from cutaway.engines.readers.wording import nearest, plain, shown

if TYPE_CHECKING:
    import pyarrow as pa

MOST_COLUMNS = 2_000  # a Newton step holds (columns + 1)^2 float64: 32 MB here, 0.8 GB for 10,000 columns


class RetypedError(Exception):
    """Raised by `scan` when a block shows that a column's type was guessed too narrowly: the pass starts again."""


class Origin(Protocol):
    """Where record batches come from, again and again."""

    name: str
    rows: int | None

    @property
    def schema(self) -> pa.Schema:
        """Names and types of all columns, as far as they are known."""

    def read_as_text(self, names: Collection[str]) -> None:
        """From the next pass on, give these columns as they are written; nothing where they are stored as numbers."""

    def scan(self, columns: Sequence[str], progress: Progress = silent) -> Iterator[pa.RecordBatch]:
        """Record batches of any length, in order, with the wanted columns among theirs.

        Raises: InputError for what cannot be read, `RetypedError` when `schema` has changed.
        """


Elsewhere = Callable[[Looking], Look]


class Table:
    """A `Source` over an origin. The first look at all cells happens when it is made: here, or `elsewhere`."""

    def __init__(
        self,
        origin: Origin,
        *,
        text: Collection[str] = (),
        drop: Collection[str] = (),
        progress: Progress = silent,
        keep_bytes: int = KEPT_BYTES,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._origin = origin
        self._wanted = _chosen_names(origin, text, drop)
        self._kept: list[pa.RecordBatch] | None = None
        while True:
            try:
                self._look(frozenset(text), progress, keep_bytes, elsewhere)
                return
            except RetypedError:
                continue

    @property
    def name(self) -> str:
        """What a report calls the table."""
        return self._origin.name

    @property
    def specs(self) -> tuple[Spec, ...]:
        """The columns in the table's own order, without the dropped ones."""
        return tuple(column.spec for column in self._columns.values())

    @property
    def rows(self) -> int:
        """Number of rows, all of which have been looked at."""
        return self._rows

    @property
    def bytes_hint(self) -> int:
        """Size of all columns as Arrow arrays with text as codes."""
        return self._bytes

    @property
    def disguised(self) -> Mapping[str, Mapping[str, int]]:
        """Column to word to cells, for number columns whose words were read as missing."""
        return {name: dict(column.disguised) for name, column in self._columns.items() if column.disguised}

    @property
    def readings(self) -> Mapping[str, Reading]:
        """Column to how its cells are decoded."""
        return {name: column.reading for name, column in self._columns.items()}

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Batch]:
        """Batches of `BATCH_ROWS` rows (the last may be shorter) of the wanted columns, in the order asked for.

        Raises: InputError for a column that is not there, and when the file has changed since it was opened.
        """
        return self._decoded(self.checked(columns))

    def checked(self, columns: Sequence[str] | None) -> list[str]:
        """The names of the wanted columns, all where None.

        Raises: InputError for a column that is not there.
        """
        names = list(self._columns) if columns is None else list(columns)
        for name in names:
            if name not in self._columns:
                raise InputError(f"{plain(self.name)} has no column {shown(name)}{nearest(name, self._columns)}")
        return names

    def _decoded(self, names: list[str]) -> Iterator[Batch]:
        start = 0
        for batch in self._kept if self._kept is not None else regrouped(self._scan_again(names), names):
            arrays = {name: decoding.decode(batch.column(name), self._columns[name].reading) for name in names}
            yield Batch(start, batch.num_rows, arrays)
            start += batch.num_rows
        if start != self._rows:
            raise InputError(
                f"{plain(self.name)} had {self._rows:,} rows when it was opened and now {start:,}; "
                f"read a file that does not change"
            )

    def _scan_again(self, names: list[str]) -> Iterator[pa.RecordBatch]:
        # With no columns wanted, rows must still be counted.
        try:
            yield from self._origin.scan(names or list(self._columns)[:1])
        except RetypedError:
            raise InputError(
                f"{plain(self.name)} has changed since it was opened; read a file that does not change"
            ) from None

    def _look(self, text: frozenset[str], progress: Progress, keep_bytes: int, elsewhere: Elsewhere | None) -> None:
        import pyarrow as pa

        schema = self._origin.schema
        looking = Looking.at(schema, self._wanted, text)
        self._kept = None
        look = self._looked(looking, progress, keep_bytes) if elsewhere is None else elsewhere(looking)
        self._rows, self._bytes = look.rows, look.bytes
        inexact = [
            name for name in self._wanted if pa.types.is_float64(schema.field(name).type) and look.extents[name].coarse
        ]
        self._origin.read_as_text(inexact)
        if not self._origin.schema.equals(schema):
            raise RetypedError
        if not self._rows:
            raise InputError(
                f"{plain(self.name)} has column names but no rows; expected at least one row below the header"
            )
        self._columns = {
            name: _column(name, schema.field(name).type, name in text, look.words[name], look.extents[name])
            for name in self._wanted
        }

    def _looked(self, looking: Looking, progress: Progress, keep_bytes: int) -> Look:
        """The look at all batches, which are kept if they fit."""
        schema = self._origin.schema
        least = (self._origin.rows or 0) * sum(_least_width(schema.field(name).type) for name in self._wanted)
        kept: list[pa.RecordBatch] | None = [] if least <= keep_bytes else None
        look = looking.zero
        for batch in ahead(regrouped(self._origin.scan(self._wanted, progress), self._wanted)):
            settled = looking.settled(batch)
            look += looking.of(settled, look.rows)
            if kept is not None:
                kept.append(settled)
                if look.bytes > keep_bytes:
                    kept = None
        self._kept = kept
        return look


def _least_width(kind: pa.DataType) -> float:
    """Bytes that a cell takes at least; text is kept as codes of four bytes."""
    try:
        return float(kind.bit_width) / 8
    except ValueError:
        return 4.0


def _column(name: str, kind: pa.DataType, as_text: bool, words: Words, extent: Extent) -> Column:
    import pyarrow as pa

    family = decoding.family(kind)
    if as_text or family in ("declared", "boolean"):
        return Column(Spec(name, "category"), "level")
    if family == "date":
        return Column(Spec(name, "date"), "date")
    if family == "text":
        return of_text(name, words, extent)
    return of_numbers(name, extent, pa.types.is_integer(kind))


def _chosen_names(origin: Origin, text: Collection[str], drop: Collection[str]) -> list[str]:
    """The columns to read, their names checked.

    Raises: InputError for names that are repeated, empty or too many, and for options that name no column.
    """
    names: list[str] = origin.schema.names
    table = plain(origin.name)
    for option, asked in (("text", text), ("drop", drop)):
        for name in asked:
            if name not in names:
                raise InputError(f"--{option} {shown(name)}: {table} has no such column{nearest(name, names)}")
    dropped = frozenset(drop)
    wanted = [name for name in names if name not in dropped]
    if len(wanted) > MOST_COLUMNS:
        raise InputError(
            f"{table} has {len(wanted):,} columns; expected at most {MOST_COLUMNS:,}, because the audit fits a "
            f"coefficient a column and its memory and time grow with the square of their number; write the columns "
            f"that matter to a new file, df[[...]].to_parquet(...), or leave some out with --drop"
        )
    if repeated := [name for name, count in Counter(wanted).items() if count > 1]:
        places = [place + 1 for place, name in enumerate(names) if name == repeated[0]]
        hint = "; is the header line missing?" if _look_like_values(names) else "; rename all but one"
        raise InputError(
            f"{table}: expected every column name once, got {shown(repeated[0])} {len(places)} times "
            f"(columns {', '.join(map(str, places))}){hint}"
        )
    if empty := [place + 1 for place, name in enumerate(names) if not name.strip() and name not in dropped]:
        raise InputError(
            f"{table}: expected a name for every column, got an empty one for column {empty[0]} of {len(names)}; "
            f'name it in the header line, or leave it out with --drop "" (a row number that was saved with the table: '
            f"df.to_csv(..., index=False))"
        )
    if not wanted:
        raise InputError(f"{table}: expected at least one column, got none{' after --drop' if dropped else ''}")
    return wanted


def _look_like_values(names: Sequence[str]) -> bool:
    return sum(name.strip().lstrip("+-").replace(".", "", 1).isdigit() for name in names) * 2 > len(names)

"""Parquet: one file, or several of one schema read one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.engines.readers.places import Place
from cutaway.engines.readers.remote import Remote
from cutaway.engines.readers.wording import plain, shown
from cutaway.engines.source import BATCH_ROWS

if TYPE_CHECKING:
    import pyarrow as pa

READ_BYTES = 256 << 10  # read from the disk at once, for each column


class Parquet:
    """An origin over Parquet files; only the wanted columns are read from the disk.

    Raises: InputError when a file is damaged or cut off, or its columns differ from the first one's.
    """

    def __init__(self, places: Sequence[Place], name: str) -> None:
        self.name = name
        self._places = list(places)
        self.rows: int | None = 0
        self._schema: pa.Schema = None
        self._groups: list[tuple[int, int, int]] = []  # file, row group in it, rows of that
        for number, place in enumerate(self._places):
            with _opened(place) as file:
                schema = file.schema_arrow.remove_metadata()
                if self._schema is not None and not schema.equals(self._schema):
                    raise InputError(
                        f"{shown(place)} has other columns or types than {shown(self._places[0])}; "
                        f"read files of one schema"
                    )
                self._schema = schema
                self.rows += file.metadata.num_rows
                self._groups += [
                    (number, group, file.metadata.row_group(group).num_rows)
                    for group in range(file.metadata.num_row_groups)
                ]

    @property
    def schema(self) -> pa.Schema:
        """Names and types of all columns."""
        return self._schema

    def read_as_text(self, names: Collection[str]) -> None:
        """Nothing: the columns are not stored as text."""

    def scan(self, columns: Sequence[str], progress: Progress = silent) -> Iterator[pa.RecordBatch]:
        """Batches of `BATCH_ROWS` rows, decoded as they are asked for; a row group need not fit in memory."""
        import pyarrow as pa

        done = 0
        for place in self._places:
            with _opened(place) as file:
                try:
                    for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
                        yield batch
                        done += batch.num_rows
                        progress(f"reading {self.name}", done, self.rows)
                except (pa.ArrowException, OSError) as error:
                    raise _damaged(place, error) from error

    def stretches(self, start: int, stop: int) -> tuple[Stretch, ...]:
        """Where the rows from `start` on and before `stop` lie."""
        found: dict[int, list[tuple[int, int, int]]] = {}
        at = 0
        for number, group, rows in self._groups:
            if at < stop and start < at + rows:
                found.setdefault(number, []).append((group, max(start - at, 0), min(stop - at, rows)))
            at += rows
        return tuple(
            Stretch(
                self._places[number],
                tuple(group for group, _, _ in groups),
                groups[0][1],
                sum(last - first for _, first, last in groups),
            )
            for number, groups in found.items()
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive rows of one Parquet file: `rows` of them in these row groups, after the first `skip`."""

    place: Place
    groups: tuple[int, ...]
    skip: int
    rows: int

    def scan(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows, in batches of at most `BATCH_ROWS`, decoded in one thread. Only whole row groups can be decoded,
        so those before the first row are thrown away.

        Raises: InputError when the file is damaged, or has fewer rows than when it was opened.
        """
        import pyarrow as pa

        before, wanted = self.skip, self.rows
        with _opened(self.place) as file:
            try:
                for batch in file.iter_batches(
                    BATCH_ROWS, row_groups=list(self.groups), columns=list(columns), use_threads=False
                ):
                    there = batch.slice(before, wanted)
                    before -= min(before, batch.num_rows)
                    wanted -= there.num_rows
                    if there.num_rows:
                        yield there
                    if not wanted:
                        return
            except (pa.ArrowException, OSError) as error:
                raise _damaged(self.place, error) from error
        raise InputError(f"{shown(self.place)} has changed since it was opened; read a file that does not change")


def _opened(place: Place) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with place.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 4, 0))
        tail = file.read()
    if tail != b"PAR1":
        raise InputError(
            f"{shown(place)} is a Parquet file that is cut off: it ends with {tail!r} where Parquet has b'PAR1' "
            f"({size:,} bytes are there); copy or download it again"
        )
    try:
        if isinstance(place, Remote):  # where each request takes long, a row group is asked for at once
            return pq.ParquetFile(place.open(), pre_buffer=True)
        # Without these two, the compressed bytes of a whole row group are read ahead.
        return pq.ParquetFile(place, pre_buffer=False, buffer_size=READ_BYTES)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last, of a column's name
        raise _damaged(place, error) from error


def _damaged(place: Place, error: Exception) -> InputError:
    return InputError(f"{shown(place)} is a damaged Parquet file ({plain(error)[:200]}); copy or download it again")

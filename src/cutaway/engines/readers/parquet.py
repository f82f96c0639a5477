"""Parquet: one file, or several of one schema read one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.engines.readers.wording import plain, shown
from cutaway.engines.source import BATCH_ROWS

if TYPE_CHECKING:
    import pyarrow as pa

READ_BYTES = 256 << 10  # read from the disk at once, for each column


class Parquet:
    """An origin over Parquet files; only the wanted columns are read from the disk.

    Raises: InputError when a file is damaged or cut off, or its columns differ from the first one's.
    """

    def __init__(self, places: Sequence[Path], name: str) -> None:
        self.name = name
        self._places = list(places)
        self.rows: int | None = 0
        self._schema: pa.Schema = None
        for place in self._places:
            with _opened(place) as file:
                schema = file.schema_arrow.remove_metadata()
                if self._schema is not None and not schema.equals(self._schema):
                    raise InputError(
                        f"{shown(place)} has other columns or types than {shown(self._places[0])}; "
                        f"read files of one schema"
                    )
                self._schema = schema
                self.rows += file.metadata.num_rows

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


def _opened(place: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with place.open("rb") as file:
        file.seek(-min(4, place.stat().st_size), 2)
        tail = file.read()
    if tail != b"PAR1":
        raise InputError(
            f"{shown(place)} is a Parquet file that is cut off: it ends with {tail!r} where Parquet has b'PAR1' "
            f"({place.stat().st_size:,} bytes are there); copy or download it again"
        )
    try:
        # Without these two, the compressed bytes of a whole row group are read ahead.
        return pq.ParquetFile(place, pre_buffer=False, buffer_size=READ_BYTES)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(place, error) from error


def _damaged(place: Path, error: Exception) -> InputError:
    return InputError(f"{shown(place)} is a damaged Parquet file ({plain(error)[:200]}); copy or download it again")

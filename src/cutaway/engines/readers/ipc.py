"""Arrow IPC: files (also Feather, version 2) and streams."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.engines.readers.wording import plain, shown

if TYPE_CHECKING:
    import pyarrow as pa


class Ipc:
    """An origin over one Arrow IPC file or stream, mapped into memory rather than read into it.

    Raises: InputError when the file is damaged or cut off.
    """

    def __init__(self, place: Path, name: str, *, stream: bool) -> None:
        self.name = name
        self.rows: int | None = None
        self._place = place
        self._stream = stream
        self._schema: pa.Schema = self._opened(None).schema
        try:
            _ = self._schema.names
        except UnicodeDecodeError as error:
            raise self._damaged(error) from error

    @property
    def schema(self) -> pa.Schema:
        """Names and types of all columns."""
        return self._schema

    def read_as_text(self, names: Collection[str]) -> None:
        """Nothing: the columns are not stored as text."""

    def scan(self, columns: Sequence[str], progress: Progress = silent) -> Iterator[pa.RecordBatch]:
        """The file's own batches."""
        import pyarrow as pa

        reader = self._opened([self._schema.get_field_index(name) for name in columns])
        done = 0
        try:
            count = None if self._stream else reader.num_record_batches
            batches = reader if count is None else (reader.get_batch(place) for place in range(count))
            for batch in batches:
                yield batch
                done += batch.num_rows
                progress(f"reading {self.name}", done, None)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error

    def _opened(self, fields: list[int] | None) -> Any:
        import pyarrow as pa
        import pyarrow.ipc as ipc

        options = ipc.IpcReadOptions(included_fields=fields)
        try:
            mapped = pa.memory_map(str(self._place))
            return ipc.open_stream(mapped, options=options) if self._stream else ipc.open_file(mapped, options=options)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> InputError:
        return InputError(
            f"{shown(self._place)} is a damaged or cut-off Arrow file ({plain(error)[:200]}); copy or download it again"
        )

"""`open_table`: from a path, or a table in memory, to a `Source`."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import Any

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.engines.local import KEPT_BYTES
from cutaway.engines.readers import formats, places
from cutaway.engines.readers.places import Place
from cutaway.engines.readers.remote import Remote
from cutaway.engines.readers.table import Origin, Table
from cutaway.engines.readers.wording import shown


def open_table(
    table: str | os.PathLike[str] | Any,
    *,
    text: Collection[str] = (),
    drop: Collection[str] = (),
    progress: Progress = silent,
    keep_bytes: int = KEPT_BYTES,
) -> Table:
    """A source over a file or over a table in memory, looked through once and ready to be read in batches.

    `table`: the path of a CSV (also .gz, .zst), Parquet, Arrow or Feather file, or a pattern of Parquet files
    ("part-*.parquet", "s3://bucket/part-*.parquet"); or a pandas, Polars or PyArrow table, or any object with
    `__arrow_c_stream__`. `text`: columns to read as categories whatever they hold. `drop`: columns to leave out. A
    table of at most `keep_bytes` bytes is kept in memory; a larger one is read from its file in each pass.

    Raises: InputError for a file or column that cannot be used, InputTypeError for what is no table.

    >>> import pyarrow
    >>> source = open_table(pyarrow.table({"age": [31, 45, None], "sex": ["f", "m", "f"]}))
    >>> [(spec.name, spec.kind) for spec in source.specs]
    [('age', 'number'), ('sex', 'category')]
    >>> next(source.batches()).columns["age"]
    array([31., 45., nan])
    """
    if isinstance(table, (str, os.PathLike)):
        origin = file_origin(table, text)
    else:
        from cutaway.engines.readers.memory import from_object

        origin = from_object(table, drop)
    return Table(origin, text=text, drop=drop, progress=progress, keep_bytes=keep_bytes)


def file_origin(path: str | os.PathLike[str], text: Collection[str] = ()) -> Origin:
    """The origin of the file at the path, or of the Parquet files that match its pattern.

    Raises: InputError for a file that cannot be used.
    """
    return _from_files(places.files(path), shown_name(path), text)


def shown_name(path: str | os.PathLike[str]) -> str:
    """The file's own name, without its folder."""
    return os.path.basename(os.fspath(path))


def _from_files(found: Sequence[Place], name: str, text: Collection[str]) -> Origin:
    kinds = [formats.recognise(place) for place in found]
    if len(found) > 1 and set(kinds) != {"parquet"}:
        odd = next(place for place, kind in zip(found, kinds, strict=True) if kind != "parquet")
        raise InputError(
            f"a pattern may name Parquet files only, and {shown(odd)} is none; name one file, or join them into one"
        )
    kind, place = kinds[0], found[0]
    if kind == "parquet":
        from cutaway.engines.readers.parquet import Parquet

        return Parquet(found, name)
    if isinstance(place, Remote):
        raise InputError(
            f"an address may name Parquet files only, and {shown(place)} is none; download it first, or save it as "
            f"Parquet"
        )
    if kind in ("arrow file", "arrow stream"):
        from cutaway.engines.readers.ipc import Ipc

        return Ipc(place, name, stream=kind == "arrow stream")
    from cutaway.engines.readers.delimited import Delimited

    return Delimited(place, name, "gzip" if kind == "csv.gz" else "zstd" if kind == "csv.zst" else None, text)

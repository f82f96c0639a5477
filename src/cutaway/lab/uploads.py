"""Tables that somebody brought: streamed to a temporary folder, read by a worker, and gone when the lab ends."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError
from cutaway.lab.frames import RESULT
from cutaway.lab.pool import Pool

MEGABYTE = 1_000_000
LIMIT = 500 * MEGABYTE
MOST_TABLES = 12
LARGER = 8  # columns in memory may take so many times the upload's limit
PATIENCE = 180.0  # seconds that reading a file may take
DRAINED = 20.0  # seconds for which an upload that is too large is still taken, so that the browser reads the answer
AT_ONCE = 2


class TooLargeError(InputError):
    """The upload is larger than the limit."""


class Uploads:
    """The tables in the lab, by their numbers."""

    def __init__(self, pool: Pool, limit: int = LIMIT) -> None:
        self._pool, self.limit = pool, limit
        self._folder: Path | None = None
        self._tables: dict[str, dict[str, Any]] = {}
        self._paths: dict[str, Path] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def add(self, name: str, chunks: AsyncIterator[bytes], length: int | None) -> dict[str, Any]:
        """Take the file as it arrives, read it, and say what it holds.

        Raises: TooLargeError, or InputError for what cannot be read; nothing is left of it then.
        """
        number = secrets.token_urlsafe(9)
        folder = self._home() / number
        folder.mkdir()
        try:
            path = folder / file_name(name)
            await self._receive(path, chunks, length)
            async with self._places:
                told = await self._read(path, folder / "columns")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._tables[number] = {"id": number, **told}
        self._paths[number] = path
        self._make_room()
        return self._tables[number]

    def path(self, number: str) -> Path:
        """The file as it was brought.

        Raises: InputError: there is none of that number.
        """
        if number not in self._paths:
            raise InputError("this table is not in the lab any more; bring it again")
        return self._paths[number]

    def columns(self, number: str) -> Path:
        """The folder of its columns (raises as `path` does)."""
        return self.path(number).parent / "columns"

    def table(self, number: str) -> dict[str, Any]:
        """What was said of it (raises as `path` does)."""
        self.path(number)
        return self._tables[number]

    def remove(self, number: str) -> None:
        """Forget the table and delete its files (raises as `path` does)."""
        shutil.rmtree(self.path(number).parent, ignore_errors=True)
        del self._tables[number], self._paths[number]

    def to_json(self) -> dict[str, Any]:
        """All tables, the newest first, and the limit in bytes."""
        return {"limit": self.limit, "data": list(reversed(self._tables.values()))}

    def close(self) -> None:
        """Delete everything."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _make_room(self) -> None:
        """Give up the oldest tables while there are too many, or too much in them; the newest always stays."""
        sizes = {
            number: sum(file.stat().st_size for file in path.parent.rglob("*") if file.is_file())
            for number, path in self._paths.items()
        }
        *older, _ = self._paths
        for number in older:
            if len(sizes) <= MOST_TABLES and sum(sizes.values()) <= 2 * LARGER * self.limit:
                return
            del sizes[number]
            self.remove(number)

    def _home(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="cutaway-lab-"))
        return self._folder

    async def _receive(self, path: Path, chunks: AsyncIterator[bytes], length: int | None) -> None:
        too_large = TooLargeError(
            f"the file is larger than {self.limit / MEGABYTE:,.0f} MB, the most that the lab takes; save the columns "
            f"that matter as Parquet, or start cutaway lab with a larger --upload-limit"
        )
        if length is not None and length > self.limit:
            await _drained(chunks)
            raise too_large
        taken = 0
        with path.open("wb") as file:
            async for chunk in chunks:
                taken += len(chunk)
                if taken > self.limit:
                    await _drained(chunks)
                    raise too_large
                file.write(chunk)
        if not taken:
            raise InputError("the file is empty; expected a table with column names and rows")

    async def _read(self, path: Path, folder: Path) -> dict[str, Any]:
        task = {"task": "read", "path": str(path), "folder": str(folder), "most_bytes": LARGER * self.limit}
        worker = await self._pool.take()
        try:
            async with asyncio.timeout(PATIENCE):
                kind, text = await worker.do(task, lambda said: None)
        except TimeoutError:
            await self._pool.end(worker)
            raise InputError(f"the file was not read within {PATIENCE:.0f} s; take a sample of its rows") from None
        except BaseException:
            await self._pool.end(worker)
            raise
        await self._pool.give_back(worker)
        if kind != RESULT:
            raise InputError(text.decode("utf-8", "replace"))
        told: dict[str, Any] = json.loads(text)
        return told


def file_name(name: str) -> str:
    r"""A name for the file that is safe on every system and can be shown; of a path, its last part.

    >>> file_name("../../etc/passwd"), file_name(r"C:\data\my <table>.csv"), file_name("..")
    ('passwd', 'my table.csv', 'table')
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w .()+-]", "", last, flags=re.ASCII).strip(" .-")
    stem, point, suffix = plain.rpartition(".")
    kept = f"{stem[:60].strip()}.{suffix[:12]}" if point and stem.strip() else plain[:60]
    return kept if kept.strip(" .") else "table"


async def _drained(chunks: AsyncIterator[bytes]) -> None:
    """Take what still comes and keep nothing: a browser that is cut off in the midst shows no answer."""
    try:
        async with asyncio.timeout(DRAINED):
            async for _ in chunks:
                pass
    except TimeoutError:
        return

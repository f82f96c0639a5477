"""Made once, kept in a folder under the hash of what it was made from, and mapped into memory from there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError
from cutaway.science.embed.contextual import Contextual
from cutaway.science.embed.static import Matrix, Static

_VERSION = 1  # a change of what is kept makes new entries


@dataclass(frozen=True)
class Kept:
    """A folder of results, each under a hash of all that it depends on; two processes may use it at once.

    Args:
        folder: Where; it is made when the first result comes.
    """

    folder: Path

    def entry(self, key: str, make: Callable[[Path], None]) -> Path:
        """The folder of a result; if it is not there, `make` fills one aside, which is then moved into place.

        Raises:
            InputError: The folder cannot be written.
        """
        place = self.folder / key
        if place.is_dir():
            return place
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".being-made-", dir=self.folder))
        except OSError as error:
            raise InputError(f"the cache {self.folder} cannot be written: {error.strerror}") from None
        try:
            make(aside)
            aside.rename(place)
        except OSError as error:
            if not place.is_dir():  # else another process made the same in the meantime
                raise InputError(f"the cache {self.folder} cannot be written: {error.strerror}") from None
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return place

    def array(self, key: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """An array, mapped into memory; one that was damaged since is made again."""

        def fill(folder: Path) -> None:
            made = np.ascontiguousarray(make())
            with (folder / "array.npy").open("wb") as file:
                np.lib.format.write_array(file, made, allow_pickle=False)

        for _ in range(2):
            place = self.entry(key, fill)
            try:
                return np.lib.format.open_memmap(place / "array.npy", mode="r")
            except (OSError, ValueError):
                shutil.rmtree(place, ignore_errors=True)
        raise InputError(f"the cache {self.folder} cannot be read")

    def sentences(self, of: Static | Contextual, texts: list[str], **options: Any) -> Matrix:
        """`of.sentences(texts, **options)`, made once for the same vectors, texts and options."""
        plain = {name: value for name, value in sorted(options.items()) if name not in ("note", "progress", "batch")}
        key = digest("sentences", identity(of), json.dumps(plain), *texts)
        made: Matrix = self.array(key, lambda: of.sentences(texts, **options))
        return made


def kept(folder: Path | None = None) -> Kept:
    """The user's cache of embeddings; `folder` in its stead if given."""
    if folder is None:
        above = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        folder = Path(above) / "cutaway" / "embed"
    return Kept(folder)


def digest(*parts: str | bytes) -> str:
    """A hash of all parts in their order; where one ends and the next begins counts.

    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    made = hashlib.blake2b(str(_VERSION).encode(), digest_size=20)
    for part in parts:
        raw = part.encode("utf-8", errors="surrogatepass") if isinstance(part, str) else part
        made.update(len(raw).to_bytes(8, "little"))
        made.update(raw)
    return made.hexdigest()


def file_digest(path: Path) -> str:
    """A hash of a file's content.

    Raises:
        InputError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=20)).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def identity(of: Static | Contextual) -> str:
    """A hash of the vectors or the model: the same numbers, the same hash, wherever they lie."""
    if isinstance(of, Static):
        if "identity" not in of._kept:
            words = digest(*of.words)
            of._kept["identity"] = digest("static", words, str(of.matrix.shape), of.matrix.tobytes())
        known: str = of._kept["identity"]
        return known
    parts = sorted(
        one for one in of.path.iterdir() if one.suffix in (".safetensors", ".json", ".txt", ".model") and one.is_file()
    )
    return digest("contextual", *(f"{one.name}:{file_digest(one)}" for one in parts))

"""Paths: whether there is a file to read, and which files a pattern names."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cutaway.core.errors import InputError
from cutaway.engines.readers import remote
from cutaway.engines.readers.remote import Remote
from cutaway.engines.readers.wording import nearest, shown

Place = Path | Remote


def files(path: str | os.PathLike[str]) -> Sequence[Place]:
    """The one file at the path, or those that match its pattern (`*`, `?`, `[...]`), sorted by name.

    A path with "://" in it is an address (`remote.files`).

    Raises: InputError when there is none, or it is not a regular, readable, non-empty file.
    """
    text = os.fspath(path)
    if "://" in text:
        return remote.files(text)
    place = Path(os.path.expanduser(text))
    try:
        missing = not place.exists()
    except (OSError, ValueError) as error:
        raise InputError(
            f"{shown(text)} is not a path that can be opened ({shown(error)}); check its spelling"
        ) from error
    if missing and glob.has_magic(text):
        found = sorted(Path(name) for name in glob.glob(str(place), recursive=True) if Path(name).is_file())
        if not found:
            raise InputError(f"no file matches the pattern {shown(text)}; check the folder and the pattern")
        return [_checked(name) for name in found]
    if missing:
        raise InputError(f"no file {shown(place)}{_similar(place)}")
    return [_checked(place)]


def _checked(place: Path) -> Path:
    text = shown(place)
    try:
        facts = place.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise InputError(
                f"{text} is a folder; expected a file: name one, or a pattern such as {shown(place / '*.parquet')}"
            )
        if not stat.S_ISREG(facts.st_mode):
            raise InputError(
                f"{text} is not a regular file; it is read more than once, so save what it gives to a file first"
            )
        with place.open("rb"):
            pass
    except PermissionError as error:
        raise InputError(
            f"{text} may not be read by this user; change its permissions (chmod u+r) or copy it"
        ) from error
    except OSError as error:
        raise InputError(f"{text} cannot be opened: {error.strerror or error}; check the disk and the path") from error
    if not facts.st_size:
        raise InputError(f"{text} is empty (0 bytes); expected a table with a header line and rows")
    return place


def _similar(place: Path) -> str:
    try:
        names = os.listdir(place.parent)
    except OSError:
        return f"; the folder {shown(place.parent)} does not exist either"
    return nearest(place.name, names) or f"; the folder {shown(place.parent)} has no file of a similar name"

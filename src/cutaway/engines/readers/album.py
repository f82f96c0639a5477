"""Where a batch of images comes from: a folder, or a .zip whose names are safe."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from cutaway.core.errors import InputError
from cutaway.engines.readers.pictures import SUFFIXES
from cutaway.engines.readers.pixels import MOST_BYTES

READING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of one image's file, and when they changed last, in nanoseconds."""

    data: bytes
    changed: int


@dataclass(frozen=True, slots=True)
class Album:
    """Images to be read.

    Args:
        names: below the folder, with / between parts, in order.
        refused: files that are not opened, and why.
        root: the folder, or None for a .zip.
        archive: the .zip.
    """

    names: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()
    root: Path | None = None
    archive: zipfile.ZipFile | None = field(default=None, repr=False)

    def changed(self, name: str) -> int:
        """When the image changed last, in nanoseconds; of a .zip's, with its checksum in the fraction of a second.

        Raises: InputError for one that is gone.
        """
        if self.archive is not None:
            one = self.archive.getinfo(name)
            try:
                when = datetime(*one.date_time, tzinfo=UTC)
            except ValueError:
                when = datetime(1980, 1, 1, tzinfo=UTC)
            return int(when.timestamp()) * 10**9 + one.CRC % 10**6 * 1000
        try:
            return os.lstat(f"{self.root}/{name}").st_mtime_ns
        except OSError as error:
            raise InputError(f"{name!r}: cannot be read ({error.strerror})") from error

    def read(self, name: str) -> Picture:
        """The bytes of its file, and when they changed last.

        Raises: InputError for a file that cannot be read, or is larger than an image is.
        """
        try:
            if self.archive is not None:
                _refuse_large(name, self.archive.getinfo(name).file_size)
                return Picture(self.archive.read(name), self.changed(name))
            file = os.open(f"{self.root}/{name}", READING)
            try:
                about = os.fstat(file)
                _refuse_large(name, about.st_size)
                parts = []
                while part := os.read(file, max(about.st_size, 1) + 1):
                    parts.append(part)
                    if len(part) == about.st_size:  # the whole file, as it nearly always is
                        break
                return Picture(parts[0] if len(parts) == 1 else b"".join(parts), about.st_mtime_ns)
            finally:
                os.close(file)
        except InputError:
            raise
        except OSError as error:
            raise InputError(f"{name!r}: cannot be read ({error.strerror})") from error
        except Exception as error:  # a damaged or encrypted member, by zipfile or by a decompressor
            raise InputError(f"{name!r}: cannot be unpacked ({' '.join(str(error).split())[:200]})") from error


def _refuse_large(name: str, size: int) -> None:
    if size > MOST_BYTES:
        raise InputError(f"{name!r}: expected an image of at most {MOST_BYTES:,} bytes, got {size:,}")


@contextmanager
def album(folder: str | os.PathLike[str], leave_out: Path | None = None) -> Iterator[Album]:
    """The images of a folder (hidden ones and what lies in `leave_out` are no part of it), or of a .zip.

    Raises: InputError for what is neither, and for a .zip with a name that leads out of the folder it is unpacked to,
    a link, or the same name twice.
    """
    place = Path(folder)
    if place.is_dir():
        yield _of_folder(place, leave_out)
    elif place.is_file() and place.suffix.lower() == ".zip":
        try:
            archive = zipfile.ZipFile(place)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InputError(f"{str(place)!r}: is no readable .zip ({error}); unpack it yourself") from error
        with archive:
            yield _of_zip(place, archive)
    else:
        what = "a file" if place.exists() else "nothing there"
        raise InputError(f"{str(place)!r}: expected a folder of images or a .zip, got {what}")


def _of_folder(root: Path, leave_out: Path | None) -> Album:
    names, refused = [], []
    besides = None if leave_out is None else os.path.realpath(leave_out)
    for at, folders, files in os.walk(root, followlinks=False):
        linked = [Path(at, one).relative_to(root) for one in folders if os.path.islink(os.path.join(at, one))]
        refused += [(one.as_posix(), "is a link to a folder; links stay closed") for one in linked]
        folders[:] = sorted(one for one in folders if one[0] != "." and os.path.realpath(Path(at, one)) != besides)
        for one in sorted(files):
            path = Path(at, one)
            if one.startswith(".") or path.suffix.lower() not in SUFFIXES:
                continue
            mode = os.lstat(path).st_mode
            name = path.relative_to(root).as_posix()
            if stat.S_ISREG(mode):
                names.append(name)
            else:
                refused.append((name, "is a link; links stay closed" if stat.S_ISLNK(mode) else "is no plain file"))
    return Album(tuple(sorted(names)), tuple(refused), root)


def _of_zip(place: Path, archive: zipfile.ZipFile) -> Album:
    seen: set[str] = set()
    names = []
    for one in archive.infolist():
        name = one.filename
        _refuse_unsafe(place, name, one)
        if name in seen:
            raise InputError(f"{str(place)!r}: holds the name {name!r} twice; pack it anew")
        seen.add(name)
        parts = PurePosixPath(name).parts
        hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
        if not one.is_dir() and not hidden and PurePosixPath(name).suffix.lower() in SUFFIXES:
            names.append(name)
    return Album(tuple(sorted(names)), (), None, archive)


def _refuse_unsafe(place: Path, name: str, one: zipfile.ZipInfo) -> None:
    parts = name.replace("\\", "/").split("/")
    original = getattr(one, "orig_filename", name)
    leads_out = ".." in parts or not parts[0] or ":" in parts[0] or "\\" in name or "\0" in original
    if leads_out:
        raise InputError(
            f"{str(place)!r}: the name {original!r} in it leads out of its folder; nothing of this .zip was unpacked"
        )
    if stat.S_ISLNK(one.external_attr >> 16):
        raise InputError(f"{str(place)!r}: {name!r} in it is a link; nothing of this .zip was unpacked")

"""Layers of an image, the same to the last bit for the same content: sorted, with fixed times, owners and modes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import stat
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

TIME = 315_532_800  # 1 January 1980, before which zip files know no time
LEVEL = 3  # of compression: half the time of the usual 6, a few per cent more bytes
LEFT_OUT = re.compile(r"(^|/)(__pycache__|\.lock|\.gitignore|uv_cache\.json|uv_build\.json|CACHEDIR\.TAG|\.cache)$")
OF_THIS_MACHINE = ("extracted_package_dir", "package_tarball_full_path", "link", "requested_spec", "requested_specs")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer in a file: the digest of the file, that of the archive in it, and the file's size."""

    path: Path
    digest: str
    diff: str
    size: int


@dataclass(frozen=True, slots=True)
class Move:
    """How an environment made in one place is written as if it stood in another.

    Attributes:
        made: the prefix where it was made.
        prefix: the prefix where it is to stand.
        python: the interpreter there that its `bin/python` is to be; None where it has one of its own.
    """

    made: Path
    prefix: str
    python: str | None


class Hashed:
    """A stream that counts and hashes what passes through it."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile) -> None:
        self.stream, self.sha, self.size = stream, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        """Pass the bytes on."""
        self.sha.update(data)
        self.size += len(data)
        self.stream.write(data)
        return len(data)

    def flush(self) -> None:
        """Flush the stream below."""
        self.stream.flush()

    @property
    def digest(self) -> str:
        """As images name content."""
        return f"sha256:{self.sha.hexdigest()}"


@contextmanager
def archive(path: Path) -> Iterator[tuple[tarfile.TarFile, list[Layer]]]:
    """A tar archive to add to; once it is closed the list holds the layer that it became."""
    found: list[Layer] = []
    with path.open("wb") as file:
        outer = Hashed(file)
        with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=outer, mtime=0) as packed:
            inner = Hashed(packed)
            with tarfile.open(fileobj=inner, mode="w|", format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
                yield tar, found
        file.flush()
        os.fsync(file.fileno())
    found.append(Layer(path, outer.digest, inner.digest, outer.size))


def entry(name: str, kind: bytes = tarfile.REGTYPE, mode: int = 0o644, owner: int = 0) -> tarfile.TarInfo:
    """The head of an archive's entry, with everything fixed that a machine would decide."""
    out = tarfile.TarInfo(name.lstrip("/"))
    out.type, out.mode, out.mtime, out.uid, out.gid = kind, mode, TIME, owner, 0
    return out


def folders(tar: tarfile.TarFile, name: str, seen: set[str]) -> None:
    """Add the folders above a name that are not there yet."""
    parts = name.strip("/").split("/")[:-1]
    for number in range(1, len(parts) + 1):
        above = "/".join(parts[:number])
        if above not in seen:
            seen.add(above)
            tar.addfile(entry(above, tarfile.DIRTYPE, 0o755))


def of_files(path: Path, files: Mapping[str, str], owned: Mapping[str, int]) -> Layer:
    """A layer of texts, and of folders that a user owns and the group 0 may write to."""
    with archive(path) as (tar, found):
        seen: set[str] = set()
        for name in sorted(files):
            folders(tar, name, seen)
            data = files[name].encode()
            head = entry(name)
            head.size = len(data)
            tar.addfile(head, io.BytesIO(data))
        for name, owner in sorted(owned.items()):
            folders(tar, name, seen)
            tar.addfile(entry(name, tarfile.DIRTYPE, 0o775, owner))
    return found[0]


def of_environment(path: Path, move: Move) -> Layer:
    """A layer of an environment, as if it had been made where it is to stand."""
    with archive(path) as (tar, found):
        folders(tar, move.prefix + "/x", set())
        for below in _walked(move.made):
            _add(tar, below, move)
    return found[0]


def _walked(top: Path) -> Iterator[Path]:
    """Everything below, in order of name."""
    for below in sorted(top.iterdir(), key=lambda one: os.fsencode(one.name)):
        if LEFT_OUT.search(below.name):
            continue
        yield below
        if below.is_dir() and not below.is_symlink():
            yield from _walked(below)


def _add(tar: tarfile.TarFile, path: Path, move: Move) -> None:
    inside = path.relative_to(move.made)
    name = f"{move.prefix}/{inside}"
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        head = entry(name, tarfile.SYMTYPE, 0o777)
        target = os.readlink(path)
        if move.python is not None and str(inside) == "bin/python":
            target = move.python
        head.linkname = target.replace(str(move.made), move.prefix)
        tar.addfile(head)
    elif stat.S_ISDIR(status.st_mode):
        tar.addfile(entry(name, tarfile.DIRTYPE, 0o755))
    elif stat.S_ISREG(status.st_mode):
        head = entry(name, mode=0o755 if status.st_mode & 0o111 else 0o644)
        data = _moved(path, str(inside), move)
        if data is None:
            head.size = status.st_size
            with path.open("rb") as stream:
                tar.addfile(head, stream)
        else:
            head.size = len(data)
            tar.addfile(head, io.BytesIO(data))


def _moved(path: Path, inside: str, move: Move) -> bytes | None:
    """The file's content where it names the place at which it was made; None where it may stay as it is."""
    if inside.startswith("conda-meta/") and inside.endswith(".json"):
        said = json.loads(path.read_text("utf-8"))
        kept = {key: value for key, value in said.items() if key not in OF_THIS_MACHINE}
        return json.dumps(kept, sort_keys=True, indent=1).replace(str(move.made), move.prefix).encode()
    if inside.endswith(".dist-info/RECORD"):
        # A program names its interpreter in its first line, so that its hash is of the place where it was made.
        return re.sub(rb"(?m)^((?:\.\./)+bin/[^,\n]+),[^\n]*$", rb"\1,,", path.read_bytes())
    if inside == "pyvenv.cfg" and move.python is not None:
        lines = path.read_text("utf-8").splitlines()
        out = []
        for line in lines:
            key = line.partition("=")[0].strip()
            if key == "home":
                line = f"home = {os.path.dirname(move.python)}"
            elif key == "version_info":
                line = ".".join(line.split(".")[:2])  # the patch there may be another
            out.append(line)
        return ("\n".join(out) + "\n").replace(str(move.made), move.prefix).encode()
    if path.stat().st_size > 1_000_000 or not (inside.startswith("bin/") or inside.endswith((".json", ".pth"))):
        return None
    data = path.read_bytes()
    made = os.fsencode(str(move.made))
    return data.replace(made, move.prefix.encode()) if made in data and b"\0" not in data else None

"""Files at an address, such as s3://bucket/part-*.parquet, through PyArrow's file systems or fsspec's.

Nothing is reached but what the user has named; credentials are found as these libraries find them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from cutaway.core.errors import InputError
from cutaway.engines.readers.wording import plain, shown

if TYPE_CHECKING:
    import pyarrow.fs as pafs

MAGIC = "*?["


@dataclass(frozen=True, slots=True)
class Remote:
    """A file at an address; what is asked of it is what readers ask of a `pathlib.Path`."""

    system: pafs.FileSystem
    path: str
    scheme: str

    @property
    def name(self) -> str:
        """The last part of the address."""
        return PurePosixPath(self.path).name

    @property
    def suffixes(self) -> list[str]:
        """As those of a path."""
        return PurePosixPath(self.path).suffixes

    def open(self, mode: str = "rb") -> Any:
        """The file, of which any part can be read.

        Raises: InputError when it cannot be opened.
        """
        try:
            return self.system.open_input_file(self.path)
        except Exception as error:
            raise InputError(
                f"{shown(self)} cannot be opened ({_line(error)}); check its permissions, or download it first"
            ) from error

    def __str__(self) -> str:
        return f"{self.scheme}://{self.path}"


def files(address: str) -> list[Remote]:
    """The one file at the address, or those that match its pattern (`*`, `?`, `[...]` within names), sorted by name.

    Options of the file system may follow a question mark, as in s3://bucket/a.parquet?region=eu-west-1.

    Raises: InputError when there is none, or nothing here reads such addresses.
    """
    scheme, _, rest = address.partition("://")
    rest, options = _without_options(rest)
    names = rest.split("/")
    fixed = next((k for k, name in enumerate(names) if any(letter in name for letter in MAGIC)), len(names))
    try:
        system, path = _system(scheme, "/".join(names[:fixed]), options)
        if fixed == len(names):
            found = [path] if system.get_file_info(path).is_file else []
        else:
            found = _matching(system, path, names[fixed:])
    except Exception as error:  # each file system has exceptions of its own
        raise InputError(
            f"{shown(address)} cannot be opened ({_line(error)}); check the address and its credentials, or download "
            f"it first"
        ) from error
    if not found:
        raise InputError(f"no file at the address {shown(address)}; check the folder and the name")
    return [Remote(system, path, scheme) for path in sorted(found)]


def _without_options(rest: str) -> tuple[str, str]:
    before, mark, after = rest.rpartition("?")
    return (before, mark + after) if mark and "=" in after else (rest, "")


def _system(scheme: str, path: str, options: str) -> tuple[Any, str]:
    import pyarrow as pa
    import pyarrow.fs as pafs

    try:
        return pafs.FileSystem.from_uri(f"{scheme}://{path}{options}")  # type: ignore[no-any-return]
    except pa.ArrowInvalid:
        try:
            fsspec = import_module("fsspec")
        except ImportError:
            fsspec = None
        if fsspec is None or scheme not in fsspec.available_protocols():
            raise ValueError(f"nothing here reads {scheme}:// addresses") from None
        system = fsspec.filesystem(scheme)
        return pafs.PyFileSystem(pafs.FSSpecHandler(system)), system._strip_protocol(f"{scheme}://{path}")


def _matching(system: Any, folder: str, patterns: list[str]) -> list[str]:
    """The files below a folder whose names match the patterns, one a level."""
    import pyarrow.fs as pafs

    selector = pafs.FileSelector(folder, allow_not_found=True, recursive=len(patterns) > 1)
    found = []
    for info in system.get_file_info(selector):
        names = info.path[len(folder) :].strip("/").split("/")
        if info.is_file and len(names) == len(patterns) and all(map(fnmatchcase, names, patterns)):
            found.append(info.path)
    return found


def _line(error: Exception) -> str:
    return plain(" ".join(str(error).split())[:200])

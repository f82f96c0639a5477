"""Reports written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cutaway.core.errors import InputError


def write(text: str, path: str | os.PathLike[str]) -> None:
    """Write the text as UTF-8 in one step: a reader finds the old file or the new one, never a part.

    The text goes to a temporary file in the same folder, which then takes the name. A device or a pipe
    (`/dev/stdout`) is written to directly. Lone surrogates become escapes.

    Raises:
        InputError: the place cannot be written to; what was there before is untouched.
    """
    content = text.encode("utf-8", "backslashreplace")
    # The file that a symbolic link names is replaced, not the link.
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise InputError(f"output {os.fspath(path)!r}: expected the name of a file, got a folder; add a file name")
    if not target.parent.is_dir():
        raise InputError(
            f"output {os.fspath(path)!r}: expected an existing folder, got {str(target.parent)!r}, which is none; "
            "create it or choose another place"
        )
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)
        else:
            _replace(target, content)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            f"output {os.fspath(path)!r}: expected a place that can be written to, got {reason.lower()!r}; "
            "choose another place or free this one"
        ) from error


def _replace(target: Path, content: bytes) -> None:
    mode = _mode_of(target)
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(13, "the file is read-only")
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".cutaway-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _mode_of(target: Path) -> int:
    """The permissions that the file has, or that a new file would get; a temporary file's own are stricter."""
    with suppress(OSError):
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

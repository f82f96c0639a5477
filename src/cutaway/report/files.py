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
    place = os.fspath(path)
    try:
        # The file that a symbolic link names is replaced, not the link.
        target = os.path.realpath(place)
        folder = os.path.dirname(target)
        if os.path.isdir(target):
            raise InputError(f"output {place!r}: expected the name of a file, got a folder; add a file name")
        if not os.path.isdir(folder):
            raise InputError(f"output {place!r}: expected an existing folder, got {folder!r}, which is none; create it")
        if os.path.exists(target) and not os.path.isfile(target):
            Path(target).write_bytes(content)
        else:
            _replace(target, content)
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"output {place!r}: expected a place that can be written to, got {reason.lower()!r}; "
            "choose another place or free this one"
        ) from error


def _replace(target: str, content: bytes) -> None:
    mode = _mode_of(target)
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise PermissionError(13, "the file is read-only")
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".cutaway-", suffix=".part")
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


def _mode_of(target: str) -> int:
    """The permissions that the file has, or that a new file would get; a temporary file's own are stricter."""
    with suppress(OSError):
        return os.stat(target).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

"""The programs that resolve and fetch packages, and what they say when they cannot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cutaway.core.errors import InputError, MissingExtraError

LONGEST = 420
NPM = ("--install-strategy=shallow",)
"""As npm lays out what is installed globally: tslab finds the types of Node.js only there."""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SECRETS = re.compile(r"(?<=://)[^\s/@]+@")
OUTER = ("VIRTUAL_ENV", "CONDA_", "JUPYTER_", "JPY_", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
NOISE = re.compile(r"$|warning:|hint:|npm (notice|warn)|npm (error|ERR!) (code|A complete log|notarget In most)")
FETCHED = re.compile(
    r"(?:fetch:?|request for url|request to|Could not fetch)[^\n]*?[`(\s](https?://[^\s`)]+)", re.IGNORECASE
)
UNREACHED = re.compile(
    r"ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|connection (refused|reset|timed out)|operation timed out|"
    r"dns error|network is unreachable|no route to host|name or service not known|temporary failure in name resolution",
    re.IGNORECASE,
)
FULL = re.compile(r"no space left|ENOSPC|disk quota", re.IGNORECASE)


def uv() -> str:
    """The path of uv, which resolves and installs Python packages.

    Raises: MissingExtraError: it is not installed.
    """
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.is_file() else shutil.which("uv")
    if found is None:
        raise MissingExtraError("uv, which makes Python environments,", "kernels")
    return found


def npm() -> str:
    """The path of npm.

    Raises: InputError: it is not installed.
    """
    found = shutil.which("npm")
    if found is None:
        raise InputError("npm packages were asked for, and there is no npm here; install Node.js 20 or later")
    return found


def called(
    command: Sequence[str], what: str, variables: Mapping[str, str], *, stdin: str = "", folder: Path | None = None
) -> str:
    """The program's standard output.

    It runs in an empty folder unless one is named, so that no project's configuration enters; the user's own does.

    Raises: InputError: it fails; the message begins with `what`, and goes on with the program's reason, shortened.
    """
    with tempfile.TemporaryDirectory(prefix="cutaway-kernels-") as empty:
        try:
            done = subprocess.run(
                list(command),
                input=stdin,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                cwd=folder or empty,
                env=dict(variables),
                check=False,
            )
        except OSError as error:
            raise InputError(f"{what}: {command[0]} cannot be run ({error.strerror})") from error
    if done.returncode:
        raise InputError(f"{what}: {reason(done.stderr or done.stdout)}")
    return done.stdout


def reason(said: str) -> str:
    r"""What went wrong, from a program's standard error: one line, shortened, without passwords.

    >>> reason("error: No solution found:\n  cause: Because there is no version of numpy==9 …")
    'because there is no version of numpy==9 …'
    >>> reason("write failed: No space left on device (os error 28)")
    'the disk is full; free some space, then run this again: what was finished is kept'
    >>> reason("Failed to fetch: `https://me:word@pypi.example/simple/six/`\n  Connection refused (os error 111)")
    'https://pypi.example/simple/six/ cannot be reached (connection refused); see [network] and the network itself'
    """
    if FULL.search(said):
        return "the disk is full; free some space, then run this again: what was finished is kept"
    address, cause = FETCHED.search(SECRETS.sub("", said)), UNREACHED.search(said)
    if address and cause:
        why = cause[0].lower().replace("econnrefused", "connection refused")
        return f"{address[1]} cannot be reached ({why}); see [network] and the network itself"
    lines = [" ".join(line.split()) for line in SECRETS.sub("", ESCAPES.sub("", said)).splitlines()]
    lines = [re.sub(r"^npm (error|ERR!)( code| notarget)?\s*", "", line) for line in lines if not NOISE.match(line)]
    text = " ".join(re.sub(r"^[×╰─▶│├\s]+", "", line) for line in lines)
    cause = re.search(r"(?:cause: |╰─▶ )?((?:Because|because) .*)", text)
    text = cause[1] if cause else re.sub(r"^(error|npm error|fatal):\s*", "", text, flags=re.IGNORECASE)
    text = text or "it failed without a word"
    text = text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + " …"
    return text[:1].lower() + text[1:]


def plain_environment() -> dict[str, str]:
    """This process's variables without those of the environment around it, nor of another Jupyter."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OUTER)}


def replaced(path: Path, text: str, mode: int = 0o644) -> None:
    """Write the file whole or not at all.

    Raises: InputError: its place cannot be written to.
    """
    data = text.encode()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> InputError:
    """The error for a place that cannot be written to."""
    said = (error.strerror or str(error)).lower()
    return InputError(f"{path}: expected a place that can be written to, got {said!r}; free it or choose another")

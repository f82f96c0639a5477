"""Become the notebook server of an image: `start.py ROOT`; with `--token`, print the token instead.

The token lies in a file that only its owner may read, below the home folder. No line of it ends in the log, in an
argument or in a kernel's environment. A file given as JUPYTER_TOKEN_FILE comes first.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path


def token_file(home: Path) -> Path:
    """The file of the token, made when there is none; an end of line in it would count as a part of the token."""
    place = home / ".kernels-token"
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return place
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_hex(24))
    return place


def main(arguments: list[str]) -> None:
    """Replace this process by the server, or print the token."""
    if not arguments:
        sys.exit("usage: start.py ROOT [--token]")
    root, home = Path(arguments[0]), Path(os.environ.get("HOME", "/"))
    given = os.environ.get("JUPYTER_TOKEN_FILE")
    try:
        place = Path(given) if given else token_file(home)
        token = place.read_text("utf-8")
        if (
            token != token.strip()
        ):  # an end of line would be taken for a part of the token, and every request be refused
            place = home / ".kernels-token"
            place.unlink(missing_ok=True)
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as stream:
                stream.write(token.strip())
    except OSError as error:
        sys.exit(f"start: {error.filename}: {error.strerror}; the home folder {home} must be writable")
    if "--token" in arguments:
        print(place.read_text("utf-8"))
        return
    environment = {name: value for name, value in os.environ.items() if name != "JUPYTER_TOKEN"}
    environment |= {
        "JUPYTER_TOKEN_FILE": str(place),
        "JUPYTER_CONFIG_PATH": str(root / "etc"),  # comes before what the user keeps in the home folder
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "JUPYTER_PATH": str(root / "share/jupyter"),
        "JUPYTER_RUNTIME_DIR": os.environ.get("JUPYTER_RUNTIME_DIR", "/tmp/jupyter-runtime"),
        "JUPYTER_DATA_DIR": str(home / ".local/share/jupyter"),
    }
    program = str(root / "server/bin/python")
    os.execve(program, [program, "-I", str(root / "bin/lab.py")], environment)


if __name__ == "__main__":
    main(sys.argv[1:])

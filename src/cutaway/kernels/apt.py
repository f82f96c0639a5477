"""Packages of the system: which version the base would get, and which are installed here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from cutaway.core.errors import InputError

RELEASE = Path("/etc/os-release")


def codename() -> str | None:
    """The name of this machine's release of Debian or Ubuntu."""
    try:
        found = re.search(r'^VERSION_CODENAME="?(\w+)', RELEASE.read_text("utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None


def resolved(asked: Sequence[str], base: str, what: str) -> list[str]:
    """`name=version` where this machine is of the base's release and so knows the version, else `name` alone.

    Raises: InputError: this machine is of the base's release, and has no such package.
    """
    name = codename()
    if name is None or name not in base or shutil.which("apt-cache") is None:
        return list(asked)
    out = []
    for one in asked:
        if "=" in one:
            out.append(one)
            continue
        found = re.search(r"Candidate: (\S+)", _said(["apt-cache", "policy", one]))
        if found is None or found[1] == "(none)":
            raise InputError(
                f"{what}: apt knows no package {one!r} for {base}; check its name, or run apt-get update and try again"
            )
        out.append(f"{one}={found[1]}")
    return out


def absent(asked: Iterable[str]) -> list[str]:
    """Those of the packages that are not installed on this machine."""
    names = [one.partition("=")[0] for one in asked]
    return [name for name in names if "ok installed" not in _said(["dpkg-query", "-W", "-f", "${Status}", name])]


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
        ).stdout
    except OSError:
        return ""

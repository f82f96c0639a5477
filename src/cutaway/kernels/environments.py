"""Environments made from the lock, each at its own prefix, whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError
from cutaway.kernels import conda, tools
from cutaway.kernels.lock import digest
from cutaway.kernels.network import Reach
from cutaway.kernels.plan import Environment, written


def made(
    environment: Environment,
    entry: Mapping[str, Any],
    prefix: Path,
    folder: Path,
    way: Reach,
    target: str | None = None,
) -> None:
    """Make the environment at the prefix, in place of what is there; with `target`, conda's paths are those of there.

    Raises: InputError: it cannot be made; nothing of it is left.
    """
    what = environment.name if environment.name == "server" else f"kernels.{environment.name}"
    try:
        removed(prefix)
        prefix.mkdir(parents=True)
        if entry.get("conda"):
            conda.install(entry["conda"], prefix, f"{what}.conda", folder, way.conda, way.variables, target)
        if entry.get("pip"):
            _pip(entry, prefix, f"{what}.pip", way)
        if entry.get("npm"):
            _npm(entry["npm"], prefix, f"{what}.npm", way)
    except OSError as error:
        removed(prefix)
        raise InputError(f"{what}: {tools.reason(str(error))}") from error
    except BaseException:
        removed(prefix)
        raise


def _pip(entry: Mapping[str, Any], prefix: Path, what: str, way: Reach) -> None:
    uv = [tools.uv(), "--quiet", "--no-progress", "--color", "never"]
    if not entry.get("conda"):
        prefix.rmdir()
        tools.called([*uv, "venv", "--no-project", "--python", entry["python"], str(prefix)], what, way.variables)
    command = [*uv, "pip", "install", "--no-deps", "--require-hashes", "--python", str(prefix / "bin/python")]
    tools.called([*command, "-r", "-"], what, way.variables, stdin="\n".join(entry["pip"]) + "\n")


def _npm(entry: Mapping[str, Any], prefix: Path, what: str, way: Reach) -> None:
    (prefix / "package.json").write_text(written(entry["manifest"]), "utf-8")
    (prefix / "package-lock.json").write_text(written(entry["lock"]), "utf-8")
    command = [tools.npm(), "ci", *tools.NPM, "--no-audit", "--no-fund", "--no-update-notifier"]
    tools.called(command, what, way.variables, folder=prefix)


def removed(path: Path) -> None:
    """Remove the folder where there is one."""
    with suppress(FileNotFoundError):
        shutil.rmtree(path)


def mark(entry: Mapping[str, Any], prefix: Path) -> str:
    """What stands beside a finished environment: it changes with what it holds and with its place."""
    return written({"made": digest([dict(entry), str(prefix)])})


def finished(marker: Path, entry: Mapping[str, Any], prefix: Path) -> bool:
    """Whether the environment was made to its end, of this content and at this place."""
    try:
        said = json.loads(marker.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(said == json.loads(mark(entry, prefix))) and prefix.is_dir()

"""`cutaway doctor`: what is installed, what works, and what to install for what does not."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from typing import Annotated, Any

import typer

from cutaway.cli import VERBS, endings
from cutaway.cli.arguments import parsed
from cutaway.cli.extras import Extra, Package, base, extras
from cutaway.core import plugins
from cutaway.core.errors import InputError
from cutaway.core.threads import cores

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""What sets how many threads the libraries below take."""


def run(arguments: list[str]) -> int:
    """Print what was found; the status is 1 where a package of the base is missing or does not fit."""
    asked = parsed(_asked, "doctor", arguments)
    if isinstance(asked, int):
        return asked
    needed, optional = base(), extras()
    told = _as_json(needed, optional) if asked == "json" else _as_text(needed, optional)
    endings.show(told)
    return endings.DONE if all(one.fits for one in needed) else endings.FOUND


def machine() -> dict[str, Any]:
    """The interpreter, the cores that this process may use, the memory, and what limits the threads."""
    from cutaway import __version__

    return {
        "cutaway": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": cores(),
        "memory_bytes": _memory(),
        "threads": {name: os.environ[name] for name in THREADS if name in os.environ},
    }


def _memory() -> int | None:
    """All memory of the machine in bytes; None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # pragma: no cover
        return None


def plugged() -> dict[plugins.Plugin, str]:
    """Every plug-in, with what keeps it from being used; empty where nothing does."""
    found: dict[plugins.Plugin, str] = {}
    if not any(map(plugins.listed, plugins.KINDS)):
        return found  # so that nothing is imported
    from cutaway.checks.run import discovery as checks
    from cutaway.compare.run import discovery as compare
    from cutaway.studies.run import discovery as studies

    for kind, where in (("checks", checks), ("compare", compare), ("studies", studies)):
        trouble = {one.plugin: one.reason for one in where.refused()}
        found |= {one: trouble.get(one, "") for one in plugins.listed(kind)}
    return found


def _as_json(needed: tuple[Package, ...], optional: tuple[Extra, ...]) -> str:
    told = machine() | {
        "plugins": [asdict(one) | {"trouble": trouble} for one, trouble in plugged().items()],
        "base": [asdict(one) for one in needed],
        "extras": [asdict(one) | {"works": not one.trouble, "remedy": one.remedy} for one in optional],
    }
    return json.dumps(told, indent=2) + "\n"


def _as_text(needed: tuple[Package, ...], optional: tuple[Extra, ...]) -> str:
    here = machine()
    memory = "" if here["memory_bytes"] is None else f", {here['memory_bytes'] / 2**30:.1f} GiB of memory"
    said = ", ".join(f"{name}={value}" for name, value in here["threads"].items())
    lines = [
        f"cutaway {here['cutaway']} on Python {here['python']}, {here['system']}",
        f"{here['cores']} cores for this process{memory}",
        f"Threads: {said or 'nothing in the environment limits them'}",
        "",
        "Needed",
        *(f"  {_told(one)}" + ("" if one.fits else f"  (pip install '{one.name}{one.wanted}')") for one in needed),
        "",
        "Extras",
    ]
    width = max((len(one.name) for one in optional), default=0)
    for one in optional:
        if one.trouble:
            lines += [f"  {one.name:<{width}}  no   {one.trouble}", f"  {'':<{width}}       {one.remedy}"]
        else:
            lines.append(f"  {one.name:<{width}}  yes  {', '.join(map(_told, one.packages))}")
    if known := plugged():
        lines += ["", "Plug-ins"]
        lines += [
            f"  {plugins.CALLED[one.kind]} {one.name} of {one.origin}" + (f": cannot be used: {why}" if why else "")
            for one, why in known.items()
        ]
    return "\n".join(lines) + "\n"


def _told(one: Package) -> str:
    return f"{one.name} {one.version or 'absent'}"


def _asked(
    written: Annotated[str, typer.Option("--format", metavar="text|json", help="How it is written.")] = "text",
) -> str:
    if written not in ("text", "json"):
        raise InputError(f"--format {written!r}: expected text or json")
    return written


_asked.__doc__ = VERBS["doctor"]

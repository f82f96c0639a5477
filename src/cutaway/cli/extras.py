"""What of cutaway's optional parts is installed, and whether it can be imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec

from cutaway.core.errors import InputError
from cutaway.core.threads import cores

LONGEST = 120
"""Seconds that an import may take: TensorFlow's first one, on a cold disk, takes half a minute."""
UNLISTED = ("test", "bench", "docs", "release")
"""Extras for those who work on cutaway itself."""

BACKEND = "pip install 'cutaway[tensorflow]' or 'cutaway[jax]'; or 'cutaway[keras,torch]', with KERAS_BACKEND=torch"
"""What Keras lacks where it is installed and cannot be imported: the extra brings none of the three backends."""

STAND_INS = {
    "tensorflow": ("tensorflow-cpu",),
    "xgboost-cpu": ("xgboost",),
    "opencv-python-headless": ("opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless"),
    "psycopg2-binary": ("psycopg2",),
}
"""Packages that bring the same modules as the one that is asked for, built otherwise."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package that an extra asks for: `wanted` is its range, `version` what is installed, or None."""

    name: str
    wanted: str
    version: str | None
    fits: bool


@dataclass(frozen=True, slots=True)
class Extra:
    """An extra with its packages. `trouble` says what is wrong with it in a few words, and is empty where it works."""

    name: str
    packages: tuple[Package, ...]
    trouble: str

    @property
    def remedy(self) -> str:
        """The command that mends it; empty where it works."""
        if self.trouble and self.name == "keras" and all(one.fits for one in self.packages):
            return BACKEND
        again = "--force-reinstall " if self.trouble and all(one.fits for one in self.packages) else ""
        return f"pip install {again}'cutaway[{self.name}]'" if self.trouble else ""


def requirements() -> list[str]:
    """What the installed cutaway declares.

    Raises: InputError where it is not installed but found on the path.
    """
    try:
        return metadata.requires("cutaway") or []
    except metadata.PackageNotFoundError as error:
        raise InputError("cutaway runs from a folder and is not installed: pip install . in that folder") from error


def base(declared: Iterable[str] | None = None) -> tuple[Package, ...]:
    """The packages that cutaway needs whatever is done with it."""
    return _packages(requirements() if declared is None else list(declared), "")


def extras(declared: Iterable[str] | None = None) -> tuple[Extra, ...]:
    """Every extra, its packages imported in processes of their own: one that crashes or hangs is told, and no more."""
    lines = requirements() if declared is None else list(declared)
    names = sorted({name for line in lines for name in re.findall(r"extra == ['\"]([\w-]+)['\"]", line)} - {*UNLISTED})
    wanted = {name: _packages(lines, name) for name in names}
    with ThreadPoolExecutor(cores()) as pool:
        troubles = dict(zip(names, pool.map(_trouble, wanted.values()), strict=True))
    return tuple(Extra(name, wanted[name], troubles[name]) for name in names)


def _packages(lines: Sequence[str], extra: str) -> tuple[Package, ...]:
    """Of one extra, or of none; an extra that takes another in has its packages too."""
    from packaging.requirements import Requirement

    out: dict[str, Package] = {}
    for line in lines:
        one = Requirement(line)
        for_all = one.marker is None or one.marker.evaluate({"extra": ""})
        if not (for_all if not extra else not for_all and one.marker and one.marker.evaluate({"extra": extra})):
            continue
        if one.name == "cutaway":
            out |= {each.name: each for name in sorted(one.extras) for each in _packages(lines, name)}
            continue
        found = {name: _version(name) for name in (one.name, *STAND_INS.get(one.name, ()))}
        name = next((name for name, version in found.items() if version), one.name)
        version = found[name]
        fits = version is not None and one.specifier.contains(version, prereleases=True)
        out[one.name] = Package(name, str(one.specifier), version, fits)
    return tuple(out.values())


def _version(package: str) -> str | None:
    """What is installed, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _trouble(packages: Sequence[Package]) -> str:
    """The first thing that is wrong, from the cheapest question to the dearest."""
    missing = [one.name for one in packages if one.version is None]
    if missing:
        return f"{', '.join(missing)} not installed"
    for one in packages:
        if not one.fits:
            return f"{one.name} {one.version} is not {one.wanted}"
    for one in packages:
        said = _import_error(one.name)
        if said:
            return f"{one.name} cannot be imported: {said}"
    return ""


def _import_error(package: str) -> str:
    """The last line of what a fresh interpreter says when it imports the package's modules; empty when it can."""
    modules = _modules(package)
    if not modules:
        return ""
    code = "\n".join(f"import {name}" for name in modules)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST,
            check=False,
            env=_backend() | os.environ if package == "keras" else None,
        )
    except subprocess.TimeoutExpired:
        return f"no answer after {LONGEST} s"
    if done.returncode == 0:
        return ""
    if done.returncode < 0:
        return f"the interpreter was ended by signal {-done.returncode}"
    return (done.stderr.strip().splitlines() or ["no reason given"])[-1][:200]


def _backend() -> dict[str, str]:
    """Which backend Keras is tried with where the user named none: its own choice is TensorFlow, installed or not."""
    found = [name for name in ("tensorflow", "jax", "torch") if find_spec(name)]
    return {"KERAS_BACKEND": found[0]} if found else {}


def _modules(package: str) -> list[str]:
    """What the package is imported as: its own list where it has one, else the folders and files that it brought."""
    found = metadata.distribution(package)
    listed = (found.read_text("top_level.txt") or "").split()
    if not listed:
        heads = {str(path).split("/")[0] for path in found.files or () if str(path).endswith((".py", ".so", ".pyd"))}
        listed = sorted(head.split(".")[0] for head in heads)
    return [name for name in listed if name.isidentifier() and not name.startswith("_")]

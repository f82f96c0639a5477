"""The running cutaway as a wheel, so that a kernel's environment holds this very one, from a checkout and offline too.

Its version says what it holds: `0.3.0+3f0c…`, where what stands behind the plus is a digest of the files. The same
files make the same wheel, so that a lock's hash holds for it wherever they are.
"""

from __future__ import annotations

import hashlib
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError
from cutaway.core.version import __version__
from cutaway.kernels import tools

NAME = "cutaway"
TIME = (1980, 1, 1, 0, 0, 0)  # before which zip files know no time
PACKAGE = Path(__file__).parents[1]
START = "[console_scripts]\ncutaway = cutaway.cli:main\n"
TAGS = "Wheel-Version: 1.0\nGenerator: cutaway\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@cache
def version() -> str:
    """The version of the wheel, which tells its content."""
    found = hashlib.sha256(about("").encode())
    for name, path in _files():
        found.update(f"{name}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return f"{__version__}+{found.hexdigest()[:12]}"


def kept(folder: Path) -> Path:
    """The wheel in the folder, written where it is not there yet; older ones are removed.

    Raises: InputError: the folder cannot be written to.
    """
    place = folder / f"{NAME}-{version()}-py3-none-any.whl"
    if place.is_file():
        return place
    part = place.with_suffix(".part")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _write(part)
        part.replace(place)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"{place}: {tools.reason(str(error))}") from error
    return place


def about(of: str) -> str:
    """The wheel's METADATA, for this version."""
    said = _declared()
    lines = ["Metadata-Version: 2.1", f"Name: {NAME}", f"Version: {of}", f"Requires-Python: {said['python']}"]
    lines += [f"Provides-Extra: {one}" for one in said["extras"]]
    return "\n".join([*lines, *(f"Requires-Dist: {one}" for one in said["requires"]), ""])


def _declared() -> dict[str, Any]:
    """What cutaway asks for: the checkout's own word, or that of the installation."""
    project = PACKAGE.parent.parent / "pyproject.toml"
    if project.is_file():
        content = tomllib.loads(project.read_text("utf-8")).get("project", {})
        if content.get("name") == NAME:
            extras: dict[str, list[str]] = content["optional-dependencies"]
            requires = [
                *content["dependencies"],
                *(_only(one, extra) for extra, ones in extras.items() for one in ones),
            ]
            return {"python": content["requires-python"], "extras": list(extras), "requires": requires}
    try:
        found = metadata.metadata(NAME)
    except metadata.PackageNotFoundError as error:
        raise InputError("cutaway is neither installed nor in a checkout, so that a kernel cannot have it") from error
    return {
        "python": (found.get_all("Requires-Python") or [""])[0],
        "extras": found.get_all("Provides-Extra", []),
        "requires": found.get_all("Requires-Dist", []),
    }


def _only(requirement: str, extra: str) -> str:
    asked, _, marker = (part.strip() for part in requirement.partition(";"))
    return f'{asked}; {f"({marker}) and " if marker else ""}extra == "{extra}"'


def _files() -> Iterator[tuple[str, Path]]:
    """Name within the wheel -> file, in order; what Python compiled and what editors left is not among them."""
    for path in sorted(PACKAGE.rglob("*")):
        inside = path.relative_to(PACKAGE)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
        if path.is_file() and not hidden and path.suffix not in (".pyc", ".nbi", ".nbc"):
            yield f"{NAME}/{inside.as_posix()}", path


def _write(place: Path) -> None:
    """Stored, not compressed: compressors of two machines differ, and it goes no further than a folder nearby."""
    notes = f"{NAME}-{version()}.dist-info"
    texts = {"METADATA": about(version()), "WHEEL": TAGS, "entry_points.txt": START}
    with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED) as wheel:
        record = [_added(wheel, name, path.read_bytes()) for name, path in _files()]
        record += [_added(wheel, f"{notes}/{name}", text.encode()) for name, text in texts.items()]
        listed = "".join(f"{line}\n" for line in [*record, f"{notes}/RECORD,,"])
        wheel.writestr(_entry(f"{notes}/RECORD"), listed)


def _added(wheel: zipfile.ZipFile, name: str, data: bytes) -> str:
    """The line of RECORD for what was added."""
    from base64 import urlsafe_b64encode

    wheel.writestr(_entry(name), data)
    found = urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={found},{len(data)}"


def _entry(name: str) -> zipfile.ZipInfo:
    out = zipfile.ZipInfo(name, TIME)
    out.external_attr = 0o644 << 16
    return out

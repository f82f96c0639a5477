"""tools/release.py [OUT]: the release of the last commit, in OUT (dist/ by default), built twice and compared.

    cutaway-VERSION.tar.gz                 the sources
    cutaway-VERSION-py3-none-any.whl       the same bytes from a clone, from another clone, and from the sources
    cutaway-VERSION.cdx.json               what an installation of it consists of (CycloneDX), with licences
    SHA256SUMS                             of all three

Whatever is not committed is no part of it. The clock of every file is the commit's (SOURCE_DATE_EPOCH), and hatchling's
version is pinned in tools/release.txt, so that anybody who builds the same commit gets the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PINS = ROOT / "tools" / "release.txt"


def main(arguments: list[str]) -> int:
    """Build, compare, describe; the status is 1 where two builds differ."""
    out = Path(arguments[0] if arguments else "dist").resolve()
    if said("git", "status", "--porcelain", folder=ROOT):
        print("Some changes are not committed: they are no part of this release.", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="cutaway-release-") as place:
        try:
            sources, wheel = built(Path(place))
        except ValueError as error:
            print(f"release: {error}", file=sys.stderr)
            return 1
        out.mkdir(parents=True, exist_ok=True)
        for older in out.glob("cutaway-*"):
            older.unlink()
        made = [Path(shutil.copy(one, out)) for one in (sources, wheel)]
        made.append(bill(made[1], Path(place), out))
    sums = "".join(f"{digest(one)}  {one.name}\n" for one in made)
    (out / "SHA256SUMS").write_text(sums, encoding="ascii")
    print(sums, end="")
    return 0


def built(place: Path, source: Path = ROOT) -> tuple[Path, Path]:
    """The sources and the wheel of the last commit, the wheel made three ways.

    Raises: ValueError: two of them differ.
    """
    epoch = said("git", "log", "-1", "--format=%ct", folder=source)
    made: list[tuple[Path, Path]] = []
    for name in ("one", "two"):
        clone = place / name
        said("git", "clone", "--quiet", "--local", str(source), str(clone), folder=place)
        made.append(
            (build(clone, place / f"{name}-made", "sdist", epoch), build(clone, place / f"{name}-made", "wheel", epoch))
        )
    (sources, wheel), again = made
    third = build(sources, place / "third", "wheel", epoch)
    for one, other in ((sources, again[0]), (wheel, again[1]), (wheel, third)):
        if digest(one) != digest(other):
            raise ValueError(f"{one.name} has other bytes when it is built again: {digest(one)}, {digest(other)}")
    return sources, wheel


def build(source: Path, out: Path, what: str, epoch: str) -> Path:
    """A wheel or the sources of the project in that folder, or in those sources."""
    command = [
        uv(),
        "build",
        "--quiet",
        f"--{what}",
        "--build-constraints",
        str(PINS),
        "--out-dir",
        str(out),
        str(source),
    ]
    said(*command, folder=PINS.parent, SOURCE_DATE_EPOCH=epoch)
    (made,) = out.glob("*.whl" if what == "wheel" else "*.tar.gz")
    return made


def bill(wheel: Path, place: Path, out: Path) -> Path:
    """The bill of materials: what pip brings with the wheel, in an environment where nothing else is."""
    environment = place / "environment"
    said(uv(), "venv", "--quiet", "--python", sys.executable, str(environment), folder=place)
    said(uv(), "pip", "install", "--quiet", "--python", str(environment), str(wheel), folder=place)
    path = out / f"{'-'.join(wheel.name.split('-')[:2])}.cdx.json"
    program = Path(sys.executable).with_name("cyclonedx-py")
    told = ("--output-reproducible", "--output-format", "JSON", "--output-file", str(path), "--pyproject")
    said(str(program), "environment", *told, str(ROOT / "pyproject.toml"), str(environment), folder=place)
    listed = json.loads(path.read_text(encoding="utf-8"))
    listed["metadata"]["component"]["version"] = wheel.name.split("-")[1]  # pyproject.toml leaves it to the source
    path.write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")
    return path


def digest(path: Path) -> str:
    """SHA-256 of the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def uv() -> str:
    """The program uv, of this environment first."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv") or "uv"


def said(*command: str, folder: Path, **more: str) -> str:
    """What the command prints; one that fails ends this program with what it said."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=os.environ | more, check=False)
    if done.returncode:
        raise SystemExit(f"release: {' '.join(command[:3])} … failed\n{done.stderr[-3000:]}")
    return done.stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

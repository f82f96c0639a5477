"""What a release says of itself: licences of its data, how it is cited, its version."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import cutaway
from cutaway.cli.extras import UNLISTED
from tools import release_check

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "cutaway"
KNOWN = {"Apache-2.0", "MIT", "CC-BY-4.0", "PDDL-1.0", "OFL-1.1", "public domain", "facts"}
ROW = re.compile(r"^\| `(cutaway/[^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)


def listed() -> dict[str, tuple[str, str, str]]:
    """File -> source, licence, and where more is said."""
    rows = ROW.findall((ROOT / "DATA-LICENSES.md").read_text(encoding="utf-8"))
    found = {name: (source.strip(), licence.strip(), more.strip(" `")) for name, source, licence, more in rows}
    assert len(found) == len(rows), "a file stands there twice"
    return found


def packaged() -> set[str]:
    """Every file of data in the package: of its two folders of data, and others of that kind."""
    folders = [*(PACKAGE / "data").iterdir(), *(PACKAGE / "studies" / "stored").iterdir()]
    others = [
        path for path in PACKAGE.rglob("*") if path.suffix in (".woff2", ".parquet", ".csv", ".npz", ".png", ".jpg")
    ]
    files = {path for path in (*folders, *others) if path.is_file() and path.suffix != ".py"}
    return {path.relative_to(PACKAGE.parent).as_posix() for path in files}


def test_every_file_of_data_has_its_source_and_licence() -> None:
    assert packaged() - set(listed()) == set(), "add a row to DATA-LICENSES.md"
    assert set(listed()) - packaged() == set(), "rows of files that are gone"


def test_licences_are_those_that_are_known_and_more_is_there() -> None:
    for name, (source, licence, more) in listed().items():
        assert len(source) > 10 and licence in KNOWN, name
        if more.endswith(".md"):
            said = (PACKAGE / "data" / more).read_text(encoding="utf-8")
            words = {
                "CC-BY-4.0": "Creative Commons Attribution 4.0|CC BY 4.0",
                "MIT": "MIT",
                "public domain": "public domain",
            }
            assert re.search(words.get(licence, "."), said), f"{name}: {more} says nothing of {licence}"


def test_the_citation_names_this_version() -> None:
    said = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    keys = dict(re.findall(r"^([a-z-]+): *(.*)$", said, re.MULTILINE))
    assert {"cff-version", "message", "title", "authors"} <= set(keys)
    assert keys["version"] == cutaway.__version__ and keys["license"] == "Apache-2.0"


def test_the_changelog_has_a_heading_for_this_version() -> None:
    released = cutaway.__version__.partition(".dev")[0]
    assert re.search(rf"^## {re.escape(released)}\b", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_each_extra_is_tried_alone() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(release_check.USES) == set(declared) - set(UNLISTED)

"""What the README and the written pages say: commands and options that exist, output that is what is printed now."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from cutaway.cli import VERBS, main

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = [path for path in PAGES if "pages" not in path.relative_to(ROOT).parts]
COMMAND = re.compile(r"(?:^|[\s`/$])cutaway ((?:" + "|".join(sorted(VERBS)) + r")\b[^`\n#|;]*)")
MEND = "run python tools/readme.py NAME, or without a name for all"


@pytest.fixture(scope="module")
def readme() -> Iterator[ModuleType]:
    """The tool that fills the README in."""
    sys.path.insert(0, str(ROOT / "tools"))
    yield importlib.import_module("readme")
    sys.path.remove(str(ROOT / "tools"))


@cache
def options(*words: str) -> frozenset[str]:
    """What a verb, or an action or study of it, may be told, from its help."""
    from contextlib import redirect_stdout
    from io import StringIO

    said = StringIO()
    with redirect_stdout(said):
        main([*words, "--help"])
    return frozenset(re.findall(r"--[a-z][\w-]*", said.getvalue()))


def commands(path: Path) -> list[list[str]]:
    """Every `cutaway …` of a page, as words."""
    return [found[1].split() for found in COMMAND.finditer(path.read_text("utf-8"))]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_option_exists(path: Path) -> None:
    for verb, *words in commands(path):
        told = {word.split("=")[0].rstrip(".,)") for word in words if re.match(r"--[a-z]", word)}
        if not told:
            continue
        known = set(options(verb))
        if verb in ("kernels", "study") and words and re.fullmatch(r"[a-z][\w-]*", words[0]):
            known |= options(verb, words[0])
        if verb == "audit":
            known |= options("audit", "--model") | options("audit", "--labels")
        if verb == "images":
            known |= options("images", "--benefit")
        assert told <= known, f"cutaway {verb} {' '.join(words)}: {sorted(told - known)}"


def test_the_pages_name_commands() -> None:
    """So that the test above has something to read."""
    assert {words[0] for path in WRITTEN for words in commands(path)} >= {
        "audit",
        "compare",
        "study",
        "tune",
        "kernels",
    }


def test_the_readme_shows_each_verb() -> None:
    assert set(VERBS) - {words[0] for words in commands(README)} == set()


@pytest.mark.parametrize("name", ["benchmarks", "compare"])
def test_what_is_quoted_is_current(readme: ModuleType, name: str) -> None:
    assert readme.block(name) == readme.written(README.read_text("utf-8"), name), MEND


@pytest.mark.slow
@pytest.mark.parametrize("name", ["audit-begins", "study"])
def test_what_is_printed_is_what_is_quoted(readme: ModuleType, name: str) -> None:
    assert readme.block(name) == readme.written(README.read_text("utf-8"), name), MEND


def test_a_missed_target_says_so(readme: ModuleType) -> None:
    """Read off the results anew, apart from the table's own code."""
    import json

    table = readme.written(README.read_text("utf-8"), "benchmarks")
    found = json.loads((ROOT / "benchmarks" / "results" / "logit.json").read_text("utf-8"))
    (line,) = [one for one in table.splitlines() if "statsmodels" in one]
    assert ("**missed**" in line) == (
        found["ratio"][found["best"]["statsmodels"]]["median"] < found["target"]["statsmodels"]
    )


def test_every_file_that_is_linked_exists() -> None:
    for path in (README, ROOT / "CONTRIBUTING.md"):
        text = path.read_text("utf-8")
        linked = re.findall(r"\]\(([^)#]+)\)|(?:src|srcset)=\"([^\"]+)\"", text)
        named = [one or other for one, other in linked if not (one or other).startswith("http")]
        assert [name for name in named if not (ROOT / name).exists()] == []

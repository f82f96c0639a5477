"""The way in: help and version, and what is no verb."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import cutaway as package
from cutaway.cli import VERBS, overview
from tests.cli import snapshot
from tests.cli.conftest import Command


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help(arguments: list[str], cutaway: Command) -> None:
    ended = cutaway(*arguments)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == overview() + "\n"
    assert snapshot.matches("help.txt", "cutaway", ended.out)


def test_help_names_every_verb_with_its_summary() -> None:
    width = max(map(len, VERBS))
    for verb, summary in VERBS.items():
        assert f"  {verb:<{width}}  {summary}" in overview()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["x", "--nonsense", "--help"]])
def test_help_of_a_verb(verb: str, arguments: list[str], cutaway: Command) -> None:
    ended = cutaway(verb, *arguments)
    assert (ended.status, ended.err) == (0, "")
    assert VERBS[verb] in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_every_verb_has_its_file() -> None:
    for verb in VERBS:
        assert callable(importlib.import_module(f"cutaway.cli.{verb}").run)


def test_version(cutaway: Command) -> None:
    ended = cutaway("--version")
    assert (ended.status, ended.out, ended.err) == (0, f"cutaway {package.__version__}\n", "")


@pytest.mark.parametrize(
    "arguments", [["adit"], ["loans.csv"], ["loans.csv", "--target", "y"], ["--verbose"], ["frobnicate"], ["a\x1b[31m"]]
)
def test_what_is_no_verb_is_refused_with_a_hint(arguments: list[str], cutaway: Command) -> None:
    ended = cutaway(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert snapshot.matches("help.txt", f"cutaway {' '.join(arguments)}".encode("unicode_escape").decode(), ended.err)


def test_an_existing_file_without_a_suffix_is_taken_for_one(cutaway: Command, tmp_path: Path) -> None:
    (tmp_path / "loans").write_text("a,b\n")
    assert "cutaway audit loans --target COLUMN" in cutaway("loans").err


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_no_library(option: str) -> None:
    code = f"import sys; from cutaway.cli import main; main(['{option}']); print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numpy", "numba", "pyarrow", "typer", "rich", "typing", "dataclasses", "inspect", "click"}
    assert heavy.isdisjoint(ended.stderr.split())


def test_help_of_audit_imports_no_array_library() -> None:
    code = "import sys; from cutaway.cli import main; main(['audit', '--help']); print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"numpy", "numba", "pyarrow", "scipy"}.isdisjoint(ended.stderr.split())


def test_python_m_cutaway_is_the_command() -> None:
    ended = subprocess.run([sys.executable, "-m", "cutaway", "frobnicate"], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("cutaway: no verb 'frobnicate'")

"""Bad input, end to end: status 2, one sentence, no traceback, nothing written."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.cli import faults, snapshot
from tests.cli.conftest import Command

SNAPSHOT = "bad_input.txt"
CODES = re.compile(r"[A-Z]{3}\d{3}(, [A-Z]{3}\d{3}){2,}")  # lists of all checks grow


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_refused(cutaway: Command, folder: Path, arguments: list[str]) -> str:
    before = contents(folder)
    ended = cutaway("audit", *arguments)
    assert ended.status == 2, ended
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert ended.err.startswith("cutaway audit: ")
    assert ended.err.count("\n") == 1
    assert ended.err.endswith("\n")
    assert contents(folder) == before
    return ended.err.removeprefix("cutaway audit: ").rstrip("\n")


@pytest.mark.parametrize("case", faults.FAULTS)
def test_bad_input_is_refused_in_one_sentence(case: str, cutaway: Command, tmp_path: Path) -> None:
    arguments = faults.FAULTS[case](tmp_path)
    asked = arguments if "--out" in arguments else [*arguments, "--out", "x.html"]
    message = assert_refused(cutaway, tmp_path, asked)
    assert len(message) < 700
    assert snapshot.matches(SNAPSHOT, case, CODES.sub("CODES", message)), f"{case}: {message}"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--taget", "x"], "--taget"),
        (["--format", "pdf"], "'pdf'"),
        (["--fail-on", "high"], "'high'"),
        (["--intervals", "exact"], "'exact'"),
        (["--seed", "x"], "'--seed'"),
        (["--seed", "-1"], "'--seed'"),
        (["--out"], "--out"),
        (["other.csv"], "other.csv"),
    ],
)
def test_a_wrong_option_is_named_with_the_way_to_the_help(
    arguments: list[str], named: str, cutaway: Command, tmp_path: Path
) -> None:
    message = assert_refused(cutaway, tmp_path, [*faults.good(tmp_path), *arguments])
    assert named in message
    assert message.endswith("; cutaway audit --help lists the options")


def test_no_snapshot_is_of_a_case_that_is_gone() -> None:
    assert set(snapshot.read(snapshot.FOLDER / SNAPSHOT)) == set(faults.FAULTS)


def test_the_good_table_of_the_faults_is_good(cutaway: Command, tmp_path: Path) -> None:
    ended = cutaway("audit", *faults.good(tmp_path), "--out", "x.json")
    assert (ended.status, ended.out) == (0, "")
    assert ended.err.startswith("Wrote x.json")


def test_a_place_that_fails_while_writing_leaves_nothing(
    cutaway: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    arguments = [*faults.good(tmp_path), "--out", "x.html"]
    monkeypatch.setattr(os, "fsync", full)
    assert "no space left" in assert_refused(cutaway, tmp_path, arguments)


@pytest.mark.parametrize(
    "name", ["esc\x1b[31mred\x07", "two\nlines", "right\u202eleft", "lone\udcff", "x" * 300, "a,b"]
)
def test_hostile_names_cannot_act_on_the_terminal(name: str, cutaway: Command, tmp_path: Path) -> None:
    arguments = faults.good(tmp_path)
    for option in ("--target", "--drop", "--weight", "--positive", "--select", "--set", "--out", "--format", "--test"):
        message = assert_refused(cutaway, tmp_path, [*arguments, option, name])
        assert message.isprintable()


def test_a_hostile_file_name_cannot_act_on_the_terminal(cutaway: Command, tmp_path: Path) -> None:
    arguments = faults.table(tmp_path, "age,bought\n", "esc\x1b[31m.csv")
    assert assert_refused(cutaway, tmp_path, arguments).isprintable()

"""`make new-check` writes what a check needs, and nothing over what is there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "tools"))
import new_check


@pytest.fixture
def root(tmp_path: Path) -> Path:
    checks = tmp_path / "src" / "cutaway" / "checks"
    checks.mkdir(parents=True)
    (checks / "leakage.py").write_text('@check("DAT004", name="leakage", asks="table")\n', "utf-8")
    (checks / "scaling.py").write_text('@check(\n    "DAT013",\n    name="scaling",\n)\n', "utf-8")
    return tmp_path


def test_it_writes_a_check_and_its_test_under_the_next_code(root: Path) -> None:
    check, test = new_check.scaffold("stale_labels", "", root)
    assert check == root / "src" / "cutaway" / "checks" / "stale_labels.py"
    assert test == root / "tests" / "checks" / "test_stale_labels.py"
    for path in (check, test):
        text = path.read_text("utf-8")
        compile(text, str(path), "exec")
        assert "DAT014" in text
        assert "stale labels" in text


def test_a_scaffold_does_not_pass_for_a_check(root: Path) -> None:
    """It raises until it is written, so that it counts as crashed, never as passed."""
    check, _ = new_check.scaffold("stale_labels", "LOG009", root)
    assert 'raise NotImplementedError("LOG009' in check.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("", "", "NAME: expected a noun"),
        ("Stale-Labels", "", "NAME: expected a noun"),
        ("stale", "D1", "CODE: expected three capitals"),
        ("stale", "DAT004", "DAT004 is taken by leakage.py"),
        ("leakage", "DAT099", "leakage.py is there already"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_written(root: Path, name: str, code: str, reason: str) -> None:
    before = sorted(root.rglob("*"))
    with pytest.raises(SystemExit, match=reason):
        new_check.scaffold(name, code, root)
    assert sorted(root.rglob("*")) == before

"""`make new-study` writes what a study needs, and nothing over what is there."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path

import pytest

from cutaway.studies import Study
from cutaway.studies.run.study import GROUPS

sys.path.append(str(Path(__file__).parents[1] / "tools"))
import new_study


def test_it_writes_a_study_and_its_test(tmp_path: Path) -> None:
    study, test = new_study.scaffold("focal_loss", "loss", tmp_path)
    assert study == tmp_path / "src" / "cutaway" / "studies" / "focal_loss.py"
    assert test == tmp_path / "tests" / "studies" / "test_focal_loss.py"
    assert 'named("focal-loss")' in test.read_text("utf-8")
    for path in (study, test):
        compile(path.read_text("utf-8"), str(path), "exec")


def test_the_scaffold_is_a_study_that_does_not_pass_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = new_study.scaffold("focal_loss", "loss", tmp_path)
    spec = util.spec_from_file_location("focal_loss", path)
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "focal_loss", module)  # where dataclasses look up annotations
    spec.loader.exec_module(module)
    study = Study(module)
    assert (study.name, study.group, study.sections["answer"]) == ("focal-loss", "loss", "one sentence.")
    assert [one["name"] for one in study.describe()["parameters"]] == ["rows", "seed"]
    with pytest.raises(NotImplementedError, match="the claim of focal_loss is to be written"):
        study.run()


@pytest.mark.parametrize(
    ("name", "group", "reason"),
    [
        ("", "", "NAME: expected a noun"),
        ("Focal-Loss", "", "NAME: expected a noun"),
        ("run", "", "NAME: expected a noun"),
        ("focal", "losses", "GROUP: expected one of data, loss"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_written(tmp_path: Path, name: str, group: str, reason: str) -> None:
    with pytest.raises(SystemExit, match=reason):
        new_study.scaffold(name, group, tmp_path)
    assert list(tmp_path.rglob("*")) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    path, _ = new_study.scaffold("focal", "", tmp_path)
    path.write_text("mine", "utf-8")
    with pytest.raises(SystemExit, match="is there already"):
        new_study.scaffold("focal", "", tmp_path)
    assert path.read_text("utf-8") == "mine"


def test_its_groups_are_the_labs() -> None:
    assert new_study.GROUPS == GROUPS

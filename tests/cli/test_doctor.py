"""`cutaway doctor`: what is missing, too old or broken is told with its remedy, and what works is really imported."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cutaway.cli import extras as subject
from tests.cli.conftest import Command


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages: one that works, one whose import fails, one that ends its interpreter."""
    for name, code in (
        ("sound", "x = 1"),
        ("cracked", "raise ImportError('libcrack.so: not found')"),
        ("fatal", "import os; os.abort()"),
    ):
        (tmp_path / f"{name}.py").write_text(code + "\n")
        info = tmp_path / f"{name}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "RECORD").write_text(f"{name}.py,,\n{name}-1.2.dist-info/METADATA,,\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


DECLARED = [
    "sound>=1",
    "sound>=1; extra == 'good'",
    "cracked; extra == 'bad'",
    "fatal; extra == 'ended'",
    "ghost-package>=3; extra == 'absent'",
    "sound>=2; extra == 'old'",
    "elsewhere; sys_platform == 'nowhere' and extra == 'good'",
    "cutaway[good]; extra == 'both'",
    "cutaway[bad]; extra == 'both'",
    "ruff; extra == 'test'",
]


@pytest.mark.usefixtures("site")
def test_each_kind_of_trouble_is_told_with_its_remedy() -> None:
    found = {one.name: one for one in subject.extras(DECLARED)}
    assert sorted(found) == ["absent", "bad", "both", "ended", "good", "old"]
    assert found["good"].trouble == found["good"].remedy == ""
    assert [one.name for one in found["good"].packages] == ["sound"]
    assert found["bad"].trouble == "cracked cannot be imported: ImportError: libcrack.so: not found"
    assert found["bad"].remedy == "pip install --force-reinstall 'cutaway[bad]'"
    assert found["ended"].trouble == "fatal cannot be imported: the interpreter was ended by signal 6"
    assert found["absent"].trouble == "ghost-package not installed"
    assert found["absent"].remedy == "pip install 'cutaway[absent]'"
    assert found["old"].trouble == "sound 1.2 is not >=2"
    assert {one.name for one in found["both"].packages} == {"sound", "cracked"}
    assert "cracked cannot be imported" in found["both"].trouble
    (needed,) = subject.base(DECLARED)
    assert (needed.name, needed.version, needed.fits) == ("sound", "1.2", True)


@pytest.mark.usefixtures("site")
def test_another_build_of_a_package_stands_in_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "STAND_INS", {"ghost-package": ("sound",)})
    (found,) = (one for one in subject.extras(DECLARED) if one.name == "absent")
    assert found.trouble == "sound 1.2 is not >=3"


def test_keras_without_a_backend_is_told_which_there_are() -> None:
    here = (subject.Package("keras", ">=3.3", "3.10", True),)
    lacking = subject.Extra(
        "keras", here, "keras cannot be imported: ModuleNotFoundError: No module named 'tensorflow'"
    )
    assert "cutaway[tensorflow]" in lacking.remedy and "cutaway[keras,torch]" in lacking.remedy
    assert subject.Extra("keras", here, "").remedy == ""
    missing = (subject.Package("keras", ">=3.3", None, False),)
    assert subject.Extra("keras", missing, "keras not installed").remedy == "pip install 'cutaway[keras]'"


def test_keras_is_tried_with_a_backend_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, chosen in (
        ({"jax", "torch"}, {"KERAS_BACKEND": "jax"}),
        ({"torch"}, {"KERAS_BACKEND": "torch"}),
        ((), {}),
    ):
        monkeypatch.setattr(subject, "find_spec", lambda name, there=there: name in there)
        assert subject._backend() == chosen


@pytest.mark.usefixtures("site")
def test_the_command_says_both(cutaway: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "requirements", lambda: DECLARED)
    ended = cutaway("doctor")
    assert (ended.status, ended.err) == (0, "")
    assert "  good    yes  sound 1.2\n" in ended.out
    assert "  absent  no   ghost-package not installed\n               pip install 'cutaway[absent]'\n" in ended.out
    told = json.loads(cutaway("doctor", "--format", "json").out)
    assert {one["name"]: one["works"] for one in told["extras"]}["old"] is False
    assert told["cores"] >= 1


@pytest.mark.usefixtures("site")
def test_a_base_that_does_not_fit_is_a_failure(cutaway: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "requirements", lambda: ["sound>=9", "ghost-package"])
    ended = cutaway("doctor")
    assert ended.status == 1
    assert "sound 1.2  (pip install 'sound>=9')" in ended.out and "ghost-package absent" in ended.out


def test_another_format_is_refused(cutaway: Command) -> None:
    ended = cutaway("doctor", "--format", "yaml")
    assert (ended.status, ended.out) == (2, "")
    assert "expected text or json" in ended.err


@pytest.mark.slow
def test_in_the_full_environment_every_extra_works() -> None:
    assert {one.name: one.trouble for one in subject.extras() if one.trouble} == {}

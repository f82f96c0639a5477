"""Columns of several Pythons: which are told apart, how they are grouped, and what is said of those that fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cutaway.cli import main
from cutaway.compare.run import columns, discovery, survey
from cutaway.compare.run.atlas import Heard
from cutaway.compare.run.columns import Place
from cutaway.compare.run.frameworks import version, versions


def place(kernel: str, **frameworks: tuple[str, ...]) -> Place:
    return Place(
        kernel, (sys.executable,), os.environ, "3.11.7", {k.replace("_", "-"): v for k, v in frameworks.items()}
    )


def said(**values: Any) -> Heard:
    return Heard(values=dict(values))


def rows(topic: str, heard: Mapping[str, tuple[Place, Heard]]) -> list[tuple[str, str | None, str | None]]:
    found = columns._compared(discovery.named(topic), list(heard.values()))
    return [(row.column, row.variant, row.group) for row in found.rows if row.status == "ran"]


def test_two_versions_of_one_framework_stand_beside_each_other_and_are_grouped_by_value() -> None:
    old, new = place("old", numpy=("1.26.4",)), place("new", numpy=("2.4.0",))
    topic = discovery.named("median")
    first = next(one for one in topic.variants if one.framework == "numpy")
    heard = {"old": (old, said(**{first.name: 2.5})), "new": (new, said(**{first.name: 3.0}))}
    assert rows("median", heard) == [("numpy 1.26.4", first.name, "A"), ("numpy 2.4.0", first.name, "B")]
    heard["new"] = (new, said(**{first.name: 2.5 * (1 + 1e-9)}))
    assert {group for _, _, group in rows("median", heard)} == {"A"}


def test_what_two_kernels_have_in_the_same_versions_is_called_once() -> None:
    first = place("a", numpy=("2.4",), keras=("3.9", "2.20"))
    second = place("b", numpy=("2.4",), keras=("3.9", "2.21"))
    third = place("c", numpy=("2.4",))
    found = columns.distinct([first, second, third])
    assert [(one.kernel, sorted(one.frameworks)) for one in found] == [("a", ["keras", "numpy"]), ("b", ["keras"])]


def test_a_python_is_asked_what_it_has() -> None:
    found = columns.surveyed("here", [sys.executable], {**os.environ, "PYTHONPATH": "src"})
    assert found.python == sys.version.split()[0]
    assert found.frameworks["numpy"] == versions("numpy") == (version("numpy"),)
    assert survey.found()["python"] == found.python


def test_a_python_that_cannot_run_it_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="its Python cannot be asked"):
        columns.surveyed("none", [str(tmp_path / "python")], os.environ)
    with pytest.raises(RuntimeError, match=r"cannot run cutaway: .*cutaway"):
        columns.surveyed("bare", [sys.executable, "-IS"], os.environ)


def test_a_process_that_ends_early_fails_its_rows_with_what_it_said() -> None:
    command = (sys.executable, "-c", "import sys; sys.exit('Illegal instruction')")
    broken = Place("broken", command, os.environ, "3.11.7", {"numpy": ("2.4",)})
    (found,) = columns.finished([discovery.named("median")], [broken])
    failed = [row for row in found.rows if row.framework == "numpy"]
    assert {(row.status, row.version) for row in failed} == {("failed", "2.4")}
    assert all("ended with status 1: Illegal instruction" in row.reason for row in failed)
    assert not found.stands


def test_what_is_written_names_each_kernel_with_its_versions() -> None:
    here = place("new", numpy=("2.4.0",))
    topic = discovery.named("median")
    first = next(one for one in topic.variants if one.framework == "numpy")
    found = columns._compared(topic, [(here, said(**{first.name: 2.5}))])
    content = columns.written([found], [here], {"old": "no such version"})
    assert content["kernels"] == {"new": {"python": "3.11.7", "versions": {"numpy": "2.4.0"}}}
    assert content["failed"] == {"old": "no such version"}
    assert content["topics"]["median"]["rows"][0]["kernel"] == "new"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[kernels.r]\napt = ['r-cran-irkernel']", "no kernel of the setup is one of Python"),
        ("[kernels.a]\npipp = ['numpy']", "did you mean pip?"),
        (None, "no such file"),
    ],
    ids=["no Python", "key", "no file"],
)
def test_bad_setups_are_refused_in_one_sentence(
    text: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "kernels.toml").write_text(text)
    assert main(["compare", "median", "--kernels"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err and len(told.err.splitlines()) == 1
    assert main(["compare", "median", "--kernels", "x.toml", "--from", "numpy", "--to", "keras"]) == 2
    assert "leave out --from and --to" in capsys.readouterr().err

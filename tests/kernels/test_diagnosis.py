"""Every trouble of a kernel, told apart by what was seen of it, with its remedy."""

from __future__ import annotations

from typing import Any

import pytest

from cutaway.kernels import check, diagnosis
from cutaway.kernels.inside import probe

PREFIX = "/k/env/a"
FACTS: dict[str, Any] = {
    "environment": {"PATH": f"/x:{PREFIX}/bin:/usr/bin", "GDAL_DATA": "/g", "VIRTUAL_ENV": PREFIX},
    "prefix": PREFIX,
    "executable": f"{PREFIX}/bin/python",
    "version": "3.11.7",
    "pip": f"{PREFIX}/bin/pip",
    "packages": {"numpy": "2.1.0"},
}
GOOD: dict[str, Any] = {
    "kernel": "a",
    "step": "done",
    "answer": {"text": "42\n", "error": None},
    "answered": 1.5,
    "facts": FACTS,
    "facts_error": None,
    "expected": {"PATH": f"{PREFIX}/bin:/usr/bin", "GDAL_DATA": "/g"},
    "interrupted": True,
}
ENDED = {"kernel": "a", "step": "start", "ended": True}
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "library": (
        {**ENDED, "alone": "Traceback\nImportError: libGL.so.1: cannot open shared object file: No such file"},
        "library",
        "libGL.so.1 is missing",
    ),
    "module": (
        {**ENDED, "alone": "x/bin/python: ModuleNotFoundError: No module named 'ipykernel_launcher'"},
        "package",
        "ipykernel_launcher is missing",
    ),
    "start": ({**ENDED, "alone": "first\nsegmentation fault"}, "start", "segmentation fault"),
    "silent": ({**ENDED, "alone": ""}, "start", "its process ended"),
    "refused": ({**ENDED, "failed": "HTTPError: 500"}, "start", "HTTPError: 500"),
    "time": ({"kernel": "a", "step": "answer", "timed_out": True, "alone": ""}, "time", "no answer within 30 s"),
    "answer": ({**GOOD, "answer": {"text": "41", "error": None}}, "answer", "it gave '41'"),
    "error": ({**GOOD, "answer": {"text": "", "error": "NameError: x"}}, "answer", "NameError: x"),
    "interpreter": (
        {**GOOD, "facts": {**FACTS, "prefix": "/usr", "executable": "/usr/bin/python3"}},
        "interpreter",
        "it runs /usr/bin/python3",
    ),
    "neighbour": ({**GOOD, "facts": {**FACTS, "prefix": f"{PREFIX}b"}}, "interpreter", "not the environment's own"),
    "activation": ({**GOOD, "expected": {"PROJ_DATA": "/p"}}, "activation", "PROJ_DATA not as the activation"),
    "path": ({**GOOD, "expected": {"PATH": "/k/env/other/bin:/usr/bin"}}, "activation", "PATH not as"),
    "package": ({**GOOD, "facts": {**FACTS, "packages": {"numpy": None}}}, "package", "numpy is missing"),
    "version": ({**GOOD, "facts": {**FACTS, "packages": {"numpy": "1.0"}}}, "package", "numpy is 1.0, not 2.1.0"),
    "pip": ({**GOOD, "facts": {**FACTS, "pip": "/usr/bin/pip"}}, "interpreter", "pip is /usr/bin/pip"),
    "no pip": ({**GOOD, "facts": {**FACTS, "pip": None}}, "interpreter", "pip is absent"),
    "interrupt": ({**GOOD, "interrupted": False}, "interrupt", "went on after an interrupt"),
    "ended by an interrupt": (
        {"kernel": "a", "step": "interrupt", "answered": 1.5, "answer": GOOD["answer"], "ended": True},
        "interrupt",
        "an interrupt ended the kernel itself",
    ),
    "facts": ({**GOOD, "facts": None, "facts_error": "boom"}, "answer", "boom"),
}


@pytest.mark.parametrize(("seen", "trouble", "told"), CASES.values(), ids=CASES)
def test_what_was_seen_is_told_apart(seen: dict[str, Any], trouble: str, told: str) -> None:
    found = diagnosis.verdict(seen, PREFIX, {"numpy": "2.1.0"}, 30.0)
    assert found.trouble == trouble
    assert told in found.told
    assert found.remedy
    assert "\n" not in found.told + found.remedy


def test_a_kernel_that_works() -> None:
    found = diagnosis.verdict(GOOD, PREFIX, {"numpy": "2.1.0"}, 30.0)
    assert (found.trouble, found.remedy, found.seconds) == (None, "", 1.5)
    assert "3.11.7" in found.told


def test_a_notebook_is_told_by_its_cell() -> None:
    seen = {"notebook": "n.ipynb", "kernel": "a", "cell": 3, "error": "ValueError: no"}
    assert diagnosis.notebook(seen, [1, 2, 3]).told == "cell 3 failed in a: ValueError: no"
    assert diagnosis.notebook({**seen, "error": None}, [1, 2, 3]).trouble is None


def test_facts_are_read_as_each_language_prints_them() -> None:
    assert probe.facts(f'noise\n{probe.MARK}{{"environment": {{}}}}\n') == {"environment": {}}
    assert probe.facts(f"{probe.MARK}QT0xAEI9eD15CnoA") == {"environment": {"A": "1", "B": "x=y\nz"}}
    assert probe.facts("nothing of the kind") is None


def test_only_versions_that_hold_everywhere_are_asked_for() -> None:
    lines = ["NumPy==2.1.0 --hash=x", "appnope==1 ; sys_platform == 'darwin' --hash=x", "jax[cpu]==0.5 --hash=y"]
    assert check.locked({"pip": lines}) == {"numpy": "2.1.0", "jax": "0.5"}

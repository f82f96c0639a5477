"""Distributions made up on the spot, with entry points and modules, as pip would have installed them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from cutaway.checks.run import discovery as checks
from cutaway.compare.run import discovery as compare
from cutaway.core import plugins
from cutaway.studies.run import discovery as studies

CHECK = '''
"""{code}: never more than one row."""
from cutaway.checks.run.check import check
from cutaway.core.findings import Finding, Remedy

@check("{code}", name="{name}", asks="{asks}")
def found(subject, *, most: int = 3):
    """There are more than so many rows.

    Why it matters: it does not.
    """
    {body}
    yield Finding(title="Rows", severity="{severity}", remedy=Remedy("None."), evidence={evidence})
'''

STUDY = '''
"""Is it so?

Answer: yes.

Source: here.

Seconds: 1
"""
from dataclasses import dataclass
from cutaway.core.figures import Axis, Bars
from cutaway.studies.run.parameter import whole
from cutaway.studies.run.result import Result, claim

TITLE = "So"
GROUP = "{group}"

@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    rows: int = whole(3, "Rows", low=1, high=9)

def run(params, progress):
    progress("adding", 0, 1)
    axis = Axis(label="rows")
    bars = Bars(alt="One bar is as high as was asked.", axis=axis, labels=("rows",), values=(float(params.rows),))
    return Result(figures={{"Rows": bars}}, numbers={{"rows": float(params.rows)}}, sentences=("There are rows here.",))

@claim("There are as many rows as were asked for")
def as_many(params, result):
    return result.numbers["rows"] == params.rows, result.numbers["rows"]
'''

TOPIC = '''
"""What is added?

Answer: numbers.

Source: none.
"""
import numpy as np
from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Sums"

def given():
    return {"x": np.array([1.0, 2.0, 6.0])}

@formula("Σ x")
def total(x):
    return float(x.sum())

@variant("numpy", call="np.add.reduce(x)", follows=total)
def reduced(x):
    return float(np.add.reduce(x))

@variant("scipy", call="scipy.special.xlogy(x, np.e).sum()", follows=total)
def logs(x):
    from scipy import special
    return float(special.xlogy(x, np.e).sum())

CONVERTERS = (Converter(of=reduced, to="scipy", exactness="exact", code="value = x[0] + x[1] + x[2]"),)
'''


def check(code: str, **changed: str) -> str:
    """The text of a module with one check."""
    defaults = {
        "name": "rows",
        "asks": "table",
        "body": "assert subject.rows > most",
        "severity": "medium",
        "evidence": '{"rows": subject.rows}',
    }
    return CHECK.format(code=code, **(defaults | changed))


def study(group: str = "data") -> str:
    """The text of a module with one study."""
    return STUDY.format(group=group)


def install(folder: Path, name: str, entries: str, modules: Mapping[str, str] | None = None) -> None:
    """Lay the distribution out: its metadata, its entry points as entry_points.txt has them, its modules."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entries)
    for module, text in (modules or {}).items():
        (folder / f"{module}.py").write_text(text)


def forget() -> None:
    """The next question looks at what is installed anew."""
    for one in (plugins._all, plugins.listed, checks._everything, compare._everything, studies._everything):
        one.cache_clear()
    for each in (compare.named, studies.named):
        each.cache_clear()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed distributions on the path, of this process and of those that it starts."""
    before = set(sys.modules)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *(each for each in sys.path if each)]))
    monkeypatch.syspath_prepend(str(tmp_path))
    forget()
    yield tmp_path
    forget()
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]

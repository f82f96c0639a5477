"""Scaffold a check and its test: python tools/new_check.py NAME [CODE].

NAME is a noun in snake case, the name of the file and of the function. CODE defaults to the next free DAT code.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

CHECK = '''"""{code}: {words}."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.core.findings import Finding, Remedy


@check("{code}", name="{words}", asks="table")
def {name}(subject: Subject, *, threshold: float = 0.5) -> Iterator[Finding]:
    """One sentence: what is so when this check fires.

    Why it matters: what goes wrong for someone who does not know.

    What to do: the remedy, in a sentence.

    Null: what holds where nothing is wrong, and how often the check fires then.

    Passed: what has been shown when it stays silent.

    Source: paper and equation, or the reason for the threshold.

    Example: labels of one kind fire; of the other they stay silent.

    >>> from cutaway.checks.run.example import table
    >>> [finding.title for finding in {name}(table(y=["no"] * 95 + ["yes"] * 5))]
    ['']
    >>> list({name}(table(y=["no"] * 60 + ["yes"] * 40)))
    []
    """
    raise NotImplementedError("{code} is to be written")
    yield Finding(title="", severity="low", remedy=Remedy(""))
'''

TEST = '''"""{code}: {words}: where it fires, where it stays silent, and how often it errs under its null."""

from __future__ import annotations

from cutaway.checks.run.example import table
from cutaway.checks.{name} import {name}


def test_it_fires() -> None:
    findings = list({name}(table(y=["no"] * 95 + ["yes"] * 5)))
    assert [finding.status for finding in findings] == ["issue"]


def test_it_stays_silent() -> None:
    assert list({name}(table(y=["no"] * 60 + ["yes"] * 40))) == []
'''


def next_code(checks: Path) -> str:
    """The data code after the highest one in use; codes are permanent, so gaps are not filled."""
    used = [
        int(n) for path in checks.glob("*.py") for n in re.findall(r'@check\(\s*"DAT(\d+)"', path.read_text("utf-8"))
    ]
    return f"DAT{max(used, default=0) + 1:03d}"


def scaffold(name: str, code: str, root: Path = ROOT) -> list[Path]:
    """Write the two files and return their paths.

    Raises: SystemExit with the reason where the name or the code cannot be used; nothing is written then.
    """
    checks = root / "src" / "cutaway" / "checks"
    code = code or next_code(checks)
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise SystemExit(
            f"NAME: expected a noun in snake case, got {name!r}; for example: make new-check NAME=stale_labels"
        )
    if not re.fullmatch(r"[A-Z]{3}\d{3}", code):
        raise SystemExit(f"CODE: expected three capitals and three digits, got {code!r}; for example: CODE=DAT014")
    for path in checks.glob("*.py"):
        if f'"{code}"' in path.read_text("utf-8"):
            raise SystemExit(f"CODE: {code} is taken by {path.name}; codes are permanent")
    files = {
        checks / f"{name}.py": CHECK,
        root / "tests" / "checks" / f"test_{name}.py": TEST,
    }
    for path in files:
        if path.exists():
            raise SystemExit(f"NAME: {path.relative_to(root)} is there already")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(name=name, code=code, words=name.replace("_", " ")), "utf-8")
    return list(files)


if __name__ == "__main__":
    for written in scaffold(*[*sys.argv[1:], "", ""][:2]):
        print(f"wrote {written.relative_to(ROOT)}")

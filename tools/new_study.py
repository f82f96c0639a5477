"""Scaffold a study and its test: python tools/new_study.py NAME [GROUP].

NAME is a noun in snake case, the name of the file. GROUP is where it stands in the lab, "decision" by default.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
GROUPS = ("data", "loss", "framework", "network", "training", "decision", "world")

STUDY = '''"""The question, in one sentence that ends with a question mark?

Answer: one sentence.

Source: paper and equation, or where the data come from.

Seconds: 1
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.figures import Axis, Distribution
from cutaway.core.progress import Progress, silent
from cutaway.studies.run.parameter import seed, whole
from cutaway.studies.run.result import Result, claim

TITLE = "{title}"
GROUP = "{group}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What may be moved."""

    rows: int = whole(1_000, "Rows", low=100, high=10_000, scale="log", help="How many are drawn.")
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent) -> Result:
    """What is done; the mathematics belongs into science."""
    progress("drawing", 0, 1)
    values = np.random.default_rng(params.seed).standard_normal(params.rows)
    counts, edges = np.histogram(values, bins=40)
    return Result(
        figures={{
            "What is seen": Distribution(
                alt="One sentence that states the finding.",
                x=Axis(label="value"),
                edges=tuple(edges.tolist()),
                counts=tuple(map(float, counts)),
            )
        }},
        numbers={{"mean": float(values.mean())}},
        sentences=("What the numbers say, each of what.",),
    )


@claim("A sentence that is true or false of the result")
def sentence(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """How it is tried; None where it says nothing at these parameters."""
    raise NotImplementedError("the claim of {name} is to be written")
'''

TEST = '''"""{title}: what the study finds, held against what is known."""

from __future__ import annotations

from cutaway.studies import named


def test_what_it_finds() -> None:
    """Beside this, tests/studies/test_all.py tries it as it tries every study."""
    outcome = named("{hyphened}").run()
    assert outcome.holds
'''


def scaffold(name: str, group: str, root: Path = ROOT) -> list[Path]:
    """Write the two files and return their paths.

    Raises: SystemExit with the reason where the name or the group cannot be used; nothing is written then.
    """
    group = group or "decision"
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or name in ("run", "stored"):
        raise SystemExit(f"NAME: expected a noun in snake case, got {name!r}; for example: make new-study NAME=focal")
    if group not in GROUPS:
        raise SystemExit(f"GROUP: expected one of {', '.join(GROUPS)}, got {group!r}; for example: GROUP=training")
    files = {
        root / "src" / "cutaway" / "studies" / f"{name}.py": STUDY,
        root / "tests" / "studies" / f"test_{name}.py": TEST,
    }
    for path in files:
        if path.exists():
            raise SystemExit(f"NAME: {path.relative_to(root)} is there already")
    title = name.replace("_", " ").capitalize()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(name=name, hyphened=name.replace("_", "-"), title=title, group=group), "utf-8")
    return list(files)


if __name__ == "__main__":
    for written in scaffold(*[*sys.argv[1:], "", ""][:2]):
        print(f"wrote {written.relative_to(ROOT)}")
    print("then: make stored, for what is shown at once")

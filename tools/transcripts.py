"""What commands print, for the README and the documentation: each is run in an empty folder, 80 columns wide.

python tools/transcripts.py audit      prints one of them; without a name, lists them
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ATLAS = ROOT / "src" / "cutaway" / "data" / "atlas.json"
WIDTH = 80
BOWL = {
    "bowl.py": 'def loss(p):\n    return (p["x"] - 0.3) ** 2 + 0.1 * abs(p["y"])\n',
    "space.toml": '[x]\ntype = "float"\nlow = -5.0\nhigh = 5.0\n\n[y]\ntype = "float"\nlow = -5.0\nhigh = 5.0\n',
}
"""An objective of two parameters, for a search that takes seconds."""


def ran(command: str, files: dict[str, str] | None = None) -> str:
    """The standard output of a `cutaway …` command, lines without trailing spaces.

    Raises: SystemExit: it failed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    environment |= {"COLUMNS": str(WIDTH), "PYTHONUTF8": "1", "NO_COLOR": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT / "src"), environment.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (files or {}).items():
            Path(folder, name).write_text(text, "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", *command.split()],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{command}: status {done.returncode}\n{done.stderr}")
    return trimmed(done.stdout)


def trimmed(text: str) -> str:
    """Without trailing spaces, and empty lines at either end."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n") + "\n"


def between(text: str, first: str, last: str | None = None) -> str:
    """From the line that begins so, to before the one that begins with `last`.

    Raises: SystemExit: there is no such line.
    """
    lines = text.splitlines()
    found = [i for i, line in enumerate(lines) if line.startswith(first)]
    ends = [i for i, line in enumerate(lines) if last and line.startswith(last) and found and i > found[0]]
    if not found or (last and not ends):
        raise SystemExit(f"no line begins with {last if found else first!r}")
    return trimmed("\n".join(lines[found[0] : ends[0] if ends else None]))


@cache
def audit() -> str:
    """The whole of `cutaway audit` on the embedded table."""
    return ran("cutaway audit")


def audit_begins() -> str:
    """Its verdict and its first issue."""
    return between(audit(), "nasscds.parquet", "● DAT001")


def study() -> str:
    """`cutaway study counts`: what is seen, the rates, and the claims."""
    text = ran("cutaway study counts --prevalence 0.02")
    seen = between(text, "WHAT IS SEEN", "The people, by truth")
    return seen + "\n" + between(text, "The three rates", "The same rule") + "\n" + between(text, "CLAIMS")


def tune() -> str:
    """`cutaway tune` on a function of two parameters: the verdict, and how the methods compare by pairs."""
    text = ran(
        "cutaway tune bowl:loss --space space.toml --budget 60 --methods random,tpe --repeats 12 --storage none",
        BOWL,
    )
    return between(text, "Tuning loss", "How each") + "\n" + between(text, "Compared by pairs", "Share of")


def compare() -> str:
    """`cutaway compare class-weights`, as the packaged atlas was told when every framework was run."""
    from cutaway.cli import atlas

    return trimmed(atlas.table(packaged("class-weights"), WIDTH, colour=False))


def packaged(name: str) -> Any:
    """A topic of the packaged atlas, as after its run."""
    from cutaway.compare.run.atlas import Compared, Proof, Row
    from cutaway.compare.run.discovery import named

    stored = json.loads(ATLAS.read_text("utf-8"))["topics"][name]
    rows = tuple(Row(**one) for one in stored["rows"])
    proofs = tuple(
        Proof(**{key: value for key, value in one.items() if key not in ("from", "to")}) for one in stored["converters"]
    )
    return Compared(topic=named(name), rows=rows, proofs=proofs)


TRANSCRIPTS: dict[str, Callable[[], str]] = {
    "audit": audit,
    "audit-begins": audit_begins,
    "study": study,
    "compare": compare,
    "tune": tune,
}


def main() -> int:
    """Print one."""
    if len(sys.argv) != 2 or sys.argv[1] not in TRANSCRIPTS:
        print("\n".join(TRANSCRIPTS))
        return 2
    print(TRANSCRIPTS[sys.argv[1]](), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Messages kept in plain text files, so that a change to one is seen by whoever reviews it.

UPDATE_SNAPSHOTS=1 pytest tests/cli writes them anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def matches(file: str, case: str, text: str) -> bool:
    """Whether the text is the one kept under that case; with UPDATE_SNAPSHOTS, it is from now on."""
    path = FOLDER / file
    kept = read(path)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        kept[case] = text
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(f"## {name}\n{kept[name].rstrip()}\n" for name in sorted(kept)), encoding="utf-8")
    return kept.get(case, "").rstrip() == text.rstrip()


def read(path: Path) -> dict[str, str]:
    """Case -> text."""
    if not path.exists():
        return {}
    parts = re.split(r"^## (.*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (text.rstrip() for text in parts[2::2]), strict=True))

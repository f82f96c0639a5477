"""What the browser's own tests compute from: written by Python, and held to what Python computes today."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cutaway.studies.run.stored import same


def assert_current(place: Path, made: Any, relative: float = 1e-9, absolute: float = 1e-12) -> None:
    """The stored fixture is what was made now, numbers to rounding; with CUTAWAY_FIXTURES=1 it is written first."""
    made = json.loads(json.dumps(made, allow_nan=False))
    if os.environ.get("CUTAWAY_FIXTURES"):
        place.write_text(json.dumps(made) + "\n")
    stored = json.loads(place.read_text())
    assert same(made, stored, relative, absolute), f"{place.name} differs; CUTAWAY_FIXTURES=1 writes it anew"

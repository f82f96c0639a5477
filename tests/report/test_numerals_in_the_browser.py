"""The front end's numerals give what the report's give: kept in a fixture that web/tests/numerals.test.ts reads."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cutaway.core.wire import to_wire
from cutaway.report import numerals

FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "numerals.json"

VALUES = [
    *(0.0, 1.0, -1.0, 7.0, 26217.0, -26217.0, 9_999_999.0, 1e7, 1.6e12, -2.5e9, 1e300),
    *(0.97912, 0.41, 0.00001234, -0.00001234, 0.0001, 0.000099, 9.999, 99.96, 0.09996, 1234.5, 123456.7, 0.5, 0.045),
    *(
        0.9555,
        0.95499,
        0.00002,
        0.999999,
        0.99999,
        0.1234,
        2.832,
        52.66,
        0.0034,
        3e9,
        2e-9,
        100.4,
        0.14,
        -0.005,
        0.00031,
    ),
]
PAIRS = [(2.47, 3.24), (0.0012, 0.98), (1e-9, 4.0), (120.0, 5e7), (0.5, 0.5), (0.003, 1234.5)]


def fixture() -> dict[str, Any]:
    """What every function gives for every value; a text stands with its arguments."""
    one: dict[str, Callable[[float], str]] = {
        "number": numerals.number,
        "number4": lambda value: numerals.number(value, 4),
        "padded": lambda value: numerals.number(value, pad=True),
        "percent": numerals.percent,
        "ratio": numerals.ratio,
        "points": numerals.points,
        "pValue": numerals.p_value,
    }
    shares = [value for value in VALUES if 0 <= value <= 1]
    table: dict[str, Any] = {
        name: [[value, read(value)] for value in (shares if name in ("percent", "points", "pValue") else VALUES)]
        for name, read in one.items()
    }
    table["interval"] = [[list(pair), numerals.interval(*pair)] for pair in PAIRS]
    wire: dict[str, Any] = to_wire(table)
    return wire


def test_the_fixture_of_the_front_end_is_current() -> None:
    text = json.dumps(fixture(), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("CUTAWAY_WRITE_FIXTURES"):
        FIXTURE.write_text(text, encoding="utf-8")
    assert FIXTURE.read_text(encoding="utf-8") == text, (
        f"write {FIXTURE.name} again: CUTAWAY_WRITE_FIXTURES=1 pytest tests/report/test_numerals_in_the_browser.py"
    )

"""The front end's types are those of Python: written, current, and spelled as JSON has them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

sys.path.append(str(Path(__file__).parents[1] / "tools"))
import web_types


def test_the_file_is_current() -> None:
    assert web_types.TARGET.read_text("utf-8") == web_types.typescript(), "run: make web-types"


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (float, "number"),
        (bytes, "string"),
        (float | None, "number | null"),
        (tuple[float, ...], "(number | null)[]"),
        (tuple[tuple[float, ...], ...], "(number | null)[][]"),
        (list[tuple[str, str]], "[string, string][]"),
        (tuple[str | bool, ...], "(string | boolean)[]"),
        (Mapping[str, tuple[float, ...]], "Record<string, (number | null)[]>"),
        (dict[str, float | None], "Record<string, number | null>"),
        (list[dict[str, float | None]], "Record<string, number | null>[]"),
        (Literal[1, 3], "1 | 3"),
        (Literal["linear", "log"], "Scale"),
    ],
)
def test_how_a_type_is_spelled(hint: Any, expected: str) -> None:
    assert web_types.spelled(hint) == expected


def test_a_type_without_a_like_is_refused() -> None:
    with pytest.raises(TypeError, match="no TypeScript type is known"):
        web_types.spelled(Sequence)


def test_every_member_of_a_union_is_declared() -> None:
    text = web_types.typescript()
    for name in ("Figure", "Event"):
        for each in web_types.members(web_types.aliases()[name]):
            assert f"export interface {each} {{\n" in text


def test_words_travel() -> None:
    text = web_types.typescript()
    assert "/** A study's result with its parameters and its claims tried. */\nexport interface Outcome {" in text
    assert "  /** drawn in the colour of harm; empty: none is */\n  harmful: boolean[];" in text

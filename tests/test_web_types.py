"""The front end's types are those of Python: written, current, and spelled as JSON has them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest

sys.path.append(str(Path(__file__).parents[1] / "tools"))
import web_types


def test_the_files_are_current() -> None:
    assert web_types.TARGET.read_text("utf-8") == web_types.typescript(), "run: make web-types"
    assert web_types.SCHEMA.read_text("utf-8") == web_types.schema(), "run: make web-types"


def test_the_schema_is_one_and_refuses_what_is_no_outcome() -> None:
    schema = json.loads(web_types.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
    axis = {"label": "n", "unit": "", "scale": "linear"}
    bars = {"alt": "A.", "axis": axis, "labels": ["a"], "values": [None], "parts": {}, "harmful": [], "kind": "bars"}
    bars |= {"reference": None, "reference_label": ""}
    outcome = {"study": "s", "params": {"n": 1}, "claims": [{"text": "t", "holds": None, "value": 1.5}], "tables": {}}
    outcome |= {"figures": {"F": bars}, "numbers": {"x": None}, "sentences": ["Yes."]}
    assert judge.is_valid(outcome)
    for wrong in (
        {"claims": [{"text": "t", "holds": "yes", "value": 1.5}]},
        {"figures": {"F": bars | {"kind": "pie"}}},
        {"figures": {"F": {**bars, "values": ["1"]}}},
        {"more": 1},
    ):
        assert not judge.is_valid(outcome | wrong), wrong


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

"""Spaces and their grids; what is wrong with a space in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.tuning import Choice, Float, Int, Space, read_space, space_of
from cutaway.tuning.space import possible
from tests.tuning.objectives import SPACE

TOML = """
[C]
low = 1e-3
high = 1e3
log = true

[kernel]
options = ["rbf", "linear"]

[gamma]
type = "float"
low = 1
high = 10
when = {kernel = "rbf"}

[depth]
low = 1
high = 8
when = {kernel = ["rbf", "linear"]}
"""


def test_a_toml_file(tmp_path: Path) -> None:
    (tmp_path / "space.toml").write_text(TOML)
    space = read_space(tmp_path / "space.toml")
    assert space.parameters == {
        "C": Float(1e-3, 1e3, log=True),
        "kernel": Choice(("rbf", "linear")),
        "gamma": Float(1, 10, when={"kernel": "rbf"}),
        "depth": Int(1, 8, when={"kernel": ["rbf", "linear"]}),
    }
    assert space_of(space.to_wire()).to_wire() == space.to_wire()


def test_a_space_named_in_python() -> None:
    assert read_space("tests.tuning.objectives:SPACE") is SPACE
    with pytest.raises(InputError, match=r"no 'SPAC'; did you mean 'SPACE'\?"):
        read_space("tests.tuning.objectives:SPAC")
    with pytest.raises(
        InputError, match=r"calling it without arguments failed .TypeError: plane\(\) missing 1 required"
    ):
        read_space("tests.tuning.objectives:plane")
    with pytest.raises(InputError, match=r"expected a cutaway\.tuning\.Space or a dictionary, got float"):
        read_space("math:pi")


WRONG: dict[str, tuple[Any, str]] = {
    "order": ({"C": {"low": 2, "high": 1}}, "'C': expected low below high, got low = 2 and high = 1; swap them"),
    "equal": (
        {"C": {"low": 2, "high": 2}},
        "'C': expected low below high, got 2 for both; leave out what does not vary",
    ),
    "log": ({"C": {"low": 0.0, "high": 2, "log": True}}, "'C': a logarithmic scale needs low above 0, got low = 0.0"),
    "key": ({"C": {"low": 1, "hihg": 2}}, "'C': no key 'hihg'; did you mean 'high'?"),
    "type": ({"C": {"type": "flaot", "low": 1, "high": 2}}, "'C': no type 'flaot'; did you mean 'float'?"),
    "missing": ({"C": {"low": 1.0}}, "'C': high is missing; add it"),
    "whole": ({"C": {"type": "int", "low": 1.5, "high": 2}}, "'C': expected low to be a whole number, got 1.5"),
    "text": ({"C": {"type": "float", "low": "1", "high": 2}}, "'C': expected low to be a finite number, got '1'"),
    "infinite": ({"C": {"low": 1.0, "high": float("inf")}}, "'C': expected high to be a finite number, got inf"),
    "true": ({"C": {"type": "int", "low": True, "high": 2}}, "'C': expected low to be a finite number, got True"),
    "no options": ({"k": {"options": []}}, "'k': expected a list of options, got (); name at least one"),
    "one text": ({"k": {"options": "rbf"}}, "'k': expected options as a list, got 'rbf'"),
    "twice": ({"k": {"options": ["a", "b", "a"]}}, "'k': option 'a' stands there twice"),
    "kind": ({"k": {"options": [["a"]]}}, "'k': option ['a'] is a list; expected text, numbers, true or false"),
    "low of a choice": ({"k": {"options": ["a"], "low": 1}}, "'k': low is not for a choice; leave it out"),
    "no table": ({"k": 3}, "'k': expected a table such as {low = 1, high = 9}, got 3"),
    "log as text": ({"C": {"low": 1, "high": 2, "log": "yes"}}, "'C': expected log to be true or false, got 'yes'"),
    "nobody": (
        {"kernel": ["rbf", "linear"], "g": {"low": 0, "high": 1, "when": {"kernl": "rbf"}}},
        "'g': its condition names 'kernl', which is no parameter; did you mean 'kernel'?",
    ),
    "never": (
        {"kernel": ["rbf", "linear"], "g": {"low": 0, "high": 1, "when": {"kernel": "rfb"}}},
        "'g': its condition needs kernel = 'rfb', which 'kernel' never is; did you mean 'rbf'?",
    ),
    "outside": (
        {"n": {"low": 1, "high": 3}, "g": {"low": 0, "high": 1, "when": {"n": 4}}},
        "'g': its condition needs n = 4, which 'n' never is; it lies in 1 … 3",
    ),
    "itself": ({"g": {"low": 0, "high": 1, "when": {"g": 1}}}, "'g': its condition names itself"),
    "circle": (
        {"a": {"low": 0, "high": 1, "when": {"b": 1}}, "b": {"low": 0, "high": 1, "when": {"a": 1}}},
        "parameters 'a', 'b': their conditions go round in a circle",
    ),
    "nothing": ({}, "space: expected at least one parameter, got none"),
    "no name": ({"": {"low": 0, "high": 1}}, "expected names of parameters as text, got ''"),
}


@pytest.mark.parametrize("which", WRONG)
def test_a_wrong_space_is_answered_by_a_sentence_that_names_the_parameter(which: str) -> None:
    written, said = WRONG[which]
    with pytest.raises(InputError) as caught:
        space_of(written)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"), [("[C\n", "is no TOML"), ("[C]\nlow = 1\n", "'C': high is missing"), (None, "cannot be read")]
)
def test_a_wrong_file_is_named(text: str | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=r"space\.toml") as caught:
        read_space(path)
    assert said in str(caught.value)


@given(budget=st.integers(1, 300))
def test_a_grid_has_as_many_points_as_trials_and_not_many_more(budget: int) -> None:
    grid = SPACE.grid(budget)
    assert budget <= len(grid.points) <= 4 * budget + 4
    assert len({tuple(sorted(point.items())) for point in grid.points}) == len(grid.points)
    assert all(SPACE.contains(point) for point in grid.points)
    assert f"{len(grid.points):,} point" in grid.sentence


def test_the_levels_of_a_grid() -> None:
    grid = Space({"x": Float(0, 8), "c": Float(1, 10_000, log=True), "n": Int(1, 3), "on": Choice((True, False))})
    levels = grid.grid(2 * 4 * 4 * 3).levels
    assert levels["x"] == (1, 3, 5, 7)
    assert levels["c"] == pytest.approx([10**0.5, 10**1.5, 10**2.5, 10**3.5])
    assert (levels["n"], levels["on"]) == ((1, 2, 3), (True, False))


@given(low=st.integers(1, 50), more=st.integers(1, 60), budget=st.integers(1, 80), log=st.booleans())
def test_levels_of_whole_numbers_differ_and_rise(low: int, more: int, budget: int, log: bool) -> None:
    parameter = Int(low, low + more, log=log)
    levels = list(Space({"n": parameter}).grid(budget).levels["n"])
    assert len(levels) == min(budget, more + 1)
    assert levels == sorted(set(levels))
    assert all(possible(parameter, level) for level in levels)


def test_a_grid_that_ends_before_its_budget_says_so() -> None:
    grid = Space({"n": Int(1, 3), "on": Choice(("a", "b"))}).grid(10)
    assert len(grid.points) == 6
    assert "the budget of 10 trials is not used up" in grid.sentence
    with pytest.raises(InputError, match="budget of at least one trial, got 0"):
        SPACE.grid(0)


def test_ordered_options_are_thinned_and_others_are_not() -> None:
    space = Space({"rate": Choice((0.1, 0.2, 0.3, 0.4, 0.5, 0.6)), "kind": Choice(("a", "b", "c"))})
    levels = space.grid(6).levels
    assert levels == {"rate": (0.2, 0.5), "kind": ("a", "b", "c")}


def test_what_a_report_is_told_of_the_parameters() -> None:
    ranges = {each.name: each for each in SPACE.ranges()}
    assert (ranges["C"].kind, ranges["C"].low, ranges["C"].log) == ("float", 1e-3, True)
    assert (ranges["kernel"].choices, ranges["degree"].kind) == (("rbf", "linear"), "int")
    assert ranges["gamma"].when == {"kernel": ["rbf"]}

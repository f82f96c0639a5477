"""Values as JSON takes them."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core import figures
from cutaway.core.figures import Axis, Image, Line, Lines
from cutaway.core.wire import to_wire

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
nested = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner))


@given(nested)
def test_whatever_it_holds_json_takes_it(value: Any) -> None:
    assert json.loads(json.dumps(to_wire(value), allow_nan=False)) == to_wire(value)


@given(nested)
def test_what_has_travelled_may_travel_again(value: Any) -> None:
    assert to_wire(to_wire(value)) == to_wire(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), np.float64("nan"), np.array(np.inf)])
def test_what_is_not_finite_is_null(value: Any) -> None:
    assert to_wire([value]) == [None]


def test_numpy_is_plain() -> None:
    told = to_wire({"x": np.arange(3), "y": np.float32(0.5), "z": np.array([[True], [False]]), 1: np.int64(7)})
    assert told == {"x": [0, 1, 2], "y": 0.5, "z": [[True], [False]], "1": 7}
    assert type(told["1"]) is int and type(told["z"][0][0]) is bool


def test_a_float_keeps_every_digit() -> None:
    assert json.loads(json.dumps(to_wire([0.1 + 0.2, 1 / 3, 5e-324]))) == [0.1 + 0.2, 1 / 3, 5e-324]


def test_figures_travel_by_field() -> None:
    line = Line(name="a", x=(0.0, 1.0), y=(1.0, float("nan")))
    told = to_wire(Lines(alt="It rises.", x=Axis(label="t", unit="s"), y=Axis(label="n"), lines=(line,)))
    assert told["kind"] == "lines"
    assert told["x"] == {"label": "t", "unit": "s", "scale": "linear"}
    assert told["lines"] == [{"name": "a", "x": [0, 1], "y": [1, None], "low": [], "high": [], "role": "main"}]
    assert told["marks"] == []


def test_pixels_come_back() -> None:
    pixels = bytes(range(12))
    told = to_wire(Image(alt="A.", width=2, height=2, channels=3, pixels=pixels))
    assert b64decode(told["pixels"]) == pixels


def test_every_kind_of_figure_names_itself() -> None:
    kinds = [each.__dataclass_fields__["kind"].default for each in get_args(figures.Figure)]
    assert kinds == [each.__name__.lower() for each in get_args(figures.Figure)]


@dataclass
class Odd:
    value: object


@pytest.mark.parametrize("value", [object(), {1, 2}, Odd(print), Odd, iter([1])])
def test_what_has_no_place_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="to_wire: expected numbers, text, sequences, mappings and dataclasses, got"):
        to_wire(value)

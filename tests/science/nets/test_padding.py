"""Pads and sizes of sliding windows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.science.nets import Axis, Padding, axes, pads


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4), st.integers(1, 3))
def test_same_gives_the_size_over_the_stride(size: int, kernel: int, stride: int, dilation: int) -> None:
    axis, _ = axes((1, size, size, 1), (kernel, kernel), stride, "same", dilation)
    assert axis.outputs == -(-size // stride)
    assert 0 <= axis.after - axis.before <= 1


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 3))
def test_at_stride_one_both_sames_are_one(size: int, kernel: int, dilation: int) -> None:
    assert pads(size, kernel, 1, dilation, "same") == pads(size, kernel, 1, dilation, "same-torch")


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        ("valid", ((0, 0), (0, 0))),
        (2, ((2, 2), (2, 2))),
        ((1, 2), ((1, 1), (2, 2))),
        (((0, 1), (2, 3)), ((0, 1), (2, 3))),
    ],
)
def test_pads_in_numbers(padding: Padding, expected: object) -> None:
    v, h = axes((1, 9, 9, 1), (3, 3), 1, padding)
    assert ((v.before, v.after), (h.before, h.after)) == expected


def test_an_axis_counts() -> None:
    axis = Axis(size=10, kernel=3, stride=2, dilation=2, before=1, after=0)
    assert (axis.padded, axis.reach, axis.outputs) == (11, 4, 4)

"""Boxes: what is one, and how much two share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science.images import box_iou, centres, checked_boxes, size_iou, sizes

side = st.integers(0, 30)


@st.composite
def boxes(draw: st.DrawFn, most: int = 6) -> np.ndarray:
    rows = draw(st.lists(st.tuples(side, side, st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=most))
    left, top, wide, high = np.array(rows, float).T
    return np.column_stack([left, top, left + wide, top + high])


def counted(one: np.ndarray, other: np.ndarray) -> float:
    """Overlap of two boxes with whole sides, pixel by pixel."""
    grid = np.zeros((2, 70, 70), bool)
    for at, (left, top, right, bottom) in enumerate((one.astype(int), other.astype(int))):
        grid[at, top:bottom, left:right] = True
    return float((grid[0] & grid[1]).sum() / (grid[0] | grid[1]).sum())


@given(boxes(), boxes())
def test_overlap_is_that_of_counted_pixels(one: np.ndarray, other: np.ndarray) -> None:
    expected = [[counted(a, b) for b in other] for a in one]
    np.testing.assert_allclose(box_iou(one, other), expected, atol=1e-12)


@given(boxes(), st.floats(0.1, 10), st.integers(-20, 20))
def test_overlap_knows_no_order_no_place_and_no_unit(one: np.ndarray, scale: float, shift: int) -> None:
    found = box_iou(one, one)
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(np.diag(found), 1)
    np.testing.assert_allclose(box_iou(scale * one + shift, scale * one + shift), found, atol=1e-9)


@given(boxes(), boxes())
def test_overlap_of_sizes_is_that_of_boxes_with_one_middle(one: np.ndarray, other: np.ndarray) -> None:
    def middled(of: np.ndarray) -> np.ndarray:
        return np.hstack([-sizes(of) / 2, sizes(of) / 2])

    np.testing.assert_allclose(size_iou(sizes(one), sizes(other)), box_iou(middled(one), middled(other)), atol=1e-12)


def test_boxes_without_an_area_share_nothing() -> None:
    assert box_iou([[1, 1, 1, 1]], [[1, 1, 1, 1]]).tolist() == [[0]]
    assert size_iou([[0, 0]], [[0, 0]]).tolist() == [[0]]


@given(boxes())
def test_a_box_is_its_middle_and_its_size(one: np.ndarray) -> None:
    np.testing.assert_allclose(np.hstack([centres(one) - sizes(one) / 2, centres(one) + sizes(one) / 2]), one)


def test_boxes_may_touch_the_edges_and_may_be_none() -> None:
    whole = [[0, 0, 640, 480]]
    assert checked_boxes(whole, 480, 640).tolist() == whole
    assert checked_boxes([], 480, 640).shape == (0, 4)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        (
            [5, 5, 5, 9],
            "boxes: expected right > left and bottom > top, got [5.0, 5.0, 5.0, 9.0] at row 1; a box without",
        ),
        ([5, 9, 8, 5], "expected right > left and bottom > top, got [5.0, 9.0, 8.0, 5.0] at row 1"),
        ([504, 337, 504, 337], "a box without an area has no object in it, leave it out"),
        (
            [-1, 5, 8, 9],
            "boxes: expected boxes inside an image of 640 × 480, got [-1.0, 5.0, 8.0, 9.0] at row 1; cut it",
        ),
        ([5, 5, 641, 9], "inside an image of 640 × 480"),
        ([5, 5, 8, 480.5], "inside an image of 640 × 480"),
        ([5, float("nan"), 8, 9], "inside an image of 640 × 480"),
        ([700, 5, 800, 9], "inside an image of 640 × 480"),
    ],
)
def test_what_is_no_box_is_refused_with_its_row(box: list[float], said: str) -> None:
    with pytest.raises(InputError) as error:
        checked_boxes([[0, 0, 1, 1], box], 480, 640)
    assert said in str(error.value)


def test_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match=r"shape \(n, 4\), got \(2, 3\)"):
        checked_boxes(np.zeros((2, 3)), 480, 640)

"""Encoding and decoding: what a target holds of boxes, and what is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science.images import (
    Grid,
    anchor_overlap,
    best_anchor,
    box_iou,
    centres,
    decode_boxes,
    encode_boxes,
    expected_lost,
    fit_anchors,
    lost_boxes,
    responsible_cell,
    sizes,
)

ANCHORS = np.array([[40.0, 39.0], [105.0, 101.0], [210.0, 190.0]])
grids = st.integers(1, 20).map(lambda side: Grid(side, side, 480, 640))
WAYS = [(None, False), (ANCHORS, False), (ANCHORS, True), (None, True)]
ways = pytest.mark.parametrize(("anchors", "spare"), WAYS, ids=["cell", "anchors", "free", "cell-free"])


def drawn(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    size = rng.integers(8, 200, (count, 2))
    low = np.column_stack([rng.integers(0, 640 - size[:, 0] + 1), rng.integers(0, 480 - size[:, 1] + 1)])
    return np.hstack([low, low + size]).astype(float), rng.integers(0, 3, count)


@ways
@given(grid=grids, seed=st.integers(0, 999), count=st.integers(0, 25))
def test_every_box_is_described_once_or_lost_and_comes_back(
    anchors: np.ndarray | None, spare: bool, grid: Grid, seed: int, count: int
) -> None:
    boxes, labels = drawn(count, seed)
    made = encode_boxes(boxes, labels, grid, classes=3, anchors=anchors, spare=spare)
    owner = made.owner[made.owner >= 0]
    assert sorted([*owner.tolist(), *made.lost.tolist()]) == list(range(count))
    back, named, sure = decode_boxes(made.tensor, grid, anchors=anchors)
    np.testing.assert_allclose(back, boxes[owner], atol=1e-9)
    assert named.tolist() == labels[owner].tolist() and (sure == 1).all()
    rows, columns, _ = np.nonzero(made.owner >= 0)
    assert np.array_equal(np.column_stack([rows, columns]), responsible_cell(centres(boxes[owner]), grid))
    assert (made.tensor[made.owner < 0] == 0).all()
    np.testing.assert_array_equal(made.tensor[..., 5:].sum(axis=-1), made.owner >= 0)


@ways
@given(grid=grids, seed=st.integers(0, 999), count=st.integers(1, 25))
def test_what_is_lost_is_what_counting_says(
    anchors: np.ndarray | None, spare: bool, grid: Grid, seed: int, count: int
) -> None:
    boxes, labels = drawn(count, seed)
    lost = set(encode_boxes(boxes, labels, grid, classes=3, anchors=anchors, spare=spare).lost.tolist())
    at, image = centres(boxes), np.zeros(count, int)
    if spare:
        slots = 1 if anchors is None else len(anchors)
        if slots > 1:
            assert lost == set(np.flatnonzero(lost_boxes(at, grid, image, slots=slots)).tolist())
        cells = responsible_cell(at, grid) @ [grid.columns, 1]
        assert len(lost) == np.maximum(np.unique(cells, return_counts=True)[1] - slots, 0).sum()
    else:
        own = None if anchors is None else best_anchor(sizes(boxes), anchors)
        assert lost == set(np.flatnonzero(lost_boxes(at, grid, image, anchor=own)).tolist())


def test_a_target_by_hand() -> None:
    made = encode_boxes([[100, 90, 180, 150]], [2], Grid(4, 4, 480, 640), classes=3)
    assert made.tensor.shape == (4, 4, 1, 8)
    np.testing.assert_allclose(made.tensor[1, 0, 0], [1, 140 / 160, 0, 80 / 640, 60 / 480, 0, 0, 1])
    assert made.tensor.sum() == made.tensor[1, 0, 0].sum()
    with_anchors = encode_boxes([[100, 90, 180, 150]], [2], Grid(4, 4, 480, 640), classes=3, anchors=ANCHORS)
    np.testing.assert_allclose(
        with_anchors.tensor[1, 0, 1], [1, 140 / 160, 0, np.log(80 / 105), np.log(60 / 101), 0, 0, 1]
    )


def test_two_middles_in_one_cell_and_what_each_way_makes_of_them() -> None:
    grid = Grid(7, 7, 480, 640)
    alike = np.array([[100.0, 100, 200, 200], [110, 105, 205, 200]])
    small = np.array([[100.0, 100, 200, 200], [130, 130, 170, 170]])
    labels = [0, 1]

    def lost(boxes: np.ndarray, anchors: np.ndarray | None = None, spare: bool = False) -> list[int]:
        return encode_boxes(boxes, labels, grid, classes=2, anchors=anchors, spare=spare).lost.tolist()  # type: ignore[arg-type]

    assert lost(alike) == [0] == lost(small), "the later overwrites the earlier"
    assert lost(small, ANCHORS) == [], "anchors keep boxes of unlike size"
    assert lost(alike, ANCHORS) == [0], "and not those of like size"
    assert lost(alike, ANCHORS, spare=True) == []
    assert lost(alike, spare=True) == [1], "where the first keeps its place, the second has none"


def test_no_boxes_give_a_target_of_zeros() -> None:
    made = encode_boxes([], [], Grid(3, 4, 480, 640), classes=2)
    assert made.tensor.shape == (3, 4, 1, 7) and not made.tensor.any() and made.lost.size == 0
    assert decode_boxes(made.tensor, Grid(3, 4, 480, 640))[0].shape == (0, 4)


def test_what_cannot_be_encoded_is_refused() -> None:
    grid, box = Grid(7, 7, 480, 640), [[1, 1, 9, 9]]
    for given_, said in (
        ({"boxes": [[5, 5, 5, 9]], "labels": [0]}, "right > left"),
        ({"boxes": [[5, 5, 700, 9]], "labels": [0]}, "inside an image"),
        ({"labels": [0, 1]}, "one label a box, got 2 for 1 boxes"),
        ({"labels": [2]}, "classes 0 … 1, got 2 to 2"),
        ({"labels": [0], "anchors": [[0, 5]]}, "anchors: expected widths and heights above 0"),
        ({"labels": [0], "anchors": [5, 5]}, r"shape \(a, 2\), got \(2,\)"),
    ):
        with pytest.raises(InputError, match=said):
            encode_boxes(**({"boxes": box, "grid": grid, "classes": 2} | given_))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="tensor: expected"):
        decode_boxes(np.zeros((7, 7, 2, 7)), grid)


@given(st.integers(0, 99), st.integers(1, 5))
def test_fitted_anchors_are_no_worse_than_boxes_drawn(seed: int, count: int) -> None:
    size = sizes(drawn(60, seed)[0])
    anchors = fit_anchors(size, count, seed)
    assert (np.diff(anchors.prod(axis=1)) >= 0).all() and (anchors > 0).all()
    assert np.array_equal(fit_anchors(size, count, seed), anchors)
    rng = np.random.default_rng(seed)
    random = np.mean([anchor_overlap(size, size[rng.choice(60, count, replace=False)]).mean() for _ in range(20)])
    assert anchor_overlap(size, anchors).mean() >= random


def test_anchors_of_clear_groups_are_their_sizes() -> None:
    size = np.repeat([[10.0, 20.0], [90.0, 80.0], [200.0, 40.0]], 30, axis=0)
    np.testing.assert_allclose(fit_anchors(size, 3), [[10, 20], [90, 80], [200, 40]])
    assert best_anchor([[11, 19], [150, 60]], np.array([[10, 20], [90, 80], [200, 40]])).tolist() == [0, 2]
    with pytest.raises(InputError, match="expected 1 … 3 anchors for 3 distinct sizes, got 4"):
        fit_anchors(size, 4)
    with pytest.raises(InputError, match="above 0"):
        fit_anchors([[0, 1]], 1)


@pytest.mark.parametrize(("objects", "cells", "slots"), [(2, 4, 1), (14, 49, 1), (30, 49, 2), (9, 9, 3), (1, 4, 1)])
def test_chance_loses_what_thrown_boxes_lose(objects: int, cells: int, slots: int) -> None:
    rng = np.random.default_rng(0)
    thrown = rng.integers(0, cells, (20_000, objects))
    held = np.stack([(thrown == cell).sum(axis=1) for cell in range(cells)], axis=1)
    lost = np.maximum(held - slots, 0).sum(axis=1)
    error = 4 * lost.std() / np.sqrt(lost.size) + 1e-12
    assert expected_lost(objects, cells, slots) == pytest.approx(lost.mean(), abs=error)
    if slots == 1:
        closed = objects - cells * (1 - (1 - 1 / cells) ** objects)
        assert expected_lost(objects, cells) == pytest.approx(closed, abs=1e-9)


def test_counting_refuses_what_does_not_belong_together() -> None:
    grid, at = Grid(7, 7, 480, 640), np.array([[1.0, 1], [2, 2]])
    with pytest.raises(InputError, match="one number a point"):
        lost_boxes(at, grid, np.array([0]))
    with pytest.raises(InputError, match="leave one out"):
        lost_boxes(at, grid, np.array([0, 0]), anchor=np.array([0, 1]), slots=2)
    with pytest.raises(InputError, match="expected_lost"):
        expected_lost(-1, 4)
    assert lost_boxes(at, grid, np.array([0, 1])).tolist() == [False, False], "cells of two images are two"
    assert lost_boxes(np.empty((0, 2)), grid, np.empty(0)).shape == (0,)


def test_overlap_of_decoded_boxes_falls_with_the_error_of_the_offset() -> None:
    grid = Grid(7, 7, 480, 640)
    boxes, labels = drawn(1, 3)
    made = encode_boxes(boxes, labels, grid, classes=3)
    overlap = []
    for wrong in (0.0, 0.1, 0.3):
        tensor = made.tensor.copy()
        tensor[..., 1] += wrong
        overlap.append(float(box_iou(decode_boxes(tensor, grid)[0], boxes)[0, 0]))
    assert overlap[0] == pytest.approx(1) and overlap[0] > overlap[1] > overlap[2]

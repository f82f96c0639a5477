"""The study of the responsible cell: its boxes are the data set's, its numbers those of counting, and the fixture."""

from __future__ import annotations

import base64
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.science import images
from cutaway.studies import grid_cell
from cutaway.studies.grid_cell import PHOTOGRAPHS, Parameters, annotated, moved, target
from cutaway.studies.run.result import Outcome
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(grid_cell)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "grid-cell.json"
SETTINGS = (
    Parameters(),
    Parameters(grid=13, object=4, right=37, down=-12),
    Parameters(grid=3, anchors=3),
    Parameters(grid=3, anchors=3, rule="free", photograph="14"),
    Parameters(grid=2, anchors=6, photograph="20", object=30, right=-640, down=480),
    Parameters(grid=40, photograph="20"),
    Parameters(grid=10, photograph="135", object=2, right=640, down=-480, anchors=5),
    Parameters(grid=5, photograph="37", rule="free", object=9, right=64),
)


@cache
def outcome() -> Outcome:
    return STUDY.run(seed=3)


@cache
def anchors(count: int) -> np.ndarray:
    return images.fit_anchors(images.sizes(annotated().boxes), count, 0)


def test_every_claim_holds_at_another_seed() -> None:
    assert [claim.text for claim in outcome().claims if claim.holds is not True] == []


def test_the_boxes_are_those_of_the_data_set() -> None:
    data = annotated()
    assert len(data.boxes) == 4_886 and data.without_area == 2
    assert np.bincount(data.kind).tolist() == [4_153, 372, 361]
    assert np.unique(data.photograph).size == 364
    assert (data.boxes >= 1).all() and (data.boxes <= [640, 480, 640, 480]).all()


def test_a_photograph_is_a_jpeg_of_the_size_that_is_said() -> None:
    table = outcome().result.tables["photographs"].columns
    assert table["photograph"] == [int(name) for name in PHOTOGRAPHS]
    for each in table["jpeg"]:
        raw = base64.b64decode(each)
        assert raw[:2] == b"\xff\xd8" and raw[-2:] == b"\xff\xd9"
        frame = next(raw.index(bytes([0xFF, mark])) for mark in (0xC0, 0xC2) if bytes([0xFF, mark]) in raw)
        assert [int.from_bytes(raw[frame + at : frame + at + 2], "big") for at in (5, 7)] == [360, 480]


def test_what_is_lost_is_counted_one_by_one() -> None:
    table = outcome().result.tables["collisions"].columns
    data = annotated()
    for side in (3, 7, 26):
        seen: dict[tuple[int, int, int], int] = {}
        for (left, top, right, bottom), photograph in zip(data.boxes, data.photograph, strict=True):
            key = (int(photograph), int((left + right) / 2 * side // 640), int((top + bottom) / 2 * side // 480))
            seen[key] = seen.get(key, 0) + 1
        row = next(i for i, pair in enumerate(zip(table["grid"], table["places"], strict=True)) if pair == (side, 1))
        assert table["best"][row] == pytest.approx(1 - len(seen) / len(data.boxes))
        assert table["free"][row] == table["best"][row]
        over = sum(max(0, count - 3) for count in seen.values()) / len(data.boxes)
        assert table["free"][row + 2] == pytest.approx(over)


def test_more_cells_and_more_places_lose_no_more() -> None:
    table = outcome().result.tables["collisions"].columns
    free = np.reshape(table["free"], (-1, grid_cell.MOST))
    assert (np.diff(free, axis=1) <= 0).all() and free[0, 0] > 0.6 and free[-1, 0] < 0.002
    for name in ("best", "free"):
        low, value, high = (np.array(table[f"{name}{end}"]) for end in ("_low", "", "_high"))
        assert (low <= value).all() and (value <= high).all()
    best = np.reshape(table["best"], (-1, grid_cell.MOST))
    assert (best[:, 1:] <= best[:, :1]).all() and (best >= free - 1e-12).all()


def test_a_box_is_moved_as_far_as_the_edge() -> None:
    boxes = annotated().of(37)[0]
    for right, down in ((640, 480), (-640, -480), (3, -2)):
        out = moved(boxes, 2, right, down)
        images.checked_boxes(out, 480, 640)
        np.testing.assert_allclose(images.sizes(out), images.sizes(boxes))
        np.testing.assert_array_equal(np.delete(out, 2, 0), np.delete(boxes, 2, 0))
    assert moved(boxes, 2, 640, 0)[2, 2] == 640 and moved(boxes, 2, -640, 0)[2, 0] == 0


def test_a_second_object_in_the_cell_makes_one_vanish() -> None:
    """Box 2 moved onto box 5: the later of the two stays."""
    params = Parameters(photograph="14", grid=13, object=2)
    boxes = annotated().of(14)[0]
    by = images.centres(boxes)[4] - images.centres(boxes)[1]
    before = target(params, anchors(1))[0]
    after = target(replace(params, right=round(by[0]), down=round(by[1])), anchors(1))[0]
    assert before.lost.tolist() == [] and after.lost.tolist() == [1]


def test_sentences_say_what_is_seen() -> None:
    result = STUDY.run(photograph="135", grid=26).result
    assert "Each of its 14 objects is in the target." in result.sentences
    assert "2 annotated boxes without an area" in result.sentences[-1]


def test_claims_can_fail() -> None:
    params, result = Parameters(), outcome().result
    numbers = result.numbers | {
        "largest_error": 1.0, "high_at_7": 0.5, "kept_by_overlap_low": 0.1, "free_high_at_7": 0.1,
        "least_overlap_of_lost": 0.2,
    }  # fmt: skip
    wrong = type(result)(numbers=numbers, tables=result.tables)
    found = {each.__name__: each(params, wrong)[0] for each in STUDY.claims}  # type: ignore[attr-defined]
    assert [name for name, holds in found.items() if holds] == ["snaps", "more_fit_better"]


def fixture() -> dict[str, Any]:
    """What the browser must find, from science alone."""
    cases = []
    for params in SETTINGS:
        made, boxes, kind, at = target(params, anchors(params.anchors))
        rows, columns, places = np.nonzero(made.owner >= 0)
        before, _ = annotated().of(int(params.photograph))
        cases.append(
            {
                "params": asdict(params),
                "boxes": before.tolist(),
                "kinds": kind.tolist(),
                "anchors": anchors(params.anchors).tolist(),
                "moved": boxes[at].tolist(),
                "places": np.column_stack([rows, columns, places, made.owner[rows, columns, places]]).tolist(),
                "tensor": made.tensor[rows, columns, places].tolist(),
                "lost": made.lost.tolist(),
            }
        )
    points = [[320, 240], [0, 0], [640, 480], [640, 0], [91.5, 68.5], [91, 68], [92, 69], [64, 48], [63.5, 47.5]]
    sides = (2, 7, 10, 13, 40)
    return {
        "cases": cases,
        "points": [
            {
                "grid": side,
                "points": points,
                "cells": images.responsible_cell(points, images.Grid(side, side, 480, 640)).tolist(),
                "offsets": images.cell_offset(points, images.Grid(side, side, 480, 640)).tolist(),
            }
            for side in sides
        ],
    }


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture())

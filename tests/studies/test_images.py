"""The study of images: claims over images and pipelines, windows that are the steps' own, lines that cannot be read."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.core.wire import to_wire
from cutaway.science.images import Pipeline
from cutaway.studies import images
from cutaway.studies.run import image_views as views
from cutaway.studies.run.image_data import PIPELINE_TEXTS, SETS, pipeline_of
from cutaway.studies.run.result import Outcome
from cutaway.studies.run.study import Study

STUDY = Study(images)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "images.json"


@cache
def outcome(**given: Any) -> Outcome:
    return STUDY.run(**given)


@pytest.mark.parametrize("source", images.SOURCES)
@pytest.mark.parametrize(
    "line", ["", "grey | equalise | gaussian sigma=1.5 | sobel", "gamma power=0.5 | stretch | otsu"]
)
def test_claims_hold(source: str, line: str) -> None:
    found = outcome(source=source, image=2, pipeline=line)
    assert len(found.claims) == 3
    assert [each.text for each in found.claims if each.holds is False] == []
    assert found.claims[2].holds


def test_each_stage_is_the_step_of_the_one_before() -> None:
    found = outcome(source="cell")
    stages = found.result.tables["stages"].columns
    image = views.image_of("cell", 1)
    assert stages["name"] == ["image", "grey", "equalise", "gaussian sigma=1.5", "sobel"]
    for at, line in enumerate(stages["name"][1:], 1):
        image = pipeline_of(line)(image)
        assert stages["pixels"][at] == image.tobytes()


def test_steps_that_cannot_be_taken_are_named_and_left_out() -> None:
    walk = views.along(
        views.image_of("garment", 1), "nonsense | gaussian | gaussian sigma=1 | = | crop height=2 width=2"
    )
    assert walk.lines == ("gaussian sigma=1",)
    assert [said.split(" is left out")[0] for said in walk.left_out] == ["“nonsense”", "“gaussian”", "“=”",
                                                                        "“crop height=2 width=2”"]  # fmt: skip
    many = views.along(views.image_of("garment", 1), " | ".join(["median"] * 8))
    assert len(many.steps) == views.MOST_STEPS and len(many.left_out) == 2


def computed(kind: str, weights: np.ndarray, levels: np.ndarray) -> float:
    """What a window makes of its levels, as the picture does."""
    chosen = np.sort(levels[weights > 0]) if kind in ("median", "least", "most") else levels
    if kind == "slopes":
        return float(np.sqrt(((weights * levels).sum((1, 2)) ** 2).sum() / 2))
    if kind == "sum":
        return float(min(255.0, abs((weights * levels).sum())))
    return float({"median": chosen[(chosen.size - 1) // 2], "least": chosen[0], "most": chosen[-1]}[kind])


STEPS = ["gaussian sigma=1", "gaussian sigma=2", "laplacian", "sobel", "scharr", "median radius=2", "erosion radius=1",
         "dilation radius=2 shape=cross", "dilation radius=3 shape=disk"]  # fmt: skip


@pytest.mark.parametrize("line", STEPS)
def test_a_window_is_what_its_step_does(line: str) -> None:
    """Inside the image, to a level of rounding."""
    image = views.image_of("garment", 3)
    step = pipeline_of(line).steps[0]
    kind, weights = views.window(step)
    made = Pipeline((step,))(image).astype(float)
    side = weights.shape[-1]
    around = np.lib.stride_tricks.sliding_window_view(image.astype(float), (side, side))
    reach = side // 2
    for row, column in ((14, 14), (10, 13), (16, 9)):
        levels = around[row - reach, column - reach]
        assert computed(kind, weights, levels) == pytest.approx(made[row, column], abs=1.01)


def test_no_step_has_no_window() -> None:
    assert views.window(None)[0] == "" and views.window(pipeline_of("canny").steps[0])[0] == ""
    assert views.window(pipeline_of("gamma power=2").steps[0])[0] == "level"


def test_the_first_layer_answers_to_the_image() -> None:
    kernel, maps = views.first_layer(views.image_of("film", 1), "film")
    assert kernel.shape == (8, 3, 3, 3) and maps.shape == (8, 30, 40) and maps.max() == 255
    kernel, maps = views.first_layer(views.image_of("garment", 1), "garment")
    assert kernel.shape == (8, 3, 3, 1) and maps.shape == (8, 26, 26)


def test_the_stored_verdicts_are_of_these_pipelines() -> None:
    kept = views.verdicts()
    assert kept["pipelines"] == dict(PIPELINE_TEXTS) and set(kept["sets"]) == set(SETS)
    for name, found in kept["sets"].items():
        assert {one["pipeline"] for one in found["gains"]} == set(PIPELINE_TEXTS) - (
            {"grey"} if name != "cells" else set()
        )
        for one in found["gains"]:
            assert one["low"] <= one["difference"] <= one["high"] and one["p"] <= one["p_corrected"]
            assert one["accuracy"] - one["reference"] == pytest.approx(one["difference"])


def fixture() -> dict[str, Any]:
    """Windows of some steps at some pixels of one garment, and what the steps make of them."""
    image = views.image_of("garment", 3)
    out: dict[str, Any] = {"height": 28, "width": 28, "pixels": to_wire(image.tobytes()), "steps": []}
    for line in STEPS:
        step = pipeline_of(line).steps[0]
        kind, weights = views.window(step)
        made = Pipeline((step,))(image)
        sums = weights if weights.ndim == 3 else weights[None]
        out["steps"].append(
            {
                "line": line,
                "note": f"a weight; {kind}",
                "sum": [s for s, w in enumerate(sums) for _ in w.flat],
                "weight": [round(float(v), 9) for v in sums.ravel()],
                "at": [[r, c, float(made[r, c])] for r, c in ((14, 14), (10, 13), (16, 9))],
            }
        )
    return out


def test_the_fixture_of_the_picture_is_current() -> None:
    text = json.dumps(fixture()) + "\n"
    if os.environ.get("CUTAWAY_FIXTURES"):
        FIXTURE.write_text(text, encoding="utf-8")
    kept = json.loads(FIXTURE.read_text("utf-8"))
    now = json.loads(text)
    assert {**kept, "steps": 0} == {**now, "steps": 0}
    for a, b in zip(kept["steps"], now["steps"], strict=True):
        assert (a["line"], a["note"], a["at"], a["sum"]) == (b["line"], b["note"], b["at"], b["sum"])
        assert np.allclose(a["weight"], b["weight"], atol=1e-6)

"""The explorer of thresholds and costs in a real browser, in a page that stands alone: what it shows is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page

from cutaway.report.numerals import number
from cutaway.science.metrics import Cuts, LeastCost
from cutaway.studies import threshold
from cutaway.studies.run.data import Predictions
from cutaway.studies.run.result import Outcome
from cutaway.studies.run.study import Study
from tests.studies.opened import addressed, opened

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

STUDY = Study(threshold)


def predictions() -> Predictions:
    rng = np.random.default_rng(11)
    logits = rng.normal(-2, 1.5, 6_000)
    y = (rng.random(logits.size) < 1 / (1 + np.exp(-logits))).astype(np.uint8)
    return Predictions(y=y, p=1 / (1 + np.exp(-logits)), name="mine.csv", positive="ill")


MINE = predictions()


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return STUDY.run(data=MINE)


@pytest.fixture
def page(outcome: Outcome, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, outcome.to_json(), ".explorer .mosaic .count") as page:
        yield page


def state(page: Page) -> dict[str, float]:
    """Threshold and costs, from the address, once it rests."""
    params = addressed(page, STUDY)
    names = ("threshold", "cost_fp", "cost_fn")
    return {name: float(getattr(params, name)) for name in names}


def shown(page: Page) -> list[int]:
    """Found, missed, false alarms and left alone, as the picture tells them."""
    return [int(re.sub(r"\D", "", text)) for text in page.locator(".mosaic .count").all_text_contents()]


def counted(at: float) -> list[int]:
    """The same four, counted row by row."""
    flagged, ill = at <= MINE.p, MINE.y == 1
    return [int(np.sum(each)) for each in (flagged & ill, ~flagged & ill, flagged & ~ill, ~flagged & ~ill)]


def told(page: Page) -> str:
    return page.locator(".explorer .told").inner_text().replace("\u00a0", " ")


def acting(outcome: Outcome, at: float) -> float:
    """The cut of the table as which a threshold acts: the next one at or above it."""
    cuts = outcome.result.tables["cuts"].columns["threshold"]
    return float(cuts[min(int(np.searchsorted(cuts, at)), len(cuts) - 1)])


def true(page: Page, outcome: Outcome) -> dict[str, float]:
    """Hold what is shown to the rows; the state of the page."""
    now = state(page)
    found, missed, alarms, alone = counted(acting(outcome, now["threshold"]))
    assert shown(page) == [found, missed, alarms, alone]
    cost = 1000 * ((now["cost_fp"] * alarms + now["cost_fn"] * missed) / MINE.y.size)
    assert f"({found:,} of {found + missed:,};" in told(page)
    assert f"the errors cost {number(cost)}." in told(page)
    return now


def drag(page: Page, picture: Locator, start: tuple[float, float], stop: tuple[float, float]) -> None:
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, stop)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=6)
    page.mouse.up()


@pytest.mark.parametrize("curve", [0, 1, 2])
def test_a_drag_along_a_curve_moves_the_cut(curve: int, page: Page, outcome: Outcome) -> None:
    picture = page.locator(".curves svg").nth(curve)
    seen = set()
    for stop in ((0.45, 0.4), (0.85, 0.5)):
        drag(page, picture, (0.3, 0.5), stop)
        now = true(page, outcome)
        assert acting(outcome, now["threshold"]) == pytest.approx(now["threshold"], rel=1e-9), "a point of the curve"
        seen.add(now["threshold"])
    assert len(seen) == 2
    dot, box = picture.locator(".at").bounding_box(), picture.bounding_box()
    assert dot is not None and box is not None
    if curve == 0:  # along the cost curve only the place from left to right counts
        assert dot["x"] + dot["width"] / 2 == pytest.approx(box["x"] + 0.85 * box["width"], abs=3)


def test_a_drag_over_the_scores_moves_the_cut(page: Page, outcome: Outcome) -> None:
    before = true(page, outcome)["threshold"]
    drag(page, page.locator(".scores svg"), (0.5, 0.3), (0.4, 0.3))
    assert true(page, outcome)["threshold"] < before


def test_arrow_keys_move_the_cut(page: Page, outcome: Outcome) -> None:
    slider = page.get_by_role("slider", name="Threshold").and_(page.locator(".explorer input"))
    slider.focus()
    steps = [true(page, outcome)["threshold"]]
    for key in ("ArrowRight", "ArrowRight", "PageUp", "ArrowLeft", "Home", "End"):
        page.keyboard.press(key)
        steps.append(true(page, outcome)["threshold"])
    assert steps[0] < steps[1] < steps[2] < steps[3] > steps[4] > steps[5] == 0 and steps[6] == 1


def test_costs_move_the_cheapest_cut_and_a_press_goes_there(page: Page, outcome: Outcome) -> None:
    columns = outcome.result.tables["cuts"].columns
    at, fp, tp = (np.asarray(columns[name], float) for name in ("threshold", "fp", "tp"))
    cuts = Cuts(np.log(at), fp, tp, float(MINE.y.size))
    go = page.get_by_role("button", name="Go to the cheapest")
    slider = page.get_by_role("slider", name="Cost of a miss").first
    best = []
    for key in ("", "PageUp", "Home"):
        if key:
            slider.focus()
            page.keyboard.press(key)
        go.click()
        now = true(page, outcome)
        expected = LeastCost(now["cost_fp"], now["cost_fn"])(cuts)
        assert now["threshold"] == pytest.approx(min(1.0, columns["threshold"][expected]), rel=1e-9)
        assert "and this one is among them" in page.locator(".explorer .say").inner_text()
        best.append(now["threshold"])
    assert best[1] < best[0] < best[2], "the dearer a miss, the lower the cut"
    page.get_by_role("button", name="0.5", exact=True).click()
    assert true(page, outcome)["threshold"] == 0.5

"""The study of tuning in a real browser: three walkers step by step, what is told is looked up, stillness is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cutaway.studies import tuning
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.studies.opened import opened

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
STUDY = Study(tuning)
OUTCOME: dict[str, Any] = stored(STUDY) or {}
TRIALS = OUTCOME["tables"]["trials"]["columns"]
N = 25


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, OUTCOME, "p.told", ".walkers svg", reduced_motion="reduce") as page:
        yield page


def put(page: Page, at: int) -> None:
    """So many trials are made."""
    slider = page.get_by_role("slider", name="Trials of every walker")
    slider.evaluate("(it, at) => { it.value = at; it.dispatchEvent(new Event('input', { bubbles: true })); }", at)


def seen(walker: str) -> list[float]:
    return [value for value, one in zip(TRIALS["seen"], TRIALS["walker"], strict=True) if one == walker]


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing(width: int, scheme: str, browser: Browser, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"color_scheme": scheme, "bypass_csp": True, "reduced_motion": "reduce"}
    with opened(browser, tmp_path, STUDY, OUTCOME, "p.told", ".walkers svg", **settings) as page:
        page.set_viewport_size({"width": width, "height": 1000})
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run().then(result => result.violations)")
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_walker_shows_its_trials_and_what_looks_best(page: Page) -> None:
    for at in (1, 7, N):
        put(page, at)
        for place, walker in enumerate(("grid", "random", "surrogate")):
            one = page.locator(".walkers > div").nth(place)
            expect(one.locator("circle")).to_have_count(at)
            expect(one.locator("circle.best")).to_have_count(1)
            told = re.search(r"looks best: (−?[\d.]+);", one.locator("p").inner_text())
            assert told is not None
            assert float(told[1].replace("−", "-")) == pytest.approx(max(seen(walker)[:at]), rel=0.006, abs=1e-3)
    tried = [one.inner_text() for one in page.locator(".walkers p").all()]
    assert tried[0].startswith("5 and 5 values")
    assert tried[1].startswith("25 and 25 values")


def test_the_surrogate_goes_where_it_asks(page: Page) -> None:
    """The ring before a trial stands where the trial then is, to a pixel."""
    for at in (4, 11, 20):
        put(page, at)
        ring = page.locator(".maps circle.next").first
        frame = page.locator(".maps rect.frame").first
        box = {name: float(frame.get_attribute(name) or "nan") for name in ("x", "y", "width")}
        row = TRIALS["walker"].index("surrogate") + at
        x, y = box["x"] + box["width"] * TRIALS["first"][row], box["y"] + box["width"] * (1 - TRIALS["second"][row])
        assert float(ring.get_attribute("cx") or "nan") == pytest.approx(x, abs=1)
        assert float(ring.get_attribute("cy") or "nan") == pytest.approx(y, abs=1)
    put(page, 2)
    expect(page.locator(".maps circle.next")).to_have_count(0)


def test_the_comparison_follows_the_trial(page: Page) -> None:
    verdicts = OUTCOME["tables"]["verdicts"]["columns"]
    words = {"win": "better", "tie": "not shown", "loss": "worse"}
    for at in (1, 9, N):
        put(page, at)
        rows = [i for i, trial in enumerate(verdicts["trial"]) if trial == at]
        said = page.locator("svg text.word").all_text_contents()
        assert [one.split(",")[0].strip() for one in said] == [words[verdicts["outcome"][i]] for i in rows]
    expect(page.locator("p.told")).to_contain_text("After 25 trials each, over 20 runs")


def test_who_asks_for_stillness_sees_all_trials_at_rest(page: Page) -> None:
    slider = page.get_by_role("slider", name="Trials of every walker")
    assert slider.input_value() == str(N)
    page.wait_for_timeout(600)
    assert slider.input_value() == str(N)
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_step_and_pause_by_the_keyboard(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, STUDY, OUTCOME, ".walkers svg") as page:
        page.get_by_role("button", name="Pause").press("Enter")
        slider = page.get_by_role("slider", name="Trials of every walker")
        at = int(slider.input_value())
        page.get_by_role("button", name="Step").press("Enter")
        assert int(slider.input_value()) == at + 1
        page.wait_for_timeout(900)
        assert int(slider.input_value()) == at + 1

"""The page of a contest in a real browser: drawn, with nothing fetched, nothing over the edge, nothing said."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cutaway import report
from cutaway.report.contests.words import standing_rows, verdict, verdict_line
from cutaway.report.text import plain, remark
from tests.report import tuned

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = [pytest.mark.chromium, pytest.mark.slow]


class Opened:
    """A page, with what it asked for and what it said."""

    def __init__(self, browser: Browser, name: str, folder: Path, width: int = 1280, scheme: Any = "light") -> None:
        self.path = folder / f"{name}.html"
        self.path.write_text(report.contest_html(tuned.ALL[name]()), encoding="utf-8")
        self.page: Page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
        )
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: request.url.startswith("data:") or self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.goto(self.path.as_uri())
        self.page.wait_for_selector("main.contest footer")

    def close(self) -> None:
        assert self.asked == [self.path.as_uri()]
        assert self.said == []
        self.page.close()

    @property
    def text(self) -> str:
        return " ".join(self.page.evaluate("document.body.textContent").replace("\u00a0", " ").split())


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", tuned.ALL)
def test_a_page_opens(name: str, width: int, browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, name, tmp_path, width)
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        "width => [...document.querySelectorAll('svg text, p, h1, h2, h3, td, button, a')]"
        ".filter(t => t.getClientRects().length && !t.closest('.scroll, .unseen'))"
        ".filter(t => { const r = t.getBoundingClientRect(); return r.left < -1 || r.right > width + 1 })"
        ".map(t => t.textContent)",
        width,
    )
    assert outside == []
    headings = page.eval_on_selector_all("h1, h2, h3", "all => all.map(one => Number(one.tagName[1]))")
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(headings))
    assert page.locator("img").count() == 0
    opened.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")])
def test_axe_finds_nothing(width: int, scheme: str, browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, "held", tmp_path, width, scheme)
    opened.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = opened.page.evaluate("axe.run().then(result => result.violations)")
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
    opened.close()


def test_everything_is_said_and_the_verdict_first(browser: Browser, tmp_path: Path) -> None:
    contest = tuned.held()
    opened = Opened(browser, "held", tmp_path)
    told = opened.text
    columns, rows = standing_rows(contest)
    for part in (*columns, *(cell for row in rows for cell in row), *map(remark, contest.notes)):
        assert " ".join(plain(part).replace("\u00a0", " ").split()) in told
    for one in contest.verdicts:
        assert verdict_line(one) in told
    shown = opened.page.locator("main.contest").inner_text()
    order = [
        verdict(contest),
        "How each method did",
        "How far from the best",
        "Pair by pair",
        "What the selected score is worth",
        "Which parameters matter",
        "What each method tried",
        "What did not complete",
        "How it was made",
    ]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)
    opened.close()


def test_each_method_walks_trial_by_trial_on_the_parameters_chosen(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, "held", tmp_path)
    page, walks = opened.page, opened.page.locator(".walks > div")
    expect(walks).to_have_count(3)
    slider = page.get_by_role("slider", name="Trials of every method")
    put = "(it, at) => { it.value = at; it.dispatchEvent(new Event('input', { bubbles: true })); }"
    contest = tuned.held()
    for at in (3, 16):
        slider.evaluate(put, at)
        for place, search in enumerate(contest.searches[:3]):
            tried = search.trials[:at]
            whole = sum(one.value is not None for one in tried)
            expect(walks.nth(place).locator("circle")).to_have_count(whole)
            expect(walks.nth(place).locator("path.none")).to_have_count(at - whole)
    before = walks.first.locator("circle").first.get_attribute("cx")
    page.get_by_label("Across").select_option("steps")
    expect(walks.first.locator("circle").first).not_to_have_attribute("cx", before or "")
    page.get_by_label("Search").select_option("2.0")
    expect(walks).to_have_count(3)
    opened.close()


def test_every_complete_trial_stands_in_a_slice(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, "single", tmp_path)
    trials = tuned.single().searches[0].trials
    for place, name in enumerate(("C", "kernel", "gamma", "steps")):
        having = [one for one in trials if one.value is not None and name in one.params]
        expect(opened.page.locator(".slices > div").nth(place).locator("circle")).to_have_count(len(having))
    opened.close()


def test_names_do_nothing(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, "hostile", tmp_path)
    from tests.report.audits import HOSTILE

    assert HOSTILE[0] in opened.page.locator("h1").inner_text()
    opened.close()

"""The page in a real browser: drawn, with nothing fetched, nothing over the edge and nothing said on the console."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from cutaway import checks, report
from cutaway.core.audit import Audit, NetworkAudit
from tests.report import audits, networks
from tests.tables import nasscds

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!-- <script>alert(2)",
    "<img src=x onerror=alert(3)>",
    "\u2028alert(4)\u2029",
    "' onclick='alert(5)",
)

pytestmark = [pytest.mark.chromium, pytest.mark.slow]


@cache
def crashes() -> Audit:
    """A real audit, of the table that comes with the package."""
    table, target = nasscds()
    return checks.audit(table, target)


def hostile() -> Audit:
    """A real audit of a file whose names, its own among them, try to be markup and code."""
    table, target = nasscds()
    kept = table.iloc[::6][["dead", "dvcat", "airbag", "ageOFocc", "frontal", "seatbelt"]]
    named = kept.rename(columns=dict(zip([c for c in kept.columns if c != target], HOSTILE, strict=True)))
    named = named.assign(**{target: named[target].map({"dead": HOSTILE[2], "alive": HOSTILE[0]})})
    named = named.rename(columns={target: HOSTILE[1] + "?"})
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{HOSTILE[2]}<!--\u2028{HOSTILE[4]}.csv"
        named.astype({HOSTILE[0]: str}).to_csv(path, index=False)
        return checks.audit(str(path), HOSTILE[1] + "?")


REAL = {"crashes": crashes, "hostile": hostile}
AUDITS: dict[str, Callable[[], Audit | NetworkAudit]] = {
    **REAL,
    **{f"by hand {name}": make for name, make in audits.ALL.items()},
    **{f"network {name}": make for name, make in networks.ALL.items()},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


def written(name: str, folder: Path) -> Path:
    path = folder / f"{name}.html"
    if not path.exists():
        path.write_text(report.html.render(AUDITS[name]()), encoding="utf-8")
    return path


class Opened:
    """A page, with what it asked for and what it said."""

    def __init__(self, browser: Browser, path: Path, width: int = 1280, scheme: Any = "light") -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("main.report footer")
        self.path = path

    def close(self) -> None:
        assert self.asked == [self.path.as_uri()]
        assert self.said == []
        self.page.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", AUDITS)
def test_a_page_opens(name: str, width: int, browser: Browser, folder: Path) -> None:
    opened = Opened(browser, written(name, folder), width)
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        "width => [...document.querySelectorAll('svg text, p, h1, h2, h3, td, button, a, summary')]"
        ".filter(t => t.getClientRects().length && !t.closest('pre, .scroll, .unseen'))"
        ".filter(t => { const r = t.getBoundingClientRect(); return r.left < -1 || r.right > width + 1 })"
        ".map(t => t.textContent)",
        width,
    )
    assert outside == []
    headings = page.eval_on_selector_all("h1, h2, h3", "all => all.map(one => Number(one.tagName[1]))")
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(headings))
    opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["crashes", "by hand many", "by hand shuttle", "network real"])
def test_axe_finds_nothing(name: str, width: int, scheme: str, browser: Browser, folder: Path) -> None:
    opened = Opened(browser, written(name, folder), width, scheme)
    for closed in opened.page.query_selector_all("details:not([open]) > summary"):
        closed.click()
    opened.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = opened.page.evaluate("axe.run().then(result => result.violations)")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    opened.close()


def test_everything_is_said_in_a_readers_order(browser: Browser, folder: Path) -> None:
    audit = audits.crash()
    opened = Opened(browser, written("by hand crash", folder))
    text = re.sub(r"\s+", " ", opened.page.evaluate("document.body.textContent").replace("\u00a0", " "))
    for outcome in audit.outcomes:
        assert f"{outcome.code} {outcome.name}" in text
        assert outcome.reason in text
        assert outcome.passed in text
        for finding in outcome.findings:
            assert finding.title in text
            assert finding.detail in text
            assert finding.remedy.text in text
            assert all(code in text for code in finding.remedy.code.values())
    for each in audit.sentences:
        assert each.may_say in text
        assert each.do_not_say in text
        assert each.why_not in text
    assert "153 rows: target is missing" in text
    shown = opened.page.evaluate("document.querySelector('main.report').innerText")
    order = [
        "One column, injSeverity, gives the answer away.",
        "What to act on first",
        "What each feature does",
        "You may say",
        "Tips",
        "Columns",
        "What passed",
        "Not applicable",
        "How the model was made",
    ]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)
    opened.close()


def test_every_picture_says_what_it_shows(browser: Browser, folder: Path) -> None:
    audit = audits.many()
    opened = Opened(browser, written("by hand many", folder))
    told = opened.page.eval_on_selector_all("[role=img], [role=group]", "all => all.map(one => one.ariaLabel)")
    for outcome in audit.outcomes:
        for finding in outcome.findings:
            assert finding.figure is None or finding.figure.alt in told
    opened.close()


def test_a_finding_opens_by_keys_and_its_code_has_tabs(browser: Browser, folder: Path) -> None:
    opened = Opened(browser, written("by hand crash", folder))
    page = opened.page
    card = page.locator("article", has_text="A constant is right").first
    card.get_by_role("button", name="Code").press("Enter")
    tabs = card.get_by_role("tab")
    assert tabs.all_inner_texts() == ["scikit-learn", "PyTorch", "Keras"]
    assert card.locator("pre:visible").inner_text() == 'LogisticRegression(class_weight="balanced")'
    tabs.first.press("ArrowRight")
    assert card.locator("pre:visible").inner_text().startswith("torch.nn.BCEWithLogitsLoss")
    assert tabs.nth(1).evaluate("tab => tab === document.activeElement")
    opened.close()


def test_a_finding_leads_to_the_page_of_its_check(browser: Browser, folder: Path) -> None:
    opened = Opened(browser, written("crashes", folder))
    page = opened.page
    assert not page.locator("#DAT004 .page").is_visible()
    page.locator("article a[href='#DAT004']").first.click()
    page.locator("#DAT004 .page").wait_for(state="visible")
    text = page.locator("#DAT004").inner_text()
    assert "Why it matters" in text
    assert "Kaufman" in text
    assert "--set DAT004.min_auc=0.95" in text
    page.locator("#DAT004 > summary").click()
    page.locator("article a[href='#DAT004']").first.click()  # a second time, with the address already there
    page.locator("#DAT004 .page").wait_for(state="visible")
    opened.close()


def test_a_slider_moves_the_sentence_without_python(browser: Browser, folder: Path) -> None:
    opened = Opened(browser, written("crashes", folder))
    cut = opened.page.locator("#cut")
    before = cut.inner_text()
    cut.get_by_role("slider").last.press("End")
    opened.page.wait_for_function("before => document.querySelector('#cut').innerText !== before", arg=before)
    opened.close()


def test_names_do_nothing(browser: Browser, folder: Path) -> None:
    opened = Opened(browser, written("hostile", folder))
    page = opened.page
    text = page.evaluate("document.body.textContent")
    assert HOSTILE[0] in text
    assert HOSTILE[2] in text
    assert HOSTILE[2] in page.locator("h1").inner_text()
    assert page.locator("img").count() == 0
    for link in page.query_selector_all("button[aria-expanded], summary"):
        link.click()
    opened.close()


def test_on_paper_everything_is_open_and_nothing_is_to_be_pressed(browser: Browser, folder: Path) -> None:
    opened = Opened(browser, written("crashes", folder))
    page = opened.page
    page.emulate_media(media="print")
    assert page.locator("main.report :is(button, input, select):visible").count() == 0
    code = page.locator("article pre")
    assert code.count() > 5
    assert all(each.is_visible() for each in code.all())
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert len(page.pdf()) > 50_000
    opened.close()


def test_without_scripts_it_still_says_what_to_do(browser: Browser, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written("crashes", folder).as_uri())
    text = page.locator("body").inner_text()
    assert "gives the answer away" in text
    assert "DAT004 leakage: injSeverity alone nearly decides dead" in text
    assert "{" not in text
    context.close()


def test_a_real_page_of_fewer_than_twenty_columns_is_small(folder: Path) -> None:
    assert written("crashes", folder).stat().st_size < 600_000

"""The page in a real browser: nothing is fetched, nothing runs over the edge, nothing is reported on the console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from cutaway import report
from tests.report import audits

# A browser in a container has no GPU and no sandbox; the other switches keep it from calling home.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        yield opened
        opened.close()


@pytest.mark.chromium
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("name", audits.ALL)
def test_a_page_opens(name: str, width: int, scheme: str, browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(report.html.render(audits.ALL[name]()), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(path.as_uri())
    assert asked == [path.as_uri()]
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        "width => [...document.querySelectorAll('svg text, p, h1, h2, h3, td')].filter(t => t.getClientRects().length)"
        ".filter(t => { const r = t.getBoundingClientRect(); return r.left < 0 || r.right > width + 1 })"
        ".filter(t => !t.closest('pre, .scroll'))"
        ".map(t => t.textContent)",
        width,
    )
    assert outside == []
    page.close()

"""A study's page that stands alone, opened in a real browser; and what its address says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from playwright.sync_api import Browser, Page

from cutaway import report
from cutaway.studies.run.study import Study


@contextmanager
def opened(
    browser: Browser, folder: Path, study: Study, outcome: dict[str, Any] | None, *ready: str, **settings: Any
) -> Iterator[Page]:
    """The page with this outcome, once the `ready` selectors are there; nothing may be asked for, and nothing said."""
    path = folder / f"{study.name}.html"
    data = {"kind": "study", "study": study.describe(), "outcomes": [outcome]}
    path.write_text(report.page("study", data, study.title, "<p>without script</p>"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 1000}, **settings)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: request.url.startswith("data:") or asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    for selector in ready:
        page.wait_for_selector(selector)
    yield page
    assert said == [] and asked == [path.as_uri()]
    page.close()


def addressed(page: Page, study: Study) -> Any:
    """The parameters that the address holds, once it rests."""
    before, now = "?", page.evaluate("location.hash")
    while before != now:
        page.wait_for_timeout(400)
        before, now = now, page.evaluate("location.hash")
    return study.parameters({name: value[0] for name, value in parse_qs(now.lstrip("#")).items()})

"""A real browser at a page of cutaway: what the page asked for, what it said, and what its pictures look like."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, TimeoutError

from cutaway import report
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.lab.conftest import PATIENCE, ROOT, Lab

AXE = (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
# Every rule; the names of what passed are not worked out, which takes most of the time.
AUDIT = "() => axe.run({ resultTypes: ['violations'], preload: false }).then((result) => result.violations)"
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")

# Every picture as text: the elements of the drawn, the pixels of the painted.
PICTURES = """() => [...document.querySelectorAll('.pictures svg, .pictures canvas, .pictures table')]
    .map((one) => one.localName === 'canvas' ? one.toDataURL() : one.outerHTML).join('\\n')"""

# Seconds from each key press to the end of the frame that follows it.
WATCH = """() => {
    window.took = [];
    window.addEventListener('keydown', () => {
        const pressed = performance.now();
        const painted = new MessageChannel();
        painted.port1.onmessage = () => window.took.push((performance.now() - pressed) / 1000);
        setTimeout(() => requestAnimationFrame(() => painted.port2.postMessage(null)));
    }, { capture: true });
}"""
PAINTED = (
    "(count) => new Promise((go) => { const look = () => took.length > count ? go() : setTimeout(look, 4); look() })"
)


class Visit:
    """A page that is open, in a context of its own; what it asks of any other place is refused and remembered."""

    def __init__(self, browser: Browser, address: str, width: int = 1280, scheme: Any = "light") -> None:
        self.origin = re.match(r"[a-z]+://[^/]*/", address)[0]  # type: ignore[index]
        self.address = address
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page.set_default_timeout(PATIENCE * 1000)
        self.outside: list[str] = []
        self.said: list[str] = []
        self.page.route("**/*", self._route)
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.goto(address)

    def _route(self, route: Route) -> None:
        url = route.request.url
        if url == self.address or (self.origin != "file:///" and url.startswith(self.origin)):
            route.continue_()
        else:
            self.outside.append(url)
            route.abort()

    def drawn(self) -> None:
        """Wait until the study's pictures are there and nothing is being computed."""
        self.page.locator(".pictures").locator("svg, canvas, table").first.wait_for()
        self.page.wait_for_function("() => !document.querySelector('progress')")
        self.page.wait_for_function("() => document.querySelector('.source')?.textContent.match(/^(Computed|Stored)/)")
        self.settled()

    def settled(self) -> str:
        """The pictures once two looks in a row find them the same."""
        before = ""
        while (now := self.page.evaluate(PICTURES)) != before:
            before = now
            self.page.wait_for_timeout(60)
        return str(now)

    def changed(self, before: str, seconds: float = 15) -> bool:
        """Whether the pictures become others than they were."""
        try:
            self.page.wait_for_function("before => (" + PICTURES + ")() !== before", arg=before, timeout=1000 * seconds)
        except TimeoutError:
            return False
        return True

    def violations(self) -> list[tuple[str, str, str]]:
        """What axe-core finds: rule, element, and why."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE)
        found = self.page.evaluate(AUDIT)
        return [
            (one["id"], node["html"][:200], " ".join(node["failureSummary"].split())[:200])
            for one in found
            for node in one["nodes"][:3]
        ]

    def slider(self, label: str) -> Locator:
        """The slider among the parameters."""
        return self.page.locator("form").get_by_role("slider", name=label, exact=True)

    def keys(self, label: str, times: int = 30) -> tuple[list[float], list[float]]:
        """Seconds of each of `times` key presses on a slider: by the clock until its frame is painted, and by the
        processor, as the page's own thread worked at it.

        The second is handlers, style, layout and painting without the wait for the screen's next frame, and does not
        depend on what else the machine does.
        """
        slider = self.slider(label)
        slider.press("ArrowRight")
        self.settled()
        self.page.evaluate(WATCH)
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})

        def used() -> float:
            told = session.send("Performance.getMetrics")["metrics"]
            return float(next(one["value"] for one in told if one["name"] == "TaskDuration"))

        worked = []
        for time in range(times):
            before = used()
            self.page.keyboard.press("ArrowRight" if time < times // 2 else "ArrowLeft")
            self.page.evaluate(PAINTED, time)
            worked.append(used() - before)
        session.detach()
        return [float(one) for one in self.page.evaluate("took")], worked

    def close(self) -> None:
        self.page.close()
        assert not self.outside, self.outside
        assert not self.said, self.said


@contextmanager
def command(folder: Path) -> Iterator[Lab]:
    """`cutaway lab`, as somebody would start it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cutaway", "lab", "--port", "0", "--no-browser"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(folder)},
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"The lab is at http://127\.0\.0\.1:(\d+)/ \(Ctrl-C ends it\)\n", line)
        assert found, line
        yield Lab(process, int(found[1]), None, folder)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def static(study: Study, folder: Path) -> Path:
    """The study as a file that stands alone, with its outcome at the defaults."""
    path = folder / f"{study.name}.html"
    if not path.exists():
        outcome = stored(study) or study.run().to_json()
        data = {"kind": "study", "study": study.describe(), "outcomes": [outcome]}
        path.write_text(report.page("study", data, study.title, "<p>It needs a script.</p>"), encoding="utf-8")
    return path

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

from playwright.sync_api import Browser, Locator, Page, Route

from cutaway import report
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.lab.conftest import PATIENCE, ROOT, Lab

AXE = (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")

# Every picture as text: the elements of the drawn, the pixels of the painted.
PICTURES = """() => [...document.querySelectorAll('.pictures svg, .pictures canvas')]
    .map((one) => one.localName === 'canvas' ? one.toDataURL() : one.outerHTML).join('\\n')"""

# Seconds from a key press to its painted frame, less the wait for that frame to begin: what the key's own task takes
# (handlers and what they put off to its end), and what the frame takes (callbacks, style, layout, paint).
WATCH = """() => {
    window.took = [];
    const after = (then) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = then;
        channel.port2.postMessage(null);
    };
    window.addEventListener('keydown', () => {
        const pressed = performance.now();
        after(() => {
            const handled = performance.now();
            requestAnimationFrame(() => {
                const began = performance.now();
                after(() => window.took.push((handled - pressed + performance.now() - began) / 1000));
            });
        });
    }, { capture: true });
}"""


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
        self.page.locator(".pictures").locator("svg, canvas").first.wait_for()
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

    def violations(self) -> list[tuple[str, str, str]]:
        """What axe-core finds: rule, element, and why."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE)
        found = self.page.evaluate("() => axe.run().then((result) => result.violations)")
        return [
            (one["id"], node["html"][:200], " ".join(node["failureSummary"].split())[:200])
            for one in found
            for node in one["nodes"][:3]
        ]

    def slider(self, label: str) -> Locator:
        return self.page.locator("form").get_by_role("slider", name=label, exact=True)

    def close(self) -> None:
        self.page.close()
        assert self.outside == []
        assert self.said == []


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
    """The study as a file that stands alone, with its stored outcome."""
    path = folder / f"{study.name}.html"
    if not path.exists():
        outcome = stored(study)
        assert outcome is not None, f"{study.name} has no stored outcome: make stored"
        data = {"kind": "study", "study": study.describe(), "outcomes": [outcome]}
        path.write_text(report.page("study", data, study.title, "<p>It needs a script.</p>"), encoding="utf-8")
    return path

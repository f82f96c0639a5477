"""The README's picture, in light and in dark: python tools/screenshots.py, with Chromium and the test extra installed.

The report on the embedded table, as `cutaway audit --format html` writes it, into docs/static.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PLACE = Path(__file__).parents[1] / "docs" / "static"
WIDTH, HEIGHT, SCALE = 1120, 632, 2
COLOURS = 128
"""Of a palette: flat areas and text need no more, and the file is a third."""


def main() -> int:
    """Both pictures."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = Path(folder, "audit.html")
        subprocess.run([sys.executable, "-m", "cutaway", "audit", "--out", page], cwd=folder, check=True)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for scheme in ("light", "dark"):
            opened = browser.new_page(
                viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE, color_scheme=scheme
            )
            opened.goto(page.as_uri())
            opened.locator("svg").first.wait_for()
            opened.evaluate("() => document.fonts.ready")
            taken = Image.open(io.BytesIO(opened.screenshot())).convert("RGB")
            to = PLACE / f"audit-{scheme}.png"
            taken.quantize(COLOURS, dither=Image.Dither.NONE).save(to, optimize=True)
            print(f"{to.name}: {taken.width} × {taken.height}, {to.stat().st_size / 1000:.0f} kB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

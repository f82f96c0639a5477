"""The documentation: built from nothing with warnings as errors, each page opened, each link inside of it followed."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cutaway.checks import discover as checks
from cutaway.compare.run.discovery import discover as comparisons
from cutaway.studies import discover as studies
from tests.site import visited

if TYPE_CHECKING:
    from playwright.async_api import Page
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
DERIVED = {
    "logit": "log-loss",
    "focal": "focal-loss",
    "convnet": "convolution",
    "precision-recall": "auc-and-delong",
    "cauchy": "heavy-tails",
    "clt": "heavy-tails",
    "lockdown": "renewal",
    "cartpole": "cart-and-pole",
}
"""Study -> the derivation under it; each names the other."""

pytestmark = pytest.mark.slow


def ran(*command: str | Path) -> None:
    """Run it in the repository; its words are the failure's."""
    done = subprocess.run([str(one) for one in command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built in a folder of its own, so that nothing of an earlier build is in it; once for all workers."""
    own = tmp_path_factory.getbasetemp()
    place = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "docs"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker waits, and finds it
        if not (place / "built").exists():
            build(place)
            (place / "built").touch()
    return place / "site"


def build(place: Path) -> None:
    """From the written pages and the source, into the folder site of the place."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(ROOT / "docs", place / "docs", ignore=shutil.ignore_patterns("pages"))
    for name in ("src", "examples"):
        (place / name).symlink_to(ROOT / name)
    for name in ("CONTRIBUTING.md", "README.md"):  # of which parts are included
        shutil.copy(ROOT / name, place)
    ran(sys.executable, "tools/docs_pages.py", place / "docs")
    ran(sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-j", "2", place / "docs", place / "site")


def test_every_check_comparison_and_study_has_a_page(site: Path) -> None:
    wanted = [f"checks/{one.code.lower()}" for one in checks() if not one.origin]
    wanted += [f"compare/{one.name}" for one in comparisons() if not one.origin]
    wanted += [f"studies/{one.name}" for one in studies() if not one.origin]
    assert len(wanted) > 100
    assert [name for name in wanted if not (site / "pages" / f"{name}.html").is_file()] == []


def test_studies_and_derivations_name_each_other(site: Path) -> None:
    for study, derivation in DERIVED.items():
        page = (site / "pages" / "studies" / f"{study}.html").read_text("utf-8")
        assert f"../../science/{derivation}.html" in page, study
        assert f"../pages/studies/{study}.html" in (site / "science" / f"{derivation}.html").read_text("utf-8"), study


def test_every_link_leads_somewhere(site: Path) -> None:
    ran(sys.executable, "tools/docs_links.py", site)


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<p id="here"><a href="b.html">b</a><a href="#there">c</a>', "utf-8")
    (tmp_path / "c.html").write_text('<a href="a.html#here">a</a><img src="https://example.org/d.png">', "utf-8")
    done = subprocess.run(
        [sys.executable, ROOT / "tools/docs_links.py", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == [
        "a.html: no file b.html",
        "a.html: no such place #there",
        "c.html: draws https://example.org/d.png",
        "elsewhere",
    ]


def test_a_public_name_without_a_docstring_stops_the_build() -> None:
    spec = importlib.util.spec_from_file_location("docs_api", ROOT / "tools" / "docs_api.py")
    assert spec is not None and spec.loader is not None
    api = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(api)
    bare = types.ModuleType("bare", "A module.")
    bare.f = lambda x: x  # type: ignore[attr-defined]
    with pytest.raises(SystemExit, match="bare: no docstring: f"):
        api.page("bare", bare, ("f",))


@pytest.mark.chromium
def test_every_page_opens_and_every_study_works_in_its_page(site: Path) -> None:
    """No error, no request for anything else; a study's pictures are drawn from its stored result."""

    async def look(page: Page) -> str:
        if await page.locator("iframe.study").count() == 0:
            return ""
        study = page.frame_locator("iframe.study")
        await study.locator(".pictures").locator("svg, canvas, table").first.wait_for()
        told = await study.locator(".source").first.inner_text()
        return "" if told.startswith(("Stored", "Computed")) else f"its study tells {told!r}"

    frames = {path.stem for path in (site / "studies").glob("*.html")}
    assert frames == {one.name for one in studies() if not one.origin}
    pages = sorted(path for path in site.rglob("*.html") if path.parent != site / "studies")  # opened in the others
    assert len(pages) > 150
    assert visited(pages, look) == {}


@pytest.mark.chromium
def test_the_search_finds_a_check_without_a_server(site: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((site / "search.html").as_uri() + "?q=leakage")
    page.locator("#search-results li a", has_text="DAT004").first.wait_for()
    page.close()

"""Every study in a real browser, at the lab and in a file that stands alone: drawn, moved, accessible, and alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from cutaway.studies import discover
from cutaway.studies.run.study import Study
from tests.lab.browsing import PICTURES, SCHEMES, WIDTHS, Visit, command, static
from tests.lab.conftest import Lab, seconds_used, wait_for

STUDIES = {study.name: study for study in discover()}
HOSTS = ("lab", "file")
LONG = "/study/calibration?rows=1000000"  # computes for many seconds

pytestmark = [pytest.mark.chromium, pytest.mark.slow]


def looked_up(study: Study) -> list[str]:
    """Labels of the sliders that need no new result."""
    parameters = study.describe()["parameters"]
    return [
        one["label"]
        for one in parameters
        if one["where"] == "browser" and one["kind"] in ("number", "whole") and one["name"] != "seed"
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studies")


@pytest.fixture(scope="module")
def real_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with command(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def address(host: str, name: str, folder: Path, real_lab: Lab) -> str:
    return at(real_lab, f"/study/{name}") if host == "lab" else static(STUDIES[name], folder).as_uri()


def at(lab: Lab, path: str) -> str:
    return f"http://127.0.0.1:{lab.port}{path}"


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("host", HOSTS)
def test_a_study_is_drawn_and_keys_move_its_picture(host: str, name: str, address: str, browser: Browser) -> None:
    visit = Visit(browser, address)
    visit.drawn()
    page, study = visit.page, STUDIES[name]
    assert page.locator("h1").inner_text() == study.title
    expect(page.get_by_role("heading", name="What it claims")).to_be_visible()
    moved: list[object] = []
    for label in looked_up(study):
        before = visit.settled()
        slider = visit.slider(label)
        was = slider.input_value()
        for key in ("ArrowRight", "PageUp") if slider.get_attribute("max") != was else ("ArrowLeft", "PageDown"):
            slider.press(key)
        assert slider.input_value() != was, label
        if visit.settled() != before:
            moved.append(label)
    if not looked_up(study):  # all that there is to move are choices
        for control in page.locator("form").locator("select, fieldset").all():
            before = visit.settled()
            held = control.locator("input:checked")
            (held if held.count() else control).press("ArrowDown")
            if visit.changed(before):  # in the lab once it is computed
                moved.append(control)
                break
    assert moved, "nothing that a key moves changes the picture"
    visit.close()


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("host", HOSTS)
def test_axe_finds_nothing(host: str, name: str, address: str, browser: Browser) -> None:
    visit = Visit(browser, address)
    visit.drawn()
    for closed in visit.page.query_selector_all("details:not([open]) > summary"):
        closed.click()
    found = {}
    for width in WIDTHS:
        visit.page.set_viewport_size({"width": width, "height": 900})
        visit.settled()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in SCHEMES:
            visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            visit.settled()
            found[width, scheme] = visit.violations()
    assert {setting: each for setting, each in found.items() if each} == {}
    visit.close()


@pytest.mark.parametrize("path", ["/", "/data", "/audit", "/study/there-is-none"])
def test_axe_finds_nothing_on_the_other_pages(path: str, real_lab: Lab, browser: Browser) -> None:
    visit = Visit(browser, at(real_lab, path))
    visit.page.locator("h1").wait_for()
    for width in WIDTHS:
        visit.page.set_viewport_size({"width": width, "height": 900})
        visit.page.wait_for_timeout(100)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in SCHEMES:
            visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert visit.violations() == [], (width, scheme)
    visit.close()


def test_a_slider_asks_the_lab_for_a_new_result(real_lab: Lab, browser: Browser) -> None:
    visit = Visit(browser, at(real_lab, "/study/precision-recall"))
    visit.drawn()
    before = visit.settled()
    slider = visit.slider("Separation")
    slider.press("PageUp")
    visit.page.wait_for_function("before => (" + PICTURES + ")() !== before", arg=before)
    visit.drawn()
    assert "separation=" in visit.page.url
    visit.close()


def computing(lab: Lab) -> int:
    """The process that a run keeps busy."""
    used: dict[int, float] = {}

    def busy() -> list[int]:
        return [pid for pid in lab.workers if seconds_used(pid) > used.setdefault(pid, seconds_used(pid)) + 0.5]

    wait_for(busy)
    return max(lab.workers, key=lambda pid: seconds_used(pid) - used.get(pid, 0))


def running(lab: Lab) -> list[str]:
    return [job["id"] for job in lab.json("/api/jobs")["jobs"] if job["state"] == "running"]


def test_cancelling_in_the_page_ends_the_process(real_lab: Lab, browser: Browser) -> None:
    visit = Visit(browser, at(real_lab, f"{LONG}&seed=1"))
    cancel = visit.page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    wait_for(lambda: running(real_lab))
    pid = computing(real_lab)
    (job,) = running(real_lab)
    cancel.click()
    assert wait_for(lambda: not Path(f"/proc/{pid}").exists()) < 5
    assert {one["id"]: one["state"] for one in real_lab.json("/api/jobs")["jobs"]}[job] == "cancelled"
    expect(visit.page.locator(".source")).to_contain_text("Cancelled.")
    expect(visit.page.get_by_role("button", name="Compute it")).to_be_visible()
    visit.close()


def test_a_reload_finds_its_run_again(real_lab: Lab, browser: Browser) -> None:
    visit = Visit(browser, at(real_lab, f"{LONG}&seed=2"))
    cancel = visit.page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    wait_for(lambda: running(real_lab))
    before = running(real_lab)
    visit.page.reload()
    cancel.wait_for()
    wait_for(
        lambda: [job["listeners"] for job in real_lab.json("/api/jobs")["jobs"] if job["state"] == "running"] == [1]
    )
    assert running(real_lab) == before
    cancel.click()
    wait_for(lambda: not running(real_lab))
    visit.close()


@pytest.fixture(scope="module")
def million(folder: Path) -> Path:
    """A million predictions as text."""
    rng = np.random.default_rng(4)
    p = rng.beta(1, 6, 1_000_000)
    y = rng.random(p.size) < p
    path = folder / "million.csv"
    path.write_text("y,p\n" + "".join(f"{label:d},{score:.6f}\n" for label, score in zip(y, p, strict=True)))
    return path


@pytest.mark.timing
def test_a_million_rows_brought_to_the_page_are_answered_within_three_seconds(
    million: Path, real_lab: Lab, browser: Browser
) -> None:
    visit = Visit(browser, at(real_lab, "/study/threshold"))
    visit.drawn()
    took = []
    for _ in range(3):
        visit.page.evaluate("document.querySelector('.pictures').inert = true")
        before = visit.settled()
        began = time.perf_counter()
        visit.page.locator("input[type=file]").set_input_files(million)
        visit.page.wait_for_function("before => (" + PICTURES + ")() !== before", arg=before)
        took.append(time.perf_counter() - began)
        visit.drawn()
        visit.page.goto(at(real_lab, "/study/threshold"))
        visit.drawn()
    assert min(took) < 3, took
    visit.close()


@pytest.mark.timing
@pytest.mark.parametrize("name", [name for name, study in STUDIES.items() if looked_up(study)])
def test_a_key_is_painted_soon(name: str, folder: Path, browser: Browser) -> None:
    visit = Visit(browser, static(STUDIES[name], folder).as_uri())
    visit.drawn()
    took = {}
    for label in looked_up(STUDIES[name]):
        _, took[label] = visit.keys(label)
        visit.page.reload()
        visit.drawn()
    shown = {label: f"{1000 * median(each):.1f} ms" for label, each in took.items()}
    # The aim is 20 ms on a quiet machine; a shared one takes up to twice as long.
    assert median([one for each in took.values() for one in each]) < 0.040, shown
    assert max(median(each) for each in took.values()) < 0.060, shown
    visit.close()


@pytest.mark.timing
def test_a_running_job_does_not_slow_a_slider(real_lab: Lab, browser: Browser) -> None:
    busy = Visit(browser, at(real_lab, f"{LONG}&seed=3"))
    cancel = busy.page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    visit = Visit(browser, at(real_lab, "/study/threshold"))
    visit.drawn()
    computing(real_lab)
    took, _ = visit.keys("Threshold")
    assert running(real_lab), "the job ran all the while"
    cancel.click()
    wait_for(lambda: not running(real_lab))
    print(f"{1000 * median(took):.1f} ms")
    assert median(took) < 0.050
    visit.close()
    busy.close()

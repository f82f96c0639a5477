"""The study of cart and pole in a real browser: what drives goes where Python's cart goes, in the digits it tells."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from cutaway.science import control
from cutaway.studies import cartpole
from cutaway.studies.cartpole import Parameters, cart_of, limits_of
from cutaway.studies.run import cart_leans as leaning
from cutaway.studies.run.carts import agents
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study
from tests.studies.opened import addressed, opened
from tests.studies.test_cartpole import read

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

STUDY = Study(cartpole)
OUTCOME: dict[str, Any] = stored(STUDY) or {}
LEARNERS = OUTCOME["tables"]["learners"]["columns"]


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, STUDY, OUTCOME, "dd", ".pictures svg .handle") as page:
        yield page


def state(page: Page) -> Parameters:
    params: Parameters = addressed(page, STUDY)
    return params


def shown(page: Page) -> list[float]:
    """Time, position, velocity, lean as they stand below the cart."""
    told = page.locator(".drive dd").all_inner_texts()
    return [float(each.split()[0].rstrip("°").replace("−", "-")) for each in told[:4]]


def finish(page: Page) -> None:
    """To the end of what drives, if it is not there already."""
    button = page.get_by_role("button", name="To the end")
    if button.is_enabled():
        button.click()


def driven(page: Page, policy: control.Policy, limits: control.Limits | None = None) -> control.Trajectory:
    """Hold the end of what is shown to what Python's cart does."""
    params = state(page)
    start = np.array([0.0, params.speed, params.start * 2 * math.pi / 360, 0.0])
    motion = control.trajectory(cart_of(params), limits or limits_of(params), policy, start)
    finish(page)
    end = [motion.time[-1], motion.x[-1], motion.velocity[-1], math.degrees(motion.lean[-1])]
    np.testing.assert_allclose(shown(page), end, atol=0.051)
    seconds = len(motion.push) * 0.02
    told = page.locator("p.told")
    expect(told).to_contain_text(f"for all {seconds:g} s" if motion.end == "steps" else f"up for {seconds:.3g}")
    expect(told).to_contain_text(
        {"left": "left end", "right": "right end", "steps": ""}.get(motion.end, "too far to the")
    )
    return motion


def test_the_reader_drives_step_by_step(page: Page) -> None:
    """Nothing moves before it is told to; without a push the pole falls as Python's falls."""
    page.wait_for_timeout(300)
    assert shown(page) == [0, 0, 0, 2]
    now = np.array([0.0, 0.0, 2 * 2 * math.pi / 360, 0.0])
    step = page.get_by_role("button", name="Step", exact=True)
    for k in range(1, 6):
        step.click()
        now = control.step(control.Cart(), now, 0.0)
        np.testing.assert_allclose(shown(page), [k * 0.02, now[0], now[1], math.degrees(now[2])], atol=0.051)


def test_keys_push_the_cart(page: Page) -> None:
    page.get_by_label("Speed").select_option("4")
    page.get_by_role("button", name="Step", exact=True).focus()
    page.keyboard.down("ArrowRight")
    expect(page.locator("p.told")).to_contain_text("You kept it up for", timeout=5000)
    page.keyboard.up("ArrowRight")
    time, x, velocity, lean = shown(page)
    assert velocity > 0.5 and x > 0 and lean < -10, "pushed to the right it falls to the left"
    expect(page.locator("p.told")).to_contain_text(f"for {time:g} s, then it leans too far to the left")
    page.get_by_role("button", name="Back to the start").click()
    assert shown(page) == [0, 0, 0, 2]
    expect(page.locator("p.told")).to_contain_text(f"Your best so far: {time:g} s")


def test_buttons_push_for_a_finger(page: Page) -> None:
    page.get_by_label("Speed").select_option("1")
    push = page.get_by_role("button", name="← Push left")
    box = push.bounding_box()
    assert box is not None and box["height"] >= 44
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    expect(page.locator("p.told")).to_contain_text("too far to the right", timeout=5000)
    page.mouse.up()
    assert shown(page)[1] < 0


def test_a_point_on_the_map_drives(page: Page) -> None:
    handle = page.get_by_role("slider", name="Policy on the map")
    for key, across, up in (
        ("ArrowRight", 0.1125, 0.0),
        ("ArrowUp", 0.1125, 0.025),
        ("Shift+ArrowDown", 0.1125, -0.1),
    ):
        handle.press(key)
        params = state(page)
        assert params.driver == "map"
        np.testing.assert_allclose([params.across, params.up], [across, up], atol=1e-12)
        driven(page, control.linear(np.array([0, across, 1, leaning.SPIN, up])))
    area = page.locator(".pictures rect.press").first
    box = area.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.4)
    params = state(page)
    assert params.across > 0.25 and 0.03 < params.up < 0.2
    driven(page, control.linear(np.array([0, params.across, 1, leaning.SPIN, params.up])))


def test_every_learner_runs(page: Page) -> None:
    for key, name, text in zip(LEARNERS["key"], LEARNERS["name"], LEARNERS["policy"], strict=True):
        page.get_by_role("list", name="Learners").get_by_role("button", name=name).click()
        assert state(page).driver == key
        expect(page.locator("p.told")).to_contain_text(name)
        driven(page, read(json.loads(text)))


def test_walls_are_moved_and_the_cart_obeys_at_once(page: Page) -> None:
    """On a page without Python too; the map waits for it, and says so."""
    page.get_by_label("Who drives").select_option("map")
    up = page.get_by_role("slider", name="Weight on the other axis")
    up.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    params = state(page)
    policy = control.linear(np.array([0, params.across, 1, leaning.SPIN, params.up]))
    assert driven(page, policy).end == "right"
    page.get_by_role("switch", name="Track without end").press("Space")
    assert driven(page, policy).end == "steps"
    expect(page.locator("p.told")).to_contain_text("keeps the pole up for all 10 s")


def test_agents_run_within_their_own_limits_or_the_readers(page: Page) -> None:
    sheet = page.get_by_role("slider", name="Trained agents by their limits")
    sheet.press("End")
    params = state(page)
    one = agents()[params.agent]
    assert params.driver == "agent" and one.unlimited and one.kind in page.locator("p.told").inner_text()
    driven(page, one.policy, one.limits)
    leaning_one = next(
        each for each in agents() if each.kind == "constant acceleration" and each.unlimited and each.survival == 1
    )
    sheet.press("Home")
    assert state(page).agent != params.agent
    page.get_by_role("slider", name="Trained agent", exact=True).evaluate(
        "(it, to) => { it.value = to; it.dispatchEvent(new Event('input', { bubbles: true })) }", leaning_one.number
    )
    assert state(page).agent == leaning_one.number
    assert driven(page, leaning_one.policy, leaning_one.limits).end == "steps"
    page.get_by_role("switch", name="Agents run within their own limits").press("Space")
    assert driven(page, leaning_one.policy).end != "steps"


def drop(page: Page, name: str, text: str) -> None:
    files = [{"name": name, "mimeType": "application/json", "buffer": text.encode()}]
    page.locator(".own input[type=file]").set_input_files(files)  # type: ignore[arg-type]


def test_a_dropped_policy_drives_and_a_bad_one_is_refused(page: Page) -> None:
    weights = [0.05, 0.2, 1, 0.3, 0]
    drop(page, "mine.json", json.dumps(weights))
    expect(page.locator("p.told")).to_contain_text("mine.json keeps the pole up")
    driven(page, control.linear(np.array(weights)))
    for text, said in (
        ('{"weights": [1, 2, 3]}', "weights has 3 entries; expected 5 numbers."),
        ("<script>alert(1)</script>", "It is not JSON."),
        ('{"weights": [1e999, 0, 0, 0, 0]}', "Entry 1 of weights is no number"),
        ('{"__proto__": {"weights": [0, 0, 1, 0, 0]}}', "first_bias is no list"),
    ):
        drop(page, "<b>bad</b>.json", text)
        alert = page.locator(".own [role=alert]")
        expect(alert).to_contain_text(f"<b>bad</b>.json is no policy: {said}")
        expect(page.locator("p.told")).to_contain_text("mine.json")
    net = {"activation": "relu", "hidden": 1, "parameters": [0, 0, 1, 0.3, 0.5, -1, 1, 1, 0]}
    drop(page, "net.json", json.dumps(net))
    expect(page.locator(".own [role=alert]")).to_have_count(0)
    driven(page, control.neural(np.array(net["parameters"], float), 1))
    page.get_by_label("Who drives").select_option("hand")
    expect(page.locator("p.told")).to_contain_text("Your turn")


def test_it_stops_where_nobody_sees_it(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 600})
    page.get_by_label("Who drives").select_option("lqr")
    page.evaluate("window.scrollTo(0, 2400)")
    page.wait_for_timeout(400)
    before = shown(page)[0]
    page.wait_for_timeout(400)
    assert shown(page)[0] == before
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(600)
    assert shown(page)[0] > before


def test_where_motion_is_unwanted_the_end_is_shown_and_steps_are_taken(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, STUDY, OUTCOME, "dd", reduced_motion="reduce") as page:
        page.get_by_label("Who drives").select_option("lqr")
        assert shown(page)[0] == 10
        page.get_by_role("button", name="Back to the start").click()
        page.get_by_role("button", name="Step", exact=True).click()
        page.wait_for_timeout(300)
        assert shown(page)[0] == 0.02

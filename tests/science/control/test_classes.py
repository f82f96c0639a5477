"""What motions are called, the laws they are held to, and when a wall comes."""

from __future__ import annotations

from dataclasses import replace
from math import inf, radians

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science.control import (
    KINDS,
    Cart,
    Invariants,
    Limits,
    coordinates,
    described,
    invariants,
    kind,
    linear,
    observed,
    resolution,
    time_to_wall,
    trajectory,
    verdict,
)

CART = Cart()
FREE = Limits(-inf, inf, -radians(30), radians(30))
CALM = Invariants(
    middle=15.0,
    seconds=10.0,
    position=0.0,
    velocity=0.0,
    acceleration=0.0,
    jerk=0.0,
    lean=0.0,
    equivalent=0.0,
    sway=0.004,
    growth=1.0,
    wobble=0.1,
    stray=0.003,
    period=float("nan"),
    recurrence=0.3,
    push=0.0,
    switches=50.0,
)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, "still"),
        ({"velocity": 0.17}, "still"),
        ({"velocity": -0.2}, "uniform velocity"),
        ({"velocity": 9.0, "acceleration": -1.2, "jerk": 0.02}, "constant acceleration"),
        ({"velocity": 9.0, "acceleration": -1.2, "jerk": 0.02, "stray": 1.0}, "unsettled"),
        ({"velocity": 9.0, "acceleration": 1.2, "jerk": 0.1}, "runaway"),
        ({"velocity": -9.0, "acceleration": 1.2, "jerk": 0.1}, "unsettled"),
        ({"velocity": 9.0, "acceleration": 1.2, "jerk": -0.1}, "unsettled"),
        ({"jerk": 0.03}, "unsettled"),
        ({"sway": 0.05, "recurrence": 0.9}, "limit cycle"),
        ({"sway": 0.05, "recurrence": 0.9, "growth": 1.5}, "unsettled"),
        ({"sway": 0.05}, "unsettled"),
        ({"recurrence": 0.95}, "still"),
    ],
)
def test_the_name_follows_from_the_invariants(change: dict[str, float], name: str) -> None:
    assert kind(CART, replace(CALM, **change)) == name
    assert name in KINDS


@given(st.floats(-20, 20), st.floats(-5, 5), st.floats(-1, 1), st.floats(1e-3, 0.3), st.floats(0.3, 3))
def test_the_name_knows_no_side(velocity: float, acceleration: float, jerk: float, sway: float, growth: float) -> None:
    one = replace(CALM, velocity=velocity, acceleration=acceleration, jerk=jerk, sway=sway, growth=growth)
    mirrored = replace(one, velocity=-velocity, acceleration=-acceleration, jerk=-jerk)
    assert kind(CART, one) == kind(CART, mirrored)
    np.testing.assert_array_equal(coordinates(CART, [one]), coordinates(CART, [mirrored]))


def test_coordinates_are_linear_below_what_pushes_blur_and_logarithmic_above() -> None:
    u = resolution(CART)
    assert u == pytest.approx(10 / 1.1 * 0.02)
    speeds = [0.01 * u, 0.02 * u, 100 * u, 200 * u]
    v = coordinates(CART, [replace(CALM, velocity=speed) for speed in speeds])[:, 0]
    assert v[1] / v[0] == pytest.approx(2, rel=1e-3)
    assert v[3] - v[2] == pytest.approx(np.log(2), rel=1e-3)
    assert coordinates(CART, []).shape == (0, 4)


@pytest.mark.parametrize(
    ("weights", "name"),
    [
        ((0.1, 0.2, 1.0, 0.5, 0.0), "still"),
        ((0.0, 0.2, 1.0, 0.5, -0.2), "uniform velocity"),
        ((0.0, 0.0, 1.0, 0.5, -0.2), "constant acceleration"),
        ((-0.02, 0.05, 1.0, 0.5, -0.05), "runaway"),
    ],
    ids=["position fed back", "velocity fed back", "lean alone", "position fed back the wrong way"],
)
def test_each_class_is_made_by_what_the_policy_feeds_back(weights: tuple[float, ...], name: str) -> None:
    found = described(CART, FREE, linear(np.array(weights)))
    assert found.kind == name
    assert found.agreement >= 0.75


def test_the_laws_of_a_constant_acceleration() -> None:
    motion = trajectory(CART, FREE, linear(np.array([0.0, 0.0, 1.0, 0.5, -0.2])), np.zeros(4), 1000)
    found = verdict(CART, invariants(CART, motion, 500))
    assert found.equivalence < 0.01
    assert found.newton < 0.01
    assert found.parabola < 0.01
    assert 0.1 < found.ceiling < 0.3
    with pytest.raises(InputError, match="one: verdict expected a motion with an acceleration, got 0"):
        verdict(CART, CALM)


def test_laws_that_are_broken_show() -> None:
    fine = replace(CALM, acceleration=2.0, equivalent=2.0, push=2.2, stray=0.0)
    assert verdict(CART, fine).equivalence == 0
    assert verdict(CART, replace(fine, equivalent=2.1)).equivalence == pytest.approx(0.05)
    assert verdict(CART, replace(fine, push=2.42)).newton == pytest.approx(0.1)
    assert verdict(CART, replace(fine, stray=2.5)).parabola == pytest.approx(0.1)


@given(st.floats(0.1, 50), st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_at_that_time_and_never_before_the_cart_is_at_a_wall(distance: float, slow: int, slower: int) -> None:
    velocity, a = slow / 100, slower / 100
    t = time_to_wall(distance, velocity, a)
    if t == inf:
        assert velocity == a == 0
        return
    assert abs(velocity * t + a * t * t / 2) == pytest.approx(distance, rel=1e-6)
    before = np.linspace(0, t, 500)[:-1]
    assert (np.abs(velocity * before + a * before**2 / 2) <= distance * (1 + 1e-6)).all()


def test_no_distance_no_time() -> None:
    with pytest.raises(InputError, match="distance: time_to_wall expected a positive one, got 0"):
        time_to_wall(0.0, 1.0, 1.0)


@pytest.mark.parametrize(("bias", "sees_velocity"), [(-0.2, False), (-0.1, False), (-0.3, True)])
def test_the_wall_comes_when_velocity_and_acceleration_say(bias: float, sees_velocity: bool) -> None:
    found = described(CART, FREE, linear(np.array([0.0, 0.3 * sees_velocity, 1.0, 0.5, bias])))
    assert found.settled_steps * CART.tau == pytest.approx(found.predicted, rel=0.05)
    assert found.steps == 5000
    assert found.wall_share == 1.0


def test_motions_are_seen_to_their_end() -> None:
    motions = observed(CART, Limits(), linear(np.array([0.0, 0.0, 1.0, 0.5, -0.1])), seed=1)
    assert [motion.end for motion in motions] == ["right"] * 8
    fell = described(CART, Limits(), linear(np.array([0.0, 0.0, -1.0, 0.0, 0.0])))
    assert (fell.kind, fell.survival, fell.invariants) == ("fell", 0.0, None)
    assert np.isnan(fell.predicted)

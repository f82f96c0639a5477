"""The invariants of motions: exact identities of the physics, and what is known of made-up and of real motions."""

from __future__ import annotations

from math import inf, radians
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import (
    Cart,
    Limits,
    Trajectory,
    equivalent_lean,
    imbalance,
    invariants,
    linear,
    recurring,
    trajectory,
)

FREE = Limits(-inf, inf, -radians(30), radians(30))


def made(x: np.ndarray, velocity: np.ndarray, lean: np.ndarray, tau: float = 0.02) -> Trajectory:
    time = np.arange(len(x)) * tau
    push = np.where(np.arange(len(x) - 1) % 2, 1.0, -1.0)
    return Trajectory(time, x, velocity, lean, np.gradient(lean, tau), push, "steps")


@pytest.mark.parametrize(
    "cart",
    [
        Cart(),
        Cart(integrator="semi-implicit"),
        Cart(gravity=1.6, mass_pole=0.4, half_length=1.3, force=14.0, tau=0.01),
        Cart(friction_pole=0.01, friction_cart=0.05),
    ],
    ids=["CartPole-v1", "semi-implicit", "moon", "friction"],
)
@pytest.mark.parametrize("weights", [(0.0, 0.0, 1.0, 0.5, -0.1), (0.1, 0.2, 1.0, 0.6, 0.0)], ids=["leaning", "upright"])
def test_every_step_obeys_the_poles_own_equation(cart: Any, weights: tuple[float, ...]) -> None:
    """a = g tan θ - (4/3) l θ'' / cos θ, whatever pushes the cart and however it moves."""
    motion = trajectory(cart, FREE, linear(np.array(weights)), seed=4, steps=400)
    assert len(motion.push) > 100
    assert np.abs(imbalance(cart, motion)).max() < 1e-10


def test_a_parabola_has_its_acceleration_and_no_jerk() -> None:
    t = np.arange(501) * 0.02
    lean = np.full(501, equivalent_lean(Cart(), 1.5))
    found = invariants(Cart(), made(3 + 2 * t + 0.75 * t**2, 2 + 1.5 * t, lean))
    assert found.acceleration == pytest.approx(1.5)
    assert found.velocity == pytest.approx(2 + 1.5 * 5)
    assert found.equivalent == pytest.approx(1.5)
    assert found.lean == pytest.approx(np.arctan(1.5 / 9.8))
    assert abs(found.jerk) < 1e-10
    assert found.stray < 1e-10
    assert found.wobble < 1e-10
    assert (found.seconds, found.middle) == (10.0, 5.0)


def test_a_cubic_has_its_jerk() -> None:
    t = np.arange(501) * 0.02
    found = invariants(Cart(), made(t**3 / 6 * 0.3, t**2 / 2 * 0.3, 0 * t))
    assert found.jerk == pytest.approx(0.3)
    assert found.acceleration == pytest.approx(0.3 * 5)


def test_a_swing_has_its_period_and_its_growth() -> None:
    t = np.arange(501) * 0.02
    steady = 0.1 * np.sin(2 * np.pi * t / 2.3)
    found = invariants(Cart(), made(0 * t, 0 * t, steady))
    assert found.period == pytest.approx(2.3, abs=0.01)
    assert found.recurrence > 0.98
    assert found.sway == pytest.approx(0.1 / np.sqrt(2), rel=0.05)
    assert found.growth == pytest.approx(1.0, abs=0.1)
    grown = invariants(Cart(), made(0 * t, 0 * t, steady * np.exp(0.2 * t)))
    assert grown.growth == pytest.approx(np.exp(0.2 * 5), rel=0.15)


@pytest.mark.parametrize("period", [0.3, 0.77, 1.9, 3.1])
def test_the_period_is_found_through_noise(period: float) -> None:
    t = np.arange(500) * 0.02
    signal = np.sin(2 * np.pi * t / period) + np.random.default_rng(0).normal(0, 0.3, 500) + 0.05 * t
    assert recurring(signal, 0.02)[0] == pytest.approx(period, rel=0.03)


def test_noise_and_rest_have_no_period() -> None:
    noise = np.random.default_rng(1).normal(size=500)
    period, recurrence = recurring(noise, 0.02)
    assert np.isnan(period)
    assert recurrence < 0.3
    assert recurring(np.full(100, 0.2), 0.02)[1] == 0.0
    assert np.isnan(recurring(np.linspace(0, 1, 200), 0.02)[0])


@pytest.mark.parametrize("lean", [3.0, 7.0, 12.0, 20.0])
def test_who_keeps_a_lean_accelerates_by_g_tan_lean(lean: float) -> None:
    """A policy that sees lean and spin alone and has its edge at a lean: the equivalence principle within 1 %."""
    cart, angle = Cart(), radians(lean)
    policy = linear(np.array([0.0, 0.0, 1.0, 0.1, -angle]))
    motion = trajectory(cart, FREE, policy, np.array([0.0, 0.0, angle, 0.0]), 1000)
    found = invariants(cart, motion, 500)
    assert found.acceleration == pytest.approx(found.equivalent, rel=0.003)
    assert found.acceleration == pytest.approx(cart.gravity * np.tan(angle), rel=0.05)  # the edge is not quite the mean
    assert found.push == pytest.approx((cart.mass_cart + cart.mass_pole) * found.acceleration, rel=0.002)


def test_nobody_accelerates_beyond_the_ceiling() -> None:
    """F/(M + m) and the lean that belongs to it: at 35° pushes can hold the pole, beyond 42.85° they never can."""
    cart, wide = Cart(), Limits(-inf, inf, -1.4, 1.4)
    assert np.degrees(equivalent_lean(cart, cart.ceiling)) == pytest.approx(42.85, abs=0.01)

    def held(lean: float) -> Trajectory:
        policy = linear(np.array([0.0, 0.0, 1.0, 0.1, -radians(lean)]))
        return trajectory(cart, wide, policy, np.array([0.0, 0.0, radians(lean), 0.0]), 1000)

    assert len(held(43.0).push) < 200
    found = invariants(cart, held(35.0), 500)
    assert 0.75 < found.acceleration / cart.ceiling < 1
    assert found.acceleration == pytest.approx(found.equivalent, rel=0.003)


def test_a_policy_blind_to_velocity_acts_alike_in_every_inertial_frame() -> None:
    policy = linear(np.array([0.0, 0.0, 1.0, 0.5, -0.1]))
    here = trajectory(Cart(), FREE, policy, np.zeros(4), 500)
    there = trajectory(Cart(), FREE, policy, np.array([0.0, 3.0, 0.0, 0.0]), 500)
    assert (here.push == there.push).all()
    np.testing.assert_allclose(there.velocity - here.velocity, 3.0, rtol=1e-12)
    np.testing.assert_allclose(there.x - here.x, 3.0 * here.time, rtol=1e-9, atol=1e-12)


def test_a_window_outside_the_motion_is_refused() -> None:
    motion = trajectory(Cart(), FREE, linear(np.array([0.0, 0.0, 1.0, 0.5, 0.0])), steps=50)
    for first, last in ((0, 51), (40, 50), (-1, 40)):
        with pytest.raises(InputError, match="invariants expected 20 steps or more within 0 … 50, got"):
            invariants(Cart(), motion, first, last)

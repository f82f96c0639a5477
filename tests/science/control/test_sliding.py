"""What a linear policy will do, by its weights: held against what it does when steps are short."""

from __future__ import annotations

from math import inf, radians

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import Cart, Limits, Sliding, equivalent_lean, invariants, linear, sliding, trajectory

FREE = Limits(-inf, inf, -radians(40), radians(40))
FINE = Cart(tau=0.001)


def done(weights: np.ndarray, seconds: float = 20.0) -> tuple[float, float, float]:
    """Mean position, velocity and acceleration over the last quarter of a motion from its own beginning, upright."""
    steps = round(seconds / FINE.tau)
    motion = trajectory(FINE, FREE, linear(weights), np.zeros(4), steps)
    found = invariants(FINE, motion, 3 * steps // 4)
    return found.position, found.velocity, found.acceleration


@pytest.mark.parametrize(
    ("weights", "held"),
    [
        ((0.0, 0.0, 1.0, 0.4, -0.1), "acceleration"),
        ((0.0, 0.0, 1.0, 0.4, 0.25), "acceleration"),
        ((0.0, 0.15, 1.0, 0.3, -0.2), "velocity"),
        ((0.1, 0.2, 1.0, 0.4, 0.3), "position"),
    ],
)
def test_it_rests_where_the_weights_say(weights: tuple[float, ...], held: str) -> None:
    w = np.array(weights)
    found = sliding(FINE, w)
    assert (found.held, found.rests) == (held, True)
    measured = dict(zip(("position", "velocity", "acceleration"), done(w), strict=True))[held]
    assert measured == pytest.approx(found.value, rel=0.03)


def test_a_lean_that_is_held_is_the_acceleration_s() -> None:
    found = sliding(FINE, np.array([0.0, 0.0, 2.0, 0.8, -0.3]))
    assert equivalent_lean(FINE, found.value) == pytest.approx(0.15)


def test_a_disturbance_that_grows_grows_at_its_rate() -> None:
    """With the position fed back the wrong way the cart leaves, by e in 1/rate seconds."""
    w = np.array([-0.05, 0.05, 1.0, 0.4, -0.001])
    found = sliding(FINE, w)
    rate = float(found.rates[0].real)
    assert found.reached
    assert not found.rests
    assert 0.2 < rate < 1
    start = np.array([1.0, rate, rate**2 / FINE.gravity, 0.0])
    motion = trajectory(FINE, FREE, linear(w), start, round(6 / FINE.tau))
    away = motion.x - found.value
    at = [round(seconds / FINE.tau) for seconds in (3, 6)]
    assert np.log(away[at[1]] / away[at[0]]) == pytest.approx(3 * rate, rel=0.03)


def test_the_scale_of_the_weights_does_not_matter() -> None:
    w = np.array([0.1, 0.2, 1.0, 0.4, 0.3])
    one, other = sliding(Cart(), w), sliding(Cart(), 7 * w)
    assert isinstance(one, Sliding)
    assert one.value == pytest.approx(other.value)
    np.testing.assert_allclose(one.rates, other.rates)


def test_pushes_that_drive_the_state_away_reach_nothing() -> None:
    w = np.array([0.0, 0.0, -1.0, -0.4, 0.0])
    assert not sliding(Cart(), w).reached
    assert len(trajectory(Cart(), FREE, linear(w), steps=500).push) < 100


def test_weights_without_a_surface_to_slide_on_are_refused() -> None:
    for w in (np.zeros(4), np.array([0.0, 0.0, 1.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0, 0.0])):
        with pytest.raises(InputError, match="weights: sliding expected 5, that of the spin and one before it not 0"):
            sliding(Cart(), w)

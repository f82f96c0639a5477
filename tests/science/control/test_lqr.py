from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_discrete_are

from cutaway.core.errors import InputError
from cutaway.science.control import INTEGRATORS, Cart, Cost, linearised, lqr, riccati, step

positive = st.floats(0.05, 20)


@pytest.mark.parametrize("integrator", INTEGRATORS)
@pytest.mark.parametrize("friction", [0.0, 0.01], ids=["free", "worn"])
def test_the_linearisation_is_the_derivative_of_a_step(integrator: object, friction: float) -> None:
    cart = Cart(integrator=integrator, friction_pole=friction)  # type: ignore[arg-type]
    a, b = linearised(cart)
    h = 1e-6
    slopes = (step(cart, h * np.eye(4), 0.0) - step(cart, -h * np.eye(4), 0.0)) / (2 * h)
    assert a == pytest.approx(slopes.T, abs=1e-9)
    assert b == pytest.approx((step(cart, np.zeros(4), h) - step(cart, np.zeros(4), -h)) / (2 * h), abs=1e-9)


@given(positive, positive, positive, positive, st.floats(0.002, 0.05), st.sampled_from(INTEGRATORS))
@settings(max_examples=40, deadline=None)
def test_riccati_is_scipys(heavy: float, light: float, x: float, push: float, tau: float, integrator: object) -> None:
    cart = Cart(mass_cart=heavy, mass_pole=light, tau=tau, integrator=integrator)  # type: ignore[arg-type]
    a, b = linearised(cart)
    q, r = np.diag([x, 0.1, 1.0, 0.1]), np.array([[push]])
    expected = solve_discrete_are(a, b[:, None], q, r)
    assert riccati(a, b[:, None], q, r) == pytest.approx(expected, rel=1e-6, abs=1e-8 * abs(expected).max())
    gain = lqr(cart, Cost(x, 0.1, 1.0, 0.1, push))
    assert abs(np.linalg.eigvals(a + np.outer(b, gain))).max() < 1


def test_a_costlier_push_is_a_smaller_gain() -> None:
    gains = [np.linalg.norm(lqr(Cart(), Cost(push=c))) for c in (0.01, 1.0, 100.0)]
    assert gains[0] > gains[1] > gains[2]


def test_what_cannot_be_held_is_said() -> None:
    with pytest.raises(InputError, match="riccati did not converge"):
        riccati(2 * np.eye(2), np.array([[1.0], [0.0]]), np.eye(2), np.eye(1))
    with pytest.raises(InputError, match="above 0 for the push"):
        replace(Cost(), push=0.0)

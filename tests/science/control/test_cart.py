from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import (
    COORDINATES,
    INTEGRATORS,
    Cart,
    Limits,
    accelerations,
    energy,
    linear,
    rollout,
    step,
    trajectory,
)

FREE = Limits(-np.inf, np.inf, -np.inf, np.inf, steps=100_000)
IDLE = linear(np.zeros(5), choice="force")
WORN = Cart(friction_cart=0.02, friction_pole=0.003, mass_cart=0.7, mass_pole=0.4, half_length=0.8)


def states(n: int = 500, seed: int = 0) -> np.ndarray:
    """Anywhere: leaning any way, and spinning up to where the pole lifts the cart from its track."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.uniform(-1, 1, (n, 4)) * (3, 4, 4, 12))


@pytest.mark.parametrize("cart", [Cart(), WORN], ids=["free", "worn"])
def test_forces_and_torques_balance(cart: Cart) -> None:
    """Newton's and Euler's laws for cart and pole, which the formulas for the accelerations were solved from."""
    s, push = states(), np.random.default_rng(1).choice([-1.0, 1.0], 500)
    pull, turn = accelerations(cart, s, push)
    velocity, lean, spin = s[:, 1], s[:, 2], s[:, 3]
    mass, moment = cart.mass_cart + cart.mass_pole, cart.mass_pole * cart.half_length
    press = mass * cart.gravity - moment * (turn * np.sin(lean) + spin**2 * np.cos(lean))
    assert (press > 0).any() and (press < 0).any() == (cart is WORN)
    drag = cart.friction_cart * abs(press) * np.sign(velocity)
    along = push * cart.force - drag - mass * pull - moment * (turn * np.cos(lean) - spin**2 * np.sin(lean))
    about = (
        moment * cart.gravity * np.sin(lean)
        - moment * pull * np.cos(lean)
        - cart.friction_pole * spin
        - 4 / 3 * moment * cart.half_length * turn
    )
    assert abs(along).max() < 1e-11
    assert abs(about).max() < 1e-11


@pytest.mark.parametrize("cart", [Cart(), WORN, replace(WORN, integrator="semi-implicit")], ids=["a", "b", "c"])
def test_the_compiled_step_is_the_same_step(cart: Cart) -> None:
    for push in (-1.0, 0.0, 0.3):
        policy = linear([0, 0, 0, 0, push], choice="force")
        once = rollout(cart, replace(FREE, steps=1), policy, states(seed=2))
        expected = step(cart, states(seed=2), push)
        assert (abs(once.finals - expected) <= 1e-14 * np.maximum(1, abs(expected))).all()


@pytest.mark.parametrize("integrator", INTEGRATORS)
def test_left_and_right_are_alike_to_the_last_bit(integrator: object) -> None:
    cart = replace(WORN, integrator=integrator)  # type: ignore[arg-type]
    assert (step(cart, -states(), -0.7) == -step(cart, states(), 0.7)).all()
    policy = linear([0.1, 0.3, 2.0, 1.0, 0.0])
    one = rollout(cart, Limits(start=0.2), policy, 200, seed=1)
    starts = trajectory(cart, Limits(start=0.2), policy, seed=1).states[:1]
    other = rollout(cart, Limits(), policy, -starts)
    assert (other.finals == -one.finals[:1]).all()
    assert (other.lengths == one.lengths[:1]).all()


def test_where_the_track_begins_does_not_matter() -> None:
    far = states() + np.array([1000, 0, 0, 0])
    assert (step(Cart(), far, 1.0)[:, 1:] == step(Cart(), states(), 1.0)[:, 1:]).all()
    assert step(Cart(), far, 1.0)[:, 0] - 1000 == pytest.approx(step(Cart(), states(), 1.0)[:, 0], abs=1e-9)


def test_a_uniform_velocity_changes_nothing_else() -> None:
    moving = states() + np.array([0, 2.5, 0, 0])
    assert (step(Cart(), moving, 1.0)[:, 2:] == step(Cart(), states(), 1.0)[:, 2:]).all()


@pytest.mark.parametrize("lean", [0.0, np.pi], ids=["upright", "hanging"])
def test_equilibria_stay(lean: float) -> None:
    end = rollout(Cart(), replace(FREE, steps=50), IDLE, np.array([[1.0, 0.0, lean, 0.0]])).finals[0]
    assert end == pytest.approx([1.0, 0.0, lean, 0.0], abs=1e-12)


def test_a_small_lean_grows_at_the_upright_rate() -> None:
    cart = Cart(tau=1e-5)
    end = rollout(cart, replace(FREE, steps=100_000), IDLE, np.array([[0, 0, 1e-6, 0.0]])).finals[0]
    assert end[2] / 1e-6 == pytest.approx(np.cosh(cart.upright_rate), rel=1e-3)


def test_a_constant_push_leaves_the_pole_leaning_into_the_acceleration() -> None:
    """The equivalence principle: at θ = arctan(a/g) with a = F/(M + m) nothing turns, and a is the ceiling."""
    cart = Cart()
    pull, turn = accelerations(cart, np.array([0, 0, np.arctan(cart.ceiling / cart.gravity), 0]), 1.0)
    assert turn == pytest.approx(0, abs=1e-13)
    assert pull == pytest.approx(cart.ceiling, rel=1e-13)


def test_energy_stays_without_force_and_friction_and_its_error_falls_with_tau() -> None:
    start, drifts = np.array([[0.0, 0.3, 0.5, 0.0]]), []
    for tau in (0.002, 0.001, 0.0005):
        cart = Cart(tau=tau, integrator="semi-implicit")
        one = trajectory(cart, FREE, IDLE, start[0], steps=round(5 / tau))
        e = energy(cart, one.states)
        drifts.append(abs(e / e[0] - 1).max())
    assert drifts[0] < 0.05
    assert drifts[1] == pytest.approx(drifts[0] / 2, rel=0.1)
    assert drifts[2] == pytest.approx(drifts[1] / 2, rel=0.1)


def test_friction_takes_energy_away() -> None:
    cart = replace(WORN, tau=1e-4, integrator="semi-implicit")
    e = energy(cart, trajectory(cart, FREE, IDLE, np.array([0, 1.0, 2.0, 0]), steps=50_000).states)
    assert e[-1] < 0.9 * e[0]
    assert np.diff(e[::1000]).max() < 0


def test_friction_that_is_next_to_nothing_changes_next_to_nothing() -> None:
    worn = Cart(friction_cart=1e-12, friction_pole=1e-12)
    assert step(worn, states(), 1.0) == pytest.approx(step(Cart(), states(), 1.0), abs=1e-9)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tau": 0.0}, "tau: Cart expected a positive number, got 0.0"),
        ({"friction_pole": -1.0}, "friction_pole: Cart expected a number from 0 on"),
        ({"integrator": "exact"}, "integrator: Cart expected one of euler, semi-implicit"),
        ({"gravity": np.nan}, "gravity: Cart expected a positive number"),
    ],
    ids=["tau", "friction", "integrator", "gravity"],
)
def test_constants_that_cannot_be_are_named(changed: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Cart(**changed)  # type: ignore[arg-type]


def test_a_state_without_its_four_coordinates_is_named() -> None:
    assert len(COORDINATES) == 4
    with pytest.raises(InputError, match=r"state: step expected x, velocity, lean, spin .* got shape \(3,\)"):
        step(Cart(), np.zeros(3), 1.0)

from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.core.threads import alone
from cutaway.science.control import Cart, Carts, Limits, Step, step

SHORT = Limits(steps=40)


def played(carts: Carts, steps: int, seed: int = 0) -> list[Step]:
    rng = np.random.default_rng(seed)
    return [carts.step(rng.integers(0, 2, carts.n)) for _ in range(steps)]


def test_threads_change_nothing() -> None:
    """70,000 carts are stepped in several stretches where there are several cores."""
    many = played(Carts(70_000, limits=SHORT, seed=3), 60)
    with alone():
        few = played(Carts(70_000, limits=SHORT, seed=3), 60)
    for one, other in zip(many, few, strict=True):
        assert (one.states == other.states).all()
        assert (one.terminated == other.terminated).all() and (one.truncated == other.truncated).all()


def test_an_end_within_the_step_shows_both_states() -> None:
    later = Carts(500, limits=SHORT, seed=1, dtype=np.float64)
    at_once = Carts(500, limits=SHORT, seed=1, dtype=np.float64, reset="same")
    assert (later.states == at_once.states).all()
    going = np.ones(500, bool)  # in their first episode
    rng, ends = np.random.default_rng(2), 0
    for _ in range(45):
        actions = rng.integers(0, 2, 500)
        a, b = later.step(actions), at_once.step(actions)
        assert b.finals is not None and a.finals is None
        over = b.terminated | b.truncated
        assert (a.states[going] == b.finals[going]).all()
        assert (b.rewards == 1).all()
        assert (b.states[~over] == b.finals[~over]).all()
        assert (abs(b.states[over]) < 0.05).all()
        assert (at_once.taken[over] == 0).all()
        going &= ~over
        ends += int(over.sum())
    assert ends > 500 and not going.any()


def test_shares_of_the_force_and_truths_are_actions() -> None:
    carts = Carts(3, dtype=np.float64)
    before = carts.states
    assert (carts.step(np.array([0.5, -1.0, 0.0])).states == carts.states).all()
    assert carts.states == pytest.approx(step(Cart(), before, np.array([0.5, -1.0, 0.0])), abs=1e-15)
    before = carts.states
    carts.step(np.array([True, False, True]))
    assert carts.states == pytest.approx(step(Cart(), before, np.array([1.0, -1.0, 1.0])), abs=1e-15)


def test_beginning_anew_repeats_what_the_seed_began() -> None:
    carts = Carts(4, seed=5)
    first = carts.reset(seed=5)
    again = carts.reset()
    assert not (first == again).any()
    assert (carts.reset(seed=5) == first).all()
    assert (Carts(4, seed=5).states.astype(np.float32) == first).all()


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.zeros(4, int), r"expected shape \(3,\), got \(4,\)"),
        (np.array([0, 1, 2]), "expected 0 and 1"),
        (np.array([0, 1, -1]), "expected 0 and 1"),
        (np.array([0, 1, np.nan]), "finite shares of the force"),
        (np.array(["l", "r", "l"]), "whole numbers or shares of the force, got <U1"),
    ],
    ids=["shape", "two", "minus", "nan", "words"],
)
def test_actions_that_cannot_be_are_named(actions: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=f"actions: Carts.step .*{message}"):
        Carts(3).step(actions)


def test_carts_that_cannot_be_are_named() -> None:
    with pytest.raises(InputError, match="n: Carts expected at least 1"):
        Carts(0)
    with pytest.raises(InputError, match="reset: Carts expected next or same"):
        Carts(1, reset="never")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="dtype: Carts expected float32 or float64"):
        Carts(1, dtype=np.float16)
    with pytest.raises(InputError, match=r"states: Carts expected finite numbers of shape \(2, 4\)"):
        Carts(2).states = np.full((2, 4), np.nan)

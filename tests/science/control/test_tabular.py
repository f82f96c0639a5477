from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import BOXES, CELLS, Cart, Limits, pushes, q_learning, rollout, table, trajectory


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_learns(seed: int) -> None:
    """A random policy falls after 22 steps; of eight seeds none came to less than 490 after 4,000 episodes."""
    told: list[float] = []
    learnt = q_learning(Cart(), Limits(), seed=seed, progress=lambda _, done, __: told.append(done))
    assert learnt.lengths[:50].mean() < 60
    assert learnt.lengths[-200:].mean() > 400
    assert rollout(Cart(), Limits(), learnt.policy, 300, seed=9).returns.mean() > 450
    assert told == list(range(100, 4001, 100))
    assert learnt.visits.sum() == learnt.lengths.sum()


def test_it_goes_on_as_if_it_had_not_stopped() -> None:
    straight = q_learning(Cart(), Limits(), episodes=300, edges=BOXES, seed=4)
    first = q_learning(Cart(), Limits(), episodes=120, edges=BOXES, seed=4)
    then = q_learning(Cart(), Limits(), episodes=180, after=first)
    assert (then.values == straight.values).all()
    assert (then.lengths == straight.lengths).all()
    assert len(first.lengths) == 120, "the one it went on from is as it was"


def test_values_are_what_is_still_to_come() -> None:
    """One cell, never a fall within ten steps, a discount of 0.9: each push is worth 1 / (1 - 0.9)."""
    safe = Limits(-np.inf, np.inf, -np.inf, np.inf, steps=10)
    learnt = q_learning(
        Cart(), safe, edges=((), (), (), ()), discount=0.9, slower=0.0, exploring=1.0, halved=0.0, episodes=2000
    )
    assert learnt.values.shape == (1, 2)
    assert learnt.values == pytest.approx(10, rel=1e-6)


def test_a_table_pushes_where_its_values_say() -> None:
    learnt = q_learning(Cart(), Limits(), episodes=500, seed=6)
    one = trajectory(Cart(), Limits(), learnt.policy, seed=1)
    assert (pushes(learnt.policy, one.states[:-1]) == one.push).all()


def test_tables_that_cannot_be_are_named() -> None:
    assert table(BOXES).values.shape == (162, 2) and table(CELLS).values.shape == (324, 2)
    with pytest.raises(InputError, match="edges: table expected four lists"):
        table(((0.0,), (0.0,), (1.0, 0.0), (0.0,)))
    with pytest.raises(InputError, match="discount: q_learning expected a number from 0 to 1, got 2"):
        q_learning(Cart(), Limits(), discount=2)
    with pytest.raises(InputError, match="episodes, slower, halved"):
        q_learning(Cart(), Limits(), episodes=0)

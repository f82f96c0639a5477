"""What a training is made of: episodes as common arrays, iterations, checkpoints as plain values."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import Cart, Checkpoint, Episodes, Iteration, Limits, linear, trajectories, trajectory


def test_episodes_are_the_trajectories_one_after_the_other() -> None:
    limits, policy = Limits(steps=60), linear(np.array([0.0, 0.0, 1.0, 0.2, 0.01]))
    states, pushes, ends = trajectories(Cart(), limits, policy, 5, seed=3)
    seen = Episodes.of(states, pushes, ends)
    assert seen.bounds[-1] == len(seen.states) == len(seen.right)
    for i, (begin, end) in enumerate(zip(seen.bounds[:-1], seen.bounds[1:], strict=True)):
        one = trajectory(Cart(), limits, policy, states[i, 0])
        assert (one.states[:-1] == seen.states[begin:end]).all()
        assert ((one.push > 0) == seen.right[begin:end]).all()
        assert (one.states[-1] == seen.final[i]).all()
        assert seen.fell[i] == (one.end != "steps")


def test_a_checkpoint_is_a_plain_value() -> None:
    one = Checkpoint({"seed": "1"}, 4, {"w": np.ones(2)}, {"steps": 3}, (Iteration(1, 20, 5.0, -0.1, 0.5),))
    again = Checkpoint.of_tree(one.tree())
    assert again.history == one.history
    assert again.settings == one.settings
    assert again.params["w"] is one.params["w"]
    with pytest.raises(InputError, match=r"tree: Checkpoint.of_tree expected what Checkpoint.tree gives"):
        Checkpoint.of_tree({"history": []})

from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.control import ENDS, Cart, Limits, linear, random_starts, rollout


def test_starts_fill_their_box_evenly() -> None:
    s = random_starts(Limits(start=0.2), 40_000, seed=3) / 0.2
    assert abs(s).max() < 1
    for c in range(4):
        assert np.histogram(s[:, c], 10, (-1, 1))[0] == pytest.approx(4000, abs=5 * np.sqrt(3600))
    assert abs(np.corrcoef(s.T) - np.eye(4)).max() < 5 / np.sqrt(40_000)


def test_seeds_are_streams_of_their_own() -> None:
    one, other = (random_starts(Limits(), 1000, seed=k) for k in (1, 2))
    assert not np.isin(one, other).any()
    assert (one == random_starts(Limits(), 1000, seed=1)).all()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ([-2.39, -3, 0, 0], "left"),
        ([2.39, 3, 0, 0], "right"),
        ([0, 0, -0.2, -1], "fell left"),
        ([0, 0, 0.2, 1], "fell right"),
        ([0, 0, 0.01, 0], "steps"),
    ],
    ids=ENDS[1:] + ENDS[:1],
)
def test_each_end_has_its_name(start: list[float], end: str) -> None:
    found = rollout(Cart(), Limits(steps=5), linear([0, 0.5, 3, 1, 0]), np.array([start]))
    assert ENDS[found.ends[0]] == end
    assert found.shares()[end] == 1


def test_without_limits_only_the_steps_end_an_episode() -> None:
    free = Limits(-np.inf, np.inf, -np.inf, np.inf, steps=300)
    assert free.unlimited and not Limits().unlimited
    assert rollout(Cart(), free, linear([0, 0, 0, 0, 1]), 100, seed=1).lasted.all()


@pytest.mark.parametrize(
    "changed",
    [{"left": 0.1}, {"lean_right": -0.1}, {"steps": 0}, {"steps": 2.5}, {"start": np.inf}, {"right": np.nan}],
    ids=["left", "lean", "none", "half", "start", "nan"],
)
def test_limits_that_cannot_be_are_named(changed: dict[str, float]) -> None:
    with pytest.raises(InputError, match="Limits expected"):
        Limits(**changed)  # type: ignore[arg-type]


def test_counts_and_seeds_that_cannot_be_are_named() -> None:
    with pytest.raises(InputError, match="random_starts expected numbers from 0 on"):
        random_starts(Limits(), -1, seed=1)
    with pytest.raises(InputError, match="seed: expected a number from 0 on, got -1"):
        random_starts(Limits(), 1, seed=-1)

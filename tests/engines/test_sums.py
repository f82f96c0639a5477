"""The order of addition: the same for whoever adds, and every part is added once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.engines.sums import BLOCK_BATCHES, REPLAY_BATCHES, added, block, by_eights, neighbours, total


@dataclass(frozen=True)
class Spelled:
    """How a sum came about, in brackets."""

    text: str

    @classmethod
    def of(cls, name: str) -> Spelled:
        return cls(name)

    def __add__(self, other: Spelled) -> Spelled:
        return Spelled(f"({self.text}{other.text})")


@dataclass(frozen=True)
class Real:
    """A floating-point sum, whose last bits show the order."""

    value: float

    @classmethod
    def of(cls, value: float) -> Real:
        return cls(value)

    def __add__(self, other: Real) -> Real:
        return Real(self.value + other.value)


def test_neighbours_are_added_before_neighbours_of_neighbours() -> None:
    assert neighbours(map(Spelled, "abcde")).text == "(((ab)(cd))e)"
    assert neighbours(map(Spelled, "abcdefg")).text == "(((ab)(cd))((ef)g))"


@given(count=st.integers(1, 700))
def test_rounds_of_eight_keep_the_order_of_neighbours(count: int) -> None:
    states = [Spelled(f"{k},") for k in range(count)]
    whole = neighbours(states)
    for groups in by_eights(count):
        states = [neighbours([states[k] for k in group]) for group in groups]
    assert states == [whole]


@given(
    parts=st.integers(1, 80),
    batches=st.sampled_from([BLOCK_BATCHES, REPLAY_BATCHES]),
    zero=st.sampled_from([None, Real(0.3)]),
    seed=st.integers(0, 99),
)
def test_a_total_is_the_sum_of_its_blocks_to_the_last_bit(
    parts: int, batches: int, zero: Real | None, seed: int
) -> None:
    values = np.random.default_rng(seed).lognormal(0, 10, parts).tolist()
    cut = [values[at : at + batches] for at in range(0, parts, batches)]
    blocks = [block(((v,) for v in some), Real.of, zero if k == 0 else None) for k, some in enumerate(cut)]
    whole = total(((v,) for v in values), Real.of, zero, batches)
    assert whole == neighbours([one for one in blocks if one is not None])
    assert whole == added(map(Real, values), zero, batches)
    assert whole.value == pytest.approx(sum(values) + (zero.value if zero else 0.0), rel=1e-12)


def test_of_many_sums_only_a_few_are_held() -> None:
    alive = most = 0

    class Counted:
        def __init__(self) -> None:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)

        def __add__(self, other: Counted) -> Counted:
            return Counted()

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def states() -> Iterator[Counted]:
        for _ in range(1000):
            yield Counted()

    neighbours(states())
    assert most < 20


def test_nothing_to_add_is_an_error_without_a_zero() -> None:
    with pytest.raises(InputError, match="zero"):
        total(iter(()), Real.of)
    with pytest.raises(InputError, match="zero"):
        added(iter(()))
    assert total(iter(()), Real.of, Real(1.0)) == Real(1.0)
    assert added(iter(()), Real(1.0)) == Real(1.0)

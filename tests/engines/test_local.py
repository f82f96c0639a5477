"""The local engine: sums, told progress, errors passed on; replays kept or made again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.core.table import Batch
from cutaway.engines.local import Local, Replay, ahead, total
from cutaway.engines.readers import open_table
from cutaway.engines.source import BATCH_ROWS, Source

ROWS = 2 * BATCH_ROWS + 17


@dataclass(frozen=True)
class Sum:
    """Rows and the sum of a column."""

    rows: int
    value: float

    @classmethod
    def of(cls, batch: Batch) -> Sum:
        return cls(batch.rows, float(np.sum(batch.columns["x"])))

    def __add__(self, other: Sum) -> Sum:
        return type(self)(self.rows + other.rows, self.value + other.value)


@dataclass(frozen=True)
class Absorbing(Sum):
    """The same, with a quicker way of its own."""

    def __add__(self, other: Sum) -> Absorbing:
        raise AssertionError("a state that can absorb is not added to")

    def absorb(self, batch: Batch) -> Absorbing:
        return Absorbing(self.rows + batch.rows, self.value + float(np.sum(batch.columns["x"])))


@pytest.fixture(scope="module")
def source() -> Source:
    return open_table(pa.table({"x": np.arange(ROWS, dtype=float), "unused": ["a"] * ROWS}))


@pytest.mark.parametrize("zero", [None, Sum(1000, 0.0)])
@pytest.mark.parametrize("state", [Sum, Absorbing])
def test_a_fold_is_the_sum_over_all_rows(source: Source, state: type[Sum], zero: Sum | None) -> None:
    if zero is not None:
        zero = state(zero.rows, zero.value)
    result = Local().fold(source, ["x"], state.of, zero)
    assert result == state(ROWS + (1000 if zero else 0), ROWS * (ROWS - 1) / 2)


def test_progress_rises_to_the_number_of_rows(source: Source) -> None:
    told: list[tuple[str, float, float | None]] = []
    Local().fold(source, ["x"], Sum.of, progress=lambda *state: told.append(state), stage="adding")
    assert told == [("adding", done, ROWS) for done in (0, BATCH_ROWS, 2 * BATCH_ROWS, ROWS)]


def test_an_error_in_the_state_reaches_the_caller(source: Source) -> None:
    def fails(batch: Batch) -> Sum:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Local().fold(source, ["x"], fails)


def test_an_error_while_decoding_reaches_the_caller_after_the_batches_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise InputError("bad row")

    seen = []
    with pytest.raises(InputError, match="bad row"):
        for item in ahead(items()):
            seen.append(item)  # noqa: PERF402  # what was seen before the error counts
    assert seen == [1, 2]


def test_items_are_made_in_another_thread_one_ahead() -> None:
    makers: list[str] = []
    second = threading.Event()

    def items() -> Iterator[int]:
        for i in range(3):
            makers.append(threading.current_thread().name)
            if i == 1:
                second.set()
            yield i

    for item in ahead(items()):
        if item == 0:
            assert second.wait(10), "the second item is made while the first is in use"
    assert threading.current_thread().name not in makers


def test_a_fold_without_rows_needs_a_zero() -> None:
    with pytest.raises(InputError, match="zero"):
        total(iter(()), Sum.of)
    assert total(iter(()), Sum.of, Sum(0, 0.0)) == Sum(0, 0.0)


def test_leaving_a_pass_early_leaves_no_thread_behind() -> None:
    def items() -> Iterator[int]:
        yield from range(100)

    before = threading.active_count()
    passing = ahead(items())
    next(passing)
    passing.close()  # type: ignore[attr-defined]  # it is a generator
    assert threading.active_count() == before


def arrays(count: int, made: list[int]) -> Any:
    def make() -> Iterator[tuple[Any, ...]]:
        made.append(1)
        for i in range(count):
            yield np.full(8, float(i)), np.zeros(4, dtype=np.int32), None

    return make


@dataclass(frozen=True)
class Plain:
    """The sum of the first array of each tuple."""

    value: float

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Plain:
        assert weight is None
        return cls(float(x.sum()) + float(y.sum()))

    def __add__(self, other: Plain) -> Plain:
        return Plain(self.value + other.value)


@given(count=st.integers(1, 6), limit=st.integers(0, 600), passes=st.integers(1, 4))
def test_a_replay_gives_the_same_in_every_pass(count: int, limit: int, passes: int) -> None:
    made: list[int] = []
    replay = Replay(arrays(count, made), limit_bytes=limit)
    assert [replay(Plain.of) for _ in range(passes)] == [Plain(8 * count * (count - 1) / 2)] * passes
    fits = count * (64 + 16) <= limit
    assert replay.kept is fits
    assert len(made) == (1 if fits else passes)


def test_a_pass_that_was_left_early_is_not_kept() -> None:
    made: list[int] = []
    replay = Replay(arrays(3, made))
    for _ in replay:
        break
    assert not replay.kept
    assert replay(Plain.of) == Plain(24.0)
    assert replay.kept
    assert len(made) == 2

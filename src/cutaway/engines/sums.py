"""The order in which states are added: it depends on the table alone, so that every engine gives the same bits.

Floating-point addition is not associative. Batches are added one after the other in blocks of a fixed number, and
blocks in pairs of neighbours, pairs of pairs and so on. Whoever adds whole blocks, and then neighbours, gets the same
sum whether one process does it or many; and rounding errors grow with the logarithm of the number of blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from cutaway.core.errors import InputError
from cutaway.core.states import State

S = TypeVar("S", bound=State)

BLOCK_BATCHES = 16  # of 65,536 rows in a fold over a table: states that absorb are quicker in long blocks
REPLAY_BATCHES = 8  # in a replay: short blocks share the work out more evenly; one takes a worker some ten milliseconds


def total(
    parts: Iterable[tuple[Any, ...]], of: Callable[..., S], zero: S | None = None, batches: int = BLOCK_BATCHES
) -> S:
    """The sum of `of(*part)` over the parts, by `state.absorb(*part)` where the state has it.

    `zero` is added once, before the first part. `batches`: parts of a block.

    Raises: InputError when there are no parts and no `zero`.
    """
    return neighbours(_blocks(iter(parts), of, zero, batches))


def added(states: Iterable[S], zero: S | None = None, batches: int = BLOCK_BATCHES) -> S:
    """The sum of one state a batch, in the same order as `total`.

    Raises: InputError when there are no states and no `zero`.
    """

    def blocks() -> Iterator[S]:
        remaining = iter(states)
        state = zero
        while True:
            count = 0
            for one in islice(remaining, batches):
                state = one if state is None else state + one
                count += 1
            if state is not None:
                yield state
            if count < batches:
                return
            state = None

    return neighbours(blocks())


def block(parts: Iterable[tuple[Any, ...]], of: Callable[..., S], zero: S | None = None) -> S | None:
    """The sum over the parts of one block, in their order; None where there is none."""
    state = zero
    for part in parts:
        if state is None:
            state = of(*part)
        elif (absorb := getattr(state, "absorb", None)) is not None:
            state = absorb(*part)
        else:
            state = state + of(*part)
    return state


def neighbours(states: Iterable[S]) -> S:
    """The sum of the blocks, in pairs of neighbours, pairs of pairs and so on; what is left over joins last.

    No more partial sums are held than the number of blocks has binary digits.

    Raises: InputError when there is no state.
    """
    held: list[tuple[int, S]] = []  # blocks in it, their sum
    for state in states:
        held.append((1, state))
        while len(held) > 1 and held[-1][0] == held[-2][0]:
            (many, right), (_, left) = held.pop(), held.pop()
            held.append((2 * many, left + right))
    if not held:
        raise InputError("fold: expected at least one batch or a zero state, got neither; pass zero=State.zero(...)")
    _, result = held.pop()
    while held:
        result = held.pop()[1] + result
    return result


def by_eights(count: int) -> Iterator[Sequence[range]]:
    """Rounds in which `count` sums become one: each round says which of the sums before it, in order, are added by
    `neighbours` to one. Groups of a power of two keep the order of `neighbours` over all.

    >>> [[len(group) for group in round] for round in by_eights(20)]
    [[8, 8, 4], [3]]
    """
    while count > 1:
        groups = [range(at, min(at + 8, count)) for at in range(0, count, 8)]
        yield groups
        count = len(groups)


def _blocks(parts: Iterator[tuple[Any, ...]], of: Callable[..., S], zero: S | None, batches: int) -> Iterator[S]:
    while True:
        some = _Counted(islice(parts, batches))
        state = block(some, of, zero)
        if state is not None:
            yield state
        if some.count < batches:
            return
        zero = None


class _Counted:
    """Items, counted as they go by."""

    def __init__(self, items: Iterator[tuple[Any, ...]]) -> None:
        self._items = items
        self.count = 0

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for item in self._items:
            self.count += 1
            yield item

"""The images of a batch, shared out over this process's cores."""

from __future__ import annotations

from collections.abc import Callable

from cutaway.core.threads import at_once, cores


def shared(work: Callable[[int, int], None], count: int, cost: float) -> None:
    """`work(begin, end)` for spans that cover 0 … count − 1, one a core; all in one if it is less than that is worth.

    `cost` is about how many multiplications it takes.
    """
    spans = min(count, cores(), max(1, int(cost / 500_000)))
    if spans <= 1:
        work(0, count)
        return
    edges = [count * k // spans for k in range(spans + 1)]
    at_once(lambda k: work(edges[k], edges[k + 1]), spans)


def blocks(count: int) -> tuple[int, int]:
    """How many images a block of a sum over images holds, and how many blocks there are, whatever the cores.

    Each block is summed by itself and the blocks in order, so that the sum is the same on any number of cores.
    """
    size = max(8, -(-count // 16))
    return size, -(-count // size)

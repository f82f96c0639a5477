"""What a vector costs: milliseconds, memory, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cutaway.core.progress import Progress
from cutaway.studies.run import word_models
from cutaway.studies.run.result import Table

if TYPE_CHECKING:
    from cutaway.science.embed import Cost

WAYS = ("static vectors", "contextual vectors")
ROUNDS = 3
EACH = 3  # of the sentences one in three is enough


def cost(texts: Sequence[str], progress: Progress) -> Table:
    """Time for a word or piece, the size of what is kept, and what embedding takes besides."""
    names = ("name", "milliseconds", "fastest", "slowest", "megabytes", "grown", "columns")
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for at, name in enumerate(WAYS):
        progress("measuring the cost", at, len(WAYS))
        found = _cost(at, tuple(texts[::EACH]))
        grown = None if found.memory is None else found.memory / 1e6
        row = (name, found.milliseconds, found.fastest, found.slowest, found.size / 1e6, grown, found.dimension)
        for column, value in zip(names, row, strict=True):
            columns[column].append(value)
    progress("measuring the cost", len(WAYS), len(WAYS))
    return Table(
        columns,
        "milliseconds a word or piece, and the fastest and slowest of three; megabytes of vectors or weights, and by "
        "how many the process grew; numbers a vector",
    )


@lru_cache(4)
def _cost(way: int, texts: tuple[str, ...]) -> Cost:
    """Measured once a process."""
    from cutaway.science import embed

    return embed.cost(word_models.opened()[way], texts, repeats=ROUNDS)

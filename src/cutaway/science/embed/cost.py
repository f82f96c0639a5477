"""What vectors cost: bytes, milliseconds a token, memory."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.embed.contextual import Contextual
from cutaway.science.embed.static import Static
from cutaway.science.embed.text import words_of


@dataclass(frozen=True)
class Cost:
    """What embedding texts takes.

    Attributes:
        size: Bytes of the vectors or weights.
        dimension: Numbers in a vector.
        milliseconds: For one token (static: one word), the median over the repetitions.
        fastest: The least of them.
        slowest: The most.
        tokens: Tokens (words) of the texts.
        memory: Bytes by which this process grew at most while embedding; None where the system does not tell.
    """

    size: int
    dimension: int
    milliseconds: float
    fastest: float
    slowest: float
    tokens: int
    memory: int | None


def cost(of: Static | Contextual, texts: Sequence[str], *, layer: int = -1, repeats: int = 5) -> Cost:
    """Embed texts several times, after once to warm up, and measure. Meaningful only where nothing else runs beside it.

    Args:
        of: Static vectors or a model.
        texts: The texts.
        layer: Of a model: a lower one costs less, for what lies above it is not computed.
        repeats: How often.

    Raises:
        InputError: The texts have no word, or repeats is below 1.
    """
    if repeats < 1:
        raise InputError(f"repeats of cost must be at least 1, not {repeats}")
    static = isinstance(of, Static)
    tokens = sum(len(words_of(text)) for text in texts) if static else 0
    if isinstance(of, Contextual):
        tokens = sum(len(one.pieces) for one in of.tokens(texts, 0))
    if not tokens:
        raise InputError(f"the {len(texts)} texts have no word in them")

    def embed() -> None:
        if isinstance(of, Static):
            of.sentences(texts)
        else:
            of.tokens(texts, layer)

    with _growth() as grown:
        embed()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        embed()
        times.append((time.perf_counter() - began) / tokens * 1e3)
    return Cost(
        of.nbytes, of.dimension, float(np.median(times)), min(times), max(times), tokens, grown[0] if grown else None
    )


@contextmanager
def _growth() -> Iterator[list[int]]:
    """By how many bytes the process's memory grows within it at most, as the list's only item once it is left."""
    grown: list[int] = []
    before = _resident()
    if before is None:
        yield grown
        return
    most = before
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.002):
            most = max(most, _resident() or 0)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield grown
    finally:
        over.set()
        thread.join()
        grown.append(max(most, _resident() or 0) - before)


def _resident() -> int | None:
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None

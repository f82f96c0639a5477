"""Texts cut into what a model can read at a time, and gathered into batches that need little padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError
from cutaway.science.embed.text import Note

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Window:
    """A stretch of a text as a model reads it.

    Attributes:
        text: Which text it is of.
        ids: The model's numbers of the pieces, its marks included.
        start: The first of the text's tokens that is taken from this window, `end` the one after the last.
        skipped: How many of the ids stand before that token.
        before: How many marks stand before the text's tokens, `after` how many behind them.
        is_first: Whether it is the text's first window, `is_last` its last.
    """

    text: int
    ids: Integers
    start: int
    end: int
    skipped: int
    before: int
    after: int
    is_first: bool
    is_last: bool

    @property
    def size(self) -> int:
        """How many tokens are taken from it."""
        return self.end - self.start


@dataclass(frozen=True)
class Encoded:
    """A text's tokens, and the windows in which they are read."""

    pieces: tuple[str, ...]
    spans: Integers
    words: Integers
    windows: tuple[Window, ...]


def encoded(tokenizer: Any, texts: Sequence[str], limit: int, long: str, note: Note) -> list[Encoded]:
    """The tokens of texts and the windows of at most `limit` pieces, marks included, to read them in.

    Args:
        tokenizer: A fast tokenizer of transformers.
        texts: The texts.
        limit: Pieces that the model reads at a time.
        long: `windows` or `truncate`.
        note: Is told of each text that is longer.
    """
    if not len(texts):
        return []
    given = tokenizer(list(texts), add_special_tokens=False, return_attention_mask=False, verbose=False)
    before, after = _marks(tokenizer)
    room = limit - len(before) - len(after)
    if room < 1:
        raise InputError(f"a model that reads {limit} tokens at a time leaves no room for a text's")
    made = []
    for k, text in enumerate(texts):
        found = given.encodings[k]
        ids = np.asarray(found.ids, dtype=np.int64)
        spans = np.asarray(found.offsets, dtype=np.int64).reshape(-1, 2)
        words = np.asarray([-1 if word is None else word for word in found.word_ids], dtype=np.int64)
        pieces = tuple(found.tokens)
        if len(ids) > room and long == "truncate":
            note(
                f"text {k + 1} has {len(ids):,} tokens and the model reads {room:,}: "
                f"the rest was cut off ({text[:30]!r} …)"
            )
            ids, spans, words, pieces = ids[:room], spans[:room], words[:room], pieces[:room]
        cuts = list(_cuts(len(ids), room))
        if len(cuts) > 1:
            note(
                f"text {k + 1} has {len(ids):,} tokens and the model reads {room:,} at a time: "
                f"it was read in {len(cuts)} windows that overlap ({text[:30]!r} …)"
            )
        windows = []
        for number, (first, start, end, behind) in enumerate(cuts):
            inside = np.concatenate([before, ids[first:behind], after])
            at = len(before) + start - first
            ends = (number == 0, number == len(cuts) - 1)
            windows.append(Window(k, inside, start, end, at, len(before), len(after), *ends))
        made.append(Encoded(pieces, spans, words, tuple(windows)))
    return made


def _marks(tokenizer: Any) -> tuple[Integers, Integers]:
    """What the model wants before and behind a text."""
    probe = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    at = next(k for k in range(len(whole)) if whole[k : k + len(probe)] == probe)
    return np.asarray(whole[:at], dtype=np.int64), np.asarray(whole[at + len(probe) :], dtype=np.int64)


def _cuts(count: int, room: int) -> Iterator[tuple[int, int, int, int]]:
    """Windows over `count` tokens: its first token, the tokens that are taken from it (start, end), and its end.

    Windows overlap by a quarter, in the middle of which the one hands over to the next.

    >>> list(_cuts(20, 8))
    [(0, 0, 7, 8), (6, 7, 13, 14), (12, 13, 20, 20)]
    """
    if count <= room:
        yield 0, 0, count, count
        return
    overlap = room // 4
    first = start = 0
    while True:
        behind = min(first + room, count)
        if behind == count:
            yield first, start, count, count
            return
        end = behind - overlap // 2
        yield first, start, end, behind
        start, first = end, behind - overlap


def batches(
    read: Sequence[Encoded], size: int, padding: int
) -> Iterator[tuple[list[Window], Integers, Integers | None]]:
    """Windows of like length together: (windows, their ids (b, t), which of them are no padding or None if all).

    Args:
        read: The texts.
        size: Windows in a batch.
        padding: The id that stands for nothing.

    Raises:
        InputError: A batch of nothing.
    """
    if size < 1:
        raise InputError(f"batch must be at least 1, not {size}")
    windows = sorted((window for one in read for window in one.windows), key=lambda window: -len(window.ids))
    for first in range(0, len(windows), size):
        part = windows[first : first + size]
        longest = len(part[0].ids)
        ids = np.full((len(part), longest), padding, dtype=np.int64)
        for k, window in enumerate(part):
            ids[k, : len(window.ids)] = window.ids
        mask = None
        if len(part[-1].ids) < longest:
            lengths = np.array([len(window.ids) for window in part])
            mask = (np.arange(longest) < lengths[:, None]).astype(np.int64)
        yield part, ids, mask

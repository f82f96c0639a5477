"""A CSV file cut where its records end, so that the pieces can be parsed side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

SEGMENT_BYTES = 1 << 20  # fits in a core's cache; larger pieces took longer
LONGEST = 64 << 20  # a piece without the end of a record in so many bytes is not cut
QUOTE, NEWLINE, RETURN = ord('"'), ord("\n"), ord("\r")


class UnsplittableError(Exception):
    """Raised where quotation marks stand inside fields, so that their number does not tell where a record ends."""


def segments(read: Callable[[int], bytes], delimiter: str) -> Iterator[bytes]:
    r"""The text in pieces of about `SEGMENT_BYTES`, each of whole records.

    A line break ends a record if an even number of quotation marks stands before it. That holds where a quotation mark
    opens a field only at its beginning and is otherwise doubled, which is checked.

    Raises: UnsplittableError where it is not so, and where no record ends.
    """
    kept = b""
    while piece := bytes(read(SEGMENT_BYTES)):
        text = kept + piece
        end = _last_end(text, delimiter)
        if not end and len(text) > LONGEST:
            raise UnsplittableError
        if end:
            yield text[:end]
        kept = text[end:]
    if kept:
        _last_end(kept, delimiter)
        yield kept


def in_order(items: Iterator[T], work: Callable[[T], Any], workers: int) -> Generator[Any, None, None]:
    """`work(item)` for each item, in order, at most `workers` at a time and no more than two waiting."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="cutaway-csv")
    coming: deque[Future[Any]] = deque()
    try:
        for item in items:
            coming.append(pool.submit(work, item))
            if len(coming) > workers + 1:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _last_end(text: bytes, delimiter: str) -> int:
    """Where the last whole record of the text ends, 0 if none does; the text begins with a record."""
    end = text.rfind(b"\n") + 1
    if b'"' not in text:
        return end
    letters = np.frombuffer(text, dtype=np.uint8)
    marks = np.flatnonzero(letters == QUOTE)
    opening = marks[::2]
    before = letters[opening[opening > 0] - 1]
    if not np.isin(before, [ord(delimiter), NEWLINE, RETURN, QUOTE]).all():
        raise UnsplittableError
    while end and np.searchsorted(marks, end) % 2:
        end = text.rfind(b"\n", 0, end - 1) + 1
    return end

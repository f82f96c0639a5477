"""Decoders written in C speak of damaged files on standard error themselves; the reason is told in words instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def unheard() -> Iterator[None]:
    """Leave what libpng and libjpeg write to the process's standard error unsaid; Python's own words still arrive."""
    try:
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except OSError:  # no standard error at all
        yield
        return
    before = sys.stderr
    own = _fileno() == 2
    if own:
        before.flush()
        sys.stderr = os.fdopen(kept, "w", 1, before.encoding, before.errors, closefd=False)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        if own:
            with suppress(OSError):
                sys.stderr.flush()
            sys.stderr = before
        os.dup2(kept, 2)
        os.close(kept)


def _fileno() -> int | None:
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):  # a stream in memory, or none
        return None

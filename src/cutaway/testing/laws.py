"""What laws are made of: a sentence for what does not hold, and all of them tried in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def expect(holds: object, sentence: str) -> None:
    """Raises: AssertionError with the sentence where it does not hold, also under `python -O`."""
    if not holds:
        raise AssertionError(sentence)


def tried(what: str, laws: Iterable[Callable[[T], None]], trial: T) -> None:
    """Try every law.

    Raises:
        AssertionError: some do not hold; the message has a line for each.
    """
    failed = []
    for law in laws:
        try:
            law(trial)
        except Exception as error:
            said = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
            failed.append(f"  {law.__name__}: {said}")
    if failed:
        raise AssertionError("\n".join([f"{what} breaks {len(failed)} of its laws:", *failed]))

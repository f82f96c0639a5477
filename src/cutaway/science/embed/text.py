"""Words of a text, as static vectors look them up."""

from __future__ import annotations

import re
from collections.abc import Callable

Note = Callable[[str], None]
"""Is told in one sentence what was done with a text that could not be taken as it was."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,]\d+)*")


def unheard(sentence: str, /) -> None:
    """The note that nobody reads."""


def words_of(text: str, *, lower: bool = True) -> list[str]:
    """The words and numbers of a text in order, without punctuation.

    Args:
        text: Any string.
        lower: Whether capitals are made small, as most vectors expect.

    >>> words_of("The bank's 3,000 customers — gone!")
    ['the', "bank's", '3,000', 'customers', 'gone']
    >>> words_of("")
    []
    """
    return [found.replace("’", "'") for found in _WORD.findall(text.lower() if lower else text)]

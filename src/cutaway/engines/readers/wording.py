"""How a name, a value or a number from a user's file is shown in a message."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import PurePath

SHOWN_CHARACTERS = 60  # longer names are cut: a message stays one line


def shown(text: object) -> str:
    r"""The text in double quotes, with control characters escaped; cut to `SHOWN_CHARACTERS` unless it is a path.

    >>> print(shown("a\x1b[31m"))
    "a\x1b[31m"
    """
    whole = str(text)
    fits = len(whole) <= SHOWN_CHARACTERS or isinstance(text, PurePath)
    cut = whole if fits else whole[: SHOWN_CHARACTERS - 1] + "…"
    return '"' + "".join(letter if letter.isprintable() else _escaped(letter) for letter in cut) + '"'


def plain(text: object) -> str:
    """The text without quotes, control characters escaped: for messages that came from a library."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in str(text))


def nearest(wanted: str, names: Iterable[str]) -> str:
    """'; did you mean "x"?' or nothing.

    >>> nearest("aeg", ["age", "sex"])
    '; did you mean "age"?'
    """
    known = list(names)
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(wanted, known, n=3, cutoff=0.6)
    if wanted.casefold() in folded:
        close = [folded[wanted.casefold()]]
    return f"; did you mean {' or '.join(shown(name) for name in close)}?" if close else ""


def percent(part: int, whole: int) -> str:
    """A share of cells in words, never rounded to nothing.

    >>> percent(1, 100_000)
    'under 0.1 %'
    """
    share = 100 * part / whole if whole else 0.0
    return "under 0.1 %" if 0 < share < 0.1 else f"{share:.1f} %"


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")

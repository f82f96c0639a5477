"""Text that came from outside (names of columns, levels, files), made safe to show."""

from __future__ import annotations

import unicodedata

# Format characters that belong to ordinary words: the joiners of Persian, Indic scripts and emoji.
_HARMLESS_FORMATS = frozenset("\u200c\u200d\u00ad")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def plain(text: str, keep: str = "") -> str:
    r"""Show control characters, direction overrides and lone surrogates as escapes, so that they act on nothing.

    Args:
        text: what to show.
        keep: control characters that may stay, such as a newline within code.

    Examples:
        >>> plain("red\x1b[31m")
        'red\\x1b[31m'
        >>> plain("two\nlines", keep="\n")
        'two\nlines'
    """
    if text.isprintable():
        return text
    return "".join(
        _escaped(mark) if unicodedata.category(mark) in _HIDDEN_CATEGORIES and mark not in keep else mark
        for mark in text
    )


def _escaped(mark: str) -> str:
    return mark if mark in _HARMLESS_FORMATS else mark.encode("unicode_escape", "backslashreplace").decode("ascii")


def shorten(text: str, length: int) -> str:
    """Cut the text in its middle to `length` characters; both ends of a long name often tell it from its neighbours.

    Examples:
        >>> shorten("body_mass_index_at_admission", 15)
        'body_ma…mission'
    """
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return text[: length - 1 - tail] + "…" + (text[-tail:] if tail else "")


def sentence(text: str) -> str:
    """End the text with a full stop, unless it already ends as a sentence does.

    Examples:
        >>> sentence("Two classes overlap")
        'Two classes overlap.'
    """
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?", ".”", "…")) else text + "."


def remark(text: str) -> str:
    """A sentence with its full stop; a fragment that begins small stays without one.

    Examples:
        >>> remark("no test table was given."), remark("No two columns agree")
        ('no test table was given', 'No two columns agree.')
    """
    text = text.strip()
    if text[:1].islower() and ". " not in text:
        return text.removesuffix(".")
    return sentence(text)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    Examples:
        >>> counted(1, "issue"), counted(2, "issue"), counted(3, "class", "classes")
        ('1 issue', '2 issues', '3 classes')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(items: list[str] | tuple[str, ...], most: int = 5) -> str:
    """A list in words, with the number of those left unnamed.

    Examples:
        >>> listed(["a"]), listed(["a", "b", "c"]), listed(["a", "b", "c", "d"], most=2)
        ('a', 'a, b and c', 'a, b and 2 more')
    """
    named = list(items[:most])
    if len(items) > most:
        named.append(f"{len(items) - most} more")
    return named[0] if len(named) == 1 else ", ".join(named[:-1]) + " and " + named[-1] if named else ""

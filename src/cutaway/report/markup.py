"""HTML and SVG built so that text cannot become markup: whatever is not `Markup` is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from cutaway.report.text import plain

_VOID = frozenset({"meta", "br", "hr", "link", "line", "rect", "circle", "polyline", "polygon", "path", "col"})


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def text(content: str) -> Markup:
    """Escape text for an element or a quoted attribute; control characters become visible escapes."""
    return Markup(escape(plain(content, keep="\n\t"), quote=True))


def join(*children: object) -> Markup:
    """Put children one after another: `Markup` as it is, lists in turn, None as nothing, all else as escaped text."""
    return Markup("".join(_shown(child) for child in children))


def _shown(child: object) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return text(child)
    if isinstance(child, Iterable):
        return "".join(_shown(each) for each in child)
    return text(str(child))


def tag(name: str, /, *children: object, **attributes: str | float | None) -> Markup:
    """One element. `class_` stands for `class`, `_` in an attribute's name for `-`; None leaves the attribute out.

    Examples:
        >>> tag("p", "a < b", class_="note")
        '<p class="note">a &lt; b</p>'
        >>> tag("line", x1=0.5, stroke_width=2)
        '<line x1="0.5" stroke-width="2"/>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID and not children:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def _attribute(value: str | float) -> str:
    return text(value) if isinstance(value, str) else f"{value:.6g}"

"""One HTML file that needs nothing else: the front end, its style and its data, and no request to anywhere."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from cutaway.core.errors import CutawayError
from cutaway.core.version import __version__
from cutaway.core.wire import to_wire
from cutaway.report.markup import Markup, tag
from cutaway.report.text import plain

# Inside a script element these characters could end it, or begin a comment or an element within it; two kinds of line
# end were no part of strings before ECMAScript 2019.
_ESCAPES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}

_BEGINNINGS = re.compile(r"<(?=!--|/?script)", re.IGNORECASE)


def page(kind: str, data: Mapping[str, Any], title: str, fallback: str) -> str:
    """The page as text, to be written as UTF-8.

    `kind`: which view the front end opens, "audit" or "study". `data`: what the view takes, plain values or what
    `core.wire` makes plain. `title`: of the window. `fallback`: HTML that the view replaces, for browsers that run
    no script.

    Names in the data may be anything: no text can become an element, a script or a request. The policy of the page
    allows the one script by its hash, style and pictures from the page itself, and nothing from anywhere else.

    Raises: CutawayError when the package holds no built front end.
    """
    script, style = _bundle()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'",
            "style-src 'unsafe-inline'",
            "font-src data:",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content=f"cutaway {__version__}"),
        tag("title", plain(title)),
        tag("style", Markup(style)),
    )
    body = tag(
        "body",
        tag("div", Markup(fallback), id="page"),
        tag("script", Markup(embedded({"kind": kind, **data})), type="application/json", id="cutaway"),
        tag("script", Markup(script)),
    )
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"


def embedded(data: Any) -> str:
    r"""Data as JSON that may stand in a script element.

    Control characters, direction overrides and lone surrogates become visible escapes, as everywhere in a report.

    Examples:
        >>> embedded({"name": "</script>", "log": float("-inf")})
        '{"name":"\\u003c/script\\u003e","log":null}'
    """
    text = json.dumps(_shown(to_wire(data)), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPES)


def _shown(value: Any) -> Any:
    match value:
        case str():
            return plain(value, keep="\n\t")
        case dict():
            return {plain(key, keep="\n\t"): _shown(each) for key, each in value.items()}
        case list():
            return [_shown(each) for each in value]
        case _:
            return value


@cache
def _bundle() -> tuple[str, str]:
    """The built front end: its script and its style, made safe to stand within elements of a page."""
    folder = files("cutaway.report") / "bundle"
    try:
        script, style = ((folder / name).read_text(encoding="utf-8") for name in ("page.js", "page.css"))
    except FileNotFoundError as absent:
        raise CutawayError(
            f"cutaway.report: expected the built front end in the package, got no {absent.filename}; install cutaway "
            f"from a wheel, or build it with `npm ci && npm run build` in web/"
        ) from None
    # These begin markup in strings of the script only, where \\x3c is the same character.
    return _BEGINNINGS.sub(r"\\x3c", script).strip(), style.replace("</", r"<\/").strip()

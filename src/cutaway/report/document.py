"""One HTML file that needs nothing else: the front end, its style and its data, and no request to anywhere."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from zlib import compress

from cutaway.core.errors import CutawayError
from cutaway.core.version import __version__
from cutaway.core.wire import to_wire
from cutaway.report.markup import Markup, tag
from cutaway.report.text import plain

# Inside a script element these characters could end it, or begin a comment or an element within it; two kinds of line
# end were no part of strings before ECMAScript 2019.
_ESCAPES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}

_BUNDLES = {"study": "page", "contest": "contest"}  # of every other kind: "audit"

# The front end travels deflated, which makes the file a third smaller. What comes out runs only if the policy names its
# hash, too. Until then the fallback is hidden, not removed: it is shown again where something is missing.
_UNPACK = """
const page = document.getElementById('page');
const packed = Uint8Array.from(atob(document.getElementById('program').textContent), (one) => one.charCodeAt(0));
const inflated = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
page.hidden = true;
new Response(inflated).text().then((text) => {
  const script = document.createElement('script');
  script.textContent = text;
  document.body.append(script);
}).finally(() => { page.hidden = false; });
""".strip()


def page(kind: str, data: Mapping[str, Any], title: str, fallback: str) -> str:
    """The page as text, to be written as UTF-8.

    `kind`: what the front end shows, "audit", "network", "images", "contest" or "study". `data`: what the view takes,
    plain values or what `core.wire` makes plain. `title`: of the window. `fallback`: HTML that the view replaces, for
    browsers that run no script.

    Names in the data may be anything: no text can become an element, a script or a request. The policy of the page
    allows its own script by hash, style and pictures from the page itself, and nothing from anywhere else.

    Raises: CutawayError when the package holds no built front end.
    """
    program, style = _bundle(_BUNDLES.get(kind, "audit"))
    scripts = " ".join(_hash(script) for script in (_UNPACK, program))
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
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
        tag("script", Markup(_packed(program)), type="text/plain", id="program"),
        tag("script", Markup(_UNPACK)),
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
def _bundle(name: str) -> tuple[str, str]:
    """The built front end of one kind of page: script, and style made safe to stand within an element."""
    folder = files("cutaway.report") / "bundle"
    try:
        script, style = ((folder / file).read_text(encoding="utf-8") for file in (f"{name}.js", f"{name}.css"))
    except FileNotFoundError as absent:
        raise CutawayError(
            f"cutaway.report: expected the built front end in the package, got no {absent.filename}; install cutaway "
            f"from a wheel, or build it with `npm ci && npm run build` in web/"
        ) from None
    return script, style.replace("</", r"<\/").strip()


def _hash(script: str) -> str:
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


@cache
def _packed(script: str) -> str:
    return b64encode(compress(script.encode(), 9)).decode()

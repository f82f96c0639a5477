"""Every link of the built site: python tools/docs_links.py build/docs.

Inside of the site the file must be there, and the place in it; links to elsewhere are listed and not followed. Nothing
that a page draws (a script, a picture, a font) may come from elsewhere.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

DRAWN = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "srcset")}
PICTURED = re.compile(r"url\(\s*['\"]?((?!data:|#)[^'\")]+)")


class Page(HTMLParser):
    """What a page names, and what in it can be named."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []  # address, "drawn" or "followed"
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Its addresses and its id."""
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.places.add(value or "")
            elif (tag, name) in DRAWN:
                relation = dict(attrs).get("rel")
                self.links.append((value or "", "followed" if relation in ("canonical", "next", "prev") else "drawn"))
            elif tag == "a" and name == "href":
                self.links.append((value or "", "followed"))


@cache
def read(path: Path) -> Page:
    """A page, read once."""
    return Page(path.read_text("utf-8"))


def faults(site: Path, outside: dict[str, int]) -> Iterator[str]:
    """A line for each link that leads nowhere, and each page that draws what is not in the site.

    Args:
        site: the folder that Sphinx wrote.
        outside: links to elsewhere and how often they stand there; added to.
    """
    for path in sorted(site.rglob("*.html")):
        for address, kind in read(path).links:
            parts = urlsplit(address)
            if parts.scheme == "data" or not address:
                continue
            if parts.scheme or parts.netloc:
                outside[address] = outside.get(address, 0) + 1
                if kind == "drawn":
                    yield f"{path.relative_to(site)}: draws {address}, which is elsewhere"
                continue
            to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not to.is_file() or not to.is_relative_to(site):
                yield f"{path.relative_to(site)}: no file {address}"
            elif parts.fragment and to.suffix == ".html" and unquote(parts.fragment) not in read(to).places:
                yield f"{path.relative_to(site)}: no such place {address}"
    for path in sorted(site.rglob("*.css")):
        for address in PICTURED.findall(path.read_text("utf-8")):
            if urlsplit(address).scheme or not (path.parent / urlsplit(address).path).is_file():
                yield f"{path.relative_to(site)}: draws {address}, which is not in the site"


def main() -> int:
    """Print the faults, and what leads elsewhere."""
    outside: dict[str, int] = {}
    found = list(faults(Path(sys.argv[1]).resolve(), outside))
    print("\n".join([*found, *(f"elsewhere, not followed: {address}" for address in sorted(outside))]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""An audit as text on a terminal, as JSON (schema 1) and as one HTML file; a study and a contest of tuners likewise.

from cutaway import report

report.terminal.render(audit, console)
report.to_json(audit)
report.html.render(audit)
report.page("study", {"study": …, "outcomes": […]}, title, fallback)
report.contest_text(contest); report.contest_json(contest); report.contest_html(contest)
report.write(text, path)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cutaway.report import html, terminal
    from cutaway.report.contests import contest_html, contest_json, contest_text
    from cutaway.report.document import page
    from cutaway.report.files import write
    from cutaway.report.json import schema, to_json

__all__ = ["contest_html", "contest_json", "contest_text", "html", "page", "schema", "terminal", "to_json", "write"]

_HOMES = {
    "contest_html": "contests",
    "contest_json": "contests",
    "contest_text": "contests",
    "page": "document",
    "schema": "json",
    "to_json": "json",
    "write": "files",
}


def __getattr__(name: str) -> object:
    """Import what is asked for, when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES.get(name, name)}")
    return getattr(home, name) if name in _HOMES else home


def __dir__() -> list[str]:
    return sorted(__all__)

"""An audit as what is printed or written: text for each format."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

from cutaway import report
from cutaway.cli.destination import Format

if TYPE_CHECKING:
    from cutaway.core.audit import Audit

FILE_COLUMNS = 100  # width of a terminal's report that is written to a file


def on_terminal(audit: Audit) -> None:
    """Print the report on standard output, as wide and as colourful as that allows."""
    from rich.console import Console

    report.terminal.render(audit, Console(file=sys.stdout))


def as_text(audit: Audit, format: Format) -> str:
    """The whole report as text, ending with a newline."""
    if format is Format.html:
        return report.html.render(audit)
    if format is Format.json:
        return json_text(report.to_json(audit))
    return _plain_terminal(audit)


def json_text(value: object) -> str:
    r"""Indented JSON in which letters are themselves and everything that does not print is an escape.

    >>> print(json_text({"name": "Größe\x1b[31m"}), end="")
    {
      "name": "Größe\u001b[31m"
    }
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    # Outside its strings the text has no characters but printable ASCII and newlines, so all others stand in strings.
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) + "\n"


def _plain_terminal(audit: Audit) -> str:
    from rich.console import Console

    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", newline="\n")
    report.terminal.render(audit, Console(file=stream, width=FILE_COLUMNS, no_color=True, force_terminal=False))
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")

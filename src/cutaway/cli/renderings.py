"""An audit as what is printed or written: text for each format."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

from cutaway import report
from cutaway.cli.destination import Format

if TYPE_CHECKING:
    from cutaway.core.audit import Audit, ImagesAudit, NetworkAudit

FILE_COLUMNS = 100  # width of a terminal's report that is written to a file


def on_terminal(audit: Audit | ImagesAudit | NetworkAudit) -> None:
    """Print the report on standard output, as wide and as colourful as that allows."""
    from rich.console import Console

    class Screen(Console):
        """A console that leaves a closed pipe to whoever prints; Rich's own ends the program with status 1."""

        def on_broken_pipe(self) -> None:
            raise

    report.terminal.render(audit, Screen(file=sys.stdout))


def as_text(audit: Audit | ImagesAudit | NetworkAudit, format: Format, encoding: str = "utf-8") -> str:
    """The whole report as text, ending with a newline, to be written in that encoding."""
    if format is Format.html:
        return report.html.render(audit)
    if format is Format.json:
        return json_text(report.to_json(audit), ascii_only=not encoding.lower().startswith("utf"))
    return _plain_terminal(audit)


def json_text(value: object, *, ascii_only: bool = False) -> str:
    r"""Indented JSON in which letters are themselves and everything that does not print is an escape.

    `ascii_only`: letters beyond ASCII are escapes, too, so that the text is JSON in whatever encoding it is written.

    >>> print(json_text({"name": "Größe\x1b[31m"}), end="")
    {
      "name": "Größe\u001b[31m"
    }
    """
    text = json.dumps(value, indent=2, ensure_ascii=ascii_only, allow_nan=False)
    # Outside its strings the text has no characters but printable ASCII and newlines, so all others stand in strings.
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) + "\n"


def _plain_terminal(audit: Audit | ImagesAudit | NetworkAudit) -> str:
    from rich.console import Console

    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", newline="\n")
    report.terminal.render(audit, Console(file=stream, width=FILE_COLUMNS, no_color=True, force_terminal=False))
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")

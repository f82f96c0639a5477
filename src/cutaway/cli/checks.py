"""`cutaway checks`: the questions that an audit asks, and the page of each."""

from __future__ import annotations

import shutil
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from cutaway.cli import VERBS, endings, pages
from cutaway.cli.arguments import listed, parsed
from cutaway.core.errors import InputError

if TYPE_CHECKING:
    from cutaway.checks.run.check import Check

WIDEST = 100  # longer lines are hard to read


def run(arguments: list[str]) -> int:
    """Print the list, or the pages of the codes named, and return the exit status."""
    asked = parsed(_asked, "checks", arguments)
    if isinstance(asked, int):
        return asked
    codes, markdown = asked
    from cutaway.checks import discover
    from cutaway.checks.run.discovery import refused

    for one in refused():
        endings.say(f"cutaway checks: {one}")
    width = min(shutil.get_terminal_size().columns, WIDEST)
    if not codes:
        return endings.show(pages.markdown_list(discover()) if markdown else pages.plain_list(discover(), width))
    chosen = named(codes, discover())
    if markdown:
        return endings.show("\n".join(pages.markdown_page(one) for one in chosen))
    bold = sys.stdout is not None and sys.stdout.isatty()
    return endings.show("\n\n".join(pages.plain_page(one, width, bold=bold) for one in chosen))


def named(codes: tuple[str, ...], checks: tuple[Check, ...]) -> list[Check]:
    """The checks with these codes, or with codes that begin so.

    Raises: InputError, naming the nearest, for a code that no check has.
    """
    out: dict[str, Check] = {}
    for code in codes:
        found = [one for one in checks if one.code.startswith(code.upper())]
        if not found:
            known = [one.code for one in checks]
            near = get_close_matches(code.upper(), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the codes are {', '.join(known)}"
            raise InputError(f"no check has the code {code!r}; {hint}")
        out.update((one.code, one) for one in found)
    return list(out.values())


def _asked(
    code: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE",
            show_default=False,
            help="DAT004, say, or DAT for all that begin so. Without it, all are listed.",
        ),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, as the documentation has it.")] = False,
) -> tuple[tuple[str, ...], bool]:
    return listed("CODE", code or ()), markdown


_asked.__doc__ = VERBS["checks"]

"""The page of a check, made from its function: the docstring's sections, and the settings with their defaults."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cutaway.checks.run.check import Check

STAGES = {
    "table": "Asked of the table, before a model is fitted.",
    "model": "Asked of the plain model and what it was fitted on.",
    "scores": "Asked of --scores or --logits, or of the plain model, out of fold.",
    "test": "Asked of two tables; needs --test FILE.",
    "network": "Asked of a network: cutaway audit --model pkg.module:factory.",
    "images": "Asked of a folder of images: cutaway audit FOLDER --labels folder.",
}
HEADINGS = {"Null": "When nothing is wrong"}
SHOWN_ELSEWHERE = ("", "Passed")


def plain_list(checks: Iterable[Check], width: int) -> str:
    """Two lines a check: its code and name, and what it finds."""
    out = []
    for one in checks:
        indent = " " * (len(one.code) + 2)
        whose = f" ({one.origin})" if one.origin else ""
        out += [f"{one.code}  {one.name}{whose}", _wrapped(_flat(one.sections[""]), width, first=indent, rest=indent)]
    out += ["", _wrapped("cutaway checks CODE explains one of them and names its settings.", width)]
    return "\n".join(out) + "\n"


def markdown_list(checks: Iterable[Check]) -> str:
    """A table, each row of which links to the page of its check."""
    rows = [
        f"| [{one.code}]({one.code.lower()}.md) | {_cell(one.name)} | {_cell(_flat(one.sections['']))} |"
        for one in checks
    ]
    return "\n".join(["| code | name | finds |", "|---|---|---|", *rows]) + "\n"


def plain_page(one: Check, width: int, *, bold: bool = False) -> str:
    """The page for a terminal of that width."""
    head = f"{one.code} {one.name}"
    out = [f"\x1b[1m{head}\x1b[0m" if bold else head, "", _wrapped(_flat(one.sections[""]), width), STAGES[one.asks]]
    if one.origin:
        out.append(f"From the plug-in {one.origin}.")
    for title, paragraphs in _sections(one):
        out += ["", f"\x1b[1m{title}\x1b[0m" if bold else title]
        for code, text in paragraphs:
            out.append(textwrap.indent(text, "    ") if code else _wrapped(text, width, first="  ", rest="  "))
    out += ["", "\x1b[1mSettings\x1b[0m" if bold else "Settings"]
    out += [f"  --set {one.code}.{name}={default}" for name, default in one.settings.items()] or ["  none"]
    return "\n".join(out) + "\n"


def markdown_page(one: Check) -> str:
    """The page as Markdown, under a heading of the first level."""
    out = [f"# {one.code} {one.name}", "", _flat(one.sections[""]), "", f"*{STAGES[one.asks]}*", ""]
    if one.origin:
        out += [f"From the plug-in {one.origin}.", ""]
    for title, paragraphs in _sections(one):
        out += [f"## {title}", ""]
        for code, text in paragraphs:
            out += [f"```pycon\n{text}\n```" if code else text, ""]
    out += ["## Settings", ""]
    if one.settings:
        out += ["| setting | default |", "|---|---|"]
        out += [f"| `--set {one.code}.{name}=…` | `{default}` |" for name, default in one.settings.items()]
    else:
        out.append("None.")
    return "\n".join(out) + "\n"


def _sections(one: Check) -> Iterator[tuple[str, list[tuple[bool, str]]]]:
    """Heading and paragraphs of each section, a paragraph with whether it is code."""
    for title, text in one.sections.items():
        if title in SHOWN_ELSEWHERE:
            continue
        blocks = [block.strip("\n") for block in text.split("\n\n") if block.strip()]
        yield (
            HEADINGS.get(title, title),
            [(True, textwrap.dedent(b)) if b.lstrip().startswith(">>>") else (False, _flat(b)) for b in blocks],
        )


def _flat(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text,
        max(width, 40),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )

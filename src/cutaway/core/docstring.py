"""The sections of a docstring: how checks, comparisons and studies state what they ask, and why."""

from __future__ import annotations

import inspect
from collections.abc import Collection


def sections(text: str | None, headings: Collection[str], first: str = "") -> dict[str, list[str]]:
    r"""The lines below each heading that is there; those before any heading are under `first`.

    A heading stands at the beginning of a line, before a colon; the rest of that line belongs to it.

    >>> sections("Does it?\n\nAnswer: No.\nNever: ever.", ("Answer", "Source"))
    {'': ['Does it?', ''], 'Answer': ['No.', 'Never: ever.']}
    """
    out: dict[str, list[str]] = {first: []}
    at = first
    for line in inspect.cleandoc(text or "").splitlines():
        head, colon, rest = line.partition(":")
        if colon and head in headings:
            at, line = head, rest.strip()
            out[at] = []
        out[at].append(line)
    return out


def told(text: str | None, headings: Collection[str], first: str, origin: str) -> dict[str, str]:
    r"""The sections in small letters, each as one line, the plug-in that it comes from, if any, named as a source.

    >>> told("Does it?\n\nSource: Ann\n2001.", ("Answer", "Source"), "question", "acme 1.0")
    {'question': 'Does it?', 'source': 'Ann 2001. From the plug-in acme 1.0.'}
    """
    out = {name.lower(): " ".join(" ".join(lines).split()) for name, lines in sections(text, headings, first).items()}
    if origin:
        out["source"] = f"{out.get('source', '')} From the plug-in {origin}.".strip()
    return out

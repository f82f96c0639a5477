"""The pages of the documentation that are read off public names: their signatures and docstrings."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

SECTIONS = ("Args", "Attributes", "Raises", "Returns", "Source", "Yields", "Note", "Law", "Laws", "Examples")
ENTRANCE = ("audit", "audit_images", "audit_model", "probe", "show")
"""What the package itself hands on, besides the topics."""


def page(name: str, module: Any, names: tuple[str, ...]) -> str:
    """A module's page.

    Raises: SystemExit naming every public name without a docstring.
    """
    bare = [one for one in names if _wants_words(getattr(module, one)) and not inspect.getdoc(getattr(module, one))]
    if bare:
        raise SystemExit(f"{name}: no docstring: {', '.join(bare)}")
    out = [f"# {name}", "", *_prose(inspect.getdoc(module) or "")]
    for one in names:
        out += ["", f"## {one}", "", *_entry(one, getattr(module, one))]
    return "\n".join(out) + "\n"


def topics() -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """What the package itself hands on, every topic of science, and what plug-ins are verified with."""
    import cutaway
    from cutaway import science

    yield "cutaway", cutaway, ENTRANCE
    for name in sorted(one for one in _folders(science)):
        module = importlib.import_module(f"cutaway.science.{name}")
        yield name, module, tuple(module.__all__)
    testing = importlib.import_module("cutaway.testing")
    yield "testing", testing, tuple(testing.__all__)


def _folders(package: Any) -> list[str]:
    import pkgutil

    return [one.name for one in pkgutil.iter_modules(package.__path__) if one.ispkg]


def _wants_words(thing: Any) -> bool:
    return callable(thing) and not hasattr(thing, "__origin__")  # a name for a type says all by itself


def _entry(name: str, thing: Any) -> list[str]:
    if not _wants_words(thing):
        shown = repr(thing)
        return ["```python", f"{name} = {shown if len(shown) < 300 else shown[:300] + ' …'}", "```"]
    out = ["```python", _signature(name, thing), "```", "", *_prose(inspect.getdoc(thing) or "")]
    if inspect.isclass(thing):
        for each, member in sorted(vars(thing).items()):
            words = inspect.getdoc(member) if not each.startswith("_") else None
            if words and (callable(member) or isinstance(member, property | classmethod | staticmethod)):
                out += ["", f"### {name}.{each}", ""]
                function = getattr(member, "__func__", member)
                if not isinstance(member, property):
                    out += ["```python", _signature(each, function), "```", ""]
                out += _prose(words)
    return out


def _signature(name: str, thing: Any) -> str:
    """On one line where it fits, else a parameter a line."""
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return name
    marks: list[str] = []
    for one in found.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not any(mark.startswith("*") for mark in marks):
            marks.append("*")
        marks.append(str(one).replace("'", "") if one.annotation is not one.empty else str(one))
    gives = "" if found.return_annotation is found.empty else f" -> {found.return_annotation}".replace("'", "")
    line = f"{name}({', '.join(marks)}){gives}"
    if len(line) <= 100:
        return line
    return f"{name}(\n" + "".join(f"    {one},\n" for one in marks) + f"){gives}"


def _prose(text: str) -> list[str]:
    """Paragraphs as Markdown: doctests and indented blocks as code, sections as bold words."""
    out: list[str] = []
    for block in re.split(r"\n[ \t]*\n", text):
        head = re.match(rf"({'|'.join(SECTIONS)}):[ ]?", block)
        if block.lstrip().startswith(">>>"):
            out += ["```pycon", textwrap.dedent(block), "```", ""]
        elif head:
            rest = block[head.end() :]
            out += [f"**{head[1]}**", "", *_listed(rest), ""]
        elif block.startswith("    "):
            out += ["```text", textwrap.dedent(block), "```", ""]
        else:
            out += [_escaped(block), ""]
    return out


def _listed(text: str) -> list[str]:
    """`name: what it is` by lines, as a list; running text as it is."""
    dedented = textwrap.dedent(text.lstrip("\n"))
    items = re.split(r"\n(?=\w[\w, *`]*(?:\([^)]*\))?: )", dedented)
    if re.match(r"\w[\w, *`]*: ", dedented) and "\n" in text:
        told = [(head.strip(), " ".join(rest.split())) for head, _, rest in (one.partition(":") for one in items)]
        return [f"- `{head}`: {_escaped(rest)}" for head, rest in told]
    return [_escaped(" ".join(dedented.split()))]


def _escaped(text: str) -> str:
    """Words of a docstring, in which stars, dollars and brackets mean themselves outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(one if one.startswith("`") else re.sub(r"([*_$<\[\]|#])", r"\\\1", one) for one in parts)

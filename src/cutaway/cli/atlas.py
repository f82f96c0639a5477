"""Comparisons as text: a line a topic, a topic in full, a converter with its proof."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.report import numerals

if TYPE_CHECKING:
    from cutaway.compare.run.atlas import Compared, Proof, Row
    from cutaway.compare.run.topic import Topic

NUMBERS_SHOWN = 4


def names(topics: Iterable[Topic], width: int) -> str:
    """Two lines a topic: its name, and the question."""
    out = []
    for topic in topics:
        out += [
            topic.name + (f"  ({topic.origin})" if topic.origin else ""),
            textwrap.fill(topic.sections["question"], width, initial_indent="  ", subsequent_indent="  "),
        ]
    out += ["", "cutaway compare TOPIC runs one of them."]
    return "\n".join(out) + "\n"


def line(one: Compared, width: int, *, colour: bool) -> str:
    """The topic, and how the installed frameworks split."""
    groups = _groups(one)
    parts = [", ".join(dict.fromkeys(row.column for row in rows)) for rows in groups.values()]
    split = "  |  ".join(parts) if parts else "no framework of it is installed"
    indent = " " * 4
    whose = f"  ({one.topic.origin})" if one.topic.origin else ""
    head = _bold(one.topic.name, colour) + whose + ("" if one.stands else "  ✗ not as stated")
    told = "all agree: " + parts[0] if len(parts) == 1 else split
    return head + "\n" + textwrap.fill(told, width, initial_indent=indent, subsequent_indent=indent) + "\n"


def table(one: Compared, width: int, *, colour: bool) -> str:
    """The question, the answer, each group with its formula and its calls, and the converters."""
    topic, out = one.topic, []
    out.append(_bold(topic.title, colour))
    out.append(textwrap.fill(topic.sections["question"], width))
    if topic.origin:
        out.append(f"From the plug-in {topic.origin}.")
    for letter, rows in _groups(one).items():
        out += ["", f"{_bold(letter, colour)}  {shown(rows[0].value)}"]
        for row in rows:
            out += _call(row, width)
    for title, status in (("Not installed", "not installed"), ("Formula, not run", "formula, not run")):
        rows = [row for row in one.rows if row.status == status]
        if rows:
            out += ["", title]
            for row in rows:
                out += _call(row, width)
    for row in one.rows:
        if row.status == "failed":
            out += ["", textwrap.fill(f"✗ {row.column}: {row.call} failed: {row.reason}", width)]
    if one.proofs:
        out += ["", "Converters"]
        out += [f"  {proof.source} to {proof.target}: {verdict(proof)}" for proof in one.proofs]
        first = one.proofs[0]
        out.append(f"  with code: cutaway compare {topic.name} --from '{first.source}' --to '{first.target}'")
    if answer := topic.sections.get("answer"):
        out += ["", textwrap.fill(answer[:1].upper() + answer[1:], width)]
    return "\n".join(out) + "\n\n"


def conversion(one: Compared, source: str, target: str, width: int, *, colour: bool) -> str:
    """The converters from one framework to the other: code, claim and proof."""
    wanted = one.topic.converters_between(source, target)
    out = []
    for proof, each in zip(one.proofs, one.topic.converters, strict=True):
        if each not in wanted:
            continue
        out += [_bold(f"{proof.source} to {proof.target}", colour) + f": {verdict(proof)}", f"of {each.of.call}"]
        if proof.reason:
            out.append(textwrap.fill(proof.reason, width))
        if proof.code:
            out += ["", textwrap.indent(proof.code.rstrip(), "    ")]
        out.append("")
    return "\n".join(out) + "\n"


def verdict(proof: Proof) -> str:
    """What the converter claims, and what its proof showed."""
    if proof.exactness == "impossible":
        return "impossible"
    claim = "exact" if proof.exactness == "exact" else f"near, within {proof.claimed:.1g}"
    if proof.holds is None:
        return f"{claim}; not proved here, because a framework is not installed"
    if proof.error is None:
        return f"{claim}; ✗ its code failed"
    sign = "✓" if proof.holds else "✗"
    return f"{claim}; {sign} difference {proof.error:.1g}"


def shown(value: Any) -> str:
    """A value as one line."""
    if isinstance(value, str):
        return value
    array = np.asarray(value, float)
    if not array.ndim:
        return _number(float(array))
    listed = [_number(float(v)) for v in array.ravel()[:NUMBERS_SHOWN]]
    more = ", …" if array.size > NUMBERS_SHOWN else ""
    return f"[{', '.join(listed)}{more}]" + (f" of {array.size}" if more else "")


def _number(value: float) -> str:
    return "NaN" if np.isnan(value) else numerals.number(value, 7)


def _groups(one: Compared) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = {}
    for row in one.rows:
        if row.group is not None:
            out.setdefault(row.group, []).append(row)
    return out


def _call(row: Row, width: int) -> list[str]:
    name = f"{row.framework} {row.version}" if row.version else row.framework
    name += f" in {kernel}" if (kernel := getattr(row, "kernel", "")) else ""
    mark = "   ✗ the file states " + row.formula if row.follows is False else ""
    indent = " " * 6
    return [
        f"   {name}  ·  {row.formula}{mark}",
        textwrap.fill(row.call, width, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False),
    ]


def _bold(text: str, colour: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if colour else text

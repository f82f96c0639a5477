"""Findings as cards: the sentence, its picture, what it means, what to do; code and numbers for who opens them."""

from __future__ import annotations

from collections import Counter

from cutaway.core.findings import Finding, Outcome
from cutaway.report import numerals
from cutaway.report.facts import label
from cutaway.report.markup import Markup, join, tag
from cutaway.report.svg import draw
from cutaway.report.text import sentence

MOST_CARDS = 12
MOST_OF_ONE = 3  # cards of one check; its further findings say the same of other columns
OPEN_LIST = 12

# One card takes the whole width, two or four half of it each; otherwise as many stand in a row as find room.
_WIDTHS = {1: " one", 2: " two", 4: " two"}


def cards(pairs: list[tuple[Outcome, Finding]]) -> Markup:
    """The findings as cards, three of each check and twelve in all; the others as a list.

    The list stands open where it holds issues, unless it is long.
    """
    shown, rest = _split(pairs)
    opened = "open" if any(finding.status == "issue" for _, finding in rest) and len(rest) <= OPEN_LIST else None
    return join(
        tag("div", [card(*pair) for pair in shown], class_=f"cards{_WIDTHS.get(len(shown), '')}"),
        tag(
            "details",
            tag("summary", f"{len(rest)} more"),
            tag("ul", [_line(outcome, finding) for outcome, finding in rest], class_="plain"),
            open=opened,
        )
        if rest
        else None,
    )


def _split(pairs: list[tuple[Outcome, Finding]]) -> tuple[list[tuple[Outcome, Finding]], list[tuple[Outcome, Finding]]]:
    shown: list[tuple[Outcome, Finding]] = []
    rest: list[tuple[Outcome, Finding]] = []
    counts: Counter[str] = Counter()
    for outcome, finding in pairs:
        counts[outcome.code] += 1
        few = counts[outcome.code] <= MOST_OF_ONE and len(shown) < MOST_CARDS
        (shown if few else rest).append((outcome, finding))
    return shown, rest


def card(outcome: Outcome, finding: Finding) -> Markup:
    """One finding."""
    kind = finding.severity if finding.status == "issue" else "tip"
    return tag(
        "article",
        tag(
            "p",
            tag("span", class_=f"dot {finding.status}"),
            label(outcome),
            tag("span", f", {kind} severity" if finding.status == "issue" else ", tip", class_="unseen"),
            class_="small code-name",
        ),
        tag("h3", finding.title.rstrip(".")),
        tag("div", draw(finding.figure), class_="figure") if finding.figure is not None else None,
        tag("p", sentence(finding.detail), class_="detail") if finding.detail else None,
        tag("p", sentence(finding.remedy.text), class_="remedy") if finding.remedy.text else None,
        _code(finding),
        _evidence(finding),
        class_="card",
    )


def _code(finding: Finding) -> Markup | None:
    if not finding.remedy.code:
        return None
    return tag(
        "details",
        tag("summary", "Code"),
        [
            join(tag("h4", framework), tag("pre", tag("code", code.strip("\n"))))
            for framework, code in finding.remedy.code.items()
        ],
    )


def _evidence(finding: Finding) -> Markup | None:
    """The numbers behind the title, by name."""
    if not finding.evidence:
        return None
    entries = (numerals.named(name, value) for name, value in finding.evidence.items())
    rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in entries]
    return tag("details", tag("summary", "Numbers"), tag("dl", rows, class_="numbers"), class_="aside")


def _line(outcome: Outcome, finding: Finding) -> Markup:
    return tag(
        "li",
        tag("span", label(outcome), class_="small"),
        " ",
        tag("b", sentence(finding.title)),
        " ",
        sentence(finding.remedy.text),
    )

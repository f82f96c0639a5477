"""Columns that separate a class by themselves, with the rows behind them, in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from cutaway.checks.run.design import MISSING_LEVEL, OTHER_LEVEL, Term
from cutaway.checks.run.model import Plain
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import is_flag, plain_number
from cutaway.science.logit.chance import Beyond, split_chance
from cutaway.science.logit.separation import Split


@dataclass(frozen=True, slots=True)
class Side:
    """One column that separates a class by itself, with the rows behind it."""

    term: Term
    column: int
    target_class: int
    text: str  # "All 30 rows with flag = 1 are “yes”"
    inside: int  # rows beyond the threshold, all of the class
    outside: int  # rows beyond it on the other side, none of the class
    members: int  # rows of the class
    rows: int
    complete: bool
    chance: float

    @property
    def counted(self) -> int:
        """Rows that the column decides."""
        return self.inside + self.outside


def splits_of(plain: Plain) -> tuple[Split, ...]:
    """Every column that separates a class by itself; none where maximum likelihood exists.

    The fit's own certificate names them; where the iteration ended too early for one, the ranges of the columns do.
    """
    if plain.fit.status == "converged":
        return ()
    if plain.fit.separation is not None:
        return tuple(plain.fit.separation.alone)
    return plain.splits


def carriers(plain: Plain) -> set[int]:
    """The design's columns that carry a separation, alone or together."""
    found = plain.fit.separation
    together = found.columns if found is not None and plain.fit.status != "converged" else ()
    return {*together, *(s.column for s in splits_of(plain))}


def sides_of(subject: Subject, plain: Plain, splits: tuple[Split, ...]) -> list[Side]:
    """Every split with the rows behind it, counted in one pass."""
    p = len(plain.design.terms)
    directions = np.zeros((len(splits), p + 1))
    for i, s in enumerate(splits):
        directions[i, s.column + 1] = 1.0 if s.above else -1.0
        directions[i, 0] = -directions[i, s.column + 1] * s.threshold
    k = len(subject.classes)
    beyond: Beyond = plain.fold(partial(Beyond.of, directions=directions, classes=k))
    rows = int(beyond.counts.sum())
    out = []
    for i, s in enumerate(splits):
        term = plain.design.terms[s.column]
        inside, outside = int(beyond.above[i].sum()), int(beyond.below[i].sum())
        members = int(beyond.counts[s.target_class])
        distinct = subject.feature(term.feature).distinct
        cuts = (
            2 if term.kind != "number" else rows if distinct is None or not distinct.complete else distinct.hashes.size
        )
        tried = p * max(cuts - 1, 1) * (1 if k == 2 else k)
        chance = min(1.0, split_chance(inside, outside, members, rows) * tried)
        text = _text(subject, s, term, inside, outside)
        out.append(
            Side(term, s.column, s.target_class, text, inside, outside, members, rows, s.kind == "complete", chance)
        )
    return [s for s in out if s.counted]


def _text(subject: Subject, s: Split, term: Term, inside: int, outside: int) -> str:
    """The rows on either side of a split and their class, in words."""
    name = f"“{subject.classes[s.target_class]}”"
    cut = term.centre + term.scale * s.threshold
    parts = []
    if inside:
        parts.append(_are(inside, _where(subject, term, cut, s.above), name, True, subject))
    if outside:
        parts.append(_are(outside, _where(subject, term, cut, not s.above), name, False, subject))
    return " and ".join([parts[0], *(part[0].lower() + part[1:] for part in parts[1:])])


def _are(n: int, where: str, name: str, all_of_it: bool, subject: Subject) -> str:
    if n == 1:
        return f"The one row with {where} is {name if all_of_it else _other(subject, name)}"
    if all_of_it or subject.binary:
        return f"All {n:,} rows with {where} are {name if all_of_it else _other(subject, name)}"
    return f"None of the {n:,} rows with {where} is {name}"


def _other(subject: Subject, name: str) -> str:
    return f"“{subject.classes[0]}”" if subject.binary else f"not {name}"


def _where(subject: Subject, term: Term, cut: float, above: bool) -> str:
    """Which rows lie beyond a threshold of one column of the design."""
    if term.kind != "number":
        if term.level == MISSING_LEVEL:
            return f"{term.feature} missing" if above else f"{term.feature} present"
        level = "a rarer level" if term.level == OTHER_LEVEL else term.level
        return f"{term.feature} = {level}" if above else f"{term.feature} other than {level}"
    distinct = subject.feature(term.feature).distinct
    if distinct is not None and is_flag(distinct.complete, distinct.values):
        return f"{term.feature} = {1 if above else 0}"
    return f"{term.feature} {'>' if above else '<'} {plain_number(cut, 6)}"

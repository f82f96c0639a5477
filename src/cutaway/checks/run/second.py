"""The table of `--test`: surveyed like the first, scored by the first one's model, and searched for rows of the
first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from cutaway.checks.run.design import Design
from cutaway.checks.run.frame import Frame
from cutaway.checks.run.model import Plain, scores
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.survey import Survey
from cutaway.core.errors import InputError
from cutaway.core.progress import Progress
from cutaway.core.states import Together
from cutaway.core.table import Batch
from cutaway.engines.engine import Engine
from cutaway.engines.source import Source
from cutaway.science.columns import Distinct

REMEMBERED = 100_000  # different rows, or identifiers, of the first table that are looked up in the second


@dataclass(frozen=True)
class Tally:
    """Rows of the second table in two parts (told apart by a question about each row), and how many each way of
    guessing gets right.
    """

    rows: np.ndarray  # (2,) int64: for which the answer is no, yes
    plain: np.ndarray  # (2,) int64: right by the plain model
    remembered: (
        np.ndarray
    )  # (2,) int64: right by the label that the first table has for the row, else by the plain model
    unknown: int  # rows beyond what is remembered

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.rows + other.rows,
            self.plain + other.plain,
            self.remembered + other.remembered,
            self.unknown + other.unknown,
        )

    @classmethod
    def of(cls, yes: np.ndarray, plain: np.ndarray, remembered: np.ndarray, unknown: int = 0) -> Tally:
        """From answers and hits, (n,) bool each."""

        def split(hit: np.ndarray) -> np.ndarray:
            return np.array([np.sum(hit & ~yes), np.sum(hit & yes)])

        return cls(split(np.ones_like(yes)), split(plain), split(remembered), unknown)


@dataclass(frozen=True)
class Shared:
    """One kind of sharing: `repeated` is the share of the first table's rows that occur in it more than once, which
    is what chance makes of `tally`.
    """

    what: str  # "row", or the name of an identifier or a date column
    repeated: float
    tally: Tally


@dataclass(frozen=True)
class Second:
    """What is known of the second table."""

    name: str
    survey: Survey
    shared: tuple[Shared, ...]  # equal rows first, then identifiers
    backwards: tuple[
        Shared, ...
    ]  # by date column: rows not later than the first table's last; `repeated` is unused (NaN)

    @property
    def rows(self) -> int:
        """Rows whose target is of a known class."""
        return self.survey.used


def second_table(subject: Subject, source: Source, other: Source, engine: Engine, progress: Progress) -> Second:
    """Surveys the second table and folds over both.

    Raises: InputError when a column of the first table is not in the second, or of another kind there.
    """
    frame = subject.frame
    theirs = {s.name: s for s in other.specs}
    for mine in (frame.target, *frame.specs):
        if mine.name not in theirs:
            raise InputError(
                f"--test {other.name}: expected the columns of {source.name}, but {mine.name!r} is missing there"
            )
        if theirs[mine.name].kind != mine.kind:
            raise InputError(
                f"--test {other.name}: column {mine.name!r} is a {theirs[mine.name].kind} there and a "
                f"{mine.kind} in {source.name}; make them alike, for example with --text {mine.name}"
            )
    survey = engine.fold(
        other,
        frame.columns,
        partial(Survey.of, frame=frame),
        Survey.zero(frame),
        progress=progress,
        stage="surveying the test table",
    )
    if survey.used == 0:
        raise InputError(
            f"--test {other.name}: no row has a target {frame.target.name!r} of a class of {source.name}; the "
            f"classes are {', '.join(frame.codes)}"
        )
    plain = subject.model
    if plain is None:
        return Second(other.name, survey, (), ())
    ids = list(subject.identifiers)
    dates = list(frame.dates)
    k = len(frame.classes)
    known = engine.fold(
        source,
        frame.columns,
        partial(_remember, frame=frame, design=plain.design, ids=ids, k=k),
        progress=progress,
        stage="remembering rows",
    )
    last = {name: subject.feature(name).high for name in dates}
    found = engine.fold(
        other,
        frame.columns,
        partial(_search, frame=frame, plain=plain, known=known.parts, ids=ids, last=last),
        progress=progress,
        stage="looking for shared rows",
    )
    names = ["row", *ids]
    shared = tuple(
        Shared(name, _repeated(state), tally)
        for name, state, tally in zip(names, known.parts, found.parts[: len(names)], strict=True)
    )
    backwards = tuple(
        Shared(name, float("nan"), tally) for name, tally in zip(dates, found.parts[len(names) :], strict=True)
    )
    return Second(other.name, survey, shared, backwards)


def _repeated(state: Distinct) -> float:
    rows = state.counts.sum(axis=1)
    return float(rows[rows > 1].sum() / rows.sum()) if rows.size else 0.0


def _remember(batch: Batch, frame: Frame, design: Design, ids: list[str], k: int) -> Together:
    _, y, _, _, key = design.arrays(batch)
    rows = frame.rows(batch)
    of_ids = (Distinct.of(h, h.astype(np.float64), rows.y, k, REMEMBERED) for h in map(rows.hashes, ids))
    return Together((Distinct.of(key, key.astype(np.float64), y, k, REMEMBERED), *of_ids))


def _search(
    batch: Batch, frame: Frame, plain: Plain, known: tuple[Distinct, ...], ids: list[str], last: dict[str, float]
) -> Together:
    design = plain.design
    x, y, _, _, key = design.arrays(batch)
    eta = scores(x, plain.params, plain.reference)
    guess = (eta >= 0).astype(np.int32) if plain.reference is None else eta.argmax(axis=1)
    right = guess == y
    rows = design.usable(frame.rows(batch))
    parts = [_looked_up(known[0], key, y, right)]
    parts += [_looked_up(state, rows.hashes(name), y, right) for state, name in zip(known[1:], ids, strict=True)]
    for name, end in last.items():
        there = ~rows.missing(name)
        early = rows.number(name)[there] <= end
        parts.append(Tally.of(early, right[there], right[there]))
    return Together(tuple(parts))


def _looked_up(known: Distinct, hashes: np.ndarray, y: np.ndarray, right: np.ndarray) -> Tally:
    """Which rows' hashes are known, and whether their commonest label in the first table is the right one."""
    asked = hashes <= np.uint64(known.threshold)
    hashes, y, right = hashes[asked], y[asked], right[asked]
    at = np.minimum(np.searchsorted(known.hashes, hashes), max(known.hashes.size - 1, 0))
    seen = known.hashes[at] == hashes if known.hashes.size else np.zeros(hashes.size, bool)
    remembered = np.where(seen, known.counts.argmax(axis=1)[at] == y, right) if known.hashes.size else right
    return Tally.of(seen, right, remembered, int((~asked).sum()))

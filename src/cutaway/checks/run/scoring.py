"""The pass that scores: over the user's score columns, or over the plain model's scores out of fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from cutaway.checks.run.frame import Frame, Rows
from cutaway.checks.run.losses import Difference, difference_of
from cutaway.checks.run.model import Plain, held_out
from cutaway.checks.run.scored import FOLDS, Scored, ScoredSample, ScoreState
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.target import text_of
from cutaway.core.arrays import wide
from cutaway.core.errors import InputError
from cutaway.core.progress import Progress
from cutaway.core.states import Together
from cutaway.core.table import Batch, Coded
from cutaway.engines.engine import Engine
from cutaway.engines.source import Source

PLAIN = "the plain model, out of fold"
MOST_GROUPS = 50  # as many classes as a target may have
# Probabilities written with seven digits, or summed in float32, leave [0, 1] and a sum of 1 by no more than this.
ROUNDING = 1e-5


@dataclass(frozen=True, eq=False)
class Picked:
    """The scores of the rows of a sample, by position; a state, since parts hold different rows."""

    positions: np.ndarray  # (m,) int64
    logits: np.ndarray  # (m, a)
    fold: np.ndarray

    def __add__(self, other: Picked) -> Picked:
        return Picked(
            np.concatenate([self.positions, other.positions]),
            np.concatenate([self.logits, other.logits]),
            np.concatenate([self.fold, other.fold]),
        )


@dataclass(frozen=True)
class LeftOut:
    """Rows without a score."""

    rows: int

    def __add__(self, other: LeftOut) -> LeftOut:
        return LeftOut(self.rows + other.rows)


def scored_columns(subject: Subject, source: Source, engine: Engine, progress: Progress) -> Scored:
    """The user's score columns, folded in one pass.

    Raises: InputError for values that are not what they were said to be, with the row.
    """
    frame = subject.frame
    roles = frame.roles
    wanted = np.sort(subject.uniform.positions)
    sums = engine.fold(
        source,
        frame.scored_columns,
        lambda b: _of_batch(b, frame, wanted),
        progress=progress,
        stage="reading the scores",
    )
    first, left, *rest = sums.parts
    if first.counts.weight == 0:
        raise InputError(
            f"{'--logits' if roles.logits else '--scores'} {', '.join(roles.scores)}: no row has a score; name another "
            f"column"
        )
    picked: Picked = rest[-1]
    width = picked.logits.shape[1] // (2 if roles.other else 1)
    names = [", ".join(roles.scores), ", ".join(roles.other)]
    sample = _sample(subject, picked, slice(0, width))
    other = difference = None
    if roles.other:
        second, difference = cast(ScoreState, rest[0]), cast(Difference, rest[1])
        other = Scored(
            names[1], True, frame.classes, second, _sample(subject, picked, slice(width, None)), roles.costs, left.rows
        )
    return Scored(names[0], True, frame.classes, first, sample, roles.costs, left.rows, other, difference)


def scored_plain(subject: Subject, plain: Plain, source: Source, engine: Engine, progress: Progress) -> Scored:
    """The plain model's scores, each row's by the coefficients that have not seen its fold."""
    frame = subject.frame
    roles, k = frame.roles, len(frame.classes)

    def of_batch(batch: Batch) -> ScoreState:
        x, y, weight, fold, _ = plain.design.arrays(batch)
        rows = plain.design.usable(frame.rows(batch))
        every = np.ones(y.size, bool)
        group = None if roles.group is None else _groups(rows, roles.group, every)
        cost = None if roles.costs.column is None else _costs(rows, frame, every, y)
        return ScoreState.of(held_out(x, fold, plain.fold_params, plain.reference), y, weight, fold, k, cost, group)

    if roles.group is None and roles.costs.column is None:
        state = plain.out_of_fold
    else:  # these columns are not in the model's arrays
        columns = (*frame.columns, *frame.roles.columns)
        state = engine.fold(source, columns, of_batch, progress=progress, stage="scoring")
    rows = subject.uniform
    x, keep = plain.design.of_sample(rows)
    rows = rows.take(np.flatnonzero(keep))
    fold = (frame.keys(rows.positions, purpose=1) % np.uint64(plain.design.folds)).astype(np.int32)
    sample = ScoredSample(rows, held_out(x[keep], fold, plain.fold_params, plain.reference), fold)
    return Scored(PLAIN, False, frame.classes, state, sample, frame.roles.costs, plain.left_out)


def _of_batch(batch: Batch, frame: Frame, wanted: np.ndarray) -> Together:
    rows = frame.rows(batch)
    roles = frame.roles
    k = len(frame.classes)
    first = _logits(rows, frame, roles.scores)
    second = _logits(rows, frame, roles.other) if roles.other else None
    there = ~np.isnan(wide(first)).any(axis=1)
    if second is not None:
        there &= ~np.isnan(wide(second)).any(axis=1)
    y, weight = rows.y[there], None if rows.weight is None else rows.weight[there]
    positions = rows.positions[there]
    first = first[there]
    fold = (frame.keys(positions, purpose=2) % np.uint64(FOLDS)).astype(np.int32)
    group = None if roles.group is None else _groups(rows, roles.group, there)
    cost = None if roles.costs.column is None else _costs(rows, frame, there, y)
    parts: list[object] = [
        ScoreState.of(first, y, weight, fold, k, cost, group),
        LeftOut(int(rows.y.size - there.sum())),
    ]
    both = wide(first)
    if second is not None:
        second = second[there]
        parts += [ScoreState.of(second, y, weight, fold, k, cost), difference_of(first, second, y, weight)]
        both = np.column_stack([both, wide(second)])
    if wanted.size:
        at = np.minimum(np.searchsorted(wanted, positions), wanted.size - 1)
        mine = wanted[at] == positions
    else:
        mine = np.zeros(y.size, bool)
    parts.append(Picked(positions[mine], both[mine], fold[mine]))
    return Together(tuple(parts))


def _logits(rows: Rows, frame: Frame, columns: tuple[str, ...]) -> np.ndarray:
    """Log-odds (n,) of the positive class, or (n, K) of each against the rest; NaN where a score is missing."""
    roles = frame.roles
    values = np.column_stack([rows.number(name) for name in columns])
    if roles.logits:
        if values.shape[1] == 1:
            return np.asarray(values[:, 0])
        top = values.max(axis=1, keepdims=True)
        grown = np.exp(values - top)
        values = grown / grown.sum(axis=1, keepdims=True)
    else:
        _check_probabilities(values, rows, columns)
        values = np.clip(values, 0.0, 1.0)
    with np.errstate(divide="ignore"):
        logits = np.log(values) - np.log1p(-values)
    return np.asarray(logits[:, 0] if values.shape[1] == 1 else logits)


def _check_probabilities(values: np.ndarray, rows: Rows, columns: tuple[str, ...]) -> None:
    outside = (values < -ROUNDING) | (values > 1 + ROUNDING)
    if outside.any():
        row, column = (int(v) for v in np.argwhere(outside)[0])
        raise InputError(
            f"--scores {columns[column]!r}: expected probabilities from 0 to 1, got {values[row, column]:g} in row "
            f"{rows.positions[row] + 1:,}; log-odds are given with --logits"
        )
    if len(columns) > 1:
        total = values.sum(axis=1)
        wrong = np.abs(total - 1) > 0.01  # two digits a class
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"--scores {', '.join(columns)}: expected the classes' probabilities to add up to 1, got "
                f"{total[row]:g} in row {rows.positions[row] + 1:,}; name one column a class, or give --logits"
            )


def _costs(rows: Rows, frame: Frame, there: np.ndarray, y: np.ndarray) -> np.ndarray:
    costs = frame.roles.costs
    values = rows.number(str(costs.column))[there]
    if (values < 0).any():
        row = int(np.flatnonzero(values < 0)[0])
        raise InputError(
            f"--cost-column {costs.column!r}: expected costs of 0 or more, got {values[row]:g} in row "
            f"{rows.positions[there][row] + 1:,}; leave out or mend the row"
        )
    return np.where(np.isnan(values), np.where(y == 1, costs.fn, costs.fp), values)


def _groups(rows: Rows, name: str, there: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    column = rows.columns[name]
    if isinstance(column, Coded):
        codes, names = column.codes[there], tuple(column.levels)
    else:
        values = column[there]
        found = np.unique(values[~np.isnan(values)])
        codes = np.where(np.isnan(values), -1, np.searchsorted(found, values)).astype(np.int32)
        names = tuple(text_of(float(v)) for v in found)
    if len(names) > MOST_GROUPS:
        raise InputError(
            f"--group {name!r}: expected at most {MOST_GROUPS} groups, got {len(names):,} in one batch of rows; name a "
            f"column of few values, or cut it into ranges first"
        )
    return codes, names


def _sample(subject: Subject, picked: Picked, columns: slice) -> ScoredSample:
    order = np.argsort(picked.positions)
    positions = picked.positions[order]
    rows = subject.uniform
    keep = np.flatnonzero(np.isin(rows.positions, positions))
    logits = picked.logits[order][:, columns]
    return ScoredSample(rows.take(keep), logits[:, 0] if logits.shape[1] == 1 else logits, picked.fold[order])

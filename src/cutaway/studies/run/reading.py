"""From a table to what a study takes: labels with probabilities, or columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.table import Coded, Spec
from cutaway.studies.run.data import Columns, Predictions, positive_class

if TYPE_CHECKING:
    from cutaway.engines.readers.table import Table

ROUNDING = 1e-5  # probabilities written with few digits leave [0, 1] by no more than this


def predictions(
    table: Any,
    y: str,
    score: str,
    *,
    log_odds: bool = False,
    positive: str | None = None,
    progress: Progress = silent,
) -> Predictions:
    """Labels and probabilities of a file or a table in memory; rows that lack one of them are left out.

    `log_odds`: the scores are log-odds and become probabilities. `positive`: the class that the scores are of; by
    default the one that says yes ("1", "true", "yes"), else the rarer one.

    Raises:
        InputError: a column is not there, the labels are not of two classes, or a score is no probability.
    """
    if y == score:
        raise InputError(f"labels and scores: expected two columns, got {y!r} for both; name the other")
    source = opened(table, (y, score), progress)
    spec = next(one for one in source.specs if one.name == score)
    if spec.kind != "number":
        raise InputError(f"scores {score!r}: expected probabilities in [0, 1], got a {spec.kind} column")
    codes, levels, p = _labels_and_scores(source, y, score)
    if log_odds:
        p = 1.0 / (1.0 + np.exp(-np.clip(p, -700.0, 700.0)))
    there = (codes >= 0) & ~np.isnan(p)
    if not there.any():
        raise InputError(f"{source.name}: no row has both {y!r} and {score!r}; name other columns")
    outside = np.flatnonzero(there & ~((p >= -ROUNDING) & (p <= 1 + ROUNDING)))
    if outside.size:
        raise InputError(
            f"scores {score!r}: expected probabilities in [0, 1], got {p[outside[0]]:g} in row {outside[0] + 1:,}; "
            "log-odds may be given as such, other scores need their own sigmoid first"
        )
    codes, p = codes[there], np.clip(p[there], 0.0, 1.0)
    counts = np.bincount(codes, minlength=len(levels))
    present = [at for at in range(len(levels)) if counts[at]]
    if len(present) != 2:
        shown = ", ".join(repr(levels[at]) for at in present[:5])
        raise InputError(f"labels {y!r}: expected two classes, got {len(present):,} ({shown}); name another column")
    chosen = _positive(levels, counts, present, positive, y)
    return Predictions((codes == chosen).astype(np.uint8), p, source.name, levels[chosen])


def columns(table: Any, names: Sequence[str], *, target: str | None = None, progress: Progress = silent) -> Columns:
    """Columns of numbers of a file or a table in memory, with what is to be predicted; rows lacking one are left out.

    A target of two classes becomes 0 and 1, in the order of their names.

    Raises:
        InputError: a column is not there or holds no numbers, or no row is complete.
    """
    if not names:
        raise InputError("columns: expected the names of at least one column, got none")
    if target in names:
        raise InputError(f"target {target!r}: is one of the columns; leave it out of one of the two")
    wanted = list(dict.fromkeys(names))
    source = opened(table, (*wanted, *([target] if target is not None else [])), progress)
    specs = {spec.name: spec for spec in source.specs}
    for name in wanted:
        if specs[name].kind != "number":
            raise InputError(f"column {name!r}: expected numbers, got a {specs[name].kind} column; name another")
    read: dict[str, list[np.ndarray]] = {name: [] for name in wanted}
    aimed: list[np.ndarray] = []
    coder = _Coder() if target is not None and specs[target].kind == "category" else None
    for batch in source.batches((*wanted, *([target] if target is not None else []))):
        for name in wanted:
            read[name].append(_numbers(batch.columns[name]))
        if target is not None:
            column = batch.columns[target]
            aimed.append(coder.codes(column).astype(float) if coder is not None else _numbers(column))
    values = {name: np.concatenate(parts) for name, parts in read.items()}
    aim = np.concatenate(aimed) if target is not None else None
    if aim is not None and coder is not None:
        aim = _as_zero_and_one(aim, coder, str(target))
    there = np.all([np.isfinite(each) for each in values.values()], axis=0)
    if aim is not None:
        there &= np.isfinite(aim)
    if not there.any():
        raise InputError(f"{source.name}: no row has a number in every one of {', '.join(map(repr, wanted))}")
    return Columns(
        {name: each[there] for name, each in values.items()},
        source.name,
        None if aim is None else aim[there],
        target or "",
    )


def described(table: Any, progress: Progress = silent) -> tuple[str, tuple[Spec, ...]]:
    """The name of a table and what its columns hold."""
    from cutaway.engines.readers import open_table

    source = open_table(table, progress=progress)
    return source.name, source.specs


def opened(table: Any, names: Sequence[str], progress: Progress) -> Table:
    """The table with these columns only, the others not read."""
    import os

    from cutaway.engines.readers import opening, wording
    from cutaway.engines.readers.table import Table

    if isinstance(table, str | os.PathLike):
        origin = opening.file_origin(table)
    else:
        from cutaway.engines.readers.memory import from_object

        origin = from_object(table, ())
    there = list(origin.schema.names)
    for name in names:
        if name not in there:
            hint = wording.nearest(name, there) or f"; its columns are {', '.join(map(repr, there[:12]))}"
            raise InputError(f"{origin.name} has no column {name!r}{hint}")
    return Table(origin, drop=[name for name in there if name not in names], progress=progress)


def _numbers(column: np.ndarray | Coded) -> np.ndarray:
    assert isinstance(column, np.ndarray)
    return column


class _Coder:
    """One vocabulary over all batches."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def codes(self, column: np.ndarray | Coded) -> np.ndarray:
        """Codes into the common vocabulary, NaN where missing."""
        assert isinstance(column, Coded)
        if not column.levels:
            return np.full(column.codes.size, np.nan)
        place = np.array([self.places.setdefault(level, len(self.places)) for level in column.levels], float)
        return np.where(column.codes >= 0, place[np.maximum(column.codes, 0)], np.nan)


def _labels_and_scores(source: Table, y: str, score: str) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Codes of the labels (-1: missing), their names, and the scores."""
    kind = next(one for one in source.specs if one.name == y).kind
    if kind == "date":
        raise InputError(f"labels {y!r}: expected two classes, got dates; name another column")
    coder, labels, scores = _Coder(), [], []
    for batch in source.batches((y, score)):
        column = batch.columns[y]
        labels.append(coder.codes(column) if isinstance(column, Coded) else column)
        scores.append(_numbers(batch.columns[score]))
    raw = np.concatenate(labels)
    if kind == "category":
        return np.nan_to_num(raw, nan=-1).astype(np.int64), list(coder.places), np.concatenate(scores)
    values, codes = np.unique(raw[~np.isnan(raw)], return_inverse=True)
    out = np.full(raw.size, -1, np.int64)
    out[~np.isnan(raw)] = codes
    return out, [f"{value:g}" for value in values[:100]] + ["…"] * max(0, values.size - 100), np.concatenate(scores)


def _positive(levels: list[str], counts: np.ndarray, present: list[int], wanted: str | None, y: str) -> int:
    if wanted is not None:
        for at in present:
            if levels[at] == wanted:
                return at
        raise InputError(
            f"positive {wanted!r}: {y!r} has no such class; it has {', '.join(levels[at] for at in present)}"
        )
    return present[positive_class([levels[at] for at in present], [int(counts[at]) for at in present])]


def _as_zero_and_one(codes: np.ndarray, coder: _Coder, target: str) -> np.ndarray:
    if len(coder.places) != 2:
        raise InputError(f"target {target!r}: expected numbers or two classes, got {len(coder.places):,} classes")
    last = coder.places[max(coder.places)]
    return np.where(np.isnan(codes), np.nan, (codes == last).astype(float))

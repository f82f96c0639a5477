"""A table in memory as models are given it: numbers, codes of categories, and the classes to be predicted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.table import Coded

MOST_CLASSES = 100
MOST_LEVELS = 30
"""Levels of a category that get a column of their own, the commonest first; the rest share none."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """`numbers` (n, p) float64, NaN where missing; `codes` (n, c) int32, -1 where missing; `y` (n,) int64 into
    `classes`, of which, where they are two, the second is the positive one.
    """

    name: str
    target: str
    numbers: np.ndarray
    codes: np.ndarray
    levels: tuple[tuple[str, ...], ...]
    y: np.ndarray
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.y)

    def taken(self, at: np.ndarray) -> Rows:
        """These rows, by index."""
        return Rows(self.name, self.target, self.numbers[at], self.codes[at], self.levels, self.y[at], self.classes)

    def digest(self) -> str:
        """A mark of the content: other rows have another one."""
        found = hashlib.sha256(repr((self.target, self.levels, self.classes, self.numbers.shape)).encode())
        for array in (self.numbers, self.codes, self.y):
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()[:16]

    def matrix(self, train: np.ndarray) -> np.ndarray:
        """A matrix (n, k) float64 for models, scaled by what the rows `train` (indices) say of it, and nothing else.

        Numbers: minus mean, over standard deviation; missing ones are 0, and marked by a column of their own where
        `train` has any. Categories: a column of 0 and 1 for each of the commonest levels.
        """
        return self.scaled(self.scale(train))

    def scale(self, train: np.ndarray) -> Scale:
        """What the rows `train` say of the columns."""
        numbers: list[tuple[float, float, bool]] = []
        for column in self.numbers.T:
            seen = column[train]
            there = seen[np.isfinite(seen)]
            mean = float(there.mean()) if there.size else 0.0
            spread = float(there.std()) if there.size else 0.0
            numbers.append((mean, spread if spread > 0 else 1.0, there.size < seen.size))
        kept = []
        for codes, levels in zip(self.codes.T, self.levels, strict=True):
            counts = np.bincount(codes[train][codes[train] >= 0], minlength=len(levels))
            common = [int(k) for k in np.argsort(-counts, kind="stable")[:MOST_LEVELS] if counts[k]]
            # Of two levels without gaps one column says it all.
            kept.append(tuple(common[1:] if len(common) == 2 and (codes[train] >= 0).all() else common))
        return Scale(tuple(numbers), tuple(kept))

    def scaled(self, scale: Scale) -> np.ndarray:
        """The matrix (n, k) float64 by this scale."""
        parts: list[np.ndarray] = []
        for column, (mean, spread, marked) in zip(self.numbers.T, scale.numbers, strict=True):
            missing = ~np.isfinite(column)
            parts.append(np.where(missing, 0.0, (column - mean) / spread))
            if marked:
                parts.append(missing.astype(np.float64))
        for codes, kept in zip(self.codes.T, scale.kept, strict=True):
            parts += [(codes == k).astype(np.float64) for k in kept]
        if not parts:
            raise InputError(f"{self.name}: expected columns besides {self.target!r}, got none; name another table")
        return np.column_stack(parts)


@dataclass(frozen=True, slots=True)
class Scale:
    """For each column of numbers its mean, its standard deviation, and whether missing ones are marked; for each
    category the levels that have a column of their own.
    """

    numbers: tuple[tuple[float, float, bool], ...]
    kept: tuple[tuple[int, ...], ...]


def read_rows(
    table: Any,
    target: str,
    *,
    drop: Collection[str] = (),
    most: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Rows:
    """The rows of a file or a table in memory whose target is there.

    `most`: of more rows so many are drawn, in their order. A target of numbers may have at most 20 values. Dates are
    left out, and so are columns of categories each of whose values is its own row's.

    Raises:
        InputError: a column is not there, the target has fewer than two classes or too many, or there is nothing
            beside it to learn from.

    Examples:
        >>> rows = read_rows({"age": [31.0, 45.0, None], "sex": ["f", "m", "f"], "ill": [1, 0, 1]}, "ill")
        >>> rows.classes, rows.y.tolist(), rows.matrix(np.arange(3)).shape
        (('0', '1'), [1, 0, 1], (3, 3))
    """
    import pyarrow as pa

    from cutaway.engines.readers import open_table
    from cutaway.engines.readers.wording import nearest

    source = open_table(pa.table(table) if isinstance(table, dict) else table, drop=tuple(drop), progress=progress)
    specs = {spec.name: spec for spec in source.specs}
    if target not in specs:
        hint = nearest(target, list(specs)) or f"; its columns are {', '.join(map(repr, list(specs)[:12]))}"
        raise InputError(f"--target: {source.name} has no column {target!r}{hint}")
    if specs[target].kind == "date":
        raise InputError(f"--target {target!r}: expected classes, got dates; name another column")
    names = [spec.name for spec in source.specs if spec.kind != "date" or spec.name == target]
    batches = list(source.batches(names))

    def numbers(name: str) -> np.ndarray:
        return np.concatenate([np.asarray(batch.columns[name], np.float64) for batch in batches])

    def coded(name: str) -> tuple[np.ndarray, tuple[str, ...]]:
        return _merged([batch.columns[name] for batch in batches])

    if specs[target].kind == "category":
        y, classes = _in_order(*coded(target))
    else:
        y, classes = _classes_of(numbers(target), target)
    there = np.flatnonzero(y >= 0)
    if most is not None and there.size > most:
        there = np.sort(np.random.default_rng(seed).choice(there, most, replace=False))
    present = np.unique(y[there])
    if not 2 <= present.size <= MOST_CLASSES:
        raise InputError(
            f"--target {target!r}: expected 2 to {MOST_CLASSES} classes, got {present.size:,}; name another column"
        )
    plain = [numbers(name)[there] for name in names if name != target and specs[name].kind == "number"]
    texts = [coded(name) for name in names if name != target and specs[name].kind == "category"]
    kept = [(codes[there], levels) for codes, levels in texts if len(levels) < max(2, there.size)]
    if not plain and not kept:
        raise InputError(
            f"{source.name}: expected columns of numbers or categories besides {target!r}, got none (dates, and names "
            "of which each row has its own, do not count); name another table"
        )
    return Rows(
        source.name,
        target,
        np.column_stack(plain) if plain else np.empty((there.size, 0)),
        np.column_stack([codes for codes, _ in kept]) if kept else np.empty((there.size, 0), np.int32),
        tuple(levels for _, levels in kept),
        np.searchsorted(present, y[there]),
        tuple(classes[k] for k in present),
    )


def stratified(y: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """The fold (n,) of each row, each class dealt out evenly in an order drawn by the seed.

    Raises: InputError where there are fewer rows than folds, or fewer than 2 folds.

    >>> np.bincount(stratified(np.array([0, 0, 0, 0, 1, 1]), 2, seed=0)).tolist()
    [3, 3]
    """
    if not 2 <= folds <= len(y):
        raise InputError(f"folds: expected 2 to {len(y):,} (the rows), got {folds}")
    order = np.random.default_rng(seed).permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    out = np.empty(len(y), np.int64)
    out[order] = np.arange(len(y)) % folds
    return out


def _merged(columns: Sequence[Any]) -> tuple[np.ndarray, tuple[str, ...]]:
    """One vocabulary over all batches."""
    places: dict[str, int] = {}
    parts = []
    for column in columns:
        assert isinstance(column, Coded)
        place = np.array([places.setdefault(level, len(places)) for level in column.levels] or [-1], np.int32)
        parts.append(np.where(column.codes >= 0, place[np.maximum(column.codes, 0)], -1).astype(np.int32))
    return np.concatenate(parts), tuple(places)


def _in_order(codes: np.ndarray, levels: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The same with levels in the order of their names, so that the order of the rows decides nothing."""
    order = sorted(range(len(levels)), key=levels.__getitem__)
    place = np.empty(len(levels) + 1, np.int64)
    place[order] = np.arange(len(levels))
    place[-1] = -1
    return place[codes], tuple(levels[k] for k in order)


def _classes_of(values: np.ndarray, target: str) -> tuple[np.ndarray, tuple[str, ...]]:
    there = np.isfinite(values)
    found, codes = np.unique(values[there], return_inverse=True)
    if found.size > 20:
        raise InputError(
            f"--target {target!r}: expected classes, got {found.size:,} different numbers; cut them into classes first"
        )
    y = np.full(values.size, -1, np.int64)
    y[there] = codes
    return y, tuple(f"{value:g}" for value in found)

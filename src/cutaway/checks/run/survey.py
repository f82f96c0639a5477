"""The first pass over a table: everything that is known of its columns, as one sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cutaway.checks.run.frame import Frame, Rows
from cutaway.core.table import Batch
from cutaway.core.threads import at_once
from cutaway.science.columns import Distinct, Extremes, Moments, Sample, hash_levels
from cutaway.science.columns.hashes import fingerprint
from cutaway.science.tails import TailSketch


@dataclass(frozen=True)
class Survey:
    """What one pass finds out. Obeys the law of states for batches of the same frame."""

    frame: Frame
    rows: int
    left_out: Mapping[str, int]
    class_counts: np.ndarray  # (classes,) int64
    class_weights: np.ndarray  # (classes,) float64; equals the counts without weights
    moments: Moments  # over numbers, then dates, then the weight where there is one
    extremes: tuple[Extremes, ...]  # by number
    tails: tuple[TailSketch, ...]  # by number
    distinct: Mapping[str, Distinct]  # by feature (dates excepted)
    missing: np.ndarray  # (features, classes) int64, in the order of frame.specs
    fingerprints: np.ndarray  # (features,) uint64
    samples: tuple[Sample, ...]  # one a class, so that rare classes are there in full

    @classmethod
    def zero(cls, frame: Frame) -> Survey:
        """The survey of no rows."""
        k, features = len(frame.classes), len(frame.specs)
        limit = max(frame.sample_limit // k, 64)
        measured = len(frame.numbers) + len(frame.dates) + (frame.weight is not None)
        return cls(
            frame,
            0,
            {},
            np.zeros(k, np.int64),
            np.zeros(k),
            Moments.zero(measured),
            tuple(Extremes.zero(k) for _ in frame.numbers),
            tuple(TailSketch.zero() for _ in frame.numbers),
            {s.name: Distinct.zero(k, text=s.kind == "category") for s in frame.specs if s.kind != "date"},
            np.zeros((features, k), np.int64),
            np.zeros(features, np.uint64),
            tuple(Sample.zero(limit, len(frame.numbers), len(frame.categories)) for _ in frame.classes),
        )

    @classmethod
    def of(cls, batch: Batch, frame: Frame) -> Survey:
        """The survey of one batch."""
        return cls.zero(frame).absorb(batch)

    def absorb(self, batch: Batch) -> Survey:
        """`self + Survey.of(batch, frame)`, faster: sketches skip what cannot enter them."""
        frame = self.frame
        rows = frame.rows(batch)
        k = len(frame.classes)
        y = rows.y
        weight = np.ones(y.size) if rows.weight is None else rows.weight
        numbers = [np.ascontiguousarray(rows.number(name)) for name in frame.numbers]
        measured = numbers + [np.ascontiguousarray(rows.number(name)) for name in frame.dates]
        keys = frame.keys(rows.positions)
        names = [s.name for s in frame.specs]
        hashes = dict(zip(names, at_once(lambda i: rows.hashes(names[i]), len(names)), strict=True))
        counted = list(self.distinct)
        levels = [hashes[name] for name in frame.categories]
        return replace(
            self,
            rows=self.rows + batch.rows,
            left_out=_sum(self.left_out, rows.left_out),
            class_counts=self.class_counts + np.bincount(y, minlength=k),
            class_weights=self.class_weights + np.bincount(y, weights=weight, minlength=k),
            moments=self.moments + Moments.of(measured if frame.weight is None else [*measured, weight]),
            extremes=tuple(at_once(lambda i: self.extremes[i] + Extremes.of(numbers[i], y, k), len(numbers))),
            tails=tuple(at_once(lambda i: self.tails[i].absorb(numbers[i]), len(numbers))),
            distinct=dict(
                zip(
                    counted,
                    at_once(
                        lambda i: _distinct(self.distinct[counted[i]], rows, hashes[counted[i]], counted[i]),
                        len(counted),
                    ),
                    strict=True,
                )
            ),
            missing=self.missing
            + np.array([np.bincount(y[hashes[s.name] == 0], minlength=k) for s in frame.specs]).reshape(
                self.missing.shape
            ),
            fingerprints=self.fingerprints
            + np.array([fingerprint(hashes[s.name], rows.positions) for s in frame.specs], np.uint64).reshape(
                self.fingerprints.shape
            ),
            samples=tuple(
                _sampled(state, rows, code, keys, weight, numbers, levels) for code, state in enumerate(self.samples)
            ),
        )

    def __add__(self, other: Survey) -> Survey:
        def both(a: tuple, b: tuple) -> tuple:  # type: ignore[type-arg]
            return tuple(x + y for x, y in zip(a, b, strict=True))

        return Survey(
            self.frame,
            self.rows + other.rows,
            _sum(self.left_out, other.left_out),
            self.class_counts + other.class_counts,
            self.class_weights + other.class_weights,
            self.moments + other.moments,
            both(self.extremes, other.extremes),
            both(self.tails, other.tails),
            {name: state + other.distinct[name] for name, state in self.distinct.items()},
            self.missing + other.missing,
            self.fingerprints + other.fingerprints,
            both(self.samples, other.samples),
        )

    @property
    def used(self) -> int:
        """Rows whose target is there."""
        return int(self.class_counts.sum())


def _sum(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return {key: a.get(key, 0) + b.get(key, 0) for key in {**a, **b} if a.get(key, 0) + b.get(key, 0)}


def _distinct(state: Distinct, rows: Rows, hashes: np.ndarray, name: str) -> Distinct:
    column = rows.columns[name]
    if isinstance(column, np.ndarray):
        return state.absorb(hashes, column, rows.y)
    levels = np.array([*column.levels, None], object)[:-1]
    part = Distinct.of_levels(
        hash_levels(column.levels), levels, column.codes, rows.y, state.counts.shape[1], state.limit
    )
    return state + part


def _sampled(
    state: Sample,
    rows: Rows,
    code: int,
    keys: np.ndarray,
    weight: np.ndarray,
    numbers: list[np.ndarray],
    levels: list[np.ndarray],
) -> Sample:
    mine = np.flatnonzero((rows.y == code) & (keys <= np.uint64(state.threshold)))
    part = Sample.of(
        state.limit,
        keys[mine],
        rows.positions[mine],
        rows.y[mine],
        weight[mine],
        [x[mine] for x in numbers],
        [h[mine] for h in levels],
    )
    out = state + part
    return replace(out, seen=state.seen + int((rows.y == code).sum()))

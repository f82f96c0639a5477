"""The part of the rows in which probabilities are worst: a small tree that looks for residuals with a pattern.

With calibrated probabilities p the residual y - p has mean zero in every segment that features can describe, and is
uncorrelated there with the log-odds. The tree splits where these two sums, Σ (y - p) and Σ (y - p)(l - l̄), are largest
for their variance: the score test of the segment's own intercept and slope. Difficulty alone gives no score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.science.metrics.tally import sigmoid

MOST_BINS = 32
CURVATURE = 1e-9  # of a segment in which all log-odds are equal, so that its slope is left at 1


@dataclass(frozen=True, slots=True)
class Column:
    """A feature to split by: numbers with NaN (missing), or hashes of categories with 0 (missing)."""

    name: str
    values: np.ndarray

    @property
    def number(self) -> bool:
        """Whether it is ordered."""
        return self.values.dtype.kind == "f"


@dataclass(frozen=True, eq=False)
class Condition:
    """Rows of a column with value in (`above`, `below`], or with one of `levels`; and those missing, if `missing`."""

    name: str
    above: float = -np.inf
    below: float = np.inf
    levels: np.ndarray | None = None  # hashes of categories
    missing: bool = False

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Mask (n,)."""
        if self.levels is not None:
            return np.asarray(np.isin(values, self.levels) | ((values == 0) & self.missing))
        inside = (values > self.above) & (values <= self.below)
        return np.asarray(inside | (np.isnan(values) & self.missing))


@dataclass(frozen=True, eq=False)
class Segment:
    """Rows for which all `conditions` hold; `score` of the search, and the corrected log-odds intercept + slope · l."""

    conditions: tuple[Condition, ...]
    score: float
    intercept: float
    slope: float

    def holds(self, columns: Sequence[Column]) -> np.ndarray:
        """Mask (n,) of other rows of the same columns."""
        by_name = {c.name: c.values for c in columns}
        out = np.ones(columns[0].values.size, bool)
        for condition in self.conditions:
            out &= condition.holds(by_name[condition.name])
        return out


def correction(
    y: np.ndarray, logits: np.ndarray, weight: np.ndarray | None = None, *, ridge: float = 1.0
) -> tuple[float, float]:
    """Intercept and slope of y (n,) 0 or 1 on log-odds (n,), drawn towards 0 and 1 by ½ ridge (a² + (b - 1)²).

    Without rows it is (0, 1). Infinite log-odds count as ±30. Source: Cox 1958 on recalibration.

    >>> [round(v, 2) for v in correction(np.array([0, 0, 0, 1] * 100), np.zeros(400))]  # log-odds of 1/4: -1.10
    [-1.08, 1.0]
    """
    x = np.clip(logits, -30, 30)
    w = np.ones(x.size) if weight is None else weight
    ab, loss = np.array([0.0, 1.0]), np.inf
    step = np.zeros(2)
    for _ in range(60):
        trial = ab + step
        eta = trial[0] + trial[1] * x
        now = float(w @ (np.logaddexp(0, eta) - y * eta)) + ridge / 2 * float(trial[0] ** 2 + (trial[1] - 1) ** 2)
        if now > loss + 1e-12 * abs(loss):
            step /= 2
            continue
        done = loss - now < 1e-10 * (1 + abs(now))
        ab, loss = trial, now
        if done:
            break
        p = sigmoid(eta)
        r, h = w * (y - p), w * p * (1 - p)
        gradient = np.array([r.sum(), r @ x]) - ridge * (ab - np.array([0.0, 1.0]))
        curvature = np.array([[h.sum(), h @ x], [h @ x, h @ (x * x)]]) + ridge * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
    return float(ab[0]), float(ab[1])


def worst_segment(
    y: np.ndarray,
    logits: np.ndarray,
    columns: Sequence[Column],
    weight: np.ndarray | None = None,
    *,
    depth: int = 3,
    least: int = 100,
) -> Segment | None:
    """The leaf of highest score of a tree over `columns`, of `least` rows and at least a twentieth of each as events.

    `y` (n,) 0 or 1 and log-odds (n,), which should be right over all rows: see `correction`. Numbers are split at up to
    31 quantiles, missing ones going to either side; categories in the order of their mean residual. None where no
    split leaves enough rows. To be judged on rows that took no part.

    Source: Zeileis, Hothorn & Hornik 2008 on splitting by score tests; Breiman et al. 1984, section 4.2.2, on the order
    of categories.
    """
    x = np.clip(np.asarray(logits, float), -30, 30)
    p = sigmoid(x)
    w = np.ones(x.size) if weight is None else np.asarray(weight, float)
    r, h = w * (y - p), w * p * (1 - p)
    sums = np.stack([r, r * x, h, h * x, h * x * x, np.ones(x.size), np.asarray(y, float)])
    coded = [_coded(c) for c in columns]
    best: Segment | None = None
    nodes: list[tuple[np.ndarray, tuple[Condition, ...]]] = [(np.arange(x.size), ())]
    for _ in range(depth):
        coming = []
        for rows, conditions in nodes:
            split = _best_split(sums[:, rows], [(c, code[rows]) for c, code in zip(columns, coded, strict=True)], least)
            if split is None:
                continue
            k, chosen, scores = split
            inside = np.isin(coded[k][rows], chosen)
            for mask, side, score in ((inside, chosen, scores[0]), (~inside, None, scores[1])):
                where = (*conditions, _condition(columns[k], coded[k], chosen, side is None))
                coming.append((rows[mask], where))
                if best is None or score > best.score:
                    best = Segment(where, score, 0.0, 1.0)
        nodes = coming
    if best is None:
        return None
    mine = best.holds(columns)
    a, b = correction(np.asarray(y)[mine], x[mine], w[mine])
    return Segment(_merged(best.conditions), best.score, a, b)


def _coded(column: Column) -> np.ndarray:
    """Bins (n,): 0 for missing, then quantiles in order, or the commonest categories; rarer ones share the last."""
    x = column.values
    if column.number:
        there = x[~np.isnan(x)]
        cuts = (
            np.unique(np.quantile(there, np.arange(1, MOST_BINS) / MOST_BINS, method="lower")) if there.size else there
        )
        return np.where(np.isnan(x), 0, 1 + np.searchsorted(cuts, x, "left")).astype(np.int64)
    levels, counts = np.unique(x[x != 0], return_counts=True)
    kept = np.sort(levels[np.argsort(-counts, kind="stable")[: MOST_BINS - 1]])
    if not kept.size:
        return np.zeros(x.size, np.int64)
    at = np.minimum(np.searchsorted(kept, x), kept.size - 1)
    return np.where(x == 0, 0, np.where(kept[at] == x, 1 + at, 1 + kept.size)).astype(np.int64)


def _score(s: np.ndarray) -> np.ndarray:
    """gᵀ H⁻¹ g (m,) of the residual's sum and its product with the centred log-odds, from sums (7, m)."""
    r, rl, h, hl, hll = s[:5]
    h = np.maximum(h, 1e-12)
    slope = rl - r * hl / h
    spread = hll - hl * hl / h
    return np.asarray(r * r / h + np.where(spread > CURVATURE * h, slope * slope / np.maximum(spread, 1e-12), 0.0))


def _enough(s: np.ndarray, least: int) -> np.ndarray:
    rows, events = s[5], s[6]
    return np.asarray((rows >= least) & (np.minimum(events, rows - events) >= least / 20))


def _best_split(
    sums: np.ndarray, columns: list[tuple[Column, np.ndarray]], least: int
) -> tuple[int, np.ndarray, tuple[float, float]] | None:
    """The column, the bins of one side, and both sides' scores, where their sum is largest."""
    found, best = None, 0.0
    for k, (column, code) in enumerate(columns):
        cells = np.stack([np.bincount(code, weights=row, minlength=MOST_BINS + 2) for row in sums])
        there = np.flatnonzero(cells[5] > 0)
        if there.size < 2:
            continue
        total = cells.sum(axis=1)
        absent = there[there == 0]
        order = there[there > 0]
        if not column.number:
            order = order[np.argsort(cells[0, order] / np.maximum(cells[2, order], 1e-12), kind="stable")]
        for first in {0: absent[:0], absent.size: absent}.values():  # missing on either side
            sides = np.cumsum(cells[:, order], axis=1) + cells[:, first].sum(axis=1)[:, None]
            others = total[:, None] - sides
            one, two = _score(sides), _score(others)
            gain = np.where(_enough(sides, least) & _enough(others, least), one + two, -1.0)
            at = int(gain.argmax())
            if gain[at] > best:
                best = float(gain[at])
                found = (k, np.append(order[: at + 1], first).astype(np.int64), (float(one[at]), float(two[at])))
    return found


def _condition(column: Column, code: np.ndarray, chosen: np.ndarray, other: bool) -> Condition:
    """The rows whose bin is chosen, or, if `other`, is not."""
    missing = bool((code == 0).any() and (0 in chosen) != other)
    if column.number:
        top = int(chosen.max())  # chosen bins are 1 … top
        cut = np.inf if top == code.max() else float(column.values[code == top].max())  # inf: there, or missing
        return (
            Condition(column.name, above=cut, missing=missing)
            if other
            else Condition(column.name, below=cut, missing=missing)
        )
    inside = np.isin(code, chosen) != other
    levels = np.unique(column.values[inside & (code > 0)])
    return Condition(column.name, levels=levels, missing=missing)


def _merged(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """One condition a column."""
    out: dict[str, Condition] = {}
    for c in conditions:
        known = out.get(c.name)
        if known is None:
            out[c.name] = c
            continue
        both = None if c.levels is None or known.levels is None else np.intersect1d(c.levels, known.levels)
        out[c.name] = Condition(
            c.name, max(c.above, known.above), min(c.below, known.below), both, c.missing and known.missing
        )
    return tuple(out.values())

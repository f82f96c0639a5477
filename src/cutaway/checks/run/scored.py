"""Scores of the rows, by which decisions are made: all that the decision checks read, as sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import add

import numpy as np

from cutaway.checks.run.losses import Difference, ScoreSums, probabilities_of
from cutaway.checks.run.roles import UNNAMED, Costs
from cutaway.science.columns import Distinct, Sample, hash_numbers
from cutaway.science.logit.scores import sigmoid
from cutaway.science.metrics.counts import Counts
from cutaway.science.metrics.histogram import ScoreHistogram

FOLDS = 5
KEPT_VALUES = 1024


@dataclass(frozen=True, eq=False)
class Group:
    """The rows of one group."""

    counts: Counts
    histograms: tuple[ScoreHistogram, ...]
    by_class: tuple[ScoreSums, ...]

    def __add__(self, other: Group) -> Group:
        return Group(
            self.counts + other.counts,
            tuple(a + b for a, b in zip(self.histograms, other.histograms, strict=True)),
            tuple(a + b for a, b in zip(self.by_class, other.by_class, strict=True)),
        )

    @property
    def histogram(self) -> ScoreHistogram:
        """Of the positive class."""
        return self.histograms[-1]


@dataclass(frozen=True, eq=False)
class ScoredSample:
    """A simple random sample of the scored rows. `logits`: (m,) of the positive class, or (m, K) against the rest."""

    rows: Sample
    logits: np.ndarray
    fold: np.ndarray

    @property
    def y(self) -> np.ndarray:
        """Class codes (m,)."""
        return self.rows.y

    @property
    def weight(self) -> np.ndarray:
        """Weights (m,)."""
        return self.rows.weight

    @property
    def p(self) -> np.ndarray:
        """Probabilities, of the shape of `logits`."""
        return sigmoid(self.logits)


@dataclass(frozen=True, eq=False)
class ScoreState:
    """What scores of rows add up to. Obeys the law of states."""

    folds: tuple[ScoreHistogram, ...]  # of the positive class (two classes), else empty
    histograms: tuple[ScoreHistogram, ...]  # of each class against the rest (several classes), else empty
    counts: Counts
    by_class: tuple[ScoreSums, ...]  # of the positive class, or of each
    loss: float  # Σ w times the log loss of the row's own class
    cost_folds: tuple[ScoreHistogram, ...]  # weighted by what each row costs when wrong, where a column says so
    distinct: Distinct
    groups: Mapping[str, Group] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        logits: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray | None,
        fold: np.ndarray,
        classes: int,
        cost: np.ndarray | None = None,
        group: tuple[np.ndarray, tuple[str, ...]] | None = None,
    ) -> ScoreState:
        """From `logits` (n,) of class 1, or (n, K) of each class against the rest; `cost` (n,) of getting a row wrong;
        `group`: codes (n,), -1 for none, and their names.
        """
        binary = classes == 2
        p, losses, own = probabilities_of(logits, y)
        hits = logits >= 0 if binary else logits.argmax(axis=1)
        counts = Counts.of(y, np.asarray(hits, np.int32), weight, classes=classes)
        sums = _sums(p, losses, y, weight, binary)
        w = np.ones(y.size) if weight is None else weight
        state = cls(
            folds=_by_fold(logits, y, weight, fold) if binary else (),
            histograms=() if binary else _against_rest(logits, y, weight),
            counts=counts,
            by_class=sums,
            loss=float((w * own).sum()),
            cost_folds=_by_fold(logits, y, w * cost, fold) if binary and cost is not None else (),
            distinct=_distinct(logits, y, classes),
        )
        if group is None:
            return state
        codes, names = group
        groups = {}
        for code, name in enumerate(names):
            mine = codes == code
            if not mine.any():
                continue
            some = None if weight is None else weight[mine]
            lg, yg = logits[mine], y[mine]
            pg, lossg, _ = probabilities_of(lg, yg)
            groups[name] = Group(
                Counts.of(yg, np.asarray(hits[mine], np.int32), some, classes=classes),
                (ScoreHistogram.of(lg, yg, some),) if binary else _against_rest(lg, yg, some),
                _sums(pg, lossg, yg, some, binary),
            )
        return ScoreState(**{**state.__dict__, "groups": groups})

    @property
    def against_rest(self) -> tuple[ScoreHistogram, ...]:
        """One histogram a class; with two classes that of the positive one."""
        return (reduce(add, self.folds),) if self.folds else self.histograms

    @property
    def auc_bounds(self) -> tuple[float, float]:
        """Certified bounds of the area under ROC; of its mean over the classes when there are several."""
        low, high = np.nanmean([h.auc_bounds() for h in self.against_rest], axis=0)
        return float(low), float(high)

    @property
    def auc(self) -> float:
        """Middle of the bounds."""
        return sum(self.auc_bounds) / 2

    @property
    def accuracy(self) -> float:
        """Share of the weight that is classified right at 0.5, or by the most probable class."""
        return float(np.trace(self.counts.matrix)) / self.counts.weight

    def __add__(self, other: ScoreState) -> ScoreState:
        def both(a: tuple, b: tuple) -> tuple:  # type: ignore[type-arg]
            return tuple(x + y for x, y in zip(a, b, strict=True)) if a and b else a or b

        groups = dict(self.groups)
        for name, state in other.groups.items():
            groups[name] = groups[name] + state if name in groups else state
        return ScoreState(
            both(self.folds, other.folds),
            both(self.histograms, other.histograms),
            self.counts + other.counts,
            both(self.by_class, other.by_class),
            self.loss + other.loss,
            both(self.cost_folds, other.cost_folds),
            self.distinct + other.distinct,
            groups,
        )


def _sums(
    p: np.ndarray, loss: np.ndarray, y: np.ndarray, weight: np.ndarray | None, binary: bool
) -> tuple[ScoreSums, ...]:
    if binary:
        return (ScoreSums.of(p, loss, y, weight),)
    return tuple(
        ScoreSums.of(np.ascontiguousarray(p[:, k]), loss[:, k], np.asarray(y == k, float), weight)
        for k in range(p.shape[1])
    )


def _by_fold(
    logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None, fold: np.ndarray
) -> tuple[ScoreHistogram, ...]:
    out = []
    for f in range(FOLDS):
        mine = fold == f
        out.append(ScoreHistogram.of(logits[mine], y[mine], None if weight is None else weight[mine]))
    return tuple(out)


def _against_rest(logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> tuple[ScoreHistogram, ...]:
    return tuple(ScoreHistogram.of(logits[:, k], y == k, weight) for k in range(logits.shape[1]))


def _distinct(logits: np.ndarray, y: np.ndarray, classes: int) -> Distinct:
    values = logits if logits.ndim == 1 else np.ascontiguousarray(logits[:, -1])
    return Distinct.of(hash_numbers(values), values, np.asarray(y, np.int32), classes, KEPT_VALUES)


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of the rows: of the user's own column, or of the plain model out of fold."""

    name: str  # the column, or "the plain model, out of fold"
    own: bool  # the user's own
    classes: tuple[str, ...]
    state: ScoreState
    sample: ScoredSample
    costs: Costs = UNNAMED
    left_out: int = 0  # rows without a score
    other: Scored | None = None
    difference: Difference | None = None  # of this one and the other

    @property
    def binary(self) -> bool:
        """Whether there are two classes."""
        return len(self.classes) == 2

    @property
    def counts(self) -> Counts:
        """Confusion counts at 0.5, or of the most probable class."""
        return Counts(self.state.counts.matrix, self.classes, self.state.counts.squares)

    @property
    def folds(self) -> tuple[ScoreHistogram, ...]:
        """Rows in five parts by a hash, each with its histogram of log-odds (two classes only)."""
        return self.state.folds

    @property
    def cost_folds(self) -> tuple[ScoreHistogram, ...]:
        """The same parts, each row weighted by what it costs when it is decided wrongly.

        The expected cost at a cut is the weight of the negatives at or above it and of the positives below it, over
        the weight of the rows in `folds`.
        """
        if self.state.cost_folds:
            return self.state.cost_folds
        each = np.array([[self.costs.fp], [self.costs.fn]])
        return tuple(ScoreHistogram(h.counts * each, h.squares) for h in self.folds)

    @property
    def histogram(self) -> ScoreHistogram:
        """Of the log-odds of the positive class, all rows."""
        return self.histograms[-1]

    @cached_property
    def histograms(self) -> tuple[ScoreHistogram, ...]:
        """One a class against the rest; with two classes that of the positive one."""
        return self.state.against_rest

    @property
    def sums(self) -> ScoreSums:
        """Of the positive class (two classes)."""
        return self.state.by_class[-1]

    @property
    def by_class(self) -> tuple[ScoreSums, ...]:
        """Of the positive class, or of each class against the rest."""
        return self.state.by_class

    @property
    def log_loss(self) -> float:
        """Mean log loss of the row's own class, in nats."""
        return self.state.loss / self.counts.weight if self.counts.weight else float("nan")

    @property
    def distinct(self) -> Distinct:
        """The score's values, as log-odds (of the last class, where there are several)."""
        return self.state.distinct

    @property
    def groups(self) -> Mapping[str, Group]:
        """By value of the group's column."""
        return self.state.groups

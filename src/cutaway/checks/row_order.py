"""DAT011: the order of the rows carries the target."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Feature, Subject
from cutaway.core.figures import Axis, Distribution, Intervals
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science.columns import Sample
from cutaway.science.columns.adjacency import Adjacency, adjacency, block_p, uniform_ranks
from cutaway.science.columns.encoding import stratified
from cutaway.science.columns.identity import given_out_p
from cutaway.science.logit.held_out import held_out
from cutaway.science.metrics import holm, ranking, ranking_difference
from cutaway.science.metrics.ranking import logit_interval

FOLDS = 5
FEWEST_ROWS = 60
CELLS = 400_000  # of the features that are compared with their neighbours: 0.1 s
JUDGED_ROWS = 8192
LEVELS = 8  # of a category: the commonest


@dataclass(frozen=True)
class Order:
    """How far the rows' order is from a random one. `columns`: features whose neighbours are alike, most alike first."""

    labels: Adjacency
    features: Adjacency | None
    p_labels: float  # after Holm, as the other two
    p_blocks: float
    p_features: float
    columns: tuple[str, ...]

    @property
    def p(self) -> float:
        return min(self.p_labels, self.p_blocks, self.p_features)


@dataclass(frozen=True)
class Judged:
    """The plain model's area under ROC in consecutive and in shuffled folds, on the same rows."""

    blocked: float
    shuffled: float
    low: float  # 95 % interval of the shuffled one
    high: float
    p: float  # that consecutive folds are no harder
    blocked_se: float


@check("DAT011", name="row order", asks="table")
def row_order(subject: Subject, *, alpha: float = 0.001) -> Iterator[Finding]:
    """The order of the rows carries the target.

    Why it matters: rows next to each other that are alike (sorted, one person's visits, one day's cases) make shuffled folds too easy and consecutive folds, the default
    of scikit-learn's `KFold`, too hard or impossible.

    What to do: split as the model will be used. Rows in time: train on the past, judge on the future. Rows of one owner: keep them in one fold. Rows merely sorted: shuffle.

    Null: every order of the rows is as likely. Three statistics are compared with it, Holm over the three, p < `alpha`: how often neighbours share a class and how
    near neighbours are in the features (ranks and levels), both with their exact mean and variance over all orders, and how evenly the classes fall on five
    consecutive blocks. That alone is a tip. It is an issue when a logistic regression judged in five consecutive folds falls below the
    95 % interval of its score in shuffled folds, on the same rows with p < `alpha`, or when a consecutive fold lacks a class. Rows: a
    random sample in table order. False alarms measured: 0 issues in 2,000 random tables.

    Passed: Neighbouring rows are no more alike than rows in random order.

    Source: Mantel 1967; Cliff & Ord 1973; Roberts et al. 2017 on blocked cross-validation; areas compared as in DeLong et al. 1988.

    Example: a table sorted by its classes fires; the same rows shuffled stay silent.

    >>> import numpy as np
    >>> from cutaway.checks.run.example import table
    >>> x, rng = np.arange(200) % 17, np.random.default_rng(0)
    >>> [f.title for f in row_order(table(np.arange(200) // 100, x=x))]
    ['The rows are sorted by y: 4 of 5 consecutive folds hold a single class']
    >>> list(row_order(table(rng.integers(0, 2, 200), x=rng.permutation(x))))
    []
    """
    sample = subject.uniform
    if sample.y.size < FEWEST_ROWS:
        raise NotApplicableError(f"a random sample of the rows holds {sample.y.size}, and fewer than {FEWEST_ROWS} have no order to speak of")
    usable = [f for f in subject.features if f.name not in subject.set_aside and not _counter(f)]
    order = _order(subject, sample, usable)
    if order.p >= alpha:
        return
    blocks = np.arange(sample.y.size) * FOLDS // sample.y.size
    single = _lacking(sample.y, blocks)
    if single and min(order.p_labels, order.p_blocks) < alpha:
        yield _sorted(subject, order, sample.y, blocks, single)
        return
    judged = _judged(subject, sample, usable) if usable else None
    if judged is not None and judged.blocked < judged.low and judged.p < alpha:
        yield _harder(subject, order, judged)
    else:
        yield _ordered(subject, sample, order, judged)


def _counter(feature: Feature) -> bool:
    """Whether a number merely counts the rows, so that neighbours are alike in it by its making."""
    d = feature.distinct
    if d is None or feature.spec.kind != "number" or not feature.whole or not d.hashes.size:
        return False
    repeated = int((d.counts.sum(axis=1) > 1).sum())
    return repeated == 0 and given_out_p(int(d.hashes.size), repeated, feature.n, feature.high - feature.low + 1) < 0.001


def _order(subject: Subject, sample: Sample, usable: list[Feature]) -> Order:
    y = sample.y
    labels = adjacency(np.eye(len(subject.classes))[y])
    blocks = np.arange(y.size) * FOLDS // y.size
    columns: list[tuple[float, str]] = []
    features = None
    if usable:
        near = sample.take(_runs(y.size, max(CELLS // len(usable), 1024)))
        parts = [_placed(subject, near, f) for f in usable]
        columns = [(a.z, f.name) for f, part in zip(usable, parts, strict=True) if (a := adjacency(part)).z > 4]
        features = adjacency(np.column_stack(parts))
    p = holm([labels.p, block_p(y, blocks), features.p if features else math.nan])
    named = tuple(name for _, name in sorted(columns, reverse=True))
    return Order(labels, features, float(p[0]), float(p[1]), float(p[2]) if features else 1.0, named)


def _runs(n: int, most: int, runs: int = 8) -> np.ndarray:
    """Rows (m,): all, or `runs` stretches of consecutive rows, evenly apart, so that neighbours stay neighbours."""
    if n <= most:
        return np.arange(n)
    length = most // runs
    return np.concatenate([np.arange(length) + (n - length) * r // (runs - 1) for r in range(runs)])


def _placed(subject: Subject, sample: Sample, feature: Feature) -> np.ndarray:
    """One feature as centred columns (m, q) of total variance 1: ranks of a number, the commonest levels of a category."""
    values = subject.column(sample, feature.name)
    if feature.spec.kind == "number":
        return uniform_ranks(values)[:, None]
    levels, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    common = np.argsort(-counts, kind="stable")[: min(LEVELS, max(levels.size - 1, 1))]
    marks = (place[:, None] == common).astype(float)
    marks -= marks.mean(axis=0)
    total = float(marks.var(axis=0).sum())
    return marks / math.sqrt(total) if total > 0 else marks


def _lacking(y: np.ndarray, blocks: np.ndarray) -> int:
    """Number of blocks that lack a class of which each would hold five rows or more in random order."""
    counts = np.array([np.bincount(y[blocks == b], minlength=int(y.max()) + 1) for b in range(FOLDS)])
    expected = counts.sum(axis=0) / FOLDS >= 5
    return int((counts[:, expected] == 0).any(axis=1).sum())


def _judged(subject: Subject, sample: Sample, usable: list[Feature]) -> Judged | None:
    """None where a fold lacks a class, so that its score is not defined."""
    if sample.y.size > JUDGED_ROWS:
        sample = sample.take(np.linspace(0, sample.y.size - 1, JUDGED_ROWS).astype(np.int64))
    kept = {f.name for f in usable}
    x, keep = subject.design({f.name: "counts rows" for f in subject.features if f.name not in kept}).of_sample(sample)
    x, y = x[keep], sample.y[keep]
    blocks = np.arange(y.size) * FOLDS // y.size
    deal = subject.random(11).permutation(y.size)
    shuffled = np.empty(y.size, np.int64)
    shuffled[deal] = stratified(y[deal], FOLDS)
    counts = np.bincount(y, minlength=len(subject.classes))
    classes = [1] if subject.binary else [int(k) for k in np.argsort(-counts)[:5] if counts[k] >= 50]
    rows = [row for k in classes if (row := _compared(x, (y == k).astype(float), blocks, shuffled)) is not None]
    if not rows:
        return None
    from scipy.special import ndtr

    blocked, easy, gap_se, easy_se, blocked_se = (np.array(v) for v in zip(*rows, strict=True))
    m = len(rows)
    gap, se = float((easy - blocked).mean()), math.sqrt(float((gap_se**2).sum())) / m
    fewest = min(counts[classes].min(), y.size - counts[classes].max())
    low, high = logit_interval(float(easy.mean()), math.sqrt(float((easy_se**2).sum())) / m, float(fewest))
    p = float(ndtr(-gap / se)) if se > 0 else float(gap <= 0)
    return Judged(float(blocked.mean()), float(easy.mean()), low, high, p, math.sqrt(float((blocked_se**2).sum())) / m)


def _compared(x: np.ndarray, y: np.ndarray, blocks: np.ndarray, shuffled: np.ndarray) -> tuple[float, ...] | None:
    """Areas within the blocks, weighted by their pairs, of scores from consecutive and from shuffled folds; with the errors of the difference and of both."""
    positives = np.bincount(blocks, weights=y)
    if (positives < 2).any() or (np.bincount(blocks) - positives < 2).any():
        return None
    hard, easy = held_out(x, y, blocks, shuffled)
    parts = []
    for b in range(FOLDS):
        mine = blocks == b
        there = y[mine] == 1
        pairs = float(there.sum()) * float((~there).sum())
        one, other = ranking(there, hard[mine]), ranking(there, easy[mine])
        parts.append((pairs, one.auc, other.auc, ranking_difference(there, easy[mine], hard[mine])[1], other.se, one.se))
    pairs_, *values = np.array(parts).T
    share = pairs_ / pairs_.sum()
    hard_auc, easy_auc = float(share @ values[0]), float(share @ values[1])
    return hard_auc, easy_auc, *(float(np.sqrt(np.sum((share * v) ** 2))) for v in values[2:])


def _evidence(order: Order) -> dict[str, float]:
    pairs = order.labels.n - 1
    out = {
        "share_of_neighbours_of_one_class": order.labels.total / pairs,
        "share_of_neighbours_of_one_class_in_random_order": order.labels.expected / pairs,
        "p_value_of_the_order": order.p,
    }
    if order.features is not None:
        out["squared_distance_of_neighbours_over_that_of_random_pairs"] = order.features.distance_ratio
    return out


def _where(order: Order) -> str:
    if not order.columns:
        return ""
    names = ", ".join(order.columns[:3]) + (f" and {len(order.columns) - 3} more" if len(order.columns) > 3 else "")
    return f" Neighbours are alike in {names}."


def _sorted(subject: Subject, order: Order, y: np.ndarray, blocks: np.ndarray, lacking: int) -> Finding:
    alone = sum(np.unique(y[blocks == b]).size == 1 for b in range(FOLDS))
    how = f"{alone} of {FOLDS} consecutive folds hold a single class" if alone else f"{lacking} of {FOLDS} consecutive folds lack a class"
    return Finding(
        title=f"The rows are sorted by {subject.target}: {how}",
        severity="medium",
        columns=(subject.target,),
        evidence={"consecutive_folds_that_lack_a_class": float(lacking), **_evidence(order)},
        detail="Folds or a test set cut without shuffling, as by scikit-learn's KFold, cannot be judged, or only wrongly." + _where(order),
        remedy=Remedy(
            "Shuffle, with the classes spread evenly, unless the order is time: then judge on later rows.",
            {"scikit-learn": "StratifiedKFold(5, shuffle=True, random_state=0)"},
        ),
    )


def _harder(subject: Subject, order: Order, judged: Judged) -> Finding:
    reach = 1.96 * judged.blocked_se
    return Finding(
        title=f"The order of the rows flatters a shuffled score: AUC {judged.shuffled:.3f} in shuffled folds, {judged.blocked:.3f} in consecutive ones",
        severity="medium",
        columns=order.columns,
        evidence={
            "auc_in_shuffled_folds": judged.shuffled,
            "auc_in_shuffled_folds_low": judged.low,
            "auc_in_shuffled_folds_high": judged.high,
            "auc_in_consecutive_folds": judged.blocked,
            "p_value_of_the_difference": judged.p,
            **_evidence(order),
        },
        detail="A plain logistic regression, areas within the same five stretches of rows. What holds in one stretch holds less in the next." + _where(order),
        figure=Intervals(
            alt=f"The area under ROC is {judged.shuffled:.3f} in shuffled folds and {judged.blocked:.3f} in consecutive folds.",
            axis=Axis(label="area under ROC", unit="share of pairs ranked right"),
            labels=("shuffled folds", "consecutive folds"),
            centre=(judged.shuffled, judged.blocked),
            low=(judged.low, max(judged.blocked - reach, 0.0)),
            high=(judged.high, min(judged.blocked + reach, 1.0)),
            null=0.5,
        ),
        remedy=Remedy(
            "Find out what the order is. If it is time, judge on later rows; if neighbours share an owner, keep them in one fold.",
            {"scikit-learn": "cross_val_score(model, x, y, cv=TimeSeriesSplit(5))  # or GroupKFold(5) with groups=owner"},
        ),
    )


def _ordered(subject: Subject, sample: Sample, order: Order, judged: Judged | None) -> Finding:
    pairs = order.labels.n - 1
    same, chance = order.labels.total / pairs, order.labels.expected / pairs
    by_class = order.p_labels <= order.p_features
    if by_class or order.features is None:
        what = f"neighbours share their class in {same:.1%} of pairs, {chance:.1%} by chance"
    else:
        what = f"the squared distance of neighbours is {order.features.distance_ratio:.0%} of that of random pairs"
    evidence = _evidence(order)
    told = ""
    if judged is not None:
        evidence |= {"auc_in_shuffled_folds": judged.shuffled, "auc_in_consecutive_folds": judged.blocked}
        told = f" It hardly matters to a logistic regression (AUC {judged.shuffled:.3f} in shuffled folds, {judged.blocked:.3f} in consecutive ones); it may to trees and nearest neighbours."
    return Finding(
        title=f"The rows are not in random order: {what}",
        severity="low",
        columns=order.columns,
        evidence=evidence,
        detail=(_where(order) + told).strip(),
        figure=_permuted(subject, sample, order) if by_class else None,
        remedy=Remedy(
            "If the order is time, judge on later rows as well; if neighbours share an owner, keep them in one fold.",
            {"scikit-learn": "cross_val_score(model, x, y, cv=KFold(5))  # consecutive folds, beside the shuffled ones"},
        ),
    )


def _permuted(subject: Subject, sample: Sample, order: Order, rounds: int = 200) -> Distribution:
    """Shares of neighbours of one class in random orders, with the observed one marked."""
    rng, y = subject.random(12), sample.y
    shares = [float(np.mean((p := rng.permutation(y))[:-1] == p[1:])) for _ in range(rounds)]
    observed = order.labels.total / (order.labels.n - 1)
    counts, edges = np.histogram(shares, bins=20)
    return Distribution(
        alt=f"Neighbours share their class in {observed:.1%} of pairs; in {rounds} random orders in {min(shares):.1%} to {max(shares):.1%}.",
        x=Axis(label="neighbours of one class", unit="share of pairs"),
        edges=tuple(float(e) for e in edges),
        counts=tuple(float(c) for c in counts),
        observed=observed,
        observed_label="in table order",
    )

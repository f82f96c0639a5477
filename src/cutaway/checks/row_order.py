"""DAT011: the order of the rows carries the target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Feature, Subject
from cutaway.core.figures import Axis, Bars, Distribution, Intervals
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.wording import percent
from cutaway.science.columns import Sample
from cutaway.science.columns.adjacency import uniform_ranks
from cutaway.science.columns.encoding import stratified
from cutaway.science.columns.identity import given_out_p
from cutaway.science.columns.order import BLOCKS, Order, blocks_of, level_marks, order_of, runs
from cutaway.science.logit.consecutive import Consecutive, consecutive
from cutaway.science.metrics import holm
from cutaway.science.metrics.association import class_runs_p

FEWEST_ROWS = 60
CELLS = 400_000  # of the features that are compared with their neighbours: 0.1 s
JUDGED_ROWS = 8192
MOST_CLASSES, FEWEST_A_CLASS = 5, 50  # judged: the commonest, with ten rows a fold
ALIKE = 4.0  # standard deviations from which a feature is named as alike among neighbours: one in 30,000 by chance


@check("DAT011", name="row order", asks="model")
def row_order(subject: Subject, *, alpha: float = 0.001) -> Iterator[Finding]:
    """The order of the rows carries the target.

    Why it matters: rows next to each other that are alike (sorted, one person's visits, one day's cases) make
    shuffled folds too easy and consecutive folds, the default of scikit-learn's `KFold`, too hard or impossible.

    What to do: split as the model will be used. Rows in time: train on the past, judge on the future. Rows of one
    owner: keep them in one fold. Rows merely sorted: shuffle.

    Null: every order of the rows is as likely. Four statistics are compared with it, Holm over the four, p < `alpha`:
    in how few runs the rows of a class come (exactly), how near neighbours are in the features (ranks and levels) and
    how alike in feature times class, both with their exact mean and variance over all orders, and how evenly the
    classes fall on five consecutive blocks. That alone is a tip. It is an issue when a logistic regression judged in
    five consecutive folds falls below the 95 % interval of its score in shuffled folds, on the same rows with p <
    `alpha`, or when a consecutive fold lacks a class. Rows: a random sample in table order. False alarms measured: 0
    issues in 2,000 random tables.

    Passed: Neighbouring rows are no more alike than rows in random order.

    Source: Stevens 1939; Mantel 1967; Cliff & Ord 1973; Roberts et al. 2017 on blocked cross-validation; areas compared
    as in DeLong et al. 1988.

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
        raise NotApplicableError(
            f"a random sample of the rows holds {sample.y.size}, and fewer than {FEWEST_ROWS} have no order to speak of"
        )
    usable = [f for f in subject.features if f.name not in subject.set_aside and not _counter(f)]
    rows = runs(sample.y.size, max(CELLS // max(len(usable), 1), 1024))
    near = sample.take(rows)
    order = order_of(sample.y, len(subject.classes), [_placed(subject, near, f) for f in usable], rows)
    raw = {"labels": class_runs_p(sample.y, len(subject.classes)), **order.p_values}
    p_values = dict(zip(raw, holm(list(raw.values())).tolist(), strict=True))
    if min(p_values.values()) >= alpha:
        return
    alike = sorted(((z, f.name) for z, f in zip(order.z, usable, strict=True) if z > ALIKE), reverse=True)
    found = Found(order, p_values, tuple(name for _, name in alike))
    lacking = _lacking(sample.y)
    if lacking and min(p_values["labels"], p_values["blocks"]) < alpha:
        yield _sorted(subject, found, sample.y, lacking)
        return
    judged = _judged(subject, sample, usable) if usable else None
    if judged is not None and judged.harder and judged.p < alpha:
        yield _harder(found, judged)
    else:
        yield _ordered(subject, sample, found, judged)


def _counter(feature: Feature) -> bool:
    """Whether a number merely counts the rows, so that neighbours are alike in it by its making."""
    d = feature.distinct
    if d is None or feature.spec.kind != "number" or not feature.whole or (d.counts.sum(axis=1) > 1).any():
        return False
    return given_out_p(int(d.hashes.size), 0, feature.n, feature.high - feature.low + 1) < 0.001


def _placed(subject: Subject, sample: Sample, feature: Feature) -> np.ndarray:
    """One feature as centred columns (m, q) of total variance 1: ranks or levels."""
    values = subject.column(sample, feature.name)
    return uniform_ranks(values)[:, None] if feature.spec.kind == "number" else level_marks(values)


def _lacking(y: np.ndarray) -> int:
    """Number of blocks that lack a class of which each would hold five rows or more in random order."""
    blocks = blocks_of(y.size)
    counts = np.array([np.bincount(y[blocks == b], minlength=int(y.max()) + 1) for b in range(BLOCKS)])
    expected = counts.sum(axis=0) / BLOCKS >= 5
    return int((counts[:, expected] == 0).any(axis=1).sum())


def _judged(subject: Subject, sample: Sample, usable: list[Feature]) -> Consecutive | None:
    """None where a fold lacks a class, so that its score is not defined."""
    if sample.y.size > JUDGED_ROWS:
        sample = sample.take(np.linspace(0, sample.y.size - 1, JUDGED_ROWS).astype(np.int64))
    kept = {f.name for f in usable}
    x, keep = subject.design({f.name: "counts rows" for f in subject.features if f.name not in kept}).of_sample(sample)
    x, y = x[keep], sample.y[keep]
    blocks = blocks_of(y.size)
    deal = subject.random(11).permutation(y.size)
    shuffled = np.empty(y.size, np.int64)
    shuffled[deal] = stratified(y[deal], BLOCKS)
    counts = np.bincount(y, minlength=len(subject.classes))
    common = [int(k) for k in np.argsort(-counts)[:MOST_CLASSES] if counts[k] >= FEWEST_A_CLASS]
    classes = [1] if subject.binary else common
    return consecutive(x, y, classes, blocks, shuffled) if classes else None


@dataclass(frozen=True)
class Found:
    """An order that is there: `p_values` after Holm, and the features whose neighbours are alike, most alike first."""

    order: Order
    p_values: dict[str, float]
    columns: tuple[str, ...]

    @property
    def shares(self) -> tuple[float, float]:
        """Share of neighbours of one class, and in random order."""
        pairs = self.order.labels.n - 1
        return self.order.labels.total / pairs, self.order.labels.expected / pairs

    @property
    def evidence(self) -> dict[str, float]:
        """Numbers that every finding gives."""
        same, chance = self.shares
        out = {
            "share_of_neighbours_of_one_class": same,
            "share_of_neighbours_of_one_class_in_random_order": chance,
            "p_value_of_the_order": min(self.p_values.values()),
        }
        if self.order.features is not None:
            out["squared_distance_of_neighbours_over_that_of_random_pairs"] = self.order.features.distance_ratio
        return out

    @property
    def where(self) -> str:
        """The sentence that names the columns."""
        if not self.columns:
            return ""
        more = f" and {len(self.columns) - 3} more" if len(self.columns) > 3 else ""
        return f" Neighbours are alike in {', '.join(self.columns[:3])}{more}."


def _sorted(subject: Subject, found: Found, y: np.ndarray, lacking: int) -> Finding:
    blocks = blocks_of(y.size)
    alone = sum(np.unique(y[blocks == b]).size == 1 for b in range(BLOCKS))
    how = "hold a single class" if alone else "lack a class"
    return Finding(
        title=f"The rows are sorted by {subject.target}: {alone or lacking} of {BLOCKS} consecutive folds {how}",
        severity="medium",
        columns=(subject.target,),
        evidence={"consecutive_folds_that_lack_a_class": float(lacking), **found.evidence},
        detail="Folds or a test set cut without shuffling, as by scikit-learn's KFold, are judged wrongly, or not."
        + found.where,
        remedy=Remedy(
            "Shuffle, with the classes spread evenly, unless the order is time: then judge on later rows.",
            {"scikit-learn": "StratifiedKFold(5, shuffle=True, random_state=0)"},
        ),
    )


def _harder(found: Found, judged: Consecutive) -> Finding:
    reach = 1.96 * judged.se
    areas = f"{judged.shuffled:.3f} in shuffled folds, {judged.blocked:.3f} in consecutive ones"
    return Finding(
        title=f"The order of the rows flatters a shuffled score: AUC {areas}",
        severity="medium",
        columns=found.columns,
        evidence={
            "auc_in_shuffled_folds": judged.shuffled,
            "auc_in_shuffled_folds_low": judged.low,
            "auc_in_shuffled_folds_high": judged.high,
            "auc_in_consecutive_folds": judged.blocked,
            "p_value_of_the_difference": judged.p,
            **found.evidence,
        },
        detail="A plain logistic regression, areas within the same five stretches of rows. What holds in one stretch "
        "holds less in the next." + found.where,
        figure=Intervals(
            alt=f"The area under ROC is {areas}.",
            axis=Axis(label="area under ROC", unit="share of pairs ranked right"),
            labels=("shuffled folds", "consecutive folds"),
            centre=(judged.shuffled, judged.blocked),
            low=(judged.low, max(judged.blocked - reach, 0.0)),
            high=(judged.high, min(judged.blocked + reach, 1.0)),
            null=0.5,
        ),
        remedy=Remedy(
            "Find out what the order is. If it is time, judge on later rows; if neighbours share an owner, keep them "
            "in one fold.",
            {
                "scikit-learn": "cross_val_score(model, x, y, cv=TimeSeriesSplit(5))\n"
                "cross_val_score(model, x, y, cv=GroupKFold(5), groups=owner)"
            },
        ),
    )


def _ordered(subject: Subject, sample: Sample, found: Found, judged: Consecutive | None) -> Finding:
    what, figure = _clearest(subject, sample, found)
    evidence, told = found.evidence, ""
    if judged is not None:
        evidence |= {"auc_in_shuffled_folds": judged.shuffled, "auc_in_consecutive_folds": judged.blocked}
        told = (
            f" A logistic regression does not feel it (AUC {judged.shuffled:.3f} in shuffled folds, "
            f"{judged.blocked:.3f} in consecutive ones); trees and nearest neighbours may."
        )
    return Finding(
        title=f"The rows are not in random order: {what}",
        severity="low",
        columns=found.columns,
        evidence=evidence,
        detail=(found.where + told).strip(),
        figure=figure,
        remedy=Remedy(
            "If the order is time, judge on later rows as well; if neighbours share an owner, keep them in one fold.",
            {"scikit-learn": "cross_val_score(model, x, y, cv=KFold(5))  # consecutive, beside the shuffled ones"},
        ),
    )


def _clearest(subject: Subject, sample: Sample, found: Found) -> tuple[str, Distribution | Bars | None]:
    """What the statistic of the smallest p-value says, and its picture."""
    clearest = min(found.p_values, key=lambda name: found.p_values[name])
    if clearest == "labels":
        same, chance = found.shares
        what = f"neighbours share their class in {percent(same)} of pairs, {percent(chance)} by chance"
        return what, _permuted(subject, sample, same)
    if clearest == "blocks":
        k = 1 if subject.binary else int(np.argmax(np.ptp(found.order.shares, axis=0)))
        name, shares = subject.classes[k], found.order.shares[:, k]
        what = (
            f"the share of “{name}” lies between {percent(shares.min())} and {percent(shares.max())} in "
            f"consecutive fifths"
        )
        return what, Bars(
            alt=f"The share of “{name}” goes from {percent(shares[0])} in the first fifth of the rows to "
            f"{percent(shares[-1])} "
            "in the last.",
            axis=Axis(label=f"share of “{name}”", unit="share of rows"),
            labels=tuple(f"{place} fifth" for place in ("first", "second", "third", "fourth", "last")),
            values=tuple(float(v) for v in shares),
        )
    if clearest == "features" and found.order.features is not None:
        ratio = found.order.features.distance_ratio
        return f"the squared distance of neighbours is {percent(ratio, 0)} of that of random pairs", None
    return f"what the features say of {subject.target} changes along the table", None


def _permuted(subject: Subject, sample: Sample, observed: float, rounds: int = 200) -> Distribution:
    """Shares of neighbours of one class in random orders, with the observed one marked."""
    rng, y = subject.random(12), sample.y
    shares = [float(np.mean((p := rng.permutation(y))[:-1] == p[1:])) for _ in range(rounds)]
    counts, edges = np.histogram(shares, bins=20)
    return Distribution(
        alt=f"Neighbours share their class in {percent(observed)} of pairs; in {rounds} random orders in "
        f"{percent(min(shares))} "
        f"to {percent(max(shares))}.",
        x=Axis(label="neighbours of one class", unit="share of pairs"),
        edges=tuple(float(e) for e in edges),
        counts=tuple(float(c) for c in counts),
        observed=observed,
        observed_label="in table order",
    )

"""DAT004: one feature alone nearly decides the target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Feature, Subject
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent
from cutaway.science.columns import Sample
from cutaway.science.columns.encoding import Cells, copies, stratified
from cutaway.science.logit.held_out import held_out
from cutaway.science.metrics.class_rankings import better_p, mean_area

FOLDS = 5
ROWS = 2048  # of each class at most: the standard error of an area of 0.95 is then 0.004


@dataclass(frozen=True)
class Alone:
    """How well one feature alone ranks each class above the rest, by scores learned on other rows."""

    name: str
    scores: np.ndarray  # (classes scored, m)
    auc: float  # mean over the classes
    low: float  # of its 95 % interval
    high: float


@check("DAT004", name="leakage", asks="table")
def leakage(
    subject: Subject, *, min_auc: float = 0.95, near_perfect_auc: float = 0.99, alpha: float = 0.001
) -> Iterator[Finding]:
    """One feature alone nearly decides the target.

    Why it matters: a column that was filled in after the outcome, or from it, makes every score look excellent and is
    not there when the model is used.

    What to do: ask when the column is known. If only after the outcome, leave it out; if before, you hardly need a
    model.

    Null: the feature is no better than all the other features together. A feature is named when (a) its values and
    the classes are the same thing under other names, by counting, or (b) the 95 % interval of its area under ROC lies
    above `min_auc`, a logistic regression of all the others (and of their own cross-fitted log-odds, so that curves
    count) leaves at least twice as many pairs in the wrong order, and the difference on the same rows has p <
    `alpha`, Bonferroni over the features. 0.95 is two normal distributions 2.3 standard deviations apart. A strong
    feature among strong ones is therefore not named. Features whose interval lies above `near_perfect_auc` do not
    count among the others, so that two leaks do not hide each other. With several classes the area is the mean over
    the classes, each against the rest. Rows: a sample of up to 2,048 a class; every score is learned on other rows.
    False alarms measured: 0 in 2,000 random tables.

    Passed: No feature alone tells the classes apart much better than all the others together.

    Source: Kaufman, Rosset & Perlich 2012, "Leakage in data mining"; areas compared as in DeLong, DeLong &
    Clarke-Pearson 1988.

    Example: a near-copy of the target fires; a feature that is merely good stays silent.

    >>> import numpy as np
    >>> from cutaway.checks.run.example import table
    >>> y, noise = np.arange(600) % 2, np.random.default_rng(0).normal(size=(3, 600))
    >>> [f.columns for f in leakage(table(y, billed=y + 0.1 * noise[0], age=noise[1], score=y + noise[2]))]
    [('billed',)]
    >>> list(leakage(table(y, age=noise[1], score=y + noise[2])))
    []
    """
    features = [f for f in subject.features if f.name not in subject.set_aside]
    copied = [
        f.name
        for f in features
        if f.distinct is not None and copies(f.distinct.counts, f.missing, f.distinct.complete, alpha / len(features))
    ]
    for name in copied:
        yield _copy(subject, name)
    sample = subject.by_class
    sample = sample.take(np.concatenate([np.flatnonzero(sample.y == k)[:ROWS] for k in range(len(subject.classes))]))
    left = [f for f in features if f.name not in copied]
    strong = [alone for f in left if (alone := _alone(subject, sample, f, min_auc)) and alone.low >= min_auc]
    excused = {*copied, *(a.name for a in strong if a.low >= near_perfect_auc)}
    for alone in strong:
        leave = excused | {alone.name}
        others = [f for f in features if f.name not in leave]
        as_good = any(1 - a.auc < 2 * (1 - alone.auc) for a in strong if a.name not in leave)
        if as_good or not (others or alone.name in excused):
            continue
        rest = _together(subject, sample, leave, others)
        both = ~np.isnan(rest).any(axis=0)
        reached = mean_area(sample.y[both], rest[:, both], _scored(subject))
        p = better_p(sample.y[both], alone.scores[:, both], rest[:, both], _scored(subject))
        if p < alpha / len(features) and 1 - reached[0] >= 2 * (1 - alone.auc):
            yield _leak(subject, alone, reached, len(others))


def _scored(subject: Subject) -> Sequence[int]:
    """The classes that are ranked against the rest: the positive one, or each of several."""
    return [1] if subject.binary else range(len(subject.classes))


def _cells(subject: Subject, sample: Sample, feature: Feature) -> Cells:
    values = subject.column(sample, feature.name)
    return Cells.of_numbers(values) if feature.spec.kind == "number" else Cells.of_levels(values)


def _alone(subject: Subject, sample: Sample, feature: Feature, floor: float) -> Alone | None:
    """The feature's scores and area; None when not even a ranking chosen with hindsight reaches the floor."""
    cells = _cells(subject, sample, feature)
    if np.mean([cells.most_auc(sample.y == k) for k in _scored(subject)]) < floor:
        return None
    fold = stratified(sample.y, FOLDS)
    scores = np.array([cells.log_odds(sample.y == k, fold, FOLDS) for k in _scored(subject)])
    return Alone(feature.name, scores, *mean_area(sample.y, scores, _scored(subject)))


def _together(subject: Subject, sample: Sample, leave: set[str], others: list[Feature]) -> np.ndarray:
    """Scores (classes scored, m) by a logistic regression on all others, learned on other rows; NaN where left out."""
    design = subject.design({name: "compared" for name in leave})
    x, keep = design.of_sample(sample)
    fold = stratified(sample.y, FOLDS)
    bent = [_cells(subject, sample, f) for f in others if f.spec.kind == "number"]
    out = np.full((len(_scored(subject)), sample.y.size), np.nan)
    for row, k in enumerate(_scored(subject)):
        positive = sample.y == k
        x_k = np.column_stack([x, *(cells.log_odds(positive, fold, FOLDS) for cells in bent)])
        if not 1 < positive[keep].sum() < keep.sum() - 1:
            continue
        out[row, keep] = held_out(x_k[keep], positive[keep], fold[keep])[0]
    return out


def _leak(subject: Subject, alone: Alone, rest: tuple[float, float, float], others: int) -> Finding:
    area, low, high = rest
    about = (
        f"“{subject.classes[1]}” above “{subject.classes[0]}”"
        if subject.binary
        else f"each class of {subject.target} above the others"
    )
    less = f"; the other {others} features together reach" if others > 1 else "; the other feature reaches"
    less = f"{less} {area:.3f}" if others else ""
    return Finding(
        title=f"{alone.name} alone nearly decides {subject.target}: its AUC is {alone.auc:.3f}{less}",
        severity="high",
        columns=(alone.name,),
        evidence={
            "auc_of_the_feature_alone": alone.auc,
            "auc_of_the_feature_alone_low": alone.low,
            "auc_of_the_feature_alone_high": alone.high,
            "auc_of_all_others_together": area,
            "auc_of_all_others_together_low": low,
            "auc_of_all_others_together_high": high,
        },
        detail=(
            f"{alone.name} ranks {about} in {percent(alone.auc)} of pairs, judged on rows that its scores were "
            f"not learned "
            "from. Few honest measurements do; a column that is filled in with or after the outcome does. "
            "The plain model goes without it."
        ),
        figure=Intervals(
            alt=f"{alone.name} alone reaches an area under ROC of {alone.auc:.3f}; all others together {area:.3f}.",
            axis=Axis(label="area under ROC", unit="share of pairs ranked right"),
            labels=(f"{alone.name} alone", "all others together"),
            centre=(alone.auc, area),
            low=(alone.low, low),
            high=(alone.high, high),
            null=0.5,
        ),
        remedy=_remedy(subject, alone.name),
        set_aside={alone.name: f"alone nearly decides {subject.target} (AUC {alone.auc:.3f}), as a leak does"},
    )


def _copy(subject: Subject, name: str) -> Finding:
    feature = subject.feature(name)
    return Finding(
        title=f"{name} is {subject.target} under another name: value and class agree in all {feature.n:,} rows",
        severity="high",
        columns=(name,),
        evidence={"rows_that_agree": float(feature.n), "rows_that_do_not": 0.0},
        detail="A model that sees it needs nothing else and learns nothing else. The plain model goes without it.",
        remedy=_remedy(subject, name),
        set_aside={name: f"is {subject.target} under another name"},
    )


def _remedy(subject: Subject, name: str) -> Remedy:
    return Remedy(
        f"Find out when {name} is known. If only with or after {subject.target}, leave it out and judge again.",
        {
            "pandas": f"features = df.drop(columns=[{subject.target!r}, {name!r}])",
            "Polars": f"features = df.drop({subject.target!r}, {name!r})",
        },
    )

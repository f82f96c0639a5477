"""DAT004: one feature alone nearly decides the target."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Feature, Subject
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, Remedy
from cutaway.science.columns import Sample
from cutaway.science.columns.encoding import Cells, copies, stratified
from cutaway.science.logit.held_out import held_out
from cutaway.science.metrics import ranking, ranking_difference
from cutaway.science.metrics.ranking import logit_interval

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
def leakage(subject: Subject, *, min_auc: float = 0.95, near_perfect_auc: float = 0.99, alpha: float = 0.001) -> Iterator[Finding]:
    """One feature alone nearly decides the target.

    Why it matters: a column that was filled in after the outcome, or from it, makes every score look excellent and is not there when the model is used.

    What to do: ask when the column is known. If only after the outcome, leave it out; if before, you hardly need a model.

    Null: the feature is no better than all the other features together. A feature is named when (a) its values and the classes are the same thing
    under other names, by counting, or (b) the 95 % interval of its area under ROC lies above `min_auc`, a logistic regression of all the others
    (and of their own cross-fitted log-odds, so that curves count) leaves at least twice as many pairs in the wrong order, and the
    difference on the same rows has p < `alpha`, Bonferroni over the features. 0.95 is two normal distributions 2.3 standard deviations apart. A strong feature among strong ones is therefore not named.
    Several near-perfect features (above `near_perfect_auc`) do not excuse one another. With several classes the area is the mean over the classes, each against the
    rest. Rows: a sample of up to 2,048 a class; every score is learned on other rows. False alarms measured: 0 in 2,000 random tables.

    Passed: No feature alone tells the classes apart much better than all the others together.

    Source: Kaufman, Rosset & Perlich 2012, "Leakage in data mining"; areas compared as in DeLong, DeLong & Clarke-Pearson 1988.

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
    copied = [f.name for f in features if f.distinct is not None and copies(f.distinct.counts, f.missing, f.distinct.complete, alpha / len(features))]
    for name in copied:
        yield _copy(subject, name)
    sample = subject.by_class
    sample = sample.take(np.concatenate([np.flatnonzero(sample.y == k)[:ROWS] for k in range(len(subject.classes))]))
    left = [f for f in features if f.name not in copied]
    strong = [alone for f in left if (alone := _alone(subject, sample, f, min_auc)) and alone.low >= min_auc]
    excused = {a.name for a in strong if a.low >= near_perfect_auc} | set(copied)
    for alone in strong:
        leave = excused | {alone.name}
        others = [f for f in features if f.name not in leave]
        if not others and alone.low < near_perfect_auc:
            continue
        rest = _together(subject, sample, leave, others)
        area, low, high, p = _compared(subject, sample, alone, rest)
        if p < alpha / len(features) and 1 - area >= 2 * (1 - alone.auc):
            yield _leak(subject, alone, (area, low, high), len(others))


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
    return Alone(feature.name, scores, *_area(subject, sample.y, scores))


def _area(subject: Subject, y: np.ndarray, scores: np.ndarray) -> tuple[float, float, float]:
    """Mean area over the classes and its 95 % interval; where no pair is wrong, the rule of three for the rarest class."""
    ranked = [ranking(y == k, s) for k, s in zip(_scored(subject), scores, strict=True)]
    auc = float(np.mean([r.auc for r in ranked]))
    se = math.sqrt(sum(r.se**2 for r in ranked)) / len(ranked)
    fewest = min(min(r.positives, r.negatives) for r in ranked)
    if auc >= 1.0:
        return auc, 0.05 ** (1 / fewest), 1.0
    return auc, *logit_interval(auc, se, fewest)


def _together(subject: Subject, sample: Sample, leave: set[str], others: list[Feature]) -> np.ndarray:
    """Scores (classes scored, m) of a logistic regression on all other features, learned on other rows; NaN for rows it leaves out."""
    design = subject.design({name: "compared" for name in leave})
    x, keep = design.of_sample(sample)
    fold = stratified(sample.y, FOLDS)
    bent = [_cells(subject, sample, f) for f in others if f.spec.kind == "number"]
    out = np.full((len(_scored(subject)), sample.y.size), np.nan)
    for row, k in enumerate(_scored(subject)):
        positive = sample.y == k
        x_k = np.column_stack([x, *(cells.log_odds(positive, fold, FOLDS) for cells in bent)])
        out[row, keep] = held_out(x_k[keep], positive[keep], fold[keep])[0]
    return out


def _compared(subject: Subject, sample: Sample, alone: Alone, rest: np.ndarray) -> tuple[float, float, float, float]:
    """Area of the rest with its interval, and the p-value that the feature alone is no better, on the rows that both scored."""
    from scipy.special import ndtr

    both = ~np.isnan(rest).any(axis=0)
    y = sample.y[both]
    pairs = [ranking_difference(y == k, a[both], b[both]) for k, a, b in zip(_scored(subject), alone.scores, rest, strict=True)]
    gap, se = float(np.mean([d for d, _ in pairs])), math.sqrt(sum(s * s for _, s in pairs)) / len(pairs)
    p = float(ndtr(-gap / se)) if se > 0 else float(gap <= 0)
    return *_area(subject, y, rest[:, both]), p


def _leak(subject: Subject, alone: Alone, rest: tuple[float, float, float], others: int) -> Finding:
    area, low, high = rest
    about = f"“{subject.classes[1]}” above “{subject.classes[0]}”" if subject.binary else f"each class of {subject.target} above the others"
    less = f"; the other {others} features together reach {area:.3f}" if others else ""
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
            f"{alone.name} ranks {about} in {alone.auc:.1%} of pairs, judged on rows that its scores were not learned from. Few honest measurements do; "
            "a column that is filled in with or after the outcome does. The plain model goes without it."
        ),
        figure=Intervals(
            alt=f"{alone.name} alone reaches an area under ROC of {alone.auc:.3f}; all other features together reach {area:.3f}.",
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
        title=f"{name} is {subject.target} under another name: each of its values goes with one class in all {feature.n:,} rows",
        severity="high",
        columns=(name,),
        evidence={"rows_that_agree": float(feature.n), "rows_that_do_not": 0.0},
        detail="A model that sees it needs nothing else and learns nothing else. The plain model goes without it.",
        remedy=_remedy(subject, name),
        set_aside={name: f"is {subject.target} under another name"},
    )


def _remedy(subject: Subject, name: str) -> Remedy:
    return Remedy(
        f"Find out when {name} is known. If only with or after {subject.target}, leave it out and judge the model again.",
        {"pandas": f"features = df.drop(columns=[{subject.target!r}, {name!r}])", "Polars": f"features = df.drop({subject.target!r}, {name!r})"},
    )

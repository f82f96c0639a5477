"""Which representation of text to use: the same logistic regression on each, over the same folds, with intervals."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.science.embed.bag import weighted
from cutaway.science.embed.head import fit_head
from cutaway.science.embed.rates import Interval, holm, mean_interval, paired_interval, share_interval

PENALTIES = (100.0, 10.0, 1.0, 0.1, 0.01, 0.001, 0.0001)
"""The penalties that are tried inside every training part, the strongest first."""
INNER = 3
LEVEL = 0.95

Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Representation:
    """Texts as rows of numbers, and what that took.

    Attributes:
        name: What it is called.
        features: Vectors (n, d), or CSR counts of words where `counted`.
        counted: Whether the features are counts, which become TF-IDF inside each training part.
        seconds: Of processor time, to represent the n texts.
        nbytes: Memory of what is needed to represent another text: vocabulary, vectors or model.
    """

    name: str
    features: Any
    counted: bool = False
    seconds: float = 0.0
    nbytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """How one representation did on rows it was not fitted to.

    Attributes:
        name: Of the representation.
        accuracy: Share of rows that are told right, with its 95 % interval.
        recall: Mean over the classes of the share of their rows that are told right.
        log_loss: Mean of -log p of the true class.
        milliseconds: Of processor time, to represent one text.
        fit_seconds: Of processor time, to fit once, its penalty known.
        nbytes: Memory of what represents a text.
        columns: Numbers a text.
        penalty: The penalty that was chosen most often.
    """

    name: str
    accuracy: Interval
    recall: float
    log_loss: float
    milliseconds: float
    fit_seconds: float
    nbytes: int
    columns: int
    penalty: float


Outcome = Literal["ahead", "behind", "equal", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two representations on the same folds.

    Attributes:
        one: A name.
        other: Another.
        difference: Accuracy of one minus that of the other, with its 95 % interval.
        p: Of no difference, corrected for the number of pairs (Holm).
        outcome: Of one: `ahead` or `behind` where p is below 0.05, else `equal` where the interval lies within the
            margin, else `open`.
    """

    one: str
    other: str
    difference: Interval
    p: float
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The table, the pairs, and the verdict.

    Attributes:
        rated: One row a representation, in the order given.
        compared: Every pair.
        majority: Accuracy of always saying the commonest class.
        recommended: A name, or an empty text where none is better than the commonest class.
        sentence: The verdict.
        rows: How many texts.
        distinct: How many different texts; the same ones were never both fitted to and predicted.
        classes: Their names.
        folds: Parts that each text is held out in turn with.
        repeats: How often the parts were drawn anew.
        margin: The difference that would not matter.
    """

    rated: tuple[Rated, ...]
    compared: tuple[Compared, ...]
    majority: float
    recommended: str
    sentence: str
    rows: int
    distinct: int
    classes: tuple[str, ...]
    folds: int
    repeats: int
    margin: float

    def of(self, name: str) -> Rated:
        """The row of that name."""
        return next(one for one in self.rated if one.name == name)

    def between(self, one: str, other: str) -> Compared:
        """The pair, turned so that the difference is of the first."""
        for pair in self.compared:
            if (pair.one, pair.other) == (one, other):
                return pair
            if (pair.one, pair.other) == (other, one):
                turned: dict[Outcome, Outcome] = {"ahead": "behind", "behind": "ahead"}
                return Compared(
                    one=one,
                    other=other,
                    difference=-pair.difference,
                    p=pair.p,
                    outcome=turned.get(pair.outcome, pair.outcome),
                )
        raise InputError(f"Choice.between: expected two of {', '.join(r.name for r in self.rated)}, got {one}, {other}")


def choose(
    representations: Sequence[Representation],
    y: Sequence[int] | NDArray[np.integer[Any]],
    classes: Sequence[str],
    *,
    groups: Sequence[int] | NDArray[np.integer[Any]] | None = None,
    folds: int = 5,
    repeats: int = 2,
    margin: float = 0.01,
    seed: int = 0,
    progress: Progress = silent,
) -> Choice:
    """Cross-validate the same classifier on each representation, and say which to use.

    The penalty is chosen by log loss inside every training part. Vectors are brought to mean 0 and spread 1 by the
    training part; words are weighted by it. All representations see the same folds, so that their differences are
    paired. The verdict is the cheapest, by time a text, that no other one is shown to be ahead of.

    Args:
        representations: Of the same n texts, each with its own name.
        y: Codes (n,) into the classes.
        classes: Names of the classes.
        groups: (n,) the same number for texts that must stay together, such as equal ones; each alone by default.
        folds: Parts, from 2; every class needs so many groups.
        repeats: How often they are drawn, from 1.
        margin: A difference of accuracy that would not matter, from 0 to 1.
        seed: What the draws follow from.
        progress: Told of every fit.

    Raises:
        InputError: Fewer than two classes, no representation, lengths that differ, or a class with fewer different
            texts than folds.

    Source: C. Nadeau, Y. Bengio (2003), Inference for the generalization error, Machine Learning 52 (the variance of
        folds that share rows); S. Holm (1979); see `rates` for intervals of shares.
    """
    codes: Ints = np.asarray(y, np.intp)
    alone = np.arange(len(codes))
    together: Ints = alone if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.intp)
    _checked(representations, codes, classes, together, folds, repeats, margin)
    parts = [part for repeat in range(repeats) for part in split(codes, together, folds, (seed, repeat))]
    distinct = int(together.max()) + 1
    trials = [_tried(one, codes, together, len(classes), parts, seed, progress) for one in representations]
    held = np.array([len(part) for part in parts])
    common = np.bincount(codes).argmax()
    rated = []
    for one, tried in zip(representations, trials, strict=True):
        right = float(np.average(tried.accuracy, weights=held))
        accuracy = mean_interval(tried.accuracy, folds, right).wider(share_interval(right, distinct)).within(0, 1)
        rated.append(
            Rated(
                name=one.name,
                accuracy=accuracy,
                recall=float(np.mean([tried.right[codes == c].mean() for c in range(len(classes))])),
                log_loss=tried.log_loss,
                milliseconds=1000 * one.seconds / len(codes),
                fit_seconds=tried.seconds,
                nbytes=one.nbytes,
                columns=one.features.shape[1],
                penalty=tried.penalty,
            )
        )
    compared = _pairs(representations, trials, held, folds, distinct, margin)
    majority = float(np.mean(codes == common))
    made = Choice(
        rated=tuple(rated),
        compared=compared,
        majority=majority,
        recommended="",
        sentence="",
        rows=len(codes),
        distinct=distinct,
        classes=tuple(classes),
        folds=folds,
        repeats=repeats,
        margin=margin,
    )
    from cutaway.science.embed.advice import advised

    return advised(made)


def split(y: Ints, groups: Ints, folds: int, seed: tuple[int, ...]) -> list[Ints]:
    """Places of the rows of each fold: groups stay together, and classes have the same share everywhere.

    >>> [part.tolist() for part in split(np.array([0, 0, 1, 1]), np.arange(4), 2, (0,))]
    [[0, 2], [1, 3]]
    """
    luck = np.random.default_rng(seed)
    first = np.full(int(groups.max()) + 1, -1, np.intp)
    first[groups[::-1]] = y[::-1]
    fold = np.empty(len(first), np.intp)
    begin = 0
    for label in np.unique(first):
        mine = luck.permutation(np.flatnonzero(first == label))
        fold[mine] = (begin + np.arange(len(mine))) % folds
        begin += len(mine)
    return [np.flatnonzero(fold[groups] == k) for k in range(folds)]


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """Of one representation: accuracy by fold; by row the share of repeats that were right."""

    accuracy: NDArray[np.float64]
    right: NDArray[np.float64]
    log_loss: float
    seconds: float
    penalty: float


def _tried(
    one: Representation, y: Ints, groups: Ints, classes: int, parts: list[Ints], seed: int, progress: Progress
) -> _Tried:
    n = len(y)
    right, loss, accuracy, seconds, chosen = np.zeros(n), 0.0, [], [], []
    for at, held in enumerate(parts):
        kept = np.setdiff1d(np.arange(n), held)
        tuned = _penalty(one, y, groups, classes, kept, (seed, at), progress)
        train, test = _features(one, kept, held)
        begin = time.process_time()
        head = fit_head(train, y[kept], classes, tuned)
        seconds.append(time.process_time() - begin)
        p = head.probabilities(test)
        hit = p.argmax(axis=1) == y[held]
        right[held] += hit
        accuracy.append(float(hit.mean()))
        loss -= float(np.log(np.maximum(p[np.arange(len(held)), y[held]], 1e-300)).sum())
        chosen.append(tuned)
        progress(f"fitting {one.name}", at + 1, len(parts))
    told = sum(len(held) for held in parts)
    most = max(set(chosen), key=lambda penalty: (chosen.count(penalty), penalty))
    return _Tried(np.array(accuracy), right * n / told, loss / told, float(np.median(seconds)), most)


def _penalty(
    one: Representation,
    y: Ints,
    groups: Ints,
    classes: int,
    kept: Ints,
    seed: tuple[int, ...],
    progress: Progress,
) -> float:
    """The penalty of least log loss within the training part; what is left of a tie is the strongest."""
    inner_groups = np.unique(groups[kept], return_inverse=True)[1]
    loss = np.zeros(len(PENALTIES))
    for held in split(y[kept], inner_groups, INNER, (*seed, 1)):
        inside = np.setdiff1d(np.arange(len(kept)), held)
        train, test = _features(one, kept[inside], kept[held])
        truth, head = y[kept[held]], None
        for at, penalty in enumerate(PENALTIES):
            head = fit_head(train, y[kept[inside]], classes, penalty, head)
            p = head.probabilities(test)
            loss[at] -= np.log(np.maximum(p[np.arange(len(held)), truth], 1e-300)).sum()
            progress(f"choosing the penalty for {one.name}", at + 1, len(PENALTIES))
            if at and loss[at] > 1.5 * loss[: at + 1].min():
                loss[at + 1 :] = np.inf  # weaker ones only fit the noise better
                break
    return PENALTIES[int(loss.argmin())]


def _features(one: Representation, kept: Ints, held: Ints) -> tuple[Any, Any]:
    """Training and held-out rows, rows of length one on average, by what the training rows say alone."""
    if one.counted:
        return weighted(one.features[kept], one.features[held])
    train = np.asarray(one.features[kept], float)
    middle, spread = train.mean(axis=0), train.std(axis=0)
    scale = np.where(spread > 1e-9, spread, 1) * math.sqrt(train.shape[1])
    return (train - middle) / scale, (np.asarray(one.features[held], float) - middle) / scale


def _pairs(
    representations: Sequence[Representation],
    trials: Sequence[_Tried],
    held: Ints,
    folds: int,
    distinct: int,
    margin: float,
) -> tuple[Compared, ...]:
    found = []
    for i, j in combinations(range(len(trials)), 2):
        one, other = trials[i], trials[j]
        shift = one.accuracy - other.accuracy
        gained, lost = (
            float(np.mean(np.maximum(sign * (one.right - other.right), 0))) * distinct for sign in (1.0, -1.0)
        )
        folded = mean_interval(shift, folds, float(np.average(shift, weights=held)))
        found.append((i, j, folded.wider(paired_interval(gained, lost, distinct)).within(-1, 1)))
    corrected = holm([difference.p for _, _, difference in found])
    out = []
    for (i, j, difference), p in zip(found, corrected, strict=True):
        within = -margin <= difference.low and difference.high <= margin
        shown: Outcome = "ahead" if difference.value > 0 else "behind"
        outcome: Outcome = shown if p < 1 - LEVEL else "equal" if within else "open"
        names = representations[i].name, representations[j].name
        out.append(Compared(one=names[0], other=names[1], difference=difference, p=p, outcome=outcome))
    return tuple(out)


def _checked(
    representations: Sequence[Representation],
    y: Ints,
    classes: Sequence[str],
    groups: Ints,
    folds: int,
    repeats: int,
    margin: float,
) -> None:
    names = [one.name for one in representations]
    if not names or len(set(names)) != len(names):
        raise InputError(f"choose: expected representations of different names, got {names}")
    for one in representations:
        if one.features.shape[0] != len(y):
            raise InputError(
                f"choose: {one.name} has {one.features.shape[0]} rows for {len(y)} labels; give one a text"
            )
        if not one.counted and not np.isfinite(one.features).all():
            raise InputError(f"choose: {one.name} has a number that is not finite; leave such texts out")
    if len(groups) != len(y):
        raise InputError(f"choose: expected a group for each of {len(y)} labels, got {len(groups)}")
    if folds < 2 or repeats < 1 or not 0 <= margin <= 1:
        raise InputError(
            f"choose: expected 2 folds or more, 1 repeat or more and a margin from 0 to 1, got {folds}, {repeats} and "
            f"{margin}"
        )
    if len(classes) < 2 or (len(y) and not 0 <= y.min() <= y.max() < len(classes)):
        raise InputError(f"choose: expected labels of two classes or more, got {len(classes)}: {list(classes)[:3]}")
    for at, name in enumerate(classes):
        there = len(np.unique(groups[y == at]))
        if there < folds:
            raise InputError(
                f"choose: class {name!r} has {there} different {'text' if there == 1 else 'texts'}, and {folds} folds "
                f"need {folds} of each; leave the class out, or join it to another"
            )

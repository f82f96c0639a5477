"""Every rate of confusion counts, each defined once: its name, what is divided by what, and how."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal, overload

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.rate import Average, Rate, Undefined

Array = np.ndarray
Pair = tuple[np.ndarray, np.ndarray]


def _f(beta: float) -> Rate:
    """The F measure that holds recall `beta` times as important as precision."""
    b = beta * beta

    def fraction(tn: Array, fp: Array, fn: Array, tp: Array) -> Pair:
        return (1 + b) * tp, (1 + b) * tp + b * fn + fp

    if beta == 1:
        words = "twice the true positives", "all positives plus all predicted positive"
    else:
        words = f"{1 + b:g} times the true positives", f"{b:g} times all positives plus all predicted positive"
    return Rate(
        f"f{beta:g}", *words, fraction, also=("Dice coefficient",) if beta == 1 else (), source="van Rijsbergen 1979"
    )


def _recalls(matrix: Array) -> tuple[Array, Array]:
    return np.einsum("...kk->...k", matrix), matrix.sum(-1)


def _balanced(matrix: Array) -> Pair:
    right, rows = _recalls(matrix)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (right / rows).sum(-1)
    defined = (rows != 0).all(-1)
    return np.where(defined, found, 0), np.where(defined, matrix.shape[-1], 0)


def _geometric(matrix: Array) -> Pair:
    right, rows = _recalls(matrix)
    power = 1 / matrix.shape[-1]
    return (right**power).prod(-1), (rows**power).prod(-1)


def _correlation(matrix: Array) -> Pair:
    right, rows, columns = np.einsum("...kk->...", matrix), matrix.sum(-1), matrix.sum(-2)
    n = matrix.sum((-1, -2))
    above = right * n - (rows * columns).sum(-1)
    spread = (n * n - (rows * rows).sum(-1)) * (n * n - (columns * columns).sum(-1))
    return above, np.sqrt(spread)


def _agreement(matrix: Array) -> Pair:
    right, n = np.einsum("...kk->...", matrix), matrix.sum((-1, -2))
    chance = (matrix.sum(-1) * matrix.sum(-2)).sum(-1)
    return right * n - chance, n * n - chance


recall = Rate(
    "recall",
    "positives predicted positive",
    "all positives",
    lambda tn, fp, fn, tp: (tp, tp + fn),
    share=True,
    also=("sensitivity", "true positive rate", "hit rate"),
    source="Yerushalmy 1947",
)
specificity = Rate(
    "specificity",
    "negatives predicted negative",
    "all negatives",
    lambda tn, fp, fn, tp: (tn, tn + fp),
    share=True,
    also=("true negative rate",),
    source="Yerushalmy 1947",
)
precision = Rate(
    "precision",
    "positives predicted positive",
    "all predicted positive",
    lambda tn, fp, fn, tp: (tp, tp + fp),
    share=True,
    also=("positive predictive value",),
    source="Vecchio 1966",
)
negative_predictive_value = Rate(
    "negative_predictive_value",
    "negatives predicted negative",
    "all predicted negative",
    lambda tn, fp, fn, tp: (tn, tn + fn),
    share=True,
    source="Vecchio 1966",
)
false_alarm_rate = Rate(
    "false_alarm_rate",
    "negatives predicted positive",
    "all negatives",
    lambda tn, fp, fn, tp: (fp, tn + fp),
    share=True,
    better="low",
    also=("false positive rate", "fall-out"),
    source="Green & Swets 1966",
)
miss_rate = Rate(
    "miss_rate",
    "positives predicted negative",
    "all positives",
    lambda tn, fp, fn, tp: (fn, tp + fn),
    share=True,
    better="low",
    also=("false negative rate",),
    source="Green & Swets 1966",
)
false_discovery_rate = Rate(
    "false_discovery_rate",
    "negatives predicted positive",
    "all predicted positive",
    lambda tn, fp, fn, tp: (fp, tp + fp),
    share=True,
    better="low",
    source="Benjamini & Hochberg 1995",
)
prevalence = Rate(
    "prevalence",
    "positives",
    "all rows",
    lambda tn, fp, fn, tp: (tp + fn, tn + fp + fn + tp),
    share=True,
    better="",
    also=("base rate",),
)
selection_rate = Rate(
    "selection_rate",
    "predicted positive",
    "all rows",
    lambda tn, fp, fn, tp: (tp + fp, tn + fp + fn + tp),
    share=True,
    better="",
    also=("alarm rate",),
)
jaccard = Rate(
    "jaccard",
    "positives predicted positive",
    "all that are positive or predicted positive",
    lambda tn, fp, fn, tp: (tp, tp + fp + fn),
    share=True,
    also=("intersection over union", "critical success index"),
    source="Jaccard 1901",
)
f1 = _f(1.0)
positive_likelihood_ratio = Rate(
    "positive_likelihood_ratio",
    "share of the positives predicted positive",
    "share of the negatives predicted positive",
    lambda tn, fp, fn, tp: (tp * (tn + fp), fp * (tp + fn)),
    span=(0.0, math.inf),
    parts=(recall, false_alarm_rate),
    source="Simel, Samsa & Matchar 1991",
)
negative_likelihood_ratio = Rate(
    "negative_likelihood_ratio",
    "share of the positives predicted negative",
    "share of the negatives predicted negative",
    lambda tn, fp, fn, tp: (fn * (tn + fp), tn * (tp + fn)),
    span=(0.0, math.inf),
    parts=(miss_rate, specificity),
    better="low",
    source="Simel, Samsa & Matchar 1991",
)
informedness = Rate(
    "informedness",
    "recall plus specificity less 1",
    "1, its value without an error",
    lambda tn, fp, fn, tp: (tp * tn - fp * fn, (tp + fn) * (tn + fp)),
    span=(-1.0, 1.0),
    also=("Youden's J",),
    source="Youden 1950",
)
accuracy = Rate(
    "accuracy",
    "rows predicted right",
    "all rows",
    lambda matrix: (np.einsum("...kk->...", matrix), matrix.sum((-1, -2))),
    whole=True,
    share=True,
)
balanced_accuracy = Rate(
    "balanced_accuracy",
    "the recalls of the classes, added up",
    "number of classes",
    _balanced,
    whole=True,
    source="Brodersen et al. 2010",
)
g_mean = Rate(
    "g_mean",
    "geometric mean of the rows of each class predicted right",
    "geometric mean of the rows of each class",
    _geometric,
    whole=True,
    source="Kubat & Matwin 1997",
)
matthews_correlation = Rate(
    "matthews_correlation",
    "covariance of labels and predictions",
    "product of their standard deviations",
    _correlation,
    span=(-1.0, 1.0),
    whole=True,
    also=("MCC", "phi coefficient"),
    source="Matthews 1975; Gorodkin 2004 for several classes",
)
cohen_kappa = Rate(
    "cohen_kappa",
    "agreement beyond what chance gives",
    "agreement possible beyond chance",
    _agreement,
    span=(-1.0, 1.0),
    whole=True,
    source="Cohen 1960",
)

sensitivity = recall

RATES: dict[str, Rate] = {
    rate.name: rate
    for rate in (
        recall,
        specificity,
        precision,
        negative_predictive_value,
        false_alarm_rate,
        miss_rate,
        false_discovery_rate,
        prevalence,
        selection_rate,
        f1,
        jaccard,
        positive_likelihood_ratio,
        negative_likelihood_ratio,
        informedness,
        accuracy,
        balanced_accuracy,
        g_mean,
        matthews_correlation,
        cohen_kappa,
    )
}
"""Every rate by its name; `f_beta_rate(beta)` makes the F measures of other weights."""


def f_beta_rate(beta: float) -> Rate:
    """The F measure that holds recall `beta` times as important as precision.

    (1 + β²) tp / ((1 + β²) tp + β² fn + fp). Raises: InputError for a beta that is not a finite positive number.
    Source: van Rijsbergen 1979, chapter 7.

    >>> from cutaway.science.metrics.counts import Counts
    >>> f_beta_rate(2.0).of(Counts(np.array([[90.0, 4.0], [1.0, 5.0]])))
    0.7575757575757576
    """
    if not (math.isfinite(beta) and beta > 0):
        raise InputError(f"beta: expected a finite number above 0, got {beta!r}; 1 weighs precision and recall alike")
    return _f(float(beta))


@overload
def f_beta(
    y: Any,
    pred: Any,
    weight: Any = ...,
    *,
    beta: float,
    labels: Iterable[Any] | None = ...,
    positive: Any = ...,
    average: Average | None = ...,
    undefined: Undefined = ...,
) -> float: ...
@overload
def f_beta(
    y: Any,
    pred: Any,
    weight: Any = ...,
    *,
    beta: float,
    labels: Iterable[Any] | None = ...,
    positive: Any = ...,
    average: Literal["each"],
    undefined: Undefined = ...,
) -> np.ndarray: ...
def f_beta(y: Any, pred: Any, weight: Any = None, *, beta: float, **choices: Any) -> float | np.ndarray:
    """`f_beta_rate(beta)` of labels and predictions; see `Rate` for the other arguments."""
    value: float | np.ndarray = f_beta_rate(beta)(y, pred, weight, **choices)
    return value

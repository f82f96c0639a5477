"""Scorers for scikit-learn, made from the same counts as every other rate of cutaway."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.science.metrics import RATES, Rate, f_beta_rate
from cutaway.science.metrics.rate import Average, Undefined


def scorer(
    rate: str,
    *,
    beta: float | None = None,
    positive: Any = None,
    labels: Iterable[Any] | None = None,
    average: Average | None = None,
    undefined: Undefined = math.nan,
) -> Callable[..., float]:
    """A scorer for `cross_validate`, `GridSearchCV` and their kind: higher is better, errors are negated.

    `rate`: the name of a rate of `cutaway.metrics`, or "f_beta" with `beta`; the other arguments are those of the
    rate. Weights arrive as scikit-learn routes them: `scorer(...).set_score_request(sample_weight=True)`. A fold in
    which the rate is not defined scores NaN, never a silent 0. scikit-learn is imported here and not before.

    Raises: InputError for a rate that does not exist or has no better direction; MissingExtraError without
    scikit-learn.

    >>> scorer("recall", positive="sick")
    make_scorer(rate_of, response_method='predict', rate=recall, positive=sick)
    """
    try:
        from sklearn.metrics import make_scorer
    except ImportError:
        raise MissingExtraError("cutaway.frameworks.sklearn.scorer", "sklearn") from None
    better = _named(rate, beta).better
    if not better:
        raise InputError(f"rate: {rate} is neither better high nor low; choose another for a scorer")
    choices = {"beta": beta, "positive": positive, "labels": None if labels is None else list(labels)}
    choices |= {"average": average, "undefined": None if undefined != undefined else undefined}
    given = {name: value for name, value in choices.items() if value is not None}
    made: Callable[..., float] = make_scorer(
        rate_of, greater_is_better=better == "high", response_method="predict", rate=rate, **given
    )
    return made


def rate_of(
    y: Any, pred: Any, *, rate: str, beta: float | None = None, sample_weight: Any = None, **choices: Any
) -> float:
    """The rate of that name, with scikit-learn's name for the weights: what a scorer calls, in any process."""
    value: float | np.ndarray = _named(rate, beta)(y, pred, sample_weight, **choices)
    return float(value)


def _named(rate: str, beta: float | None) -> Rate:
    if (rate == "f_beta") != (beta is not None):
        raise InputError(f"beta: scorer expected it with 'f_beta' and only there, got rate={rate!r}, beta={beta!r}")
    if beta is not None:
        return f_beta_rate(beta)
    if rate not in RATES:
        raise InputError(f"rate: scorer expected one of {', '.join(RATES)}, f_beta, got {rate!r}; choose one of them")
    return RATES[rate]

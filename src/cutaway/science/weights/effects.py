"""What class weights do to a fit: the base rate that it behaves as if it saw, and how long its steps become.

`class_weight` (K,) and `prior` (K,), the share of each class among the rows. Only ratios of weights change where a loss
is least; their level, and what the reduction divides by, change how long a step is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cutaway.core.errors import InputError


def mean_one(class_weight: np.ndarray | Sequence[float], counts: np.ndarray | Sequence[float]) -> np.ndarray:
    """The same weights at the level at which the mean over rows is 1: w / Σ n_k w_k · Σ n_k.

    A penalty and a learning rate then keep their strength, under every reduction.

    Raises: InputError for shapes that differ, or counts and weights that are not above 0.

    >>> mean_one([1.0, 9.0], [90, 10]).round(4).tolist()
    [0.5556, 5.0]
    """
    w, n = _pair(class_weight, counts, "mean_one", "counts")
    return np.asarray(w * (n.sum() / (w * n).sum()))


def effective_prior(class_weight: np.ndarray | Sequence[float], prior: np.ndarray | Sequence[float]) -> np.ndarray:
    """The shares of the classes that the weighted loss behaves as if it saw: π_k w_k / Σ π_j w_j.

    Fitting with weights is fitting without them on data of these shares, so predicted probabilities are right for these
    and no others (`metrics.PriorShift(effective, prior)` brings them back). Balanced weights make all shares equal.
    Where each batch is divided by its own sum of weights, `batch_prior` is what is behaved as.

    Raises: InputError for shapes that differ, or values that are not above 0.

    Source: Elkan 2001, The Foundations of Cost-Sensitive Learning, theorem 1; Saerens, Latinne & Decaestecker 2002.

    >>> effective_prior([1.0, 49.0], [0.98, 0.02]).tolist()
    [0.5, 0.5]
    """
    w, n = _pair(class_weight, prior, "effective_prior", "prior")
    return np.asarray(w * n / (w * n).sum())


def expected_batch_weight(
    class_weight: np.ndarray | Sequence[float], prior: np.ndarray | Sequence[float], batch: int
) -> tuple[float, float]:
    """Mean and standard deviation of the sum of weights in a batch of so many rows drawn at random.

    B μ and √B σ, with μ = Σ π_k w_k and σ² = Σ π_k w_k² - μ². Their ratio is how much "weighted mean" scales one batch
    differently from the next.

    Raises: InputError as `effective_prior`, and for a batch below 1.

    >>> mean, spread = expected_batch_weight([1.0, 49.0], [0.98, 0.02], 32)
    >>> round(mean, 2), round(spread, 2)
    (62.72, 38.01)
    """
    _rows(batch, "expected_batch_weight")
    w, shares = _shares(class_weight, prior, "expected_batch_weight")
    mean = float(w @ shares)
    return batch * mean, float(np.sqrt(batch * max(float(w * w @ shares) - mean * mean, 0.0)))


def learning_rate_factor(
    class_weight: np.ndarray | Sequence[float],
    prior: np.ndarray | Sequence[float],
    reduction: str,
    batch: int | None = None,
) -> float:
    """How many times the learning rate has to be multiplied, when weights come in, for steps to keep their length.

    By what the expected weight of a row in the gradient becomes: "sum" B μ (from 1 each in the mean), "mean" μ = Σ π w,
    "weighted mean" 1: so the factor is 1 / (B μ), 1 / μ and 1. It converts "mean" into "weighted mean" only where every
    batch has the same sum of weights, as a full batch has; otherwise the two have different minima (`batch_prior`).

    Raises: InputError as `effective_prior`, for another reduction, or "sum" without `batch`.

    >>> learning_rate_factor([0.5, 5.0], [0.9, 0.1], "mean").__round__(6)
    1.052632
    """
    w, shares = _shares(class_weight, prior, "learning_rate_factor")
    if reduction == "weighted mean":
        return 1.0
    if reduction == "mean":
        return 1.0 / float(w @ shares)
    if reduction == "sum" and batch is not None:
        _rows(batch, "learning_rate_factor")
        return 1.0 / (batch * float(w @ shares))
    raise InputError(
        f"reduction: learning_rate_factor expected 'sum' with batch=, 'mean' or 'weighted mean', got {reduction!r}"
    )


def _shares(
    class_weight: np.ndarray | Sequence[float], prior: np.ndarray | Sequence[float], function: str
) -> tuple[np.ndarray, np.ndarray]:
    w, n = _pair(class_weight, prior, function, "prior")
    return w, n / n.sum()


def _pair(
    class_weight: np.ndarray | Sequence[float], beside: np.ndarray | Sequence[float], function: str, name: str
) -> tuple[np.ndarray, np.ndarray]:
    w, n = np.asarray(class_weight, dtype=float), np.asarray(beside, dtype=float)
    if w.ndim != 1 or w.shape != n.shape or not w.size:
        raise InputError(
            f"{name}: {function} expected one value a class beside class_weight of shape {w.shape}, got {n.shape}"
        )
    for title, values in (("class_weight", w), (name, n)):
        wrong = np.flatnonzero(~((values > 0) & np.isfinite(values)))
        if wrong.size:
            raise InputError(
                f"{title}: {function} expected finite values above 0, got {values[wrong[0]]:g} for class {wrong[0]}; "
                "leave classes without rows out"
            )
    return w, n


def _rows(batch: int, function: str) -> None:
    if batch < 1:
        raise InputError(f"batch: {function} expected at least 1 row, got {batch}")

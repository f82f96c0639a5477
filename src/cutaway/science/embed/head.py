"""Logistic regression on features of text, dense or sparse: the one classifier under every representation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError

Floats = NDArray[np.float64]
MOST_STEPS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A fitted classifier of k classes on d features.

    Attributes:
        weights: float64 (k, d); (1, d) for two classes, of the second against the first.
        intercept: float64 (k,) or (1,).
    """

    weights: Floats
    intercept: Floats

    def scores(self, x: Any) -> Floats:
        """Scores (n, k) whose softmax is `probabilities`, of features (n, d)."""
        told = np.asarray(x @ self.weights.T) + self.intercept
        return told if len(self.weights) > 1 else np.hstack([np.zeros_like(told), told])

    def probabilities(self, x: Any) -> Floats:
        """Of each class, (n, k), by the softmax of scores."""
        return softmax(self.scores(x))


def softmax(scores: Floats) -> Floats:
    """Each row's exp(s) / Σ exp(s).

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    told: Floats = raised / raised.sum(axis=1, keepdims=True)
    return told


def fit_head(x: Any, y: NDArray[np.integer[Any]], classes: int, penalty: float, start: Head | None = None) -> Head:
    """Minimise Σ -log p(yᵢ | xᵢ) + penalty/2 · ‖weights‖², the intercepts unpenalised, by L-BFGS.

    Args:
        x: Features (n, d), an array or a SciPy sparse matrix.
        y: Codes (n,) from 0 to classes - 1.
        classes: How many classes there are, k ≥ 2, some of which may have no row here.
        penalty: Above 0; 1 / C of scikit-learn.
        start: Where to begin, such as the fit at another penalty.

    Raises:
        InputError: Not as many labels as rows, a label outside the classes, or a penalty that is not above 0.

    Source: J. Nocedal, S. J. Wright (2006), Numerical Optimization, algorithm 7.5.
    """
    n, d = x.shape
    if len(y) != n or not n:
        raise InputError(f"fit_head: expected a label for each of at least one row, got {len(y)} for {n}")
    if classes < 2 or y.min() < 0 or y.max() >= classes:
        raise InputError(f"fit_head: expected labels from 0 to {classes - 1}, got {int(y.min())} to {int(y.max())}")
    if not (penalty > 0 and math.isfinite(penalty)):
        raise InputError(f"fit_head: expected a penalty above 0, got {penalty}")
    from scipy.optimize import minimize

    rows = 1 if classes == 2 else classes
    hit = np.zeros((n, classes))
    hit[np.arange(n), y] = 1
    across = x.T.tocsr() if hasattr(x, "tocsr") else x.T

    def loss(flat: Floats) -> tuple[float, Floats]:
        head = _unflat(flat, rows, d)
        scores = head.scores(x)
        top = scores.max(axis=1, keepdims=True)
        logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        wrong = (np.exp(logs) - hit)[:, -rows:]
        value = -float((logs * hit).sum()) + 0.5 * penalty * float((head.weights**2).sum())
        slope = np.asarray(across @ wrong).T + penalty * head.weights
        return value / n, np.concatenate([slope.ravel(), wrong.sum(axis=0)]) / n

    begin = np.zeros(rows * (d + 1)) if start is None else np.concatenate([start.weights.ravel(), start.intercept])
    found = minimize(
        loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS, "ftol": 1e-10, "gtol": 1e-6}
    )
    return _unflat(np.asarray(found.x), rows, d)


def _unflat(flat: Floats, rows: int, d: int) -> Head:
    return Head(flat[: rows * d].reshape(rows, d), flat[rows * d :])

"""Gradient descent over batches of a softmax model under class weights, divided as the frameworks divide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError

Divisor = Literal["rows", "weights"]


def weighted_trainings(
    x: np.ndarray,
    y: np.ndarray,
    class_weight: np.ndarray,
    batches: np.ndarray,
    start: np.ndarray,
    *,
    rate: np.ndarray | float,
    divisor: Divisor,
    inside: bool = False,
    heard: Callable[[int], None] = lambda step: None,
) -> np.ndarray:
    """Coefficients after every step of m trainings that differ in their class weights: (steps + 1, m, p + 1, K).

    z = [1, x] θ, and each step takes θ ← θ - rate · Σ wᵢ ∇ℓᵢ / D over the batch. D is its number of rows ("rows":
    Keras' fit(class_weight), and CrossEntropyLoss(weight, reduction="sum") / N) or its sum of weights ("weights":
    PyTorch's CrossEntropyLoss(weight)).

    Args:
        x: rows (n, p); an intercept is added.
        y: classes 0 … K-1 (n,).
        class_weight: (m, K), one row a training.
        batches: (steps, B), indices of rows; one set for all trainings.
        start: θ (p + 1, K), intercepts first.
        rate: learning rate, one or (m,).
        divisor: "rows" or "weights".
        inside: weights stand inside the loss's sum over classes, as PyTorch has them, instead of on the rows, as
            Keras has them. The two agree to rounding.
        heard: told the number of each step.

    Raises: InputError for another divisor or shapes that do not fit.

    >>> x, y = np.array([[0.0], [1.0]]), np.array([0, 1])
    >>> path = weighted_trainings(
    ...     x, y, np.array([[1.0, 3.0]]), np.array([[0, 1]]), np.zeros((2, 2)), rate=1.0, divisor="weights")
    >>> path[-1, 0].round(3).tolist()
    [[-0.25, 0.25], [-0.375, 0.375]]
    """
    if divisor not in ("rows", "weights"):
        raise InputError(f"divisor: weighted_trainings expected 'rows' or 'weights', got {divisor!r}")
    class_weight = np.asarray(class_weight, dtype=np.float64)
    design = np.column_stack([np.ones(len(x)), x])
    if class_weight.ndim != 2 or start.shape != (design.shape[1], class_weight.shape[1]):
        raise InputError(
            f"start: weighted_trainings expected shape {(design.shape[1], *class_weight.shape[1:])} beside "
            f"class_weight (m, K), got {start.shape} beside {class_weight.shape}; intercepts are the first row"
        )
    m = len(class_weight)
    rates = np.broadcast_to(np.asarray(rate, dtype=np.float64), (m,))[:, None, None]
    at = np.repeat(start[None].astype(np.float64), m, axis=0)
    path = np.empty((len(batches) + 1, *at.shape))
    path[0] = at
    for step, rows in enumerate(batches):
        heard(step)
        each = class_weight[:, y[rows]]
        logits = design[rows] @ at
        p = np.exp(logits - logits.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        one = np.eye(class_weight.shape[1])[y[rows]]
        if inside:  # -Σₖ cₖ yₖ log pₖ
            shares = class_weight[:, None, :] * one
            pull = p * shares.sum(axis=-1, keepdims=True) - shares
        else:
            pull = each[..., None] * (p - one)
        total = np.full(m, float(len(rows))) if divisor == "rows" else each.sum(axis=1)
        at = at - rates * (design[rows].T @ pull) / total[:, None, None]
        path[step + 1] = at
    return path

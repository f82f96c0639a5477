"""Losses with their first two derivatives by the logits, in NumPy: for boosting, and to hold gradients against.

A gradient (n,) or (n, K) belongs to the sum of the losses over rows; divide by what the reduction divides by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core import arrays
from cutaway.core.arrays import Array
from cutaway.core.errors import InputError
from cutaway.science.losses import inputs
from cutaway.science.losses.categorical import categorical
from cutaway.science.losses.focal import exponent, focal, focal_categorical, pair
from cutaway.science.losses.log_loss import log_loss


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Of each row's loss: `gradient`, and the diagonal of the Hessian, `curvature`, in the shape of the logits.

    `reweighted`: the curvature of a log loss with the same gradient, |g| pᵧ, which is never negative.
    """

    gradient: np.ndarray
    curvature: np.ndarray
    reweighted: np.ndarray

    @property
    def positive_curvature(self) -> np.ndarray:
        """The larger of `curvature` and `reweighted`: what boosting may divide by.

        Focal loss is not convex: on badly predicted rows its second derivative is negative, and a Newton step would
        run uphill. There the loss is taken as a log loss whose weight is held still (as in iteratively reweighted
        fits). Where the exact curvature is larger it stays, so no step is longer than Newton's; for γ = 0 both are the
        log loss's p (1 - p).
        """
        return np.asarray(np.maximum(self.curvature, self.reweighted))


def derivatives(loss: Callable[..., Any], logits: Array, y: Array, **settings: Any) -> Derivatives:
    """Gradient and curvature of `log_loss`, `categorical`, `focal` (soft="expected") or `focal_categorical`.

    `settings`: their own, but for the reduction: weight, class_weight, alpha, gamma, mask, smoothing, axis.
    Classes come last in what is returned, wherever they stood. NaN logits give NaN; no rows give no rows.

    Raises: InputError for another loss, and as the loss does.

    Source: Lin et al. 2017, appendix B (the gradient); the second derivative follows from it.

    >>> found = derivatives(log_loss, np.array([0.0]), np.array([1]), weight=np.array([3.0]))
    >>> found.gradient.tolist(), found.curvature.tolist()
    ([-1.5], [0.75])
    """
    if loss not in DERIVED:
        names = ", ".join(one.__name__ for one in DERIVED)
        raise InputError(
            f"loss: derivatives expected one of {names}, got {getattr(loss, '__name__', loss)}; "
            "for other losses differentiate with PyTorch or JAX"
        )
    return DERIVED[loss](np.asarray(logits), y, **settings)


def _binary(
    logits: np.ndarray,
    y: Array,
    *,
    gamma: float = 0.0,
    alpha: float | None = None,
    weight: Array | None = None,
    class_weight: Sequence[float] | Array | None = None,
    mask: Array | None = None,
    smoothing: float = 0.0,
    soft: str = "expected",
) -> Derivatives:
    exponent(gamma, "derivatives")
    if soft != "expected":
        raise InputError(f"soft: derivatives knows 'expected', got {soft!r}; for others differentiate with PyTorch")
    both = pair(alpha, class_weight, "derivatives")
    rows = inputs.binary(
        logits, y, weight=weight, class_weight=both, mask=mask, smoothing=smoothing, function="derivatives"
    )
    z = rows.scores
    g1, h1 = _of_label(z, gamma)
    g0, h0 = _of_label(-z, gamma)
    p, q = arrays.sigmoid(z), arrays.sigmoid(-z)
    gradient = rows.up * g1 - rows.down * g0
    curvature = rows.up * h1 + rows.down * h0
    reweighted = rows.up * -g1 * p + rows.down * -g0 * q
    each = _each(rows.share.weight, rows.share.mask)
    return Derivatives(gradient * each, curvature * each, reweighted * each)


def _of_label(u: np.ndarray, gamma: float) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivative of m s by u, the log-odds of p, with s = -log p, q = 1 - p and m = q^γ.

    -m (γ p s + q), and from m' = -γ p m, s' = -q, p' = p q, q' = -p q its own derivative.
    """
    p, q, s = arrays.sigmoid(u), arrays.sigmoid(-u), arrays.softplus(-u)
    m = np.exp(-gamma * arrays.softplus(u)) if gamma else np.ones_like(u)
    inner = gamma * p * s + q
    slope = gamma * (p * q * s - p * q) - p * q
    return -m * inner, m * (gamma * p * inner - slope)


def _categorical(
    logits: np.ndarray,
    y: Array,
    *,
    gamma: float = 0.0,
    alpha: float | Sequence[float] | None = None,
    axis: int = -1,
    weight: Array | None = None,
    class_weight: Sequence[float] | Array | None = None,
    mask: Array | None = None,
    smoothing: float = 0.0,
) -> Derivatives:
    exponent(gamma, "derivatives")
    if alpha is not None:
        class_weight = np.broadcast_to(np.asarray(alpha, dtype=float), (logits.shape[axis],))
    rows = inputs.categorical(
        logits,
        y,
        axis=axis,
        weight=weight,
        class_weight=class_weight,
        mask=mask,
        smoothing=smoothing,
        function="derivatives",
    )
    logs = arrays.log_softmax(rows.scores)
    p, q = np.exp(logs), -np.expm1(logs)
    # with L = Σ uₖ f(log pₖ), f = -(1 - p)^γ log p: dL/dzⱼ = aⱼ - pⱼ Σ a, a = u f', since d log pₖ/dzⱼ = [k = j] - pⱼ
    with np.errstate(divide="ignore", invalid="ignore"):
        m = q**gamma if gamma else np.ones_like(q)
        falling = np.where(q > 0, gamma * np.where(q > 0, q, 1.0) ** (gamma - 1) * p, 0.0)
        bending = np.where(q > 0, gamma * (gamma - 1) * np.where(q > 0, q, 1.0) ** (gamma - 2) * p * p, 0.0)
    first = rows.up * (falling * logs - m)
    second = rows.up * (2 * falling + (falling - bending) * logs)
    total, bent = first.sum(-1, keepdims=True), second.sum(-1, keepdims=True)
    gradient = first - p * total
    # d²L/dzⱼ² = bⱼ (1 - 2 pⱼ) + pⱼ² Σ b - pⱼ (1 - pⱼ) Σ a, b = u f''
    curvature = second * (1 - 2 * p) + p * p * bent - p * q * total
    each = _each(rows.share.weight, rows.share.mask)
    each = each[..., None] if isinstance(each, np.ndarray) else each
    return Derivatives(gradient * each, curvature * each, -total * p * q * each)


def _each(weight: np.ndarray | None, mask: np.ndarray | None) -> Any:
    each = 1.0 if weight is None else weight
    return each if mask is None else each * mask


DERIVED: dict[Callable[..., Any], Callable[..., Derivatives]] = {
    log_loss: lambda logits, y, **settings: _binary(logits, y, **_without(settings, "gamma", "alpha", "soft")),
    focal: lambda logits, y, **settings: _binary(logits, y, **{"gamma": 2.0, **settings}),
    categorical: lambda logits, y, **settings: _categorical(logits, y, **_without(settings, "gamma", "alpha")),
    focal_categorical: lambda logits, y, **settings: _categorical(
        logits, y, **{"gamma": 2.0, **_without(settings, "class_weight")}
    ),
}


def _without(settings: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        if name in settings:
            raise InputError(f"{name}: this loss has no such setting; losses.focal and losses.categorical have")
    return settings

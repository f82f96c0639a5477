"""What a loss is least at: the scores that training towards it asks for, and the probabilities that they stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cutaway.core import arrays
from cutaway.core.arrays import Array
from cutaway.core.errors import InputError
from cutaway.science.losses.focal import exponent, pair


def focal_recalibrated(
    logits: Array, *, gamma: float = 2.0, alpha: float | None = None, class_weight: Sequence[float] | None = None
) -> np.ndarray:
    """The probability of class 1 that a score fitted with focal loss stands for.

    The expected loss η FL₁(z) + (1 - η) FL₀(z) is least at z where η = c₀ G(-z) / (c₁ G(z) + c₀ G(-z)), with
    G(z) = -dFL₁/dz = (1 - p)^γ (γ p · -log p + 1 - p). Read in this direction there is nothing to solve. With γ = 0 and
    no weights it is the sigmoid. Undoes the class weights too. Shape of the logits, float64; NaN stays NaN.

    Raises: InputError for γ below 0 or not finite, or α outside [0, 1].

    Source: Charoenphakdee, Vongkulbhisal, Chairatanakul & Sugiyama 2021, On Focal Loss for Class-Posterior Probability
    Estimation, theorem 11.

    >>> round(float(focal_recalibrated(np.log(0.69 / 0.31), gamma=2)), 2)
    0.9
    """
    exponent(gamma, "focal_recalibrated")
    down, up = _both(alpha, class_weight, "focal_recalibrated")
    z = np.asarray(logits, dtype=float)
    return np.asarray(arrays.sigmoid(_log_odds(z, gamma, math.log(up / down))))


def focal_minimiser(
    p: Array, *, gamma: float = 2.0, alpha: float | None = None, class_weight: Sequence[float] | None = None
) -> np.ndarray:
    """The score that focal loss asks for where the true probability of class 1 is `p`, as a probability.

    Drawn towards 1/2 for γ > 0: at a true 0.9 and γ = 2 it is 0.69, which is why a focal model looks unsure, and is no
    statement about its ranking. Found by bisection on the log-odds, to 1e-12; order is kept, 0 and 1 stay.
    With γ = 0: p c₁ / (p c₁ + (1 - p) c₀). Shape of p, float64.

    Raises: InputError as `focal_recalibrated`, and for p outside [0, 1].

    Source: as `focal_recalibrated`; the claim on 0.9 is computed here.

    >>> focal_minimiser(np.array([0.1, 0.5, 0.9]), gamma=2).round(3).tolist()
    [0.306, 0.5, 0.694]
    """
    return np.asarray(arrays.sigmoid(_minimum(p, gamma, alpha, class_weight, "focal_minimiser")))


def prior_bias(
    prior: Array, *, gamma: float = 0.0, alpha: float | None = None, class_weight: Sequence[float] | None = None
) -> np.ndarray:
    """The bias of a last layer at which training starts from the base rate, instead of from 1/2.

    For a share `prior` of positives: log(π / (1 - π)), RetinaNet's -log((1 - π) / π), where every row starts with the
    loss that knowing nothing but the base rate costs. With γ, α or class weights the bias at which the weighted focal
    loss of a constant is least. For K classes pass `np.log(shares)` as biases instead. Shape of the prior.

    Raises: InputError as `focal_minimiser`.

    Source: Lin et al. 2017, section 4.1 ("Initialization"), there with π = 0.01.

    >>> round(float(prior_bias(0.01)), 4)
    -4.5951
    """
    return _minimum(prior, gamma, alpha, class_weight, "prior_bias")


def _minimum(
    p: Array, gamma: float, alpha: float | None, class_weight: Sequence[float] | None, function: str
) -> np.ndarray:
    exponent(gamma, function)
    down, up = _both(alpha, class_weight, function)
    p = np.asarray(p, dtype=float)
    if not ((p >= 0) & (p <= 1)).all():
        raise InputError(f"p: {function} expected probabilities in [0, 1], got {p.min():g} … {p.max():g}")
    with np.errstate(divide="ignore"):
        wanted = np.log(p) - np.log1p(-p)
    shift = math.log(up / down)
    if gamma == 0:
        return np.asarray(wanted + shift)
    # η grows with z, and the score is never further from 1/2 than the weighted probability
    reach = np.where(np.isfinite(wanted), np.abs(wanted) + abs(shift), 0.0)
    low, high = -reach, reach.copy()
    for _ in range(64):
        middle = (low + high) / 2
        over = _log_odds(middle, gamma, shift) > wanted
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return np.asarray(np.where(np.isfinite(wanted), (low + high) / 2, wanted))


def _log_odds(z: np.ndarray, gamma: float, shift: float) -> np.ndarray:
    """Of the probability at which z is the minimiser."""
    return np.asarray(_log_slope(-z, gamma) - _log_slope(z, gamma) - shift)


def _log_slope(z: np.ndarray, gamma: float) -> np.ndarray:
    """Log G(z) = γ log(1 - p) + log(γ p · -log p + 1 - p)."""
    above, below = arrays.softplus(z), arrays.softplus(-z)
    if gamma == 0:
        return np.asarray(-above)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        bent = np.where(np.isinf(below), -np.inf, np.log(gamma) - below + np.log(below))
    # p · -log p ≈ e^-z for large z, where its logarithm would be that of 0
    bent = np.where(below < 1e-300, np.log(gamma) - z, bent)
    return np.asarray(-gamma * above + np.logaddexp(bent, -above))


def _both(alpha: float | None, class_weight: Sequence[float] | None, function: str) -> tuple[float, float]:
    both = pair(alpha, class_weight, function)
    down, up = (1.0, 1.0) if both is None else (float(both[0]), float(both[1]))
    if not (down > 0 and up > 0):
        raise InputError(
            f"class_weight: {function} expected weights above 0, got ({down}, {up}); a class of weight 0 is never seen"
        )
    return down, up

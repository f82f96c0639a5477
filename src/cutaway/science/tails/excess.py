"""The generalised Pareto law of what lies above a threshold, fitted by maximum likelihood.

For excesses e = x - u > 0 over a high threshold u, the survival function is (1 + ξ e / σ)^(-1/ξ), whatever the column's location:
a Pareto tail of index α has ξ = 1/α. Source: Pickands (1975), Annals of Statistics 3, 119-131; Davison and Smith (1990), Journal
of the Royal Statistical Society B 52, 393-442, whose profile over θ = ξ/σ is used here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Half the 95 % point of χ² with one degree of freedom: how far a profile log-likelihood may fall inside a 95 % interval.
DROP = 1.920729410347062
_STEPS = 60


@dataclass(frozen=True, slots=True)
class ExcessFit:
    """A fitted law: shape `xi` ≥ 0 (0 means exponential or lighter), `scale`, maximised `loglik`, from `k` excesses."""

    xi: float
    scale: float
    loglik: float
    k: int


def _mean_log(grown: np.ndarray) -> float:
    """Mean logarithm of descending numbers ≥ 1: by products of eight, an eighth of the logarithms, where they cannot overflow."""
    rows = len(grown) // 8
    if rows == 0 or grown[0] > 1e38:
        return float(np.log(grown).mean())
    whole = np.log(np.multiply.reduce(grown[: 8 * rows].reshape(8, rows), axis=0)).sum()
    return float(whole + np.log(grown[8 * rows :]).sum()) / len(grown)


def _slope(theta: float, e: np.ndarray) -> tuple[float, float]:
    """ξ(θ) = mean log(1 + θ e), and a function of θ whose root is the maximum of the profile likelihood (below it: negative)."""
    grown = 1.0 + theta * e
    xi = _mean_log(grown)
    g = 1.0 - float(np.reciprocal(grown).mean())
    return xi, g * (1.0 + xi) - xi


def _loglik(theta: float, xi: float, k: int) -> float:
    return -k * (float(np.log(xi / theta)) + xi + 1.0)


def fit_excess(e: np.ndarray, start: float | None = None) -> ExcessFit:
    """Maximum likelihood over ξ ≥ 0 of the generalised Pareto law; e has shape (k,), positive, descending.

    The profile has an inner maximum where the coefficient of variation exceeds 1; elsewhere ξ = 0, the exponential law. `start`
    is a guess of θ = ξ/σ, from a neighbouring threshold.
    """
    k = len(e)
    mean = float(e.mean())
    if mean <= 0.0:
        return ExcessFit(0.0, 0.0, np.inf, k)
    exponential = ExcessFit(0.0, mean, -k * (float(np.log(mean)) + 1.0), k)
    if float(np.dot(e, e)) / k <= 2.0 * mean * mean:
        return exponential
    theta = _root(lambda t: _slope(t, e)[1], start or 1.0 / mean)
    if theta is None:
        return exponential
    xi, _ = _slope(theta, e)
    loglik = _loglik(theta, xi, k)
    return ExcessFit(xi, xi / theta, loglik, k) if loglik > exponential.loglik else exponential


def _root(f: Callable[[float], float], start: float) -> float | None:
    """Root in log θ of a function that goes from negative to positive: bracket by doubling, then Illinois' false position."""
    low = high = float(np.log(start))
    f_low = f_high = f(start)
    width = 0.5
    for _ in range(_STEPS):
        if f_low <= 0.0:
            break
        high, f_high = low, f_low
        low -= width
        width *= 2.0
        f_low = f(float(np.exp(low)))
        if low < -690.0:
            return None
    width = 0.5
    for _ in range(_STEPS):
        if f_high >= 0.0:
            break
        low, f_low = high, f_high
        high += width
        width *= 2.0
        if high > 690.0:
            return None
        f_high = f(float(np.exp(high)))
    for _ in range(_STEPS):
        if high - low < 1e-7:
            break
        middle = low + (high - low) * (f_low / (f_low - f_high)) if f_high > f_low else 0.5 * (low + high)
        f_middle = f(float(np.exp(middle)))
        if f_middle < 0.0:
            low, f_low = middle, f_middle
            f_high *= 0.5
        else:
            high, f_high = middle, f_middle
            f_low *= 0.5
        if abs(f_middle) < 1e-10:
            return float(np.exp(middle))
    return float(np.exp(0.5 * (low + high)))


def loglik_at(xi: float, e: np.ndarray, fit: ExcessFit) -> float:
    """The log-likelihood maximised over the scale with ξ held fixed (the profile of ξ)."""
    k = len(e)
    if xi <= 0.0:
        mean = float(e.mean())
        return -k * (float(np.log(mean)) + 1.0)

    # With a = θ = ξ/σ: maximise -k log(ξ/θ) - (1 + 1/ξ) Σ log(1 + θ e); its slope in log θ is k - (1 + 1/ξ) Σ θe / (1 + θe).
    def falling(theta: float) -> float:
        return (1.0 + 1.0 / xi) * (1.0 - float(np.reciprocal(1.0 + theta * e).mean())) - 1.0

    theta = _root(falling, fit.xi / fit.scale if fit.xi > 0 else xi / float(e.mean()))
    if theta is None:
        return -np.inf
    mean_log = _mean_log(1.0 + theta * e)
    return -k * (float(np.log(xi / theta)) + (1.0 + 1.0 / xi) * mean_log)


def interval(e: np.ndarray, fit: ExcessFit, drop: float = DROP) -> tuple[float, float]:
    """Bounds of ξ by profile likelihood: where the log-likelihood falls by `drop`; the lower one is 0 at least."""
    spread = max((1.0 + fit.xi) / np.sqrt(len(e)), 1e-3)

    def fall(xi: float) -> float:
        return fit.loglik - loglik_at(xi, e, fit) - drop

    low = 0.0
    if fit.xi > 0.0 and fall(0.0) > 0.0:
        low = _crossing(fall, fit.xi, -spread)
    return low, _crossing(fall, fit.xi, spread)


def _crossing(fall: Callable[[float], float], best: float, step: float) -> float:
    inner, outer = best, best + step
    while fall(max(outer, 0.0)) < 0.0:
        inner, outer = outer, outer + step
        if outer > 50.0:
            return np.inf
    outer = max(outer, 0.0)
    f_inner, f_outer = fall(inner), fall(outer)
    for _ in range(12):
        middle = inner + (outer - inner) * (f_inner / (f_inner - f_outer))
        f_middle = fall(middle)
        if abs(f_middle) < 1e-4:
            return middle
        if f_middle < 0.0:
            inner, f_inner = middle, f_middle
            f_outer *= 0.5
        else:
            outer, f_outer = middle, f_middle
            f_inner *= 0.5
    return 0.5 * (inner + outer)


def anderson_darling(e: np.ndarray, fit: ExcessFit) -> float:
    """A², the distance between the excesses (descending, as the sketch holds them) and the fitted law."""
    k = len(e)
    if fit.xi > 0.0:
        log_survival = -np.log(1.0 + e * (fit.xi / fit.scale)) / fit.xi
    else:
        log_survival = -e / fit.scale
    share = -np.expm1(log_survival)
    rank = 2.0 * np.arange(k, 0, -1) - 1.0  # of descending excesses: the largest has the largest rank
    tiny = np.maximum(share, 1e-300)
    return float(-k - np.dot(rank, np.log(tiny) + log_survival[::-1]) / k)

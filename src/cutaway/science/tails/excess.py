"""The generalised Pareto law of what lies above a threshold, fitted by maximum likelihood.

For excesses e = x - u > 0 over a high threshold u, the survival function is (1 + ξ e / σ)^(-1/ξ), whatever the column's
location: a Pareto tail of index α has ξ = 1/α. Source: Pickands (1975), Annals of Statistics 3, 119-131; Davison and
Smith (1990), Journal of the Royal Statistical Society B 52, 393-442, whose profile over θ = ξ/σ is used here.

Excesses descend in every function here, as the sketch holds them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Half the 95 % point of χ² with one degree of freedom: how far a profile log-likelihood may fall inside a 95 %
# interval.
DROP = 1.920729410347062
_STEPS = 60


@dataclass(frozen=True, slots=True)
class ExcessFit:
    """A fitted law: shape `xi` ≥ 0 (0 means exponential or lighter), `scale`, maximised `loglik`, from `k` excesses."""

    xi: float
    scale: float
    loglik: float
    k: int

    @property
    def theta(self) -> float:
        """ξ / σ, the parameter that is searched."""
        return self.xi / self.scale


def fit_excess(e: np.ndarray, start: float | None = None) -> ExcessFit:
    """Maximum likelihood over ξ ≥ 0 of the generalised Pareto law; e has shape (k,), positive.

    The profile has an inner maximum where the coefficient of variation exceeds 1; elsewhere ξ = 0, the exponential law.
    `start` is a guess of θ = ξ/σ, from a neighbouring threshold.
    """
    k = len(e)
    mean = float(np.add.reduce(e)) / k
    exponential = ExcessFit(0.0, mean, -k * (float(np.log(mean)) + 1.0), k)
    if float(np.add.reduce(e * e)) / k <= 2.0 * mean * mean:
        return exponential
    # Far below 1 / mean the slope is all rounding.
    theta = _root(lambda t: _slope(t, e), start if start is not None and start * mean > 1e-4 else 1.0 / mean)
    if theta is None:
        return exponential
    xi = _mean_log(1.0 + theta * e)
    if xi <= 0.0:  # θ e is lost beside 1
        return exponential
    loglik = -k * (float(np.log(xi / theta)) + xi + 1.0)
    return ExcessFit(xi, xi / theta, loglik, k) if loglik > exponential.loglik else exponential


def thinned(e: np.ndarray, most: int) -> np.ndarray:
    """About `most` of the excesses, evenly by rank, the outermost left out: enough for a first guess of the law."""
    step = len(e) // most
    return e[step // 2 :: step] if step > 1 else e


def loglik_at(xi: float, e: np.ndarray, start: float | None = None) -> tuple[float, float]:
    """The log-likelihood maximised over the scale with ξ held fixed (the profile of ξ), and the θ that does it."""
    k = len(e)
    if xi <= 0.0:
        mean = float(np.add.reduce(e)) / k
        return -k * (float(np.log(mean)) + 1.0), 0.0

    # Maximise -k log(ξ/θ) - (1 + 1/ξ) Σ log(1 + θ e) over θ; this is its slope in log θ over -k.
    def slope(theta: float) -> float:
        return (1.0 + 1.0 / xi) * (1.0 - float(np.add.reduce(np.reciprocal(1.0 + theta * e))) / k) - 1.0

    theta = _root(slope, start or xi * k / float(np.add.reduce(e)))
    if theta is None:
        return -np.inf, 0.0
    return -k * (float(np.log(xi / theta)) + (1.0 + 1.0 / xi) * _mean_log(1.0 + theta * e)), theta


def interval(e: np.ndarray, fit: ExcessFit, drop: float = DROP) -> tuple[float, float]:
    """Bounds of ξ by profile likelihood: where the log-likelihood falls by `drop`; the lower one is 0 at least."""
    spread = max(np.sqrt(2.0 * drop) * (1.0 + fit.xi) / np.sqrt(len(e)), 1e-3)
    start = fit.theta

    def fall(xi: float) -> float:
        nonlocal start
        loglik, theta = loglik_at(xi, e, start)
        start = theta or start
        return fit.loglik - loglik - drop

    low = 0.0
    if fit.xi > 0.0 and fall(0.0) > 0.0:
        low = _crossing(fall, fit.xi, -spread, drop)
        start = fit.theta
    return low, _crossing(fall, fit.xi, spread, drop)


def anderson_darling(e: np.ndarray, fit: ExcessFit) -> float:
    """A², the distance between the excesses and the fitted law."""
    k = len(e)
    log_survival = np.log(1.0 + e * fit.theta) / -fit.xi if fit.xi > 0.0 else e / -fit.scale
    share = np.maximum(-np.expm1(log_survival), 1e-300)
    rank = np.arange(2.0 * k - 1.0, 0.0, -2.0)  # the largest excess has the largest rank
    return float(-k - np.add.reduce(rank * (np.log(share) + log_survival[::-1])) / k)


def coarse_misfit(e: np.ndarray, fit: ExcessFit, cells: int = 16) -> float:
    """χ² of the excesses over `cells` equally probable cells of the law: a quick look before A²."""
    survival = np.arange(cells - 1, 0, -1) / cells
    edges = fit.scale * (survival**-fit.xi - 1.0) / fit.xi if fit.xi > 0.0 else -fit.scale * np.log(survival)
    below = np.concatenate(([0], np.searchsorted(e[::-1], edges), [len(e)]))
    expected = len(e) / cells
    return float(np.sum((np.diff(below) - expected) ** 2) / expected)


def _mean_log(grown: np.ndarray) -> float:
    """Mean logarithm of descending numbers ≥ 1, by products of eight where they cannot overflow: fewer logarithms."""
    rows = len(grown) // 8
    if rows == 0 or grown[0] > 1e38:
        return float(np.add.reduce(np.log(grown))) / len(grown)
    whole = np.add.reduce(np.log(np.multiply.reduce(grown[: 8 * rows].reshape(8, rows), axis=0)))
    return float(whole + np.add.reduce(np.log(grown[8 * rows :]))) / len(grown)


def _slope(theta: float, e: np.ndarray) -> float:
    """Has its root at the maximum of the profile likelihood over θ, and is negative below it."""
    grown = 1.0 + theta * e
    g = 1.0 - float(np.add.reduce(np.reciprocal(grown))) / len(e)
    xi = _mean_log(grown)
    return g * (1.0 + xi) - xi


def _root(f: Callable[[float], float], start: float) -> float | None:
    """Root, in log θ, of a function that goes from negative to positive: growing steps, then false position."""
    low = high = float(np.log(start))
    f_low = f_high = f(start)
    step = 0.1
    while f_low > 0.0:
        high, f_high = low, f_low
        low -= step
        step = min(3.0 * step, 1.0)
        if low < -690.0:
            return None
        f_low = f(float(np.exp(low)))
    step = 0.1
    while f_high < 0.0:
        low, f_low = high, f_high
        high += step
        step = min(3.0 * step, 1.0)
        if high > 690.0:
            return None
        f_high = f(float(np.exp(high)))
    return float(np.exp(_false_position(f, low, f_low, high, f_high)))


def _false_position(f: Callable[[float], float], low: float, f_low: float, high: float, f_high: float) -> float:
    """Root between log θ = low and high by false position with Illinois' halving of the end that stays."""
    middle, last = low, 0
    for _ in range(_STEPS):
        if f_high <= f_low:
            return 0.5 * (low + high)
        before, middle = middle, low + (high - low) * (f_low / (f_low - f_high))
        value = f(float(np.exp(middle)))
        # An error of 1e-6 in log θ changes the log-likelihood by k times its square.
        if abs(value) < 1e-12 or abs(middle - before) < 1e-6:
            return middle
        if value < 0.0:
            low, f_low = middle, value
            f_high *= 0.5 if last < 0 else 1.0
            last = -1
        else:
            high, f_high = middle, value
            f_low *= 0.5 if last > 0 else 1.0
            last = 1
    return middle


def _crossing(fall: Callable[[float], float], best: float, step: float, drop: float) -> float:
    """Where `fall` crosses 0, going from `best` (where it is negative) by `step`; inf where it does not up to 50."""
    inner, f_inner = best, -drop
    outer = max(best + step, 0.0)
    f_outer = fall(outer)
    while f_outer < 0.0:
        inner, f_inner = outer, f_outer
        outer = max(outer + step, 0.0)
        if outer > 50.0:
            return float("inf")
        f_outer = fall(outer)
    for _ in range(20):
        # The log-likelihood is nearly a parabola, so the root of its fall, signed, is nearly straight.
        a, b = np.sqrt(f_inner + drop) if f_inner > -drop else 0.0, np.sqrt(f_outer + drop)
        middle = inner + (outer - inner) * (np.sqrt(drop) - a) / (b - a)
        value = fall(middle)
        if abs(value) < 1e-3:
            break
        if value < 0.0:
            inner, f_inner = middle, value
        else:
            outer, f_outer = middle, value
    return float(middle)

"""Whether a column has a variance, or even a mean: a decision made to raise no false alarm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from cutaway.science.tails import lognormal, mixtures
from cutaway.science.tails.excess import (
    ExcessFit,
    anderson_darling,
    coarse_misfit,
    fit_excess,
    interval,
    loglik_at,
    thinned,
)
from cutaway.science.tails.index import index_interval
from cutaway.science.tails.sketch import TailSketch

Verdict = Literal["no mean", "no variance", "finite variance or undecided"]
Side = Literal["right", "left", "both", ""]

MIN_ROWS = 200
MIN_POINTS = 50
MIN_DISTINCT = 30
# A² below this is likelier than not under a right law with ξ from 0.5 to 1.5 (its 70 % point there, by simulation).
FITS_BELOW = 0.85
# χ² over 16 cells above this (13 degrees of freedom, p < 1e-5) need not be looked at more closely.
SURELY_MISFIT = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TailReport:
    """What the tails of a column say.

    `alpha`, `low`, `high`: the tail index by maximum likelihood above `threshold`, with its 95 % interval; inf for a tail that falls
    as fast as an exponential one or faster, NaN where nothing could be fitted. `points`: values above the threshold. `hill`,
    `hill_low`, `hill_high`: Hill's estimate from the same points, about `centre`. `side`: which tail is the heaviest; for "both"
    the threshold is a distance from `centre`, otherwise a value of the column. `p_value`: the error probability at which a finite
    variance is refuted. `against_lognormal`: how much likelier the tail is under a power law than under the best log-normal
    column, as a difference of log-likelihoods (NaN where it did not matter). `repeats`: copies of the outermost value that were
    set aside as a point mass.
    """

    verdict: Verdict
    reason: str
    n: int
    side: Side = ""
    alpha: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    hill: float = float("nan")
    hill_low: float = float("nan")
    hill_high: float = float("nan")
    threshold: float = float("nan")
    centre: float = float("nan")
    points: int = 0
    against_lognormal: float = float("nan")
    against_mixture: float = float("nan")
    p_variance: float = 1.0
    repeats: int = 0
    method: str = "generalised Pareto law above a threshold, maximum likelihood, profile-likelihood interval"


@dataclass(frozen=True, slots=True)
class _Tail:
    """One tail, turned to the right: `values` descend. A `folded` one holds distances from the centre, of both sides."""

    side: Side
    values: np.ndarray
    origins: tuple[float, ...]  # where a log-normal law may start
    power: int  # the law is fitted to values ** power
    share_right: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class _Fitted:
    tail: _Tail
    k: int  # points over which the law fits
    wide: ExcessFit
    loglik: float  # of the k points, on the scale of the values themselves, per point


def heavy(
    sketch: TailSketch,
    quartiles: tuple[float, float, float] | None = None,
    *,
    level: float = 0.025,
    margin: float = 6.0,
) -> TailReport:
    """Whether the variance, or the mean, of a column can be refuted from its extremes."""
    undecided: Verdict = "finite variance or undecided"
    if sketch.n < MIN_ROWS:
        return TailReport(verdict=undecided, reason=f"fewer than {MIN_ROWS} values", n=sketch.n)
    if not (np.isfinite(sketch.largest[0]) and np.isfinite(sketch.smallest[0])):
        return TailReport(verdict=undecided, reason="infinite values", n=sketch.n)
    if sketch.complete:
        low, middle, high = np.quantile(sketch.values(), [0.25, 0.5, 0.75])
        quartiles = float(low), float(middle), float(high)
    fitted = [f for f in map(lambda t: _searched(t, sketch.n), _tails(sketch, quartiles)) if f is not None]
    if not fitted:
        return TailReport(verdict=undecided, reason="too few distinct values in the tails", n=sketch.n)
    chosen = max(fitted, key=lambda f: (f.wide.xi > 0, f.k * (1.5 if f.tail.power == 2 else 1.0), f.loglik))
    return _judged(chosen, sketch.n, quartiles, level, margin)


def _tails(sketch: TailSketch, quartiles: tuple[float, float, float] | None) -> list[_Tail]:
    right, left = _peeled(sketch.largest), _peeled(-sketch.smallest)
    if quartiles is None:
        return [_Tail("right", right, (), 1), _Tail("left", left, (), 1)]
    centre, spread = quartiles[1], quartiles[2] - quartiles[0]
    steps = spread * np.array([0.0, 0.25, 0.5, 1.0, 2.0])
    tails = [
        _Tail("right", right, tuple(centre - steps), 1),
        _Tail("left", left, tuple(-centre - steps), 1),
    ]
    out, back = right[right > centre] - centre, left[left > -centre] + centre
    if len(out) and len(back):
        edge = 0.0 if sketch.complete else max(out[-1], back[-1])
        out, back = out[out >= edge], back[back >= edge]
        # Both descend, so a value's place among all is its own place plus how many of the other side lie above it.
        place = np.arange(len(out)) + np.searchsorted(-back, -out)
        is_out = np.zeros(len(out) + len(back), bool)
        is_out[place] = True
        folded = np.empty(len(is_out))
        folded[is_out], folded[~is_out] = out, back
        share = np.cumsum(is_out)
        tails += [_Tail("both", folded, (0.0,), power, share) for power in (1, 2)]
    return tails


def _peeled(values: np.ndarray) -> np.ndarray:
    """Descending values without the outermost ones that repeat: a sentinel or a cap is a point mass, not a tail."""
    for _ in range(20):
        if len(values) < 2 or values[0] != values[1]:
            break
        values = values[np.searchsorted(-values, -values[0], side="right") :]
    return values


def _searched(tail: _Tail, n: int) -> _Fitted | None:
    """The largest number of points over which the law fits; a light tail ends the search at once."""
    most = min(len(tail.values) - 1, int(0.9 * n))
    if most < MIN_POINTS:
        return None
    scaled = tail.values if tail.power == 1 else tail.values**2
    start = None
    for k in np.geomspace(most, MIN_POINTS, max(2, int(np.ceil(np.log(most / MIN_POINTS) / np.log(1.4))) + 1)).astype(
        int
    ):
        e = _excesses(scaled, k)
        if len(e) < MIN_POINTS:
            continue
        guess = fit_excess(thinned(e, 1000), start)
        if guess.xi > 0.0:
            start = guess.theta
            if coarse_misfit(e, guess) > SURELY_MISFIT:
                continue
        fit = fit_excess(e, start)
        if fit.xi > 0.0:
            start = fit.theta
            if anderson_darling(e, fit) > FITS_BELOW:
                continue
            share = tail.share_right
            if share is not None and abs(2 * int(share[len(e) - 1]) - len(e)) > 3.0 * np.sqrt(len(e)):
                return None
        if np.count_nonzero(np.diff(e)) < MIN_DISTINCT:
            return None
        return _Fitted(tail, len(e), fit, fit.loglik + _log_jacobian(tail, len(e)))
    return None


def _excesses(values: np.ndarray, k: int) -> np.ndarray:
    """What the values above the (k+1)-th largest exceed it by, without those tied with it."""
    e = values[:k] - values[k]
    return e if e[-1] > 0.0 else e[: np.searchsorted(-e, 0.0, side="left")]


def _log_jacobian(tail: _Tail, k: int) -> float:
    """What turns a log-likelihood of values ** power into one of the values."""
    if tail.power == 1:
        return 0.0
    return (tail.power - 1) * float(np.log(tail.values[:k]).sum()) + k * float(np.log(tail.power))


def _judged(
    f: _Fitted, n: int, quartiles: tuple[float, float, float] | None, level: float, margin: float
) -> TailReport:
    from scipy.special import ndtr

    tail, power = f.tail, f.tail.power
    sign = -1.0 if tail.side == "left" else 1.0
    half = max(f.k // 2, MIN_POINTS)
    e = _excesses(tail.values[: half + 1] ** power, half)
    fit = fit_excess(e, f.wide.theta or None)
    low, high = interval(e, fit)
    u = float(tail.values[half])
    centre = quartiles[1] if quartiles is not None else float("nan")
    report = TailReport(
        verdict="finite variance or undecided",
        reason="the interval of the tail index reaches above 2",
        n=n,
        side=tail.side,
        alpha=_inverse(fit.xi / power),
        low=_inverse(high / power),
        high=_inverse(low / power),
        threshold=sign * u,
        centre=centre,
        points=len(e),
    )
    origin = 0.0 if tail.side == "both" else sign * centre
    if u > origin:
        mean_log = float(np.log((tail.values[: len(e)] - origin) / (u - origin)).mean())
        hill_low, hill, hill_high = index_interval(mean_log, len(e))
        report = replace(report, hill=hill, hill_low=hill_low, hill_high=hill_high)
    if fit.xi <= 0.5 * power:
        return report
    p_variance = float(ndtr(-np.sqrt(2.0 * max(fit.loglik - loglik_at(0.5 * power, e, fit.theta)[0], 0.0))))
    p_mean = 1.0
    if fit.xi > power:
        p_mean = float(ndtr(-np.sqrt(2.0 * max(fit.loglik - loglik_at(1.0 * power, e, fit.theta)[0], 0.0))))
    report = replace(report, p_variance=p_variance)
    if p_variance > level:
        return report
    against_lognormal = f.loglik - _lognormal_loglik(f, n)
    report = replace(report, against_lognormal=against_lognormal)
    if against_lognormal < margin:
        return replace(report, reason="a log-normal column explains the tail about as well")
    against_mixture = _advantage_over_mixtures(f, centre)
    report = replace(report, against_mixture=against_mixture)
    if against_mixture < margin:
        return replace(report, reason="two kinds of rows of finite variance explain the tail about as well")
    if p_mean <= level:
        return replace(report, verdict="no mean", reason="the interval of the tail index lies below 1")
    return replace(report, verdict="no variance", reason="the interval of the tail index lies below 2")


def _advantage_over_mixtures(f: _Fitted, centre: float) -> float:
    """By how much the power law's log-likelihood exceeds that of the best two components of finite variance."""
    tail, fit = f.tail, f.wide
    u = float(tail.values[f.k])
    points = mixtures.Points.of(tail.values[: f.k])
    excess = points.values**tail.power - u**tail.power
    log_density = -np.log(fit.scale) - (1.0 + 1.0 / fit.xi) * np.log1p(fit.theta * excess)
    if tail.power == 2:
        log_density += np.log(2.0 * points.values)
    own = float(np.add.reduce(points.weight * log_density))
    rivals = [mixtures.exponentials_loglik(points, u)]
    middle = {"right": centre, "left": -centre}.get(tail.side, 0.0)
    if np.isfinite(middle):
        rivals.append(mixtures.normals_loglik(points, u, middle))
    return own - max(rivals)


def _lognormal_loglik(f: _Fitted, n: int) -> float:
    """The best log-normal law's log-likelihood of the same points, over the places where it may start."""
    tail, k = f.tail, f.k
    values, u = tail.values[:k], float(tail.values[k])
    origins = [o for o in tail.origins if o < u]
    if tail.side != "both" and (not origins or u <= tail.origins[0]):
        origins += list(u - np.array([0.1, 0.3, 0.6, 1.0, 1.7, 3.0]) / f.wide.theta)
    best = -np.inf
    for origin in origins:
        y = np.log((values - origin) / (u - origin))
        best = max(best, lognormal.loglik(y, k / n) - float(y.sum()) - k * float(np.log(u - origin)))
    return best


def _inverse(xi: float) -> float:
    return 1.0 / xi if xi > 0.0 else float("inf")

"""Whether a column has a variance, or even a mean: a decision made to raise no false alarm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cutaway.science.tails.excess import fit_excess, interval, loglik_at
from cutaway.science.tails.index import index_interval
from cutaway.science.tails.report import TailReport, Verdict
from cutaway.science.tails.rivals import against_lognormal, against_mixture
from cutaway.science.tails.sides import MIN_POINTS, Quartiles, Reach, excesses, reach, repeats, tails_of
from cutaway.science.tails.sketch import TailSketch

MIN_ROWS = 200
_UNDECIDED: Verdict = "finite variance or undecided"


def heavy(
    sketch: TailSketch, quartiles: Quartiles | None = None, *, level: float = 0.025, margin: float = 6.9
) -> TailReport:
    """Whether the extremes of a column refute its variance, or its mean.

    TABLE
    """
    if sketch.n < MIN_ROWS:
        return TailReport(verdict=_UNDECIDED, reason=f"fewer than {MIN_ROWS} values", n=sketch.n)
    if not (np.isfinite(sketch.largest[0]) and np.isfinite(sketch.smallest[0])):
        return TailReport(verdict=_UNDECIDED, reason="the column holds infinite values", n=sketch.n)
    if sketch.complete:
        low, middle, high = np.quantile(sketch.values(), [0.25, 0.5, 0.75]).tolist()
        quartiles = low, middle, high
    chosen = _chosen([reach(tail, sketch.n) for tail in tails_of(sketch, quartiles)])
    if chosen is None:
        return TailReport(verdict=_UNDECIDED, reason="no law fits, or too few distinct values lie far out", n=sketch.n)
    return _judged(chosen, sketch, float("nan") if quartiles is None else quartiles[1], level, margin)


def _chosen(reaches: list[Reach | None]) -> Reach | None:
    """Both sides together if the law explains more of them so than of the heavier side alone."""
    found = [r for r in reaches if r is not None]
    alone = max((r for r in found if r.tail.side != "both"), key=lambda r: r.fit.xi, default=None)
    both = max((r for r in found if r.tail.side == "both"), key=lambda r: (r.weight, r.loglik), default=None)
    if alone is None or both is None:
        return both or alone
    return both if (both.fit.xi > 0.0, both.weight) > (alone.fit.xi > 0.0, alone.weight) else alone


def _judged(wide: Reach, sketch: TailSketch, centre: float, level: float, margin: float) -> TailReport:
    """Estimates from half the points over which the law fits, where what bias remains is small beside the interval."""
    tail, power = wide.tail, wide.tail.power
    half = max(wide.k // 2, MIN_POINTS)
    e = excesses(tail.values[: half + 1] ** power, half)
    fit = fit_excess(e, wide.fit.theta or None)
    low, high = interval(e, fit)
    sign = -1.0 if tail.side == "left" else 1.0
    ends_of = {"right": sketch.largest, "left": sketch.smallest}
    report = TailReport(
        verdict=_UNDECIDED,
        reason="the interval of the tail index reaches above 2",
        n=sketch.n,
        side=tail.side,
        alpha=_index(fit.xi, power),
        low=_index(high, power),
        high=_index(low, power),
        threshold=sign * float(tail.values[half]),
        centre=centre,
        points=len(e),
        repeats=sum(repeats(ends) for side, ends in ends_of.items() if tail.side in (side, "both")),
    )
    report = _with_hill(report, tail.values[: len(e)], sign)

    def p_value(alpha: float) -> float:
        from scipy.special import ndtr

        xi = power / alpha
        return (
            float(ndtr(-np.sqrt(2.0 * max(fit.loglik - loglik_at(xi, e, fit.theta)[0], 0.0)))) if fit.xi > xi else 1.0
        )

    report = replace(report, p_variance=p_value(2.0))
    if report.p_variance > level:
        return report
    report = replace(report, against_lognormal=against_lognormal(wide, sketch.n))
    if report.against_lognormal < margin:
        return replace(report, reason="a log-normal column explains the tail about as well")
    report = replace(report, against_mixture=against_mixture(wide, centre))
    if report.against_mixture < margin:
        return replace(report, reason="two kinds of rows of finite variance explain the tail about as well")
    if p_value(1.0) <= level:
        return replace(report, verdict="no mean", reason="the interval of the tail index lies below 1")
    return replace(report, verdict="no variance", reason="the interval of the tail index lies below 2")


def _with_hill(report: TailReport, above: np.ndarray, sign: float) -> TailReport:
    """Adds Hill's estimate from the same points, as distances from the centre."""
    origin = 0.0 if report.side == "both" else sign * report.centre
    u = sign * report.threshold - origin
    if not u > 0.0:
        return report
    low, alpha, high = index_interval(float(np.log((above - origin) / u).mean()), len(above))
    return replace(report, hill=alpha, hill_low=low, hill_high=high)


def _index(xi: float, power: int) -> float:
    return power / xi if xi > 0.0 else float("inf")

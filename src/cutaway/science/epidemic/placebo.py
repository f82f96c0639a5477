"""The lockdown moved to days on which there was none: how special is the true one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.threads import at_once
from cutaway.science.epidemic.likelihood import Likelihood, likelihood_of
from cutaway.science.epidemic.observed import Observed
from cutaway.science.epidemic.posterior import mode
from cutaway.science.epidemic.priors import Priors, priors_of


@dataclass(frozen=True, slots=True, eq=False)
class Placebo:
    """The fit with the change of the reproduction number on each of some days, each (dates,).

    Args:
        days: places in the region's dates.
        effect, low, high: the fall of the reproduction number in percent, 100 (1 − after / before), at the mode, and
            95 % by the curvature there (Laplace).
        before, after: the reproduction numbers.
        log_posterior: at the mode, less the largest of all the days.
        probability: of each day, were one of them the day and each as probable beforehand, by Laplace's approximation.
        true_day: the place of the region's lockdown.
    """

    days: np.ndarray
    effect: np.ndarray
    low: np.ndarray
    high: np.ndarray
    before: np.ndarray
    after: np.ndarray
    log_posterior: np.ndarray
    probability: np.ndarray
    true_day: int

    @property
    def best_day(self) -> int:
        """The most probable."""
        return int(self.days[np.argmax(self.probability)])


def placebo(
    observed: Observed, days: Sequence[int], priors: Priors | None = None, *, ramp: float | None = 0.0
) -> Placebo:
    """Fit every day as if the lockdown had begun on it, and compare.

    A fall is estimated on every day, as the outbreak did end; what tells the days apart is how well the fit explains
    the counts. Where several days explain them alike, the counts do not date the change.

    Args:
        observed: counts by day.
        days: places in the dates.
        priors: as of `posterior`.
        ramp: days over which the reproduction number changes; None: as the priors have it, and then the date of its
            beginning is vaguer.

    Raises: InputError for a day that is not among those fitted.
    """
    known = priors_of(observed) if priors is None else priors
    if ramp is not None:
        free = {name: prior for name, prior in known.free.items() if name != "ramp"}
        known = Priors(free, known.fixed.change(ramp=ramp), known.ascertainment)
    target = likelihood_of(observed, known)
    places = np.asarray(days, int)
    if places.ndim != 1 or not places.size or places.min() < 1 or places.max() >= target.counts.shape[1]:
        raise InputError(f"days: placebo expected places from 1 to {target.counts.shape[1] - 1}, got {list(days)[:5]}")
    fits = _fits(target, places)
    peak, before, after, sd, volume = (np.array(column) for column in zip(*fits, strict=True))
    ratio = np.log(after / before)
    evidence = peak + volume
    weight = np.exp(evidence - evidence.max())
    return Placebo(
        places,
        100 * (1 - after / before),
        100 * (1 - np.exp(ratio + 1.959964 * sd)),
        100 * (1 - np.exp(ratio - 1.959964 * sd)),
        before,
        after,
        peak - peak.max(),
        weight / weight.sum(),
        observed.lockdown_day,
    )


def _fits(target: Likelihood, places: np.ndarray) -> list[tuple[float, float, float, float, float]]:
    """`_fit` of each day, each mode sought from that of the day beside it that lies nearer to the true one."""
    middle = mode(target)
    true = target.lockdown_day
    modes: dict[int, np.ndarray] = {true: middle}

    def walk(side: int) -> None:
        ahead = sorted(
            (int(day) for day in set(places.tolist()) if (day - true) * side > 0), key=lambda day: day * side
        )
        here = middle
        for day in ahead:
            here = _near(target.of_day(day), here)
            modes[day] = here

    at_once(lambda k: walk((-1, 1)[k]), 2)
    return at_once(lambda k: _fit(target.of_day(int(places[k])), modes[int(places[k])]), len(places))


def _near(target: Likelihood, start: np.ndarray) -> np.ndarray:
    """The mode sought from `start` within bounds: where the change's day moves, free steps leave the priors."""
    from scipy.optimize import minimize

    step, n = 1e-5, len(start)

    def value_and_slope(z: np.ndarray) -> tuple[float, np.ndarray]:
        found = target.posterior(np.concatenate((z[None], z + step * np.eye(n), z - step * np.eye(n))))
        return -float(found[0]), -(found[1 : n + 1] - found[n + 1 :]) / (2 * step)

    bounds = [(-7.5, 7.5)] * n
    return np.asarray(minimize(value_and_slope, start, jac=True, method="L-BFGS-B", bounds=bounds).x)


def _fit(target: Likelihood, z: np.ndarray) -> tuple[float, float, float, float, float]:
    """Log-posterior at the mode, R before and after, the deviation of log(after / before), and half the log-volume."""
    covariance = _covariance(target, z)
    names = list(target.priors.free)
    first, second = names.index("reproduction_before"), names.index("reproduction_after")
    before, after = (target.priors.free[names[k]] for k in (first, second))
    slope = np.zeros(len(z))
    slope[first], slope[second] = -before.spread, after.spread
    return (
        float(target.posterior(z[None])[0]),
        float(before.value(z[first])),
        float(after.value(z[second])),
        float(np.sqrt(slope @ covariance @ slope)),
        float(0.5 * np.linalg.slogdet(covariance)[1]),
    )


def _covariance(target: Likelihood, z: np.ndarray, step: float = 1e-3) -> np.ndarray:
    """The inverse of minus the second derivatives of the log-posterior, made positive where rounding spoils it."""
    n = len(z)
    e = step * np.eye(n)
    points = [z + sa * e[a] + sb * e[b] for a in range(n) for b in range(a, n) for sa in (1, -1) for sb in (1, -1)]
    found = target.posterior(np.array(points)).reshape(-1, 4)
    curvature = np.zeros((n, n))
    upper = np.triu_indices(n)
    curvature[upper] = -(found[:, 0] - found[:, 1] - found[:, 2] + found[:, 3]) / (4 * step**2)
    curvature = curvature + np.triu(curvature, 1).T
    values, vectors = np.linalg.eigh(curvature)
    return np.asarray((vectors / np.maximum(values, 0.5)) @ vectors.T)

"""By how much a power law is likelier than explanations of the same tail under which the variance exists."""

from __future__ import annotations

import numpy as np

from cutaway.science.tails import lognormal, mixtures
from cutaway.science.tails.sides import Reach

# A handful of wrong entries may lie anywhere: neither law may win by them alone.
FREE = 3


def against_lognormal(reach: Reach, n: int) -> float:
    """Log-likelihood of the power law less that of the best log-normal column, over the places where it may start.

    The smaller of two: with all points, and with the three outermost known only to lie beyond the fourth.
    """
    tail, fit, k, u = reach.tail, reach.fit, reach.k, reach.threshold
    values = tail.values[:k]
    excess = (values**tail.power - u**tail.power) * fit.theta
    # The law's own log-likelihood without what the outermost say, but for their number.
    gain = float(np.add.reduce(_log_density(reach, values[:FREE]))) + FREE * float(np.log1p(excess[FREE])) / fit.xi
    best = [_best_lognormal(reach, n, censored) for censored in (0, FREE)]
    return min(reach.loglik - best[0], reach.loglik - gain - best[1])


def _best_lognormal(reach: Reach, n: int, censored: int) -> float:
    tail, k, u = reach.tail, reach.k, reach.threshold

    def at(distance: float) -> float:
        """The log-likelihood where the log-normal law starts this far below the threshold."""
        y = np.log1p((tail.values[:k] - u) / distance)
        jacobian = float(np.add.reduce(y[censored:])) + (k - censored) * float(np.log(distance))
        return lognormal.loglik(y, k / n, censored) - jacobian

    nearest = max((u - tail.origins[0]) if tail.origins else 0.0, 0.0)
    distances = [u - origin for origin in tail.origins if origin < u]
    if tail.side != "both" and not nearest:
        # The threshold lies in the body, or the centre is unknown: starts at multiples of the law's own length.
        distances += list(np.geomspace(0.02, 6.0, 12) / reach.fit.theta)
    found = {float(d): at(float(d)) for d in distances}
    if tail.side != "both":
        for factor in (1.25, 1.1, 1.04):
            centre = max(found, key=lambda d: found[d])
            found |= {d: at(d) for d in (centre / factor, centre * factor) if d >= nearest}
    return max(found.values())


def _log_density(reach: Reach, values: np.ndarray) -> np.ndarray:
    """The power law's log-density of values beyond the threshold."""
    fit, power = reach.fit, reach.tail.power
    excess = values**power - reach.threshold**power
    log_density = -np.log(fit.scale) - (1.0 + 1.0 / fit.xi) * np.log1p(fit.theta * excess)
    return np.asarray(log_density + np.log(2.0 * values) if power == 2 else log_density)


def against_mixture(reach: Reach, centre: float) -> float:
    """Log-likelihood of the power law less that of the best two components; `centre` is NaN where it is unknown."""
    tail, u = reach.tail, reach.threshold
    points = mixtures.Points.of(tail.values[: reach.k])
    rivals = [mixtures.exponentials_loglik(points, u)]
    middle = {"right": centre, "left": -centre}.get(tail.side, 0.0)
    if np.isfinite(middle):
        rivals.append(mixtures.normals_loglik(points, u, middle))
    return float(np.add.reduce(points.weight * _log_density(reach, points.values))) - max(rivals)

"""By how much a power law is likelier than explanations of the same tail under which the variance exists."""

from __future__ import annotations

import numpy as np

from cutaway.science.tails import lognormal, mixtures
from cutaway.science.tails.sides import Reach


def against_lognormal(reach: Reach, n: int) -> float:
    """Log-likelihood of the power law less that of the best log-normal column, over the places where it may start."""
    tail, k, u = reach.tail, reach.k, reach.threshold
    origins = [origin for origin in tail.origins if origin < u]
    if tail.side != "both" and (not origins or u <= tail.origins[0]):
        # The threshold lies in the body, or the centre is unknown: starts at fractions of the law's own length below
        # it.
        origins += list(u - np.array([0.1, 0.3, 0.6, 1.0, 1.7, 3.0]) / reach.fit.theta)
    best = -np.inf
    for origin in origins:
        y = np.log((tail.values[:k] - origin) / (u - origin))
        best = max(best, lognormal.loglik(y, k / n) - float(np.add.reduce(y)) - k * float(np.log(u - origin)))
    return reach.loglik - best


def against_mixture(reach: Reach, centre: float) -> float:
    """Log-likelihood of the power law less that of the best two components; `centre` is NaN where it is unknown."""
    tail, fit, u = reach.tail, reach.fit, reach.threshold
    points = mixtures.Points.of(tail.values[: reach.k])
    excess = points.values**tail.power - u**tail.power
    log_density = -np.log(fit.scale) - (1.0 + 1.0 / fit.xi) * np.log1p(fit.theta * excess)
    if tail.power == 2:
        log_density += np.log(2.0 * points.values)
    rivals = [mixtures.exponentials_loglik(points, u)]
    middle = {"right": centre, "left": -centre}.get(tail.side, 0.0)
    if np.isfinite(middle):
        rivals.append(mixtures.normals_loglik(points, u, middle))
    return float(np.add.reduce(points.weight * log_density)) - max(rivals)

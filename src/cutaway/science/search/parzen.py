"""The tree-structured Parzen estimator: densities of good and of bad trials, and their ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.search.inputs import matrix, sign_of, vector


@dataclass(frozen=True, slots=True, eq=False)
class Parzen:
    """A density on the unit cube: the mean of one product of truncated normals a trial and the uniform prior.

    `centres` and `widths` (n, d).
    """

    centres: np.ndarray
    widths: np.ndarray

    def density(self, points: Any) -> np.ndarray:
        """The density (m,) at `points` (m, d) of the unit cube; 0 outside.

        Raises:
            InputError: another number of columns, or NaN.
        """
        from scipy.special import ndtr

        where = matrix("points", points, "Parzen.density")
        d = self.centres.shape[1]
        if where.shape[1] != d:
            raise InputError(f"points of Parzen.density: expected {d} columns, got {where.shape[1]}")
        mass = ndtr((1 - self.centres) / self.widths) - ndtr(-self.centres / self.widths)
        z = (where[:, None, :] - self.centres) / self.widths
        each = np.exp(-0.5 * np.square(z)) / (np.sqrt(2 * np.pi) * self.widths * mass)
        inside = np.all((where >= 0) & (where <= 1), axis=1)
        return np.asarray(np.where(inside, (each.prod(axis=2).sum(axis=1) + 1.0) / (len(self.centres) + 1), 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class DensityRatio:
    """What TPE believes: a density of the good trials, one of the bad, and the score that parts them."""

    good: Parzen
    bad: Parzen
    threshold: float

    def at(self, points: Any) -> np.ndarray:
        """The ratio good / bad (m,): TPE asks where it is largest, which is where expected improvement is."""
        return np.asarray(self.good.density(points) / self.bad.density(points))


def parzen(x: Any) -> Parzen:
    """The density of points x (n, d) of the unit cube.

    In each column, the width of a point's normal is its larger distance to a neighbour, the ends of the range among
    them, and at least 1 / min(100, n + 1). No points are the uniform density.

    Raises:
        InputError: another shape, NaN, or points outside the unit cube.

    Source: Bergstra, Bardenet, Bengio and Kégl, Algorithms for hyper-parameter optimization, NIPS 2011, section 4.2.

    >>> parzen(np.array([[0.2]])).density([[0.2], [0.9]]).round(2)
    array([1.07, 0.89])
    """
    points = np.asarray(x, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] == 0 or not np.all((points >= 0) & (points <= 1)):
        raise InputError(f"x of parzen: expected points (n, d) of the unit cube, got shape {points.shape} or beyond it")
    n, d = points.shape
    widths = np.empty((n, d))
    for j in range(d):
        order = np.argsort(points[:, j], kind="stable")
        ends = np.concatenate(([0.0], points[order, j], [1.0]))
        gaps = np.diff(ends)
        widths[order, j] = np.maximum(gaps[:-1], gaps[1:])
    return Parzen(points, np.clip(widths, 1.0 / min(100.0, n + 1.0), 1.0))


def density_ratio(x: Any, y: Any, direction: str = "maximize", *, share: float = 0.25) -> DensityRatio:
    """The two densities of trials x (n, d) in the unit cube with scores y (n,).

    The best `share` of them, at least one, are the good.

    Raises:
        InputError: shapes that do not fit, NaN, points outside the cube, or a share outside 0 … 1.

    Source: Bergstra and others 2011, section 4: expected improvement rises with good / bad alone.

    >>> belief = density_ratio([[0.1], [0.2], [0.8], [0.9]], [1.0, 0.9, 0.2, 0.1])
    >>> bool(belief.at([[0.1]])[0] > 1 > belief.at([[0.9]])[0])
    True
    """
    points, scores = matrix("x", x, "density_ratio"), vector("y", y, "density_ratio")
    if len(points) != len(scores):
        raise InputError(f"y of density_ratio: expected one score for each of {len(points)} trials, got {len(scores)}")
    if not 0 < share < 1:
        raise InputError(f"share of density_ratio: expected a number between 0 and 1, got {share}")
    order = np.argsort(-sign_of(direction, "density_ratio") * scores, kind="stable")
    count = max(1, int(np.ceil(share * len(order))))
    return DensityRatio(parzen(points[order[:count]]), parzen(points[order[count:]]), float(scores[order[count - 1]]))

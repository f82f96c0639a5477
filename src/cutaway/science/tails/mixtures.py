"""Rival explanations of a tail that looks heavy: rows of two kinds, both with a finite variance.

A tenth of the rows ten times as spread as the rest, or one wrong entry far out, also make a few values tower above the
others. Two components, each cut at the threshold, are fitted by maximum likelihood to what lies above it: normal ones
about the column's centre, and exponential ones, for which the centre does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_OUTERMOST = 128
_INNER = 192
_SCALES = 10


@dataclass(frozen=True, slots=True)
class Points:
    """Some of the values above a threshold: the outermost all, the others thinned, with the number each stands for."""

    values: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Points:
        """From descending values (k,)."""
        inner = values[_OUTERMOST:]
        step = max(1, len(inner) // _INNER)
        kept = inner[step // 2 :: step]
        each = len(inner) / len(kept) if len(kept) else 1.0
        weight = np.concatenate((np.ones(min(len(values), _OUTERMOST)), np.full(len(kept), each)))
        return cls(np.concatenate((values[:_OUTERMOST], kept)), weight)


def normals_loglik(points: Points, threshold: float, centre: float) -> float:
    """Largest log-likelihood of two normal components about `centre`, cut at `threshold`."""
    from scipy.special import log_ndtr

    v, u = points.values - centre, threshold - centre

    def log_density(scale: np.ndarray) -> np.ndarray:
        s = scale[:, None]
        return np.asarray(-0.5 * (v / s) ** 2 - np.log(s) - 0.5 * np.log(2.0 * np.pi) - log_ndtr(-u / s))

    return _two_components(log_density, points, float(v[0]))


def exponentials_loglik(points: Points, threshold: float) -> float:
    """Largest log-likelihood of two exponential components of the excesses over `threshold`."""
    e = points.values - threshold

    def log_density(scale: np.ndarray) -> np.ndarray:
        s = scale[:, None]
        return np.asarray(-e / s - np.log(s))

    return _two_components(log_density, points, float(e[0]))


def _two_components(log_density: Callable[[np.ndarray], np.ndarray], points: Points, largest: float) -> float:
    """Scales on a grid from the typical excess to the largest, all pairs, then finer grids about the best pair."""
    typical = float(np.median(points.values) - points.values[-1]) or largest
    ratio = (1.5 * largest / (0.3 * typical)) ** (1.0 / (_SCALES - 1))
    narrow = wide = 0.3 * typical * ratio ** np.arange(_SCALES)
    best = -np.inf
    for _ in range(6):
        values, i, j = _best_pair(log_density(narrow), log_density(wide), points.weight)
        best = max(best, values)
        ratio = ratio**0.5
        steps = ratio ** np.array([-1.0, 0.0, 1.0])
        narrow, wide = narrow[i] * steps, wide[j] * steps
    return best


def _best_pair(a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> tuple[float, int, int]:
    """The best pair of rows of log-densities a (p, n) and b (q, n), each with its best share; its log-likelihood."""
    top = np.maximum(a.max(axis=0), b.max(axis=0))
    first, second = np.exp(a - top)[:, None, :], np.exp(b - top)[None, :, :]
    difference = second - first
    low, high = np.zeros(difference.shape[:2]), np.ones(difference.shape[:2])
    for _ in range(10):  # the log-likelihood is concave in the share: bisect its slope
        share = 0.5 * (low + high)
        slope = np.add.reduce(weight * difference / (first + share[:, :, None] * difference + 1e-300), axis=2)
        low, high = np.where(slope > 0.0, share, low), np.where(slope > 0.0, high, share)
    share = 0.5 * (low + high)
    loglik = np.add.reduce(weight * np.log(first + share[:, :, None] * difference + 1e-300), axis=2)
    i, j = np.unravel_index(int(np.argmax(loglik)), loglik.shape)
    return float(loglik[i, j] + np.add.reduce(weight * top)), int(i), int(j)

"""Intervals of accuracies and of their differences, from folds that share rows and from rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval, and the p-value of zero where it is a difference."""

    value: float
    low: float
    high: float
    p: float = math.nan

    def __neg__(self) -> Interval:
        """The same of the difference turned round."""
        return Interval(-self.value, -self.high, -self.low, self.p)

    def wider(self, other: Interval) -> Interval:
        """This value with what both intervals cover, and the larger p-value."""
        return Interval(self.value, min(self.low, other.low), max(self.high, other.high), max(self.p, other.p))

    def within(self, low: float, high: float) -> Interval:
        """Cut at the ends of what is possible."""
        return Interval(self.value, max(self.low, low), min(self.high, high), self.p)


def mean_interval(values: NDArray[np.float64], folds: int, value: float | None = None) -> Interval:
    """The mean over repeated k-fold cross-validation, whose training parts share rows.

    The variance of the mean of J folds is (1/J + 1/(k - 1)) times that of a fold, with J - 1 degrees of freedom.

    Args:
        values: (J,) one a fold, of all repeats.
        folds: k.
        value: What the interval is put about, the plain mean by default.

    Source: C. Nadeau, Y. Bengio (2003), Inference for the generalization error, eq. 9.

    >>> mean_interval(np.array([0.8, 0.9, 0.7, 0.8]), 4).p < 0.01
    True
    """
    from scipy.special import stdtr, stdtrit

    count = len(values)
    centre = float(np.mean(values)) if value is None else value
    error = math.sqrt((1 / count + 1 / (folds - 1)) * float(np.var(values, ddof=1)))
    reach = float(stdtrit(count - 1, 0.975)) * error
    p = 2 * float(stdtr(count - 1, -abs(centre) / error)) if error > 0 else float(centre == 0)
    return Interval(centre, centre - reach, centre + reach, p)


def share_interval(share: float, rows: int) -> Interval:
    """A share of rows, by Wilson's score interval.

    Source: E. B. Wilson (1927).

    >>> round(share_interval(1.0, 100).low, 3)
    0.963
    """
    centre = (share + Z * Z / (2 * rows)) / (1 + Z * Z / rows)
    reach = Z / (1 + Z * Z / rows) * math.sqrt(max(0.0, share * (1 - share)) / rows + Z * Z / (4 * rows * rows))
    return Interval(share, centre - reach, centre + reach, 0.0)


def paired_interval(gained: float, lost: float, rows: int) -> Interval:
    """The difference of two shares of the same rows: those that only the first tells right, and only the second.

    One row is added to each of the two, so that no interval has no width.

    Source: D. G. Bonett, R. M. Price (2012), Adjusted Wald confidence interval for a difference of binomial
        proportions based on paired data, eq. 2.

    >>> paired_interval(0, 0, 98).high > 0.02
    True
    """
    more, less = (gained + 1) / (rows + 2), (lost + 1) / (rows + 2)
    error = math.sqrt((more + less - (more - less) ** 2) / (rows + 2))
    centre = more - less
    p = math.erfc(abs(centre) / error / math.sqrt(2))
    return Interval((gained - lost) / rows, centre - Z * error, centre + Z * error, p)


def holm(p: Sequence[float]) -> list[float]:
    """The p-values corrected for their number, by Holm's steps.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    out, most = [0.0] * len(p), 0.0
    for step, at in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        most = max(most, min(1.0, (len(p) - step) * p[at]))
        out[at] = most
    return out

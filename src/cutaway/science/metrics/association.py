"""How strongly a yes-or-no mark goes with a class, and whether chance would do as much, exactly."""

from __future__ import annotations

import math

import numpy as np

from cutaway.core.errors import InputError


def hypergeometric_tails(x: int, drawn: int, marked: int, total: int) -> tuple[float, float]:
    """P(X ≤ x) and P(X ≥ x) for the number X of marked rows among `drawn` of `total` rows without replacement.

    Summed from x outward, where the terms shrink, so that small tails keep their digits; work grows with the standard
    deviation, not the rows. Nothing drawn, or none or all marked, leaves X one value and both tails 1.

    Raises: InputError for an x that cannot occur, or counts beyond the total.
    Source: Fisher 1934, section 21.02.

    >>> [round(p, 6) for p in hypergeometric_tails(3, 4, 4, 8)]  # the lady tasting tea, one pair wrong
    [0.985714, 0.242857]
    """
    low, high = max(0, drawn + marked - total), min(drawn, marked)
    if not (0 <= drawn <= total and 0 <= marked <= total and low <= x <= high):
        raise InputError(
            f"x: hypergeometric_tails expected {low} <= x <= {high} for {drawn} drawn and {marked} marked of "
            f"{total}, got {x}; pass counts of one table"
        )
    at = math.exp(_log_choose(marked, x) + _log_choose(total - marked, drawn - x) - _log_choose(total, drawn))
    spread = math.sqrt(drawn * (marked / total) * (1 - marked / total)) if total else 0.0
    reach = int(40 * spread) + 50
    if x * total >= drawn * marked:
        k = np.arange(x, min(high, x + reach), dtype=float)
        ratio = (drawn - k) * (marked - k) / ((k + 1) * (total - drawn - marked + k + 1))
        upper = min(at * (1 + float(np.cumprod(ratio).sum())), 1.0)
        return min(1 - upper + at, 1.0), upper
    k = np.arange(x, max(low, x - reach), -1, dtype=float)
    ratio = k * (total - drawn - marked + k) / ((drawn - k + 1) * (marked - k + 1))
    lower = min(at * (1 + float(np.cumprod(ratio).sum())), 1.0)
    return lower, min(1 - lower + at, 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def exact_p(x: int, drawn: int, marked: int, total: int) -> float:
    """Two-sided p-value of Fisher's exact test: twice the smaller of `hypergeometric_tails`, at most 1."""
    return min(1.0, 2 * min(hypergeometric_tails(x, drawn, marked, total)))


def odds_ratio(x: float, drawn: float, marked: float, total: float) -> float:
    """Odds of a mark among the drawn rows over its odds among the others, with half a row added to each cell.

    The half keeps it finite. Source: Haldane 1956; Anscombe 1956.

    >>> round(odds_ratio(30, 100, 50, 1000), 1)
    18.6
    """
    a, b, c = x + 0.5, drawn - x + 0.5, marked - x + 0.5
    return a * (total - drawn - marked + x + 0.5) / (b * c)


def class_runs_p(y: np.ndarray, classes: int) -> float:
    """p-value that the rows of no class of y (n,) come in fewer runs than random order gives, exactly.

    The number of runs of a class of m rows is hypergeometric: m draws from n - m + 1 gaps and m - 1 ties. The smallest
    p-value over the classes, times their number (of two classes, the rarer alone); 1 where no class has two rows.

    Source: Stevens 1939; Wald & Wolfowitz 1940.

    >>> round(class_runs_p(np.array([0, 0, 0, 0, 1, 1, 1, 0, 0, 0]), 2), 4)  # 8 of the 120 places of three rows
    0.0667
    """
    n, counts = y.size, np.bincount(y, minlength=classes)
    asked = [int(np.argmin(counts))] if classes == 2 else range(classes)
    lowest = 1.0
    for k in asked:
        mine = np.concatenate([[False], y == k])
        started = int(np.sum(mine[1:] & ~mine[:-1]))
        m = int(counts[k])
        if m > 1:
            lowest = min(lowest, hypergeometric_tails(started, m, n - m + 1, n)[0])
    return min(1.0, lowest * len(asked))

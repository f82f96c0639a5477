"""What one column alone says of a class: log-odds by cell, learned on other rows than those that they score."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

FEWEST, MOST = 8, 64  # cells of a number: √n, the usual balance of bias and variance of a regressogram, within these


def cells_for(n: int) -> int:
    """Number of cells that n rows are cut into."""
    return int(min(max(n**0.5, FEWEST), MOST))


@dataclass(frozen=True, eq=False)
class Cells:
    """A column cut into cells without a look at the labels: quantile bins of a number, levels of a category.

    Missing values have a cell of their own. `codes` (n,): the cell of each row. `centres` (m,): mean value of each
    cell of a number, NaN for the missing one; empty for a category. `values` (n,): the number itself. `coarse`: a
    cell holds more than one value.
    """

    codes: np.ndarray
    number: int
    centres: np.ndarray
    values: np.ndarray
    coarse: bool = False

    @classmethod
    def of_numbers(cls, x: np.ndarray) -> Cells:
        """From x (n,) float64, NaN where missing: one cell a value where there are few of them, else quantile bins."""
        most = cells_for(x.size)
        there = ~np.isnan(x)
        present = x[there]
        ascending = np.sort(present)
        edges = ascending[np.diff(ascending, prepend=-np.inf) > 0]
        coarse = edges.size > most
        if coarse:
            edges = np.unique(ascending[(np.arange(most) * ascending.size) // most])
        codes = np.full(x.size, edges.size, np.int64)
        codes[there] = np.searchsorted(edges, present, "right") - 1
        rows = np.bincount(codes, minlength=edges.size + 1)[:-1]
        totals = np.bincount(codes[there], weights=present, minlength=edges.size)
        filled = rows > 0
        centres = np.full(edges.size + 1, np.nan)
        centres[:-1][filled] = totals[filled] / rows[filled]
        return cls(codes, edges.size + 1, centres, x, coarse)

    @classmethod
    def of_levels(cls, hashes: np.ndarray) -> Cells:
        """From hashes (n,) uint64 of a category's levels; the missing one (0) is a level like any other."""
        levels, codes = np.unique(hashes, return_inverse=True)
        return cls(codes.astype(np.int64), levels.size, np.empty(0), np.empty(0))

    def counts(self, positive: np.ndarray, fold: np.ndarray, folds: int) -> np.ndarray:
        """Rows (folds, 2, m) by fold, class and cell, row 1 the positives: `positive` (n,) bool, `fold` (n,)."""
        at = (fold.astype(np.int64) * 2 + positive) * self.number + self.codes
        return np.bincount(at, minlength=folds * 2 * self.number).reshape(folds, 2, self.number)

    def log_odds(self, positive: np.ndarray, fold: np.ndarray, folds: int) -> np.ndarray:
        """Log-odds (n,) of the positives in each row's cell, from the rows of the other folds.

        log (n₁ + ½) / (n₀ + ½), less the log-odds of all rows; between the centres of a number's cells it is
        interpolated, so that rows of one cell are ranked too. A cell that the other folds do not know gives 0.

        Source: the half is Haldane's (1956); fitting on other rows than those scored, Stone 1974.
        """
        by_fold = self.counts(positive, fold, folds).astype(float)
        whole = by_fold.sum(axis=0)
        out = np.empty(self.codes.size)
        for f in range(folds):
            mine = np.flatnonzero(fold == f)
            rest = whole - by_fold[f]
            odds = np.log(rest[1] + 0.5) - np.log(rest[0] + 0.5)
            total = np.log(rest[1].sum() + 0.5) - np.log(rest[0].sum() + 0.5)
            odds = np.where(rest.sum(axis=0) > 0, odds - total, 0.0)
            out[mine] = self._scored(odds, mine)
        return out

    def _scored(self, odds: np.ndarray, rows: np.ndarray) -> np.ndarray:
        scored = odds[self.codes[rows]]
        if self.centres.size:
            known = ~np.isnan(self.centres)
            there = self.codes[rows] < self.number - 1
            if there.any():
                scored[there] = np.interp(self.values[rows[there]], self.centres[known], odds[known])
        return np.asarray(scored)

    def most_auc(self, positive: np.ndarray) -> float:
        """The area under ROC of the best ranking of the cells with hindsight: more than `log_odds` is likely to reach.

        Ties count half, or as right where a cell holds several values that could be told apart. NaN when a class has
        no rows.
        """
        neg, pos = self.counts(positive, np.zeros(self.codes.size, np.int64), 1)[0].astype(float)
        order = np.argsort(pos / np.maximum(pos + neg, 1.0), kind="stable")
        neg, pos = neg[order], pos[order]
        below = np.cumsum(neg) - (0.0 if self.coarse else 0.5) * neg
        pairs = neg.sum() * pos.sum()
        return float(pos @ below / pairs) if pairs else float("nan")


def stratified(y: np.ndarray, folds: int) -> np.ndarray:
    """A fold (n,) for each row, the classes y (n,) spread evenly; rows are dealt in their order, so give them shuffled.

    >>> stratified(np.array([0, 1, 0, 1, 0]), 2).tolist()
    [0, 0, 1, 1, 0]
    """
    out = np.empty(y.size, np.int64)
    for code in np.unique(y):
        mine = np.flatnonzero(y == code)
        out[mine] = np.arange(mine.size) % folds
    return out


def copies(counts: np.ndarray, missing: np.ndarray, complete: bool, alpha: float) -> bool:
    """Whether a column is the classes under other names: as many values as classes, one for one, and not by chance.

    `counts` (m, classes): rows of each value by class; `missing` (classes,): rows without a value, of which there
    must be none. By chance: labels shuffled over the rows match so with probability K! Π nₖ! / n!, which has to be
    below `alpha`.
    """
    if not complete or counts.shape[0] != counts.shape[1] or missing.any():
        return False
    if np.count_nonzero(counts) != counts.shape[1] or (counts.sum(axis=0) == 0).any():
        return False
    rows = counts.sum(axis=0).astype(float)
    log = sum(math.lgamma(n + 1) for n in (*rows, rows.size)) - math.lgamma(rows.sum() + 1)
    return log < math.log(alpha)

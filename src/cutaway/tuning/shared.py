"""Logistic fits over the folds of a table that share their work: the Grams of a penalty path, for trial after trial.

Each fold scales its columns by the rows that it fits. That is the same as one table for all folds with a penalty of its
own for each, so that the Grams along the path are summed once, by fold, and a trial takes a few passes over the rows.
"""

from __future__ import annotations

import numpy as np

from cutaway.tuning.rows import Rows, Scale

KNOTS = np.logspace(-4, 4, 17)
"""Strengths C at which the path is followed; a trial begins between two of them."""

MOST_COLUMNS = 200
"""Of more, the inverses of the curvatures take longer than the fits that they save."""


class SharedFits:
    """The fits without each fold of `fold` (n,) at any strength of the penalty. Made by `shared_fits`."""

    def __init__(self, rows: Rows, fold: np.ndarray, forms: np.ndarray, scale: Scale) -> None:
        from cutaway.science.logit import penalty_knots

        self._fold = fold
        self._knots = penalty_knots(rows.scaled(scale), rows.y, fold, KNOTS, forms=forms)

    def scores(self, C: float) -> np.ndarray:
        """Log-odds (n,) of every row, by the fit that has not seen its fold."""
        return np.asarray(self._knots.at(C).linear[:, 0])


def shared_fits(rows: Rows, fold: np.ndarray) -> SharedFits | None:
    """Those of these rows; None where they are of more than two classes, too wide, or folds tell categories apart by
    other levels, so that no work is shared.
    """
    if len(rows.classes) != 2:
        return None
    whole = rows.scale(np.arange(len(rows)))
    width = sum(1 + marked for *_, marked in whole.numbers) + sum(map(len, whole.kept))
    if not 0 < width <= MOST_COLUMNS:
        return None
    folds = [rows.scale(np.flatnonzero(fold != k)) for k in range(int(fold.max()) + 1)]
    if not all(_alike(rows, whole, each, fold != k) for k, each in enumerate(folds)):
        return None
    return SharedFits(rows, fold, np.array([_form(whole, each, width) for each in folds]), whole)


def _alike(rows: Rows, whole: Scale, own: Scale, train: np.ndarray) -> bool:
    """Whether a fold's columns of categories say what those of all rows say: the same levels, but for those that it
    does not have; or the other one of two.
    """
    for codes, all_of_them, kept in zip(rows.codes.T, whole.kept, own.kept, strict=True):
        there = {k for k in all_of_them if (codes[train] == k).any()}
        if not (set(kept) == there or (len(kept) == 1 and len(all_of_them) == 1)):
            return False
    return True


def _form(whole: Scale, own: Scale, width: int) -> np.ndarray:
    """The penalty (k, k) on coefficients of the columns scaled by all rows that is |c|² on the fold's own.

    Of a number x with the mark m of a missing one, the fold's column is (spread/own spread) · x plus a constant and
    (shift · m), for which the mark's coefficient makes up.
    """
    turn = np.eye(width)  # from coefficients of the columns by all rows to the fold's own
    at = 0
    for (mean, spread, marked), (own_mean, own_spread, _) in zip(whole.numbers, own.numbers, strict=True):
        turn[at, at] = own_spread / spread
        if marked:
            turn[at + 1, at] = (mean - own_mean) / own_spread * turn[at, at]
        at += 1 + marked
    return np.asarray(turn.T @ turn)

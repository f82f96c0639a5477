"""Fits over folds at any one strength of the penalty, begun from knots along the path: for those who ask one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.blas import one_blas_thread
from cutaway.core.errors import InputError
from cutaway.science.logit.path import Folded, PenaltyPath, along


@dataclass(frozen=True, slots=True, eq=False)
class PenaltyKnots:
    """The path at some strengths C (m,), ascending: coefficients of all rows (m, q), and for each fold the curvature
    (m, F, q, q) that the rows outside it have there. Made by `penalty_knots`.
    """

    C: np.ndarray
    rows: Folded
    start: np.ndarray
    curvature: np.ndarray

    def at(self, C: float, *, tolerance: float = 1e-6) -> PenaltyPath:
        """The path of one strength, wherever it lies, begun between the two knots about it, or at the last.

        What it says depends on C and on the knots, and not on what was asked before: fits made one by one, here or
        there, are the same to the last bit.

        Raises:
            InputError: a C that is not above 0.
        """
        if not (np.ndim(C) == 0 and np.isfinite(C) and C > 0):
            raise InputError(f"C of PenaltyKnots.at: expected a number above 0, got {C!r}")
        place = np.interp(np.log(C), np.log(self.C), np.arange(len(self.C), dtype=np.float64))
        low = min(int(place), max(0, len(self.C) - 2))
        high, share = min(low + 1, len(self.C) - 1), place - low
        with one_blas_thread():
            curvature = (1 - share) * self.curvature[low] + share * self.curvature[high]
            inverses = np.linalg.inv(curvature + self.rows.forms / C)
            start = (1 - share) * self.start[low] + share * self.start[high]
            begin = np.broadcast_to(start, (1, *inverses.shape[:2]))
            return self.rows.path(np.array([float(C)]), begin, inverses[None], tolerance)


def penalty_knots(x: Any, y: Any, fold_id: Any, C: Any, *, forms: np.ndarray | None = None) -> PenaltyKnots:
    """The knots of `penalty_path` at C (m,), whose arguments these are: one warm-started fit of all rows each, its
    Grams summed by fold. `PenaltyKnots.at` then makes the F fits of a strength in a few passes over the rows.

    Raises:
        InputError: as `penalty_path`.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    >>> knots = penalty_knots(x, np.array([0, 0, 1, 0, 1, 1]), np.array([0, 1, 0, 1, 0, 1]), [0.1, 1.0, 10.0])
    >>> knots.at(0.5).params.shape
    (1, 2, 2)
    """
    strengths = np.sort(np.asarray(C, dtype=np.float64), axis=None)
    rows = Folded.of(x, y, fold_id, strengths, forms)
    m, q, folds = len(strengths), rows.z.shape[1], len(rows.edges) - 1
    start, curvature = np.empty((m, q)), np.empty((m, folds, q, q))
    with one_blas_thread():
        for k, at, grams in along(rows, strengths):
            start[k] = at
            everything = sum((gram.hessian for gram in grams[1:]), grams[0].hessian)
            curvature[k] = [everything - gram.hessian for gram in grams]
    return PenaltyKnots(strengths, rows, start, curvature)

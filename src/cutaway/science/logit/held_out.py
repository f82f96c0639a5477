"""Scores that no row had a part in, for rows in memory: one fit, then a few steps a fold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.science.logit.folds import leave_fold_out
from cutaway.science.logit.newton import fit
from cutaway.science.logit.scores import linear


def held_out(x: np.ndarray, y: np.ndarray, *fold_ids: np.ndarray, ridge: float = 1.0) -> list[np.ndarray]:
    """Linear predictors (n,) of y (n,), 0 or 1, from x (n, p), each row scored by a fit without its fold.

    One for each of the `fold_ids` (n,). `ridge` λ: the penalty ½ λ Σ bⱼ² on all columns but the intercept, for
    columns of scale 1; it keeps the fit finite where columns separate the classes or are equal. A fold whose other
    rows are of one class gets a constant. No columns give the log-odds of the others' shares.

    Raises: InputError as `fit` does: no rows, one class only, NaN.

    Source: Stone 1974.
    """
    x, y = np.ascontiguousarray(x, dtype=np.float64), np.ascontiguousarray(y, dtype=np.float64)
    p = x.shape[1]
    whole = fit(x, y, ridge=ridge)
    penalty = np.diag(np.concatenate(([0.0], np.full(p, ridge))))
    out = []
    for ids in fold_ids:
        folds = int(ids.max()) + 1
        part = leave_fold_out(_pass(x, y, ids.astype(np.int32)), whole.params, folds, penalty=penalty)
        scores = np.empty(y.size)
        for f in range(folds):
            scores[ids == f] = linear(x[ids == f], part.params[f])
        out.append(scores)
    return out


def _pass(x: np.ndarray, y: np.ndarray, ids: np.ndarray) -> Callable[..., Any]:
    return lambda of: of(x, y, None, ids)

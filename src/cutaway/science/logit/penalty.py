"""The estimate that a library's default ridge penalty gives, on the raw columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.logit.frame import Frame
from cutaway.science.logit.inputs import checked
from cutaway.science.logit.newton import Fit, fit_fold


def penalised_fold(
    fold: Callable[..., Any],
    p: int,
    *,
    C: float = 1.0,
    penalise_intercept: bool = False,
    start: np.ndarray | None = None,
    frame: Frame | None = None,
    raw: Frame | None = None,
) -> Fit:
    """Minimise ½ |b|² + C Σ w loss, which is scikit-learn's logistic regression, run to full convergence.

    Without `penalise_intercept` as its lbfgs, newton-cg, newton-cholesky and sag solvers have it, with it as
    liblinear (`intercept_scaling=1`). The penalty applies to the columns as the fold gives them. If those were
    standardised already, `raw` holds the means and standard deviations that were used, the penalty applies to the
    columns before, and the result is in the standardised columns' coordinates (`raw.outward` maps it back). `cov` is
    the inverse of the penalised information, not a covariance of the estimate.

    Raises:
        InputError: C not above 0, or as `fit_fold`.

    Source: Fan, Chang, Hsieh, Wang and Lin, LIBLINEAR, JMLR 9 (2008) 1871-1874, section 2.
    """
    if not C > 0:
        raise InputError(f"C: expected a number above 0, got {C}; smaller is a stronger penalty")
    ridge = np.full(p + 1, 1.0 / C)
    if not penalise_intercept:
        ridge[0] = 0.0
    matrix = np.diag(ridge) if raw is None else raw.penalty_inward(np.diag(ridge))
    return fit_fold(fold, p, start=start, penalty=matrix, frame=frame)


def penalised(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    C: float = 1.0,
    penalise_intercept: bool = False,
) -> Fit:
    """`penalised_fold` for a table in memory: what scikit-learn's penalty makes of y (n,), 0 or 1, on x (n, p).

    Raises:
        InputError: as `fit`, or C not above 0.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    >>> round(float(penalised(x, np.array([0, 0, 1, 0, 1, 1])).coef[0]), 4)
    0.7671
    """
    x, y, weight = checked(x, y, weight)

    def whole(of: Callable[..., Any]) -> Any:
        return of(x, y, weight)

    return penalised_fold(whole, x.shape[1], C=C, penalise_intercept=penalise_intercept, frame=Frame.of_rows(x))

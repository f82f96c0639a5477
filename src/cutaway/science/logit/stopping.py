"""How far from the maximum a solver may stop that looks at its gradient alone."""

from __future__ import annotations

import numpy as np


def slack(hessian: np.ndarray, weight: float, tol: float = 1e-4) -> np.ndarray:
    """Largest error (m,) of each coefficient that the rule max |gradient of the mean loss| ≤ tol lets pass.

    To second order slackⱼ = W tol Σ_k |(H⁻¹)_jk|, with H (m, m) the Hessian of the summed loss (with its penalty) and
    W the sum of the weights by which the solver divides it. It is reached: some gradient that satisfies the rule
    belongs to that error. H must be in the coordinates in which the solver ran, with the same coefficients (the
    intercept among them, if it was free). A singular H gives infinity.

    scikit-learn's lbfgs stops by this rule with tol = 1e-4 unless told otherwise.

    Source: H δ = g at the maximum, so |δⱼ| ≤ Σ_k |(H⁻¹)_jk| |g_k| (Hölder).

    >>> slack(np.diag([25.0, 2500.0]), weight=100.0, tol=1e-4)
    array([4.e-04, 4.e-06])
    """
    scale = np.sqrt(np.diag(hessian))
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = hessian / np.outer(scale, scale)
        try:
            np.linalg.cholesky(unit)
            inverse = np.linalg.inv(unit) / np.outer(scale, scale)
        except np.linalg.LinAlgError:
            return np.full(len(hessian), np.inf)
    return np.asarray(weight * tol * np.abs(inverse).sum(axis=1))

"""Does the same penalty mean the same in Ridge, Lasso and ElasticNet?

Answer: no. scikit-learn's Ridge adds α‖w‖² to the sum of squares, while its Lasso and ElasticNet halve the mean of
squares first: the α of ElasticNet at l1_ratio=0 is Ridge's divided by n. statsmodels' fit_regularized follows the mean.

Source: scikit-learn's user guide, linear models, equations of Ridge and ElasticNet; solved here in closed form.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "The scale of α: Ridge against ElasticNet"
TOLERANCE = 1e-5  # coordinate descent stops before the last digits


def given() -> dict[str, Any]:
    """Ten rows of two features without intercept, what is predicted, and α = 2."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(10, 2))
    return {"x": x, "y": x @ np.array([2.0, -1.0]) + 0.1 * rng.normal(size=10), "alpha": 2.0}


@formula("‖y − Xw‖² + α‖w‖²")
def of_sum(x: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    return np.asarray(np.linalg.solve(x.T @ x + alpha * np.eye(2), x.T @ y))


@formula("‖y − Xw‖² / 2n + α‖w‖² / 2")
def of_half_mean(x: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    return np.asarray(np.linalg.solve(x.T @ x / len(y) + alpha * np.eye(2), x.T @ y / len(y)))


@variant("scikit-learn", call="Ridge(alpha=2, fit_intercept=False)", follows=of_sum)
def sklearn_ridge(x: np.ndarray, y: np.ndarray, alpha: float) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(alpha=alpha, fit_intercept=False).fit(x, y).coef_


@variant("scikit-learn", call="ElasticNet(alpha=2, l1_ratio=0, fit_intercept=False)", follows=of_half_mean)
def sklearn_elastic_net(x: np.ndarray, y: np.ndarray, alpha: float) -> Any:
    from sklearn.linear_model import ElasticNet

    return ElasticNet(alpha=alpha, l1_ratio=0, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(x, y).coef_


@variant("statsmodels", call="OLS(y, X).fit_regularized(alpha=2, L1_wt=0)", follows=of_half_mean)
def statsmodels_ridge(x: np.ndarray, y: np.ndarray, alpha: float) -> Any:
    import statsmodels.api as sm

    return sm.OLS(y, x).fit_regularized(alpha=alpha, L1_wt=0).params


CONVERTERS = (
    Converter(
        of=sklearn_elastic_net,
        to="scikit-learn",
        exactness="exact",
        code="""\
from sklearn.linear_model import Ridge

value = Ridge(alpha=alpha * len(y), fit_intercept=False).fit(x, y).coef_
""",
    ),
    Converter(
        of=sklearn_ridge,
        to="statsmodels",
        exactness="exact",
        code="""\
import statsmodels.api as sm

value = sm.OLS(y, x).fit_regularized(alpha=alpha / len(y), L1_wt=0).params
""",
    ),
)

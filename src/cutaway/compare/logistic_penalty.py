"""Is a logistic regression penalised unless one says otherwise?

Answer: scikit-learn's is, with C = 1, so its coefficients are shrunk; statsmodels' and a network of one unit are not.
On forty rows the slope differs by a third.

Source: scikit-learn's user guide, logistic regression; both fits held against Newton's method on the two objectives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "The penalty of a logistic regression"
TOLERANCE = 1e-4  # iterative solvers stop before the last digits


def given() -> dict[str, np.ndarray]:
    """Forty rows of one feature, and labels of 0 and 1."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, 1)) * 0.7
    return {"x": x, "y": (rng.random(40) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(int)}


def _newton(x: np.ndarray, y: np.ndarray, penalty: np.ndarray, weight: float = 1.0) -> np.ndarray:
    """Slope and intercept that minimise Σ ℓ + Σ penalty β² / 2."""
    design = np.column_stack([x, np.ones(len(x))])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = weight * design.T @ (p - y) + penalty * beta
        hessian = weight * (design * (p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        beta = beta - np.linalg.solve(hessian, gradient)
    return beta


@formula("argmin Σ ℓ(β)")
def unpenalised(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return _newton(x, y, np.zeros(2))


@formula("argmin Σ ℓ(β) + slope² / 2")
def penalised(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return _newton(x, y, np.array([1.0, 0.0]))


@variant("scikit-learn", call="LogisticRegression()", follows=penalised)
def sklearn_default(x: np.ndarray, y: np.ndarray) -> Any:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(tol=1e-8).fit(x, y)
    return [fitted.coef_[0, 0], fitted.intercept_[0]]


@variant("scikit-learn", call="LogisticRegression(C=np.inf)", follows=unpenalised)
def sklearn_infinite(x: np.ndarray, y: np.ndarray) -> Any:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=np.inf, tol=1e-8).fit(x, y)
    return [fitted.coef_[0, 0], fitted.intercept_[0]]


@variant("statsmodels", call="Logit(y, sm.add_constant(x)).fit()", follows=unpenalised)
def statsmodels_logit(x: np.ndarray, y: np.ndarray) -> Any:
    import statsmodels.api as sm

    return sm.Logit(y, np.column_stack([x, np.ones(len(x))])).fit(disp=0).params


@variant("pytorch", call="Linear(1, 1), binary_cross_entropy_with_logits, LBFGS to the minimum", follows=unpenalised)
def torch_linear(x: np.ndarray, y: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    model = torch.nn.Linear(1, 1, dtype=torch.float64)
    torch.nn.init.zeros_(model.weight)
    torch.nn.init.zeros_(model.bias)
    rows, labels = torch.tensor(x), torch.tensor(y, dtype=torch.float64)[:, None]
    optimiser = torch.optim.LBFGS(model.parameters(), max_iter=200, tolerance_grad=1e-10, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(model(rows), labels)
        value.backward()
        return value

    optimiser.step(loss)
    return [model.weight.item(), model.bias.item()]


CONVERTERS = (
    Converter(
        of=statsmodels_logit,
        to="scikit-learn",
        exactness="near",
        error=1e-4,
        code="""\
import numpy as np
from sklearn.linear_model import LogisticRegression

fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(x, y)
value = [fitted.coef_[0, 0], fitted.intercept_[0]]
""",
    ),
    Converter(
        of=sklearn_default,
        to="statsmodels",
        exactness="impossible",
        reason="Logit.fit_regularized penalises the sum of absolute values, not of squares.",
    ),
)

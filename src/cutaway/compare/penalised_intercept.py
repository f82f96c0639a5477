"""Is the intercept penalised, too?

Answer: not by scikit-learn's lbfgs; by its liblinear, which treats the intercept as one more coefficient, and by
PyTorch's `weight_decay`, which takes every parameter it is handed. On rare events that pulls the mean probability
towards one half.

Source: scikit-learn's documentation of `intercept_scaling`; Fan et al. (2008), LIBLINEAR, section 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "A penalised intercept"
TOLERANCE = 1e-4  # iterative solvers stop before the last digits


def given() -> dict[str, np.ndarray]:
    """Forty rows of one feature, and labels of which a few are 1."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=(40, 1))
    return {"x": x, "y": (rng.random(40) < 1 / (1 + np.exp(3 - x[:, 0]))).astype(int)}


def _newton(x: np.ndarray, y: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    """Slope and intercept that minimise Σ ℓ + Σ penalty β² / 2."""
    design = np.column_stack([x, np.ones(len(x))])
    beta = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        hessian = (design * (p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        beta = beta - np.linalg.solve(hessian, design.T @ (p - y) + penalty * beta)
    return beta


@formula("Σ ℓ + slope² / 2")
def slope_only(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return _newton(x, y, np.array([1.0, 0.0]))


@formula("Σ ℓ + slope² / 2 + intercept² / 2")
def both(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return _newton(x, y, np.array([1.0, 1.0]))


@variant("scikit-learn", call="LogisticRegression()", follows=slope_only)
def sklearn_lbfgs(x: np.ndarray, y: np.ndarray) -> Any:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(tol=1e-8).fit(x, y)
    return [fitted.coef_[0, 0], fitted.intercept_[0]]


@variant("scikit-learn", call='LogisticRegression(solver="liblinear")', follows=both)
def sklearn_liblinear(x: np.ndarray, y: np.ndarray) -> Any:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(solver="liblinear", tol=1e-8).fit(x, y)
    return [fitted.coef_[0, 0], fitted.intercept_[0]]


def _torch(x: np.ndarray, y: np.ndarray, decayed: tuple[str, ...]) -> list[float]:
    import torch
    from torch.nn import functional

    model = torch.nn.Linear(1, 1, dtype=torch.float64)
    torch.nn.init.zeros_(model.weight)
    torch.nn.init.zeros_(model.bias)
    rows, labels = torch.tensor(x), torch.tensor(y, dtype=torch.float64)[:, None]
    n = len(y)
    groups = [
        {"params": [parameter], "weight_decay": 1.0 / n if name in decayed else 0.0}
        for name, parameter in model.named_parameters()
    ]
    optimiser = torch.optim.SGD(groups, lr=2.0)
    for _ in range(2000):
        optimiser.zero_grad()
        functional.binary_cross_entropy_with_logits(model(rows), labels).backward()
        optimiser.step()
    return [model.weight.item(), model.bias.item()]


@variant("pytorch", call="SGD(model.parameters(), weight_decay=1 / n) on the mean loss", follows=both)
def torch_all(x: np.ndarray, y: np.ndarray) -> Any:
    return _torch(x, y, ("weight", "bias"))


@variant("pytorch", call="SGD([weights with weight_decay=1 / n, biases without])", follows=slope_only)
def torch_weights(x: np.ndarray, y: np.ndarray) -> Any:
    return _torch(x, y, ("weight",))


CONVERTERS = (
    Converter(
        of=sklearn_liblinear,
        to="scikit-learn",
        exactness="near",
        error=1e-4,
        code="""\
import numpy as np
from sklearn.linear_model import LogisticRegression

design = np.column_stack([x, np.ones(len(x))])
value = LogisticRegression(fit_intercept=False, tol=1e-10, max_iter=10_000).fit(design, y).coef_[0]
""",
    ),
    Converter(
        of=torch_weights,
        to="scikit-learn",
        exactness="near",
        error=1e-4,
        code="""\
from sklearn.linear_model import LogisticRegression

fitted = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(x, y)
value = [fitted.coef_[0, 0], fitted.intercept_[0]]
""",
    ),
)

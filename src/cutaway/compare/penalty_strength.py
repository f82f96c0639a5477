"""What happens to the penalty when rows are weighted, or counted twice?

Answer: scikit-learn adds C times the sum of the weighted losses to the penalty, so doubling all weights halves the
penalty's share, and class weights change how strong it is; a mean loss with weight decay λ (Keras, PyTorch) does not
move. C = 1 / (n λ) for unweighted rows, C = 1 / (Σw λ) where the loss is divided by Σw.

Source: scikit-learn's user guide, logistic regression, with `s_i` the weights; solved here by Newton's method.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "C against λ, under weights"
TOLERANCE = 1e-4  # iterative solvers stop before the last digits


def given() -> dict[str, np.ndarray]:
    """Thirty rows of one feature with their labels, and a weight of 4 for each positive row."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(30, 1))
    y = (rng.random(30) < 1 / (1 + np.exp(1 - 1.5 * x[:, 0]))).astype(int)
    return {"x": x, "y": y, "weight": np.where(y == 1, 4.0, 1.0)}


def _newton(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Slope and intercept that minimise Σ wᵢ ℓᵢ + slope² / 2."""
    design, beta = np.column_stack([x, np.ones(len(x))]), np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag([1.0, 0.0])
        beta = beta - np.linalg.solve(hessian, design.T @ (weight * (p - y)) + np.array([1.0, 0.0]) * beta)
    return beta


@formula("Σ wᵢ ℓᵢ + slope² / 2")
def of_sum(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return _newton(x, y, weight)


@formula("Σ 2wᵢ ℓᵢ + slope² / 2")
def of_doubled(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return _newton(x, y, 2 * weight)


@formula("n Σ wᵢ ℓᵢ / Σ wᵢ + slope² / 2")
def of_weighted_mean(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return _newton(x, y, weight / weight.mean())


def _sklearn(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> list[float]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(tol=1e-8, max_iter=10_000).fit(x, y, sample_weight=weight)
    return [fitted.coef_[0, 0], fitted.intercept_[0]]


@variant("scikit-learn", call="LogisticRegression().fit(x, y, sample_weight=w)", follows=of_sum)
def sklearn_weighted(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Any:
    return _sklearn(x, y, weight)


@variant("scikit-learn", call="LogisticRegression().fit(x, y, sample_weight=2 * w)", follows=of_doubled)
def sklearn_doubled(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Any:
    return _sklearn(x, y, 2 * weight)


@variant("scikit-learn", call="LogisticRegression(class_weight={0: 1, 1: 4}).fit(x, y)", follows=of_sum)
def sklearn_classes(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Any:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(class_weight={0: 1, 1: 4}, tol=1e-8, max_iter=10_000).fit(x, y)
    return [fitted.coef_[0, 0], fitted.intercept_[0]]


@variant("pytorch", call="cross_entropy(z, y, weight=w) + slope² / (2 n), to the minimum", follows=of_weighted_mean)
def torch_mean(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    beta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    rows, labels = torch.tensor(x[:, 0]), torch.tensor(y)
    classes = torch.tensor([1.0, 4.0], dtype=torch.float64)
    optimiser = torch.optim.LBFGS([beta], max_iter=200, tolerance_grad=1e-10, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        z = beta[0] * rows + beta[1]
        logits = torch.stack([torch.zeros_like(z), z], 1)
        value = functional.cross_entropy(logits, labels, weight=classes) + beta[0] ** 2 / (2 * len(y))
        value.backward()
        return value

    optimiser.step(loss)
    return beta.detach()


CONVERTERS = (
    Converter(
        of=torch_mean,
        to="scikit-learn",
        exactness="near",
        error=1e-4,
        code="""\
from sklearn.linear_model import LogisticRegression

fitted = LogisticRegression(C=len(y) / weight.sum(), tol=1e-10, max_iter=10_000).fit(x, y, sample_weight=weight)
value = [fitted.coef_[0, 0], fitted.intercept_[0]]
""",
    ),
)

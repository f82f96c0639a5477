"""Gradient descent on a real log loss takes the steps that the Hessian at its minimum promises."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science import descent, logit


def problem(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    raw = np.column_stack([rng.normal(3, 2, 600), rng.uniform(-1, 4, 600)])
    y = (rng.random(600) < 1 / (1 + np.exp(-0.5 * (raw[:, 0] - 3) + 0.4 * raw[:, 1]))).astype(int)
    return raw, y


def steps_taken(x: np.ndarray, y: np.ndarray, hessian: np.ndarray, best: np.ndarray, tolerance: float) -> int:
    """From a small error in the steepest and the flattest direction to `tolerance` of it."""
    values, vectors = np.linalg.eigh(hessian)
    b = best + 1e-3 * (vectors[:, 0] + vectors[:, -1])
    start = np.linalg.norm(b - best)
    design = np.column_stack([np.ones(len(x)), x])
    for n in range(100_000):
        if np.linalg.norm(b - best) <= tolerance * start:
            return n
        p = 1 / (1 + np.exp(-design @ b))
        b = b - 2 / (values[0] + values[-1]) * design.T @ (p - y)
    raise AssertionError("did not arrive")


def scaled(raw: np.ndarray, how: str) -> np.ndarray:
    if how == "standardised":
        return (raw - raw.mean(axis=0)) / raw.std(axis=0)
    if how == "min-max":
        return (raw - raw.min(axis=0)) / np.ptp(raw, axis=0)
    return raw


@pytest.mark.parametrize("how", ["raw", "standardised", "min-max"])
def test_steps_on_the_log_loss(how: str) -> None:
    raw, y = problem(1)
    x = scaled(raw, how)
    fit = logit.fit(x, y)
    best = np.concatenate(([fit.intercept], fit.coef))
    taken = steps_taken(x, y, fit.hessian, best, 1e-3)
    assert taken == pytest.approx(descent.steps_to(descent.condition_number(fit.hessian), 1e-3), rel=0.1, abs=1)


def test_min_max_columns_from_the_standardised_fit() -> None:
    raw, y = problem(2)
    centre, scale = raw.mean(axis=0), raw.std(axis=0)
    hessian = logit.fit((raw - centre) / scale, y).hessian
    # x = low + range * m, so that standardised z = (m - (centre - low) / range) / (scale / range)
    low, width = raw.min(axis=0), np.ptp(raw, axis=0)
    jacobian = descent.standardised_to_raw((centre - low) / width, scale / width)
    direct = logit.fit(scaled(raw, "min-max"), y).hessian
    np.testing.assert_allclose(jacobian.T @ hessian @ jacobian, direct, rtol=1e-6)
    assert descent.condition_number_in(hessian, jacobian) == pytest.approx(descent.condition_number(direct), rel=1e-6)


def test_standardising_saves_steps_here() -> None:
    raw, y = problem(3)
    before = descent.condition_number(logit.fit(raw, y).hessian)
    after = descent.condition_number(logit.fit(scaled(raw, "standardised"), y).hessian)
    assert descent.steps_to(after) < descent.steps_to(before) / 5

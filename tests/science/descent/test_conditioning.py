"""What the condition number promises is what gradient descent does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science import descent, logit


def steps_taken(hessian: np.ndarray, tolerance: float) -> int:
    """Runs gradient descent with the best constant step from the worst start."""
    values, vectors = np.linalg.eigh(hessian)
    x = vectors[:, 0] + vectors[:, -1]
    step, size = 2 / (values[0] + values[-1]), np.linalg.norm(x)
    n = 0
    while np.linalg.norm(x) > tolerance * size:
        x = x - step * hessian @ x
        n += 1
    return n


@pytest.mark.parametrize("condition", [1.5, 10.0, 300.0])
def test_steps_are_those_of_a_real_run(condition: float, rng: np.random.Generator) -> None:
    q, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    hessian = q @ np.diag([1.0, *rng.uniform(1, condition, 3), condition]) @ q.T
    assert descent.condition_number(hessian) == pytest.approx(condition)
    assert abs(steps_taken(hessian, 1e-3) - descent.steps_to(condition, 1e-3)) <= 1


def test_a_longer_step_than_the_stable_one_diverges(rng: np.random.Generator) -> None:
    a = rng.normal(size=(6, 4))
    hessian = a.T @ a
    for factor, ends in ((0.99, True), (1.01, False)):
        x = np.ones(4)
        for _ in range(4000):
            x = x - factor * descent.stable_step(hessian) * hessian @ x
        assert bool(np.linalg.norm(x) < 1) is ends


def test_raw_hessian_of_a_logistic_fit(rng: np.random.Generator) -> None:
    raw = np.column_stack([rng.normal(50, 3, 800), rng.normal(0, 100, 800)])
    y = rng.integers(0, 2, 800)
    centre, scale = raw.mean(axis=0), raw.std(axis=0)
    scaled = logit.fit((raw - centre) / scale, y).hessian
    direct = logit.fit(raw, y).hessian
    jacobian = descent.standardised_to_raw(centre, scale)
    np.testing.assert_allclose(jacobian.T @ scaled @ jacobian, direct, rtol=1e-6)
    assert descent.condition_number_in(scaled, jacobian) == pytest.approx(np.linalg.cond(direct), rel=1e-5)


def test_condition_beyond_rounding(rng: np.random.Generator) -> None:
    jacobian = np.diag([1.0, 1e-6, 1e6])
    assert descent.condition_number_in(np.eye(3), jacobian) == pytest.approx(1e24)


def test_limits_and_faults() -> None:
    assert descent.steps_to(1.0) == 1.0 and math.isinf(descent.steps_to(math.inf))
    assert math.isinf(descent.condition_number(np.diag([1.0, 0.0])))
    with pytest.raises(InputError, match="square"):
        descent.condition_number(np.ones((2, 3)))
    with pytest.raises(InputError, match="finite"):
        descent.condition_number(np.array([[np.nan]]))
    with pytest.raises(InputError, match="condition >= 1"):
        descent.steps_to(0.5)

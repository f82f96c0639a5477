"""Descent under class weights: each step is the gradient of the loss that it says, and the laws of its divisors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway import losses, weights
from cutaway.core.errors import InputError


def drawn(seed: int, classes: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(24, 2)), rng.integers(0, classes, 24)
    return x, y, rng.normal(size=(3, classes)), rng.permutation(24).reshape(4, 6)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize(("divisor", "reduction"), [("rows", "mean"), ("weights", "weighted mean")])
@pytest.mark.parametrize("seed", range(3))
def test_a_step_is_the_gradient_of_the_reduced_loss(seed: int, divisor: str, reduction: str, inside: bool) -> None:
    x, y, start, rows = drawn(seed)
    c = np.array([0.5, 2.0, 9.0])
    path = weights.weighted_trainings(x, y, c[None], rows[:1], start, rate=1.0, divisor=divisor, inside=inside)
    design, labels = np.column_stack([np.ones(6), x[rows[0]]]), y[rows[0]]

    def loss(at: np.ndarray) -> float:
        return float(losses.categorical(design @ at, labels, class_weight=c, reduction=reduction))

    for i, j in np.ndindex(start.shape):
        step = np.zeros_like(start)
        step[i, j] = 1e-5
        slope = (loss(start + step) - loss(start - step)) / 2e-5
        assert path[0, 0, i, j] - path[1, 0, i, j] == pytest.approx(slope, abs=1e-8)
    analytic = losses.derivatives(losses.categorical, design @ start, labels, class_weight=c).gradient
    divided = design.T @ analytic / (6 if divisor == "rows" else c[labels].sum())
    np.testing.assert_allclose(start - path[1, 0], divided, atol=1e-14)


@given(st.integers(0, 99), st.floats(0.1, 30), st.floats(0.1, 10))
def test_the_sum_of_weights_forgets_their_level_and_rows_take_it_for_a_rate(seed: int, w: float, level: float) -> None:
    x, y, start, rows = drawn(seed, 2)
    c = np.array([[1.0, w]])
    plain = weights.weighted_trainings(x, y, c, rows, start, rate=0.1, divisor="weights")
    scaled = weights.weighted_trainings(x, y, level * c, rows, start, rate=0.1, divisor="weights")
    np.testing.assert_allclose(plain, scaled, atol=1e-10)
    by_rows = weights.weighted_trainings(x, y, level * c, rows, start, rate=0.1, divisor="rows")
    faster = weights.weighted_trainings(x, y, c, rows, start, rate=0.1 * level, divisor="rows")
    np.testing.assert_allclose(by_rows, faster, atol=1e-10)


def test_trainings_side_by_side_are_trainings_alone_and_every_step_is_told() -> None:
    x, y, start, rows = drawn(5, 2)
    c = np.array([[1.0, 1.0], [1.0, 8.0]])
    heard: list[int] = []
    both = weights.weighted_trainings(
        x, y, c, rows, start, rate=np.array([0.1, 0.2]), divisor="rows", heard=heard.append
    )
    for i, rate in enumerate((0.1, 0.2)):
        alone = weights.weighted_trainings(x, y, c[i : i + 1], rows, start, rate=rate, divisor="rows")
        np.testing.assert_allclose(both[:, i], alone[:, 0], atol=1e-15)
    assert heard == [0, 1, 2, 3]
    assert weights.weighted_trainings(x, y, c, rows[:0], start, rate=1, divisor="rows").shape == (1, 2, 3, 2)


def test_what_does_not_fit_is_refused() -> None:
    x, y, start, rows = drawn(0, 2)
    with pytest.raises(InputError, match="'rows' or 'weights', got 'sum'"):
        weights.weighted_trainings(x, y, np.ones((1, 2)), rows, start, rate=1, divisor="sum")
    with pytest.raises(InputError, match=r"expected shape \(3, 3\)"):
        weights.weighted_trainings(x, y, np.ones((1, 3)), rows, start, rate=1, divisor="rows")

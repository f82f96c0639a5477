"""Which columns are determined by the others, and how much the rest repeat one another."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science.columns import redundancies
from cutaway.science.columns.inflation import correlations, variance_inflation


def products(*columns: np.ndarray) -> np.ndarray:
    x = np.column_stack([np.ones(len(columns[0])), *columns])
    return np.asarray(x.T @ x)


def test_independent_columns_are_kept(rng: np.random.Generator) -> None:
    x = rng.normal(size=(500, 4))
    assert redundancies(products(*x.T), [[1], [2], [3], [4]]) == []


def test_a_sum_of_two_is_named_with_the_two(rng: np.random.Generator) -> None:
    a, b, c = rng.normal(size=(3, 500))
    (found,) = redundancies(products(a, b, c, 2 * a - 3 * b), [[1], [2], [3], [4]])
    assert found.group == 3 and found.others == (0, 1)


def test_the_factor_with_more_columns_goes_first(rng: np.random.Generator) -> None:
    a = rng.integers(0, 2, 500).astype(float)
    b = rng.integers(0, 2, 500).astype(float) * (1 - a)
    (found,) = redundancies(products(a, b, a, b), [[1], [2], [3, 4]])
    assert found.group == 2 and found.others == (0, 1)


def test_scale_and_offset_do_not_matter(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 2000))
    assert redundancies(products(a * 1e-3, b * 1e3), [[1], [2]]) == []
    (found,) = redundancies(products(a, b, a + 1e-3 * b), [[1], [2], [3]])
    assert set(found.others) == {0, 1}


def test_nearly_equal_is_not_determined(rng: np.random.Generator) -> None:
    a = rng.normal(size=5000)
    assert redundancies(products(a, a + 0.001 * rng.normal(size=5000)), [[1], [2]]) == []


def test_inflation_equals_the_regression_of_each_column_on_the_others(rng: np.random.Generator) -> None:
    x = rng.normal(size=(300, 3))
    x[:, 2] += x[:, 0] * 2
    expected = []
    for j in range(3):
        others = np.column_stack([np.ones(300), np.delete(x, j, axis=1)])
        residual = x[:, j] - others @ np.linalg.lstsq(others, x[:, j], rcond=None)[0]
        expected.append(x[:, j].var() / residual.var())
    np.testing.assert_allclose(variance_inflation(products(*x.T), [[0], [1], [2]]), expected, rtol=1e-6)


def test_inflation_of_a_copy_is_infinite_and_of_a_factor_on_one_scale(rng: np.random.Generator) -> None:
    a = rng.normal(size=200)
    assert variance_inflation(products(a, a), [[0], [1]])[0] > 1e12
    dummies = np.eye(4)[rng.integers(0, 4, 3000)][:, 1:]
    alone = variance_inflation(products(*dummies.T, rng.normal(size=3000)), [[0, 1, 2], [3]])
    assert alone[0] == pytest.approx(1.0, abs=0.01)


def test_correlations_of_a_constant_are_zero(rng: np.random.Generator) -> None:
    corr = correlations(products(rng.normal(size=50), np.full(50, 3.0)))
    assert corr.tolist() == [[1.0, 0.0], [0.0, 1.0]]

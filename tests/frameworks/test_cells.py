"""Scores and labels read as cells, with NumPy's arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.frameworks.cells import Namespace, Reading
from cutaway.frameworks.readout import Readout
from cutaway.science.metrics.counts import Counts

NUMPY = Namespace(np, lambda x, dtype: np.asarray(x).astype(dtype), np.count_nonzero, "float64")


def matrix(reading: Reading, *given: np.ndarray | None, **choices: bool) -> np.ndarray:
    found = reading.cells(NUMPY, *given, **choices)
    reading.refuse(found.tallies)
    k = reading.classes
    return np.bincount(found.cells, found.weight, k * k + 1)[: k * k].reshape(k, k)


@given(st.integers(2, 6), st.integers(0, 50), st.booleans(), st.integers(0, 2**32 - 1))
def test_every_form_of_a_label_gives_the_counts(classes: int, rows: int, weighted: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, y, weight = rng.normal(size=(rows, classes)), rng.integers(0, classes, rows), rng.random(rows)
    given_weight = weight if weighted else None
    expected = Counts.of(y, scores.argmax(1), given_weight, classes=classes).matrix
    reading = Reading(classes=classes)
    for labels in (y, y[:, None], np.eye(classes)[y], y.astype(float)):
        np.testing.assert_allclose(matrix(reading, labels, scores, given_weight), expected)
    np.testing.assert_allclose(matrix(reading, y, scores.argmax(1), given_weight, decided=True), expected)
    np.testing.assert_allclose(matrix(reading, y, scores + 5, given_weight), expected)  # logits have no zero


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=30), st.floats(0.01, 0.99))
def test_a_threshold_cuts_logits_and_probabilities_at_one_place(logits: list[float], threshold: float) -> None:
    z = np.array(logits)
    y = np.zeros(z.size)
    p = 1 / (1 + np.exp(-z))
    near = np.abs(p - threshold) < 1e-9  # rounding decides these
    by_logits = Reading(classes=2, threshold=threshold, from_logits=True)
    by_p = Reading(classes=2, threshold=threshold, from_logits=False)
    np.testing.assert_array_equal(matrix(by_logits, y[~near], z[~near]), matrix(by_p, y[~near], p[~near]))


def test_at_the_threshold_the_positive_class_is_predicted() -> None:
    assert matrix(Reading(classes=2, from_logits=False), np.ones(1), np.array([0.5]))[1, 1] == 1
    assert matrix(Reading(classes=2, from_logits=True), np.ones(1), np.array([0.0]))[1, 1] == 1


def test_what_is_left_out_may_hold_anything() -> None:
    scores = np.array([[1.0, 0.0], [np.nan, 0.0], [0.0, 1.0], [0.0, np.inf]])
    y = np.array([0, 7, -1, 1])
    mask = np.array([True, False, True, True])
    np.testing.assert_array_equal(matrix(Reading(classes=2, ignore=-1), y, scores, None, mask), [[1, 0], [0, 1]])
    weight = np.array([2.0, 0.0, np.nan, 3.0])
    np.testing.assert_array_equal(matrix(Reading(classes=2, ignore=-1), y, scores, weight), [[2, 0], [0, 3]])


def test_a_label_that_is_none_is_counted_and_refused() -> None:
    for y in (np.array([0.5]), np.array([np.nan]), np.array([-1]), np.array([[1, 1]]), np.array([[0.2, 0.8]])):
        with pytest.raises(InputError, match="in 1 of 1 rows; recode y"):
            matrix(Reading(classes=2), y, np.array([[0.0, 1.0]]))


def test_names_of_what_is_reported() -> None:
    table = np.array([[5, 1], [2, 2]])
    assert Readout.of(2, "recall").over(table) == {"recall": 0.5}
    assert list(Readout.of(("no", "yes"), "recall", average="each").over(table)) == ["recall_no", "recall_yes"]
    assert list(Readout.of(3, ("f1", "accuracy"), prefix="x_").over(np.eye(3))) == [
        "x_f1_0",
        "x_f1_1",
        "x_f1_2",
        "x_accuracy",
    ]
    assert Readout.of(2, "f0.5", average="macro").config()["rates"] == ["f0.5"]
    for wrong in ({"average": "mean"}, {"undefined": "zero"}, {"rates": "f-1"}):
        with pytest.raises(InputError, match=f"^{next(iter(wrong))}: expected"):
            Readout.of(2, **wrong)  # type: ignore[arg-type]

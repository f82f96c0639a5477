"""Confusion counts add up, read labels as people write them, and refuse what is no label."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix

from cutaway import metrics
from cutaway.core.errors import InputError, InputTypeError
from cutaway.science.metrics import Counts, LabelCounts, counts, label_counts

ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 5)), max_size=30)


def of(rows: list[tuple[int, int, int]]) -> Counts:
    y, pred, weight = np.array(rows, dtype=float).reshape(-1, 3).T
    return Counts.of(y, pred, weight, classes=3)


def alike(a: Counts | LabelCounts, b: Counts | LabelCounts) -> bool:
    """Whole weights add exactly."""
    return all(np.array_equal(x, y) for x, y in zip(vars(a).values(), vars(b).values(), strict=True))


@given(ROWS, ROWS, ROWS)
def test_counts_are_a_monoid(a: list, b: list, c: list) -> None:
    assert alike(of(a + b), of(a) + of(b))
    assert alike((of(a) + of(b)) + of(c), of(a) + (of(b) + of(c)))
    assert alike(of(a) + Counts.zero(3), of(a)) and alike(Counts.zero(3) + of(a), of(a))
    assert alike(of([]), Counts.zero(3))


@given(ROWS, ROWS, ROWS)
def test_label_counts_are_a_monoid(a: list, b: list, c: list) -> None:
    def labels(rows: list) -> LabelCounts:
        y, pred, weight = np.array(rows, dtype=int).reshape(-1, 3).T
        bits = np.arange(2)
        return LabelCounts.of(y[:, None] >> bits & 1, pred[:, None] >> bits & 1, weight)

    assert alike(labels(a + b), labels(a) + labels(b))
    assert alike((labels(a) + labels(b)) + labels(c), labels(a) + (labels(b) + labels(c)))
    assert alike(labels(a) + LabelCounts.zero(2), labels(a))
    for k in range(2):
        table = labels(a + b).label(k)
        assert table.weight == sum(w for *_, w in a + b)


@given(ROWS, st.randoms())
def test_the_order_of_the_rows_changes_nothing(rows: list, random: object) -> None:
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert alike(of(mixed), of(rows))


def test_unit_weights_and_none_are_the_same(rng: np.random.Generator) -> None:
    y, pred = rng.integers(0, 4, (2, 50))
    assert alike(counts(y, pred, labels=range(4)), counts(y, pred, np.ones(50), labels=range(4)))


@pytest.mark.parametrize("kind", ["ints", "large ints", "text", "floats", "objects", "pandas", "categories", "lists"])
def test_equals_scikit_learn_in_every_type(kind: str, rng: np.random.Generator) -> None:
    y, pred = rng.integers(0, 3, (2, 200))
    weight = rng.random(200)
    names = np.array(["ape", "bee", "cat"])
    y, pred = {
        "ints": (y, pred),
        "large ints": (y * 10**12, pred * 10**12),
        "text": (names[y], names[pred]),
        "floats": (y.astype("float32"), pred),
        "objects": (names[y].astype(object), names[pred].astype(object)),
        "pandas": (pd.Series(names[y]), pd.Series(names[pred])),
        "categories": (pd.Series(names[y], dtype="category"), names[pred]),
        "lists": (y.tolist(), pred.tolist()),
    }[kind]
    got = counts(y, pred, weight)
    np.testing.assert_allclose(got.matrix, confusion_matrix(y, pred, sample_weight=weight))
    np.testing.assert_allclose(got.squares, confusion_matrix(y, pred, sample_weight=weight**2))
    assert got.labels == tuple(str(v).removesuffix(".0") for v in np.unique(np.asarray(y)))


def test_several_labels_a_row_equal_scikit_learn(rng: np.random.Generator) -> None:
    y, pred = rng.integers(0, 2, (2, 60, 4))
    weight = rng.random(60)
    got = label_counts(y, pred, weight, labels="abcd")
    np.testing.assert_allclose(got.tables, multilabel_confusion_matrix(y, pred, sample_weight=weight))
    assert got.label(2).labels == ("not c", "c")


def test_each_class_against_the_rest_equals_scikit_learn(rng: np.random.Generator) -> None:
    y, pred = rng.integers(0, 5, (2, 90))
    got = counts(y, pred)
    np.testing.assert_array_equal(got.tables, multilabel_confusion_matrix(y, pred))
    assert got.against_rest(3).labels == ("not 3", "3")
    with pytest.raises(InputError, match=r"take counts\.against_rest"):
        _ = got.tp


def test_labels_give_the_order_and_the_absent_classes() -> None:
    got = counts(["b", "a"], ["b", "b"], labels=["c", "b", "a"])
    assert got.labels == ("c", "b", "a") and got.matrix.tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 0]]
    assert counts([1, 0], [0, 0], labels=[1, 0]).tp == 1  # the last of the labels is positive


def test_no_positive_in_the_rows_is_still_a_table_of_two() -> None:
    assert counts([0, 0], [0, 0]).matrix.tolist() == [[2, 0], [0, 0]]
    assert counts([True, True], [True, True]).labels == ("false", "true")
    assert counts([True, False], [1, 0]).labels == ("0", "1")
    assert counts([], []).matrix.tolist() == [[0, 0], [0, 0]]
    assert counts([], [], labels=["x", "y"]).labels == ("x", "y")


@pytest.mark.parametrize(
    ("y", "pred", "said"),
    [
        ([0, 1], [0.0, 0.7], r"pred: expected labels, got 0.7 at row 1, which looks like a score"),
        ([0, 1], [0.0, np.nan], r"pred: expected a label in every row, got NaN at row 1"),
        (["a", None], ["a", "b"], r"y: expected a label in every row, got none at row 1"),
        (pd.Series([1, pd.NA], dtype="Int64"), [1, 0], r"y: expected a label in every row, got NaN at row 1"),
        ([0, 1, 1], [0, 1], r"pred: expected one prediction a label, got 2 for 3 labels"),
        ([[0, 1], [1, 0]], [[0, 1], [1, 0]], r"y: expected one label a row, got an array of shape \(2, 2\)"),
    ],
)
def test_what_is_no_label_is_refused(y: object, pred: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        counts(y, pred)


def test_types_that_do_not_match_are_refused() -> None:
    with pytest.raises(InputTypeError, match=r"got numbers \(1\) where y holds text \('a'\)"):
        counts(["a", "b"], [1, 0])
    with pytest.raises(InputTypeError, match="got text and 3 at row 1"):
        counts(["a", 3], ["a", "b"])
    with pytest.raises(InputTypeError, match="expected text, whole numbers or truth values, got complex128"):
        counts([1j], [1j])


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match=r"pred: expected one of the labels 'a', 'b', got 'c' at row 1; add it"):
        counts(["a", "b"], ["a", "c"], labels=["a", "b"])
    with pytest.raises(InputError, match=r"y: expected one of the labels 0, 1, got 7 at row 0"):
        counts([7, 1], [0, 1], labels=[0, 1])
    with pytest.raises(InputError, match="expected each class once"):
        counts([0], [0], labels=[0, 1, 1])
    with pytest.raises(InputError, match="expected a name for each of the 2 columns"):
        label_counts([[0, 1]], [[0, 1]], labels=["a"])
    with pytest.raises(InputError, match=r"pred: several labels a row must be 0 or 1, got .*0.4.* at row 0, label 1"):
        label_counts([[0, 1]], [[0, 0.4]])


@pytest.mark.parametrize(
    ("weight", "said"),
    [([1.0], "one weight a row"), ([1.0, -2.0], "got -2.0 at row 1"), ([np.nan, 1.0], "got nan at row 0")],
)
def test_weights_that_cannot_be_used_are_refused(weight: list[float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        counts([0, 1], [0, 1], weight)
    with pytest.raises(InputError, match=said):
        label_counts([[0], [1]], [[0], [1]], weight)


def test_codes_outside_the_classes_are_refused() -> None:
    with pytest.raises(InputError, match=r"y: expected codes in 0 … 1, got 0 to 2"):
        Counts.of(np.array([0, 2]), np.array([0, 1]), classes=2)


def test_the_public_name_is_the_function_not_the_module() -> None:
    assert metrics.counts is counts

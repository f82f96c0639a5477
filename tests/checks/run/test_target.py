"""Which targets are taken, which refused, and which class is called positive."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cutaway.checks import audit
from cutaway.checks.run.target import positive_of
from cutaway.core.audit import Audit
from cutaway.core.errors import InputError

ONLY = ["DAT001"]


def audited(y: Any, **options: Any) -> Audit:
    n = len(y)
    x = np.random.default_rng(0).normal(size=n)
    return audit(pa.table({"x": x, "y": y}), "y", select=ONLY, **options)


@pytest.mark.parametrize(
    ("y", "classes", "positive"),
    [
        ([0, 1, 1, 1] * 10, ("1", "0"), "0"),
        ([0.0, 1.0, 0.0, 0.0] * 10, ("0", "1"), "1"),
        (["b", "a", "b", "b"] * 10, ("b", "a"), "a"),
        ([True, False] * 20, ("false", "true"), "true"),
        (["no", "yes"] * 20, ("no", "yes"), "yes"),
        (["left", "right"] * 20, ("left", "right"), "right"),
        ([1, 2] * 20, ("2", "1"), "1"),
        ([3, 1, 2, 2] * 10, ("1", "2", "3"), None),
        (["x", "y", "z", "z"] * 10, ("x", "y", "z"), None),
    ],
)
def test_classes_and_the_positive_one(y: list[Any], classes: tuple[str, ...], positive: str | None) -> None:
    target = audited(y).target
    assert (target.classes, target.positive) == (classes, positive)
    assert sum(target.counts) == len(y)


def test_positive_by_request_binary_and_against_the_rest() -> None:
    assert audited([0, 1, 1, 1] * 10, positive="1").target.classes == ("0", "1")
    several = audited(["x", "y", "z", "z"] * 10, positive="z").target
    assert several.classes == ("not z", "z") and several.counts == (20, 20)
    assert audited([1.0, 2.0, 3.0] * 10, positive="2.0").target.classes == ("not 2", "2")


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.linspace(0, 1, 60), "regression target"),
        (np.arange(60), "regression target"),
        ([5] * 40, "constant, every row is '5'"),
        (["a"] * 39 + ["b"], "class 'b' has a single row"),
        ([None] * 40, "every one of the 40 rows is missing"),
        ([f"name {i}" for i in range(120)], "at most 50 classes"),
        (pa.array(np.arange(40, dtype=np.int32)).cast(pa.date32()), "expected classes, got dates"),
    ],
)
def test_refused(y: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        audited(pa.array(y) if isinstance(y, list) and y[0] is None else y)


def test_names_are_suggested() -> None:
    table = pa.table({"Outcome": [0, 1] * 10, "x": np.arange(20.0)})
    with pytest.raises(InputError, match="did you mean 'Outcome'"):
        audit(table, "outcom")
    with pytest.raises(InputError, match="the columns are 'Outcome', 'x'"):
        audit(table, "zzzzzzz")
    with pytest.raises(InputError, match="no such class; its classes are '0', '1'"):
        audit(table, "Outcome", positive="yes")


def test_rows_without_a_target_are_left_out_and_said_so() -> None:
    found = audited(pa.array([0, 1, None, 1] * 10))
    assert found.table.rows == 40 and sum(found.target.counts) == 30
    assert found.table.left_out == {"y (the target) is missing": 10}


def test_a_table_with_the_target_alone_or_constant_features_is_refused() -> None:
    with pytest.raises(InputError, match="a column beside the target"):
        audit(pa.table({"y": [0, 1] * 5}), "y")
    with pytest.raises(InputError, match="every feature is constant"):
        audit(pa.table({"y": [0, 1] * 5, "a": [1.0] * 10, "b": ["k"] * 10}), "y")


@pytest.mark.parametrize(
    ("weight", "message"),
    [("c", "expected a number column"), ("y", "is the target"), ("z", "no such column"), ("w", "weights of 0 or more")],
)
def test_bad_weights(weight: str, message: str) -> None:
    table = pa.table({"y": [0, 1] * 5, "x": np.arange(10.0), "c": ["a"] * 10, "w": [-1.0] * 10})
    with pytest.raises(InputError, match=message):
        audit(table, "y", weight=weight)


def test_given_scores_are_of_the_class_that_says_yes() -> None:
    assert positive_of(("0", "1"), (40, 60), None)[0] == "0"
    assert positive_of(("0", "1"), (40, 60), None, scored=True)[0] == "1"
    assert positive_of(("No", "Yes"), (40, 60), None, scored=True)[0] == "Yes"
    assert positive_of(("ham", "spam"), (60, 40), None, scored=True)[0] == "spam"

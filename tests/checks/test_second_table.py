"""DAT012 and DAT013: what is raised between two tables, and what is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cutaway.checks import audit
from cutaway.checks.drift import drift
from cutaway.checks.run.example import pair
from cutaway.checks.shared_rows import shared_rows
from cutaway.core.errors import InputError


def rows(n: int, seed: int, **more: Any) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    y = (x[:, 0] + rng.logistic(size=n) > 0.5).astype(int)
    return {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "group": rng.choice(list("uvw"), n), "y": y, **more}


def part(table: dict[str, Any], index: Any) -> dict[str, Any]:
    return {name: values[index] for name, values in table.items()}


@pytest.mark.parametrize("seed", range(8))
def test_two_random_halves_are_silent(seed: int) -> None:
    whole = rows(2400, seed)
    subject = pair(part(whole, slice(0, 1200)), part(whole, slice(1200, None)))
    assert list(shared_rows(subject)) == []
    assert list(drift(subject)) == []


def test_coarse_tables_share_rows_by_chance_and_that_is_no_leak() -> None:
    rng = np.random.default_rng(1)
    whole = {"a": rng.choice(list("pq"), 2000), "b": rng.integers(0, 4, 2000), "y": rng.integers(0, 2, 2000)}
    assert list(shared_rows(pair(part(whole, slice(0, 1000)), part(whole, slice(1000, None))))) == []


def test_copied_rows_are_named_with_the_change_they_make() -> None:
    whole = rows(3000, 2)
    first = part(whole, slice(0, 1500))
    test = part(whole, np.r_[0:400, 1500:3000])
    (found,) = shared_rows(pair(first, test))
    assert found.status == "issue" and found.evidence["share_of_test_rows_shared"] == pytest.approx(400 / 1900)
    assert found.evidence["accuracy_with_them"] > found.evidence["accuracy_without_them"] + 0.02


def test_a_test_table_that_is_the_training_table() -> None:
    whole = rows(600, 3)
    (found,) = shared_rows(pair(whole, whole))
    assert found.evidence["share_of_test_rows_shared"] == 1 and "nothing is left" in found.detail


def test_owners_on_both_sides_are_raised_only_if_they_matter() -> None:
    rng = np.random.default_rng(4)
    owner = np.repeat(np.arange(400), 8)
    taste = rng.normal(size=400)[owner]
    table = rows(3200, 4, owner_id=np.array([f"owner {i:05d}" for i in owner], object))
    table["a"] = taste + 0.1 * rng.normal(size=3200)
    shuffled = rng.permutation(3200)
    first, test = part(table, shuffled[:2400]), part(table, shuffled[2400:])
    subject = pair(first, test)
    assert subject.identifiers == ("owner_id",)
    assert [f for f in shared_rows(subject) if "owner_id" in f.columns] == []  # the plain model gains nothing by them


def test_time_running_backwards() -> None:
    n = 1200
    days = pd.date_range("2020-01-01", periods=2 * n, freq="h")
    rng = np.random.default_rng(5)
    first, test = rows(n, 5, when=days[n:]), rows(n, 6, when=days[:n])
    test["y"] = np.where(np.arange(n) < n // 2, rng.integers(0, 2, n), test["y"])
    (found,) = [f for f in shared_rows(pair(first, test)) if f.columns == ("when",)]
    assert found.status == "tip" and "not later than the last training row" in found.title
    assert [f for f in shared_rows(pair(test, first)) if f.columns == ("when",)] == []


@pytest.mark.parametrize("change", ["shift", "spread", "level", "gaps"])
def test_drift_names_the_column(change: str) -> None:
    first, test = rows(1500, 7), rows(1500, 8)
    rng = np.random.default_rng(9)
    column = {"shift": "b", "spread": "b", "level": "group", "gaps": "c"}[change]
    if change == "shift":
        test["b"] = test["b"] + 0.6
    elif change == "spread":
        test["b"] = test["b"] * 2
    elif change == "level":
        test["group"] = rng.choice(list("uvw"), 1500, p=[0.6, 0.2, 0.2])
    else:
        test["c"] = np.where(rng.random(1500) < 0.3, np.nan, test["c"])
        first["c"] = np.where(rng.random(1500) < 0.02, np.nan, first["c"])
    (found,) = drift(pair(first, test))
    assert found.status == "issue" and found.columns[0] == column


def test_tables_that_do_not_fit_are_refused() -> None:
    first = pd.DataFrame(rows(200, 10))
    with pytest.raises(InputError, match="'c' is missing there"):
        audit(first, "y", test=first.drop(columns="c"))
    with pytest.raises(InputError, match="column 'c' is a category there and a number"):
        audit(first, "y", test=first.assign(c="word"))
    with pytest.raises(InputError, match="no row has a target 'y' of a class"):
        audit(first, "y", test=first.assign(y=7))

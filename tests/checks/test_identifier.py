"""DAT008 names what was given out one a row, and spares what was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cutaway.checks import audit
from cutaway.checks.identifier import identifier
from cutaway.checks.run.example import table
from tests.tables import caravan, lending_club, nasscds, shuttle

SIZES = [60, 1000, 30_000]


def labels(n: int) -> np.ndarray:
    return np.random.default_rng(9).integers(0, 2, n)


@pytest.mark.parametrize("n", SIZES)
def test_row_numbers_in_and_out_of_order(n: int) -> None:
    rng = np.random.default_rng(0)
    for values in (np.arange(n), rng.permutation(n), rng.permutation(3 * n)[:n] - n, np.arange(n) + 5e7):
        (found,) = identifier(table(labels(n), x=values))
        assert (found.severity, found.columns, set(found.set_aside)) == ("medium", ("x",), {"x"})
        assert found.evidence["share_of_values_repeated"] == 0


@pytest.mark.parametrize("n", SIZES)
def test_hashes_and_codes_as_text(n: int) -> None:
    (found,) = identifier(table(labels(n), token=[f"x{i * 2654435761 % 2**32:08x}" for i in range(n)]))
    assert found.severity == "medium" and "a text of its own" in found.title


@pytest.mark.parametrize("n", SIZES)
def test_measurements_are_spared(n: int) -> None:
    rng = np.random.default_rng(1)
    columns = {
        "age": rng.integers(18, 90, n),
        "amount": np.round(rng.lognormal(10, 1, n)),
        "cents": rng.integers(0, 100 * n * n, n),
        "count": rng.poisson(3, n),
        "share": rng.random(n),
        "time": 1_700_000_000 + 60 * np.arange(n),
        "millis": 1_700_000_000_000 + np.arange(n),
        "kind": rng.choice(list("abc"), n).tolist(),
    }
    assert list(identifier(table(labels(n), **columns))) == []


def test_days_months_and_years_are_times() -> None:
    days = pd.date_range("1990-01-01", periods=3000).strftime("%Y%m%d").astype(int)
    assert list(identifier(table(labels(3000), day=days.to_numpy()))) == []
    months = pd.date_range("1990-01-01", periods=300, freq="MS").strftime("%Y%m").astype(int)
    assert list(identifier(table(labels(300), month=months.to_numpy(), year=1800 + np.arange(300)))) == []


def test_a_name_counts_beside_values_that_do_not_repeat() -> None:
    sparse = np.random.default_rng(2).choice(10**9, 500, replace=False)
    assert list(identifier(table(labels(500), amount=sparse))) == []
    assert [f.columns for f in identifier(table(labels(500), account_no=sparse))] == [("account_no",)]
    assert list(identifier(table(labels(500), row_id=np.arange(500) % 5))) == []


def test_shared_identifiers_are_a_tip() -> None:
    shared = np.random.default_rng(3).integers(0, 1500, 5000)
    (found,) = identifier(table(labels(5000), customer_id=shared))
    assert found.severity == "low" and set(found.set_aside) == {"customer_id"}
    assert "GroupKFold" in found.remedy.code["scikit-learn"]


def test_rows_that_are_there_twice_do_not_hide_an_identifier() -> None:
    numbers = np.concatenate([np.arange(2000), np.arange(30)])
    (found,) = identifier(table(labels(2030), number=numbers))
    assert found.evidence["share_of_rows_with_a_value_of_their_own"] > 0.95


def test_free_text_is_a_tip() -> None:
    (found,) = identifier(table(labels(200), note=[f"the {i}th customer called about {i * 7}" for i in range(200)]))
    assert found.severity == "low" and "free text" in found.title


def test_small_and_empty_columns() -> None:
    assert list(identifier(table([0, 0, 1, 1], x=[1, 2, 3, 4], name=list("abcd")))) == []
    gone = [None] * 100
    assert list(identifier(table(labels(100), x=[float(i % 7) for i in range(100)], y2=gone))) == []


def test_gaps_and_hostile_names() -> None:
    values: list[Any] = [None if i % 10 == 0 else i for i in range(500)]
    (found,) = identifier(table(labels(500), **{"<b>'\"\n": values}))
    assert found.columns == ("<b>'\"\n",)


def test_real_tables() -> None:
    frame, target = nasscds()
    (outcome,) = audit(frame, target, select=["DAT008"]).outcomes
    (tip,) = outcome.findings  # persons of one crash share its number
    assert (tip.columns, tip.severity) == (("caseid",), "low")
    for load in (caravan, lending_club):
        frame, target = load()
        assert list(identifier(table(frame[target], **{c: frame[c] for c in frame if c != target}))) == []


@pytest.mark.mlbench
def test_shuttle() -> None:
    frame, target = shuttle()
    assert list(identifier(table(frame[target], **{c: frame[c] for c in frame if c != target}))) == []


def test_whole_numbers_at_random_are_rarely_named() -> None:
    named = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(30, 300))
        columns = {f"x{j}": rng.integers(0, int(10 ** rng.uniform(2, 6)), n) for j in range(5)}
        named += len(list(identifier(table(labels(n), **columns))))
    assert named <= 2

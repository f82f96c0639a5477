"""Means of batches: the counts under them add up, and the mean is another number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science.metrics import (
    RATES,
    Counts,
    batch_tables,
    f1,
    mean_of_batches,
    precision,
    recall,
    shuffled_means,
)

codes = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60).map(np.array)


@given(codes, st.integers(1, 70))
def test_tables_of_batches_add_up_to_those_of_all_rows(rows: np.ndarray, size: int) -> None:
    y, pred = rows.T
    tables = batch_tables(y, pred, size, classes=4)
    assert tables.shape == (-(-y.size // size), 4, 2, 2)
    np.testing.assert_array_equal(tables.sum(axis=0), Counts.of(y, pred, classes=4).tables)


@given(codes, st.integers(1, 70), st.sampled_from(["recall", "precision", "f1", "specificity"]))
def test_a_mean_is_that_of_the_rates_of_batches(rows: np.ndarray, size: int, name: str) -> None:
    rate = next(one for one in (RATES.values() if isinstance(RATES, dict) else RATES) if one.name == name)
    y, pred = rows.T
    tables = batch_tables(y, pred, size, classes=4)
    each = np.array([[rate.of(Counts(table)) for table in batch] for batch in tables])
    np.testing.assert_allclose(mean_of_batches(rate, tables), np.nan_to_num(each).mean(axis=0), atol=1e-12)
    left = [column[~np.isnan(column)] for column in each.T]
    wanted = [column.mean() if column.size else np.nan for column in left]
    np.testing.assert_allclose(mean_of_batches(rate, tables, undefined="omit"), wanted, atol=1e-12)


@given(codes, st.integers(1, 70))
def test_one_batch_of_all_rows_has_the_rate(rows: np.ndarray, more: int) -> None:
    y, pred = rows.T
    tables = batch_tables(y, pred, y.size + more, classes=4)
    found = mean_of_batches(f1, tables, undefined="omit")
    np.testing.assert_allclose(found, [f1.of(Counts(table)) for table in tables[0]])


@pytest.mark.parametrize("size", [3, 7, 50, 400])
@pytest.mark.parametrize("undefined", [0.0, "omit"])
def test_shuffles_have_the_means_of_their_orders(size: int, undefined: float | str) -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 5, 333)
    pred = np.where(rng.random(333) < 0.7, y, rng.integers(0, 5, 333))
    for rate in (recall, precision, f1):
        found = shuffled_means(rate, y, pred, size, classes=5, shuffles=4, seed=3, undefined=undefined)  # type: ignore[arg-type]
        luck = np.random.default_rng(3)
        for row in found:
            order = luck.permutation(333)
            tables = batch_tables(y[order], pred[order], size, classes=5)
            np.testing.assert_allclose(row, mean_of_batches(rate, tables, undefined=undefined))  # type: ignore[arg-type]


def test_over_all_orders_empty_batches_left_out_mend_shares_and_not_f1() -> None:
    """A share's parts are a sample of its whole, so that its mean is right; F1's parts weigh unlike."""
    rng = np.random.default_rng(0)
    y = (rng.random(2_000) < 0.2).astype(int)
    pred = np.where(rng.random(2_000) < 0.8, y, 1 - y)
    for rate, right in ((recall, True), (precision, True), (f1, False)):
        truth = rate.of(Counts.of(y, pred, classes=2))
        means = shuffled_means(rate, y, pred, 5, classes=2, shuffles=300, undefined="omit")[:, 1]
        error = abs(means.mean() - truth) / (means.std() / np.sqrt(300))
        assert (error < 5) == right, rate.name


def test_who_is_told_hears_every_shuffle() -> None:
    heard: list[int] = []
    shuffled_means(recall, np.zeros(4, int), np.zeros(4, int), 2, classes=2, shuffles=3, heard=heard.append)
    assert heard == [1, 2, 3]


def test_what_cannot_be_counted_is_refused() -> None:
    for given_, said in (
        (([0, 1], [0], 2), "one prediction a label"),
        (([], [], 2), "at least one"),
        (([0, 2], [0, 1], 2), "y: expected codes in 0 … 1, got 0 to 2"),
        (([0, 1], [0, -1], 2), "pred: expected codes"),
        (([0, 1], [0, 1], 0), "batches of 1 row or more, got 0"),
    ):
        with pytest.raises(InputError, match=said):
            batch_tables(*given_, classes=2)  # type: ignore[arg-type]
        with pytest.raises(InputError, match=said):
            shuffled_means(recall, *given_, classes=2, shuffles=1)  # type: ignore[arg-type]

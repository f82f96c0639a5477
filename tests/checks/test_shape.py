"""DAT001, DAT002, DAT003, DAT005, DAT007 and DAT010: what fires, what stays silent, and the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from cutaway.checks.conflicting_rows import conflicting_rows
from cutaway.checks.dominant_class import dominant_class
from cutaway.checks.few_events import few_events
from cutaway.checks.heavy_tail import heavy_tail
from cutaway.checks.magnitude import magnitude
from cutaway.checks.redundant_columns import redundant_columns
from cutaway.checks.run.example import fitted, table
from cutaway.checks.run.subject import Subject


def labels(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([1, seed]).integers(0, 2, n)


def test_balanced_weights_are_scikit_learns_and_the_code_runs() -> None:
    y = np.repeat([0, 1, 2], [900, 60, 40])
    (found,) = dominant_class(table(y=y))
    expected = compute_class_weight("balanced", classes=np.array([0, 1, 2]), y=y)
    got = [found.evidence[f"balanced_weight_of_{k}"] for k in range(3)]
    np.testing.assert_allclose(got, expected)
    assert set(found.remedy.code) >= {"scikit-learn", "Keras", "PyTorch"}


def test_shares_are_weighted_where_weights_are_given() -> None:
    y, w = np.repeat([0, 1], [50, 50]), np.repeat([9.5, 0.5], [50, 50])
    (found,) = dominant_class(table(y=y, weight="w", w=w, x=np.arange(100.0)))
    assert found.evidence["accuracy_of_a_constant"] == pytest.approx(0.95)
    assert list(dominant_class(table(y=y, w=w))) == []


@pytest.mark.parametrize("n", [3000, 50_000])
def test_heavy_tails_are_found(n: int, rng: np.random.Generator) -> None:
    subject = table(y=labels(n), cauchy=rng.standard_cauchy(n), pareto=rng.pareto(1.2, n), left=-rng.pareto(1.0, n))
    assert {f.columns[0] for f in heavy_tail(subject)} == {"cauchy", "pareto", "left"}
    assert all(f.figure is not None for f in heavy_tail(subject))


def test_a_heavy_tail_comes_with_its_straight_line(rng: np.random.Generator) -> None:
    n = 20_000
    (found,) = heavy_tail(table(y=labels(n), cauchy=7 + 3 * rng.standard_cauchy(n)))
    low, high = (found.evidence[f"tail_index_of_straight_line_{end}"] for end in ("low", "high"))
    assert low < 1 < high
    assert low < found.evidence["tail_index_of_straight_line"] < high
    assert 50 <= found.evidence["values_on_the_straight_line"] <= 1_000
    assert found.evidence["p_value_of_straight_line"] > 0.05
    assert "nothing speaks against it" in found.detail


@pytest.mark.parametrize("n", [150, 1000, 20_000])
def test_ordinary_columns_are_silent(n: int, rng: np.random.Generator) -> None:
    columns = {
        "normal": rng.normal(size=n),
        "lognormal": rng.lognormal(0, 0.75, n),
        "t5": rng.standard_t(5, n),
        "exponential": rng.exponential(size=n),
        "uniform": rng.random(n),
        "count": rng.poisson(3, n).astype(float),
        "sentinel": np.where(rng.random(n) < 0.05, -999.0, rng.normal(size=n)),
        "gaps": np.where(rng.random(n) < 0.7, np.nan, rng.normal(size=n)),
    }
    assert list(heavy_tail(table(y=labels(n), **columns))) == []


def test_years_and_dollars_differ_in_magnitude(rng: np.random.Generator) -> None:
    n = 800
    subject = fitted(
        y=labels(n), year=rng.integers(1990, 2020, n), dollars=rng.lognormal(10, 1, n), age=rng.normal(size=n)
    )
    (found,) = magnitude(subject)
    assert set(found.columns) == {"year", "dollars"}
    assert found.evidence["steps_raw"] > 1e6 > found.evidence["steps_standardised"]


def test_the_raw_condition_number_is_that_of_a_raw_fit(rng: np.random.Generator) -> None:
    from cutaway.science import logit

    n = 1000
    a, b = rng.normal(3, 1, n), 500 * rng.normal(size=n)
    y = labels(n)
    (found,) = magnitude(fitted(y=y, a=a, b=b), min_ratio=1.0)
    raw = np.linalg.cond(logit.fit(np.column_stack([a, b]), y).hessian)
    assert found.evidence["condition_number_raw"] == pytest.approx(raw, rel=1e-6)


def titles(subject: Subject) -> list[str]:
    return [f.title for f in redundant_columns(subject)]


def test_constants_copies_and_sums(rng: np.random.Generator) -> None:
    n = 500
    a, b, word = rng.normal(size=n), rng.normal(size=n), rng.choice(list("xyz"), n)
    found = titles(
        fitted(
            y=labels(n), a=a, b=b, total=a + b, five=[5.0] * n, none=[None] * n, word=word, again=word, other=a.copy()
        )
    )
    assert "five is constant" in found and "none is missing in every row" in found
    assert "again equals word in every row" in found and "other equals a in every row" in found
    assert any(t.startswith("total is determined by a and b") for t in found)


def test_a_column_with_gaps_is_no_constant_and_no_copy(rng: np.random.Generator) -> None:
    n = 400
    a = rng.normal(size=n)
    gaps = np.where(rng.random(n) < 0.3, np.nan, 1.0)
    assert titles(fitted(y=labels(n), a=a, gaps=gaps, nearly=np.where(np.arange(n) == 7, a + 1, a)))[0:1] != [
        "gaps is constant"
    ]


def test_wide_tables_do_not_name_every_column(rng: np.random.Generator) -> None:
    n = 40
    columns: dict[str, Any] = {f"x{j}": rng.normal(size=n) for j in range(60)}
    assert titles(fitted(y=labels(n), **columns)) == []


def test_few_events_is_an_issue_only_below_five(rng: np.random.Generator) -> None:
    def of(n: int) -> list[str]:
        return [
            f.status for f in few_events(fitted(y=np.arange(n) % 2, **{f"x{j}": rng.normal(size=n) for j in range(10)}))
        ]

    assert of(60) == ["issue"] and of(140) == ["tip"] and of(400) == []


def test_conflicts_among_coarse_rows_are_a_tip_and_among_copies_an_issue(rng: np.random.Generator) -> None:
    n = 1000
    (coarse,) = conflicting_rows(fitted(y=labels(n), a=rng.integers(0, 3, n), b=rng.choice(list("pq"), n)))
    assert coarse.status == "tip"
    x = rng.normal(size=n)
    y = labels(n)
    x[:20], y[:20] = x[20:40], 1 - y[20:40]
    (copies,) = conflicting_rows(fitted(y=y, x=x))
    assert copies.status == "issue" and copies.evidence["highest_possible_accuracy"] == pytest.approx(0.98)


def test_the_ceiling_is_estimated_on_large_tables() -> None:
    rng = np.random.default_rng(3)
    n = 120_000
    a, b = rng.integers(0, 200, n), rng.integers(0, 150, n)
    y = rng.integers(0, 2, n)
    (found,) = conflicting_rows(fitted(y=y, a=a.astype(float), b=b.astype(float)))
    cells = np.zeros((200 * 150, 2))
    np.add.at(cells, (a * 150 + b, y), 1)
    truth = cells.max(axis=1).sum() / n
    assert found.evidence["highest_possible_accuracy_low"] <= truth <= found.evidence["highest_possible_accuracy_high"]
    assert found.title.startswith("About")

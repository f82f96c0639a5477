"""LOG001 names the column, counts the rows behind it, and keeps chance apart from fault."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.checks import audit
from cutaway.checks.run.example import fitted
from cutaway.checks.separation import separation


def plain_table(n: int = 1500, share: float = 0.2, seed: int = 0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return (rng.random(n) < share).astype(int), {"a": rng.normal(size=n), "b": rng.normal(size=n)}


def test_a_pure_level_is_named_with_its_rows() -> None:
    y, columns = plain_table()
    kind = np.where(np.arange(1500) % 2 == 0, "odd", "even")
    kind[np.flatnonzero(y)[:25]] = "gold"
    (found,) = separation(fitted(y=y, kind=kind.tolist(), **columns))
    assert found.title == "All 25 rows with kind = gold are “1”: maximum likelihood has no finite estimate for kind"
    assert (found.severity, found.columns) == ("medium", ("kind",))
    assert found.evidence["rows_decided"] == 25
    assert found.evidence["p_value_by_chance"] < 1e-10
    assert found.detail.startswith("Quasi-complete separation")
    assert np.isfinite(found.evidence["log_odds_shown"]) and found.evidence["log_odds_low"] > 0
    assert "logit.firth(x, y)" in found.remedy.code["cutaway"]


def test_firths_estimate_is_that_of_the_function_in_the_remedy() -> None:
    from cutaway import logit

    y, columns = plain_table()
    flag = np.zeros(1500)
    flag[np.flatnonzero(y)[:30]] = 1
    subject = fitted(y=y, flag=flag, **columns)
    (found,) = separation(subject)
    # The rarer class is the positive one, so y is what it was.
    direct = logit.firth(np.column_stack([flag, columns["a"], columns["b"]]), y)
    assert found.evidence["log_odds_shown"] == pytest.approx(direct.params[1], abs=1e-4)


def test_a_level_without_events_is_told_as_the_other_class() -> None:
    y, columns = plain_table(4000, 0.5)
    flag = np.zeros(4000)
    flag[np.flatnonzero(y == 0)[:40]] = 1
    positive = {0: "no", 1: "yes"}
    (found,) = separation(fitted(y=[positive[v] for v in y], flag=flag, **columns))
    assert found.title.startswith("All 40 rows with flag = 1 are “no”")


def test_a_threshold_in_a_number_is_complete_and_grave() -> None:
    y, columns = plain_table(400)
    (found,) = separation(fitted(y=y, score=y * 10 + columns["a"], a=columns["b"]))
    assert found.severity == "high"
    assert found.columns == ("score",)
    assert found.evidence["rows_decided"] == 400
    assert "rows with score >" in found.title and "rows with score <" in found.title


def test_a_threshold_with_ties_is_quasi_complete() -> None:
    y, columns = plain_table(2000)
    count = np.where(y == 1, np.arange(2000) % 4, 0).astype(float)
    (found,) = separation(fitted(y=y, count=count, **columns))
    assert found.severity == "medium"
    assert f"All {int((count > 0).sum()):,} rows with count > 0 are “1”" in found.title


def test_a_few_rows_that_chance_makes_pure_are_a_tip() -> None:
    y, columns = plain_table(1500, 0.1)
    flag = np.zeros(1500)
    flag[np.flatnonzero(y == 0)[:12]] = 1
    (found,) = separation(fitted(y=y, flag=flag, **columns))
    assert found.severity == "low"
    assert "All 12 rows with flag = 1 are “0”: so few that chance may do it" in found.title


def test_many_small_levels_make_one_tip() -> None:
    y, columns = plain_table(1500, 0.1)
    town = np.array([f"town {i % 3}" for i in range(1500)], object)
    rest = np.flatnonzero(y == 0)
    for i in range(5):
        town[rest[10 * i : 10 * i + 10]] = f"village {i}"
    (found,) = separation(fitted(y=y, town=town.tolist(), **columns))
    assert found.severity == "low"
    assert found.title.startswith("5 coefficients have no finite estimate")
    assert found.columns == ("town",)


def test_a_combination_is_certified_and_named() -> None:
    rng = np.random.default_rng(1)
    a, b, c = rng.normal(size=(3, 600))
    y = (a + b > 0.3).astype(int)
    (found,) = separation(fitted(y=y, a=a, b=b, c=c))
    assert found.severity == "high"
    assert set(found.columns) == {"a", "b"}
    assert found.evidence["rows_ranked_right"] == 600
    assert "certified by a pass" in found.detail


def test_noise_that_many_columns_separate_is_a_tip() -> None:
    rng = np.random.default_rng(2)
    columns = {f"x{i}": rng.normal(size=60) for i in range(40)}
    (found,) = separation(fitted(y=np.arange(60) % 2, **columns))
    assert found.severity == "low"
    assert "leave room for that without any fault in the data" in found.detail


def test_several_classes() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 900)
    flag = np.zeros(900)
    flag[np.flatnonzero(y == 2)[:60]] = 1
    (found,) = separation(fitted(y=[f"class {v}" for v in y], flag=flag, a=rng.normal(size=900)))
    assert found.title.startswith("All 60 rows with flag = 1 are “class 2”")
    assert found.severity == "medium"
    assert "one class against the rest" in found.remedy.text


def test_a_missing_value_that_decides() -> None:
    y, columns = plain_table(1500, 0.3)
    columns["a"][np.flatnonzero(y)[:40]] = np.nan
    (found,) = separation(fitted(y=y, **columns))
    assert found.title.startswith("All 40 rows with a missing are “1”")


def test_rows_of_weight_zero_do_not_count() -> None:
    y, columns = plain_table()
    flag = np.zeros(1500)
    flag[np.flatnonzero(y)[:30]] = 1
    flag[np.flatnonzero(y == 0)[:1]] = 1
    weight = np.ones(1500)
    assert not list(separation(fitted(y=y, flag=flag, **columns)))
    weight[np.flatnonzero(y == 0)[:1]] = 0
    (found,) = separation(fitted(y=y, flag=flag, w=weight, weight="w", **columns))
    assert found.evidence["rows_decided"] == 30


def test_hostile_names_pass_through() -> None:
    y, columns = plain_table()
    flag = np.zeros(1500)
    flag[np.flatnonzero(y)[:30]] = 1
    name = "</script>{x} [red]\n%s"
    (found,) = separation(fitted(y=y, **{name: flag}, **columns))
    assert found.columns == (name,) and name in found.title


def test_overlapping_classes_pass() -> None:
    y, columns = plain_table()
    assert not list(separation(fitted(y=y, **columns)))


@pytest.mark.slow
def test_a_rare_flag_in_many_rows_is_named_by_the_audit() -> None:
    rng = np.random.default_rng(4)
    n = 200_000
    y = (rng.random(n) < 0.02).astype(int)
    flag = np.zeros(n)
    flag[np.flatnonzero(y)[:: (y.sum() // 50)][:50]] = 1
    import pyarrow as pa

    table = pa.table({"y": y, "flag": flag, **{f"x{i}": rng.normal(size=n) for i in range(6)}})
    (outcome,) = audit(table, "y", select=["LOG001"]).outcomes
    assert outcome.status == "issue"
    assert outcome.findings[0].columns == ("flag",)
    assert outcome.findings[0].title.startswith("All 50 rows with flag = 1 are “1”")


def test_a_strong_association_on_few_rows_is_no_fault() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(240, 45))
    y = (rng.random(240) < 1 / (1 + np.exp(-3 * x[:, :12].sum(axis=1)))).astype(int)
    (found,) = separation(fitted(y=y, **{f"x{j}": x[:, j] for j in range(45)}))
    assert found.severity == "low"
    assert found.title.startswith("Together, ")

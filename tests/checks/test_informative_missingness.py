"""DAT006 speaks when gaps follow the classes, and keeps silent when they do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.checks.informative_missingness import informative_missingness
from cutaway.checks.run.example import table
from cutaway.core.figures import Bars
from cutaway.core.findings import NotApplicableError


def gaps(y: np.ndarray, shares: dict[int, float], seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    share = np.array([shares[int(k)] for k in y])
    return np.where(rng.random(y.size) < share, np.nan, rng.normal(size=y.size))


Y = (np.arange(3000) % 4 == 0).astype(int)


def test_an_issue_a_tip_and_silence() -> None:
    (issue,) = informative_missingness(table(Y, x=gaps(Y, {0: 0.05, 1: 0.3})))
    assert (issue.severity, issue.columns) == ("medium", ("x",))
    assert issue.evidence["share_missing_in_1"] == pytest.approx(0.3, abs=0.05)
    assert issue.evidence["share_missing_in_the_others"] == pytest.approx(0.05, abs=0.02)
    assert isinstance(issue.figure, Bars) and issue.figure.harmful == (False, True)
    (tip,) = informative_missingness(table(Y, x=gaps(Y, {0: 0.02, 1: 0.06})))
    assert tip.severity == "low"
    assert list(informative_missingness(table(Y, x=gaps(Y, {0: 0.3, 1: 0.3})))) == []
    assert list(informative_missingness(table(Y, x=gaps(Y, {0: 0.30, 1: 0.36})))) == []  # significant or not: too small


def test_missing_in_one_class_only() -> None:
    (found,) = informative_missingness(table(Y, x=gaps(Y, {0: 1.0, 1: 0.0})))
    assert found.title == "x is missing in 0.0 % of the rows that are “1” and in 100.0 % of the others"
    (found,) = informative_missingness(table(Y, x=gaps(Y, {0: 0.0, 1: 1.0})))
    assert found.detail == "Leaving out the incomplete rows leaves none that is “1”."


def test_columns_missing_together_are_one_finding() -> None:
    x = gaps(Y, {0: 0.05, 1: 0.3})
    (found,) = informative_missingness(table(Y, a=x, b=x * 2, c=np.where(np.isnan(x), np.nan, 1.5), d=x - 1))
    assert found.columns == ("a", "b", "c", "d")
    assert found.title.startswith("a, b and 2 more columns are missing in")


def test_categories_dates_and_several_classes() -> None:
    y = np.arange(3000) % 3
    text = [None if np.isnan(v) else "yes" if v > 0 else "no" for v in gaps(y, {0: 0.1, 1: 0.1, 2: 0.5})]
    (found,) = informative_missingness(table(y, answer=text))
    assert "of the rows that are “2”" in found.title and found.columns == ("answer",)
    dates = [None if np.isnan(v) else np.datetime64("2024-01-01") + i for i, v in enumerate(gaps(Y, {0: 0.0, 1: 0.4}))]
    assert [f.columns for f in informative_missingness(table(Y, when=np.array(dates, "datetime64[D]")))] == [("when",)]


def test_few_gaps_say_nothing() -> None:
    x = np.arange(3000.0)
    x[:2] = np.nan
    y = (np.arange(3000) < 300).astype(int)
    assert list(informative_missingness(table(y, x=x))) == []


def test_no_gaps_and_only_gaps() -> None:
    with pytest.raises(NotApplicableError, match="no feature has a missing value"):
        list(informative_missingness(table(Y, x=np.arange(3000.0))))
    assert list(informative_missingness(table([0, 0, 1, 1], x=[None, None, 1.0, 2.0]))) == []
    empty = np.full(3000, np.nan)
    assert list(informative_missingness(table(Y, x=empty, z=np.arange(3000.0)))) == []


def test_mostly_missing_columns_are_told_once() -> None:
    (tip,) = informative_missingness(table(Y, x=gaps(Y, {0: 0.7, 1: 0.7})))
    assert tip.severity == "low" and tip.evidence["share_of_rows_missing"] == pytest.approx(0.7, abs=0.03)
    (issue,) = informative_missingness(table(Y, x=gaps(Y, {0: 0.6, 1: 0.95})))
    assert issue.severity == "medium"


def test_gaps_at_random_are_rarely_named() -> None:
    named = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        y = (rng.random(400) < 0.1).astype(int)
        shares = rng.uniform(0.01, 0.4, 10)
        columns = {f"x{j}": np.where(rng.random(400) < share, np.nan, 1.0 * y) for j, share in enumerate(shares)}
        named += list(informative_missingness(table(y, **columns)))
    assert len(named) <= 1  # 0.3 are expected at p < 0.001 a table

"""DAT009 names codes and words for "missing", and no count, zero or long tail."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cutaway.checks import audit
from cutaway.checks.disguised_missing import disguised_missing
from cutaway.checks.run.example import table
from tests.tables import caravan, lending_club, nasscds, shuttle

RNG = np.random.default_rng(0)
Y = np.arange(2000) % 2
CODED = RNG.random(2000) < 0.03
AGE = RNG.integers(18, 90, 2000)


def test_a_code_is_named_with_the_mean_that_it_moves() -> None:
    (found,) = disguised_missing(table(Y, age=np.where(CODED, -999, AGE)))
    assert (found.severity, found.columns) == ("medium", ("age",))
    assert found.evidence["mean_without_them"] == pytest.approx(AGE[~CODED].mean())
    assert found.evidence["share_of_cells"] == pytest.approx(CODED.mean())
    assert found.evidence["cells_with_-999"] == CODED.sum()
    assert "replace([-999]" in found.remedy.code["pandas"]
    assert not found.set_aside


def test_codes_at_both_ends_are_one_finding() -> None:
    x = np.where(CODED, np.where(Y == 1, -999, 9999), AGE)
    (found,) = disguised_missing(table(Y, x=x))
    assert "far from all other values (18 to 89)" in found.title
    assert found.evidence["mean_without_them"] == pytest.approx(AGE[~CODED].mean())


def test_the_only_negative_value_and_a_rating() -> None:
    days = np.where(RNG.random(2000) < 0.3, -1, RNG.integers(0, 400, 2000))
    rating = np.where(CODED, 99, RNG.integers(1, 6, 2000))
    found = list(disguised_missing(table(Y, days=days, rating=rating, gone=np.where(CODED, 9999.0, RNG.random(2000)))))
    assert [f.columns for f in found] == [("days",), ("rating",), ("gone",)]
    assert "its only negative value" in found[0].title


def test_clean_columns_are_silent() -> None:
    columns = {
        "count": RNG.poisson(2, 2000),
        "zeros": np.where(RNG.random(2000) < 0.9, 0, RNG.lognormal(8, 2, 2000)),
        "normal": RNG.normal(size=2000),
        "cauchy": RNG.standard_cauchy(2000),
        "whole": np.round(RNG.normal(3, 1.5, 2000)),
        "sign": RNG.integers(-1, 2, 2000),
        "share": RNG.random(2000),
        "pixel": np.minimum(RNG.exponential(120, 2000).astype(int), 255),
        "kind": RNG.choice(["none", "no", "not applicable", "unavail"], 2000).tolist(),
    }
    assert list(disguised_missing(table(Y, **columns))) == []


def test_words_among_numbers_and_levels() -> None:
    columns = {
        "age": ["?" if i % 9 == 0 else str(20 + i % 57) for i in range(2000)],
        "pay": ["unknown" if i % 50 == 0 else str(1000 + i) for i in range(2000)],
        "work": [["private", "state", "?"][i % 3] for i in range(2000)],
    }
    numbers, levels = disguised_missing(table(Y, **columns))
    assert numbers.severity == levels.severity == "low"
    assert set(numbers.columns) == {"age", "pay"} and levels.columns == ("work",)
    assert "“?”" in numbers.title and "work (“?”, 33.3 % of rows)" in levels.title


def test_missing_and_tiny_columns() -> None:
    gone = np.full(2000, np.nan)
    assert list(disguised_missing(table(Y, gone=gone, x=AGE))) == []
    assert list(disguised_missing(table([0, 0, 1, 1], x=[-999, 1, 2, 3], k=["?", "?", "?", "?"]))) == []


def test_hostile_names() -> None:
    name = "<img src=x onerror=alert(1)>"
    (found,) = disguised_missing(table(Y, **{name: np.where(CODED, -999, AGE)}))
    assert found.columns == (name,) and name in found.title


def test_real_tables() -> None:
    for load, columns in ((nasscds, []), (caravan, []), (lending_club, [("emp_length",)])):
        frame, target = load()
        renamed = {"w" if c == "weight" else c: frame[c] for c in frame if c != target}
        findings = list(disguised_missing(table(frame[target], **renamed)))
        assert [f.columns for f in findings] == columns
        assert all(f.severity == "low" for f in findings)


@pytest.mark.mlbench
def test_shuttle() -> None:
    frame, target = shuttle()
    assert list(disguised_missing(table(frame[target], **{c: frame[c] for c in frame if c != target}))) == []


def test_the_pandas_remedy_works() -> None:
    frame = pd.DataFrame({"age": np.where(CODED, -999, AGE), "y": Y})
    (found,) = audit(frame, "y", select=["DAT009"]).outcomes[0].findings
    scope = {"df": frame.copy()}
    exec(found.remedy.code["pandas"], scope)
    assert scope["df"]["age"].isna().sum() == CODED.sum()

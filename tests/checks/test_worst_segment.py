"""DEC008: a segment with wrong probabilities, right ones, a harder segment, several classes, the plain model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.checks.run.example import scored
from cutaway.checks.worst_segment import segment
from cutaway.core.findings import Finding, NotApplicableError


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def table(n: int, seed: int = 0) -> tuple[dict[str, Any], np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    columns = {
        "age": rng.integers(18, 90, n).astype(float),
        "region": rng.choice(["north", "south", "east", "west", "<b>&\"'"], n),
        "dose": np.where(rng.random(n) < 0.1, np.nan, rng.gamma(2, 3, n)),
    }
    return columns, rng.normal(-1, 1, n), rng


def raised(y: Any, p: Any, columns: dict[str, Any], **settings: Any) -> list[Finding]:
    return list(segment(scored(y=y, p=p, **columns), **settings))


def test_a_wrong_segment_is_named_and_tested_on_rows_not_searched() -> None:
    columns, logits, rng = table(8000)
    wrong = (columns["region"] == "west") & (columns["age"] > 60)
    y = (rng.random(8000) < sigmoid(logits + 2.0 * wrong)).astype(int)
    (found,) = raised(y, sigmoid(logits), columns)
    assert found.severity == "medium" and set(found.columns) == {"region", "age"}
    assert "region is “west”" in found.title and "happens" in found.title
    assert found.evidence["rate_observed"] > found.evidence["mean_score"] + 0.2
    assert found.evidence["rate_observed_elsewhere"] == pytest.approx(found.evidence["mean_score_elsewhere"], abs=0.05)
    assert found.evidence["rows_of_the_segment_tested"] < wrong.sum()
    assert found.remedy.code["pandas"].startswith("rows = table[(table['")


def test_the_code_selects_the_segment() -> None:
    import pandas as pd

    columns, logits, rng = table(8000, 1)
    wrong = np.isnan(columns["dose"])
    y = (rng.random(8000) < sigmoid(logits + 2.0 * wrong)).astype(int)
    (found,) = raised(y, sigmoid(logits), columns)
    assert found.title.startswith("Where dose is missing")
    frame = pd.DataFrame(columns)
    scope: dict[str, Any] = {"table": frame}
    exec(found.remedy.code["pandas"], scope)
    assert (scope["rows"].index == np.flatnonzero(wrong)).all()


@pytest.mark.parametrize("seed", range(4))
def test_right_probabilities_stay_silent_where_they_are_harder_too(seed: int) -> None:
    columns, logits, rng = table(6000, 10 + seed)
    logits = np.where(columns["region"] == "north", 0.0, 2 * logits)
    y = (rng.random(6000) < sigmoid(logits)).astype(int)
    assert not raised(y, sigmoid(logits), columns)


def test_probabilities_wrong_by_one_shift_everywhere_are_no_segment() -> None:
    columns, logits, rng = table(6000, 2)
    y = (rng.random(6000) < sigmoid(logits)).astype(int)
    assert not raised(y, sigmoid(1.5 * logits + 1.0), columns)


def test_the_plain_model_that_lacks_an_interaction_gets_a_tip() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 8000))
    y = (rng.random(8000) < sigmoid(2.5 * np.sign(a) * np.sign(b))).astype(int)
    found = list(segment(scored(y=y, a=a, b=b)))
    assert [f.severity for f in found] == ["low"] and set(found[0].columns) == {"a", "b"}


def test_labels_drawn_by_lot_in_one_segment() -> None:
    columns, logits, rng = table(9000, 4)
    logits = 2.5 * (logits + 1)
    lot = columns["region"] == "east"
    y = np.where(lot, rng.integers(0, 2, 9000), rng.random(9000) < sigmoid(logits)).astype(int)
    (found,) = raised(y, sigmoid(logits), columns)
    assert "region is “east”" in found.title and "log loss" in found.title
    assert found.evidence["roc_auc"] < 0.6 < found.evidence["roc_auc_elsewhere"]


def test_few_rows_or_no_columns_are_not_applicable() -> None:
    columns, logits, rng = table(300, 5)
    y = (rng.random(300) < sigmoid(logits)).astype(int)
    with pytest.raises(NotApplicableError, match="no half leaves two segments"):
        raised(y, sigmoid(logits), columns)
    with pytest.raises(NotApplicableError, match="no column is left"):
        raised(y, sigmoid(logits), {"same": np.ones(300)})

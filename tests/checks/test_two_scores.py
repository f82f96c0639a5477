"""DEC007: the better of two score columns, equally good ones, better ranks with worse probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cutaway.checks import audit
from cutaway.checks.run.example import scored
from cutaway.checks.two_scores import two_scores
from cutaway.core.figures import Intervals
from cutaway.core.findings import NotApplicableError
from cutaway.science import metrics


def sigmoid(x: Any) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.asarray(x))))


def rows(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    logits = rng.normal(-1, 1.5, n)
    return logits, (rng.random(n) < sigmoid(logits)).astype(int), rng


def test_a_better_second_column_is_an_issue_with_its_paired_interval() -> None:
    logits, y, rng = rows(4000)
    (found,) = two_scores(scored(y=y, p=sigmoid(logits + rng.normal(size=y.size)), other=sigmoid(logits)))
    assert found.severity == "medium" and found.title.startswith("“other” is better than “p” on the same 4,000 rows")
    assert isinstance(found.figure, Intervals) and found.figure.labels == ("log loss", "area under ROC")
    assert found.evidence["log_loss_gained_low"] > 0 and found.evidence["area_under_roc_gained_low"] > 0


def test_a_better_first_column_is_a_tip() -> None:
    logits, y, rng = rows(4000)
    (found,) = two_scores(scored(y=y, p=sigmoid(logits), other=sigmoid(logits + rng.normal(size=y.size))))
    assert found.severity == "low" and found.title.startswith("“p” is better than “other”")


def test_the_area_is_compared_by_delong() -> None:
    logits, y, rng = rows(3000)
    p, other = sigmoid(logits + rng.normal(size=y.size)), sigmoid(logits + 0.2 * rng.normal(size=y.size))
    (found,) = two_scores(scored(y=y, p=p, other=other))
    pair = metrics.ranking_pair(y == 1, other, p)
    assert found.evidence["area_under_roc_gained_by_the_second"] == pytest.approx(pair.difference, abs=1e-9)
    assert found.evidence["area_under_roc_p_value"] == pytest.approx(pair.p_value, rel=0.1, abs=1e-6)


def test_equally_good_scores_stay_silent() -> None:
    logits, y, rng = rows(3000)
    a, b = rng.normal(size=(2, y.size))
    assert not list(two_scores(scored(y=y, p=sigmoid(logits + a), other=sigmoid(logits + b))))


def test_better_ranks_with_worse_probabilities_are_told_apart() -> None:
    logits, y, rng = rows(6000)
    p, other = sigmoid(logits + rng.normal(size=y.size)), sigmoid(logits + 3.0)
    (found,) = two_scores(scored(y=y, p=p, other=other))
    assert found.title.startswith("“p” is better") and "miscalibrated" in found.detail
    assert found.remedy.text.startswith("Calibrate “other”")


def test_infinite_losses_are_compared_by_the_brier_score() -> None:
    logits, y, _ = rows(2000)
    hard = (logits > 0).astype(float)
    (found,) = two_scores(scored(y=y, p=hard, other=sigmoid(logits)))
    assert "Brier score" in found.title and found.severity == "medium"


def test_several_classes_are_compared_by_their_loss() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(3000, 3))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    y = (p.cumsum(axis=1) < rng.random((3000, 1))).sum(axis=1)
    worse = (p + 1) / 4
    columns = {f"a{k}": worse[:, k] for k in range(3)} | {f"b{k}": p[:, k] for k in range(3)}
    table = pa.table({**columns, "x": rng.normal(size=3000), "y": np.array(["u", "v", "w"])[y]})
    found = audit(table, "y", select=["DEC007"], scores=["a0", "a1", "a2", "b0", "b1", "b2"])
    assert found.outcomes[0].status == "issue", found.outcomes[0]


def test_without_a_second_column_it_is_not_applicable() -> None:
    _, y, _ = rows(300)
    subject = scored(y=y, p=np.full(300, 0.4))
    with pytest.raises(NotApplicableError, match="no second score column"):
        subject.require("other scores")

"""DEC001, DEC003, DEC005, DEC006: what the decisions at 0.5 are worth, on tables of known counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cutaway.checks import audit
from cutaway.checks.accuracy_of_constant import accuracy_of_constant
from cutaway.checks.base_rate import base_rate
from cutaway.checks.every_rate import every_rate
from cutaway.checks.run.example import scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.wide_interval import wide_interval
from cutaway.core.figures import Bars, Intervals, Lines
from cutaway.core.findings import NotApplicableError, Outcome
from cutaway.science import metrics


def decided(tn: int, fp: int, fn: int, tp: int, **more: Any) -> Subject:
    y = np.repeat([0, 0, 1, 1], [tn, fp, fn, tp])
    return scored(y=y, p=np.repeat([0.1, 0.9, 0.1, 0.9], [tn, fp, fn, tp]), **more)


def several(share_right: float, rows: int = 300) -> dict[str, Outcome]:
    """Outcomes by code of three classes, one score column each."""
    rng = np.random.default_rng(0)
    y = np.arange(rows) % 3
    said = np.where(rng.random(rows) < share_right, y, rng.integers(0, 3, rows))
    p = np.where(said[:, None] == np.arange(3), 0.8, 0.1)
    columns = {f"p{k}": p[:, k] for k in range(3)}
    table = pa.table({"y": np.array(["ape", "bee", "cat"])[y], **columns})
    return {o.code: o for o in audit(table, "y", scores=list(columns), select=["DEC"]).outcomes}


def test_worse_than_the_constant_is_an_issue_of_the_users_scores() -> None:
    (found,) = accuracy_of_constant(decided(700, 250, 5, 45))
    assert found.severity == "medium" and found.title == "74 % accuracy is worse than the 95.0 % of always “0”"
    assert found.evidence["gain_of_accuracy"] == pytest.approx(-0.205)
    assert isinstance(found.figure, Bars) and found.figure.values == (0.745, 0.95)


def test_named_costs_explain_a_low_accuracy() -> None:
    (found,) = accuracy_of_constant(decided(700, 250, 5, 45, asked={"cost_fp": 1.0, "cost_fn": 20.0}))
    assert found.severity == "low"


def test_a_gain_that_chance_may_make_is_a_tip_and_a_clear_one_is_silent() -> None:
    (found,) = accuracy_of_constant(decided(94, 4, 5, 6))
    assert found.severity == "low" and "is not shown to be better than" in found.title
    assert list(accuracy_of_constant(decided(940, 10, 10, 90))) == []


def test_the_plain_model_never_makes_it_an_issue() -> None:
    rng = np.random.default_rng(0)
    for _ in range(3):
        found = list(accuracy_of_constant(scored(y=(rng.random(200) < 0.1).astype(int), x=rng.normal(size=200))))
        assert [f.severity for f in found] == ["low"]


def test_a_wide_interval_says_how_many_rows_are_missing() -> None:
    (found,) = wide_interval(decided(118, 2, 3, 9))
    assert found.severity == "medium" and found.evidence["rows_it_is_a_fraction_of"] == 12
    needed = found.evidence["rows_needed_for_the_limit"]
    middle = sum(metrics.wilson(9, 12)) / 2
    low, high = metrics.wilson(middle * needed, needed)
    assert high - low == pytest.approx(0.2)
    said = f"About {needed - 12:,.0f} more rows that are “1”, of some {(needed / 12 - 1) * 132:,.0f} more rows"
    assert said in found.remedy.text
    assert isinstance(found.figure, Intervals) and found.figure.labels == ("recall", "specificity", "precision")
    assert list(wide_interval(decided(118, 2, 3, 9), max_width=0.6)) == []


def test_a_class_that_is_short_comes_before_a_precision_that_a_cut_decides() -> None:
    (found,) = wide_interval(decided(67, 0, 11, 2))
    assert found.title.startswith("Recall is 15 %") and found.severity == "medium"
    (found,) = wide_interval(decided(2000, 1, 999, 1))
    assert found.title.startswith("Precision is 50 %") and found.severity == "low"


def test_a_rate_that_is_not_defined_has_no_width() -> None:
    subject = decided(500, 0, 500, 0)
    assert list(wide_interval(subject)) == []
    (found,) = every_rate(subject)
    assert "No row is predicted positive, so there is no precision" in found.title
    assert "Not defined, because the denominator is 0: precision" in found.detail
    assert "precision" not in found.evidence and found.evidence["recall"] == 0
    with pytest.raises(NotApplicableError, match="no row is predicted positive"):
        list(base_rate(subject))


def test_every_rate_has_its_interval_and_its_denominator() -> None:
    (found,) = every_rate(decided(90, 9, 1, 5))
    assert found.title == "Recall 83 %: 5 of 6 positives are found. Precision 36 %: 5 of 14 alarms are right"
    counts = metrics.counts([0] * 99 + [1] * 6, [0] * 90 + [1] * 9 + [0] + [1] * 5)
    for name in ("recall", "precision"):
        estimate = metrics.RATES[name].interval(counts)
        told = [found.evidence[f"{name}{end}"] for end in ("", "_low", "_high")]
        assert told == [estimate.value, estimate.low, estimate.high]
    assert [found.evidence[cell] for cell in ("hits", "misses", "false_alarms")] == [5, 1, 9]
    figure = found.figure
    assert isinstance(figure, Intervals) and len(figure.labels) == len(figure.notes) == 7
    for label, value, low in zip(figure.labels, figure.centre, figure.low, strict=True):
        estimate = metrics.RATES[label.replace(" ", "_")].interval(counts)
        assert (value, low) == (estimate.value, estimate.low)
    assert dict(zip(figure.labels, figure.notes, strict=True))["recall"] == "5 of 6"


def test_weights_make_effective_rows() -> None:
    weight = np.repeat([1.0, 1.0, 49.0, 49.0], [90, 9, 1, 5])
    (found,) = every_rate(decided(90, 9, 1, 5, weight="w", w=weight))
    assert found.title.startswith("Recall 83 %: 5 of 6 positives are found (effective rows)")


def test_precision_elsewhere_is_told_where_it_falls_far() -> None:
    (found,) = base_rate(decided(900, 100, 100, 900))
    assert found.evidence["precision_there"] == pytest.approx(0.9 * 0.05 / (0.9 * 0.05 + 0.1 * 0.95))
    assert isinstance(found.figure, Lines)
    curve = found.figure.lines[0]
    assert list(curve.y) == sorted(curve.y) and all(np.less_equal(curve.low, curve.y)) and curve.x[-1] == 0.5
    assert list(base_rate(decided(900, 100, 100, 900), rarer=1.1)) == []


def test_several_classes() -> None:
    good, poor = several(0.9), several(0.5, 90)
    assert (good["DEC001"].status, good["DEC003"].status) == ("passed", "passed")
    assert poor["DEC003"].findings[0].title.startswith("Recall of “")
    found = good["DEC005"].findings[0]
    assert found.title.startswith("Accuracy 9") and "recall_of_“bee”" in found.evidence
    assert good["DEC006"].status == "not applicable"
    assert several(0.0)["DEC001"].status == "tip"

"""DEC002, DEC004, CAL001, CAL002, CAL003: where to cut, which error first, and whether scores are probabilities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cutaway.checks.coarse_scores import coarse_scores
from cutaway.checks.costlier_error import costlier_error
from cutaway.checks.miscalibration import miscalibration
from cutaway.checks.run.example import scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.score_level import score_level
from cutaway.checks.threshold import threshold
from cutaway.core.figures import Bars, Intervals, Lines
from cutaway.core.findings import Finding

CHECKS = [threshold, costlier_error, miscalibration, score_level, coarse_scores]


def sigmoid(s: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-s))


def drawn(n: int = 4000, mean: float = -2.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels that are as probable as their log-odds say."""
    rng = np.random.default_rng(seed)
    s = rng.normal(mean, 1.2, n)
    return (rng.random(n) < sigmoid(s)).astype(int), s


def only(found: Any) -> Finding:
    (one,) = found
    assert isinstance(one, Finding) and "nan" not in one.title + one.detail + one.remedy.text
    return one


@pytest.mark.parametrize("check", CHECKS)
def test_calibrated_scores_and_equal_costs_raise_no_issue(check: Any) -> None:
    y, s = drawn(mean=-0.5)
    assert [f for f in check(scored(y=y, p=sigmoid(s))) if f.status == "issue"] == []


@pytest.mark.parametrize("check", CHECKS)
def test_several_classes_are_not_asked(check: Any) -> None:
    y = np.arange(300) % 3
    x = np.random.default_rng(0).normal(size=300) + y
    assert check.check.run(scored(y=y, x=x), {}).status == "not applicable"


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("rows", [4, 5, 12])
def test_two_rows_a_class_crash_nothing(check: Any, rows: int) -> None:
    y = np.arange(rows) % 2
    p = np.linspace(0.1, 0.9, rows)
    for given in (p, np.full(rows, 0.5), y.astype(float)):
        assert check.check.run(scored(y=y, p=given), {}).status in ("passed", "tip", "issue", "not applicable")


@pytest.mark.parametrize("check", CHECKS)
def test_hostile_names_and_weights_crash_nothing(check: Any) -> None:
    y, s = drawn(600)
    names = np.where(y == 1, "{0} “yes” 'a\\n", "<b>no</b>").tolist()
    subject = scored(y=names, p=sigmoid(2 * s + 3), weight="w", w=np.where(np.arange(600) % 2, 1.0, 3.0))
    assert check.check.run(subject, {}).status in ("passed", "tip", "issue")


def test_the_cut_follows_the_costs_and_says_what_it_saves() -> None:
    y, s = drawn()
    found = only(threshold(scored(y=y, p=sigmoid(s), asked={"cost_fp": 1, "cost_fn": 19})))
    assert found.severity == "high" and "costs" in found.title and "p at 0.0" in found.title
    told = found.evidence
    assert told["cut_if_calibrated"] == 0.05
    assert told["cuts_as_good_from"] <= 0.05 <= told["cuts_as_good_to"]
    assert 0 < told["saving_of_a_row_low"] < told["saving_of_a_row"] < told["saving_of_a_row_high"]
    assert told["saving_of_a_row"] == pytest.approx(
        told["expected_cost_of_a_row_at_half"] - told["expected_cost_of_a_row"], abs=1e-9
    )
    assert isinstance(found.figure, Lines) and f"{told['cut']:.6g}" in found.remedy.code["PyTorch"]


def test_a_cost_for_each_row_is_counted_in_its_own_unit() -> None:
    y, s = drawn()
    cost = np.where(y == 1, 300.0, 30.0)
    asked = {"cost_column": "amount"}
    by_row = only(threshold(scored(y=y, p=sigmoid(s), amount=cost, asked=asked)))
    by_class = only(threshold(scored(y=y, p=sigmoid(s), asked={"cost_fp": 30, "cost_fn": 300})))
    for name in ("expected_cost_of_a_row", "expected_cost_of_a_row_at_half", "cut"):
        assert by_row.evidence[name] == pytest.approx(by_class.evidence[name])
    assert "amount" in by_row.detail and math.isnan(by_row.evidence["cut_if_calibrated"])
    first = only(costlier_error(scored(y=y, p=sigmoid(s), amount=cost, asked=asked)))
    assert first.evidence["false_alarms_that_one_miss_costs"] == pytest.approx(10) and "on average" in first.title


def test_without_costs_a_better_cut_is_a_tip_unless_it_flags_nothing() -> None:
    y, s = drawn(6000, mean=0.0)
    assert only(threshold(scored(y=y, p=sigmoid(s + 1.5)))).severity == "low"
    y, s = drawn(6000, mean=-3.5)
    assert list(threshold(scored(y=y, p=sigmoid(s + 4)))) == []


def test_a_strict_level_and_a_large_saving_silence_the_cut() -> None:
    y, s = drawn()
    subject = scored(y=y, p=sigmoid(s), asked={"cost_fp": 1, "cost_fn": 19})
    assert list(threshold(subject, min_saving=0.9)) == []


def test_the_plain_model_is_judged_out_of_fold_and_gives_tips() -> None:
    y, s = drawn(3000)
    subject = scored(y=y, x=s, asked={"cost_fp": 1, "cost_fn": 19})
    found = only(threshold(subject))
    assert found.severity == "low" and "the plain model" in found.title and found.columns == ()
    assert list(miscalibration(subject)) == [] == list(score_level(subject))
    out = coarse_scores.check.run(subject, {})  # type: ignore[attr-defined]  # marked by the decorator
    assert out.status == "not applicable" and "--scores" in out.reason


@pytest.mark.parametrize(("fp", "fn", "word"), [(1, 20, "Recall first"), (20, 1, "Precision first")])
def test_the_costs_decide_which_error_comes_first(fp: float, fn: float, word: str) -> None:
    y, s = drawn(mean=-0.5)
    found = only(costlier_error(scored(y=y, p=sigmoid(3 * s), asked={"cost_fp": fp, "cost_fn": fn})))
    assert found.title.startswith(word) and "20" in found.title and found.severity == "low"
    assert found.evidence["recall_for_recall_of_0.9"] == pytest.approx(0.9, abs=0.02)
    assert isinstance(found.figure, Intervals)
    assert all(a <= b <= c for a, b, c in zip(found.figure.low, found.figure.centre, found.figure.high, strict=True))


def test_equal_costs_and_balanced_errors_put_neither_first() -> None:
    y, s = drawn(mean=0.0)
    assert list(costlier_error(scored(y=y, p=sigmoid(s), asked={"cost_fp": 2, "cost_fn": 2}))) == []


def test_a_neglected_rare_class_asks_for_costs() -> None:
    y, s = drawn(mean=-3.0)
    assert "catches" in only(costlier_error(scored(y=y, p=sigmoid(s)))).title
    assert "alarms" in only(costlier_error(scored(y=y, p=sigmoid(s + 3.5)))).title


@pytest.mark.parametrize(("bent", "word"), [(2.0, "too extreme"), (0.5, "too cautious")])
def test_stretched_scores_are_called_by_their_fault(bent: float, word: str) -> None:
    y, s = drawn()
    found = only(miscalibration(scored(y=y, p=sigmoid(bent * s))))
    assert word in found.title and found.status == "issue"
    assert found.evidence["calibration_slope"] == pytest.approx(1 / bent, rel=0.15)
    assert found.evidence["log_loss_corrected"] < found.evidence["log_loss"]
    assert isinstance(found.figure, Lines) and len(found.figure.lines[0].low) == len(found.figure.lines[1].y)


def test_scores_of_the_other_class_are_recognised() -> None:
    y, s = drawn()
    found = only(miscalibration(scored(y=y, p=1 - sigmoid(s))))
    assert found.severity == "high" and "is it the score of “0”?" in found.title
    assert "--positive 0" in found.remedy.code["cutaway"] and found.evidence["area_under_roc"] < 0.5


def test_a_bend_without_a_slope_is_seen() -> None:
    rng = np.random.default_rng(3)
    s = rng.normal(0, 1.5, 20_000)
    y = (rng.random(s.size) < sigmoid(s + 1.2 * (np.abs(s) < 0.4) - 1.2 * (np.abs(s - 0.8) < 0.4))).astype(int)
    found = only(miscalibration(scored(y=y, p=sigmoid(s))))
    assert "miscalibrated" in found.title or "too" in found.title


def test_a_shift_is_of_the_level_and_not_of_the_shape() -> None:
    y, s = drawn()
    subject = scored(y=y, p=sigmoid(s + math.log(9)))
    assert list(miscalibration(subject)) == []
    found = only(score_level(subject))
    assert found.severity == "high" and "weighted" in found.title
    told = found.evidence
    assert told["implied_weight_low"] < 9 < told["implied_weight_high"]
    assert told["log_odds_shift"] == pytest.approx(-math.log(told["implied_weight"]))
    assert told["log_loss_corrected"] < told["log_loss"] and told["brier_corrected"] < told["brier"]
    assert "the shift is all it takes" in found.detail and isinstance(found.figure, Bars)


def test_the_other_class_may_have_been_weighted() -> None:
    y, s = drawn()
    assert "“0” had been weighted" in only(score_level(scored(y=y, p=sigmoid(s - 1.5)))).title


def test_a_stretch_is_not_called_a_weight() -> None:
    y, s = drawn()
    found = only(score_level(scored(y=y, p=sigmoid(4 * s + 4))))
    assert "weighted" not in found.title and "alone does not mend" in found.remedy.text
    assert "with its level put right" in only(miscalibration(scored(y=y, p=sigmoid(4 * s + 4)))).title


def test_a_small_shift_is_left_alone() -> None:
    y, s = drawn(30_000)
    assert list(score_level(scored(y=y, p=sigmoid(s + math.log(1.15))))) == []


def test_decisions_in_place_of_scores() -> None:
    y, s = drawn()
    found = only(coarse_scores(scored(y=y, p=(s > -1).astype(float))))
    assert found.severity == "high" and "decisions" in found.title


def test_certain_and_wrong_scores_are_counted_and_do_not_hide_the_rest() -> None:
    y, s = drawn()
    p = sigmoid(s + math.log(9))
    p[:40], y[:40] = 0.0, 0
    y[:3] = 1
    subject = scored(y=y, p=p)
    found = only(coarse_scores(subject))
    assert "40 rows" in found.title and "3 of them wrongly" in found.title and found.severity == "medium"
    assert only(score_level(subject)).evidence["implied_weight"] == pytest.approx(9, rel=0.15)
    assert all(math.isfinite(v) for v in only(score_level(subject)).evidence.values())


def test_a_few_certain_and_right_scores_are_left_alone() -> None:
    y, s = drawn()
    p = sigmoid(s)
    p[:5], y[:5] = 0.0, 0
    assert list(coarse_scores(scored(y=y, p=p))) == []


def test_rounded_scores_are_told_by_the_pairs_that_they_tie() -> None:
    y, s = drawn()
    found = only(coarse_scores(scored(y=y, p=np.clip(np.round(sigmoid(s), 1), 0.1, 0.9))))
    assert found.severity == "low" and 0.05 < found.evidence["share_of_pairs_tied"] < 1
    assert list(coarse_scores(scored(y=y, p=np.clip(np.round(sigmoid(s), 3), 0.001, 0.999)))) == []


def test_a_clipped_end_is_told() -> None:
    y, s = drawn()
    found = only(coarse_scores(scored(y=y, p=np.maximum(sigmoid(s), 0.05))))
    assert "clipped" in found.title and found.evidence["value"] == pytest.approx(0.05, abs=1e-4)


def test_one_class_among_the_scored_rows_is_not_judged() -> None:
    y, s = drawn(400)
    p = np.where(y == 1, np.nan, sigmoid(s))

    def outcome(check: Any, subject: Subject) -> str:
        return str(check.check.run(subject, {}).status)

    subject = scored(y=y, p=p)
    asked = (threshold, costlier_error, miscalibration, score_level)
    assert {outcome(c, subject) for c in asked} == {"not applicable"}
    assert outcome(coarse_scores, subject) == "passed"

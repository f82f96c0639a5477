"""Cuts by cost, recall, precision and alarms; judged on rows that they were not chosen on."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science import metrics
from cutaway.science.metrics import AlarmsAtMost, Cuts, LeastCost, PrecisionAtLeast, RecallAtLeast, ScoreHistogram
from cutaway.science.metrics.tally import sigmoid

# A little off whole numbers: -4 is the end of a bin, and a cut there leaves it out.
SCORED = st.lists(st.tuples(st.integers(-6, 6).map(lambda k: 1.01 * k), st.booleans()), min_size=2, max_size=25)
COST = st.floats(0.1, 20)


def both_classes(rows: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    y = np.array([k for _, k in rows]).astype(int)
    y[0], y[1] = 0, 1
    return y, np.array([s for s, _ in rows])


def every_cut(y: np.ndarray, s: np.ndarray) -> list[tuple[float, float, float]]:
    """False alarms, hits and flagged rows at every cut that makes a difference, by brute force."""
    out = []
    for cut in (*np.unique(s), math.inf):
        flagged = s >= cut
        out.append((float((flagged & (y == 0)).sum()), float((flagged & (y == 1)).sum()), float(flagged.sum())))
    return out


@given(SCORED, COST, COST)
def test_the_least_cost_is_the_least_by_brute_force(rows: list[tuple[float, bool]], fp: float, fn: float) -> None:
    y, s = both_classes(rows)
    least = min(fp * a + fn * (y.sum() - h) for a, h, _ in every_cut(y, s)) / y.size
    for cuts in (Cuts.of(y, s), Cuts.of_histogram(ScoreHistogram.of(s, y))):
        point = cuts.point(LeastCost(fp, fn)(cuts))
        assert point.cost(fp, fn) == pytest.approx(least)
        flagged = s >= point.logit
        assert (point.fp, point.tp) == (np.sum(flagged & (y == 0)), np.sum(flagged & (y == 1)))
        assert point.tn + point.fp + point.fn + point.tp == y.size


@given(SCORED, st.floats(0, 1))
def test_recall_and_precision_rules_are_the_best_by_brute_force(rows: list[tuple[float, bool]], at: float) -> None:
    y, s = both_classes(rows)
    cuts, table = Cuts.of(y, s), every_cut(y, s)
    recall = cuts.point(RecallAtLeast(at)(cuts))
    assert recall.recall >= at - 1e-12
    best = max((h / n if n else 0.0) for _, h, n in table if h >= at * y.sum() * (1 - 1e-12))
    assert (recall.precision if recall.tp + recall.fp else 0.0) == pytest.approx(best)
    precise = [h for _, h, n in table if h and h / n >= at * (1 - 1e-12)]
    precision = cuts.point(PrecisionAtLeast(at)(cuts))
    assert precision.tp == max(precise, default=0.0)
    assert not precise or precision.precision >= at - 1e-9


@given(SCORED, st.floats(0, 1))
def test_alarms_stay_within_their_share_and_use_it(rows: list[tuple[float, bool]], share: float) -> None:
    y, s = both_classes(rows)
    cuts = Cuts.of(y, s)
    point = cuts.point(AlarmsAtMost(share)(cuts))
    assert point.alarms <= share + 1e-9
    assert point.tp + point.fp == max(n for _, _, n in every_cut(y, s) if n <= share * y.size * (1 + 1e-9))


@given(SCORED, st.lists(COST, min_size=25, max_size=25))
def test_costs_of_rows_are_weights(rows: list[tuple[float, bool]], costs: list[float]) -> None:
    y, s = both_classes(rows)
    cost = np.array(costs[: y.size])
    cuts = Cuts.of(y, s, cost)
    point = cuts.point(LeastCost(1, 1)(cuts))
    least = min(cost[(s >= cut) != (y == 1)].sum() for cut in (*np.unique(s), math.inf))
    assert point.fp + point.fn == pytest.approx(least)


@given(COST, COST)
def test_a_calibrated_score_is_cut_at_the_theoretical_place(fp: float, fn: float) -> None:
    logits = np.linspace(-6, 6, 2401)
    p = sigmoid(logits)
    tally = metrics.Tally(logits, 1 - p, p, 2401.0)
    histogram = ScoreHistogram.of(np.repeat(logits, 2), np.tile([0, 1], 2401), np.column_stack([1 - p, p]).ravel())
    assert tally.prevalence == pytest.approx(histogram.positives / (histogram.positives + histogram.negatives))
    cuts = Cuts.of_histogram(histogram)
    found = cuts.logits[LeastCost(fp, fn)(cuts)]
    at = metrics.calibrated_cut(fp, fn)
    assert found == pytest.approx(math.log(at / (1 - at)), abs=0.006)
    assert metrics.calibrated_cut(fp, fn) == pytest.approx(1 - metrics.calibrated_cut(fn, fp))


def test_rates_of_a_point_have_wilson_s_interval_of_effective_rows() -> None:
    point = metrics.OperatingPoint(0.0, tn=80, fp=10, fn=2, tp=8)
    for rate, k, n in (("recall", 8, 10), ("precision", 8, 18), ("specificity", 80, 90), ("alarms", 18, 100)):
        found = point.estimate(rate)  # type: ignore[arg-type]
        assert (found.value, found.low, found.high) == pytest.approx((k / n, *metrics.wilson(k, n)))
    doubled = metrics.OperatingPoint(0.0, tn=160, fp=20, fn=4, tp=16, scale=0.5)
    assert doubled.estimate("recall") == point.estimate("recall")
    none = metrics.OperatingPoint(0.0, tn=5, fp=0, fn=0, tp=0).estimate("recall")
    assert math.isnan(none.value) and (none.low, none.high) == (0, 1)


def test_right_decisions_may_cost_something() -> None:
    # Elkan's example: an alarm costs 2 whether right or wrong, a miss 10
    assert metrics.calibrated_cut(2, 10, tp=2) == pytest.approx(0.2)
    with pytest.raises(InputError, match="cost more than right decisions"):
        metrics.calibrated_cut(1, 1, tp=2)


def test_recall_of_everything_and_precision_of_nothing() -> None:
    y, s = np.array([0, 1, 0]), np.array([1.0, 0.0, 2.0])
    cuts = Cuts.of(y, s)
    assert cuts.point(RecallAtLeast(1.0)(cuts)).recall == 1
    none = cuts.point(PrecisionAtLeast(0.9)(cuts))
    assert none.recall == 0 and math.isnan(none.precision) and none.cut == 1.0


@pytest.mark.parametrize(("rule", "message"), [(LeastCost, "cost above 0"), (RecallAtLeast, "share between")])
def test_rules_refuse_what_makes_no_sense(rule: type, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rule(*([-1.0, 1.0] if rule is LeastCost else [1.5]))


def test_a_cut_is_judged_on_the_fold_that_has_not_seen_it() -> None:
    """Scores that are noise: chosen on its own rows a cut beats 0.5, on others it does not."""
    rng = np.random.default_rng(11)
    own, held = [], []
    for _ in range(30):
        y, s = rng.integers(0, 2, 200), rng.normal(size=200)
        found = metrics.held_out_cut([ScoreHistogram.of(s[i::5], y[i::5]) for i in range(5)], 1, 1)
        own.append(found.cost_at_half.value - found.point.cost(1, 1))
        held.append(found.saving.value)
        assert found.saving.value == pytest.approx(found.cost_at_half.value - found.cost.value, abs=1e-12)
        assert len(found.fold_cuts) == 5
    assert np.mean(own) > 0.03 and abs(np.mean(held)) < 0.03 < np.mean(own) - np.mean(held) + 0.03


def folds_of(s: np.ndarray, y: np.ndarray) -> list[ScoreHistogram]:
    return [ScoreHistogram.of(s[i::5], y[i::5].astype(np.uint8)) for i in range(5)]


def test_intervals_of_costs_and_savings_cover_and_the_plateau_holds_the_best_cut() -> None:
    rng = np.random.default_rng(5)
    grid, fn, shift = np.linspace(-12, 12, 4801), 4.0, 0.5
    many = np.sort(rng.normal(-1.5, 1.2, 400_000))
    p = sigmoid(many + shift)
    above = np.searchsorted(many, grid)
    alarms, hits = (np.append(np.cumsum(v[::-1])[::-1], 0)[above] / many.size for v in (1 - p, p))
    truth = alarms + fn * (p.mean() - hits)
    times, inside, plateaus = 120, np.zeros(3), 0
    at_half = float(np.interp(0.0, grid, truth))
    for _ in range(times):
        s = rng.normal(-1.5, 1.2, 1000)
        y = rng.random(1000) < sigmoid(s + shift)
        folds = folds_of(s, y)
        found = metrics.held_out_cut(folds, 1, fn)
        chosen = float(np.mean(np.interp(np.clip(found.fold_cuts, -12, 12), grid, truth)))
        for k, (estimate, true) in enumerate(
            [(found.cost, chosen), (found.cost_at_half, at_half), (found.saving, at_half - chosen)]
        ):
            inside[k] += estimate.low <= true <= estimate.high
        cuts = Cuts.of_histogram(sum(folds[1:], folds[0]))
        low, high = metrics.equal_cuts(cuts, 1, fn)
        plateaus += low <= cuts.place(-math.log(fn) - shift) <= high
    assert (inside / times >= 0.9).all() and plateaus / times >= 0.93


def test_the_plateau_shrinks_with_the_rows(rng: np.random.Generator) -> None:
    widths = []
    for n in (1000, 100_000):
        s = rng.normal(-1, 1.2, n)
        cuts = Cuts.of(rng.random(n) < sigmoid(s), s)
        low, high = cuts.logits[list(metrics.equal_cuts(cuts, 1, 3))]
        widths.append(high - low)
        assert low <= -math.log(3) <= high
    assert widths[1] < widths[0] / 2


def test_the_bootstrap_of_a_recall_cut_covers_its_quantile() -> None:
    rng = np.random.default_rng(9)
    s0 = rng.normal(-1.5, 1.2, 400_000)
    weight = sigmoid(s0)
    order = np.argsort(s0)
    true = s0[order][np.searchsorted(np.cumsum(weight[order]), 0.2 * weight.sum())]
    inside = 0
    for _ in range(60):
        s = rng.normal(-1.5, 1.2, 1500)
        cuts = Cuts.of(rng.random(s.size) < sigmoid(s), s)
        cut, recall, precision = metrics.cut_interval(cuts, RecallAtLeast(0.8), rng, times=120)
        inside += cut.low <= true <= cut.high
        assert recall.value >= 0.8 and precision.low <= precision.value <= precision.high
    assert inside >= 52  # of 60: a 95 % interval falls below this in 2 of 100,000 runs, a 75 % one nearly always


def test_no_rows_and_no_class_are_not_judged() -> None:
    empty = metrics.held_out_cut([ScoreHistogram.zero(), ScoreHistogram.zero()], 1, 1)
    assert math.isnan(empty.cost.value) and math.isnan(empty.saving.low)
    found = metrics.held_out_cut(folds_of(np.arange(10.0) - 5, np.zeros(10, bool)), 1, 5)
    assert found.cost.value == 0 and math.isnan(found.judged.recall)
    with pytest.raises(InputError, match="at least two"):
        metrics.held_out_cut([ScoreHistogram.zero()], 1, 1)
    none = metrics.cut_interval(Cuts.of(np.array([], int), np.array([])), LeastCost(1, 1), np.random.default_rng(0))
    assert all(math.isnan(e.value) for e in none)


@given(st.integers(2, 4), st.integers(1, 4), st.data())
def test_decisions_by_a_matrix_are_the_cheapest(classes: int, choices: int, data: st.DataObject) -> None:
    draw = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    p, cost = draw.dirichlet(np.ones(classes), 20), draw.random((classes, choices))
    decision = metrics.decide(p, cost)
    for row, choice in itertools.product(range(20), range(choices)):
        assert p[row] @ cost[:, decision[row]] <= p[row] @ cost[:, choice] + 1e-12
    y = draw.integers(0, classes, 20)
    assert metrics.mean_cost(y, decision, cost) == pytest.approx(
        np.mean([cost[a, b] for a, b in zip(y, decision, strict=True)])
    )


@given(COST, COST, st.floats(0, 1))
def test_two_classes_of_the_matrix_are_the_cut(fp: float, fn: float, p: float) -> None:
    chosen = metrics.decide(np.array([[1 - p, p]]), np.array([[0, fp], [fn, 0]]))[0]
    cut = metrics.calibrated_cut(fp, fn)
    assert abs(p - cut) < 1e-12 or chosen == (p > cut)
    assert metrics.row_cuts(np.array([fp]), np.array([fn]))[0] == pytest.approx(cut)


def test_faults_of_costs_are_named() -> None:
    with pytest.raises(InputError, match="rows of the matrix are true classes"):
        metrics.decide(np.ones((3, 2)), np.ones((3, 2)))
    with pytest.raises(InputError, match="finite costs"):
        metrics.decide(np.ones((1, 2)), np.array([[0.0, np.nan], [1, 0]]))
    with pytest.raises(InputError, match="codes in 0 … 1"):
        metrics.mean_cost(np.array([2]), np.array([0]), np.eye(2))
    with pytest.raises(InputError, match="0 or more"):
        metrics.row_cuts(np.array([-1.0]), np.array([1.0]))
    assert metrics.row_cuts(np.zeros(1), np.zeros(1)).tolist() == [0.5]
    assert math.isnan(metrics.mean_cost(np.array([], int), np.array([], int), np.eye(2)))


def test_every_use_case_says_what_follows_and_where_it_is_from() -> None:
    names = " ".join(case.name for case in metrics.USE_CASES)
    for word in ("cancer", "fraud", "spam", "moderation", "recommendation", "satellite", "loan"):
        assert word in names
    for case in metrics.USE_CASES:
        assert case.first == ("recall" if case.fn > case.fp else "precision")
        assert 0 < case.cut < 1 and case.ratio == pytest.approx((1 - case.cut) / case.cut)
        assert case.assumed or any(mark in case.source for mark in ("19", "20"))  # a public source has a year
        assert metrics.use_case(case.name) is case
    assert metrics.use_case("cancer referral").cut == pytest.approx(0.03)
    assert metrics.use_case("statins").cut == pytest.approx(0.075)
    with pytest.raises(InputError, match="loan"):
        metrics.use_case("lottery")

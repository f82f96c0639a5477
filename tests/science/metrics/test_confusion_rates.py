"""Every rate equals scikit-learn's, obeys its laws, and stays undefined where its denominator is 0."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given
from hypothesis import strategies as st

from cutaway import metrics
from cutaway.core.errors import InputError
from cutaway.science.metrics import (
    RATES,
    Counts,
    LabelCounts,
    Rate,
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    counts,
    f1,
    f_beta,
    f_beta_rate,
    false_alarm_rate,
    false_discovery_rate,
    g_mean,
    informedness,
    jaccard,
    label_counts,
    matthews_correlation,
    miss_rate,
    negative_likelihood_ratio,
    negative_predictive_value,
    positive_likelihood_ratio,
    precision,
    prevalence,
    recall,
    selection_rate,
    sensitivity,
    specificity,
)

CELLS = st.lists(st.integers(0, 20), min_size=4, max_size=4)
WHOLE = [rate for rate in RATES.values() if rate.whole]
ONE_CLASS = [rate for rate in RATES.values() if not rate.whole]


def two(cells: list[int]) -> Counts:
    return Counts(np.array(cells, float).reshape(2, 2))


@pytest.fixture
def rows(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y = (rng.random(400) < 0.3).astype(int)
    return y, np.where(rng.random(400) < 0.8, y, 1 - y), rng.random(400)


def flipped(function: Callable[..., float]) -> Callable[..., float]:
    return lambda y, pred, **more: function(1 - y, 1 - pred, **more)


BINARY: dict[Rate, Callable[..., float]] = {
    recall: reference.recall_score,
    specificity: flipped(reference.recall_score),
    precision: reference.precision_score,
    negative_predictive_value: flipped(reference.precision_score),
    false_alarm_rate: lambda *a, **k: 1 - flipped(reference.recall_score)(*a, **k),
    miss_rate: lambda *a, **k: 1 - reference.recall_score(*a, **k),
    false_discovery_rate: lambda *a, **k: 1 - reference.precision_score(*a, **k),
    prevalence: lambda y, pred, sample_weight: np.average(y, weights=sample_weight),
    selection_rate: lambda y, pred, sample_weight: np.average(pred, weights=sample_weight),
    f1: reference.f1_score,
    jaccard: reference.jaccard_score,
    positive_likelihood_ratio: lambda *a, **k: reference.class_likelihood_ratios(*a, **k)[0],
    negative_likelihood_ratio: lambda *a, **k: reference.class_likelihood_ratios(*a, **k)[1],
    informedness: lambda *a, **k: reference.balanced_accuracy_score(*a, adjusted=True, **k),
    accuracy: reference.accuracy_score,
    balanced_accuracy: reference.balanced_accuracy_score,
    matthews_correlation: reference.matthews_corrcoef,
    cohen_kappa: reference.cohen_kappa_score,
    g_mean: lambda *a, **k: math.sqrt(reference.recall_score(*a, **k) * flipped(reference.recall_score)(*a, **k)),
}


def test_every_rate_has_its_reference() -> None:
    assert {rate.name for rate in BINARY} == set(RATES)


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_two_classes_equal_scikit_learn(rate: Rate, rows: tuple[np.ndarray, ...]) -> None:
    y, pred, weight = rows
    assert rate(y, pred, weight) == pytest.approx(BINARY[rate](y, pred, sample_weight=weight), rel=1e-12)
    assert rate(y, pred) == pytest.approx(BINARY[rate](y, pred, sample_weight=None), rel=1e-12)
    assert rate(y, pred) == rate.of(counts(y, pred))


@pytest.mark.parametrize("beta", [0.5, 2.0, 3.0])
@pytest.mark.parametrize("average", [None, "macro", "micro", "weighted"])
def test_f_beta_equals_scikit_learn(beta: float, average: str, rows: tuple[np.ndarray, ...]) -> None:
    y, pred, weight = rows
    got = f_beta(y, pred, weight, beta=beta, average=average)  # type: ignore[call-overload]
    want = reference.fbeta_score(y, pred, beta=beta, average=average or "binary", sample_weight=weight)
    assert got == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", "each"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("labels_a_row", [False, True])
@pytest.mark.parametrize(
    ("rate", "theirs"),
    [
        (recall, reference.recall_score),
        (precision, reference.precision_score),
        (f1, reference.f1_score),
        (jaccard, reference.jaccard_score),
    ],
)
def test_averages_equal_scikit_learn(
    rate: Rate,
    theirs: Callable[..., float],
    labels_a_row: bool,
    weighted: bool,
    average: str,
    rng: np.random.Generator,
) -> None:
    y, pred = rng.integers(0, 2, (2, 150, 3)) if labels_a_row else rng.integers(0, 4, (2, 150))
    weight = rng.random(150) if weighted else None
    got = rate(y, pred, weight, average=average)  # type: ignore[call-overload]
    want = theirs(y, pred, average=None if average == "each" else average, sample_weight=weight)
    np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("rate", [accuracy, balanced_accuracy, matthews_correlation, cohen_kappa])
def test_several_classes_of_the_whole_table_equal_scikit_learn(rate: Rate, rng: np.random.Generator) -> None:
    y, weight = rng.integers(0, 5, 300), rng.random(300)
    pred = np.where(rng.random(300) < 0.6, y, rng.integers(0, 5, 300))
    assert rate(y, pred, weight) == pytest.approx(BINARY[rate](y, pred, sample_weight=weight), rel=1e-12)


def test_geometric_mean_of_several_classes(rng: np.random.Generator) -> None:
    y, pred = rng.integers(0, 3, (2, 99))
    assert g_mean(y, pred) == pytest.approx(np.prod(recall(y, pred, average="each")) ** (1 / 3))


@pytest.mark.parametrize("zero", [0.0, 1.0, np.nan])
@pytest.mark.parametrize("average", ["macro", "weighted", "each"])
def test_an_absent_class_equals_scikit_learn_where_it_is_chosen(zero: float, average: str) -> None:
    y, pred = [0, 0, 1, 1, 1], [0, 1, 1, 1, 0]
    want = reference.f1_score(
        y, pred, labels=[0, 1, 2], average=None if average == "each" else average, zero_division=zero
    )
    ours = "omit" if np.isnan(zero) else zero
    got = f1(y, pred, labels=[0, 1, 2], average=average, undefined=ours)  # type: ignore[call-overload]
    np.testing.assert_allclose(got, want)


def test_undefined_stays_undefined_unless_the_caller_chooses() -> None:
    never = counts([0, 1, 1], [0, 0, 0])
    assert math.isnan(precision.of(never)) and precision.of(never, undefined=0.0) == 0.0
    assert math.isnan(precision.of(never, average="macro"))
    assert precision.of(never, average="macro", undefined="omit") == precision.of(never.against_rest(0))
    assert precision.of(never, average="macro", undefined=0.0) == precision.of(never.against_rest(0)) / 2
    assert math.isnan(positive_likelihood_ratio.of(never))  # no false alarm: no denominator
    for rate in RATES.values():
        assert math.isnan(rate.of(Counts.zero(2))), rate
        assert rate.of(Counts.zero(2), undefined=0.5) == 0.5
    assert math.isnan(recall.of(Counts.zero(3), average="macro", undefined="omit"))
    assert math.isnan(recall([], []))


def test_one_class_in_the_rows() -> None:
    assert recall([0, 0], [0, 1], undefined=-1.0) == -1.0 and specificity([0, 0], [0, 1]) == 0.5
    assert recall([True, True], [True, False]) == 0.5
    assert math.isnan(balanced_accuracy([0, 0], [0, 0])) and math.isnan(matthews_correlation([0, 1], [0, 0]))


@given(CELLS)
def test_exchanging_the_classes(cells: list[int]) -> None:
    """What is recall of one class is specificity of the other; the whole-table rates do not change."""
    c, other = two(cells), two(cells[::-1])
    for rate in WHOLE:
        assert rate.of(c) == pytest.approx(rate.of(other), nan_ok=True)
    for a, b in ((recall, specificity), (precision, negative_predictive_value), (false_alarm_rate, miss_rate)):
        assert a.of(c) == pytest.approx(b.of(other), nan_ok=True)


@given(st.lists(st.integers(0, 9), min_size=9, max_size=9), st.permutations(range(3)))
def test_the_order_of_the_classes_changes_no_average(cells: list[int], order: list[int]) -> None:
    matrix = np.array(cells, float).reshape(3, 3)
    a, b = Counts(matrix), Counts(matrix[np.ix_(order, order)])
    for rate in RATES.values():
        np.testing.assert_allclose(rate.of(a, average="each")[order], rate.of(b, average="each"), rtol=1e-12)
        if rate.whole:
            assert rate.of(a) == pytest.approx(rate.of(b), nan_ok=True)
        else:
            for average in ("micro", "macro", "weighted"):
                assert rate.of(a, average=average) == pytest.approx(  # type: ignore[call-overload]
                    rate.of(b, average=average),  # type: ignore[call-overload]
                    nan_ok=True,
                )


@given(CELLS)
def test_labels_and_predictions_exchanged(cells: list[int]) -> None:
    c = two(cells)
    turned = Counts(c.matrix.T)
    for rate in (matthews_correlation, cohen_kappa, f1, jaccard, accuracy):
        assert rate.of(c) == pytest.approx(rate.of(turned), nan_ok=True)
    assert recall.of(c) == pytest.approx(precision.of(turned), nan_ok=True)


@given(CELLS, st.floats(0.01, 100))
def test_the_unit_of_the_weights_changes_no_rate(cells: list[int], unit: float) -> None:
    c = two(cells)
    scaled = Counts(c.matrix * unit, squares=c.squares * unit * unit)
    for rate in RATES.values():
        assert rate.of(scaled) == pytest.approx(rate.of(c), rel=1e-9, abs=1e-12, nan_ok=True)
        a, b = rate.interval(scaled), rate.interval(c)
        assert (a.low, a.high) == pytest.approx((b.low, b.high), rel=1e-6, abs=1e-9)


@given(CELLS)
def test_every_rate_lies_in_its_range_and_in_its_interval(cells: list[int]) -> None:
    for rate in (*RATES.values(), f_beta_rate(0.5), f_beta_rate(2.0)):
        got = rate.interval(two(cells))
        low, high = rate.span
        assert low - 1e-12 <= got.low <= got.high <= high + 1e-12
        if math.isnan(got.value):
            assert (got.low, got.high, got.method) == (low, high, "not defined")
        else:
            assert got.low - 1e-12 <= got.value <= got.high + 1e-12


@given(CELLS)
def test_complements_and_identities(cells: list[int]) -> None:
    c = two(cells)
    for a, b in ((recall, miss_rate), (specificity, false_alarm_rate), (precision, false_discovery_rate)):
        assert a.of(c) + b.of(c) == pytest.approx(1, nan_ok=True) or math.isnan(a.of(c))
    f, j = f1.of(c), jaccard.of(c)
    assert f == pytest.approx(2 * j / (1 + j), nan_ok=True)
    assert informedness.of(c) == pytest.approx(2 * balanced_accuracy.of(c) - 1, nan_ok=True)
    assert f_beta_rate(1.0).of(c) == pytest.approx(f1.of(c), nan_ok=True)


def test_f_beta_tends_to_recall_and_to_precision() -> None:
    c = two([50, 10, 5, 20])
    assert f_beta_rate(1000.0).of(c) == pytest.approx(recall.of(c), rel=1e-4)
    assert f_beta_rate(0.001).of(c) == pytest.approx(precision.of(c), rel=1e-4)
    with pytest.raises(InputError, match="beta: expected a finite number above 0, got 0"):
        f_beta_rate(0)


def test_the_mean_over_batches_is_another_number(rng: np.random.Generator) -> None:
    """Counts added over batches give the rate of all rows; the mean of the batches' rates does not."""
    y = (np.arange(1000) < 60).astype(int)  # the positives lie together, as in a table in order of time
    pred = np.where(rng.random(1000) < 0.9, y, 1 - y)
    batches = [slice(i, i + 100) for i in range(0, 1000, 100)]
    added = sum((counts(y[b], pred[b]) for b in batches), Counts.zero(2))
    for rate, theirs in ((recall, reference.recall_score), (precision, reference.precision_score)):
        assert rate.of(added) == pytest.approx(theirs(y, pred))
        mean = np.mean([rate(y[b], pred[b], undefined=0.0) for b in batches])
        assert abs(mean - theirs(y, pred)) > 0.2


def test_text_needs_a_positive_class() -> None:
    y, pred = ["sick", "well", "sick"], ["sick", "sick", "well"]
    with pytest.raises(InputError, match=r"recall asks which class is the positive one; pass positive='well' or pos"):
        recall(y, pred)
    assert recall(y, pred, positive="sick") == 0.5 and recall(y, pred, positive="well") == 0.0
    assert recall(y, pred, labels=["well", "sick"]) == 0.5
    assert accuracy(y, pred) == pytest.approx(1 / 3)
    with pytest.raises(InputError, match="expected one of the classes 'sick', 'well', got 'ill'; list every class"):
        recall(y, pred, positive="ill")
    assert math.isnan(recall(["well"], ["well"], positive="sick", labels=["well", "sick"]))
    assert recall([True, False], [True, True], positive=False) == 0.0
    assert recall([1, 0], [1, 1], positive=True) == 1.0


def test_several_classes_need_an_average() -> None:
    y, pred = [0, 1, 2], [0, 1, 1]
    with pytest.raises(InputError, match="recall of 3 classes needs 'micro', 'macro', 'weighted' or 'each'"):
        recall(y, pred)
    assert recall(y, pred, positive=1) == 1.0 and precision(y, pred, positive=1) == 0.5
    with pytest.raises(InputError, match="accuracy is one number for the whole table, got 'macro'"):
        accuracy(y, pred, average="macro")
    with pytest.raises(InputError, match="expected 'micro', 'macro', 'weighted' or 'each', got 'mean'"):
        recall(y, pred, average="mean")  # type: ignore[call-overload]
    with pytest.raises(InputError, match="expected a number or 'omit', got 'skip'"):
        recall(y, pred, average="macro", undefined="skip")  # type: ignore[call-overload]
    with pytest.raises(InputError, match="of 2 labels needs"):
        recall([[0, 1]], [[0, 1]])
    with pytest.raises(InputError, match="several labels a row has no positive class"):
        recall([[0, 1]], [[0, 1]], positive=1)


def test_rates_of_the_whole_table_average_over_labels(rng: np.random.Generator) -> None:
    y, pred = rng.integers(0, 2, (2, 80, 3))
    got = label_counts(y, pred)
    each = [reference.matthews_corrcoef(y[:, k], pred[:, k]) for k in range(3)]
    np.testing.assert_allclose(matthews_correlation.of(got, average="each"), each)
    assert matthews_correlation.of(got, average="macro") == pytest.approx(np.mean(each))
    assert accuracy.of(got, average="micro") == pytest.approx((y == pred).mean())
    assert isinstance(got, LabelCounts) and sensitivity is recall


def test_every_rate_says_what_it_divides() -> None:
    for name, rate in RATES.items():
        assert rate.name == name and rate.numerator and rate.denominator and getattr(metrics, name) is rate
    assert repr(recall) == "<recall: positives predicted positive / all positives>"
    assert set(inspect.signature(recall).parameters) == {
        "y",
        "pred",
        "weight",
        "labels",
        "positive",
        "average",
        "undefined",
    }

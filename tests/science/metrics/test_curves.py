"""Exact curves and areas: scikit-learn's numbers, special values, several classes, weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as sk

from cutaway.core.errors import InputError
from cutaway.science import metrics
from cutaway.science.metrics import radix, sweep

SPECIAL = [0.0, -0.0, np.inf, -np.inf, 5e-324, -5e-324, 1e-40, -1e-40, 1.0, -1.0, 1 + 2**-23, 3.4e38, -3.4e38]


def rows(n: int, seed: int, decimals: int | None = None, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    y[:2] = 0, 1
    scores = 2 * rng.normal(size=n) + y
    return y, (scores if decimals is None else scores.round(decimals)).astype(dtype)


def sorted_by_radix(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    binned = radix.binned(scores, y)
    sweep.walked(binned, whole=True)
    bins = np.repeat(np.arange(radix.BINS), np.diff(binned.starts))
    return radix.score_of(binned.packed, bins, binned.dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_radix_sort_equals_numpys_for_every_special_value(dtype: type) -> None:
    rng = np.random.default_rng(0)
    wild = rng.integers(0, 2**32, 40_000, dtype=np.uint64) * 2**32 + rng.integers(0, 2**32, 40_000, dtype=np.uint64)
    bits = (wild >> np.uint64(32)).astype(np.uint32).view(np.float32) if dtype == np.float32 else wild.view(np.float64)
    with np.errstate(over="ignore"):
        scores = np.concatenate([bits[~np.isnan(bits)], np.array(SPECIAL * 3, dtype=dtype)]).astype(dtype)
    rng.shuffle(scores)
    y = rng.integers(0, 2, scores.size)
    np.testing.assert_array_equal(sorted_by_radix(scores, y), np.sort(scores))


@pytest.mark.parametrize("shared", [20, 40, 51])
def test_values_that_agree_in_their_leading_bits_are_sorted_by_the_rest(shared: int) -> None:
    rng = np.random.default_rng(1)
    scores = 1 + rng.integers(0, 2 ** (52 - shared), 5000) * 2.0**-52
    scores[::2] += rng.integers(0, 2, 2500) * 0.001
    y = rng.integers(0, 2, 5000)
    np.testing.assert_array_equal(sorted_by_radix(scores, y), np.sort(scores))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_radix_sort_of_any_floats(data: st.DataObject) -> None:
    width = data.draw(st.sampled_from([32, 64]))
    scores = data.draw(
        hnp.arrays(f"f{width // 8}", st.integers(0, 80), elements=st.floats(width=width, allow_nan=False))
    )
    y = np.arange(scores.size) % 2
    np.testing.assert_array_equal(sorted_by_radix(scores, y), np.sort(scores))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("decimals", [0, 1, None])
@pytest.mark.parametrize("n", [2, 11, 300, 40_000])
def test_areas_and_curves_equal_scikit_learns(n: int, decimals: int | None, dtype: type) -> None:
    y, scores = rows(n, n, decimals, dtype)
    for weight in (None, np.random.default_rng(n).random(n)):
        given_weight = {} if weight is None else {"sample_weight": weight}
        assert metrics.roc_auc(y, scores, weight) == pytest.approx(
            sk.roc_auc_score(y, scores, **given_weight), abs=1e-12
        )
        assert metrics.average_precision(y, scores, weight) == pytest.approx(
            sk.average_precision_score(y, scores, **given_weight), abs=1e-12
        )
        fpr, tpr, thresholds = sk.roc_curve(y, scores, drop_intermediate=False, **given_weight)
        mine = metrics.roc(y, scores, weight)
        np.testing.assert_allclose(np.stack(mine[:2]), np.stack([fpr, tpr]), atol=1e-12)
        np.testing.assert_array_equal(mine.thresholds, thresholds)
        assert metrics.ks(y, scores, weight) == pytest.approx(np.abs(tpr - fpr).max(), abs=1e-12)
        precision, recall, thresholds = sk.precision_recall_curve(y, scores, **given_weight)
        theirs = metrics.precision_recall(y, scores, weight)
        np.testing.assert_allclose(theirs.precision, precision, atol=1e-12)
        np.testing.assert_allclose(theirs.recall, recall, atol=1e-12)
        np.testing.assert_array_equal(theirs.thresholds, thresholds)
        for limit in (0.05, 0.4):
            assert metrics.partial_auc(y, scores, weight, max_fpr=limit, standardised=True) == pytest.approx(
                sk.roc_auc_score(y, scores, max_fpr=limit, **given_weight), abs=1e-9
            )


def test_two_way_partial_area_is_the_region_under_the_curve() -> None:
    y, scores = rows(500, 3)
    fpr, tpr, _ = metrics.roc(y, scores)
    x = np.linspace(0, 0.6, 200_001)
    region = np.clip(np.interp(x, fpr, tpr) - 0.3, 0, None).mean() * 0.6
    assert metrics.partial_auc(y, scores, max_fpr=0.6, min_tpr=0.3) == pytest.approx(region, abs=2e-3)
    assert metrics.partial_auc(y, scores) == pytest.approx(metrics.roc_auc(y, scores), abs=1e-12)


def test_corners_describe_the_same_curve() -> None:
    y, scores = rows(2000, 5, 2)
    every, few = metrics.roc(y, scores), metrics.roc(y, scores, corners=True)
    assert few.fpr.size < every.fpr.size
    assert np.trapezoid(few.tpr, few.fpr) == pytest.approx(np.trapezoid(every.tpr, every.fpr), abs=1e-12)


@pytest.mark.parametrize("classes", [3, 5])
@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_several_classes_equal_scikit_learns(classes: int, average: str) -> None:
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, 600)
    p = rng.random((600, classes)).round(2) + 0.01 + np.eye(classes)[y] * 0.3
    p /= p.sum(axis=1, keepdims=True)
    rest = metrics.roc_auc(y, p, average=average)  # type: ignore[arg-type]
    pairs = metrics.roc_auc(y, p, classes="pairs", average=average)  # type: ignore[arg-type]
    assert rest == pytest.approx(sk.roc_auc_score(y, p, multi_class="ovr", average=average), abs=1e-12)
    assert pairs == pytest.approx(sk.roc_auc_score(y, p, multi_class="ovo", average=average), abs=1e-12)
    assert metrics.average_precision(y, p, average=average) == pytest.approx(  # type: ignore[arg-type]
        sk.average_precision_score(np.eye(classes)[y], p, average=average), abs=1e-12
    )


def test_all_tied_and_single_class() -> None:
    y, tied = np.array([0, 1, 0, 1, 1]), np.full(5, 0.3)
    assert metrics.roc_auc(y, tied) == 0.5
    assert metrics.average_precision(y, tied) == 0.6
    assert metrics.ks(y, tied) == 0.0
    assert metrics.h_measure(y, tied) == pytest.approx(0.0, abs=1e-12)
    for only in (0, 1):
        same = np.full(5, only)
        assert np.isnan(metrics.roc_auc(same, np.arange(5.0)))
        assert np.isnan(metrics.ks(same, np.arange(5.0)))
        assert np.isnan(metrics.h_measure(same, np.arange(5.0)))
        assert np.isnan(metrics.partial_auc(same, np.arange(5.0), max_fpr=0.5))
    assert np.isnan(metrics.average_precision(np.zeros(5, int), np.arange(5.0)))
    assert metrics.average_precision(np.ones(5, int), np.arange(5.0)) == 1.0
    assert np.isnan(metrics.roc_auc(np.empty(0, int), np.empty(0)))


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.int64, st.integers(2, 60), elements=st.integers(-6, 6)),
    st.randoms(use_true_random=False),
    st.sampled_from([lambda s: 3 * s + 1, np.exp, np.arctan, lambda s: s**3, lambda s: s.astype(np.float32)]),
)
def test_monotone_transforms_change_no_ranking_measure(whole: np.ndarray, random: object, transform: object) -> None:
    scores = whole / 2
    y = np.array([random.randint(0, 1) for _ in scores])  # type: ignore[attr-defined]
    changed = transform(scores)  # type: ignore[operator]
    for measure in (metrics.roc_auc, metrics.average_precision, metrics.ks, metrics.h_measure):
        np.testing.assert_allclose(measure(y, scores), measure(y, changed), rtol=1e-12)


def test_turning_scores_round_mirrors_the_area() -> None:
    y, scores = rows(5000, 8, 1)
    assert metrics.roc_auc(y, -scores) == pytest.approx(1 - metrics.roc_auc(y, scores), abs=1e-14)
    assert metrics.roc_auc(1 - y, scores) == pytest.approx(1 - metrics.roc_auc(y, scores), abs=1e-14)


def test_whole_weights_are_repeated_rows() -> None:
    y, scores = rows(400, 9, 1)
    times = np.random.default_rng(1).integers(0, 4, 400)
    for measure in (metrics.roc_auc, metrics.average_precision, metrics.ks, metrics.h_measure):
        assert measure(y, scores, times.astype(float)) == pytest.approx(
            measure(np.repeat(y, times), np.repeat(scores, times)), abs=1e-12
        )


def test_h_measure_is_the_least_cost_over_the_distribution_of_costs() -> None:
    from scipy.stats import beta

    y, scores = rows(300, 4, 1)
    fpr, tpr, _ = metrics.roc(y, scores)
    share = y.mean()
    cost = (np.arange(20_000) + 0.5) / 20_000
    for severity, (a, b) in (((2.0, 2.0), (2, 2)), ("prevalence", (1 + share, 2 - share))):
        each = cost[:, None] * (1 - share) * fpr + (1 - cost[:, None]) * share * (1 - tpr)
        constant = np.minimum(cost * (1 - share), (1 - cost) * share)
        u = beta.pdf(cost, a, b)
        expected = 1 - (each.min(axis=1) * u).sum() / (constant * u).sum()
        assert metrics.h_measure(y, scores, severity=severity) == pytest.approx(expected, abs=1e-6)  # type: ignore[arg-type]


def test_cost_curve_is_the_lower_envelope_of_all_cuts() -> None:
    y, scores = rows(200, 2, 1)
    fpr, tpr, _ = metrics.roc(y, scores)
    curve = metrics.cost_curve(y, scores)
    at = np.linspace(0, 1, 301)
    envelope = ((1 - tpr)[:, None] * at + fpr[:, None] * (1 - at)).min(axis=0)
    np.testing.assert_allclose(np.interp(at, *curve), envelope, atol=1e-12)


def test_area_of_the_brier_curve_is_the_brier_score() -> None:
    y, scores = rows(500, 6)
    p = 1 / (1 + np.exp(-scores))
    assert metrics.brier_curve(y, p, points=20_001).loss.mean() == pytest.approx(sk.brier_score_loss(y, p), abs=1e-4)
    with pytest.raises(InputError, match="expected probabilities"):
        metrics.brier_curve(y, scores)


def test_gain_and_lift() -> None:
    y, scores = rows(1000, 7)
    found, lift = metrics.gain(y, scores), metrics.lift(y, scores)
    top = np.argsort(-scores)[:100]
    assert np.interp(0.1, found.taken, found.found) == pytest.approx(y[top].sum() / y.sum())
    assert np.interp(0.1, lift.taken, lift.lift) == pytest.approx(y[top].mean() / y.mean())


@pytest.mark.parametrize("weight", [None, np.ones(5)])
@pytest.mark.parametrize(
    ("y", "scores", "message"),
    [
        ([0, 1, 0, 1, 1], [0.0, np.nan, 1, 2, np.nan], "NaN|nan at row 1"),
        ([0, 1, 3, 1, 1], [0.0, 1, 1, 2, 3], "got 3 at row 2"),
        ([0, 1, 0.5, 1, 1], [0.0, 1, 1, 2, 3], "got 0.5 at row 2"),
        ([0, 1, 1], [0.0, 1, 1, 2, 3], "expected one score"),
    ],
)
def test_faults_are_named_with_their_row(y: list, scores: list, message: str, weight: np.ndarray | None) -> None:
    with pytest.raises(InputError, match=message):
        metrics.roc_auc(np.array(y), np.array(scores), weight)


def test_read_only_strided_and_foreign_arrays_give_the_same() -> None:
    y, scores = rows(3000, 1)
    expected = metrics.roc_auc(y, scores)
    for variant in (scores.astype(">f8"), np.repeat(scores, 2)[::2], scores.astype(object).astype(float)):
        variant.flags.writeable = False
        for labels in (y.astype(bool), y.astype(np.int8), y.astype(float), np.repeat(y, 2)[::2]):
            labels.flags.writeable = False
            assert metrics.roc_auc(labels, variant) == expected


def test_threads_do_not_change_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    y, scores = rows(400_000, 12)
    two = metrics.rank_sums(y, scores)
    monkeypatch.setattr(radix, "cores", lambda: 1)
    assert metrics.rank_sums(y, scores) == two

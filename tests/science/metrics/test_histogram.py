"""The score histogram: certified bounds, a monoid, bins that keep the order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cutaway.core.errors import InputError
from cutaway.science import metrics
from cutaway.science.metrics import ScoreHistogram, Steps, binning

close = st.floats(-2e-4, 2e-4)
wide = st.floats(-1e6, 1e6) | st.sampled_from([np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e308])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_bounds_always_contain_the_exact_value(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 60))
    scores = data.draw(hnp.arrays(float, n, elements=data.draw(st.sampled_from([close, wide, close | wide]))))
    y = data.draw(hnp.arrays(np.int64, n, elements=st.integers(0, 1)))
    weight = data.draw(st.none() | hnp.arrays(float, n, elements=st.sampled_from([0.0, 0.25, 1.0, 3.7])))
    histogram = ScoreHistogram.of(scores, y, weight)
    for (low, high), exact in (
        (histogram.auc_bounds(), metrics.roc_auc(y, scores, weight)),
        (histogram.ap_bounds(), metrics.average_precision(y, scores, weight)),
    ):
        if np.isnan(exact):
            assert np.isnan(low) and np.isnan(high)
        else:
            assert low - 1e-15 <= exact <= high + 1e-15


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(float, st.integers(2, 200), elements=wide | close))
def test_bins_keep_the_order_and_mirror(scores: np.ndarray) -> None:
    places = np.array([binning.bin_of(s) for s in np.sort(scores)])
    assert (np.diff(places) >= 0).all()
    for s in scores:
        one = ScoreHistogram.of(np.array([s, s], dtype=float), np.array([0, 1])).counts
        assert one[0].argmax() == one[1].argmax() == binning.bin_of(s)
        if s != 0:
            assert binning.bin_of(-s) == binning.BINS - 1 - binning.bin_of(s)


def test_neighbouring_floats_never_change_places() -> None:
    edges = ScoreHistogram.edges()[1:-1]
    around = np.sort(np.concatenate([np.nextafter(edges, -np.inf), edges, np.nextafter(edges, np.inf)]))
    places = np.array([binning.bin_of(float(s)) for s in around])
    assert (np.diff(places) >= 0).all()
    lower, upper = ScoreHistogram.edges()[places], ScoreHistogram.edges()[places + 1]
    inside = (lower <= around) & (around <= upper)
    assert (np.minimum(np.abs(around - lower), np.abs(around - upper))[~inside] < 1e-12 * np.abs(around[~inside])).all()


def test_one_score_has_one_bin_in_either_precision() -> None:
    scores = np.random.default_rng(0).normal(0, 20, 50_000).astype(np.float32)
    y = np.arange(50_000) % 2
    one, other = ScoreHistogram.of(scores, y), ScoreHistogram.of(scores.astype(float), y)
    np.testing.assert_array_equal(one.counts, other.counts)


def test_edges_are_symmetric_about_an_exact_zero() -> None:
    edges = ScoreHistogram.edges()
    assert edges[binning.BINS // 2] == 0 and edges[0] == -np.inf and edges[-1] == np.inf
    np.testing.assert_array_equal(edges, -edges[::-1])
    assert (np.diff(edges) > 0).all()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_monoid(data: st.DataObject) -> None:
    parts = []
    for _ in range(3):
        n = data.draw(st.integers(0, 30))
        parts.append(
            (
                data.draw(hnp.arrays(float, n, elements=wide)),
                data.draw(hnp.arrays(np.int64, n, elements=st.integers(0, 1))),
                data.draw(hnp.arrays(float, n, elements=st.sampled_from([0.5, 1.0, 2.0]))),
            )
        )
    a, b, c = (ScoreHistogram.of(*part) for part in parts)
    whole = ScoreHistogram.of(*(np.concatenate(x) for x in zip(*parts, strict=True)))
    for other in ((a + b) + c, a + (b + c), ScoreHistogram.zero() + a + b + c):
        np.testing.assert_array_equal(whole.counts, other.counts)
        assert (whole.squares, whole.rows) == (other.squares, other.rows)


def test_bounds_are_close_and_exact_where_each_row_has_its_bin() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(200_000) < 0.05).astype(np.uint8)
    scores = (rng.normal(-3, 1.5, y.size) + y).astype(np.float32)
    histogram = ScoreHistogram.of(scores, y)
    for low, high in (histogram.auc_bounds(), histogram.ap_bounds()):
        assert 0 < high - low < 0.002
    few = ScoreHistogram.of(np.arange(50.0) / 3, np.arange(50) % 3 == 0)
    assert np.diff(few.ap_bounds())[0] < 1e-11
    assert few.ap == pytest.approx(metrics.average_precision(np.arange(50) % 3 == 0, np.arange(50.0)), abs=1e-12)


def test_probabilities_are_binned_by_their_log_odds() -> None:
    p, y = np.array([0.0, 0.2, 0.5, 0.9, 1.0]), np.array([0, 0, 1, 1, 1])
    histogram = ScoreHistogram.from_probabilities(p, y)
    assert histogram.above(0.0) == (0.0, 3.0)
    assert histogram.counts[0, 0] == 1 and histogram.counts[1, -1] == 1
    for bad in (-0.1, 1.1, np.nan):
        with pytest.raises(InputError, match="at row 2"):
            ScoreHistogram.from_probabilities(np.array([0.1, 0.2, bad]), np.zeros(3))


def test_faults_are_named_with_their_row() -> None:
    scores, y = np.zeros(70_000), np.zeros(70_000)
    for change, name in (((scores, np.nan), "scores"), ((y, 2), "y"), ((y, -1), "y"), ((y, 0.5), "y")):
        array, value = change
        kept, array[66_001] = array[66_001], value
        for labels in (y, y.astype(np.int64) if float(value).is_integer() else y):
            with pytest.raises(InputError, match=f"^{name}: .* at row 66001"):
                ScoreHistogram.of(scores, labels)
            with pytest.raises(InputError, match=f"^{name}: .* at row 66001"):
                ScoreHistogram.of(scores, labels, np.ones(70_000))
        array[66_001] = kept
    with pytest.raises(InputError, match=r"^weight: .* at row 3"):
        ScoreHistogram.of(scores[:9], y[:9], np.array([1.0, 1, 1, -1, 1, 1, 1, 1, 1]))
    with pytest.raises(InputError, match="expected one score"):
        ScoreHistogram.of(scores, y[:-1])


def test_threads_and_layouts_change_nothing() -> None:
    rng = np.random.default_rng(0)
    y, scores = rng.integers(0, 2, 600_000), rng.normal(size=600_000).round(2)
    base = ScoreHistogram.of(scores, y)
    fixed, fixed_y = scores.copy(), y.copy()
    fixed.flags.writeable = fixed_y.flags.writeable = False
    for other in (
        ScoreHistogram.of(fixed, fixed_y),
        ScoreHistogram.of(scores.astype(">f8"), y.astype(float)),
        ScoreHistogram.of(np.repeat(scores, 2)[::2], y.astype(np.int32)),
        ScoreHistogram.of(fixed, y == 1, np.ones(y.size)),
    ):
        np.testing.assert_array_equal(other.counts, base.counts)
        assert other.unit and base.unit


def test_steps_of_a_histogram_give_its_curve() -> None:
    rng = np.random.default_rng(0)
    y, scores = rng.integers(0, 2, 500), rng.normal(size=500).round(1)
    steps, exact = Steps.of_histogram(ScoreHistogram.of(scores, y)), Steps.of(y, scores)
    np.testing.assert_array_equal(steps.tp, exact.tp)
    np.testing.assert_array_equal(steps.fp, exact.fp)

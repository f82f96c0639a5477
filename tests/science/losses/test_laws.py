"""What every loss obeys, on NumPy arrays; no public loss is left out."""

from __future__ import annotations

import inspect
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway import losses
from cutaway.core.errors import InputError
from tests.science.losses.laws import ROWS, Row

ALL = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())


def test_no_public_loss_is_without_its_laws() -> None:
    public = {name: getattr(losses, name) for name in losses.__all__}
    reducing = {
        name
        for name, value in public.items()
        if inspect.isfunction(value) and {"y", "reduction"} <= set(inspect.signature(value).parameters)
    }
    assert get_args(losses.Reduction) == losses.REDUCTIONS
    assert reducing - {"focal_value_and_gradient"} == set(ROWS)  # its laws: equal to focal, in test_focal_sum.py


@ALL
@given(seed=st.integers(0, 99), n=st.integers(1, 40), soft=st.booleans())
def test_permutation_scale_and_split(row: Row, seed: int, n: int, soft: bool) -> None:
    scores, y = row.input(n, seed, soft)
    rng = np.random.default_rng(seed)
    weight, order, cut = rng.random(n), rng.permutation(n), n // 2
    total = row.loss(scores, y, weight=weight, reduction="sum")
    assert row.loss(scores[order], y[order], weight=weight[order], reduction="sum") == pytest.approx(total)
    assert row.loss(scores, y, weight=3 * weight, reduction="sum") == pytest.approx(3 * total)
    halves = [row.loss(scores[part], y[part], weight=weight[part], reduction="sum") for part in np.split(order, [cut])]
    assert sum(halves) == pytest.approx(total)
    assert total >= 0


@ALL
def test_reductions_are_what_they_say(row: Row) -> None:
    scores, y = row.input(50)
    rng = np.random.default_rng(1)
    weight, mask = rng.random(50), rng.random(50) < 0.6
    each_class = rng.random(max(row.classes, 2)) + 0.5
    settings = {"weight": weight, "mask": mask, **row.weights(each_class)}
    each = row.loss(scores, y, reduction="none", **settings)
    assert each.shape == (50,)
    assert (each[~mask] == 0).all()
    by_label = each_class[y.astype(int)]
    expected = {
        "sum": each.sum(),
        "mean": each.sum() / 50,
        "mean over mask": each.sum() / mask.sum(),
        "weighted mean": each.sum() / (weight * by_label)[mask].sum(),
    }
    if row.classes == 1:
        expected["mean over positives"] = each.sum() / y[mask].sum()
    for reduction, value in expected.items():
        assert row.loss(scores, y, reduction=reduction, **settings) == pytest.approx(value, rel=1e-12), reduction
    assert {"none", *expected} == set(losses.REDUCTIONS) - ({"mean over positives"} if row.classes > 1 else set())
    assert row.loss(scores, y) == row.loss(scores, y, reduction="mean over mask")


@ALL
def test_neutral_settings_change_nothing(row: Row) -> None:
    scores, y = row.input(30)
    plain = row.loss(scores, y)
    for neutral in ({"smoothing": 0.0}, {"mask": np.ones(30)}, {"weight": np.ones(30)}, row.weights()):
        assert row.loss(scores, y, **neutral) == plain
    assert row.loss(scores, y, reduction="weighted mean", **row.weights(7.0)) == pytest.approx(plain, rel=1e-14)
    if row.same_as is not None:
        for soft in (False, True):
            scores, y = row.input(30, soft=soft)
            expected = row.same_as(scores, y, reduction="none", smoothing=0.1)
            np.testing.assert_array_equal(row.loss(scores, y, reduction="none", smoothing=0.1, **row.neutral), expected)


@ALL
def test_soft_labels_are_the_mean_over_hard_ones(row: Row) -> None:
    scores, y = row.input(20, soft=True)
    classes = max(row.classes, 2)
    shares = np.stack([1 - y, y], 1) if row.classes == 1 else y
    hard = [row.loss(scores, np.full(20, float(k)), reduction="none") for k in range(classes)]
    np.testing.assert_allclose(row.loss(scores, y, reduction="none"), sum(shares.T * np.array(hard)), rtol=1e-12)
    label = np.arange(20) % classes
    smoothed = row.loss(scores, label, smoothing=0.2, reduction="none")
    expected = 0.8 * row.loss(scores, label, reduction="none") + 0.2 * np.mean(hard, 0)
    np.testing.assert_allclose(smoothed, expected, rtol=1e-12)


@ALL
def test_weights_by_sample_or_by_class_are_the_same_without_smoothing(row: Row) -> None:
    scores, y = row.input(40)
    each = np.array([0.5, 3.0, 2.0, 1.5])[: max(row.classes, 2)]
    by_sample = row.loss(scores, y, weight=each[y.astype(int)], reduction="none")
    np.testing.assert_allclose(row.loss(scores, y, reduction="none", **row.weights(each)), by_sample, rtol=1e-14)


@ALL
def test_what_the_mask_leaves_out_may_be_anything(row: Row) -> None:
    scores, y = row.input(12)
    wild, odd = scores.copy(), y.astype(float)
    wild[:4], odd[:4] = np.nan, -100
    mask = np.arange(12) >= 4
    expected = row.loss(scores[4:], y[4:])
    assert row.loss(wild, odd, mask=mask, reduction="mean over mask") == pytest.approx(expected, rel=1e-14)
    assert row.loss(wild, odd, mask=mask, reduction="mean") == pytest.approx(expected * 8 / 12, rel=1e-14)


@ALL
def test_empty_batches_single_classes_and_nan(row: Row) -> None:
    scores, y = row.input(6)
    none = row.loss(scores[:0], y[:0], reduction="none")
    assert none.shape == (0,)
    assert row.loss(scores[:0], y[:0], reduction="sum") == 0
    for reduction in ("mean", "mean over mask", "weighted mean"):
        assert np.isnan(row.loss(scores[:0], y[:0], reduction=reduction))
        if reduction != "mean":
            assert np.isnan(row.loss(scores, y, mask=np.zeros(6), reduction=reduction))
    assert np.isfinite(row.loss(scores, np.zeros_like(y)))
    if row.classes == 1:
        assert row.loss(scores, 0 * y, reduction="mean over positives") == row.loss(scores, 0 * y, reduction="sum")
    scores[2] = np.nan
    each = row.loss(scores, y, reduction="none")
    assert np.isnan(each[2])
    assert np.isfinite(np.delete(each, 2)).all()


@ALL
def test_shapes_dtypes_and_trailing_axes(row: Row) -> None:
    scores, y = row.input(6)
    if row.classes == 1:
        expected = row.loss(scores.reshape(2, 3), y.reshape(2, 3), weight=np.array([1.0, 2.0]))
        assert expected == pytest.approx(row.loss(scores, y, weight=np.repeat([1.0, 2.0], 3)))
        assert row.loss(scores[:, None], y) == row.loss(scores, y[:, None]) == row.loss(scores, y)
    else:
        image = scores.T.reshape(1, row.classes, 2, 3)
        assert row.loss(image, y.reshape(1, 2, 3), axis=1) == pytest.approx(row.loss(scores, y))
        hot = np.eye(row.classes)[y]
        assert row.loss(scores, hot) == row.loss(scores, y) == row.loss(scores, y[:, None])
        assert row.loss(image, hot.T.reshape(1, row.classes, 2, 3), axis=1) == pytest.approx(row.loss(scores, y))
    assert row.loss(scores.astype(np.float32), y).dtype == np.float32
    assert row.loss(scores.astype(np.float16), y, reduction="none").dtype == np.float16
    assert row.loss(scores.tolist(), y.tolist()) == row.loss(scores, y)


@ALL
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(5)}, r"y: \w+ expected .* got \(5,\)"),
        (
            {"y": np.array([0, 1, 0, 1, 0, 7])},
            r"y: \w+ expected .* got 7 at (row|element) 5; leave rows out with mask=",
        ),
        ({"y": np.array([0, 1, 0, 1, 0, np.nan])}, r"got nan at (row|element) 5"),
        ({"weight": np.ones(5)}, r"weight: \w+ expected one value a row, shape \(6,\) or its first axes, got \(5,\)"),
        ({"weight": -np.ones(6)}, r"weight: \w+ expected weights of 0 or more, got -1"),
        ({"mask": np.ones((6, 2))}, r"mask: \w+ expected one value a row"),
        ({"smoothing": 1.5}, r"smoothing: \w+ expected a share between 0 and 1, got 1.5"),
        ({"reduction": "average"}, r"reduction: \w+ expected one of none, sum, mean, .*got 'average'"),
    ],
)
def test_what_cannot_be_used_is_refused(row: Row, change: dict[str, Any], message: str) -> None:
    scores, y = row.input(6)
    with pytest.raises(InputError, match=message):
        row.loss(**{"y": y, **change, next(iter(inspect.signature(row.loss).parameters)): scores})


def test_what_single_losses_refuse() -> None:
    z, y = ROWS["focal"].input(4)
    many, label = ROWS["categorical"].input(4)
    for wrong, message in (
        ({"gamma": -1.0}, "gamma: focal expected a finite number of 0 or more, got -1"),
        ({"gamma": np.inf}, "gamma"),
        ({"alpha": 2.0}, "alpha: focal expected a share between 0 and 1, got 2.0"),
        ({"soft": "hard"}, "soft: focal expected one of expected, blended, quality, got 'hard'"),
        (
            {"class_weight": [1.0, 2.0, 3.0]},
            r"class_weight: focal expected one weight a class, shape \(2,\), got \(3,\)",
        ),
    ):
        with pytest.raises(InputError, match=message):
            losses.focal(z, y, **wrong)
    with pytest.raises(
        InputError, match="reduction: categorical expected one of none, sum, mean, mean over mask, weig"
    ):
        losses.categorical(many, label, reduction="mean over positives")
    with pytest.raises(InputError, match=r"eps: log_loss_of_p expected 0 ≤ eps < 0.5, got 0.5"):
        losses.log_loss_of_p(z, y, eps=0.5)
    with pytest.raises(InputError, match=r"for one score a row use losses.log_loss"):
        losses.categorical(np.float64(3), np.float64(0))

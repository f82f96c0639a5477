"""What holds where a step runs without compiling; `test_keras_backends.py` names the backends where that is quick."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from sklearn import metrics as sk

from cutaway import metrics
from cutaway.core.errors import InputError
from cutaway.frameworks.keras import Confusion

ANIMALS = ("cat", "dog", "owl")


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    y = rng.choice(3, 1000, p=[0.7, 0.25, 0.05])
    x = rng.normal(size=(1000, 3)).astype("float32")
    x[np.arange(1000), y] += 1.2
    return x, y, rng.random(1000).astype("float32")


def test_the_mean_over_batches_is_another_number(data: Any) -> None:
    x, y, _ = data
    pred = x.argmax(1)
    metric = Confusion(ANIMALS, "f1")
    batches = []
    for start in range(0, 1000, 20):
        rows = slice(start, start + 20)
        metric.update_state(y[rows], x[rows])
        batches.append(sk.f1_score(y[rows] == 2, pred[rows] == 2, zero_division=0))
    right = sk.f1_score(y == 2, pred == 2)
    assert float(metric.result()["f1_owl"]) == pytest.approx(right, abs=1e-6)
    assert abs(np.mean(batches) - right) > 0.02


def test_logits_probabilities_sparse_and_one_hot_targets_agree(data: Any) -> None:
    x, y, weight = data
    truth = (y == 1).astype(int)
    z = x[:, :1]
    p = np.asarray(1 / (1 + np.exp(-z)))
    expected = metrics.counts(truth, (z[:, 0] >= 0).astype(int), weight).matrix
    for target in (truth, truth[:, None], np.eye(2)[truth], truth.astype("float32"), truth.astype(bool)):
        for scores, told in (
            (z, True),
            (p, False),
            (z[:, 0], True),
            (np.hstack([1 - p, p]), False),
            (z.astype("float16"), True),
        ):
            metric = Confusion(2, from_logits=told)
            metric.update_state(target, scores, sample_weight=weight)
            np.testing.assert_allclose(metric.counts().matrix, expected, rtol=1e-6)
    cut = Confusion(2, from_logits=True, threshold=0.8)
    cut.update_state(truth, z)
    told = Confusion(2, from_logits=False, threshold=0.8)
    told.update_state(truth, p)
    np.testing.assert_array_equal(cut.counts().matrix, told.counts().matrix)
    assert cut.counts().fp < expected[0, 1] * 1000


def test_doubt_is_refused(data: Any) -> None:
    x, y, _ = data
    truth = (y == 1).astype(int)
    with pytest.raises(InputError, match="from_logits"):
        Confusion(2).update_state(truth, x[:, 0])
    bad: list[tuple[Any, Any, Any, str]] = [
        (Confusion(2, from_logits=False), truth, x[:, 0], r"outside \[0, 1\].*pass from_logits=True"),
        (Confusion(3), y + 1, x, "expected labels 0 … 2"),
        (Confusion(3), np.eye(3)[y] * 0.9, x, "one-hot rows of 0 and 1"),
        (Confusion(3), y, np.where(x > 1, np.nan, x), "got NaN"),
        (Confusion(4), y, x, r"expected 4 classes along axis -1, got shape \(1000, 3\)"),
        (Confusion(3), y[:-1], x, r"expected labels of shape \(1000,\)"),
    ]
    for metric, target, scores, message in bad:
        with pytest.raises(InputError, match=message):
            metric.update_state(target, scores)
        assert metric.counts().weight == 0, "a refused batch leaves nothing behind"
    with pytest.warns(UserWarning, match="as probabilities do"):
        Confusion(2, from_logits=True).update_state(truth, np.full(1000, 0.3))
    with pytest.raises(InputError, match="got the output of a sigmoid or softmax; pass from_logits=False"):
        Confusion(2, from_logits=True).update_state(truth, keras.activations.sigmoid(keras.ops.array(x[:, 0])))
    with pytest.raises(InputError, match="weights of 0 or more"):
        Confusion(3).update_state(y, x, sample_weight=-np.ones(1000))


def test_images_and_weights_with_fewer_axes() -> None:
    rng = np.random.default_rng(4)
    y, scores, weight = rng.integers(0, 4, (5, 8, 8)), rng.normal(size=(5, 8, 8, 4)), rng.random(5)
    expected = metrics.counts(y.ravel(), scores.argmax(-1).ravel(), np.repeat(weight, 64), labels=range(4))
    for target in (y, y[..., None], np.eye(4)[y]):
        metric = Confusion(4)
        metric.update_state(target, scores, sample_weight=weight)
        np.testing.assert_allclose(metric.counts().matrix, expected.matrix, rtol=1e-6)
        np.testing.assert_allclose(metric.counts().squares, expected.squares, rtol=1e-6)
    first = Confusion(4, axis=1)
    first.update_state(y, np.moveaxis(scores, -1, 1))
    assert first.counts().weight == 5 * 64


def test_a_train_step_of_ones_own_uses_it(data: Any) -> None:
    x, y, _ = data
    metric = Confusion(ANIMALS)
    for start in range(0, 1000, 100):
        metric.update_state(y[start : start + 100], x[start : start + 100])
    assert metric.counts().labels == ANIMALS
    assert metrics.recall.interval(metric.counts(), average="macro").low > 0.4
    metric.reset_state()
    assert metric.counts().weight == 0
    assert all(math.isnan(float(value)) for value in metric.result().values())
    assert float(Confusion(ANIMALS, "recall", undefined=0.0).result()["recall_cat"]) == 0.0


def test_masks_given_and_labels_left_out(data: Any) -> None:
    x, y, _ = data
    there = np.arange(1000) % 3 != 0
    expected = metrics.counts(y[there], x[there].argmax(1), labels=range(3)).matrix
    ignoring, masked = Confusion(3, ignore=-1), Confusion(3)
    ignoring.update_state(np.where(there, y, -1), x)
    masked.update_state(np.where(there, y, 99), x, mask=there)
    np.testing.assert_array_equal(ignoring.counts().matrix, expected)
    np.testing.assert_array_equal(masked.counts().matrix, expected)

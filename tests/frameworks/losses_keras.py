"""What holds of the Keras losses on every backend; `test_keras_backends.py` runs this file once on each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cutaway import losses
from cutaway.core.errors import InputError
from cutaway.frameworks.keras import as_loss


def rows(classes: int, n: int = 48) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(n, 4)).astype("float32")
    return x, rng.integers(0, classes, n), rng.random(n).astype("float32")


def model(units: int) -> keras.Model:
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])


CASES: list[tuple[int, Any, Any]] = [
    (1, as_loss(losses.log_loss), keras.losses.BinaryCrossentropy(from_logits=True)),
    (1, as_loss(losses.log_loss, smoothing=0.1), keras.losses.BinaryCrossentropy(True, label_smoothing=0.1)),
    (
        1,
        as_loss(losses.focal, gamma=2, alpha=0.25),
        keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, from_logits=True),
    ),
    (
        1,
        as_loss(losses.focal, gamma=2, alpha=0.25, smoothing=0.2, soft="blended"),
        keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, from_logits=True, label_smoothing=0.2),
    ),
    (3, as_loss(losses.categorical), keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
]


@pytest.mark.parametrize(("units", "mine", "theirs"), CASES, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("weighted", [False, True])
def test_training_is_that_of_kerass_own_loss(units: int, mine: Any, theirs: Any, weighted: bool) -> None:
    """Compiled steps from the same start with the same batches end at the same parameters."""
    x, y, weight = rows(max(units, 2))
    ends = []
    for loss in (mine, theirs):
        net = model(units)
        net.compile(keras.optimizers.SGD(0.5), loss)
        extra = {"sample_weight": weight} if weighted else {"class_weight": {0: 1.0, 1: 3.0, 2: 2.0}}
        logs = net.fit(x, y, batch_size=16, epochs=2, verbose=0, shuffle=False, **extra).history
        ends.append((logs["loss"], net.get_weights()))
    np.testing.assert_allclose(ends[0][0], ends[1][0], rtol=2e-5)
    for a, b in zip(ends[0][1], ends[1][1], strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)


def test_categorical_focal_of_one_hot_labels() -> None:
    x, y, _ = rows(3)
    hot = np.eye(3, dtype="float32")[y]
    theirs = keras.losses.CategoricalFocalCrossentropy(alpha=[0.2, 0.5, 0.3], from_logits=True)(hot, x[:, :3])
    for labels in (hot, y):
        mine = as_loss(losses.focal_categorical, alpha=[0.2, 0.5, 0.3])(labels, x[:, :3])
        assert float(mine) == pytest.approx(float(theirs), rel=1e-5)


def test_a_saved_model_computes_the_same_loss(tmp_path: Path) -> None:
    x, y, weight = rows(2)
    net = model(1)
    net.compile("sgd", as_loss(losses.focal, gamma=1.5, class_weight=np.array([1.0, 4.0]), reduction="weighted mean"))
    before = net.evaluate(x, y, sample_weight=weight, batch_size=48, verbose=0)
    net.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert again.evaluate(x, y, sample_weight=weight, batch_size=48, verbose=0) == pytest.approx(before, rel=1e-6)
    expected = losses.focal(
        net.predict(x, verbose=0), y, gamma=1.5, class_weight=[1.0, 4.0], weight=weight, reduction="weighted mean"
    )
    assert before == pytest.approx(float(expected), rel=1e-5)


def test_masks_of_the_output_are_heeded() -> None:
    tokens = np.array([[1, 2, 0, 0], [3, 1, 2, 0]])
    y = np.array([[0, 1, 2, 2], [1, 1, 0, 2]])
    ends = []
    for loss in (as_loss(losses.categorical), keras.losses.SparseCategoricalCrossentropy(from_logits=True)):
        keras.utils.set_random_seed(0)
        net = keras.Sequential([keras.Input((4,)), keras.layers.Embedding(5, 3, mask_zero=True)])
        net.compile("sgd", loss)
        ends.append(net.evaluate(tokens, y, verbose=0))
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)


def test_one_loss_a_row_and_what_is_refused() -> None:
    x, y, _ = rows(3)
    each = as_loss(losses.categorical).call(y, keras.ops.convert_to_tensor(x[:, :3]))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(each), losses.categorical(x[:, :3], y, reduction="none"), rtol=1e-5
    )
    with pytest.raises(InputError, match=r"function: as_loss expected a loss of cutaway\.losses"):
        as_loss(np.mean)

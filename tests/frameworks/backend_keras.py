"""What holds on every Keras backend; `test_keras.py` runs this file once on each, in a process of its own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn import metrics as sk

from cutaway import metrics
from cutaway.core.errors import InputError
from cutaway.frameworks.keras import Confusion
from cutaway.frameworks.keras_curves import EpochCurves

ANIMALS = ("cat", "dog", "owl")


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    y = rng.choice(3, 1000, p=[0.7, 0.25, 0.05])
    x = rng.normal(size=(1000, 3)).astype("float32")
    x[np.arange(1000), y] += 1.2
    return x, y, rng.random(1000).astype("float32")


def model(classes: int = 3, *, metrics: list[Any], weighted: list[Any] = (), **choices: Any) -> keras.Model:
    """One that puts out its input: logits of three classes, or of one column."""
    dense = keras.layers.Dense(classes, use_bias=False, kernel_initializer="identity" if classes == 3 else "ones")
    net = keras.Sequential([keras.Input((3,)), dense])
    loss = (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        if classes == 3
        else keras.losses.BinaryCrossentropy(from_logits=True)
    )
    net.compile(keras.optimizers.SGD(0.0), loss, metrics=metrics, weighted_metrics=weighted, **choices)
    return net


def logged(net: keras.Model, *args: Any, **choices: Any) -> dict[str, float]:
    return net.evaluate(*args, batch_size=125, verbose=0, return_dict=True, **choices)


def test_fit_and_evaluate_equal_scikit_learn_and_counts(data: Any) -> None:
    x, y, weight = data
    names = ("recall", "precision", "f1", "specificity", "accuracy", "balanced_accuracy", "matthews_correlation")
    rates = (*names, "cohen_kappa", "g_mean", "f2")
    net = model(
        metrics=[Confusion(ANIMALS, rates), Confusion(3, average="macro", name="plain")],
        weighted=[Confusion(ANIMALS, name="weighted"), Confusion(3, average="weighted", name="w")],
    )
    logs = net.fit(
        x, y, sample_weight=weight, batch_size=125, epochs=1, verbose=0, validation_data=(x, y, weight)
    ).history
    pred = x.argmax(1)
    counts = metrics.counts(y, pred, labels=range(3))
    for of in ("", "val_"):
        got = {name.removeprefix(of): values[-1] for name, values in logs.items() if name.startswith(of)}
        for score, w, prefix in ((sk.recall_score, None, ""), (sk.precision_score, weight, "weighted_")):
            expected = score(y, pred, average=None, sample_weight=w)
            name = "recall" if score is sk.recall_score else "precision"
            np.testing.assert_allclose([got[f"{prefix}{name}_{animal}"] for animal in ANIMALS], expected, atol=2e-6)
        assert got["plain_macro_f1"] == pytest.approx(sk.f1_score(y, pred, average="macro"), abs=1e-6)
        assert got["w_weighted_f1"] == pytest.approx(
            sk.f1_score(y, pred, average="weighted", sample_weight=weight), abs=2e-6
        )
        assert got["matthews_correlation"] == pytest.approx(sk.matthews_corrcoef(y, pred), abs=1e-6)
        assert got["cohen_kappa"] == pytest.approx(sk.cohen_kappa_score(y, pred), abs=1e-6)
        for name in ("recall", "precision", "f1", "specificity"):
            each = metrics.RATES[name].of(counts, average="each")
            np.testing.assert_allclose([got[f"{name}_{animal}"] for animal in ANIMALS], each, atol=1e-6)
        for name in ("accuracy", "balanced_accuracy", "g_mean"):
            assert got[name] == pytest.approx(metrics.RATES[name].of(counts), abs=1e-6)


def test_a_compiled_step_logs_the_same_as_the_host(data: Any) -> None:
    """Within the graph, the formulas run on tensors; what the host reads at the end of an epoch is in float64."""
    x, y, _ = data
    rates = (*metrics.RATES, "f0.5")
    for classes in (2, 3):
        metric = Confusion(classes, rates, from_logits=True)
        scores = x if classes == 3 else x[:, 1]
        truth = y if classes == 3 else (y == 1).astype(int)
        metric.update_state(truth, scores)
        traced = in_graph(metric)
        seen = {name: float(value) for name, value in metric.result().items()}
        assert traced.keys() == seen.keys()
        for name, value in seen.items():
            assert traced[name] == pytest.approx(value, rel=2e-5, abs=2e-6, nan_ok=True), name


def in_graph(metric: Confusion) -> dict[str, float]:
    """The result, computed by a compiled function of the backend."""
    values = [variable.value for variable in metric.variables]
    if keras.backend.backend() == "jax":
        import jax

        got = jax.jit(metric.stateless_result)(values)
    elif keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        got = tf.function(metric.result, jit_compile=True)()
    else:
        from cutaway.frameworks import keras as ours

        held = ours._seen
        ours._seen = lambda tensor: None  # PyTorch's graphs are entered by torch.compile only, which needs a compiler
        try:
            got = metric.result()
        finally:
            ours._seen = held
    return {name: float(value) for name, value in got.items()}


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
        for scores, told in ((z, True), (p, False), (z[:, 0], True), (np.hstack([1 - p, p]), False)):
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
    with pytest.raises(InputError, match="weights of 0 or more"):
        Confusion(3).update_state(y, x, sample_weight=-np.ones(1000))


def test_fit_raises_what_a_graph_cannot(data: Any) -> None:
    x, y, _ = data
    net = model(1, metrics=[Confusion(2, from_logits=False)])
    with pytest.raises(InputError, match=r"outside \[0, 1\]"):
        net.fit(x, (y == 1).astype("float32"), verbose=0)


def test_masks_of_the_output_are_heeded() -> None:
    rng = np.random.default_rng(3)
    tokens = rng.integers(0, 5, (40, 6))
    y = rng.integers(0, 3, (40, 6))
    net = keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            keras.layers.Embedding(5, 4, mask_zero=True),
            keras.layers.Dense(3),
        ]
    )
    net.compile(
        keras.optimizers.SGD(0.0), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=[Confusion(3)]
    )
    net.evaluate(tokens, y, batch_size=8, verbose=0)
    metric = next(m for m in net.metrics[1].metrics if isinstance(m, Confusion))
    there = tokens != 0
    pred = net.predict(tokens, verbose=0).argmax(-1)
    expected = metrics.counts(y[there], pred[there], labels=range(3)).matrix
    np.testing.assert_array_equal(metric.counts().matrix, expected)
    left_out = Confusion(3, ignore=-1)
    left_out.update_state(np.where(there, y, -1), np.eye(3)[pred])
    np.testing.assert_array_equal(left_out.counts().matrix, expected)
    given = Confusion(3)
    given.update_state(y, np.eye(3)[pred], mask=there)
    np.testing.assert_array_equal(given.counts().matrix, expected)


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


def test_counting_goes_on_beyond_what_float32_counts() -> None:
    metric = Confusion(2, from_logits=True)
    metric.sums.assign(keras.ops.convert_to_tensor(np.array([[0, 0, 0, 2.0**24] * 2 + [0.0] * 5, [0.0] * 13])))
    step(metric, np.ones(3), np.array([1.0, 2.0, -1.0]))
    step(metric, np.ones(3), np.array([1.0, 2.0, -1.0]))
    assert metric.counts().tp == 2**24 + 4
    assert metric.counts().fn == 2


def step(metric: Confusion, y: np.ndarray, z: np.ndarray) -> None:
    """An update in a compiled function, whose compiler must keep the order of additions."""
    if keras.backend.backend() == "jax":
        import jax

        values = jax.jit(metric.stateless_update_state)([v.value for v in metric.variables], y, z)
        for variable, value in zip(metric.variables, values, strict=True):
            variable.assign(value)
    elif keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.function(metric.update_state, jit_compile=True)(tf.constant(y), tf.constant(z))
    else:
        metric.update_state(y, z)


def test_a_model_is_saved_and_loaded_with_it(data: Any, tmp_path: Path) -> None:
    x, y, _ = data
    net = model(metrics=[Confusion(ANIMALS, ("recall", "f2"), average="each", undefined=0.0, ignore=-1, name="pets")])
    before = logged(net, x, y)
    net.save(tmp_path / "model.keras")
    after = logged(keras.models.load_model(tmp_path / "model.keras"), x, y)
    assert before == pytest.approx(after)
    assert {"pets_recall_cat", "pets_f2_owl"} <= before.keys()


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


def test_curves_of_every_class_over_the_epochs(data: Any) -> None:
    x, y, _ = data
    drawn: list[Any] = []
    curves = EpochCurves(draw=lambda figures: drawn.append(dict(figures)))
    net = model(metrics=[Confusion(ANIMALS, ("recall", "accuracy"))])
    history = net.fit(x, y, epochs=3, validation_data=(x[:500], y[:500]), verbose=0, callbacks=[curves]).history
    assert list(curves.figures) == ["recall_cat", "recall_dog", "recall_owl", "accuracy"]
    assert len(drawn) == 3
    shown = curves.figures["recall_owl"]
    assert [line.name for line in shown.lines] == ["validation", "training"]
    assert list(shown.lines[0].y) == pytest.approx(history["val_recall_owl"])
    assert shown.lines[0].x == (1.0, 2.0, 3.0)
    assert "recall of owl on validation data goes from" in shown.alt
    plain = model(metrics=["accuracy"])
    with pytest.raises(InputError, match="add one to compile"):
        plain.fit(x, y, verbose=0, callbacks=[EpochCurves()])

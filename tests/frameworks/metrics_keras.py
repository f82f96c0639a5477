"""What holds on every Keras backend in compiled steps; `test_keras_backends.py` runs this file once on each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn import metrics as sk

from cutaway import metrics
from cutaway.core.errors import InputError
from cutaway.core.figures import Lines
from cutaway.frameworks.keras import Confusion, EpochCurves

ANIMALS = ("cat", "dog", "owl")
RATES = ("recall", "precision", "specificity", "f2", "accuracy", "balanced_accuracy", "matthews_correlation", "g_mean")
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def logits_and_labels() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of 1,000 rows, with weights; the last of three classes is rare."""
    rng = np.random.default_rng(7)
    y = rng.choice(3, 1000, p=[0.7, 0.25, 0.05])
    x = rng.normal(size=(1000, 3)).astype("float32")
    x[np.arange(1000), y] += 1.2
    return x, y, rng.random(1000).astype("float32")


@pytest.fixture(scope="module")
def fitted() -> tuple[keras.Model, dict[str, list[float]], EpochCurves, list[Any]]:
    """A model that puts its input out and learns nothing, its logs, and the curves drawn of two epochs."""
    x, y, weight = logits_and_labels()
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, use_bias=False, kernel_initializer="identity")])
    mine = [Confusion(ANIMALS, RATES), Confusion(3, ("f1", "cohen_kappa"), average="macro", name="all")]
    weighted = [Confusion(3, "precision", undefined=0.0, ignore=-1, name="weighted")]
    net.compile(keras.optimizers.SGD(0.0), LOSS, metrics=mine, weighted_metrics=weighted)
    drawn: list[Any] = []
    curves = EpochCurves(draw=lambda figures: drawn.append(dict(figures)))
    again = (x, y, weight)
    logs = net.fit(
        x, y, sample_weight=weight, batch_size=125, epochs=2, verbose=0, validation_data=again, callbacks=[curves]
    ).history
    return net, logs, curves, drawn


@pytest.mark.parametrize("of", ["", "val_"])
def test_logs_of_fit_equal_scikit_learn_and_counts(fitted: Any, of: str) -> None:
    x, y, weight = logits_and_labels()
    pred = x.argmax(1)
    got = {name: values[-1] for name, values in fitted[1].items()}
    counts = metrics.counts(y, pred, labels=range(3))
    for name in ("recall", "precision", "specificity"):
        each = [got[f"{of}{name}_{animal}"] for animal in ANIMALS]
        np.testing.assert_allclose(each, metrics.RATES[name].of(counts, average="each"), atol=1e-6)
    for name in ("accuracy", "balanced_accuracy", "matthews_correlation", "g_mean"):
        assert got[of + name] == pytest.approx(metrics.RATES[name].of(counts), abs=1e-6)
    theirs = {
        "recall_owl": sk.recall_score(y, pred, average=None)[2],
        "f2_dog": sk.fbeta_score(y, pred, beta=2, average=None)[1],
        "all_macro_f1": sk.f1_score(y, pred, average="macro"),
        "all_cohen_kappa": sk.cohen_kappa_score(y, pred),
        "matthews_correlation": sk.matthews_corrcoef(y, pred),
        "weighted_precision_1": sk.precision_score(y, pred, average=None, sample_weight=weight)[1],
    }
    assert {name: got[of + name] for name in theirs} == pytest.approx(theirs, abs=2e-6)


def test_a_model_is_saved_and_loaded_with_it(fitted: Any, tmp_path: Path) -> None:
    net, logs, _, _ = fitted
    x, y, weight = logits_and_labels()
    net.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    after = loaded.evaluate(x, y, sample_weight=weight, batch_size=125, verbose=0, return_dict=True)
    assert {f"val_{name}" for name in after} <= logs.keys()
    assert after == pytest.approx({name: logs[f"val_{name}"][-1] for name in after}, abs=1e-6)


def test_curves_of_every_class_over_the_epochs(fitted: Any) -> None:
    _, logs, curves, drawn = fitted
    assert len(drawn) == 2
    assert {"recall_cat", "recall_owl", "accuracy", "all_macro_f1", "weighted_precision_2"} <= set(curves.figures)
    shown = curves.figures["recall_owl"]
    assert isinstance(shown, Lines)
    assert [line.name for line in shown.lines] == ["validation", "training"]
    assert [line.y for line in shown.lines] == [tuple(logs["val_recall_owl"]), tuple(logs["recall_owl"])]
    assert shown.lines[0].x == (1.0, 2.0)
    assert shown.alt.startswith("The recall of owl on validation data goes from")
    assert curves.figures["all_macro_f1"].y.label == "f1 (macro)"


def test_formulas_on_tensors_equal_those_on_arrays() -> None:
    """Within a graph the same formulas run on tensors as on the host, at the end of an epoch, in float64."""
    matrix = np.array([[700, 80, 20], [60, 120, 9], [5, 0, 6]])
    for classes, rates in ((3, (*metrics.RATES, "f0.5")), (2, ("recall", "f1", "informedness"))):
        metric = Confusion(classes, rates)
        sums = np.zeros(metric.sums.shape, "float32")
        sums[0, : classes**2] = matrix[:classes, :classes].ravel()
        metric.sums.assign(keras.ops.convert_to_tensor(sums))
        seen = {name: float(value) for name, value in metric.result().items()}
        assert in_graph(metric) == pytest.approx(seen, rel=2e-5, abs=2e-6, nan_ok=True)


def in_graph(metric: Confusion) -> dict[str, float]:
    """The result, computed by a compiled function of the backend."""
    if keras.backend.backend() == "jax":
        import jax

        got = jax.jit(metric.stateless_result)([variable.value for variable in metric.variables])
    elif keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        got = tf.function(metric.result, jit_compile=True)()
    else:
        from cutaway.frameworks import keras_confusion as ours

        with pytest.MonkeyPatch.context() as patched:  # PyTorch runs every step as it comes, so nothing is unseen
            patched.setattr(ours, "_seen", lambda tensor: None)
            got = metric.result()
    return {name: float(value) for name, value in got.items()}


def test_fit_raises_what_a_graph_cannot() -> None:
    x, y, _ = logits_and_labels()
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
    net.compile("sgd", "mse", metrics=[Confusion(2, "recall", from_logits=False)])
    with pytest.raises(InputError, match=r"outside \[0, 1\]"):
        net.fit(x, (y == 1).astype("float32"), batch_size=125, verbose=0)
    net.compile("sgd", "mse", metrics=["mse"])
    with pytest.raises(InputError, match="add one to compile"):
        net.fit(x, y, batch_size=125, verbose=0, callbacks=[EpochCurves()])


def test_masks_of_the_output_are_heeded() -> None:
    rng = np.random.default_rng(3)
    tokens = rng.integers(0, 5, (40, 6))
    y = rng.integers(0, 3, (40, 6))
    embedding = keras.layers.Embedding(5, 4, mask_zero=True)
    net = keras.Sequential([keras.Input((6,), dtype="int32"), embedding, keras.layers.Dense(3)])
    metric = Confusion(3, "recall")
    net.compile("sgd", LOSS, metrics=[metric])
    net.evaluate(tokens, y, batch_size=8, verbose=0)
    there = tokens != 0
    pred = net.predict(tokens, verbose=0, batch_size=8).argmax(-1)
    expected = metrics.counts(y[there], pred[there], labels=range(3)).matrix
    np.testing.assert_array_equal(metric.counts().matrix, expected)


def test_counting_goes_on_beyond_what_float32_counts() -> None:
    metric = Confusion(2, from_logits=True)
    start = np.zeros(metric.sums.shape, "float32")
    start[0, 3] = 2.0**24
    metric.sums.assign(keras.ops.convert_to_tensor(start))
    for _ in range(3):
        step(metric, np.ones(3), np.array([1.0, -1.0, -2.0]))
    assert metric.counts().tp == 2**24 + 3
    assert metric.counts().fn == 6


def test_a_graph_counts_what_it_cannot_refuse() -> None:
    scores = np.eye(3, dtype="float32")
    scores[1, 2] = np.nan
    metric = Confusion(3, "recall")
    step(metric, np.array([0, 1, 2]), np.eye(3, dtype="float32"))
    assert metric.counts().weight == 3
    with pytest.raises(InputError, match="got NaN or others in 1 of"):
        step(metric, np.array([0, 1, 2]), scores)
        metric.result()


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

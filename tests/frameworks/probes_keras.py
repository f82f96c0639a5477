"""Probes of Keras networks; `test_keras_backends.py` runs this file once on each backend."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest

import cutaway
from cutaway.core.errors import InputError
from cutaway.core.probes import NonFinite
from cutaway.frameworks.keras_probe import ProbeCallback
from tests.frameworks import probed

L = keras.layers
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
BACKEND = keras.backend.backend()


def given(model: Any, net: Any) -> Any:
    """The model with the weights of `probed`, whose names and shapes are the same."""
    layers = [layer for layer in model.layers if not isinstance(layer, L.InputLayer)]
    for layer, own in zip(layers, probed.weights(net), strict=True):
        for variable in getattr(layer, "cell", layer).trainable_variables:
            variable.assign(own[variable.name])
    return model


def parts() -> list[Any]:
    return [
        L.Conv2D(4, 3),
        L.BatchNormalization(momentum=0.9, epsilon=1e-3),
        L.ReLU(),
        L.Flatten(),
        L.Dense(12),
        L.Activation("sigmoid"),
        L.Dense(10),
        L.ReLU(),
        L.Dense(3),
    ]


class Subclassed(keras.Model):
    """Layers in a list, called by the user's own code."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = parts()

    def call(self, x: Any, training: bool | None = None) -> Any:
        for layer in self.parts:
            x = layer(x)
        return x


def convnet(way: str = "Sequential") -> Any:
    if way == "Sequential":
        model = keras.Sequential([keras.Input((8, 8, 1)), *parts()])
    elif way == "Functional":
        start = x = keras.Input((8, 8, 1))
        for layer in parts():
            x = layer(x)
        model = keras.Model(start, x)
    else:
        model = Subclassed()
        model(np.zeros((1, 8, 8, 1), np.float32))
    return given(model, probed.CONVNET)


def values(model: Any) -> list[np.ndarray]:
    """Everything that a model keeps, the optimiser's and the metrics' too."""
    optimiser = getattr(model, "optimizer", None)
    kept = [*model.variables, *(optimiser.variables if optimiser else [])]
    return [np.array(keras.ops.convert_to_numpy(one.value)) for one in kept]


@pytest.fixture(autouse=True)
def the_same_layers() -> Iterator[None]:
    keras.utils.set_random_seed(0)
    yield


@pytest.mark.parametrize("way", ["Sequential", "Functional", "Subclassed"])
def test_a_step_is_the_same_as_in_nets(way: str) -> None:
    model = convnet(way)
    before = values(model)
    batch = probed.images()
    theirs = cutaway.probe.once(model, batch, LOSS)
    ours = probed.expected(probed.CONVNET, batch)
    activation = theirs.layers[5]
    assert (activation.kind, activation.activation) == ("sigmoid", "sigmoid")
    probed.assert_same(ours, theirs)
    assert [one.name for one in theirs.layers[4].parameters] == ["kernel", "bias"]
    for mine, other in zip(ours.layers, theirs.layers, strict=True):
        assert mine.shape == other.shape
        for a, b in zip(mine.parameters, other.parameters, strict=True):
            assert b.gradient_norm == pytest.approx(a.gradient_norm, rel=1e-5, abs=1e-6)
            assert b.weight_norm == pytest.approx(a.weight_norm, rel=1e-6)
    for one, other in zip(before, values(model), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not [layer for layer in model.layers if "call" in vars(layer)]


def test_masked_sequences_are_the_same_as_in_nets() -> None:
    model = given(
        keras.Sequential(
            [
                keras.Input((7,), dtype="int32"),
                L.Embedding(9, 5, mask_zero=True),
                L.LSTM(6, return_sequences=True),
                L.Dense(4),
                L.GRU(5),
                L.Dense(3),
            ]
        ),
        probed.READER,
    )
    batch = probed.sequences()
    ours = probed.expected(probed.READER, batch)
    probed.assert_same(ours, cutaway.probe.once(model, batch, LOSS), tolerance=2e-5)
    assert [one.mask for one in ours.layers] == ["made", "kept", "kept", "used", "none"]


def test_the_receptive_field_is_the_same_as_in_nets() -> None:
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), L.Conv2D(3, 3), L.ReLU(), L.Conv2D(2, 3), L.Activation("sigmoid"), L.Flatten()]
    )
    given(model, probed.DEEP)
    ours = probed.field()
    theirs = cutaway.probe.receptive_field(model, probed.images()[0])
    assert (theirs.extent, theirs.centre) == (probed.FIELD, ours.centre)
    assert theirs.layer == model.layers[3].name
    np.testing.assert_allclose(theirs.gradient, ours.gradient, rtol=1e-5, atol=1e-6)
    assert cutaway.probe.receptive_field(model, probed.images()[0], layer=model.layers[0].name).extent == (3, 3)


def reader(between: Callable[[Any], Any]) -> Any:
    tokens = keras.Input((7,), dtype="int32")
    x = between(L.Embedding(9, 5, mask_zero=True, name="embedding")(tokens))
    return keras.Model(tokens, L.Dense(3, name="out")(L.GlobalAveragePooling1D(name="mean")(x)))


MASKS: dict[str, tuple[Callable[[Any], Any], dict[str, str]]] = {
    "dropout": (L.Dropout(0.2, name="drop"), {"drop": "kept", "mean": "used"}),
    "lstm": (L.LSTM(4, return_sequences=True, name="lstm"), {"lstm": "kept", "mean": "used"}),
    "conv": (L.Conv1D(4, 3, padding="same", name="conv"), {"conv": "dropped", "mean": "none"}),
    "times": (lambda x: x * 2, {"operation after embedding": "dropped", "mean": "none"}),
    "half": (lambda x: L.Add(name="add")([x, keras.ops.relu(x)]), {"add": "dropped", "mean": "none"}),
    "both": (L.Bidirectional(L.GRU(3, return_sequences=True), name="both"), {"both": "kept", "mean": "used"}),
}
if BACKEND == "jax":  # it compiles each operation of a layer; where masks go Keras decides alike on every backend
    MASKS = {name: MASKS[name] for name in ("dropout", "times")}


@pytest.mark.parametrize(("between", "masks"), MASKS.values(), ids=list(MASKS))
def test_where_a_mask_lives_and_where_it_dies(between: Any, masks: dict[str, str]) -> None:
    step = cutaway.probe.once(reader(between), probed.sequences(), LOSS)
    found = {one.name: one.mask for one in step.layers}
    assert {name: found.get(name) for name in masks} == masks
    assert found["embedding"] == "made"
    assert all(one.has_gradient for one in step.layers if one.parameters)


def fitted(model: Any, *more: Any, epochs: int = 1) -> list[float]:
    x, y = probed.images()
    x, y = np.concatenate([x] * 4), np.concatenate([y] * 4)
    return model.fit(x, y, batch_size=16, epochs=epochs, verbose=0, shuffle=False, callbacks=list(more)).history["loss"]


def dropping(optimiser: Any = None) -> Any:
    """With a seed of its own for dropout, and without; every statistic that moves."""
    keras.utils.set_random_seed(1)
    early = [keras.Input((8, 8, 1)), L.Conv2D(3, 3, activation="relu"), L.BatchNormalization(), L.Flatten()]
    model = keras.Sequential([*early, L.Dropout(0.3, seed=4), L.Dropout(0.2), L.Dense(3)])
    model.compile(optimiser or keras.optimizers.SGD(0.1), LOSS, metrics=["accuracy"])
    return model


def test_a_training_is_the_same_with_a_probe_and_its_steps_are_the_probed_ones() -> None:
    drawn: list[int] = []
    callback = ProbeCallback(every=3, draw=lambda record: drawn.append(len(record)))
    plain = dropping()
    losses = fitted(plain, epochs=2)
    watched = dropping()
    with cutaway.probe(watched, every=3) as record:
        assert fitted(watched, epochs=2) == pytest.approx(losses, rel=1e-6)
    called = dropping()
    fitted(called, callback, epochs=2)
    for other in (watched, called):
        for a, b in zip(values(plain), values(other), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)
        assert "make_train_function" not in vars(other)
        assert getattr(other.train_function, "recorder", None) is None
    assert [step.step for step in record] == [step.step for step in callback.record] == [0, 3, 6, 9]
    assert drawn == [2, 4]
    for step, same in zip(record, callback.record, strict=True):
        assert same.loss == pytest.approx(step.loss, rel=1e-6)
        # plain gradient descent: what was derived apart is what the step did, so it was the same dropout
        for one in (p for layer in step.layers for p in layer.parameters):
            assert one.update_norm == pytest.approx(0.1 * one.gradient_norm, rel=1e-3, abs=1e-7)
    assert "4 steps recorded" in str(record)
    fitted(watched)
    assert len(record) == 4


def test_batches_one_by_one_and_an_error_within() -> None:
    model = dropping(keras.optimizers.Adam(0.01))
    x, y = probed.images()
    with pytest.raises(ZeroDivisionError), cutaway.probe(model, every=2) as record:
        for _ in range(4):
            model.train_on_batch(x, y)
        raise ZeroDivisionError
    assert [step.step for step in record] == [0, 2]
    assert record.last.layers[0].update_ratio > 0
    assert "make_train_function" not in vars(model)
    assert getattr(model.train_function, "recorder", None) is None
    with cutaway.probe(model, every=1) as record:
        model.compile(keras.optimizers.SGD(0.5), LOSS)
        model.train_on_batch(x, y)
    update = record.last.layers[-1].parameters[0]
    assert update.update_norm == pytest.approx(0.5 * update.gradient_norm, rel=1e-3)
    with pytest.raises(InputError, match="from 1, got 0"), cutaway.probe(model, every=0):
        pass


def test_frozen_unused_shared_and_own_weights() -> None:
    class Mixed(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.frozen, self.shared, self.unused = (L.Dense(4, name=name) for name in ("frozen", "shared", "unused"))
            self.frozen.trainable = False
            self.norm = L.BatchNormalization(name="norm", trainable=False)
            self.scale = self.add_weight(shape=(1,), initializer="ones", name="scale")

        def call(self, x: Any) -> Any:
            x = self.shared(self.shared(self.norm(self.frozen(x)))) * self.scale
            return x if self.unused.built else self.unused(x)

    model = Mixed()
    x, y = np.random.default_rng(0).normal(size=(16, 4)).astype("float32"), np.arange(16) % 4
    model(x)
    step = cutaway.probe.once(model, (x, y), LOSS)
    assert step.names == ("frozen", "norm", "shared", "shared (2)", "unused", "(own)")
    assert [one.called for one in step.layers] == [True] * 4 + [False] * 2
    assert not any(one.trainable or one.has_gradient for one in step.layer("frozen").parameters)
    assert step.layer("norm").norm is not None
    assert (step.layer("norm").norm.uses_batch, step.layer("norm").norm.moved) == (False, False)
    assert [one.has_gradient for one in step.layer("unused").parameters] == [False, False]
    assert step.layer("(own)").parameters[0].has_gradient
    assert [len(one.parameters) for one in step.layers] == [2, 2, 2, 0, 2, 1]


def test_nested_models_attention_and_several_outputs() -> None:
    inner = keras.Sequential([keras.Input((6, 4)), L.Dense(4, activation="tanh", name="dense")], name="inner")
    start = keras.Input((6, 4))
    x = L.MultiHeadAttention(2, 3, name="attention")(inner(start), inner(start))
    x = L.LayerNormalization(name="norm")(x)
    model = keras.Model(start, [L.Dense(2, name="a")(x), L.Dense(1, name="b")(x)])
    model.compile("sgd", ["mse", "mae"])
    x = np.random.default_rng(0).normal(size=(8, 6, 4)).astype("float32")
    with cutaway.probe(model, every=1) as record:
        model.train_on_batch(x, [x[..., :2], x[..., :1]])
    step = record.last
    assert step.names[:4] == ("inner/dense", "inner/dense (2)", "attention", "norm")
    assert set(step.names[4:]) == {"a", "b"}
    assert step.layers[0].share_saturated >= 0
    assert all(one.has_gradient for one in step.layers)
    assert len(step.layer("attention").parameters) == 8
    again = cutaway.probe.once(model, (x, [x[..., :2], x[..., :1]]))
    assert again.loss < step.loss


def test_without_a_loss_there_are_activations_and_in_evaluation_kept_statistics() -> None:
    model, (x, _) = convnet(), probed.images()
    step = cutaway.probe.once(model, x, train=False)
    assert math.isnan(step.loss)
    assert not step.train
    assert not step.layers[0].has_gradient
    assert step.layers[1].norm is not None
    assert not step.layers[1].norm.moved
    assert step.layers[5].share_saturated > 0.05
    by_hand = cutaway.probe.once(model, probed.images(), lambda out, y: keras.ops.sum(out * 1e25))
    assert 1e24 < by_hand.layers[0].gradient_norm < math.inf
    unbuilt = keras.Sequential([L.Dense(2)])
    with pytest.raises(InputError, match="call model"):
        cutaway.probe.once(unbuilt, x)


def test_the_first_place_that_is_not_finite() -> None:
    model, (x, y) = convnet(), probed.images()
    x = x.copy()
    x[0, 0, 0] = np.nan
    assert cutaway.probe.once(model, (x, y), LOSS).non_finite == NonFinite("", "input")
    kernel = model.layers[4].kernel
    spoiled = np.array(keras.ops.convert_to_numpy(kernel.value))
    spoiled[0, 0] = np.inf
    kernel.assign(spoiled)
    found = cutaway.probe.once(model, probed.images(), LOSS).non_finite
    assert (found.layer, found.what, found.parameter) == (model.layers[4].name, "parameter", "kernel")


def test_data_sets_weights_and_regularisation() -> None:
    x, y = probed.images()
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), L.Flatten(), L.Dense(3, kernel_regularizer="l2", activity_regularizer="l2")]
    )
    model.compile(keras.optimizers.SGD(0.1), LOSS)
    weight = np.linspace(0, 1, 20).astype("float32")
    with cutaway.probe(model, every=1) as record:
        loss = model.fit(x, y, sample_weight=weight, batch_size=20, verbose=0).history["loss"][0]
    assert record.last.loss == pytest.approx(loss, rel=1e-5)
    for one in record.last.layers[-1].parameters:
        assert one.update_norm == pytest.approx(0.1 * one.gradient_norm, rel=1e-3)
    if BACKEND == "tensorflow":
        import tensorflow as tf

        rows = tf.data.Dataset.from_tensor_slices((x, y)).batch(5)
        with cutaway.probe(model, every=2) as record:
            model.fit(rows, epochs=2, verbose=0)
        assert [step.step for step in record] == [0, 2, 4, 6]
    if BACKEND == "torch":
        return  # which knows one step an execution
    model.compile(keras.optimizers.SGD(0.1), LOSS, steps_per_execution=2)
    with cutaway.probe(model, every=3) as record:
        model.fit(x, y, batch_size=5, epochs=3, verbose=0)
    assert [step.step for step in record] == [0, 2, 6, 8]


def test_a_user_train_step_that_has_no_compiled_loss() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = L.Dense(3, name="dense")

        def call(self, x: Any) -> Any:
            return self.dense(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):  # type: ignore
            return keras.ops.mean((y_pred - keras.ops.convert_to_tensor(y)) ** 2)

    model = Own()
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    model(x)
    model.compile("sgd")
    with cutaway.probe(model, every=1) as record:
        model.train_on_batch(x, x)
    assert record.last.layer("dense").has_gradient
    assert record.last.loss > 0

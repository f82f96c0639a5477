"""Layers imported from Keras put out what Keras' own do."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from cutaway.core.errors import InputError
from cutaway.frameworks import keras_weights
from cutaway.science.nets import Masked, leaves, value_of

IMAGES = (3, 9, 8, 4)
STEPS = (3, 5, 4)


def drawn(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(7).normal(size=shape).astype(np.float32)


def seeded(module: Any) -> Any:
    """The layer with every weight drawn anew, so that none is 0 or 1 by chance of its kind; variances above 0."""
    rng = np.random.default_rng(3)
    for weight in module.weights:
        if not np.issubdtype(np.dtype(weight.dtype), np.floating):
            continue  # where a layer's random numbers stand
        values = rng.normal(0.1, 0.4, weight.shape)
        weight.assign(np.abs(values) + 0.3 if "variance" in weight.name else values)
    return module


def assert_same(module: Any, x: np.ndarray, *, train: bool = False, whole: bool = False) -> Any:
    """The outputs are equal to 1e-5; what comes back is the layer's state after it."""
    module(x)
    seeded(module)
    made, params, state = keras_weights.sequential(module) if whole else keras_weights.layer(module)
    theirs = keras.ops.convert_to_numpy(module(x, training=train))
    ours, after = made.apply(params, x, state, train)
    ours = ours.values if isinstance(ours, Masked) else ours
    np.testing.assert_allclose(value_of(ours), theirs, atol=1e-5, rtol=1e-5)
    shapes = [(path, np.shape(p)) for path, p in leaves(params)]
    assert sorted(shapes) == sorted((path, np.shape(p)) for path, p in leaves(made.init((0,))))
    return after


LAYERS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "dense": (layers.Dense(6), (3, 4)),
    "dense with relu, of steps": (layers.Dense(6, activation="relu", use_bias=False), STEPS),
    "dense with softmax": (layers.Dense(6, activation="softmax"), (3, 4)),
    "convolution": (layers.Conv2D(6, 3), IMAGES),
    "convolution with stride and pads": (layers.Conv2D(6, (3, 2), (2, 1), "same", activation="tanh"), IMAGES),
    "convolution, dilated, without bias": (layers.Conv2D(6, 3, dilation_rate=(2, 1), use_bias=False), IMAGES),
    "convolution of even size, same": (layers.Conv2D(6, (2, 4), padding="same"), IMAGES),
    "depthwise convolution": (layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), IMAGES),
    "transposed convolution": (layers.Conv2DTranspose(6, 3, activation="relu"), IMAGES),
    "transposed convolution, same": (layers.Conv2DTranspose(6, (3, 2), (2, 3), "same", use_bias=False), IMAGES),
    "transposed convolution, strides wider than the kernel": (layers.Conv2DTranspose(2, 2, 3), IMAGES),
    "maximum pool": (layers.MaxPooling2D(), IMAGES),
    "maximum pool, same": (layers.MaxPooling2D((3, 2), (2, 1), "same"), IMAGES),
    "mean pool": (layers.AveragePooling2D(3, 2), IMAGES),
    "mean pool, same": (layers.AveragePooling2D(3, 2, "same"), IMAGES),
    "mean of images": (layers.GlobalAveragePooling2D(), IMAGES),
    "largest of images": (layers.GlobalMaxPooling2D(), IMAGES),
    "batch norm": (layers.BatchNormalization(), IMAGES),
    "batch norm, by its axis, of steps": (layers.BatchNormalization(2, 0.8, 0.1), STEPS),
    "batch norm without factors": (layers.BatchNormalization(scale=False, center=False), (9, 4)),
    "batch norm without a centre": (layers.BatchNormalization(center=False), (9, 4)),
    "layer norm": (layers.LayerNormalization(), STEPS),
    "layer norm of two axes": (layers.LayerNormalization([1, 2], epsilon=0.01), STEPS),
    "layer norm without factors": (layers.LayerNormalization(scale=False, center=False), STEPS),
    "group norm": (layers.GroupNormalization(2), IMAGES),
    "group norm of single channels, without factors": (
        layers.GroupNormalization(-1, scale=False, center=False),
        IMAGES,
    ),
    "rnn": (layers.SimpleRNN(6), STEPS),
    "rnn with relu, all states": (layers.SimpleRNN(6, activation="relu", return_sequences=True), STEPS),
    "gru": (layers.GRU(6, return_sequences=True), STEPS),
    "gru as published": (layers.GRU(6, reset_after=False), STEPS),
    "gru without bias": (layers.GRU(6, use_bias=False), STEPS),
    "lstm": (layers.LSTM(6, return_sequences=True), STEPS),
    "lstm backwards, without bias": (layers.LSTM(6, go_backwards=True, use_bias=False), STEPS),
    "lstm in both directions": (layers.Bidirectional(layers.LSTM(6, return_sequences=True)), STEPS),
    "gru in both directions, last states": (layers.Bidirectional(layers.GRU(6)), STEPS),
    "masking": (layers.Masking(2.0), STEPS),
    "relu": (layers.ReLU(), STEPS),
    "relu with a slope": (layers.ReLU(negative_slope=0.25), STEPS),
    "leaky relu": (layers.LeakyReLU(0.15), STEPS),
    "softmax": (layers.Softmax(), STEPS),
    "softmax over steps": (layers.Softmax(1), STEPS),
    "dropout": (layers.Dropout(0.4), STEPS),
    "flatten": (layers.Flatten(), IMAGES),
    "mean of steps": (layers.GlobalAveragePooling1D(), STEPS),
    "largest of steps": (layers.GlobalMaxPooling1D(), STEPS),
    **{
        f"activation {name}": (layers.Activation(name), STEPS)
        for name in ("linear", "relu", "leaky_relu", "gelu", "sigmoid", "tanh", "softmax")
    },
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_puts_out_what_keras_does(name: str) -> None:
    module, shape = LAYERS[name]
    assert_same(module, drawn(shape))


def test_a_convolution_in_groups() -> None:
    """Keras' TensorFlow backend runs groups only where its compiler does, so the reference is made of parts."""
    module = layers.Conv2D(6, 3, groups=2)
    module.build(IMAGES)
    made, params, _ = keras_weights.layer(seeded(module))
    x, (kernel, bias) = drawn(IMAGES), (np.asarray(one) for one in module.get_weights())
    parts = [
        keras.ops.conv(x[..., 2 * k : 2 * k + 2], kernel[..., 3 * k : 3 * k + 3], data_format="channels_last")
        for k in (0, 1)
    ]
    theirs = np.concatenate([keras.ops.convert_to_numpy(part) for part in parts], axis=-1) + bias
    np.testing.assert_allclose(made.apply(params, x, (), False)[0], theirs, atol=1e-5)


def test_an_embedding_masks_what_keras_masks() -> None:
    module = layers.Embedding(9, 4, mask_zero=True)
    places = np.array([[1, 0, 8], [3, 3, 0]])
    theirs = module(places)
    made, params, state = keras_weights.layer(module)
    ours, _ = made.apply(params, places, state, False)
    np.testing.assert_array_equal(ours.values, keras.ops.convert_to_numpy(theirs))
    np.testing.assert_array_equal(ours.mask, keras.ops.convert_to_numpy(module.compute_mask(places)))


@pytest.mark.parametrize("settings", [{}, {"use_bias": False}])
def test_attention_of_one_sequence_and_of_two(settings: dict[str, Any]) -> None:
    module = layers.MultiHeadAttention(2, 3, **settings)
    queries, memory = drawn((3, 5, 8)), drawn((3, 7, 8))
    module(queries, memory)
    made, params, state = keras_weights.layer(seeded(module))
    for ours, theirs in ((queries, (queries, queries)), ((queries, memory), (queries, memory))):
        y, _ = made.apply(params, ours, state, False)
        np.testing.assert_allclose(y, keras.ops.convert_to_numpy(module(*theirs)), atol=1e-5)


@pytest.mark.parametrize("trainable", [True, False])
def test_a_step_moves_the_running_statistics_as_in_keras(trainable: bool) -> None:
    module = layers.BatchNormalization(momentum=0.7)
    module.build(IMAGES)
    module.trainable = trainable
    before = module.get_weights()[2:]
    after = assert_same(module, drawn(IMAGES), train=True)
    np.testing.assert_allclose(after["moving_mean"], keras.ops.convert_to_numpy(module.moving_mean), atol=1e-6)
    np.testing.assert_allclose(after["moving_variance"], keras.ops.convert_to_numpy(module.moving_variance), atol=1e-6)
    assert len(before) == 2


def models() -> dict[str, tuple[Any, np.ndarray]]:
    nested = keras.Sequential([layers.Dense(5, activation="gelu"), layers.Dropout(0.3)])
    return {
        "rows, nested": (
            keras.Sequential([layers.Dense(8), layers.BatchNormalization(), nested, layers.Dense(2)]),
            drawn((6, 4)),
        ),
        "images": (
            keras.Sequential(
                [
                    keras.Input(IMAGES[1:]),
                    layers.Conv2D(6, 3, activation="relu", padding="same"),
                    layers.GroupNormalization(3),
                    layers.Conv2D(5, 3, 2),
                    layers.LeakyReLU(),
                    layers.Flatten(),
                    layers.Dense(3, activation="softmax"),
                ]
            ),
            drawn(IMAGES),
        ),
        "masked words": (
            keras.Sequential(
                [layers.Embedding(9, 4, mask_zero=True), layers.Bidirectional(layers.LSTM(5)), layers.Dense(1)]
            ),
            np.array([[1, 2, 3, 0, 0], [4, 5, 6, 7, 8], [2, 0, 0, 0, 0]]),
        ),
        "masked steps": (
            keras.Sequential(
                [
                    layers.Masking(),
                    layers.GRU(5, return_sequences=True),
                    layers.LayerNormalization(),
                    layers.GlobalAveragePooling1D(),
                ]
            ),
            drawn(STEPS) * (np.arange(5)[None, :, None] < np.array([5, 3, 1])[:, None, None]),
        ),
    }


@pytest.mark.parametrize("name", ["rows, nested", "images", "masked words", "masked steps"])
def test_a_whole_model_puts_out_what_keras_does(name: str) -> None:
    module, x = models()[name]
    assert_same(module, x, whole=True)
    made, params, _ = keras_weights.sequential(module)
    assert len(made.names) == len(made.layers) == len(params) == len(set(made.names))


def test_weights_are_copied_in_their_type() -> None:
    module = layers.Dense(3, dtype="float64")
    module.build((None, 2))
    _, params, _ = keras_weights.layer(module)
    before = params["kernel"].copy()
    module.kernel.assign(np.zeros((2, 3)))
    assert params["kernel"].dtype == np.float64
    assert np.array_equal(params["kernel"], before)


class Own(layers.Dense):
    pass


@pytest.mark.parametrize(
    ("module", "shape", "said"),
    [
        (Own(2), (3, 4), "one of Activation, .* got Own"),
        (layers.Dense(2), None, "Dense with its weights, got none yet; call the model once"),
        (
            layers.Dense(2, activation="selu"),
            (3, 4),
            "Dense with one of the activations gelu, .* got activation='selu'",
        ),
        (layers.Dense(2, activation=lambda x: x), (3, 4), "Dense with one of the activations"),
        (layers.BatchNormalization(axis=1), (3, 5, 4), "BatchNormalization with axis=-1, got axis=1"),
        (layers.LayerNormalization(axis=1), (3, 5, 4), "LayerNormalization with the last axes"),
        (layers.LSTM(3, dropout=0.2), (3, 5, 4), "LSTM with dropout=0 and recurrent_dropout=0"),
        (layers.LSTM(3, activation="relu"), (3, 5, 4), "LSTM with the activations 'tanh' and 'sigmoid'"),
        (layers.SimpleRNN(3, activation="gelu"), (3, 5, 4), "SimpleRNN with activation='tanh' or 'relu'"),
        (layers.GRU(3, return_state=True), (3, 5, 4), "GRU with return_state=False"),
        (layers.GRU(3, go_backwards=True, return_sequences=True), (3, 5, 4), "GRU with either go_backwards or"),
        (layers.Bidirectional(layers.GRU(3), merge_mode="sum"), (3, 5, 4), "Bidirectional with merge_mode='concat'"),
        (layers.GlobalAveragePooling2D(keepdims=True), IMAGES, "GlobalAveragePooling2D with keepdims=False"),
        (layers.Conv2DTranspose(2, 3, 2, output_padding=1), IMAGES, "Conv2DTranspose with output_padding=None"),
        (layers.ReLU(max_value=6), (3, 4), "ReLU with max_value=None and threshold=0"),
    ],
)
def test_what_cannot_be_the_same_is_refused(module: Any, shape: tuple[int, ...] | None, said: str) -> None:
    if shape is not None:
        module(drawn(shape))
    with pytest.raises(InputError, match=f"module: keras_weights expected {said}"):
        keras_weights.layer(module)


def test_models_that_cannot_be_the_same_are_refused() -> None:
    attention = layers.MultiHeadAttention(2, 3, value_dim=4)
    attention(drawn(STEPS), drawn(STEPS))
    with pytest.raises(InputError, match="MultiHeadAttention with queries, keys, values and outputs of one width"):
        keras_weights.layer(attention)
    dropping = layers.MultiHeadAttention(2, 3, dropout=0.1)
    dropping(drawn(STEPS), drawn(STEPS))
    with pytest.raises(InputError, match="MultiHeadAttention with dropout=0"):
        keras_weights.layer(dropping)
    inputs = keras.Input((4,))
    with pytest.raises(InputError, match=r"expected a keras\.Sequential, got Functional"):
        keras_weights.sequential(keras.Model(inputs, layers.Dense(2)(inputs)))

"""Which layers and operations lose a Keras mask, and do they say so?

Answer: layers that work step by step hand it on; those that change the time axis (convolution, flattening) drop it
with a warning; every plain operation (`x * 2`, `keras.ops.concatenate`, a slice) drops it without a word, and the
loss then counts the padding again. `Softmax` takes the mask of the steps for one of its features and fails. PyTorch
and flax have no masks to lose: there one is handed to each layer that takes one.

Source: Keras' guide on masking and padding, and `Layer.__call__`; each layer run on an input that carries a mask.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, Variant, formula

TITLE = "Where a mask gets lost"


def given() -> dict[str, np.ndarray]:
    """One sequence (1, 4, 2) whose last two steps are padding."""
    return {"x": np.array([[[1.0, 2.0], [3.0, 4.0], [0.0, 0.0], [0.0, 0.0]]])}


@formula("the mask comes out unchanged or fitted to the new steps")
def passes() -> str:
    return "passes"


@formula("the layer uses the mask, and its output has no steps any more")
def uses() -> str:
    return "uses it"


@formula("the mask is gone, with a warning")
def warns() -> str:
    return "drops with a warning"


@formula("the mask is gone, without a warning")
def silent() -> str:
    return "drops silently"


@formula("the mask of the steps is taken for one of the features")
def fails() -> str:
    return "ValueError"


def _fate(x: np.ndarray, build: Callable[[Any], Any]) -> str:
    """What becomes of the mask when the layer or function that `build` makes is called on a masked input."""
    import keras

    class Next(keras.layers.Layer):  # type: ignore[misc]
        """The layer after it, which sees the mask that arrives."""

        def call(self, inputs: Any, mask: Any = None) -> Any:
            self.arrived = mask is not None
            return inputs

    layer, after = build(keras), Next()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            out = layer(keras.layers.Masking()(x.astype(np.float32)))
        except ValueError:
            return "ValueError"
    after(out)
    if after.arrived:
        return "passes"
    if any("does not support masking" in str(one.message) for one in said):
        return "drops with a warning"
    return "uses it" if getattr(layer, "supports_masking", False) else "drops silently"


def _run(name: str, framework: str, call: str, follows: Any, build: Callable[[Any], Any]) -> Variant:
    return Variant(name, framework, call, follows, lambda x: _fate(x, build))


dense = _run("dense", "keras", "Dense(3)(x)", passes, lambda k: k.layers.Dense(3))
dropout = _run("dropout", "keras", "Dropout(0.2)(x)", passes, lambda k: k.layers.Dropout(0.2))
relu = _run("relu", "keras", "ReLU()(x)", passes, lambda k: k.layers.ReLU())
norm = _run("norm", "keras", "LayerNormalization()(x)", passes, lambda k: k.layers.LayerNormalization())
batch = _run("batch", "keras", "BatchNormalization()(x)", passes, lambda k: k.layers.BatchNormalization())
lstm = _run(
    "lstm", "keras", "LSTM(3, return_sequences=True)(x)", passes, lambda k: k.layers.LSTM(3, return_sequences=True)
)
lstm_last = _run("lstm_last", "keras", "LSTM(3)(x)", uses, lambda k: k.layers.LSTM(3))
average = _run("average", "keras", "GlobalAveragePooling1D()(x)", uses, lambda k: k.layers.GlobalAveragePooling1D())
attention = _run(
    "attention",
    "keras",
    "MultiHeadAttention(1, 2)(x, x)",
    passes,
    lambda k: lambda x: k.layers.MultiHeadAttention(1, 2)(x, x),
)
add = _run("add", "keras", "Add()([x, x])", passes, lambda k: lambda x: k.layers.Add()([x, x]))
concatenate = _run(
    "concatenate", "keras", "Concatenate()([x, x])", passes, lambda k: lambda x: k.layers.Concatenate()([x, x])
)
distributed = _run(
    "distributed",
    "keras",
    "TimeDistributed(Dense(3))(x)",
    passes,
    lambda k: k.layers.TimeDistributed(k.layers.Dense(3)),
)
conv = _run("conv", "keras", "Conv1D(3, 2)(x)", warns, lambda k: k.layers.Conv1D(3, 2))
conv_same = _run(
    "conv_same", "keras", 'Conv1D(3, 3, padding="same")(x)', warns, lambda k: k.layers.Conv1D(3, 3, padding="same")
)
flatten = _run("flatten", "keras", "Flatten()(x)", warns, lambda k: k.layers.Flatten())
reshape = _run("reshape", "keras", "Reshape((2, 4))(x)", warns, lambda k: k.layers.Reshape((2, 4)))
permute = _run("permute", "keras", "Permute((2, 1))(x)", warns, lambda k: k.layers.Permute((2, 1)))
lambda_ = _run("lambda_", "keras", "Lambda(lambda x: 2 * x)(x)", warns, lambda k: k.layers.Lambda(lambda x: 2 * x))
max_pool = _run("max_pool", "keras", "MaxPooling1D(2)(x)", warns, lambda k: k.layers.MaxPooling1D(2))
max_global = _run("max_global", "keras", "GlobalMaxPooling1D()(x)", warns, lambda k: k.layers.GlobalMaxPooling1D())
padding = _run("padding", "keras", "ZeroPadding1D(1)(x)", warns, lambda k: k.layers.ZeroPadding1D(1))
upsampling = _run("upsampling", "keras", "UpSampling1D(2)(x)", warns, lambda k: k.layers.UpSampling1D(2))
softmax = _run("softmax", "keras", "Softmax()(x)", fails, lambda k: k.layers.Softmax())
times = _run("times", "keras", "x * 2", silent, lambda k: lambda x: x * 2)
relu_op = _run("relu_op", "keras", "keras.ops.relu(x)", silent, lambda k: k.ops.relu)
concatenate_op = _run(
    "concatenate_op",
    "keras",
    "keras.ops.concatenate([x, x], -1)",
    silent,
    lambda k: lambda x: k.ops.concatenate([x, x], -1),
)
piece = _run("piece", "keras", "x[:, 1:]", silent, lambda k: lambda x: x[:, 1:])
cast = _run("cast", "keras", 'keras.ops.cast(x, "float16")', silent, lambda k: lambda x: k.ops.cast(x, "float16"))
times_torch = _run("times_torch", "keras on torch", "x * 2", silent, lambda k: lambda x: x * 2)
times_jax = _run("times_jax", "keras on jax", "x * 2", silent, lambda k: lambda x: x * 2)
conv_torch = _run("conv_torch", "keras on torch", "Conv1D(3, 2)(x)", warns, lambda k: k.layers.Conv1D(3, 2))

CONVERTERS = (
    Converter(
        of=dense,
        to="pytorch",
        exactness="impossible",
        reason="A PyTorch tensor carries no mask: keep the lengths beside it and hand them to each layer that needs "
        "them (pack_padded_sequence, key_padding_mask), and to the loss.",
    ),
    Converter(
        of=dense,
        to="flax",
        exactness="impossible",
        reason="A JAX array carries no mask: hand it to each layer that takes one (seq_lengths, mask).",
    ),
)

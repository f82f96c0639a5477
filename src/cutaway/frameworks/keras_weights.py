"""Keras' layers as layers of `science.nets`, with their weights: the same outputs, to rounding, on every backend.

    model, params, state = keras_weights.sequential(net)
    y, _ = model.apply(params, x, state, train=False)

A Keras layer with an activation becomes two layers here. Masks go their way here as `Masked`, where Keras hands them
on beside the arrays. Parameters are copied in their type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.science import nets
from cutaway.science.nets import Layer, Sequential, Tree

try:
    import keras
    from keras import layers
except ImportError as error:
    raise MissingExtraError("cutaway.frameworks.keras_weights", "keras") from error

Imported = tuple[Layer, Tree, Tree]
"""A layer, its parameters and its state."""


def sequential(model: keras.Sequential) -> tuple[Sequential, Tree, Tree]:
    """A whole `keras.Sequential` that has been built, nested ones with it: the model, its parameters and its state.

    Raises: InputError for a layer that is not known, or cannot be the same here, or a model without weights yet.
    """
    if type(model) is not keras.Sequential:
        raise InputError(
            f"model: keras_weights.sequential expected a keras.Sequential, got {type(model).__name__}; import its "
            "layers one by one with keras_weights.layer"
        )
    parts = _parts(model)
    made, params, states = zip(*(part for _, part in parts), strict=True) if parts else ((), (), ())
    return Sequential(tuple(made), tuple(name for name, _ in parts)), tuple(params), tuple(states)


def layer(module: keras.layers.Layer) -> Imported:
    """One built layer of Keras: the layer here, its parameters and its state; with an activation, a `Sequential`.

    Known are Dense, Conv2D, DepthwiseConv2D, Conv2DTranspose, BatchNormalization, LayerNormalization,
    GroupNormalization, Embedding, SimpleRNN, GRU, LSTM, Bidirectional, MultiHeadAttention (of sequences on themselves,
    or a pair of queries and memory), Masking, pools, activations, Dropout, Flatten, Identity and InputLayer.

    Raises: InputError for another layer, a setting that the layer here does not have, or one without weights yet.
    """
    parts = _imported(module)
    if len(parts) == 1:
        return parts[0]
    made, params, states = zip(*parts, strict=True) if parts else ((), (), ())
    return Sequential(tuple(made)), tuple(params), tuple(states)


def _parts(model: keras.Sequential) -> list[tuple[str, Imported]]:
    out: list[tuple[str, Imported]] = []
    for one in model.layers:
        if type(one) is keras.Sequential:
            out += [(f"{one.name}/{name}", part) for name, part in _parts(one)]
        else:
            out += [(one.name if i == 0 else f"{one.name} activation", part) for i, part in enumerate(_imported(one))]
    return out


def _imported(module: Any) -> list[Imported]:
    importer = _IMPORTERS.get(type(module))
    if importer is None:
        known = ", ".join(sorted(one.__name__ for one in _IMPORTERS))
        raise InputError(f"module: keras_weights expected one of {known}, got {type(module).__name__}")
    if not module.built:
        raise _refused(module, "none yet", "its weights", "call the model once, or give it an Input")
    return importer(module)


def _array(variable: Any) -> np.ndarray:
    """A copy, in its type (bfloat16 as float32)."""
    value = keras.ops.convert_to_numpy(variable)
    return np.array(value, np.float32 if value.dtype.kind not in "fiu" else value.dtype)


def _refused(module: Any, setting: object, expected: str, mend: str = "") -> InputError:
    said = f"module: keras_weights expected {type(module).__name__} with {expected}, got {setting}"
    return InputError(f"{said}; {mend}" if mend else said)


def _needs(module: Any, **settings: object) -> None:
    """Raise unless the layer has these settings."""
    for name, expected in settings.items():
        got = getattr(module, name)
        got = tuple(got) if isinstance(got, list) else got
        if got != expected:
            raise _refused(module, f"{name}={got!r}", f"{name}={expected!r}")


def _activation(module: Any, function: Callable[..., Any]) -> list[Imported]:
    name = keras.activations.serialize(function)
    made = _ACTIVATIONS.get(name) if isinstance(name, str) else None
    if made is None:
        raise _refused(module, f"activation={name!r}", f"one of the activations {', '.join(sorted(_ACTIVATIONS))}")
    return [(one, (), ()) for one in made]


_ACTIVATIONS: dict[str, tuple[Layer, ...]] = {
    "linear": (),
    "relu": (nets.ReLU(),),
    "leaky_relu": (nets.LeakyReLU(0.2),),
    "gelu": (nets.GELU(),),
    "sigmoid": (nets.Sigmoid(),),
    "tanh": (nets.Tanh(),),
    "softmax": (nets.Softmax(),),
}


def _with_bias(module: Any, params: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return params | {"bias": _array(module.bias)} if module.use_bias else params


def _dense(module: Any) -> list[Imported]:
    params = _with_bias(module, {"kernel": _array(module.kernel)})
    return [
        (nets.Dense(params["kernel"].shape[0], module.units, module.use_bias), params, ()),
        *_activation(module, module.activation),
    ]


def _convolution(module: Any) -> list[Imported]:
    _needs(module, data_format="channels_last")
    kernel, groups = _array(module.kernel), module.groups
    made = nets.Conv2D(
        kernel.shape[2] * groups,
        module.filters,
        module.kernel_size,
        module.strides,
        module.padding,
        module.dilation_rate,
        groups,
        module.use_bias,
    )
    return [(made, _with_bias(module, {"kernel": kernel}), ()), *_activation(module, module.activation)]


def _depthwise(module: Any) -> list[Imported]:
    _needs(module, data_format="channels_last")
    kernel = _array(module.kernel)
    channels, filters = kernel.shape[2], kernel.shape[2] * kernel.shape[3]
    shared = (module.kernel_size, module.strides, module.padding, module.dilation_rate)
    made = nets.Conv2D(channels, filters, *shared, channels, module.use_bias)
    params = _with_bias(module, {"kernel": kernel.reshape(*kernel.shape[:2], 1, filters)})
    return [(made, params, ()), *_activation(module, module.activation)]


def _transposed(module: Any) -> list[Imported]:
    _needs(module, data_format="channels_last", output_padding=None)
    kernel = _array(module.kernel)
    shared = (module.kernel_size, module.strides, module.padding, module.dilation_rate)
    made = nets.ConvTranspose2D(kernel.shape[3], module.filters, *shared, bias=module.use_bias)
    return [(made, _with_bias(module, {"kernel": kernel}), ()), *_activation(module, module.activation)]


def _pool(module: Any) -> list[Imported]:
    _needs(module, data_format="channels_last")
    kind = nets.MaxPool2D if isinstance(module, layers.MaxPooling2D) else nets.AvgPool2D
    return [(kind(tuple(module.pool_size), tuple(module.strides), module.padding), (), ())]


def _global_pool(module: Any) -> list[Imported]:
    _needs(module, data_format="channels_last", keepdims=False)
    return [(_GLOBAL[type(module)], (), ())]


_GLOBAL: dict[type, Layer] = {
    layers.GlobalAveragePooling1D: nets.GlobalPool1D("mean"),
    layers.GlobalMaxPooling1D: nets.GlobalPool1D("max"),
    layers.GlobalAveragePooling2D: nets.GlobalAvgPool2D(),
    layers.GlobalMaxPooling2D: nets.GlobalMaxPool2D(),
}


def _batch_norm(module: Any) -> list[Imported]:
    if module.axis not in (-1, module.input_spec.ndim - 1):
        raise _refused(module, f"axis={module.axis}", "axis=-1")
    if getattr(module, "renorm", False):
        raise _refused(module, "renorm=True", "renorm=False")
    settings = {"scale": module.scale, "center": module.center, "frozen": not module.trainable}
    made = nets.BatchNorm(module.moving_mean.shape[0], module.momentum, module.epsilon, **settings)
    params = {"gamma": _array(module.gamma)} if module.scale else {}
    params |= {"beta": _array(module.beta)} if module.center else {}
    state = {"moving_mean": _array(module.moving_mean), "moving_variance": _array(module.moving_variance)}
    return [(made, params, state)]


def _factors(module: Any, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    gamma = _array(module.gamma) if module.scale else np.ones(shape, np.float32)
    return {"gamma": gamma, "beta": _array(module.beta) if module.center else np.zeros(shape, gamma.dtype)}


def _layer_norm(module: Any) -> list[Imported]:
    if getattr(module, "rms_scaling", False):
        raise _refused(module, "rms_scaling=True", "rms_scaling=False")
    shape = module.get_build_config()["input_shape"]
    axes = module.axis if isinstance(module.axis, list | tuple) else [module.axis]
    axes = sorted(axis % len(shape) for axis in axes)
    if axes != list(range(len(shape) - len(axes), len(shape))):
        raise _refused(module, f"axis={module.axis}", "the last axes")
    features = tuple(shape[axis] for axis in axes)
    made = nets.LayerNorm(features[0] if len(features) == 1 else features, module.epsilon)
    return [(made, _factors(module, features), ())]


def _group_norm(module: Any) -> list[Imported]:
    shape = module.get_build_config()["input_shape"]
    if module.axis not in (-1, len(shape) - 1):
        raise _refused(module, f"axis={module.axis}", "axis=-1")
    return [(nets.GroupNorm(shape[-1], module.groups, module.epsilon), _factors(module, shape[-1:]), ())]


def _embedding(module: Any) -> list[Imported]:
    made = nets.Embedding(module.input_dim, module.output_dim, module.mask_zero)
    return [(made, {"embeddings": _array(module.embeddings)}, ())]


def _recurrent(module: Any) -> list[Imported]:
    if module.go_backwards and module.return_sequences:
        raise _refused(
            module, "both", "either go_backwards or return_sequences", "Keras' states stand last first there"
        )
    made, params = _of_cell(module)
    return [(replace(made, backwards=module.go_backwards), params, ())]


def _of_cell(module: Any) -> tuple[Any, dict[str, np.ndarray]]:
    """The layer, as it runs forwards, and its parameters."""
    _needs(module, return_state=False, stateful=False)
    cell = module.cell
    if cell.dropout or cell.recurrent_dropout:
        raise _refused(module, f"{cell.dropout} and {cell.recurrent_dropout}", "dropout=0 and recurrent_dropout=0")
    inputs, units, sequences = cell.kernel.shape[0], cell.units, module.return_sequences
    activation = keras.activations.serialize(cell.activation)
    made: Any
    if isinstance(module, layers.SimpleRNN):
        if activation not in ("tanh", "relu"):
            raise _refused(module, f"activation={activation!r}", "activation='tanh' or 'relu'")
        made = nets.SimpleRNN(inputs, units, sequences, activation=activation)
    else:
        gates = keras.activations.serialize(cell.recurrent_activation)
        if (activation, gates) != ("tanh", "sigmoid"):
            raise _refused(module, f"{activation!r} and {gates!r}", "the activations 'tanh' and 'sigmoid'")
        if isinstance(module, layers.GRU):
            made = nets.GRU(inputs, units, sequences, reset_after=module.reset_after)
        else:
            made = nets.LSTM(inputs, units, sequences)
    params = {"kernel": _array(cell.kernel), "recurrent_kernel": _array(cell.recurrent_kernel)}
    zero = np.zeros(made.init((0,))["bias"].shape, params["kernel"].dtype)
    return made, params | {"bias": _array(cell.bias) if cell.use_bias else zero}


def _bidirectional(module: Any) -> list[Imported]:
    _needs(module, merge_mode="concat")
    forward, backward = module.forward_layer, module.backward_layer
    for one in (forward, backward):
        if type(one) not in (layers.SimpleRNN, layers.GRU, layers.LSTM):
            raise _refused(module, type(one).__name__, "SimpleRNN, GRU or LSTM")
    (made, params), (other, back) = _of_cell(forward), _of_cell(backward)
    if made != other or forward.go_backwards or not backward.go_backwards:
        raise _refused(module, "others", "one layer forwards and the same one backwards")
    return [(nets.Bidirectional(made), {"forward": params, "backward": back}, ())]


def _attention(module: Any) -> list[Imported]:
    names = {"query": "query_dense", "key": "key_dense", "value": "value_dense", "output": "output_dense"}
    denses = {ours: getattr(module, theirs) for ours, theirs in names.items()}
    kernels = {name: _array(one.kernel) for name, one in denses.items()}
    features, heads, size = kernels["query"].shape
    same = all(kernels[name].shape == (features, heads, size) for name in ("key", "value"))
    if not same or kernels["output"].shape != (heads, size, features) or getattr(module, "use_gate", False):
        expected = "queries, keys, values and outputs of one width, one axis, and no gate"
        raise _refused(module, {name: kernel.shape for name, kernel in kernels.items()}, expected)
    if module.dropout:
        raise _refused(module, f"dropout={module.dropout}", "dropout=0", "set it so: no weight depends on it")
    params = {}
    for name, kernel in kernels.items():
        shape = kernel.shape[1:] if name != "output" else kernel.shape[2:]
        bias = _array(denses[name].bias) if denses[name].bias is not None else np.zeros(shape, kernel.dtype)
        params[name] = {"kernel": kernel, "bias": bias}
    return [(nets.MultiHeadAttention(features, heads, size), params, ())]


def _dropout(module: Any) -> list[Imported]:
    _needs(module, noise_shape=None)
    made = nets.Dropout(module.rate)
    return [(made, (), made.start((0,)))]


def _relu(module: Any) -> list[Imported]:
    if module.max_value is not None or module.threshold:
        raise _refused(module, f"{module.max_value} and {module.threshold}", "max_value=None and threshold=0")
    slope = float(module.negative_slope)
    return [(nets.LeakyReLU(slope) if slope else nets.ReLU(), (), ())]


def _flatten(module: Any) -> list[Imported]:
    _needs(module, data_format="channels_last")
    return [(nets.Flatten(), (), ())]


def _plain(make: Callable[[Any], Layer]) -> Callable[[Any], list[Imported]]:
    return lambda module: [(make(module), (), ())]


_IMPORTERS: dict[type, Callable[[Any], list[Imported]]] = {
    layers.InputLayer: lambda module: [],
    layers.Dense: _dense,
    layers.Conv2D: _convolution,
    layers.DepthwiseConv2D: _depthwise,
    layers.Conv2DTranspose: _transposed,
    layers.MaxPooling2D: _pool,
    layers.AveragePooling2D: _pool,
    layers.BatchNormalization: _batch_norm,
    layers.LayerNormalization: _layer_norm,
    layers.GroupNormalization: _group_norm,
    layers.Embedding: _embedding,
    layers.SimpleRNN: _recurrent,
    layers.GRU: _recurrent,
    layers.LSTM: _recurrent,
    layers.Bidirectional: _bidirectional,
    layers.MultiHeadAttention: _attention,
    layers.Masking: _plain(lambda module: nets.Masking(module.mask_value)),
    layers.Dropout: _dropout,
    layers.Flatten: _flatten,
    layers.Activation: lambda module: _activation(module, module.activation),
    layers.ReLU: _relu,
    layers.LeakyReLU: _plain(lambda module: nets.LeakyReLU(float(module.negative_slope))),
    layers.Softmax: _plain(lambda module: nets.Softmax(module.axis)),
    **dict.fromkeys(_GLOBAL, _global_pool),
    layers.Identity: lambda module: [],
}

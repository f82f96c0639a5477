"""PyTorch's layers as layers of `science.nets`, with their weights: the same outputs, to rounding.

    model, params, state = torch_weights.sequential(net)
    y, _ = model.apply(params, x.transpose(0, 2, 3, 1), state, train=False)

Images come channels last here, (n, h, w, c), where PyTorch has (n, c, h, w); kernels are laid out anew for it, and so
are the rows of the layer after a `Flatten`. Sequences are (n, t, features) whatever `batch_first` says. Parameters are
copied in their type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.science import nets
from cutaway.science.nets import Layer, Sequential, Tree

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MissingExtraError("cutaway.frameworks.torch_weights", "torch") from error

Imported = tuple[Layer, Tree, Tree]
"""A layer, its parameters and its state."""


def sequential(module: nn.Sequential, *, channels: int | None = None) -> tuple[Sequential, Tree, Tree]:
    """A whole `nn.Sequential`, nested ones with it: the model, its parameters and its state.

    Args:
        module: of layers that `layer` knows.
        channels: of the images that come in, needed only where images of several channels are flattened before any
            convolution.

    Raises: InputError for a layer that is not known, or cannot be the same here.
    """
    if type(module) is not nn.Sequential:
        raise InputError(
            f"module: torch_weights.sequential expected an nn.Sequential, got {type(module).__name__}; import its "
            "layers one by one with torch_weights.layer"
        )
    parts: list[Imported] = []
    order = _Order(channels)
    names = []
    for name, one in _flattened(module):
        parts.append(_imported(one, order))
        names.append(name)
    if order.mixed:
        raise InputError(
            "module: torch_weights.sequential expected a Linear after Flatten, which would undo the order of channels; "
            "leave the Flatten out, and flatten what comes out yourself"
        )
    layers, params, states = zip(*parts, strict=True) if parts else ((), (), ())
    named = () if any(name.rsplit(".")[-1].isdigit() for name in names) else tuple(names)
    return Sequential(tuple(layers), named), tuple(params), tuple(states)


def layer(module: nn.Module) -> Imported:
    """One layer of PyTorch: the layer here, its parameters and its state.

    Known are Linear, Conv2d, ConvTranspose2d, BatchNorm1d and 2d, LayerNorm, GroupNorm, Embedding, RNN, GRU, LSTM (all
    states of the last layer come out), MultiheadAttention (of sequences on themselves, or a pair of queries and
    memory), MaxPool2d, AvgPool2d, AdaptiveAvgPool2d and AdaptiveMaxPool2d to one place (the two axes of length 1 fall
    away), activations, Dropout, Flatten and Identity.

    Raises: InputError for another layer, or a setting that the layer here does not have.
    """
    return _imported(module, _Order(None))


@dataclass(slots=True)
class _Order:
    """How the features of what arrives stand: images of so many channels, or flattened ones with the channels first."""

    channels: int | None
    mixed: int = 0  # channels of the flattened images, while their order is PyTorch's; 0 if there is nothing to undo

    def undone(self, rows: np.ndarray) -> np.ndarray:
        """Rows in the order (c, h w) laid out as (h w, c)."""
        if not self.mixed:
            return rows
        return rows.reshape(self.mixed, -1, *rows.shape[1:]).swapaxes(0, 1).reshape(rows.shape)


def _flattened(module: nn.Sequential, above: str = "") -> list[tuple[str, nn.Module]]:
    out: list[tuple[str, nn.Module]] = []
    for name, one in module.named_children():
        path = f"{above}.{name}" if above else name
        out += _flattened(one, path) if type(one) is nn.Sequential else [(path, one)]
    return out


def _imported(module: nn.Module, order: _Order) -> Imported:
    importer = _IMPORTERS.get(type(module))
    if importer is None:
        known = ", ".join(sorted(one.__name__ for one in _IMPORTERS))
        raise InputError(f"module: torch_weights expected one of {known}, got {type(module).__name__}")
    if order.mixed and type(module) not in _ANY_ORDER:
        raise _refused(module, "directly after Flatten", "one feature by one, or Linear", "put a Linear between")
    return importer(module, order)


def _array(tensor: torch.Tensor) -> np.ndarray:
    """A copy, in its type (bfloat16 as float32)."""
    tensor = tensor.detach().cpu()
    return np.asarray((tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()).copy()


def _refused(module: nn.Module, setting: object, expected: str, mend: str = "") -> InputError:
    return InputError(
        f"module: torch_weights expected {type(module).__name__} with {expected}, got {setting}"
        + (f"; {mend}" * bool(mend))
    )


def _linear(module: nn.Linear, order: _Order) -> Imported:
    params = {"kernel": order.undone(_array(module.weight.T))}
    if module.bias is not None:
        params["bias"] = _array(module.bias)
    order.channels, order.mixed = None, 0
    return nets.Dense(module.in_features, module.out_features, module.bias is not None), params, ()


def _convolution(module: nn.Conv2d | nn.ConvTranspose2d, order: _Order) -> Imported:
    if module.padding_mode != "zeros":
        raise _refused(module, f"padding_mode={module.padding_mode!r}", "padding_mode='zeros'")
    weight, bias = _array(module.weight), module.bias is not None
    padding: Any = "same-torch" if module.padding == "same" else module.padding
    made: Layer
    shared = {"stride": module.stride, "padding": padding, "dilation": module.dilation, "bias": bias}
    channels, filters, size, groups = module.in_channels, module.out_channels, module.kernel_size, module.groups
    if isinstance(module, nn.ConvTranspose2d):
        made = nets.ConvTranspose2D(
            channels, filters, size, output_padding=module.output_padding, groups=groups, **shared
        )
        kernel = weight.transpose(2, 3, 1, 0)  # (in, out / groups, h, w)
    else:
        made = nets.Conv2D(channels, filters, size, groups=groups, **shared)
        kernel = weight.transpose(2, 3, 1, 0)  # (out, in / groups, h, w)
    order.channels = filters
    params = {"kernel": np.ascontiguousarray(kernel)} | ({"bias": _array(module.bias)} if bias else {})
    return made, params, ()


def _batch_norm(module: nn.BatchNorm1d | nn.BatchNorm2d, order: _Order) -> Imported:
    if module.momentum is None or module.running_mean is None or module.running_var is None:
        raise _refused(module, "none", "a momentum and running statistics")
    made = nets.BatchNorm(
        module.num_features,
        1 - module.momentum,
        module.eps,
        unbiased=True,
        scale=module.affine,
        center=module.affine,
    )
    params = (
        {"gamma": order.undone(_array(module.weight)), "beta": order.undone(_array(module.bias))}
        if module.affine
        else {}
    )
    state = {
        "moving_mean": order.undone(_array(module.running_mean)),
        "moving_variance": order.undone(_array(module.running_var)),
    }
    return made, params, state


def _layer_norm(module: nn.LayerNorm, order: _Order) -> Imported:
    if order.channels is not None:
        raise _refused(module, "images", "sequences or rows, as images have their channels last here")
    shape = tuple(module.normalized_shape)
    made = nets.LayerNorm(shape[0] if len(shape) == 1 else shape, module.eps)
    gamma = np.ones(shape, np.float32) if module.weight is None else _array(module.weight)
    beta = np.zeros(shape, gamma.dtype) if module.bias is None else _array(module.bias)
    return made, {"gamma": order.undone(gamma), "beta": order.undone(beta)}, ()


def _group_norm(module: nn.GroupNorm, order: _Order) -> Imported:
    made = nets.GroupNorm(module.num_channels, module.num_groups, module.eps)
    if not module.affine:
        return made, made.init(()), ()
    return made, {"gamma": _array(module.weight), "beta": _array(module.bias)}, ()


def _embedding(module: nn.Embedding, order: _Order) -> Imported:
    if module.max_norm is not None:
        raise _refused(module, f"max_norm={module.max_norm}", "max_norm=None")
    made = nets.Embedding(module.num_embeddings, module.embedding_dim)
    return made, {"embeddings": _array(module.weight)}, ()


def _recurrent(module: nn.RNN | nn.GRU | nn.LSTM, order: _Order) -> Imported:
    if getattr(module, "proj_size", 0):
        raise _refused(module, f"proj_size={module.proj_size}", "proj_size=0")
    parts: list[Imported] = []
    for depth in range(module.num_layers):
        inputs = module.hidden_size * (1 + module.bidirectional) if depth else module.input_size
        if isinstance(module, nn.RNN):
            one: Any = nets.SimpleRNN(inputs, module.hidden_size, True, activation=module.nonlinearity)
        else:
            kind = nets.GRU if isinstance(module, nn.GRU) else nets.LSTM
            one = kind(inputs, module.hidden_size, return_sequences=True)
        params: Tree = _recurrent_params(module, f"l{depth}")
        if module.bidirectional:
            one = nets.Bidirectional(one)
            params = {"forward": params, "backward": _recurrent_params(module, f"l{depth}_reverse")}
        if depth and module.dropout:
            parts.append(_dropout(nn.Dropout(module.dropout), order))
        parts.append((one, params, one.start(())))
    if len(parts) == 1:
        return parts[0]
    layers, every, states = zip(*parts, strict=True)
    return Sequential(tuple(layers)), tuple(every), tuple(states)


def _recurrent_params(module: Any, place: str) -> dict[str, np.ndarray]:
    weights = [_array(getattr(module, f"weight_{which}_{place}")) for which in ("ih", "hh")]
    zero = np.zeros(len(weights[0]), weights[0].dtype)
    biases = [_array(getattr(module, f"bias_{which}_{place}")) if module.bias else zero for which in ("ih", "hh")]
    if isinstance(module, nn.GRU):  # r, z, n there; z, r, candidate here
        weights, biases = ([_swapped(one) for one in each] for each in (weights, biases))
        bias = np.stack(biases)
    else:
        bias = biases[0] + biases[1]
    kernel, recurrent = (np.ascontiguousarray(one.T) for one in weights)
    return {"kernel": kernel, "recurrent_kernel": recurrent, "bias": bias}


def _swapped(gates: np.ndarray) -> np.ndarray:
    first, second, third = np.split(gates, 3)
    return np.concatenate([second, first, third])


def _attention(module: nn.MultiheadAttention, order: _Order) -> Imported:
    features, heads = module.embed_dim, module.num_heads
    if module.in_proj_weight is None or module.bias_k is not None or module.add_zero_attn or module.dropout:
        expected = "keys and values as wide as queries, no dropout, add_bias_kv or add_zero_attn"
        raise _refused(module, "another", expected)
    size = features // heads
    params = {}
    weights = _array(module.in_proj_weight).reshape(3, features, features)
    for name, weight in zip(("query", "key", "value"), weights, strict=True):
        params[name] = {"kernel": np.ascontiguousarray(weight.T).reshape(features, heads, size)}
    out = np.ascontiguousarray(_array(module.out_proj.weight).T).reshape(heads, size, features)
    params["output"] = {"kernel": out}
    biases = np.zeros((4, features), out.dtype)
    if module.in_proj_bias is not None:
        biases = np.concatenate([_array(module.in_proj_bias).reshape(3, features), _array(module.out_proj.bias)[None]])
    for name, bias in zip(params, biases, strict=True):
        params[name]["bias"] = bias if name == "output" else bias.reshape(heads, size)
    return nets.MultiHeadAttention(features, heads), params, ()


def _dropout(module: nn.Dropout, order: _Order) -> Imported:
    made = nets.Dropout(module.p)
    return made, (), made.start((0,))


def _flatten(module: nn.Flatten, order: _Order) -> Imported:
    if (module.start_dim, module.end_dim) != (1, -1):
        raise _refused(module, f"({module.start_dim}, {module.end_dim})", "start_dim=1 and end_dim=-1")
    order.mixed = order.channels if order.channels not in (None, 1) else 0
    order.channels = None
    return nets.Flatten(), (), ()


def _softmax(module: nn.Softmax, order: _Order) -> Imported:
    of_images = order.channels is not None
    if module.dim is None or (of_images and module.dim not in (1, -3)):
        raise _refused(module, f"dim={module.dim}", "the dim of the features")
    axis = -1 if of_images else module.dim
    return nets.Softmax(axis), (), ()


def _max_pool(module: nn.MaxPool2d, order: _Order) -> Imported:
    if module.ceil_mode or module.return_indices:
        raise _refused(module, "another", "ceil_mode=False and return_indices=False")
    padding = _pair(module.padding)
    return nets.MaxPool2D(_pair(module.kernel_size), _pair(module.stride), padding, _pair(module.dilation)), (), ()


def _average_pool(module: nn.AvgPool2d, order: _Order) -> Imported:
    if module.ceil_mode or module.divisor_override:
        raise _refused(module, "another", "ceil_mode=False and divisor_override=None")
    size, stride, padding = (_pair(one) for one in (module.kernel_size, module.stride, module.padding))
    return nets.AvgPool2D(size, stride, padding, count_pads=module.count_include_pad), (), ()


def _global_pool(module: nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d, order: _Order) -> Imported:
    if module.output_size not in (1, (1, 1)):
        raise _refused(module, f"output_size={module.output_size}", "output_size=1")
    order.channels = None
    return (nets.GlobalAvgPool2D() if isinstance(module, nn.AdaptiveAvgPool2d) else nets.GlobalMaxPool2D()), (), ()


def _pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _plain(make: Callable[[Any], Layer]) -> Callable[[Any, _Order], Imported]:
    return lambda module, order: (make(module), (), ())


_IMPORTERS: dict[type, Callable[[Any, _Order], Imported]] = {
    nn.Linear: _linear,
    nn.Conv2d: _convolution,
    nn.ConvTranspose2d: _convolution,
    nn.BatchNorm1d: _batch_norm,
    nn.BatchNorm2d: _batch_norm,
    nn.LayerNorm: _layer_norm,
    nn.GroupNorm: _group_norm,
    nn.Embedding: _embedding,
    nn.RNN: _recurrent,
    nn.GRU: _recurrent,
    nn.LSTM: _recurrent,
    nn.MultiheadAttention: _attention,
    nn.MaxPool2d: _max_pool,
    nn.AvgPool2d: _average_pool,
    nn.AdaptiveAvgPool2d: _global_pool,
    nn.AdaptiveMaxPool2d: _global_pool,
    nn.Dropout: _dropout,
    nn.Flatten: _flatten,
    nn.Softmax: _softmax,
    nn.ReLU: _plain(lambda module: nets.ReLU()),
    nn.LeakyReLU: _plain(lambda module: nets.LeakyReLU(module.negative_slope)),
    nn.GELU: _plain(lambda module: nets.GELU(module.approximate == "tanh")),
    nn.Sigmoid: _plain(lambda module: nets.Sigmoid()),
    nn.Tanh: _plain(lambda module: nets.Tanh()),
    nn.Identity: _plain(lambda module: Sequential(())),
}
_ANY_ORDER = {nn.Linear, nn.BatchNorm1d, nn.Dropout, nn.ReLU, nn.LeakyReLU, nn.GELU, nn.Sigmoid, nn.Tanh, nn.Identity}
"""What may follow a Flatten while the features are still in PyTorch's order."""

"""One name for a layer's kind, whatever PyTorch, Keras or `nets` call its class."""

from __future__ import annotations

import re

SAME = {
    "linear": "dense",
    "lazylinear": "dense",
    "einsumdense": "dense",
    "nondynamicallyquantizablelinear": "dense",
    "batchnormalization": "batchnorm",
    "syncbatchnorm": "batchnorm",
    "layernormalization": "layernorm",
    "groupnormalization": "groupnorm",
    "multiheadattention": "attention",
    "simplernn": "rnn",
    "rmsnormalization": "rmsnorm",
    "celu": "elu",
    "swish": "silu",
    "rectifiedlinear": "relu",
    "hardswish": "hardsilu",
    "softmax2d": "softmax",
}
ACTIVATIONS = frozenset(
    {"relu", "relu6", "leakyrelu", "prelu", "elu", "selu", "gelu", "silu", "hardsilu", "mish"}
    | {"sigmoid", "hardsigmoid", "logsigmoid", "tanh", "hardtanh", "softsign", "softplus", "softmax", "logsoftmax"}
)


def kind_of(name: str) -> str:
    """The kind behind a class's name.

    >>> [kind_of(name) for name in ("Linear", "Conv2d", "ConvTranspose2d", "BatchNormalization", "MaxPooling2D")]
    ['dense', 'conv2d', 'conv2dtranspose', 'batchnorm', 'maxpool']
    """
    kind = name.lower().replace("_", "").removeprefix("lazy")
    if kind in SAME:
        return SAME[kind]
    if found := re.fullmatch(r"convtranspose(\dd)", kind):
        return f"conv{found[1]}transpose"
    if found := re.fullmatch(r"(batchnorm|instancenorm|dropout|spatialdropout)\dd", kind):
        return found[1]
    if found := re.fullmatch(r"(global|adaptive)?(max|average|avg)pool(ing)?\dd", kind):
        return f"{'global' if found[1] else ''}{'max' if found[2] == 'max' else 'average'}pool"
    return kind


def activation_of(name: str) -> str:
    """The activation of that name, of a function or a layer; "" if it is none.

    >>> activation_of("leaky_relu"), activation_of("hard_sigmoid"), activation_of("linear"), activation_of("Conv2D")
    ('leakyrelu', 'hardsigmoid', '', '')
    """
    kind = kind_of(name)
    return kind if kind in ACTIVATIONS else ""

"""conv_transpose2d: gradients by differences, values and gradients as PyTorch's and Keras'."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.nets import ConvTranspose2D, conv_transpose2d
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32
from tests.science.nets.images import torch_conv_transpose2d

CASES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    # images (n, i, j, o), kernel (a, b, c / groups, o), settings
    ((2, 3, 4, 2), (3, 3, 1, 2), {}),
    ((1, 3, 2, 3), (3, 2, 4, 3), {"stride": 2, "padding": 1}),
    ((1, 3, 3, 2), (4, 4, 2, 2), {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}),
    ((1, 2, 3, 4), (2, 3, 2, 4), {"stride": 3, "groups": 2, "padding": 0, "output_padding": (2, 1)}),
    ((1, 3, 3, 6), (3, 3, 1, 6), {"stride": 2, "groups": 6, "padding": 1, "output_padding": 1}),
    ((1, 4, 4, 2), (1, 1, 3, 2), {"stride": 2, "padding": 0}),
]


@pytest.mark.parametrize(("x", "kernel", "settings"), CASES)
@pytest.mark.parametrize("compiled", [True, False])
def test_gradients_and_values(
    x: tuple[int, ...], kernel: tuple[int, ...], settings: dict[str, Any], compiled: bool, rng: np.random.Generator
) -> None:
    given = rng.normal(size=x), rng.normal(size=kernel), rng.normal(size=kernel[2] * settings.get("groups", 1))
    function = partial(conv_transpose2d, compiled=compiled, **settings)
    agrees_with_differences(function, *given)
    agrees_with_torch(function, partial(torch_conv_transpose2d, **settings), *given)
    agrees_with_torch(function, partial(torch_conv_transpose2d, **settings), *given[:2])
    keeps_float32(function, *given)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_layer_is_keras(padding: str, stride: int, size: int, rng: np.random.Generator) -> None:
    import keras

    layer = ConvTranspose2D(3, 5, size, stride=stride, padding=padding)
    theirs = keras.layers.Conv2DTranspose(5, size, strides=stride, padding=padding)
    theirs.build((None, 4, 5, 3))
    params = {**layer.init((3,)), "bias": np.arange(5, dtype=np.float32)}
    assert params["kernel"].shape == (size, size, 5, 3)
    theirs.set_weights([params["kernel"], params["bias"]])
    x = rng.normal(size=(2, 4, 5, 3)).astype(np.float32)
    y, state = layer.apply(params, x, layer.start((3,)), True)
    assert state == ()
    np.testing.assert_allclose(y, keras.ops.convert_to_numpy(theirs(x)), rtol=1e-4, atol=1e-5)


def test_a_layer_without_a_bias() -> None:
    layer = ConvTranspose2D(4, 6, 3, groups=2, bias=False)
    params = layer.init((1,))
    assert set(params) == {"kernel"} and params["kernel"].shape == (3, 3, 3, 4)
    y, _ = layer.apply(params, np.ones((1, 2, 2, 4), np.float32), (), False)
    assert y.shape == (1, 4, 4, 6)


@pytest.mark.parametrize(
    ("kernel", "settings", "message"),
    [
        ((3, 3, 1, 3), {}, r"kernel: conv_transpose2d expected 2 on its last axis"),
        ((3, 3, 2), {}, r"x, kernel: conv_transpose2d expected images"),
        ((3, 3, 1, 2), {"groups": 3}, r"as many filters a group"),
        ((3, 3, 1, 2), {"output_padding": 1}, r"output_padding: expected 0 with padding 'valid'"),
        ((3, 3, 1, 2), {"output_padding": 2, "padding": 0, "stride": 2}, r"expected less than stride or dilation"),
        ((3, 3, 1, 2), {"padding": 4}, r"padding: expected less than the output has"),
    ],
)
def test_bad_input(kernel: tuple[int, ...], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        conv_transpose2d(np.zeros((1, 4, 4, 2)), np.zeros(kernel), **settings)

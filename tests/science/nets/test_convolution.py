"""conv2d: gradients by differences, values and gradients as PyTorch's and TensorFlow's, and a convolution's laws."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.core.threads import alone
from cutaway.science.nets import Conv2D, Node, conv2d, conv_transpose2d, value_and_gradient
from cutaway.science.nets.convolution import convolved, flipped, input_gradient, kernel_gradient, padded, windows
from cutaway.science.nets.padding import axes
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32, pulled
from tests.science.nets.images import torch_conv2d

CASES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    # images, kernel (a, b, c / groups, o), settings
    ((2, 5, 6, 1), (3, 3, 1, 2), {}),
    ((1, 7, 4, 3), (3, 2, 3, 5), {"stride": 2}),
    ((2, 6, 5, 2), (3, 3, 2, 9), {"padding": "same"}),
    ((1, 6, 7, 2), (3, 3, 2, 2), {"padding": "same", "stride": 2}),
    ((1, 6, 7, 2), (4, 3, 2, 2), {"padding": "same-torch", "stride": (2, 3)}),
    ((1, 7, 8, 2), (3, 2, 2, 3), {"dilation": 2}),
    ((1, 9, 7, 1), (2, 3, 1, 3), {"dilation": (3, 2), "stride": (1, 2), "padding": ((1, 2), (0, 3))}),
    ((2, 5, 5, 4), (3, 3, 2, 6), {"groups": 2, "padding": 1}),
    ((1, 5, 5, 3), (3, 3, 1, 3), {"groups": 3, "padding": (2, 0)}),
    ((1, 4, 4, 6), (3, 3, 2, 9), {"groups": 3, "dilation": 2, "padding": "same", "stride": 2}),
    ((3, 5, 4, 3), (1, 1, 3, 17), {}),
    ((1, 6, 6, 2), (2, 2, 2, 2), {"stride": 3}),
    ((1, 3, 3, 1), (2, 2, 1, 1), {"padding": 3}),
]
WIDER: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((3, 13, 11, 16), (3, 3, 16, 40), {"padding": "same"}),
    ((9, 14, 14, 8), (5, 3, 8, 16), {"stride": 2, "padding": "same"}),
    ((19, 28, 28, 1), (3, 3, 1, 5), {}),
    ((2, 32, 31, 8), (3, 3, 4, 24), {"groups": 2, "dilation": (2, 1), "padding": 2}),
]


def arrays(rng: np.random.Generator, x: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    return rng.normal(size=x), rng.normal(size=kernel), rng.normal(size=kernel[3])


@pytest.mark.parametrize(("x", "kernel", "settings"), CASES)
@pytest.mark.parametrize("compiled", [True, False])
def test_gradients_are_those_of_differences(
    x: tuple[int, ...], kernel: tuple[int, ...], settings: dict[str, Any], compiled: bool, rng: np.random.Generator
) -> None:
    agrees_with_differences(partial(conv2d, compiled=compiled, **settings), *arrays(rng, x, kernel))


@pytest.mark.parametrize(("x", "kernel", "settings"), CASES + WIDER)
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("biased", [True, False])
def test_values_and_gradients_are_pytorchs(
    x: tuple[int, ...],
    kernel: tuple[int, ...],
    settings: dict[str, Any],
    compiled: bool,
    biased: bool,
    rng: np.random.Generator,
) -> None:
    given = arrays(rng, x, kernel)[: 3 if biased else 2]
    function, theirs = partial(conv2d, compiled=compiled, **settings), partial(torch_conv2d, **settings)
    agrees_with_torch(function, theirs, *given)
    keeps_float32(function, *given)
    agrees_with_torch(function, theirs, *(one.astype(np.float32) for one in given), rtol=3e-4)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [7, 8])
@pytest.mark.parametrize("kernel", [2, 3])
def test_same_is_tensorflows(stride: int, size: int, kernel: int, rng: np.random.Generator) -> None:
    import tensorflow as tf

    x, k = rng.normal(size=(2, size, size, 3)), rng.normal(size=(kernel, kernel, 3, 4))
    theirs = tf.nn.conv2d(x, k, stride, "SAME").numpy()
    np.testing.assert_allclose(conv2d(x, k, stride=stride, padding="same"), theirs, rtol=1e-10, atol=1e-10)


def test_same_torch_is_pytorchs(rng: np.random.Generator) -> None:
    import torch

    x, k = rng.normal(size=(1, 6, 7, 2)), rng.normal(size=(4, 3, 2, 3))
    theirs = torch.nn.functional.conv2d(
        torch.tensor(x).permute(0, 3, 1, 2), torch.tensor(k).permute(3, 2, 0, 1), padding="same", dilation=2
    )
    ours = conv2d(x, k, padding="same-torch", dilation=2)
    np.testing.assert_allclose(ours, theirs.permute(0, 2, 3, 1).numpy(), rtol=1e-10, atol=1e-10)


def test_the_layer_is_keras(rng: np.random.Generator) -> None:
    import keras

    layer = Conv2D(3, 8, (3, 2), stride=2, padding="same")
    theirs = keras.layers.Conv2D(8, (3, 2), strides=2, padding="same")
    theirs.build((None, 9, 8, 3))
    params = {**layer.init((3,)), "bias": np.arange(8, dtype=np.float32)}
    theirs.set_weights([params["kernel"], params["bias"]])
    x = rng.normal(size=(2, 9, 8, 3)).astype(np.float32)
    y, _ = layer.apply(params, x, layer.start((3,)), True)
    np.testing.assert_allclose(y, keras.ops.convert_to_numpy(theirs(x)), rtol=1e-4, atol=1e-5)


def test_the_layer_learns_without_a_bias_too(rng: np.random.Generator) -> None:
    layer = Conv2D(4, 6, 3, groups=2, bias=False)
    params = layer.init((1,))
    assert params["kernel"].shape == (3, 3, 2, 6) and params["kernel"].dtype == np.float32
    x = rng.normal(size=(2, 5, 5, 4)).astype(np.float32)

    def loss(p: Any) -> Any:
        y, _ = layer.apply(p, x, (), True)
        return (y * y).reshape(-1)[0]

    value, gradient, _ = value_and_gradient(loss, params)
    assert value > 0 and np.any(gradient["kernel"])


def test_gradients_that_nobody_wants_are_not_made(rng: np.random.Generator) -> None:
    x, k, b = arrays(rng, (1, 4, 4, 2), (3, 3, 2, 2))
    for compiled in (True, False):
        _, pull = conv2d.__wrapped__(x, k, b, compiled=compiled)  # type: ignore[attr-defined]
        g = np.ones((1, 2, 2, 2))
        assert [part is None for part in pull(g, (True, False, False))] == [False, True, True]
        assert pull(g, (False, True, True))[0] is None


def test_windows_are_a_view(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 6, 7, 3))
    along = axes(x.shape, (3, 2), (2, 1), "valid", (1, 3))
    view = windows(x, along)
    assert np.shares_memory(view, x) and not view.flags.writeable
    assert view.shape == (2, 2, 4, 3, 2, 3)
    np.testing.assert_array_equal(view[1, 1, 2, 2, 1], x[1, 2 + 2, 2 + 3])


def test_the_readable_parts_say_what_the_derivation_says(rng: np.random.Generator) -> None:
    x, k = rng.normal(size=(2, 7, 6, 2)), rng.normal(size=(3, 2, 2, 4))
    along = axes(x.shape, (3, 2), (2, 3), ((1, 0), (2, 1)), (2, 1))
    g = rng.normal(size=convolved(x, k, along).shape)
    assert padded(x, along).shape == (2, 8, 9, 2)
    by_hand = np.zeros((2, 8, 9, 2))
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            for a in range(3):
                for b in range(2):
                    by_hand[:, 2 * i + 2 * a, 3 * j + b] += g[:, i, j] @ k[a, b].T
    np.testing.assert_allclose(input_gradient(g, k, along), by_hand[:, 1:, 2:8], rtol=1e-12, atol=1e-12)
    assert kernel_gradient(x, g, along).shape == k.shape
    np.testing.assert_array_equal(flipped(flipped(k)), k)


def test_any_number_of_cores_gives_the_same_bits(rng: np.random.Generator) -> None:
    given = [x.astype(np.float32) for x in arrays(rng, (64, 16, 16, 4), (3, 3, 4, 8))]
    value, gradients = pulled(conv2d, tuple(given))
    with alone():
        again, others = pulled(conv2d, tuple(given))
    np.testing.assert_array_equal(value, again)
    for one, other in zip(gradients, others, strict=True):
        np.testing.assert_array_equal(one, other)


def test_other_dtypes_and_memory_orders(rng: np.random.Generator) -> None:
    x, k = rng.normal(size=(5, 3, 6, 2)).transpose(3, 2, 0, 1), rng.normal(size=(4, 3, 2, 3)).transpose(2, 1, 3, 0)
    np.testing.assert_allclose(conv2d(x, k), conv2d(x.copy(), k.copy(), compiled=False), rtol=1e-12)
    half = conv2d(x.astype(np.float16), k.astype(np.float16))
    assert half.dtype == np.float16
    assert conv2d(np.ones((1, 2, 2, 1), int), np.ones((2, 2, 1, 1), int)).item() == 4
    assert conv2d(np.zeros((0, 4, 4, 1)), np.ones((2, 2, 1, 3))).shape == (0, 3, 3, 3)


def test_what_is_not_a_number_is_passed_on() -> None:
    x = np.zeros((1, 4, 4, 1), np.float32)
    x[0, 0, 0] = np.nan
    y = conv2d(x, np.ones((3, 3, 1, 1), np.float32))
    assert np.isnan(y[0, 0, 0, 0]) and np.isfinite(y[0, 1:]).all()


@pytest.mark.parametrize(
    ("x", "kernel", "settings", "message"),
    [
        ((4, 4, 1), (3, 3, 1, 1), {}, r"x, kernel: conv2d expected images .* x\[None\]"),
        ((1, 4, 4, 2), (3, 3, 1, 1), {}, r"kernel: conv2d expected 2 channels in 1 groups"),
        ((1, 4, 4, 2), (3, 3, 1, 3), {"groups": 2}, r"2 groups and as many filters a group, got shape \(3, 3, 1, 3\)"),
        ((1, 4, 4, 1), (5, 5, 1, 1), {}, r"the window of 5 does not fit into 4 pixels"),
        ((1, 4, 4, 1), (3, 3, 1, 1), {"stride": 0}, r"stride: expected a whole number of at least 1"),
        ((1, 4, 4, 1), (3, 3, 1, 1), {"padding": "full"}, r"padding: expected 'valid', 'same', 'same-torch'"),
        ((1, 4, 4, 1), (3, 3, 1, 1), {"padding": -1}, r"padding: expected a whole number of at least 0"),
        ((1, 4, 4, 1), (3, 3, 1, 1), {"padding": (1, 1, 1)}, r"padding: expected pads of two axes"),
    ],
)
def test_bad_input(x: tuple[int, ...], kernel: tuple[int, ...], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        conv2d(np.zeros(x), np.zeros(kernel), **settings)


def test_mixed_dtypes_are_refused() -> None:
    with pytest.raises(InputError, match="expected the dtype of x, float64, got float32"):
        conv2d(np.zeros((1, 3, 3, 1)), np.zeros((3, 3, 1, 1), np.float32))


@st.composite
def settled(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...], dict[str, Any], int]:
    """Shapes of images and a kernel, settings, and a seed."""
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    a, b = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 3)))
    least = ((a - 1) * dilation[0] + 1, (b - 1) * dilation[1] + 1)
    h, w = draw(st.integers(least[0], least[0] + 6)), draw(st.integers(least[1], least[1] + 6))
    own, filters = draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 4, 9, 18]))
    number = st.integers(0, 3)
    settings = {
        "stride": draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
        "dilation": dilation,
        "groups": groups,
        "padding": draw(st.tuples(st.tuples(number, number), st.tuples(number, number))),
    }
    shape = (draw(st.integers(1, 3)), h, w, own * groups)
    return shape, (a, b, own, filters * groups), settings, draw(st.integers(0, 2**32))


@given(settled())
def test_it_is_linear_in_both(case: tuple[tuple[int, ...], tuple[int, ...], dict[str, Any], int]) -> None:
    x, kernel, settings, seed = case
    rng = np.random.default_rng(seed)
    one, other, k, other_k = (rng.normal(size=shape) for shape in (x, x, kernel, kernel))
    f = partial(conv2d, **settings)
    np.testing.assert_allclose(f(2 * one - other, k), 2 * f(one, k) - f(other, k), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(f(one, k + 3 * other_k), f(one, k) + 3 * f(one, other_k), rtol=1e-9, atol=1e-9)


@given(settled())
def test_both_ways_agree_and_are_adjoint(
    case: tuple[tuple[int, ...], tuple[int, ...], dict[str, Any], int],
) -> None:
    """<conv2d(x), y> = <x, its gradient at x for y> = <k, its gradient at k for y>, compiled and readable."""
    x, kernel, settings, seed = case
    rng = np.random.default_rng(seed)
    given = rng.normal(size=x), rng.normal(size=kernel)
    y = np.asarray(conv2d(*given, **settings))
    error = rng.normal(size=y.shape)
    for compiled in (True, False):
        value, (at_x, at_k) = pulled(partial(conv2d, compiled=compiled, **settings), given, error)
        np.testing.assert_allclose(value, y, rtol=1e-9, atol=1e-9)
        product = np.vdot(y, error)
        np.testing.assert_allclose([np.vdot(given[0], at_x), np.vdot(given[1], at_k)], product, rtol=1e-8, atol=1e-8)


@given(settled())
def test_its_adjoint_is_the_transposed_convolution(
    case: tuple[tuple[int, ...], tuple[int, ...], dict[str, Any], int],
) -> None:
    """<conv2d(x), y> = <x, conv_transpose2d(y)>, where the stride leaves no pixel over."""
    x, kernel, settings, seed = case
    rng = np.random.default_rng(seed)
    along = axes(x, kernel[:2], settings["stride"], settings["padding"], settings["dilation"])
    fitting = tuple(axis.size - (axis.padded - axis.reach - 1) % axis.stride for axis in along)
    if min(fitting) < 1:
        return
    image, k = rng.normal(size=(x[0], *fitting, x[3])), rng.normal(size=kernel)
    y = np.asarray(conv2d(image, k, **settings))
    other = rng.normal(size=y.shape)
    back = np.asarray(conv_transpose2d(other, k, **settings))
    assert back.shape == image.shape
    np.testing.assert_allclose(np.vdot(y, other), np.vdot(image, back), rtol=1e-8, atol=1e-8)


@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 2), st.integers(0, 2**32))
def test_shifted_images_give_shifted_outputs(down: int, right: int, dilation: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, k = np.zeros((1, 14, 14, 2)), rng.normal(size=(3, 3, 2, 5))
    x[:, 5:9, 5:9] = rng.normal(size=(1, 4, 4, 2))
    moved = np.roll(x, (down, right), axis=(1, 2))
    f = partial(conv2d, padding="same", dilation=dilation)
    np.testing.assert_allclose(f(moved, k), np.roll(f(x, k), (down, right), axis=(1, 2)), rtol=1e-12, atol=1e-12)


def test_a_tape_gets_its_node(rng: np.random.Generator) -> None:
    x, k, _ = arrays(rng, (1, 4, 4, 1), (3, 3, 1, 1))
    assert isinstance(conv2d(Node(x), k), Node) and isinstance(conv2d(x, k), np.ndarray)

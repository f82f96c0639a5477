"""conv_relu_pool: the same as its three parts, gradients by differences and as PyTorch's, and what wins."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from cutaway.core.errors import InputError
from cutaway.core.threads import alone
from cutaway.science.nets import ConvBlock, Node, backward, conv2d, conv_relu_pool, max_pool, relu, value_and_gradient
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32, pulled
from tests.science.nets.images import channels_first, channels_last, torch_conv2d

CASES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 6, 6, 1), (3, 3, 1, 5), {}),
    ((1, 7, 6, 2), (3, 2, 2, 3), {"padding": "same"}),
    ((3, 5, 5, 3), (2, 2, 3, 9), {"padding": ((1, 0), (0, 2))}),
    ((1, 4, 4, 2), (1, 1, 2, 20), {}),
    ((1, 3, 3, 1), (2, 2, 1, 1), {}),
]
WIDER: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((20, 28, 28, 1), (3, 3, 1, 5), {}),
    ((5, 14, 14, 8), (3, 3, 8, 16), {"padding": "same"}),
    ((3, 13, 15, 16), (3, 3, 16, 40), {"padding": 1}),
]


def three_in_turn(x: Any, kernel: Any, bias: Any, padding: Any = "valid") -> Any:
    return max_pool(relu(conv2d(x, kernel, bias, padding=padding)))


def theirs(x: torch.Tensor, kernel: torch.Tensor, bias: torch.Tensor, padding: Any = "valid") -> torch.Tensor:
    y = functional.relu(torch_conv2d(x, kernel, bias, padding=padding))
    return channels_last(functional.max_pool2d(channels_first(y), 2))


def arrays(rng: np.random.Generator, x: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    return rng.normal(size=x), rng.normal(size=kernel), rng.normal(size=kernel[3])


@pytest.mark.parametrize(("x", "kernel", "settings"), CASES)
def test_gradients_are_those_of_differences(
    x: tuple[int, ...], kernel: tuple[int, ...], settings: dict[str, Any], rng: np.random.Generator
) -> None:
    agrees_with_differences(partial(conv_relu_pool, **settings), *arrays(rng, x, kernel))


@pytest.mark.parametrize(("x", "kernel", "settings"), CASES + WIDER)
def test_values_and_gradients_are_pytorchs(
    x: tuple[int, ...], kernel: tuple[int, ...], settings: dict[str, Any], rng: np.random.Generator
) -> None:
    given = arrays(rng, x, kernel)
    function, other = partial(conv_relu_pool, **settings), partial(theirs, **settings)
    agrees_with_torch(function, other, *given)
    keeps_float32(function, *given)
    agrees_with_torch(function, other, *(one.astype(np.float32) for one in given), rtol=3e-4)


@given(
    st.integers(2, 9), st.integers(2, 9), st.integers(1, 4), st.sampled_from([1, 3, 8, 9, 17]), st.integers(0, 2**32)
)
def test_it_is_its_three_parts(h: int, w: int, channels: int, filters: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    given = arrays(rng, (2, h, w, channels), (3, 3, channels, filters))
    value, gradients = pulled(partial(conv_relu_pool, padding="same"), given)
    expected, others = pulled(partial(three_in_turn, padding="same"), given)
    np.testing.assert_allclose(value, expected, rtol=1e-10, atol=1e-10)
    for one, other in zip(gradients, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


def test_nothing_flows_where_relu_leaves_nothing(rng: np.random.Generator) -> None:
    x, kernel = rng.random(size=(1, 4, 4, 1)), -np.ones((1, 1, 1, 2))
    for bias in (np.zeros(2), np.array([-np.inf, -1.0])):
        value, gradients = pulled(conv_relu_pool, (x, kernel, bias))
        assert not value.any() and not any(one.any() for one in gradients)


def test_of_equal_numbers_the_first_gets_all() -> None:
    x = np.ones((1, 2, 2, 1))
    _, (at_x, _, _) = pulled(conv_relu_pool, (x, np.ones((1, 1, 1, 1)), np.zeros(1)), np.ones((1, 1, 1, 1)))
    assert at_x.ravel().tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_what_is_not_a_number_is_seen(place: int, kind: type) -> None:
    x = np.arange(4).astype(kind)
    x[place] = np.nan
    y = conv_relu_pool(x.reshape(1, 2, 2, 1), np.ones((1, 1, 1, 5), kind), np.zeros(5, kind))
    assert np.isnan(y).all()


def test_the_input_gradient_is_left_out_when_not_wanted(rng: np.random.Generator) -> None:
    x, kernel, bias = arrays(rng, (2, 6, 6, 2), (3, 3, 2, 4))
    _, pull = conv_relu_pool.__wrapped__(x, kernel, bias)  # type: ignore[attr-defined]
    g = np.ones((2, 2, 2, 4))
    with_it, without = pull(g, (True, True, True)), pull(g, (False, True, True))
    assert without[0] is None
    np.testing.assert_array_equal(with_it[1], without[1])


def test_any_number_of_cores_gives_the_same_bits(rng: np.random.Generator) -> None:
    given = tuple(one.astype(np.float32) for one in arrays(rng, (64, 28, 28, 1), (3, 3, 1, 5)))
    value, gradients = pulled(conv_relu_pool, given)
    with alone():
        again, others = pulled(conv_relu_pool, given)
    np.testing.assert_array_equal(value, again)
    for one, other in zip(gradients, others, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_layer(rng: np.random.Generator) -> None:
    layer = ConvBlock(2, 6, 3, "same")
    params = layer.init((4,))
    assert params["kernel"].shape == (3, 3, 2, 6) and not params["bias"].any()
    x = rng.normal(size=(3, 8, 8, 2)).astype(np.float32)
    y, state = layer.apply(params, x, layer.start((4,)), True)
    np.testing.assert_allclose(y, three_in_turn(x, params["kernel"], params["bias"], "same"), rtol=1e-5, atol=1e-6)
    assert state == () and y.shape == (3, 4, 4, 6)

    def loss(p: Any) -> Any:
        return layer.apply(p, x, (), True)[0].reshape(-1)[np.argmax(y)]

    _, gradient, _ = value_and_gradient(loss, params)
    assert gradient["bias"].sum() == 1


def test_pieces_that_repeat_add_up(rng: np.random.Generator) -> None:
    """A kernel used twice gets both gradients."""
    x, kernel, bias = arrays(rng, (1, 10, 10, 1), (3, 3, 1, 1))
    node = Node(kernel, kept=True)
    y = conv_relu_pool(conv_relu_pool(x, node, bias), node, bias)
    backward(y, np.ones(y.shape))
    xt, kt, bt = torch.tensor(x), torch.tensor(kernel, requires_grad=True), torch.tensor(bias)
    theirs(theirs(xt, kt, bt), kt, bt).sum().backward()  # type: ignore[no-untyped-call]
    assert node.gradient is not None and kt.grad is not None
    np.testing.assert_allclose(node.gradient, kt.grad.numpy(), rtol=1e-9, atol=1e-9)


def test_bad_input() -> None:
    with pytest.raises(InputError, match="conv_relu_pool expected float32 or float64, got float16"):
        conv_relu_pool(np.zeros((1, 4, 4, 1), np.float16), np.zeros((3, 3, 1, 1), np.float16), np.zeros(1))
    with pytest.raises(InputError, match="expected at least two outputs each way"):
        conv_relu_pool(np.zeros((1, 3, 4, 1)), np.zeros((3, 3, 1, 1)), np.zeros(1))
    with pytest.raises(InputError, match="conv_relu_pool expected 2 channels in 1 groups"):
        conv_relu_pool(np.zeros((1, 3, 4, 2)), np.zeros((3, 3, 1, 1)), np.zeros(1))
    with pytest.raises(InputError, match=r"bias: .* one number a filter, \(1,\), got shape \(2,\)"):
        conv_relu_pool(np.zeros((1, 4, 4, 1)), np.zeros((3, 3, 1, 1)), np.zeros(2))

"""Pooling: gradients by differences, values and gradients as PyTorch's and Keras'."""

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
from cutaway.science.nets import (
    AvgPool2D,
    GlobalAvgPool2D,
    GlobalMaxPool2D,
    MaxPool2D,
    avg_pool,
    global_avg_pool,
    global_max_pool,
    max_pool,
)
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32, pulled
from tests.science.nets.images import channels_first, channels_last

WINDOWS: list[dict[str, Any]] = [
    {"size": 2},
    {"size": 3, "stride": 2},
    {"size": (2, 3), "stride": (3, 1)},
    {"size": 3, "stride": 1, "padding": 1},
    {"size": (3, 2), "stride": (1, 2), "padding": (1, 0)},
]


@pytest.mark.parametrize("settings", [*WINDOWS, {"size": (3, 2), "stride": 2, "padding": (1, 0), "dilation": (1, 2)}])
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("shape", [(2, 6, 5, 1), (1, 7, 6, 3)])
def test_max_pool(settings: dict[str, Any], compiled: bool, shape: tuple[int, ...], rng: np.random.Generator) -> None:
    x = rng.permutation(np.prod(shape)).reshape(shape) / 7.0  # no two so close that a difference changes the winner
    theirs = {("kernel_size" if name == "size" else name): value for name, value in settings.items()}
    function = partial(max_pool, compiled=compiled, **settings)
    agrees_with_differences(function, x)
    agrees_with_torch(function, lambda t: channels_last(functional.max_pool2d(channels_first(t), **theirs)), x)
    keeps_float32(function, x)


@pytest.mark.parametrize("settings", WINDOWS)
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("count_pads", [True, False])
def test_avg_pool(settings: dict[str, Any], compiled: bool, count_pads: bool, rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 6, 5, 3))
    theirs = {("kernel_size" if name == "size" else name): value for name, value in settings.items()}
    function = partial(avg_pool, compiled=compiled, count_pads=count_pads, **settings)
    agrees_with_differences(function, x)
    agrees_with_torch(
        function,
        lambda t: channels_last(functional.avg_pool2d(channels_first(t), count_include_pad=count_pads, **theirs)),
        x,
    )
    keeps_float32(function, x)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (2, 3), (3, 1)])
def test_padding_is_kerass(compiled: bool, padding: str, size: int, stride: int, rng: np.random.Generator) -> None:
    from keras import ops

    x = rng.normal(size=(2, 7, 8, 3))
    for ours, theirs in ((max_pool, ops.max_pool), (avg_pool, ops.average_pool)):
        y = ours(x, size=size, stride=stride, padding=padding, compiled=compiled)
        expected = ops.convert_to_numpy(theirs(x, size, stride, padding))
        np.testing.assert_allclose(y, expected, rtol=1e-6, atol=1e-6)


def test_global_pools(rng: np.random.Generator) -> None:
    x = rng.normal(size=(3, 4, 5, 2))
    for function, theirs in (
        (global_max_pool, lambda t: t.amax((1, 2))),
        (global_avg_pool, lambda t: t.mean((1, 2))),
    ):
        agrees_with_differences(function, x)
        agrees_with_torch(function, theirs, x)
        keeps_float32(function, x)


def test_layers(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 7, 7, 3)).astype(np.float32)
    for layer, expected in (
        (MaxPool2D(3, 2, "same"), max_pool(x, size=3, stride=2, padding="same")),
        (MaxPool2D(2, 1, dilation=2), max_pool(x, size=2, stride=1, dilation=2)),
        (AvgPool2D(3, 2, "same", count_pads=True), avg_pool(x, size=3, stride=2, padding="same", count_pads=True)),
        (GlobalMaxPool2D(), x.max(axis=(1, 2))),
        (GlobalAvgPool2D(), x.mean(axis=(1, 2))),
    ):
        assert (layer.init((0,)), layer.start((0,))) == ((), ())
        np.testing.assert_array_equal(layer.apply((), x, (), True)[0], expected)


@pytest.mark.parametrize("compiled", [True, False])
def test_of_equal_numbers_the_first_gets_all(compiled: bool) -> None:
    _, (at_x,) = pulled(partial(max_pool, compiled=compiled), (np.ones((1, 2, 2, 1)),), np.ones((1, 1, 1, 1)))
    assert at_x.ravel().tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_what_is_not_a_number_wins(compiled: bool, place: int) -> None:
    x = np.array([1.0, 2.0, np.inf, 3.0])
    x[place] = np.nan
    assert np.isnan(max_pool(x.reshape(1, 2, 2, 1), compiled=compiled)).all()
    assert torch.isnan(functional.max_pool2d(torch.tensor(x.reshape(1, 1, 2, 2)), 2)).all()


def test_pads_never_win() -> None:
    x = np.full((1, 2, 2, 1), -np.inf)
    x[0, 0, 0] = -7
    for compiled in (True, False):
        y, (at_x,) = pulled(
            partial(max_pool, size=3, stride=1, padding=1, compiled=compiled), (x,), np.ones((1, 2, 2, 1))
        )
        assert (y == -7).all() and at_x.ravel().tolist() == [4, 0, 0, 0]


@pytest.mark.parametrize("pool", [max_pool, avg_pool])
def test_bad_input(pool: Any) -> None:
    with pytest.raises(InputError, match=r"x: pooling expected images \(n, h, w, c\), got shape \(4, 4\)"):
        pool(np.zeros((4, 4)))
    with pytest.raises(InputError, match="expected a pixel under every window, got 2 for windows of 2"):
        pool(np.zeros((1, 4, 4, 1)), padding=2)


@given(st.integers(2, 8), st.integers(2, 8), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32))
def test_laws(h: int, w: int, size: int, stride: int, seed: int) -> None:
    """Maximum commutes with a rising function, the mean is linear, and mean ≤ maximum; both ways agree."""
    x = np.random.default_rng(seed).normal(size=(2, h, w, 3))
    settings = {"size": min(size, h, w), "stride": stride, "padding": "same"}
    top, middle = max_pool(x, **settings), avg_pool(x, **settings)
    np.testing.assert_array_equal(max_pool(np.exp(x), **settings), np.exp(top))
    np.testing.assert_allclose(avg_pool(3 * x - 1, **settings), 3 * middle - 1, rtol=1e-9, atol=1e-9)
    assert (middle <= top + 1e-12).all()
    np.testing.assert_array_equal(max_pool(x, compiled=False, **settings), top)
    np.testing.assert_allclose(avg_pool(x, compiled=False, **settings), middle, rtol=1e-12, atol=1e-12)

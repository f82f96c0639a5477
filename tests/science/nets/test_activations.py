"""Activations: gradients by differences, values and gradients as PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    GELU,
    LeakyReLU,
    Masked,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32

PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., torch.Tensor]]] = {
    "relu": (relu, torch.relu),
    "leaky_relu": (partial(leaky_relu, slope=0.2), partial(functional.leaky_relu, negative_slope=0.2)),
    "gelu": (gelu, functional.gelu),
    "gelu, tanh": (partial(gelu, tanh=True), partial(functional.gelu, approximate="tanh")),
    "sigmoid": (sigmoid, torch.sigmoid),
    "tanh": (tanh, torch.tanh),
    "softmax": (softmax, partial(torch.softmax, dim=-1)),
    "softmax, axis 1": (partial(softmax, axis=1), partial(torch.softmax, dim=1)),
    "log_softmax": (log_softmax, partial(torch.log_softmax, dim=-1)),
    "log_softmax, axis 1": (partial(log_softmax, axis=1), partial(torch.log_softmax, dim=1)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_gradients_and_values(name: str, rng: np.random.Generator) -> None:
    ours, theirs = PAIRS[name]
    x = rng.normal(size=(3, 4, 2)) * 2
    agrees_with_differences(ours, x)
    agrees_with_torch(ours, theirs, x)
    keeps_float32(ours, x)
    assert isinstance(ours(x), np.ndarray)


@pytest.mark.parametrize("name", PAIRS)
def test_far_out_as_pytorch(name: str) -> None:
    ours, theirs = PAIRS[name]
    x = np.array([[-1000.0, -80.0, -1e-9, 1e-9, 80.0, 1000.0]] * 2)
    agrees_with_torch(ours, theirs, x[:, :, None] if "axis" in name else x, rtol=1e-7)


def test_gelu_of_float32_is_exact_enough() -> None:
    x = np.linspace(-9, 9, 10_001, dtype=np.float32)
    exact = gelu(x.astype(float))
    np.testing.assert_allclose(gelu(x), exact, rtol=3e-7, atol=2e-6)
    theirs = functional.gelu(torch.tensor(x)).numpy()
    assert abs(gelu(x) - exact).max() <= 2 * abs(theirs - exact).max()
    assert np.isnan(gelu(np.array([np.nan], np.float32)))[0]


def test_at_zero_nothing_passes_a_relu() -> None:
    zero = np.zeros(3)
    agrees_with_torch(relu, torch.relu, zero)
    agrees_with_torch(partial(leaky_relu, slope=0.1), partial(functional.leaky_relu, negative_slope=0.1), zero)


def test_softmax_of_minus_infinity() -> None:
    x = np.array([[-np.inf, 0.0, 0.0]])
    assert softmax(x).tolist() == [[0.0, 0.5, 0.5]]
    assert np.isnan(softmax(np.full((1, 2), -np.inf))).all()


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (ReLU(), relu),
        (LeakyReLU(0.3), partial(leaky_relu, slope=0.3)),
        (GELU(), gelu),
        (GELU(tanh=True), partial(gelu, tanh=True)),
        (Sigmoid(), sigmoid),
        (Tanh(), tanh),
        (Softmax(), softmax),
        (Softmax(axis=1), partial(softmax, axis=1)),
    ],
)
def test_layers_are_the_functions_and_hand_on_a_mask(layer: Any, function: Any, rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 3, 4))
    assert layer.init((1,)) == () == layer.start((1,))
    y, state = layer.apply((), x, (), True)
    np.testing.assert_array_equal(y, function(x))
    mask = np.array([[True, True, False]] * 2)
    kept, _ = layer.apply((), Masked(x, mask), (), False)
    assert kept.mask is mask and state == ()
    np.testing.assert_array_equal(kept.values, y)


@pytest.mark.parametrize("slope", [-0.1, 1.5])
def test_a_slope_that_is_none_is_refused(slope: float) -> None:
    with pytest.raises(InputError, match="slope: leaky_relu expected a number from 0 to 1"):
        leaky_relu(np.ones(2), slope=slope)


def test_a_softmax_over_the_batch_is_refused() -> None:
    with pytest.raises(InputError, match="axis: Softmax expected an axis of the classes, got 0, the batch"):
        Softmax(axis=0)

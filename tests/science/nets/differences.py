"""Gradients of operations three ways: by the tape, by central finite differences, and by PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from cutaway.science.nets import Node, backward, value_of


def pulled(function: Callable[..., Any], arrays: tuple[np.ndarray, ...], weight: np.ndarray | None = None) -> Any:
    """The value of an operation and, for each array, the gradient of Σ weight · value (weights drawn, if None)."""
    nodes = [Node(x, kept=True) for x in arrays]
    result = function(*nodes)
    backward(result, weights(result.shape) if weight is None else weight)
    for node in nodes:
        assert node.gradient is None or node.gradient.shape == node.shape
    return result.value, [node.gradient for node in nodes]


def weights(shape: tuple[int, ...]) -> np.ndarray:
    """What the elements of a result count in the sum that is derived."""
    return np.asarray(np.random.default_rng(99).normal(size=shape))


def agrees_with_differences(function: Callable[..., Any], *arrays: np.ndarray, atol: float = 1e-7) -> None:
    """The tape's gradients are those of central differences, array by array; all in float64, steps of 1e-6."""
    value, gradients = pulled(function, arrays)
    weight = weights(value.shape)
    for i, (x, gradient) in enumerate(zip(arrays, gradients, strict=True)):
        assert x.dtype == np.float64
        found = np.zeros_like(x)
        for place in np.ndindex(x.shape):
            ends = []
            for step in (1e-6, -1e-6):
                moved = x.copy()
                moved[place] += step
                ends.append(np.sum(weight * value_of(function(*arrays[:i], moved, *arrays[i + 1 :]))))
            found[place] = (ends[0] - ends[1]) / 2e-6
        np.testing.assert_allclose(gradient, found, rtol=1e-5, atol=atol, err_msg=f"argument {i}")


def agrees_with_torch(
    function: Callable[..., Any], theirs: Callable[..., torch.Tensor], *arrays: np.ndarray, rtol: float = 1e-9
) -> None:
    """Values and gradients are PyTorch's; where they derive nothing (None), the tape has None or zeros."""
    value, gradients = pulled(function, arrays)
    tensors = [torch.tensor(x, requires_grad=True) for x in arrays]
    result = theirs(*tensors)
    assert tuple(result.shape) == value.shape
    np.testing.assert_allclose(value, result.detach().numpy(), rtol=rtol, atol=rtol)
    result.backward(torch.tensor(weights(value.shape).astype(value.dtype)))
    for i, (gradient, tensor) in enumerate(zip(gradients, tensors, strict=True)):
        expected = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()
        found = np.zeros(tensor.shape) if gradient is None else gradient
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol, err_msg=f"argument {i}")


def keeps_float32(function: Callable[..., Any], *arrays: np.ndarray) -> None:
    """From float32 to float32, the value and every gradient."""
    narrow = tuple(x.astype(np.float32) for x in arrays)
    nodes = [Node(x, kept=True) for x in narrow]
    result = function(*nodes)
    assert result.dtype == np.float32
    backward(result, np.ones(result.shape, np.float32))
    assert {node.gradient.dtype for node in nodes if node.gradient is not None} == {np.dtype(np.float32)}

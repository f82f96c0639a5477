"""Networks side by side compute what each computes alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    GELU,
    BatchNorm,
    Deep,
    Dense,
    Flatten,
    LeakyReLU,
    Sequential,
    StackedBatchNorm,
    StackedDense,
    Tanh,
    cross_entropy,
    glorot_uniform,
    leaves,
    stack_of,
    stacked,
    stacked_batch_norm,
    stacked_dense,
    total,
    unstacked,
    value_and_gradient,
)
from tests.science.nets.differences import agrees_with_differences, keeps_float32


def normed(x: Any, gamma: Any, beta: Any) -> Any:
    values = np.asarray(getattr(x, "value", x))
    moments = {"mean": values.mean(axis=1), "variance": values.var(axis=1)}
    return stacked_batch_norm(x, gamma, beta, epsilon=1e-3, **moments)


@pytest.mark.parametrize("biased", [True, False])
def test_gradients_of_stacked_dense(biased: bool, rng: np.random.Generator) -> None:
    arrays = (rng.normal(size=(3, 5, 4)), rng.normal(size=(3, 4, 2)), rng.normal(size=(3, 2)))[: 3 if biased else 2]
    agrees_with_differences(stacked_dense, *arrays)
    keeps_float32(stacked_dense, *arrays)


def test_gradients_of_stacked_batch_norm(rng: np.random.Generator) -> None:
    arrays = (rng.normal(size=(2, 6, 3)), rng.normal(size=(2, 3)), rng.normal(size=(2, 3)))
    agrees_with_differences(normed, *arrays, atol=1e-6)
    keeps_float32(normed, *arrays)


@pytest.mark.parametrize("norm", ["none", "batch"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("train", [True, False])
def test_each_computes_as_alone(activation: str, norm: Any, train: bool, rng: np.random.Generator) -> None:
    deep = Deep(activation, 3, 8, 5, 4, norm)
    alone = [deep.init((seed,), glorot_uniform) for seed in range(3)]
    x, y = rng.normal(size=(3, 7, 5)).astype(np.float32), rng.integers(0, 4, (3, 7))
    model, together = deep.model, stack_of(deep.model, 3)
    states = [model.start((0,)) for _ in alone]
    for _ in range(2):  # the second time with other running moments

        def loss(params: Any) -> Any:
            logits, state = together.apply(params, x, stacked(states), train)
            return total(cross_entropy(logits, y, reduction="none")) * (1 / 7), state

        _, gradient, after = value_and_gradient(loss, stacked(alone))
        for at, params in enumerate(alone):

            def one(params: Any, at: int = at) -> Any:
                logits, state = model.apply(params, x[at], states[at], train)
                return cross_entropy(logits, y[at]), state

            _, mine, state = value_and_gradient(one, params)
            for (_, a), (_, b) in zip(leaves(mine), leaves(unstacked(gradient, at)), strict=True):
                np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-6)
            for (_, a), (_, b) in zip(leaves(state), leaves(unstacked(after, at)), strict=True):
                np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-6)
            states[at] = state


def test_layers_begin_as_those_alone() -> None:
    dense, norm = StackedDense(2, 4, 3), StackedBatchNorm(2, BatchNorm(3))
    params = dense.init((5,))
    np.testing.assert_array_equal(params["kernel"][1], Dense(4, 3).init((5, 1))["kernel"])
    assert norm.init((0,))["gamma"].shape == (2, 3) == norm.start((0,))["moving_mean"].shape
    model = stack_of(Sequential((Dense(4, 3), GELU(), LeakyReLU(), Tanh()), ("a", "b", "c", "d")), 2)
    assert model.names == ("a", "b", "c", "d") and model.layers[0] == StackedDense(2, 4, 3)


@pytest.mark.parametrize("layer", [Flatten(), Dense(2, 2, bias=False), BatchNorm(2, frozen=True)])
def test_what_cannot_be_stacked_is_said(layer: Any) -> None:
    with pytest.raises(InputError, match="model: stack_of expected dense layers"):
        stack_of(Sequential((layer,)), 2)

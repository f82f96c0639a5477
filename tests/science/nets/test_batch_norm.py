"""Batch norm: gradients by differences, moments and results as Keras' and PyTorch's, padding left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from cutaway.core.errors import InputError
from cutaway.science.nets import BatchNorm, ChannelMoments, Masked, Node, backward, batch_norm, channel_moments
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32

MASK = np.array([[True, True, False], [True, False, False]])


def arrays(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    return rng.normal(1, 2, size=shape), rng.normal(size=shape[-1]), rng.normal(size=shape[-1])


@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 4, 2)])
def test_gradients_and_values(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    given = arrays(rng, shape)
    agrees_with_differences(batch_norm, *given)
    agrees_with_torch(
        lambda x, gamma, beta: batch_norm(x, gamma, beta, epsilon=1e-5),
        lambda x, gamma, beta: functional.batch_norm(
            x.movedim(-1, 1), None, None, gamma, beta, training=True, eps=1e-5
        ).movedim(1, -1),
        *given,
        rtol=1e-8,
    )
    keeps_float32(batch_norm, *given)


@pytest.mark.parametrize("fixed", [False, True])
def test_gradients_masked_or_fixed(fixed: bool, rng: np.random.Generator) -> None:
    given = arrays(rng, (2, 3, 4))
    moments = ChannelMoments(rng.normal(size=4), rng.uniform(1, 2, size=4)) if fixed else None
    for mask in (None, MASK):
        agrees_with_differences(lambda x, g, b: batch_norm(x, g, b, mask=mask, moments=moments, fixed=fixed), *given)  # noqa: B023
        agrees_with_differences(lambda x: batch_norm(x, None, None, mask=mask, moments=moments, fixed=fixed), given[0])  # noqa: B023
    if moments is not None:
        agrees_with_torch(
            lambda x, gamma, beta: batch_norm(x, gamma, beta, epsilon=1e-5, moments=moments, fixed=True),
            lambda x, gamma, beta: functional.batch_norm(
                x.movedim(-1, 1), torch.tensor(moments.mean), torch.tensor(moments.variance), gamma, beta
            ).movedim(1, -1),
            *given,
        )


def test_masked_is_what_the_rows_alone_would_be(rng: np.random.Generator) -> None:
    x, gamma, beta = arrays(rng, (2, 3, 4))
    x[~MASK] = np.nan
    found = channel_moments(x, MASK)
    np.testing.assert_allclose(found.mean, x[MASK].mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.variance, x[MASK].var(axis=0), rtol=1e-12)
    assert found.count == 3
    node = Node(x, kept=True)
    y = batch_norm(node, gamma, beta, mask=MASK)
    alone = Node(x[MASK], kept=True)
    backward(y, np.ones(y.shape) * np.arange(4) ** 2 * np.arange(6).reshape(2, 3, 1))
    z = batch_norm(alone, gamma, beta)
    backward(z, np.ones(z.shape) * np.arange(4) ** 2 * np.arange(6).reshape(2, 3, 1)[MASK])
    np.testing.assert_allclose(y.value[MASK], z.value, rtol=1e-12)
    assert (y.value[~MASK] == 0).all()
    assert node.gradient is not None and alone.gradient is not None
    np.testing.assert_allclose(node.gradient[MASK], alone.gradient, rtol=1e-9, atol=1e-12)
    assert (node.gradient[~MASK] == 0).all()


def trained(layer: BatchNorm, params: Any, batches: list[np.ndarray]) -> tuple[list[np.ndarray], Any]:
    state, out = layer.start((0,)), []
    for x in batches:
        y, state = layer.apply(params, x, state, True)
        out.append(y)
    return out, state


@pytest.mark.parametrize("shape", [(6, 3), (4, 5, 5, 3)])
def test_the_layer_is_pytorchs(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    batches = [rng.normal(3, 2, size=shape).astype(np.float32) for _ in range(5)]
    layer = BatchNorm.of_pytorch(3)
    theirs = (torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d)(3)
    out, state = trained(layer, layer.init((0,)), batches)
    for x, y in zip(batches, out, strict=True):
        expected = theirs(torch.tensor(x).movedim(-1, 1)).movedim(1, -1).detach().numpy()
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state["moving_mean"], theirs.running_mean.numpy(), rtol=1e-5)
    np.testing.assert_allclose(state["moving_variance"], theirs.running_var.numpy(), rtol=1e-5)
    theirs.eval()
    y, after = layer.apply(layer.init((0,)), batches[0], state, False)
    expected = theirs(torch.tensor(batches[0]).movedim(-1, 1)).movedim(1, -1).detach().numpy()
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
    assert after is state


@pytest.mark.parametrize("shape", [(6, 3), (4, 5, 5, 3)])
def test_the_layer_is_keras(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    import keras

    batches = [rng.normal(3, 2, size=shape).astype(np.float32) for _ in range(5)]
    theirs = keras.layers.BatchNormalization()
    layer = BatchNorm(3)
    out, state = trained(layer, layer.init((0,)), batches)
    for x, y in zip(batches, out, strict=True):
        np.testing.assert_allclose(y, numpy_of(theirs(x, training=True)), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state["moving_mean"], numpy_of(theirs.moving_mean.value), rtol=1e-5)
    np.testing.assert_allclose(state["moving_variance"], numpy_of(theirs.moving_variance.value), rtol=1e-5)
    y, _ = layer.apply(layer.init((0,)), batches[0], state, False)
    np.testing.assert_allclose(y, numpy_of(theirs(batches[0], training=False)), rtol=1e-4, atol=1e-5)


def test_the_masked_layer_is_keras(rng: np.random.Generator) -> None:
    import keras

    x = rng.normal(3, 2, size=(2, 3, 4)).astype(np.float32)
    theirs, layer = keras.layers.BatchNormalization(), BatchNorm(4)
    expected = numpy_of(theirs(x, training=True, mask=keras.ops.convert_to_tensor(MASK)))
    y, state = layer.apply(layer.init((0,)), Masked(x, MASK), layer.start((0,)), True)
    np.testing.assert_allclose(y.values[MASK], expected[MASK], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state["moving_mean"], numpy_of(theirs.moving_mean.value), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(state["moving_variance"], numpy_of(theirs.moving_variance.value), rtol=1e-5)
    assert y.mask is MASK


def numpy_of(x: Any) -> np.ndarray:
    import keras

    return np.asarray(keras.ops.convert_to_numpy(x))


def test_the_two_conventions_differ_by_the_share_and_the_variance(rng: np.random.Generator) -> None:
    x = rng.normal(size=(4, 1)).astype(np.float32)
    _, keras_state = trained(BatchNorm(1, momentum=0.9), {}, [x])
    _, torch_state = trained(BatchNorm.of_pytorch(1, momentum=0.1), {}, [x])
    np.testing.assert_allclose(keras_state["moving_mean"], torch_state["moving_mean"], rtol=1e-6)
    biased, unbiased = (state["moving_variance"] - 0.9 for state in (keras_state, torch_state))
    np.testing.assert_allclose(unbiased / biased, 4 / 3, rtol=1e-5)


def test_a_frozen_layer_does_not_move(rng: np.random.Generator) -> None:
    x = rng.normal(5, 1, size=(8, 2)).astype(np.float32)
    layer = BatchNorm(2, frozen=True, scale=False)
    y, state = layer.apply(layer.init((0,)), x, layer.start((0,)), True)
    np.testing.assert_allclose(y, x / np.sqrt(1.001), rtol=1e-6)
    assert state["moving_mean"].tolist() == [0, 0] and set(layer.init((0,))) == {"beta"}


def test_one_row_and_none() -> None:
    one = np.ones((1, 2), np.float32)
    with pytest.raises(InputError, match="x: BatchNorm with an unbiased variance expected more than 1 row"):
        trained(BatchNorm.of_pytorch(2), {}, [one])
    (y,), _ = trained(BatchNorm(2), {}, [one])
    assert y.tolist() == [[0, 0]]
    layer = BatchNorm(2)
    y, state = layer.apply({}, Masked(np.ones((1, 3, 2), np.float32), np.zeros((1, 3), bool)), layer.start((0,)), True)
    assert (y.values == 0).all() and state["moving_variance"].tolist() == [1, 1]


def test_float32_moments_of_many_rows_are_exact_enough(rng: np.random.Generator) -> None:
    x = rng.normal(10, 1, size=(64 * 28 * 28, 2)).astype(np.float32)
    found = channel_moments(x)
    np.testing.assert_allclose(found.mean, x.mean(axis=0, dtype=np.float64), rtol=5e-6)
    np.testing.assert_allclose(found.variance, x.var(axis=0, dtype=np.float64), rtol=1e-5)


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match=r"mask: expected the leading axes of shape \(2, 3\), got \(3, 2\)"):
        channel_moments(np.zeros((2, 3, 4)), np.ones((3, 2), bool))

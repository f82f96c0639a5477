"""Layer and group norm: gradients by differences, results as PyTorch's and Keras', padding left out."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from torch.nn import functional

from cutaway.core.errors import InputError
from cutaway.science.nets import GroupNorm, LayerNorm, Masked, group_norm, layer_norm
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32


@pytest.mark.parametrize(("shape", "axes"), [((5, 4), 1), ((2, 3, 4), 1), ((2, 3, 4), 2)])
def test_layer_norm(shape: tuple[int, ...], axes: int, rng: np.random.Generator) -> None:
    features = shape[-axes:]
    given = rng.normal(1, 2, size=shape), rng.normal(size=features), rng.normal(size=features)
    ours = partial(layer_norm, axes=axes, epsilon=1e-5)
    agrees_with_differences(ours, *given)
    agrees_with_differences(lambda x: ours(x, None, None), given[0])
    agrees_with_torch(ours, lambda x, g, b: functional.layer_norm(x, features, g, b, 1e-5), *given, rtol=1e-8)
    keeps_float32(ours, *given)


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("shape", [(5, 4), (2, 3, 4), (2, 3, 2, 4)])
def test_group_norm(shape: tuple[int, ...], groups: int, rng: np.random.Generator) -> None:
    given = rng.normal(1, 2, size=shape), rng.normal(size=4), rng.normal(size=4)
    ours = partial(group_norm, groups=groups, epsilon=1e-5)
    # a group of one number is its own mean: its gradient is 0 but for rounding, which 1 / √ε makes larger
    agrees_with_differences(ours, *given, atol=1e-5)
    agrees_with_torch(
        ours,
        lambda x, g, b: functional.group_norm(x.movedim(-1, 1), groups, g, b, 1e-5).movedim(1, -1),
        *given,
        rtol=1e-8,
    )
    keeps_float32(ours, *given)


def test_group_norm_leaves_padding_out(rng: np.random.Generator) -> None:
    mask = np.array([[True, True, False], [True, False, False]])
    x, gamma, beta = rng.normal(1, 2, size=(2, 3, 4)), rng.normal(size=4), rng.normal(size=4)
    ours = partial(group_norm, groups=2, mask=mask)
    agrees_with_differences(ours, x, gamma, beta)
    x[~mask] = np.nan
    y = ours(x, gamma, beta)
    np.testing.assert_allclose(y[0, :2], group_norm(x[:1, :2], gamma, beta, groups=2)[0], rtol=1e-12)
    assert (y[~mask] == 0).all()


def test_the_layers_are_keras(rng: np.random.Generator) -> None:
    import keras

    x = rng.normal(1, 2, size=(2, 5, 6)).astype(np.float32)
    gamma, beta = rng.normal(size=(2, 6)).astype(np.float32)
    pairs = [
        (LayerNorm(6), keras.layers.LayerNormalization()),
        (GroupNorm(6, groups=3), keras.layers.GroupNormalization(groups=3)),
    ]
    for layer, theirs in pairs:
        theirs.build(x.shape)
        theirs.set_weights([gamma, beta])
        y, state = layer.apply({"gamma": gamma, "beta": beta}, x, (), True)
        np.testing.assert_allclose(y, keras.ops.convert_to_numpy(theirs(x)), rtol=1e-4, atol=1e-5)
        assert state == () == layer.start((0,))


def test_the_layers_hand_on_a_mask(rng: np.random.Generator) -> None:
    mask = np.array([[True, True, False]])
    x = rng.normal(size=(1, 3, 4)).astype(np.float32)
    for layer in (LayerNorm(4), GroupNorm(4, groups=2)):
        y, _ = layer.apply(layer.init((0,)), Masked(x, mask), (), True)
        assert y.mask is mask and y.values.dtype == np.float32
    y, _ = LayerNorm((3, 4)).apply(LayerNorm((3, 4)).init((0,)), x, (), True)
    assert abs(y.mean()) < 1e-6


def test_groups_that_do_not_divide_are_refused() -> None:
    with pytest.raises(InputError, match="groups: group_norm expected a divisor of 4 channels, got 3"):
        group_norm(np.zeros((2, 4)), None, None, groups=3)

"""Attention: gradients by differences, values as PyTorch's and Keras', padding that nobody looks at."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    Attention,
    Masked,
    MultiHeadAttention,
    attention,
    attention_weights,
    joined_heads,
    split_heads,
    total,
    value_and_gradient,
)
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32

SEEN = np.array([[1, 0, 1, 1, 0], [0, 1, 0, 0, 0], [1, 1, 1, 1, 1]], bool)
PADDED = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool)
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "mask": {"mask": SEEN},
    "scale": {"scale": 0.3},
    "causal": {"causal": True},
    "both": {"mask": SEEN | np.eye(3, 5, dtype=bool), "causal": True},
}


@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
@pytest.mark.parametrize("name", SETTINGS)
def test_gradients_and_values(name: str, batch: tuple[int, ...], rng: np.random.Generator) -> None:
    given = rng.normal(size=(*batch, 3, 4)), rng.normal(size=(*batch, 5, 4)), rng.normal(size=(*batch, 5, 2))
    settings = SETTINGS[name]
    agrees_with_differences(partial(attention, **settings), *given)
    agrees_with_differences(partial(attention_weights, **settings), *given[:2])
    keeps_float32(partial(attention, **settings), *given)
    seen = settings.get("mask", np.ones((3, 5), bool)) & (np.tri(3, 5) > 0 if settings.get("causal") else True)
    theirs = partial(functional.scaled_dot_product_attention, attn_mask=torch.tensor(seen), scale=settings.get("scale"))
    agrees_with_torch(partial(attention, **settings), theirs, *given)


def test_a_query_that_may_look_nowhere_gets_nothing(rng: np.random.Generator) -> None:
    mask = np.array([[True, False], [False, False]])
    given = rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    agrees_with_differences(partial(attention, mask=mask), *given)
    assert attention(*given, mask=mask)[1].tolist() == [0, 0, 0]
    assert attention_weights(*given[:2], mask=mask).tolist() == [[1, 0], [0, 0]]
    assert attention(given[0], np.zeros((0, 3)), np.zeros((0, 3))).tolist() == [[0] * 3] * 2


def test_heads(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 3, 6))
    agrees_with_differences(partial(split_heads, heads=2), x)
    agrees_with_torch(partial(split_heads, heads=2), lambda v: v.unflatten(2, (2, 3)).transpose(1, 2), x)
    agrees_with_differences(joined_heads, x.reshape(2, 3, 2, 3))
    np.testing.assert_array_equal(joined_heads(split_heads(x, heads=3)), x)
    with pytest.raises(InputError, match="heads: split_heads expected a divisor of 6 features, got 4"):
        split_heads(x, heads=4)


def parameters(layer: MultiHeadAttention, rng: np.random.Generator) -> Any:
    params = layer.init((3,))
    for part in params.values():
        part["bias"] = rng.normal(size=part["bias"].shape).astype(np.float32)
    return params


@pytest.mark.parametrize("causal", [False, True])
def test_the_layer_is_pytorchs(causal: bool, rng: np.random.Generator) -> None:
    layer = MultiHeadAttention(6, 2, causal=causal)
    params = parameters(layer, rng)
    theirs = torch.nn.MultiheadAttention(6, 2, batch_first=True)
    three = [params[name] for name in ("query", "key", "value")]
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.tensor(np.concatenate([p["kernel"].reshape(6, 6).T for p in three])))
        theirs.in_proj_bias.copy_(torch.tensor(np.concatenate([p["bias"].reshape(6) for p in three])))
        theirs.out_proj.weight.copy_(torch.tensor(params["output"]["kernel"].reshape(6, 6).T))
        theirs.out_proj.bias.copy_(torch.tensor(params["output"]["bias"]))
    x = rng.normal(size=(2, 5, 6)).astype(np.float32)
    later = torch.tensor(~np.tri(5, dtype=bool)) if causal else None
    y, _ = layer.apply(params, Masked(x, PADDED), (), False)
    expected, _ = theirs(*[torch.tensor(x)] * 3, key_padding_mask=torch.tensor(~PADDED), attn_mask=later)
    np.testing.assert_allclose(y.values[PADDED], expected.detach().numpy()[PADDED], rtol=1e-4, atol=1e-5)
    assert y.mask is PADDED


@pytest.mark.parametrize("pair", [False, True])
def test_the_layer_is_keras(pair: bool, rng: np.random.Generator) -> None:
    import keras

    layer = MultiHeadAttention(6, 2, size=4)
    params = parameters(layer, rng)
    theirs = keras.layers.MultiHeadAttention(2, 4)
    x = rng.normal(size=(2, 5, 6)).astype(np.float32)
    queries = rng.normal(size=(2, 3, 6)).astype(np.float32) if pair else x
    theirs.build(queries.shape, x.shape)
    names = ("query", "key", "value", "output")
    theirs.set_weights([params[name][part] for name in names for part in ("kernel", "bias")])
    expected = theirs(queries, x, attention_mask=keras.ops.convert_to_tensor(PADDED[:, None, :]))
    y, _ = layer.apply(params, (queries, Masked(x, PADDED)), (), False)
    np.testing.assert_allclose(y, keras.ops.convert_to_numpy(expected), rtol=1e-4, atol=1e-5)


def test_keras_attention_without_a_scale(rng: np.random.Generator) -> None:
    import keras

    x = rng.normal(size=(2, 5, 6)).astype(np.float32)
    y, state = Attention(scaled=False).apply((), x, (), False)
    np.testing.assert_allclose(y, keras.ops.convert_to_numpy(keras.layers.Attention()([x, x])), rtol=1e-4, atol=1e-5)
    y, _ = Attention(causal=True).apply((), Masked(x, PADDED), (), False)
    expected = attention(x, x, x, mask=PADDED[:, None, :], causal=True)
    np.testing.assert_allclose(y.values[PADDED], expected[PADDED], rtol=1e-5, atol=1e-6)
    assert state == ()


@pytest.mark.parametrize("layer", [MultiHeadAttention(6, 2), MultiHeadAttention(6, 3, causal=True), Attention()])
def test_padding_changes_nothing(layer: Any, rng: np.random.Generator) -> None:
    params = layer.init((0,))
    x = rng.normal(size=(2, 5, 6)).astype(np.float32)
    x[~PADDED] = np.nan
    y, _ = layer.apply(params, Masked(x, PADDED), (), False)
    alone, _ = layer.apply(params, x[:1, :3], (), False)
    np.testing.assert_allclose(y.values[0, :3], alone[0], rtol=1e-5, atol=1e-6)
    assert np.isfinite(y.values[PADDED]).all()


def test_the_layers_gradient(rng: np.random.Generator) -> None:
    """Of the parameters together, along one direction."""
    layer = MultiHeadAttention(4, 2)
    params = {name: {k: v.astype(float) for k, v in part.items()} for name, part in parameters(layer, rng).items()}
    x, ahead = rng.normal(size=(2, 5, 4)), rng.normal(size=(2, 5, 4))
    some = {name: {k: rng.normal(size=v.shape) for k, v in part.items()} for name, part in params.items()}

    def loss(given: Any) -> Any:
        y, _ = layer.apply(given, x, (), True)
        return total(y * ahead)

    _, gradient, _ = value_and_gradient(loss, params)
    step = 1e-6
    ends = [
        loss({n: {k: v + sign * step * some[n][k] for k, v in part.items()} for n, part in params.items()})
        for sign in (1, -1)
    ]
    along = sum(np.sum(gradient[n][k] * some[n][k]) for n in params for k in params[n])
    np.testing.assert_allclose(along, (ends[0] - ends[1]) / (2 * step), rtol=1e-6)


def test_heads_that_do_not_divide_are_refused() -> None:
    with pytest.raises(InputError, match="heads: MultiHeadAttention expected a divisor of 6 features, got 4"):
        MultiHeadAttention(6, 4)
    assert MultiHeadAttention(6, 4, size=3).width == 3

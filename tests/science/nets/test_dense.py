"""Dense and Flatten: gradients by differences, values and gradients as PyTorch's and Keras'."""

from __future__ import annotations

import numpy as np
import pytest
from torch.nn import functional

from cutaway.core.errors import InputError
from cutaway.science.nets import Dense, Flatten, Masked, Node, Sequential, dense
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32


@pytest.mark.parametrize("shape", [(5, 3), (2, 4, 3), (1, 2, 2, 3)])
@pytest.mark.parametrize("biased", [True, False])
def test_gradients_and_values(shape: tuple[int, ...], biased: bool, rng: np.random.Generator) -> None:
    arrays = (rng.normal(size=shape), rng.normal(size=(3, 4)), rng.normal(size=4))[: 3 if biased else 2]
    agrees_with_differences(dense, *arrays)
    agrees_with_torch(dense, lambda x, w, b=None: functional.linear(x, w.T, b), *arrays)
    keeps_float32(dense, *arrays)


def test_the_layer_is_keras(rng: np.random.Generator) -> None:
    import keras

    layer, theirs = Dense(6, 4), keras.layers.Dense(4)
    params = layer.init((3, 0))
    theirs.build((None, 6))
    theirs.set_weights([params["kernel"], params["bias"] + 1])
    x = rng.normal(size=(5, 6)).astype(np.float32)
    y, _ = layer.apply({**params, "bias": params["bias"] + 1}, x, (), True)
    np.testing.assert_allclose(y, keras.ops.convert_to_numpy(theirs(x)), rtol=1e-5, atol=1e-6)


def test_parameters_come_from_the_key() -> None:
    one, same, other = (Dense(30, 20).init(key) for key in ((1, 2), (1, 2), (1, 3)))
    np.testing.assert_array_equal(one["kernel"], same["kernel"])
    assert not np.array_equal(one["kernel"], other["kernel"])
    assert one["kernel"].dtype == one["bias"].dtype == np.float32
    assert abs(one["kernel"]).max() <= (6 / 50) ** 0.5
    assert set(Dense(2, 2, bias=False).init((1,))) == {"kernel"}


def test_a_mask_is_handed_on(rng: np.random.Generator) -> None:
    mask = np.array([[True, False]])
    layer = Dense(3, 2)
    params = layer.init((1,))
    y, _ = layer.apply(params, Masked(Node(rng.normal(size=(1, 2, 3))), mask), (), True)
    assert y.mask is mask and y.values.shape == (1, 2, 2)


def test_other_features_are_refused() -> None:
    with pytest.raises(InputError, match=r"x: dense expected 3 features on the last axis, got shape \(2, 4\)"):
        dense(np.zeros((2, 4)), np.zeros((3, 1)))


def test_flatten(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 3, 4, 5))
    model = Sequential((Flatten(), Dense(60, 2)))
    y, _ = model.apply(model.init((0,)), x, model.start((0,)), False)
    assert y.shape == (2, 2)
    flat, _ = Flatten().apply((), x, (), False)
    np.testing.assert_array_equal(flat, x.reshape(2, 60))
    agrees_with_torch(lambda v: Flatten().apply((), v, (), True)[0], lambda v: v.flatten(1), x)
    empty, _ = Flatten().apply((), np.zeros((0, 3, 4)), (), False)
    assert empty.shape == (0, 12)
    with pytest.raises(InputError, match="x: Flatten expected a batch without a mask, got Masked"):
        Flatten().apply((), Masked(x, np.ones((2, 3), bool)), (), False)

"""Masks: what sums sequences up without padding, by differences, PyTorch and Keras."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    GlobalPool1D,
    Masked,
    Masking,
    blanked,
    masked_last,
    masked_max,
    masked_mean,
    padding_mask,
    values_and_mask,
    with_mask,
)
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32

MASK = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1], [0, 0, 0]], bool)
PLAIN: dict[Any, Any] = {
    masked_mean: lambda x: x.mean(1),
    masked_max: lambda x: x.amax(1),
    masked_last: lambda x: x[:, -1],
}


@pytest.mark.parametrize("reduce", PLAIN)
@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("more", [(), (2,), (2, 3)])
def test_gradients(reduce: Any, mask: np.ndarray | None, more: tuple[int, ...], rng: np.random.Generator) -> None:
    x = rng.normal(size=(4, 3, *more))
    agrees_with_differences(partial(reduce, mask=mask), x)
    keeps_float32(partial(reduce, mask=mask), x)


@pytest.mark.parametrize("reduce", PLAIN)
def test_values(reduce: Any, rng: np.random.Generator) -> None:
    x = rng.normal(size=(4, 3, 2))
    agrees_with_torch(reduce, PLAIN[reduce], x)
    x[~MASK] = np.nan
    y = reduce(x, mask=MASK)
    for i in range(3):
        np.testing.assert_allclose(y[i], PLAIN[reduce](torch.tensor(x[i : i + 1, MASK[i]]))[0], rtol=1e-12)
    assert y[3].tolist() == [0, 0]
    assert reduce(np.zeros((2, 0, 3))).tolist() == np.zeros((2, 3)).tolist()


@pytest.mark.parametrize("more", [(), (2,)])
def test_blanked(more: tuple[int, ...], rng: np.random.Generator) -> None:
    x = rng.normal(size=(4, 3, *more))
    agrees_with_differences(partial(blanked, mask=MASK), x)
    x[~MASK] = np.nan
    y = blanked(x, mask=MASK)
    np.testing.assert_array_equal(y[MASK], x[MASK])
    assert (y[~MASK] == 0).all()


def test_padding_mask() -> None:
    lengths = np.array([0, 2, 3])
    after, before = padding_mask(lengths, 3), padding_mask(lengths, 3, before=True)
    np.testing.assert_array_equal(after[:, ::-1], before)
    assert after.sum(axis=1).tolist() == lengths.tolist() and after.dtype == bool
    with pytest.raises(InputError, match=r"lengths: padding_mask expected numbers \(n,\) from 0 to 2"):
        padding_mask(lengths, 2)


def test_the_pool_is_keras(rng: np.random.Generator) -> None:
    import keras

    x = rng.normal(size=(3, 3, 2)).astype(np.float32)
    mask = MASK[:3]
    theirs = keras.layers.GlobalAveragePooling1D()
    y, state = GlobalPool1D().apply((), Masked(x, mask), (), True)
    expected = theirs(x, mask=keras.ops.convert_to_tensor(mask))
    np.testing.assert_allclose(y, keras.ops.convert_to_numpy(expected), rtol=1e-5)
    y, _ = GlobalPool1D("max").apply((), x, (), True)
    np.testing.assert_array_equal(y, keras.ops.convert_to_numpy(keras.layers.GlobalMaxPooling1D()(x)))
    y, _ = GlobalPool1D("last").apply((), Masked(x, mask), (), True)
    np.testing.assert_array_equal(y, x[[0, 1, 2], [1, 2, 2]])
    assert state == ()
    with pytest.raises(InputError, match="how: GlobalPool1D expected one of mean, max, last, got 'sum'"):
        GlobalPool1D("sum")  # type: ignore[arg-type]


def test_masking_is_keras(rng: np.random.Generator) -> None:
    import keras

    x = rng.normal(size=(2, 3, 2)).astype(np.float32)
    x[0, 1], x[1, 2, 0] = -1, -1
    theirs = keras.layers.Masking(-1.0)
    y, _ = Masking(-1.0).apply((), x, (), True)
    np.testing.assert_array_equal(y.mask, keras.ops.convert_to_numpy(theirs.compute_mask(x)))
    np.testing.assert_array_equal(y.values, keras.ops.convert_to_numpy(theirs(x)))
    again, _ = Masking(-1.0).apply((), Masked(x, np.array([[True, True, False]] * 2)), (), True)
    assert again.mask.tolist() == [[True, False, False], [True, True, False]]


def test_masked_or_not() -> None:
    x = np.zeros((2, 3, 1))
    assert values_and_mask(x) == (x, None) and with_mask(x, None) is x
    values, mask = values_and_mask(with_mask(x, MASK[:2]))
    assert values is x and mask is not None


def test_another_mask_is_refused() -> None:
    for reduce in PLAIN:
        with pytest.raises(InputError, match=r"mask: expected one truth a step, shape \(4, 3\), got \(3, 4\)"):
            reduce(np.zeros((4, 3, 2)), mask=MASK.T)

"""Embedding: gradients by differences and as PyTorch's, the mask as Keras'."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from cutaway.core.errors import InputError
from cutaway.science.nets import Embedding, Masked, embedding
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32

PLACES = np.array([[3, 0, 3, 1], [1, 1, 0, 0]])


def test_gradients_and_values(rng: np.random.Generator) -> None:
    table = rng.normal(size=(5, 3))
    agrees_with_differences(lambda w: embedding(w, PLACES), table)
    agrees_with_torch(lambda w: embedding(w, PLACES), lambda w: functional.embedding(torch.tensor(PLACES), w), table)
    keeps_float32(lambda w: embedding(w, PLACES), table)


def test_no_place_at_all(rng: np.random.Generator) -> None:
    agrees_with_differences(lambda w: embedding(w, np.zeros((2, 0), int)), rng.normal(size=(5, 3)))


def test_the_layer_and_its_mask_are_keras() -> None:
    import keras

    layer = Embedding(5, 3, mask_zero=True)
    params = layer.init((0,))
    theirs = keras.layers.Embedding(5, 3, mask_zero=True)
    theirs.build()
    theirs.set_weights([params["embeddings"]])
    y, state = layer.apply(params, PLACES, (), True)
    np.testing.assert_array_equal(y.values, keras.ops.convert_to_numpy(theirs(PLACES)))
    np.testing.assert_array_equal(y.mask, keras.ops.convert_to_numpy(theirs.compute_mask(PLACES)))
    assert state == () and params["embeddings"].dtype == np.float32 and abs(params["embeddings"]).max() <= 0.05


def test_masks_meet() -> None:
    mask = np.array([[True, True, True, False], [False, True, True, True]])
    params = Embedding(5, 3).init((0,))
    y, _ = Embedding(5, 3).apply(params, Masked(PLACES, mask), (), True)
    assert y.mask is mask
    y, _ = Embedding(5, 3, mask_zero=True).apply(params, Masked(PLACES, mask), (), True)
    np.testing.assert_array_equal(y.mask, mask & (PLACES != 0))
    plain, _ = Embedding(5, 3).apply(params, PLACES, (), True)
    assert plain.shape == (2, 4, 3)


def test_places_without_a_row_are_refused() -> None:
    with pytest.raises(InputError, match=r"places: embedding expected 0 … 4, got 5 at element 1"):
        embedding(np.zeros((5, 2)), np.array([0, 5]))
    with pytest.raises(InputError, match=r"places: embedding expected 0 … 4, got -1 at element 0"):
        embedding(np.zeros((5, 2)), np.array([-1]))
    with pytest.raises(InputError, match="places: embedding expected whole numbers, got float64"):
        embedding(np.zeros((5, 2)), np.array([1.0]))

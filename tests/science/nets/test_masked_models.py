"""Whole models over padded sequences: padding, whatever it holds, changes neither loss nor gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.science.nets import (
    GELU,
    GRU,
    LSTM,
    BatchNorm,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    GlobalPool1D,
    GroupNorm,
    LayerNorm,
    Masked,
    Masking,
    MultiHeadAttention,
    Sequential,
    SimpleRNN,
    Tanh,
    cross_entropy,
    leaves,
    padding_mask,
    value_and_gradient,
)

LENGTHS = np.array([4, 2, 1, 3])
CLASSES = np.array([0, 2, 1, 1])
MODELS: dict[str, Sequential] = {
    "lstm": Sequential((Dense(3, 4), Tanh(), LSTM(4, 5), Dense(5, 3))),
    "two ways": Sequential((Bidirectional(GRU(3, 4, return_sequences=True)), GlobalPool1D("max"), Dense(8, 3))),
    "norms": Sequential(
        (Dense(3, 4), BatchNorm(4), GELU(), GroupNorm(4, groups=2), LayerNorm(4), SimpleRNN(4, 5), Dense(5, 3))
    ),
    "attention": Sequential((Dense(3, 4), MultiHeadAttention(4, 2), Dropout(0.0), GlobalPool1D(), Dense(4, 3))),
    "last": Sequential((LSTM(3, 4, return_sequences=True), GlobalPool1D("last"), Dense(4, 3))),
}


def fitted(model: Sequential, x: Any) -> tuple[float, list[np.ndarray], Any]:
    """The loss, the gradients of all parameters, and the state after a training step."""
    params, state = model.init((5,)), model.start((5,))

    def loss(given: Any) -> Any:
        y, after = model.apply(given, x, state, True)
        return cross_entropy(y, CLASSES), after

    value, gradient, after = value_and_gradient(loss, params)
    return value, [one for _, one in leaves(gradient)], after


def padded(real: list[np.ndarray], steps: int, fill: float) -> Masked:
    mask = padding_mask(LENGTHS, steps)
    values = np.full((len(real), steps, 3), fill, np.float32)
    for row, one in zip(values, real, strict=True):
        row[: len(one)] = one
    return Masked(values, mask)


@pytest.mark.parametrize("name", MODELS)
def test_padding_changes_neither_loss_nor_gradient(name: str, rng: np.random.Generator) -> None:
    real = [rng.normal(size=(length, 3)).astype(np.float32) for length in LENGTHS]
    value, gradients, state = fitted(MODELS[name], padded(real, 4, 0))
    for steps, fill in ((4, 9.0), (7, -3.0)):
        other, others, after = fitted(MODELS[name], padded(real, steps, fill))
        assert other == pytest.approx(value, rel=1e-5)
        for one, two in zip(gradients, others, strict=True):
            assert one.dtype == np.float32
            np.testing.assert_allclose(two, one, rtol=1e-4, atol=1e-6)
        for (_, one), (_, two) in zip(leaves(state), leaves(after), strict=True):
            np.testing.assert_allclose(two, one, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_without_the_mask_it_does(name: str, rng: np.random.Generator) -> None:
    real = [rng.normal(size=(length, 3)).astype(np.float32) for length in LENGTHS]
    one, two = (fitted(MODELS[name], padded(real, 7, fill).values)[0] for fill in (0.0, 3.0))
    assert abs(one - two) > 1e-3


def test_masks_from_words_and_from_values(rng: np.random.Generator) -> None:
    words = rng.integers(1, 9, size=(4, 5)) * padding_mask(LENGTHS, 5)
    model = Sequential((Embedding(9, 3, mask_zero=True), LSTM(3, 4), Dense(4, 3)))
    value, _, _ = fitted(model, words)
    wider, _, _ = fitted(model, np.pad(words, ((0, 0), (0, 3))))
    assert wider == pytest.approx(value, rel=1e-6)
    steps = padded([rng.normal(size=(length, 3)) for length in LENGTHS], 6, 0).values
    model = Sequential((Masking(), GRU(3, 4), Dense(4, 3)))
    shorter, _, _ = fitted(model, steps[:, :4])
    assert shorter == pytest.approx(fitted(model, steps)[0], rel=1e-6)


def test_a_loss_at_every_step_takes_the_mask(rng: np.random.Generator) -> None:
    real = [rng.normal(size=(length, 3)).astype(np.float32) for length in LENGTHS]
    model = Sequential((LSTM(3, 4, return_sequences=True), Dense(4, 3)))
    params, found = model.init((1,)), []
    for steps in (4, 9):
        y, _ = model.apply(params, padded(real, steps, 1.0), model.start((1,)), False)
        classes = np.broadcast_to(CLASSES[:, None], (4, steps))
        found.append([float(cross_entropy(y, classes, reduction=how)) for how in ("mean over mask", "mean")])
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-6)
    assert found[1][1] == pytest.approx(found[0][1] * 4 / 9, rel=1e-6)

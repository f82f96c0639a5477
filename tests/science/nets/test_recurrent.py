"""Recurrent layers: gradients through time, values as PyTorch's and Keras', padding that changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    GRU,
    LSTM,
    Bidirectional,
    Masked,
    Node,
    SimpleRNN,
    backward,
    gru,
    joined,
    lstm,
    padding_mask,
    simple_rnn,
)
from tests.science.nets.differences import agrees_with_differences, agrees_with_torch, keeps_float32

N, T, F, U = 3, 4, 2, 3
LENGTHS = np.array([4, 2, 1])
CELLS: dict[str, tuple[Callable[..., Any], int, Any]] = {  # the operation, its gates, the shape of its bias
    "simple_rnn": (simple_rnn, 1, U),
    "simple_rnn, relu": (partial(simple_rnn, activation="relu"), 1, U),
    "gru": (gru, 3, (2, 3 * U)),
    "gru, reset before": (partial(gru, reset_after=False), 3, 3 * U),
    "lstm": (lstm, 4, 4 * U),
}


def arrays(name: str, rng: np.random.Generator) -> list[np.ndarray]:
    _, gates, bias = CELLS[name]
    shapes = [(N, T, F), (F, gates * U), (U, gates * U), bias, (N, U)] + ([(N, U)] if name == "lstm" else [])
    return [rng.normal(size=shape) * 0.8 for shape in shapes]


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("mask", ["none", "after", "before", "within"])
@pytest.mark.parametrize("name", CELLS)
def test_gradients(name: str, mask: str, backwards: bool, last: bool, rng: np.random.Generator) -> None:
    masks = {
        "none": None,
        "after": padding_mask(LENGTHS, T),
        "before": padding_mask(LENGTHS, T, before=True),
        "within": np.array([[1, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0]], bool),
    }
    ours = partial(CELLS[name][0], mask=masks[mask], backwards=backwards, last=last)
    given = arrays(name, rng)
    agrees_with_differences(ours, *given)
    agrees_with_differences(lambda x, w, r: ours(x, w, r), *given[:3])
    keeps_float32(ours, *given)


def of_pytorch(name: str, w: torch.Tensor, r: torch.Tensor, b: torch.Tensor) -> dict[str, torch.Tensor]:
    """Weights as PyTorch's layers have them."""
    if name == "gru":  # r, z, h there
        w, r, b = (torch.cat((v[..., U : 2 * U], v[..., :U], v[..., 2 * U :]), -1) for v in (w, r, b))
        return {"weight_ih_l0": w.T, "weight_hh_l0": r.T, "bias_ih_l0": b[0], "bias_hh_l0": b[1]}
    return {"weight_ih_l0": w.T, "weight_hh_l0": r.T, "bias_ih_l0": b, "bias_hh_l0": torch.zeros_like(b)}


LAYERS: dict[str, Callable[[], torch.nn.Module]] = {
    "simple_rnn": lambda: torch.nn.RNN(F, U, batch_first=True),
    "simple_rnn, relu": lambda: torch.nn.RNN(F, U, batch_first=True, nonlinearity="relu"),
    "gru": lambda: torch.nn.GRU(F, U, batch_first=True),
    "lstm": lambda: torch.nn.LSTM(F, U, batch_first=True),
}


@pytest.mark.parametrize("name", LAYERS)
def test_pytorchs_values_and_gradients(name: str, rng: np.random.Generator) -> None:
    layer = LAYERS[name]()

    def theirs(x: torch.Tensor, w: torch.Tensor, r: torch.Tensor, b: torch.Tensor, *h: torch.Tensor) -> torch.Tensor:
        start = tuple(one[None] for one in h)
        settings = (x, start if name == "lstm" else start[0])
        return torch.func.functional_call(layer, of_pytorch(name, w, r, b), settings)[0]

    given = arrays(name, rng)
    agrees_with_torch(CELLS[name][0], theirs, *given)
    agrees_with_torch(partial(CELLS[name][0], last=True), lambda *a: theirs(*a)[:, -1], *given)


@pytest.mark.parametrize("name", LAYERS)
def test_a_mask_after_is_pytorchs_packing(name: str, rng: np.random.Generator) -> None:
    layer = LAYERS[name]()
    mask = padding_mask(LENGTHS, T)

    def packed(last: bool, x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
        sequences = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(LENGTHS), batch_first=True)
        out, end = torch.func.functional_call(layer, of_pytorch(name, *rest), (sequences,))
        if last:
            return (end[0] if name == "lstm" else end)[0]
        return torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)[0]

    given = arrays(name, rng)[:4]
    agrees_with_torch(partial(CELLS[name][0], mask=mask, last=True), partial(packed, True), *given)
    agrees_with_torch(
        lambda *a: CELLS[name][0](*a, mask=mask) * mask[..., None].astype(float), partial(packed, False), *given
    )


def keras_pairs() -> dict[str, tuple[Any, Any]]:
    import keras

    layers = keras.layers
    return {
        "simple_rnn": (partial(SimpleRNN, F, U), partial(layers.SimpleRNN, U)),
        "simple_rnn, relu": (partial(SimpleRNN, F, U, activation="relu"), partial(layers.SimpleRNN, U, "relu")),
        "gru": (partial(GRU, F, U), partial(layers.GRU, U)),
        "gru, reset before": (partial(GRU, F, U, reset_after=False), partial(layers.GRU, U, reset_after=False)),
        "lstm": (partial(LSTM, F, U), partial(layers.LSTM, U)),
    }


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("name", CELLS)
def test_the_layers_are_keras(name: str, both: bool, before: bool, rng: np.random.Generator) -> None:
    import keras

    mask = padding_mask(LENGTHS, T, before=before)
    x = rng.normal(size=(N, T, F)).astype(np.float32)
    ours, theirs = keras_pairs()[name]
    for sequences in (False, True):
        layer, other = ours(return_sequences=sequences), theirs(return_sequences=sequences)
        if both:
            layer, other = Bidirectional(layer), keras.layers.Bidirectional(other)
        params = layer.init((4, 2))
        other.build(x.shape)
        parts = (params["forward"], params["backward"]) if both else (params,)
        for part in parts:
            part["bias"] = rng.normal(size=part["bias"].shape).astype(np.float32)
        other.set_weights([part[key] for part in parts for key in ("kernel", "recurrent_kernel", "bias")])
        for given, settings in ((x, {}), (Masked(x, mask), {"mask": keras.ops.convert_to_tensor(mask)})):
            y, state = layer.apply(params, given, (), False)
            found = y.values if isinstance(y, Masked) else y
            expected = np.asarray(keras.ops.convert_to_numpy(other(x, **settings)))
            inside = mask if sequences and both and settings else ...  # there Keras turns what padding holds around
            np.testing.assert_allclose(found[inside], expected[inside], rtol=1e-5, atol=2e-6)
            assert isinstance(y, Masked) == (sequences and bool(settings)) and state == ()


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("before", [False, True])
def test_padding_changes_nothing(name: str, before: bool, rng: np.random.Generator) -> None:
    """Neither what it holds, nor how much of it there is, nor which way the sequence is read."""
    cell, given = CELLS[name][0], arrays(name, rng)
    mask = padding_mask(LENGTHS, T, before=before)
    given[0][~mask] = np.nan
    for backwards in (False, True):
        node = Node(given[0], kept=True)
        y = cell(node, *given[1:], mask=mask, last=True, backwards=backwards)
        backward(y, np.ones(y.shape))
        assert node.gradient is not None and (node.gradient[~mask] == 0).all()
        for i, length in enumerate(LENGTHS):
            alone = given[0][i, mask[i]][None]
            assert alone.shape[1] == length
            one = cell(alone, *given[1:4], *(h[i : i + 1] for h in given[4:]), last=True, backwards=backwards)
            np.testing.assert_allclose(y.value[i], one[0], rtol=1e-12)


def test_begin_of_an_lstm_and_of_the_others() -> None:
    params = LSTM(F, U).init((1,))
    assert params["bias"].tolist() == [0] * U + [1] * U + [0] * 2 * U
    assert params["recurrent_kernel"].shape == (U, 4 * U) and params["kernel"].dtype == np.float32
    assert GRU(F, U).init((1,))["bias"].shape == (2, 3 * U)
    assert GRU(F, U, reset_after=False).init((1,))["bias"].shape == (3 * U,)
    assert set(SimpleRNN(F, U).init((1,))) == {"kernel", "recurrent_kernel", "bias"}
    assert SimpleRNN(F, U).start((1,)) == () == Bidirectional(GRU(F, U)).start((1,))


def test_no_steps_leave_the_state(rng: np.random.Generator) -> None:
    given = arrays("gru", rng)
    np.testing.assert_array_equal(gru(np.zeros((N, 0, F)), *given[1:], last=True), given[4])


def test_side_by_side(rng: np.random.Generator) -> None:
    given = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 1))
    agrees_with_differences(joined, *given)
    agrees_with_torch(joined, lambda a, b: torch.cat((a, b), -1), *given)


def test_what_does_not_fit_is_refused(rng: np.random.Generator) -> None:
    given = arrays("simple_rnn", rng)
    with pytest.raises(InputError, match=r"x: simple_rnn expected sequences .*, got shape \(3, 4\)"):
        simple_rnn(given[0][..., 0], *given[1:])
    with pytest.raises(InputError, match="x: expected 2 features a step, got 1"):
        simple_rnn(given[0][..., :1], *given[1:])
    with pytest.raises(InputError, match=r"mask: simple_rnn expected one truth a step, \(3, 4\), got \(4, 3\)"):
        simple_rnn(*given, mask=np.ones((4, 3), bool))
    with pytest.raises(InputError, match="activation: simple_rnn expected tanh or relu, got 'gelu'"):
        simple_rnn(*given, activation="gelu")  # type: ignore[arg-type]

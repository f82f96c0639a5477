"""Networks over padded sequences: what a mask keeps, and how the gradient falls into that of steps and of padding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    LSTM,
    Dense,
    GlobalPool1D,
    Masked,
    MultiHeadAttention,
    cross_entropy,
    gradient_norm,
    value_and_gradient,
)
from cutaway.science.nets.sequences import SIDES, Lane, Reader, Side, gradient_parts, padded_batch, three_steps
from cutaway.science.nets.tree import leaves, mapped

KEEPING = {
    "lstm": ("masking", "lstm"),
    "mean": ("masking", "dense", "mean"),
    "bent": ("masking", "tanh", "mean"),
    "attention": ("masking", "dense", "attention", "mean"),
    "shortcut kept": ("masking", "linear", "shortcut", "mean"),
}
LOSING = {
    "bare": ("bare", "lstm"),
    "operation": ("masking", "linear!", "relu", "mean"),
    "convolution": ("masking", "convolution!", "mean"),
    "shortcut": ("masking", "dense", "shortcut!", "mean"),
    "attention, bare": ("bare", "dense", "attention", "mean"),
}


def network(kinds: tuple[str, ...]) -> Reader:
    lanes = tuple(Lane(kind.rstrip("!"), not kind.endswith("!")) for kind in kinds)
    return Reader((*lanes, Lane("classes")), inputs=3, units=4, classes=5)


def parameters(reader: Reader) -> Any:
    """Drawn, with biases that are not 0."""
    rng = np.random.default_rng(5)
    return mapped(lambda w: rng.normal(size=w.shape) * 0.6, reader.init((1,)))


def sequences() -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    return [rng.normal(size=(length, 3)) for length in (4, 6, 2)]


LABELS = np.array([1, 0, 4])


def test_sequences_stand_before_or_after_their_padding() -> None:
    one, two = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])
    after = padded_batch([one, two], more=1, fill=-9.0)
    assert after.values.tolist() == [[[1, 2], [-9, -9], [-9, -9]], [[3, 4], [5, 6], [-9, -9]]]
    assert after.mask.tolist() == [[True, False, False], [True, True, False]]
    before = padded_batch([one, two], side="before")
    assert before.values.tolist() == [[[0, 0], [1, 2]], [[3, 4], [5, 6]]]
    assert before.mask.tolist() == [[False, True], [True, True]]


@pytest.mark.parametrize("wrong", [[], [np.ones((2, 3)), np.ones((2, 4))]])
def test_sequences_that_do_not_fit_are_refused(wrong: list[np.ndarray]) -> None:
    with pytest.raises(InputError, match=r"sequences: padded_batch expected at least one, all with the same features"):
        padded_batch(wrong)


def test_an_unknown_lane_is_refused() -> None:
    reader = network(("masking", "cloud"))
    with pytest.raises(InputError, match="Reader knows no lane 'cloud'"):
        reader.apply(reader.init((0,)), padded_batch(sequences()))


def test_three_steps_side_by_side() -> None:
    x = np.arange(1.0, 4.0).reshape(1, 3, 1)
    assert three_steps(x)[0].tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 0]]
    with pytest.raises(InputError, match="put the convolution first"):
        value_and_gradient(lambda p: three_steps(p), x)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", KEEPING)
def test_with_a_mask_neither_padding_nor_what_it_holds_matters(name: str, side: Side) -> None:
    reader = network(KEEPING[name])
    params = parameters(reader)
    alone = [reader.apply(params, padded_batch([one]))[-1][0] for one in sequences()]
    for more, fill in ((0, 0.0), (5, 0.0), (5, 7.0)):
        found = reader.apply(params, padded_batch(sequences(), side=side, more=more, fill=fill))[-1]
        np.testing.assert_allclose(found, alone, rtol=0, atol=1e-14)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", LOSING)
def test_without_one_padding_matters(name: str, side: Side) -> None:
    reader = network(LOSING[name])
    params = parameters(reader)
    few, many = (reader.apply(params, padded_batch(sequences(), side=side, more=more))[-1] for more in (0, 5))
    assert np.abs(few - many).max() > 1e-3


@pytest.mark.parametrize("name", KEEPING | LOSING)
def test_a_mask_comes_out_of_a_lane_only_as_long_as_it_lasts(name: str) -> None:
    kinds = (KEEPING | LOSING)[name]
    reader = network(kinds)
    lasts = False
    for kind, out in zip(kinds, reader.apply(parameters(reader), padded_batch(sequences())), strict=False):
        lasts = (lasts or kind == "masking") and not kind.endswith("!")
        assert isinstance(out, Masked) == (lasts and kind not in ("lstm", "mean"))


def test_lanes_are_the_layers_of_the_library() -> None:
    x = padded_batch(sequences(), more=2)
    reader = network(KEEPING["lstm"])
    params = parameters(reader)
    state, _ = LSTM(3, 4).apply(params[1], x, (), False)
    logits, _ = Dense(4, 5).apply(params[2], state, (), False)
    np.testing.assert_allclose(reader.apply(params, x)[-1], logits, atol=1e-14)
    reader = network(("masking", "linear", "attention", "mean"))
    params = parameters(reader)
    layer = MultiHeadAttention(4, 1, 4)
    theirs = layer.init((0,))
    mine = params[2]
    names = {name: one for name, one in leaves(theirs)}
    assert sum(one.size for one in names.values()) == sum(one.size for _, one in leaves(mine))
    dense, _ = Dense(3, 4).apply(params[1], x, (), False)
    q, k, v = (dense.values @ mine[f"{n}_kernel"] + mine[f"{n}_bias"] for n in ("query", "key", "value"))
    scores = np.where(x.mask[:, None, :], q @ k.swapaxes(1, 2) / 2, -np.inf)
    share = np.exp(scores - scores.max(-1, keepdims=True))
    out = share / share.sum(-1, keepdims=True) @ v @ mine["output_kernel"] + mine["output_bias"]
    pooled, _ = GlobalPool1D("mean").apply((), Masked(out, x.mask), (), False)
    np.testing.assert_allclose(reader.apply(params, x)[3], pooled, atol=1e-14)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", KEEPING | LOSING)
def test_the_two_parts_of_a_gradient_are_the_whole(name: str, side: Side) -> None:
    reader = network((KEEPING | LOSING)[name])
    params, x = parameters(reader), padded_batch(sequences(), side=side, more=3)

    def loss(z: Any) -> Any:
        return cross_entropy(z, LABELS)

    value, real, pads = gradient_parts(reader, params, x, loss)
    whole, gradient, _ = value_and_gradient(lambda p: loss(reader.apply(p, x)[-1]), params)
    assert value == pytest.approx(whole, rel=1e-13)
    for (path, one), (_, other), (_, both) in zip(leaves(real), leaves(pads), leaves(gradient), strict=True):
        np.testing.assert_allclose(one + other, both, atol=1e-13, err_msg=path)
    assert gradient_norm(pads) > 0.001 if name in LOSING else gradient_norm(pads) == 0


@pytest.mark.parametrize("side", SIDES)
def test_the_part_of_an_lstm_s_padding_is_pytorch_s(side: Side) -> None:
    """PyTorch takes each step with parameters of its own kind, so that autograd parts the gradient itself."""
    reader = network(("bare", "lstm"))
    params, x = parameters(reader), padded_batch(sequences(), side=side, more=2)
    _, real, pads = gradient_parts(reader, params, x, lambda z: cross_entropy(z, LABELS))
    names = ("kernel", "recurrent_kernel", "bias")
    own, other = ([torch.tensor(params[1][n], requires_grad=True) for n in names] for _ in range(2))
    h = c = torch.zeros(3, 4, dtype=torch.float64)
    for t in range(x.mask.shape[1]):
        now = torch.tensor(x.values[:, t])
        inside = torch.tensor(x.mask[:, t])[:, None]
        gates = [now @ w + h @ r + b for w, r, b in (own, other)]
        i, f, g, o = torch.where(inside, *gates).chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    logits = h @ torch.tensor(params[2]["kernel"]) + torch.tensor(params[2]["bias"])
    torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS)).backward()
    for n, mine, theirs in zip(names, own, other, strict=True):
        np.testing.assert_allclose(real[1][n], mine.grad, atol=1e-12, err_msg=n)
        np.testing.assert_allclose(pads[1][n], theirs.grad, atol=1e-12, err_msg=n)


def test_the_same_key_makes_the_same_network() -> None:
    reader = network(("masking", "lstm"))
    one, same, another = (reader.init(key) for key in ((3,), (3,), (4,)))
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(leaves(one), leaves(same), strict=True))
    assert not np.array_equal(one[1]["kernel"], another[1]["kernel"])
    assert one[1]["bias"].tolist() == [0] * 4 + [1] * 4 + [0] * 8

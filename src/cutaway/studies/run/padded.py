"""The networks of the study of masking: what they are made of, here and in frameworks, and how they are trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.core.progress import Progress, silent
from cutaway.science.nets import Adam, Masked, cross_entropy, softmax, value_and_gradient
from cutaway.science.nets.sequences import Lane, Reader, Side, padded_batch
from cutaway.science.nets.tree import mapped
from cutaway.studies.run.vowels import COEFFICIENTS, SPEAKERS, utterances

UNITS = 10
EPOCHS, BATCH, RATE, DECIMALS = 30, 54, 0.015, 4

NOTE, DENSE = ("masking", True, "", "Masking()", "mask = …"), "nn.Linear(12, 10)(x)"
RELU = ("dense", True, "dense", 'Dense(10, activation="relu")(x)', f"F.relu({DENSE})")
MEAN, HAND = ("mean", False, "mean", "GlobalAveragePooling1D()(x)"), "(x * mask).sum(1) / mask.sum(1)"
MODELS: dict[str, tuple[str, tuple[tuple[str, bool, str, str, str], ...]]] = {
    "lstm": ("LSTM with a mask", (
        NOTE, ("lstm", False, "lstm-last", "LSTM(10)(x)", "nn.LSTM(12, 10)(pack_padded_sequence(x, lengths))"),
    )),
    "bare": ("LSTM without a mask", (
        ("bare", False, "", "no Masking()", "no lengths"),
        ("lstm", False, "lstm-last", "LSTM(10)(x)", "nn.LSTM(12, 10)(x)"),
    )),
    "mean": ("mean of the steps", (NOTE, RELU, (*MEAN, HAND))),
    "operation": ("mean after an operation", (
        NOTE, ("linear", True, "dense", "Dense(10)(x)", DENSE),
        ("relu", False, "operation", "keras.ops.relu(x)", "F.relu(x)"), (*MEAN, "x.mean(1)"),
    )),
    "convolution": ("mean after a convolution", (
        NOTE, ("convolution", False, "convolution", 'Conv1D(10, 3, padding="same", activation="relu")(x)',
               "F.relu(nn.Conv1d(12, 10, 3, padding=1)(x.mT)).mT"), (*MEAN, "x.mean(1)"),
    )),
    "maximum": ("maximum of the steps", (
        NOTE, ("tanh", True, "dense", 'Dense(10, activation="tanh")(x)', f"torch.tanh({DENSE})"),
        ("maximum", False, "maximum", "GlobalMaxPooling1D()(x)", "x.amax(1)"),
    )),
    "attention": ("attention and a mean", (
        NOTE, RELU, ("attention", True, "attention", "MultiHeadAttention(1, 10)(x, x)",
                     "nn.MultiheadAttention(10, 1)(x, x, x, key_padding_mask=~mask)"), (*MEAN, HAND),
    )),
    "shortcut": ("attention with a shortcut", (
        NOTE, RELU, ("shortcut", False, "residual", "Add()([x, MultiHeadAttention(1, 10)(x, x)])",
                     "x + nn.MultiheadAttention(10, 1)(x, x, x, key_padding_mask=~mask)"), (*MEAN, "x.mean(1)"),
    )),
}  # fmt: skip
"""By name: words, and lanes below the logits: kind, whether the mask goes on, row of the table of layers, the calls."""

BY_SIDE = ("bare", "convolution")
"""Networks that learn something else if the padding stands on the other side; all others see the same steps."""

AVERAGES = {"valid": "over real steps", "weight": "padding weighs 0", "counted": "padding counted"}
TAGGER = (Lane("masking"), Lane("steps"), Lane("classes"))


def reader(model: str) -> Reader:
    """The network of that name; "tagger" says a speaker at every step."""
    if model == "tagger":
        return Reader(TAGGER, COEFFICIENTS, UNITS, SPEAKERS)
    lanes = (Lane(kind, keeps) for kind, keeps, *_ in MODELS[model][1])
    return Reader((*lanes, Lane("classes")), COEFFICIENTS, UNITS, SPEAKERS)


def step_loss(logits: Any, y: np.ndarray, mask: np.ndarray, average: str) -> Any:
    """Cross-entropy of every step (n, t, 9) with labels 0 where padded, averaged in one of the three ways."""
    values = logits.values if isinstance(logits, Masked) else logits
    labels = np.where(mask, y[:, None], 0)
    if average == "counted":
        return cross_entropy(values, labels)
    return cross_entropy(values, labels, mask=mask, reduction="mean over mask" if average == "valid" else "mean")


def loss(model: str, logits: Any, y: np.ndarray, mask: np.ndarray) -> Any:
    """What the network of that name is trained on."""
    return step_loss(logits, y, mask, "valid") if model == "tagger" else cross_entropy(logits, y)


def trained(model: str, side: Side, seed: int, progress: Progress = silent) -> Any:
    """Parameters after so many epochs of Adam, to four decimals: these are the network, here and on the page."""
    net, train = reader(model), utterances()[0]
    params, rng, adam = net.init((seed,)), np.random.default_rng(seed), Adam.keras()
    state = adam.start(params)
    for epoch in range(EPOCHS):
        progress(f"{model}, padded {side}", epoch, EPOCHS)
        order = rng.permutation(len(train.steps))
        for first in range(0, order.size, BATCH):
            rows = order[first : first + BATCH]
            x, y = padded_batch(train.rows(rows), side=side), train.speaker[rows]
            _, gradient, _ = value_and_gradient(lambda p, x=x, y=y: loss(model, net.apply(p, x)[-1], y, x.mask), params)
            params, state = adam.step(params, gradient, state, RATE)
    return mapped(lambda w: np.round(w, DECIMALS) + 0.0, params)


def probabilities(net: Reader, params: Any, sequences: list[np.ndarray], side: Side, more: int) -> np.ndarray:
    """(n, 9) of each sequence, as if alone: padded with `more` steps and no others."""
    lengths = np.array([len(each) for each in sequences])
    out = np.empty((len(sequences), SPEAKERS))
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        z = net.apply(params, padded_batch([sequences[i] for i in rows], side=side, more=more))[-1]
        out[rows] = softmax(z)
    return out

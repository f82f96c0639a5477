"""Small networks that read padded sequences, lane by lane, with the mask where it is kept and where it gets lost.

Every number is computed for padded steps too, as frameworks do; a mask only says which of them a later layer leaves
out. Where the parameters of padded steps are given apart, their gradient is what the padding contributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.activations import relu, tanh
from cutaway.science.nets.attention import attention
from cutaway.science.nets.dense import dense
from cutaway.science.nets.layer import Key, Masked, random
from cutaway.science.nets.lstm import lstm
from cutaway.science.nets.masks import masked_max, masked_mean, padding_mask, with_mask
from cutaway.science.nets.tape import Node, Value, value_and_gradient
from cutaway.science.nets.tree import Tree, mapped

Side = Literal["after", "before"]
SIDES: tuple[Side, ...] = ("after", "before")


def padded_batch(sequences: Sequence[np.ndarray], *, side: Side = "after", more: int = 0, fill: float = 0.0) -> Masked:
    """Sequences (t, k) of unequal length as one batch (n, longest + more, k), with the mask of what is real.

    Raises: InputError where there is no sequence, or they differ in k.

    >>> batch = padded_batch([np.ones((1, 1)), np.ones((2, 1))], side="before")
    >>> batch.values[..., 0].tolist(), batch.mask.tolist()
    ([[0.0, 1.0], [1.0, 1.0]], [[False, True], [True, True]])
    """
    features = {each.shape[1:] for each in sequences}
    if len(features) != 1:
        raise InputError(
            f"sequences: padded_batch expected at least one, all with the same features, got {sorted(features)}"
        )
    lengths = np.array([len(each) for each in sequences])
    mask = padding_mask(lengths, int(lengths.max()) + more, before=side == "before")
    values = np.full((*mask.shape, *features.pop()), fill, sequences[0].dtype)
    values[mask] = np.concatenate(sequences)
    return Masked(values, mask)


@dataclass(frozen=True, slots=True)
class Lane:
    """One layer of a `Reader`.

    kind: "masking" (notes which steps are real), "bare" (notes nothing), "linear", "dense" (with ReLU), "tanh" (dense,
    bent), "convolution" (three steps wide, "same", with ReLU), "relu", "attention" (one head, of a sequence to itself),
    "shortcut" (its input and attention to itself, added), "lstm" (its last state), "steps" (its state at every step),
    "mean", "maximum" (which takes no notice of a mask, as in Keras and PyTorch), "classes".
    keeps: whether the mask goes on to the next lane.
    """

    kind: str
    keeps: bool = True


@dataclass(frozen=True, slots=True)
class Reader:
    """A network of lanes: `inputs` features a step, `units` inside, logits of `classes` at the end."""

    lanes: tuple[Lane, ...]
    inputs: int
    units: int
    classes: int

    def init(self, key: Key) -> Tree:
        """Parameters by lane, float64: Glorot's uniform kernels, biases of 0 and 1 for the LSTM's forget gate."""
        out: list[dict[str, np.ndarray]] = []
        width = self.inputs
        for at, lane in enumerate(self.lanes):
            sizes = _sizes(lane.kind, width, self.units, self.classes)
            made: dict[str, np.ndarray] = {}
            for i, (name, shape) in enumerate(sizes.items()):
                if len(shape) == 2:
                    limit = np.sqrt(6 / sum(shape))
                    made[name] = random((*key, at, i)).uniform(-limit, limit, shape)
                else:
                    made[name] = np.zeros(shape)
            if lane.kind in ("lstm", "steps"):
                made["bias"][self.units : 2 * self.units] = 1.0
            out.append(made)
            width = self.units if sizes else width
        return tuple(out)

    def apply(self, params: Tree, x: Masked, *, apart: Tree | None = None, notes: list[Any] | None = None) -> list[Any]:
        """What comes out of each lane: a `Masked` where there are steps and a mask, else the plain values.

        The batch is `x`; the mask is not known before the lane "masking". `apart`: parameters (equal in value) that
        are used at the padded steps; what a recurrent lane was given and its states are then added to `notes`.
        """
        values: Value = x.values
        mask: np.ndarray | None = None
        out: list[Any] = []
        for at, lane in enumerate(self.lanes):
            mask = x.mask if lane.kind == "masking" else mask
            step = _Step(params[at], None if apart is None else apart[at], x.mask, at, [] if notes is None else notes)
            values = step.run(lane.kind, values, mask)
            mask = mask if lane.keeps and len(_shape(values)) == 3 else None
            out.append(with_mask(values, mask))
        return out


def _shape(values: Value) -> tuple[int, ...]:
    return values.shape if isinstance(values, Node) else np.shape(values)


def _sizes(kind: str, width: int, units: int, classes: int) -> dict[str, tuple[int, ...]]:
    """The shapes of a lane's parameters, with Keras' names and layouts."""
    if kind in ("linear", "dense", "tanh"):
        return {"kernel": (width, units), "bias": (units,)}
    if kind == "convolution":
        return {"kernel": (3 * width, units), "bias": (units,)}
    if kind == "classes":
        return {"kernel": (units, classes), "bias": (classes,)}
    if kind in ("lstm", "steps"):
        return {"kernel": (width, 4 * units), "recurrent_kernel": (units, 4 * units), "bias": (4 * units,)}
    if kind in ("attention", "shortcut"):
        names = ("query", "key", "value", "output")
        return {f"{one}_{part}": (width, width)[: 2 - i] for one in names for i, part in enumerate(("kernel", "bias"))}
    return {}


@dataclass(frozen=True, slots=True)
class _Step:
    """One lane at work: its parameters, those of padded steps if apart, and which steps are real."""

    params: Any
    apart: Any
    real: np.ndarray
    at: int
    notes: list[Any]

    def linear(self, x: Value, name: str = "") -> Any:
        """X W + b, with the parameters of the step's own kind where they are apart."""
        mine = dense(x, self.params[f"{name}kernel"], self.params[f"{name}bias"])
        if self.apart is None or len(_shape(x)) < 3:
            return mine
        other = dense(x, self.apart[f"{name}kernel"], self.apart[f"{name}bias"])
        real = self.real[..., None].astype(float)
        return mine * real + other * (1.0 - real)

    def run(self, kind: str, x: Value, mask: np.ndarray | None) -> Any:
        if kind in ("masking", "bare"):
            return x
        if kind == "dense":
            return relu(self.linear(x))
        if kind == "tanh":
            return tanh(self.linear(x))
        if kind == "relu":
            return relu(x)
        if kind == "convolution":
            return relu(self.linear(three_steps(x)))
        if kind == "attention":
            return self.attention(x, mask)
        if kind == "shortcut":
            return x + self.attention(x, mask)
        if kind in ("lstm", "steps"):
            return self.recurrent(x, mask, last=kind == "lstm")
        if kind == "mean":
            return masked_mean(x, mask=mask)
        if kind == "maximum":
            return masked_max(x)
        if kind in ("linear", "classes"):
            return self.linear(x)
        raise InputError(f"lanes: Reader knows no lane {kind!r}")

    def recurrent(self, x: Value, mask: np.ndarray | None, *, last: bool) -> Any:
        recurrent = self.params["recurrent_kernel"]
        if self.apart is None:
            return lstm(x, self.params["kernel"], recurrent, self.params["bias"], mask=mask, last=last)
        given = self.linear(x)
        given.kept = True
        states = lstm(given, np.eye(_shape(given)[-1]), recurrent, mask=mask)
        self.notes.append((self.at, given, states))
        return states[:, -1] if last else states

    def attention(self, x: Value, mask: np.ndarray | None) -> Any:
        q, k, v = (self.linear(x, f"{name}_") for name in ("query", "key", "value"))
        seen = None if mask is None else mask[:, None, :]
        return self.linear(attention(q, k, v, mask=seen), "output_")


def three_steps(x: Value) -> np.ndarray:
    """Three steps side by side around each of (n, t, k), 0 outside: (n, t, 3 k). Plain arrays only, as of a batch."""
    if isinstance(x, Node):
        raise InputError("three_steps: expected the batch itself, got a value on the tape; put the convolution first")
    wide = np.pad(np.asarray(x), ((0, 0), (1, 1), (0, 0)))
    return np.concatenate([wide[:, :-2], wide[:, 1:-1], wide[:, 2:]], axis=-1)


def gradient_parts(reader: Reader, params: Tree, x: Masked, loss: Any) -> tuple[float, Tree, Tree]:
    """The loss, and its gradient in two parts that add up to the whole: that of real steps, and that of padded ones.

    `loss` makes one number of what the last lane gives. What has no steps any more counts as real.
    """
    notes: list[Any] = []

    def both(pair: Tree) -> Any:
        return loss(reader.apply(pair[0], x, apart=pair[1], notes=notes)[-1])

    value, parts, _ = value_and_gradient(both, (params, params))
    real, pads = (mapped(lambda p, g: np.zeros_like(p) if g is None else g, params, part) for part in parts)
    for at, given, states in notes:
        before = np.pad(states.value, ((0, 0), (1, 0), (0, 0)))[:, :-1]
        padding = ~x.mask
        pads[at]["recurrent_kernel"] = before[padding].T @ given.gradient[padding]
        real[at]["recurrent_kernel"] = real[at]["recurrent_kernel"] - pads[at]["recurrent_kernel"]
    return value, real, pads

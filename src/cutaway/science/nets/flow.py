"""What deep networks show at one batch, by layer: how the gradient arrives, what lets it through, what is stuck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.core.probes import SATURATED
from cutaway.science.nets.cross_entropy import cross_entropy
from cutaway.science.nets.deep import Deep
from cutaway.science.nets.signal import activation_curve
from cutaway.science.nets.stack import stack_of, stacked
from cutaway.science.nets.tape import Node, total, value_and_gradient, value_of, watching
from cutaway.science.nets.tree import Tree, mapped

NUMBERS = ("gradient", "slope", "good", "spread", "stuck", "counts")


@dataclass(frozen=True, slots=True)
class Flow:
    """Of each network (s) by hidden layer (depth), the first one first.

    `gradient`: root mean square of the loss's gradient by the pre-activations. `slope`: that over the gradient by the
    layer's outputs: what the activation lets through, never more than its steepest slope. `good`: share of
    pre-activations where the slope is at least half of the steepest. `spread`: standard deviation of the
    pre-activations. `stuck`: of ReLU, share of units that are 0 for every row; of others, share of outputs within 1 %
    of an end. `counts` (s, depth, bins): pre-activations between the edges, those beyond in the outermost bins.
    """

    gradient: np.ndarray
    slope: np.ndarray
    good: np.ndarray
    spread: np.ndarray
    stuck: np.ndarray
    counts: np.ndarray

    @property
    def factor(self) -> np.ndarray:
        """(s, depth - 1): the gradient at each layer over that at the layer after it."""
        return np.asarray(self.gradient[:, :-1] / self.gradient[:, 1:])

    def of(self, networks: slice) -> Flow:
        """Some of the networks."""
        return Flow(**{name: getattr(self, name)[networks] for name in NUMBERS})


def flow(deep: Deep, starts: Sequence[Tree], x: np.ndarray, y: np.ndarray, edges: np.ndarray) -> Flow:
    """One forward and backward run of networks of one kind over a batch x (n, inputs), y (n,), as in training.

    In double precision: in single precision a gradient that shrinks below 1e-45 is 0. The numbers are those that a
    probe of each network would have.
    """
    s = len(starts)
    model, state = stack_of(deep.model, s), stack_of(deep.model, s).start((0,))
    inputs = np.ascontiguousarray(np.broadcast_to(x.astype(np.float64), (s, *x.shape)))
    truth = np.broadcast_to(y, (s, len(y)))

    def loss(nodes: Tree) -> object:
        logits, _ = model.apply(nodes, inputs, state, True)
        return total(cross_entropy(logits, truth, reduction="none")) * (1 / len(y))

    with watching() as seen:
        value_and_gradient(loss, mapped(lambda p: p.astype(np.float64), stacked(starts)))
    phi = activation_curve(deep.activation)
    found: dict[str, list[np.ndarray]] = {
        name: [] for name in ("gradient", "slope", "good", "spread", "stuck", "counts")
    }
    for pre, post in zip(deep.pre, deep.post, strict=True):
        z, a = value_of(seen[pre].output), value_of(seen[post].output)
        before, after = (_rms(seen[place].output) for place in (pre, post))
        found["gradient"].append(before)
        found["slope"].append(before / after)
        found["good"].append(np.mean(phi.slope(z) >= 0.5 * phi.steepest, axis=(1, 2)))
        found["spread"].append(z.std(axis=(1, 2)))
        found["stuck"].append(_stuck(deep.activation, a))
        inside = np.clip(z, edges[0], edges[-1])
        found["counts"].append(np.array([np.histogram(one, edges)[0] for one in inside]))
    return Flow(**{name: np.stack(each, axis=1) for name, each in found.items()})


def _rms(output: object) -> np.ndarray:
    assert isinstance(output, Node) and output.gradient is not None
    return np.asarray(np.sqrt(np.mean(output.gradient**2, axis=(1, 2))))


def _stuck(activation: str, a: np.ndarray) -> np.ndarray:
    if activation == "relu":
        return np.asarray((a == 0).all(axis=1).mean(axis=1))
    low, high = (0.0, 1.0) if activation == "sigmoid" else (-1.0, 1.0)
    far = SATURATED * (high - low)
    return np.asarray(((a <= low + far) | (a >= high - far)).mean(axis=(1, 2)))

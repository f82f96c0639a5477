"""The gated recurrent unit: two gates say how much of the state is read, and how much of it stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.science.nets.activations import logistic
from cutaway.science.nets.initialisers import glorot_uniform, orthogonal
from cutaway.science.nets.layer import Key
from cutaway.science.nets.recurrent import Steps, run
from cutaway.science.nets.stateless import Stateless
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree


@operation
def gru(
    x: np.ndarray,
    kernel: np.ndarray,
    recurrent_kernel: np.ndarray,
    bias: np.ndarray | None = None,
    initial: np.ndarray | None = None,
    *,
    reset_after: bool = True,
    mask: np.ndarray | None = None,
    last: bool = False,
    backwards: bool = False,
) -> tuple[np.ndarray, Pull]:
    """hₜ = z hₜ₋₁ + (1 - z) ĥ with z = σ(xWᶻ + hRᶻ), r = σ(xWʳ + hRʳ), and biases in each.

    The candidate ĥ is tanh(xWʰ + r (hRʰ + b)) with `reset_after`, as in PyTorch, cuDNN and Keras' default, or
    tanh(xWʰ + (r h)Rʰ), as it was published. Weights of one are no weights of the other.

    Args:
        x: (n, t, features).
        kernel: W (features, 3 units), in Keras' order z, r, h; PyTorch has r, z, h.
        recurrent_kernel: R (units, 3 units).
        bias: (2, 3 units), of inputs and of the state, with `reset_after`; (3 units,) without; or None.
        initial: h₀ (n, units), 0 unless given.
        reset_after: the reset gate r acts after the product with Rʰ.
        mask: (n, t); padding leaves the state as it was.
        last: only the state after the last step.
        backwards: from the last step to the first.

    Raises: InputError for shapes that do not fit.

    Source: Cho et al. 2014, Learning Phrase Representations using RNN Encoder-Decoder, equations 5 to 8.

    >>> gru(np.ones((1, 2, 1)), np.zeros((1, 3)), np.zeros((1, 3)), initial=np.ones((1, 1))).ravel().tolist()
    [0.5, 0.25]
    """
    steps = Steps(x, mask, backwards, "gru")
    units = len(recurrent_kernel)
    two, hat = slice(0, 2 * units), slice(2 * units, 3 * units)
    of_input, of_state = (bias[0], bias[1]) if reset_after and bias is not None else (bias, None)
    gates = steps.projected(kernel, of_input)  # becomes z, r and the candidate of each step
    inner = np.empty((*gates.shape[:2], units), gates.dtype)  # what r multiplies, or r h
    h = steps.states(units, initial)
    for t, gate in enumerate(gates):
        if reset_after:
            read = h[t] @ recurrent_kernel
            if of_state is not None:
                read += of_state
            gate[:, two] = logistic(gate[:, two] + read[:, two])
            inner[t] = read[:, hat]
            gate[:, hat] += gate[:, units : 2 * units] * inner[t]
        else:
            gate[:, two] = logistic(gate[:, two] + h[t] @ recurrent_kernel[:, two])
            np.multiply(gate[:, units : 2 * units], h[t], out=inner[t])
            gate[:, hat] += inner[t] @ recurrent_kernel[:, hat]
        np.tanh(gate[:, hat], out=gate[:, hat])
        np.subtract(h[t], gate[:, hat], out=h[t + 1])
        h[t + 1] *= gate[:, :units]
        h[t + 1] += gate[:, hat]
        steps.held(t, h[t + 1], h[t])

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        each, dh = steps.arriving(g, last)
        da = np.empty_like(gates)  # at x W + b
        read = np.empty_like(gates) if reset_after else da  # at h R + b
        for t in range(len(gates) - 1, -1, -1):
            dh, past = steps.parted(t, dh if each is None else dh + each[t])
            z, r, candidate = (gates[t, :, i * units : (i + 1) * units] for i in range(3))
            np.multiply(dh * (1 - z), 1 - candidate * candidate, out=da[t, :, hat])
            np.multiply(dh * (h[t] - candidate), z * (1 - z), out=da[t, :, :units])
            by_inner = da[t, :, hat] if reset_after else da[t, :, hat] @ recurrent_kernel[:, hat].T
            np.multiply(by_inner * (inner[t] if reset_after else h[t]), r * (1 - r), out=da[t, :, units : 2 * units])
            if reset_after:
                read[t, :, two] = da[t, :, two]
                np.multiply(by_inner, r, out=read[t, :, hat])
                dh = dh * z + read[t] @ recurrent_kernel.T + past
            else:
                dh = dh * z + by_inner * r + da[t, :, two] @ recurrent_kernel[:, two].T + past
        by_x, by_kernel = steps.to_inputs(da, kernel, wanted)
        before, reading = steps.flat(h[:-1]), steps.flat(read)
        if reset_after:
            by_recurrent = before.T @ reading
            by_bias = np.stack((steps.flat(da).sum(axis=0), reading.sum(axis=0)))
        else:
            by_recurrent = np.hstack((before.T @ reading[:, two], steps.flat(inner).T @ reading[:, hat]))
            by_bias = reading.sum(axis=0)
        return (by_x, by_kernel, by_recurrent, by_bias, dh)[: len(wanted)]

    return h[-1].copy() if last else steps.returned(h[1:]), pull


@dataclass(frozen=True, slots=True)
class GRU(Stateless):
    """`gru` from (n, t, inputs) to the last state (n, units), or with `return_sequences` to all of them."""

    inputs: int
    units: int
    return_sequences: bool = False
    backwards: bool = False
    reset_after: bool = True

    def init(self, key: Key) -> Tree:
        """Glorot's uniform kernel, an orthogonal recurrent one, biases of 0."""
        width = 3 * self.units
        return {
            "kernel": glorot_uniform((*key, 0), (self.inputs, width)),
            "recurrent_kernel": orthogonal((*key, 1), (self.units, width)),
            "bias": np.zeros((2, width) if self.reset_after else width, np.float32),
        }

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """The states; a mask holds them, and is handed on with all of them."""
        settings = {"reset_after": self.reset_after}
        return run(gru, params, x, self.return_sequences, self.backwards, settings), state

"""Long short-term memory: a cell to which steps add, so that its gradient can pass many of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.science.nets.initialisers import glorot_uniform, orthogonal
from cutaway.science.nets.layer import Key
from cutaway.science.nets.recurrent import Steps, run
from cutaway.science.nets.stateless import Stateless
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree


@operation
def lstm(
    x: np.ndarray,
    kernel: np.ndarray,
    recurrent_kernel: np.ndarray,
    bias: np.ndarray | None = None,
    initial: np.ndarray | None = None,
    cell: np.ndarray | None = None,
    *,
    mask: np.ndarray | None = None,
    last: bool = False,
    backwards: bool = False,
) -> tuple[np.ndarray, Pull]:
    """cₜ = f cₜ₋₁ + i ĉ and hₜ = o tanh(cₜ), where i, f, o = σ(xW + hR + b) and ĉ = tanh(…), each with its columns.

    Args:
        x: (n, t, features).
        kernel: W (features, 4 units), in the order i, f, ĉ, o, which is Keras' and PyTorch's.
        recurrent_kernel: R (units, 4 units).
        bias: (4 units,) or None; PyTorch's two are to be added.
        initial: h₀ (n, units), 0 unless given.
        cell: c₀ (n, units), 0 unless given.
        mask: (n, t); padding leaves state and cell as they were.
        last: only the state after the last step.
        backwards: from the last step to the first.

    Raises: InputError for shapes that do not fit.

    Source: Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000, Learning to Forget (the gate f).

    >>> lstm(np.ones((1, 1, 1)), np.zeros((1, 4)), np.zeros((1, 4)), cell=np.ones((1, 1))).round(4).ravel().tolist()
    [0.2311]
    """
    steps = Steps(x, mask, backwards, "lstm")
    units = len(recurrent_kernel)
    hat, out = slice(2 * units, 3 * units), slice(3 * units, 4 * units)
    # σ(z) is (1 + tanh(z / 2)) / 2, so that one tanh serves all gates
    half = np.full(4 * units, 0.5, x.dtype)
    half[hat] = 1
    rest = 1 - half
    gates = steps.projected(kernel * half, None if bias is None else bias * half)  # becomes i, f, ĉ, o of each step
    halved = recurrent_kernel * half
    h, c = steps.states(units, initial), steps.states(units, cell)
    bent = np.empty_like(h[1:])  # tanh(c)
    for t, gate in enumerate(gates):
        gate += h[t] @ halved
        np.tanh(gate, out=gate)
        gate *= half
        gate += rest
        np.multiply(gate[:, units : 2 * units], c[t], out=c[t + 1])
        c[t + 1] += gate[:, :units] * gate[:, hat]
        np.tanh(c[t + 1], out=bent[t])
        np.multiply(gate[:, out], bent[t], out=h[t + 1])
        steps.held(t, c[t + 1], c[t])
        steps.held(t, h[t + 1], h[t])

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        each, dh = steps.arriving(g, last)
        dc = np.zeros_like(dh)
        da = np.empty_like(gates)
        back = np.ascontiguousarray(recurrent_kernel.T)
        for t in range(len(gates) - 1, -1, -1):
            dh, past = steps.parted(t, dh if each is None else dh + each[t])
            dc, past_cell = steps.parted(t, dc)
            i, f, candidate, o = (gates[t, :, k * units : (k + 1) * units] for k in range(4))
            dc = dc + dh * o * (1 - bent[t] * bent[t])
            np.multiply(dc, candidate, out=da[t, :, :units])
            np.multiply(dc, c[t], out=da[t, :, units : 2 * units])
            np.multiply(dc, i, out=da[t, :, hat])
            np.multiply(dh, bent[t], out=da[t, :, out])
            slope = gates[t] * gates[t]
            np.subtract(gates[t], slope, out=slope)
            slope[:, hat] = 1 - candidate * candidate
            da[t] *= slope
            dh = da[t] @ back + past
            dc = dc * f + past_cell
        by_x, by_kernel = steps.to_inputs(da, kernel, wanted)
        flat = steps.flat(da)
        return (by_x, by_kernel, steps.flat(h[:-1]).T @ flat, flat.sum(axis=0), dh, dc)[: len(wanted)]

    return h[-1].copy() if last else steps.returned(h[1:]), pull


@dataclass(frozen=True, slots=True)
class LSTM(Stateless):
    """`lstm` from (n, t, inputs) to the last state (n, units), or with `return_sequences` to all of them."""

    inputs: int
    units: int
    return_sequences: bool = False
    backwards: bool = False

    def init(self, key: Key) -> Tree:
        """Glorot's uniform kernel, an orthogonal recurrent one, biases of 0 but 1 for the forget gate, as Keras."""
        bias = np.zeros(4 * self.units, np.float32)
        bias[self.units : 2 * self.units] = 1
        return {
            "kernel": glorot_uniform((*key, 0), (self.inputs, 4 * self.units)),
            "recurrent_kernel": orthogonal((*key, 1), (self.units, 4 * self.units)),
            "bias": bias,
        }

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """The states; a mask holds them, and is handed on with all of them."""
        return run(lstm, params, x, self.return_sequences, self.backwards, {}), state

"""Recurrent layers, and the simplest of them: a state that each step of a sequence changes.

All steps' products with the inputs are one product of matrices, as are the parameters' gradients; what is left to go
step by step is the state. Padding does not change it: where the mask is False a state stays as it was, and its
gradient passes untouched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.initialisers import glorot_uniform, orthogonal
from cutaway.science.nets.layer import Key
from cutaway.science.nets.masks import values_and_mask, with_mask
from cutaway.science.nets.stateless import Stateless
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree


class Steps:
    """A batch (n, t, f) step by step (t, n, f), the last first if `backwards`, with 0 where the mask is False.

    `mask` is (t, n, 1), or None where nothing is padding.
    """

    def __init__(self, x: np.ndarray, mask: np.ndarray | None, backwards: bool, function: str) -> None:
        if x.ndim != 3:
            raise InputError(f"x: {function} expected sequences (n, steps, features), got shape {x.shape}")
        if mask is not None and mask.shape != x.shape[:2]:
            raise InputError(f"mask: {function} expected one truth a step, {x.shape[:2]}, got {mask.shape}")
        self.backwards = backwards
        self.mask: np.ndarray | None = None
        if mask is not None and not mask.all():
            x = np.where(mask[..., None], x, np.zeros((), x.dtype))
            self.mask = self.turned(mask[..., None])
        self.x = np.ascontiguousarray(self.turned(x))

    def turned(self, x: np.ndarray) -> np.ndarray:
        """Steps first, in the order in which they are taken; or back."""
        x = x.swapaxes(0, 1)
        return x[::-1] if self.backwards else x

    def returned(self, steps: np.ndarray) -> np.ndarray:
        """From steps first to the batch first, in the order of the sequence."""
        return np.ascontiguousarray((steps[::-1] if self.backwards else steps).swapaxes(0, 1))

    def flat(self, steps: np.ndarray) -> np.ndarray:
        """(t, n, f) as rows."""
        return steps.reshape(-1, steps.shape[-1])

    def projected(self, kernel: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
        """What the inputs add to every step, x W + b."""
        if kernel.shape[0] != self.x.shape[2]:
            raise InputError(f"x: expected {kernel.shape[0]} features a step, got {self.x.shape[2]}")
        y = self.flat(self.x) @ kernel
        if bias is not None:
            y += bias
        return np.asarray(y.reshape(*self.x.shape[:2], kernel.shape[1]))

    def states(self, units: int, initial: np.ndarray | None) -> np.ndarray:
        """Room for the states (t + 1, n, units), the first of them set."""
        steps, n = self.x.shape[:2]
        h = np.empty((steps + 1, n, units), self.x.dtype)
        h[0] = 0 if initial is None else initial
        return h

    def held(self, t: int, new: np.ndarray, old: np.ndarray) -> None:
        """Where step t is padding, the old state in the new one's place."""
        if self.mask is not None:
            np.copyto(new, old, where=~self.mask[t])

    def parted(self, t: int, g: np.ndarray) -> tuple[np.ndarray, np.ndarray | float]:
        """A state's gradient in two: to what step t computed, and past it where it is padding."""
        if self.mask is None:
            return g, 0.0
        return g * self.mask[t], g * ~self.mask[t]

    def arriving(self, g: np.ndarray, last: bool) -> tuple[np.ndarray | None, np.ndarray]:
        """The result's gradient: at every step (None for the last alone), and at the state after all steps."""
        if last:
            return None, g
        return self.turned(g), np.zeros((g.shape[0], g.shape[2]), g.dtype)

    def to_inputs(
        self, g: np.ndarray, kernel: np.ndarray, wanted: tuple[bool, ...]
    ) -> tuple[np.ndarray | None, np.ndarray | None]:
        """From the gradient at x W + b (t, n, k) to those at x and W."""
        flat = self.flat(g)
        by_x = self.returned((flat @ kernel.T).reshape(self.x.shape)) if wanted[0] else None
        return by_x, self.flat(self.x).T @ flat if wanted[1] else None


@operation
def simple_rnn(
    x: np.ndarray,
    kernel: np.ndarray,
    recurrent_kernel: np.ndarray,
    bias: np.ndarray | None = None,
    initial: np.ndarray | None = None,
    *,
    activation: Literal["tanh", "relu"] = "tanh",
    mask: np.ndarray | None = None,
    last: bool = False,
    backwards: bool = False,
) -> tuple[np.ndarray, Pull]:
    """hₜ = f(xₜ W + hₜ₋₁ R + b), the states (n, t, units), or (n, units) the one after all steps with `last`.

    On the way back each step multiplies the gradient by f′ and Rᵀ, which is how it vanishes or explodes.

    Args:
        x: (n, t, features).
        kernel: W (features, units).
        recurrent_kernel: R (units, units).
        bias: b (units,) or None.
        initial: h₀ (n, units), 0 unless given.
        activation: f.
        mask: (n, t); padding leaves the state as it was.
        last: only the state after the last step.
        backwards: from the last step to the first; the states still stand at their steps.

    Raises: InputError for shapes that do not fit or another activation.

    Source: Elman 1990, Finding Structure in Time.

    >>> simple_rnn(np.ones((1, 3, 1)), np.eye(1), np.eye(1), activation="relu").ravel().tolist()
    [1.0, 2.0, 3.0]
    """
    if activation not in ("tanh", "relu"):
        raise InputError(f"activation: simple_rnn expected tanh or relu, got {activation!r}")
    steps = Steps(x, mask, backwards, "simple_rnn")
    given = steps.projected(kernel, bias)
    h = steps.states(len(recurrent_kernel), initial)
    for t, one in enumerate(given):
        new = np.matmul(h[t], recurrent_kernel, out=h[t + 1])
        new += one
        if activation == "tanh":
            np.tanh(new, out=new)
        else:
            np.maximum(new, 0, out=new)
        steps.held(t, new, h[t])

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        each, dh = steps.arriving(g, last)
        slope = 1 - h[1:] * h[1:] if activation == "tanh" else (h[1:] > 0).astype(h.dtype)
        back = np.ascontiguousarray(recurrent_kernel.T)
        dz = np.empty_like(given)
        for t in range(len(given) - 1, -1, -1):
            inner, past = steps.parted(t, dh if each is None else dh + each[t])
            np.multiply(inner, slope[t], out=dz[t])
            dh = dz[t] @ back + past
        by_x, by_kernel = steps.to_inputs(dz, kernel, wanted)
        flat = steps.flat(dz)
        return (by_x, by_kernel, steps.flat(h[:-1]).T @ flat, flat.sum(axis=0), dh)[: len(wanted)]

    return h[-1].copy() if last else steps.returned(h[1:]), pull


@dataclass(frozen=True, slots=True)
class SimpleRNN(Stateless):
    """`simple_rnn` from (n, t, inputs) to the last state (n, units), or with `return_sequences` to all of them."""

    inputs: int
    units: int
    return_sequences: bool = False
    backwards: bool = False
    activation: Literal["tanh", "relu"] = "tanh"

    def init(self, key: Key) -> Tree:
        """Glorot's uniform kernel, an orthogonal recurrent one, a bias of 0."""
        return {
            "kernel": glorot_uniform((*key, 0), (self.inputs, self.units)),
            "recurrent_kernel": orthogonal((*key, 1), (self.units, self.units)),
            "bias": np.zeros(self.units, np.float32),
        }

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """The states; a mask holds them, and is handed on with all of them."""
        settings = {"activation": self.activation}
        return run(simple_rnn, params, x, self.return_sequences, self.backwards, settings), state


def run(cell: Any, params: Tree, x: Any, sequences: bool, backwards: bool, settings: dict[str, Any]) -> Any:
    """A recurrent operation over a batch or a `Masked` one; with all states the mask is handed on."""
    values, mask = values_and_mask(x)
    given = (params["kernel"], params["recurrent_kernel"], params.get("bias"))
    y = cell(values, *given, mask=mask, last=not sequences, backwards=backwards, **settings)
    return with_mask(y, mask) if sequences else y


@operation
def joined(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Pull]:
    """Two arrays side by side along the last axis.

    >>> joined(np.array([[1.0]]), np.array([[2.0, 3.0]])).tolist()
    [[1.0, 2.0, 3.0]]
    """
    width = a.shape[-1]
    return np.concatenate((a, b), axis=-1), lambda g, _: (g[..., :width], g[..., width:])


@dataclass(frozen=True, slots=True)
class Bidirectional:
    """A recurrent layer and the same one `backwards`, their features side by side; each with its own parameters."""

    layer: Any

    def init(self, key: Key) -> Tree:
        """Those of both directions."""
        return {"forward": self.layer.init((*key, 0)), "backward": self.layer.init((*key, 1))}

    def start(self, key: Key) -> Tree:
        """Nothing."""
        return ()

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """(n, t, 2 units) or (n, 2 units)."""
        one, _ = self.layer.apply(params["forward"], x, (), train)
        other, _ = replace(self.layer, backwards=not self.layer.backwards).apply(params["backward"], x, (), train)
        (a, mask), (b, _) = values_and_mask(one), values_and_mask(other)
        return with_mask(joined(a, b), mask), state

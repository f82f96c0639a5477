"""The dense layer: every output sees every input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.initialisers import glorot_uniform
from cutaway.science.nets.layer import Key
from cutaway.science.nets.stateless import Stateless, each_step
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree


@operation
def dense(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None = None) -> tuple[np.ndarray, Pull]:
    """X W + b over the last axis, for x (…, in), W (in, out), b (out,) or None.

    With the gradient g at the result: gWᵀ at x, xᵀg at W, the sum of g over all rows at b.

    Raises: InputError where the last axis of x is not as long as W is high.

    >>> dense(np.array([[1.0, 2.0]]), np.eye(2), np.array([10.0, 0.0])).tolist()
    [[11.0, 2.0]]
    """
    if x.shape[-1:] != kernel.shape[:1]:
        raise InputError(
            f"x: dense expected {kernel.shape[0]} features on the last axis, got shape {x.shape}; "
            "flatten images first, or give Dense the number that arrives"
        )
    rows = x.reshape(-1, x.shape[-1])
    y = rows @ kernel
    if bias is not None:
        y += bias

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        g = g.reshape(-1, kernel.shape[1])
        parts = (
            (g @ kernel.T).reshape(x.shape) if wanted[0] else None,
            rows.T @ g if wanted[1] else None,
        )
        return parts if len(wanted) == 2 else (*parts, g.sum(axis=0) if wanted[2] else None)

    return y.reshape(*x.shape[:-1], kernel.shape[1]), pull


@dataclass(frozen=True, slots=True)
class Dense(Stateless):
    """x W + b with W (inputs, units), on the last axis of whatever arrives; steps and their mask stay."""

    inputs: int
    units: int
    bias: bool = True

    def init(self, key: Key) -> Tree:
        """Glorot's uniform kernel, and a bias of 0."""
        kernel = glorot_uniform(key, (self.inputs, self.units))
        return {"kernel": kernel, "bias": np.zeros(self.units, np.float32)} if self.bias else {"kernel": kernel}

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """X W + b."""
        return each_step(lambda v: dense(v, params["kernel"], params.get("bias")), x), state

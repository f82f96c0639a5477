"""Policies as plain values: which way the cart is pushed in which state, in a form that compiled loops can run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError

Kind = Literal["linear", "neural", "table"]
Choice = Literal["best", "sampled", "force"]
Activation = Literal["relu", "tanh"]


@dataclass(frozen=True, eq=False, slots=True)
class Policy:
    """One policy, or many of one kind along the leading axes of `parameters` (…, P); see `linear` and `neural`.

    `choice`: the better side (`"best"`), a side drawn with its probability (`"sampled"`), or any push from -most to
    most (`"force"`).
    """

    kind: Kind
    parameters: np.ndarray
    hidden: int = 0
    activation: Activation = "relu"
    choice: Choice = "best"
    most: float = 1.0
    edges: tuple[np.ndarray, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """() of one policy, else the leading axes."""
        return self.parameters.shape[:-1]

    @property
    def rows(self) -> np.ndarray:
        """The parameters as (m, P), m = 1 for one policy."""
        return np.ascontiguousarray(self.parameters.reshape(-1, self.parameters.shape[-1]))

    def __getitem__(self, key: int | slice | tuple[int | slice, ...]) -> Policy:
        """Some of many policies."""
        if not self.shape:
            raise InputError("Policy: there is only one, got an index; leave it out")
        return Policy(self.kind, self.parameters[key], self.hidden, self.activation, self.choice, self.most, self.edges)


def linear(weights: np.ndarray, *, choice: Choice = "best", most: float = 1.0) -> Policy:
    """Push by the sign of w · s + b, for weights (…, 5): those of x, velocity, lean, spin, and b.

    To the right where it is above 0, else to the left. `choice="sampled"`: to the right with probability
    1 / (1 + exp(-(w · s + b))). `choice="force"`: pushed by w · s + b itself, held within ±most.

    Raises: InputError for another last axis, or weights that are not finite.
    """
    if choice not in ("best", "sampled", "force"):
        raise InputError(f"choice: linear expected best, sampled or force, got {choice!r}")
    return Policy("linear", _finite(weights, 5, "linear"), choice=choice, most=_most(most))


def neural_size(hidden: int) -> int:
    """Parameters of a network with so many hidden units: 4 → hidden → 2."""
    return 7 * hidden + 2


def neural(
    parameters: np.ndarray,
    hidden: int,
    *,
    activation: Activation = "relu",
    choice: Choice = "best",
) -> Policy:
    """Networks 4 → hidden → 2 (logits of left and right); to the right where that logit is the larger.

    `parameters` (…, 7 hidden + 2): W₁ (4, hidden) row by row, b₁ (hidden,), W₂ (hidden, 2) row by row, b₂ (2,), as
    `nets.Dense` has them. `choice="sampled"`: a side drawn with its softmax probability.

    Raises: InputError for another last axis, or parameters that are not finite.
    """
    if hidden < 1:
        raise InputError(f"hidden: neural expected at least 1 unit, got {hidden}; without one, use linear")
    if activation not in ("relu", "tanh"):
        raise InputError(f"activation: neural expected relu or tanh, got {activation!r}")
    if choice not in ("best", "sampled"):
        raise InputError(f"choice: neural expected best or sampled, got {choice!r}")
    return Policy("neural", _finite(parameters, neural_size(hidden), "neural"), hidden, activation, choice)


def pushes(policy: Policy, states: np.ndarray) -> np.ndarray:
    """Where policies (…,) push in each of the states (k, 4): (…, k), in {-1, 1} or the force's share.

    A policy that samples is asked for its more probable side.
    """
    states = np.asarray(states, float).reshape(-1, 4)
    p = policy.rows
    if policy.kind == "linear":
        found = p[:, :4] @ states.T + p[:, 4:]
        if policy.choice == "force":
            return np.asarray(np.clip(found, -policy.most, policy.most).reshape(*policy.shape, -1))
    elif policy.kind == "neural":
        h = policy.hidden
        inside = np.einsum("mch,kc->mkh", p[:, : 4 * h].reshape(-1, 4, h), states) + p[:, None, 4 * h : 5 * h]
        inside = np.maximum(inside, 0) if policy.activation == "relu" else np.tanh(inside)
        out = np.einsum("mkh,mho->mko", inside, p[:, 5 * h : 7 * h].reshape(-1, h, 2)) + p[:, None, 7 * h :]
        found = out[..., 1] - out[..., 0]
    else:
        found = p[:, cells(policy.edges, states)]
    return np.where(found > 0, 1.0, -1.0).reshape(*policy.shape, -1)


def cells(edges: tuple[np.ndarray, ...], states: np.ndarray) -> np.ndarray:
    """The number of the cell (k,) in which each state (k, 4) lies, cut at the ascending edges of each coordinate."""
    found = np.zeros(len(states), np.int64)
    for c, cut in enumerate(edges):
        found = found * (len(cut) + 1) + np.searchsorted(cut, states[:, c], side="right")
    return found


def _finite(values: np.ndarray, last: int, function: str) -> np.ndarray:
    rows = np.asarray(values, float)
    if rows.shape[-1:] != (last,):
        raise InputError(f"{function} expected {last} numbers on the last axis, got shape {rows.shape}")
    if not np.isfinite(rows).all():
        raise InputError(f"{function} expected finite parameters, got NaN or infinity among them")
    return rows


def _most(most: float) -> float:
    if not most > 0:
        raise InputError(f"most: linear expected a positive number, got {most}; inf lets every push through")
    return float(most)

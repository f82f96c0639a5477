"""The small network that acts: what it is given, how it begins, and how it is handed to compiled loops as a policy."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.control.cart import COORDINATES
from cutaway.science.control.policies import Activation, Policy, neural
from cutaway.science.nets import Dense, ReLU, Sequential, Tanh, Tree, mapped


def network(hidden: int, activation: Activation, outputs: int = 2) -> Sequential:
    """4 → hidden → outputs."""
    bend = ReLU() if activation == "relu" else Tanh()
    return Sequential((Dense(4, hidden), bend, Dense(hidden, outputs)))


def begun_params(model: Sequential, seed: int, place: int) -> Tree:
    """First parameters, in float64; `place` tells a learner's networks apart."""
    return mapped(lambda p: p.astype(np.float64), model.init((seed, 0, place)))


def blinded(params: Tree, sees: Sequence[str]) -> Tree:
    """The parameters with the first kernel's rows of what is not seen 0; what is given stays as it is."""
    first, *rest = params
    seen = np.array([[name in sees] for name in COORDINATES])
    return ({**first, "kernel": np.where(seen, first["kernel"], 0.0)}, *rest)


def masked(states: np.ndarray, sees: Sequence[str]) -> np.ndarray:
    """The states (n, 4) with 0 for what is not seen; so the kernel's rows for it have a gradient of 0."""
    return np.where([name in sees for name in COORDINATES], states, 0.0)


def acting(params: Tree, activation: Activation, sampled: bool) -> Policy:
    """The network as a policy; its push is drawn with its probability, or the likelier one."""
    first, _, last = params
    parts = (first["kernel"], first["bias"], last["kernel"], last["bias"])
    parameters = np.concatenate([np.ravel(part) for part in parts])
    return neural(parameters, first["bias"].size, activation=activation, choice="sampled" if sampled else "best")


def standardised(values: np.ndarray) -> np.ndarray:
    """Less their mean and divided by their standard deviation; 0 where all are alike.

    >>> standardised(np.array([1.0, 3.0])).tolist()
    [-1.0, 1.0]
    """
    spread = values.std()
    return np.asarray((values - values.mean()) / spread) if spread > 0 else np.zeros_like(values)


def checked_learner(learner: str, hidden: int, rate: float, sees: Sequence[str], **shares: float) -> None:
    """Raise InputError for what no learner can have; shares are from 0 to 1."""
    if hidden < 1:
        raise InputError(f"hidden: {learner} expected at least 1 unit, got {hidden}")
    if not (isfinite(rate) and rate > 0):
        raise InputError(f"rate: {learner} expected a number above 0, got {rate}")
    if not sees or not set(sees) <= set(COORDINATES):
        raise InputError(f"sees: {learner} expected some of {', '.join(COORDINATES)}, got {tuple(sees)}")
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise InputError(f"{name}: {learner} expected a number from 0 to 1, got {value}")

"""Dropout: while it trains, some numbers are left out at random and the others grow to make up for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.layer import Key, random
from cutaway.science.nets.stateless import Unlearned, each_step
from cutaway.science.nets.tape import Pull, operation
from cutaway.science.nets.tree import Tree


@operation
def dropout(x: np.ndarray, *, rate: float, key: Key) -> tuple[np.ndarray, Pull]:
    """Each number is 0 with probability `rate`, else x / (1 - rate), so that its mean stays; drawn from the key.

    >>> dropout(np.ones(6), rate=0.5, key=(1,)).tolist() == dropout(np.ones(6), rate=0.5, key=(1,)).tolist()
    True
    """
    kept = random(key).random(x.shape, dtype=np.float32) >= rate
    factor = kept.astype(x.dtype)
    factor *= 1 / (1 - rate)
    return x * factor, lambda g, _: (g * factor,)


@dataclass(frozen=True, slots=True)
class Dropout(Unlearned):
    """`dropout` in training, nothing afterwards. Its state counts the steps, so that each has draws of its own.

    Raises: InputError for a rate outside [0, 1).
    """

    rate: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise InputError(f"rate: Dropout expected the share to leave out, from 0 to below 1, got {self.rate}")

    def start(self, key: Key) -> Tree:
        """The key, and no step yet."""
        return {"key": np.array(key, np.uint64), "step": np.array(0, np.int64)}

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """Some left out while training."""
        if not train or not self.rate:
            return x, state
        key = (*(int(place) for place in state["key"]), int(state["step"]))
        after = {"key": state["key"], "step": state["step"] + 1}
        return each_step(lambda v: dropout(v, rate=self.rate, key=key), x), after

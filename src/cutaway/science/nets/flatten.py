"""From many axes to one feature axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cutaway.core.errors import InputError
from cutaway.science.nets.layer import Masked
from cutaway.science.nets.stateless import Unlearned
from cutaway.science.nets.tape import reshaped
from cutaway.science.nets.tree import Tree


@dataclass(frozen=True, slots=True)
class Flatten(Unlearned):
    """(n, …) to (n, features), the last axis running fastest.

    Channels come last here; PyTorch flattens them first, so that rows of the kernel after it stand in another order.

    Raises: InputError for a `Masked` batch, whose mask would be lost: pool over its steps first.
    """

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """The same numbers in two axes."""
        if isinstance(x, Masked):
            raise InputError(
                "x: Flatten expected a batch without a mask, got Masked; flattened, padding could not be told from "
                "steps, so pool over the steps first (GlobalPool1D)"
            )
        rows = x.shape[0]
        size = 1
        for length in x.shape[1:]:
            size *= length
        return reshaped(x, shape=(rows, size)), state

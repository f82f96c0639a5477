"""Embedding: from whole numbers to rows of a table that is learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.layer import Key, Masked, random
from cutaway.science.nets.stateless import Stateless
from cutaway.science.nets.tape import Gradients, Pull, operation
from cutaway.science.nets.tree import Tree


@operation
def embedding(table: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, Pull]:
    """The rows of the table (rows, features) at places (…) of whole numbers: (…, features).

    The gradient of a row is the sum over all places where it stood; of rows that were not asked for it is 0.

    Raises: InputError for places that are not whole numbers from 0 to below the number of rows.

    >>> embedding(np.array([[0.0], [7.0]]), np.array([1, 1, 0])).tolist()
    [[7.0], [7.0], [0.0]]
    """
    places = np.asarray(places)
    if places.dtype.kind not in "iu":
        raise InputError(f"places: embedding expected whole numbers, got {places.dtype}; cast them with astype(int)")
    wrong = np.flatnonzero((places < 0) | (places >= len(table)))
    if wrong.size:
        raise InputError(
            f"places: embedding expected 0 … {len(table) - 1}, got {places.ravel()[wrong[0]]} at element {wrong[0]}; "
            "the table needs a row for every number, padding's 0 among them"
        )

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        from cutaway.science.nets import row_kernel  # compiled code is loaded when it is needed

        out = np.zeros_like(table)
        rows = np.ascontiguousarray(g).reshape(-1, table.shape[1])
        row_kernel.added(places.reshape(-1).astype(np.int64), rows, out)
        return out, None

    return table[places], pull


@dataclass(frozen=True, slots=True)
class Embedding(Stateless):
    """`embedding` of whole numbers (n, t); with `mask_zero` 0 is padding, and what comes out is `Masked`."""

    rows: int
    features: int
    mask_zero: bool = False

    def init(self, key: Key) -> Tree:
        """Uniform between -0.05 and 0.05, as Keras has it."""
        table = random(key).uniform(-0.05, 0.05, (self.rows, self.features))
        return {"embeddings": table.astype(np.float32)}

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """The rows, and where there are any."""
        places, mask = (x.values, x.mask) if isinstance(x, Masked) else (x, None)
        rows = embedding(params["embeddings"], places)
        if self.mask_zero:
            mask = np.asarray(places) != 0 if mask is None else mask & (np.asarray(places) != 0)
        return (rows if mask is None else Masked(rows, mask)), state

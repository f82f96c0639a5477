"""Where a fit stands between two steps, as a plain value: who goes on from it ends as if there had been no break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cutaway.core.errors import InputError
from cutaway.science.nets.tree import Tree


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is known after a pass over all rows. `validation` has "loss" and every metric, or nothing."""

    number: int  # from 1
    steps: int  # made since the beginning
    rate: float  # of the last step
    loss: float  # mean over the epoch's rows, each while its batch was trained with
    validation: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The parameters and state after the epoch whose validation was best."""

    epoch: int
    score: float
    params: Tree
    state: Tree


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Parameters, state, what the optimiser remembers, and the place in the data.

    `settings` are those on which every later number depends; a fit with others does not go on from here. Random
    numbers need no place here: they follow from the seed and the number of the epoch, dropout's from the state.
    """

    settings: Mapping[str, str]
    params: Tree
    state: Tree
    optimiser: Tree
    steps: int = 0  # made since the beginning
    epoch: int = 0  # epochs finished
    within: int = 0  # steps made of the epoch that is under way
    loss_sum: float = 0.0  # over the rows seen in it
    history: tuple[Epoch, ...] = ()
    best: Best | None = None

    def tree(self) -> dict[str, Any]:
        """The same as nested dicts, lists and tuples of arrays, numbers and text, to be written down."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        best = self.best and {name: getattr(self.best, name) for name in _BEST}
        rows = [{name: getattr(one, name) for name in _EPOCH} for one in self.history]
        rows = [row | {"validation": dict(row["validation"])} for row in rows]
        return plain | {"settings": dict(self.settings), "history": rows, "best": best}

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any]) -> Snapshot:
        """The snapshot that such a tree was made of.

        Raises: InputError where something is missing or does not belong.
        """
        try:
            best = tree["best"] and Best(**tree["best"])
            history = tuple(Epoch(**row) for row in tree["history"])
            plain = {name: tree[name] for name in _PLAIN}
            return cls(settings=dict(tree["settings"]), history=history, best=best, **plain)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"tree: Snapshot.of_tree expected what Snapshot.tree gives, got another ({error})"
            ) from None


_PLAIN = ("params", "state", "optimiser", "steps", "epoch", "within", "loss_sum")
_BEST = ("epoch", "score", "params", "state")
_EPOCH = ("number", "steps", "rate", "loss", "validation")

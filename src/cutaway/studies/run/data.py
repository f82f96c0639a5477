"""The user's own data, as a study takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cutaway.engines.readers.pictures import Place


@dataclass(frozen=True, slots=True)
class Predictions:
    """Labels and what a classifier said of them. Rows with a missing label or score are left out before."""

    y: np.ndarray  # (n,) uint8, 1 is positive
    p: np.ndarray  # (n,) float64 in [0, 1]
    name: str
    positive: str = "1"
    weight: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Numeric columns of a table (rows with a missing value left out), by name, and what is to be predicted."""

    columns: Mapping[str, np.ndarray]  # each (n,) float64
    name: str
    target: np.ndarray | None = None  # (n,) float64
    target_name: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts with their labels. Rows that lack one of the two are left out before."""

    texts: tuple[str, ...]  # n of them
    y: np.ndarray  # (n,) codes into classes
    classes: tuple[str, ...]
    name: str
    target_name: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """The images of a folder: where each is, and how it is labelled. They are read when they are looked at."""

    places: tuple[Place, ...]
    name: str
    known: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False)
    """What was computed of them already, so that a second outcome need not do it again."""

    @property
    def labelled(self) -> bool:
        """Whether any has a label."""
        return any(place.label for place in self.places)


Data = Predictions | Columns | Texts | Images

YES = ("1", "true", "yes", "y", "t", "positive", "pos")


def positive_class(names: Sequence[str], counts: Sequence[int]) -> int:
    """Which of two classes the scores are taken to be of: the one that says yes, else the rarer, else the first name.

    >>> positive_class(["ham", "spam"], [80, 20]), positive_class(["0", "1"], [20, 80])
    (1, 1)
    """
    for at, name in enumerate(names):
        if name.strip().lower() in YES:
            return at
    return min(range(len(names)), key=lambda at: (counts[at], names[at]))

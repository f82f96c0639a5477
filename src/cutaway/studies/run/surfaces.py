"""Scores over a plane of two settings: three families that are drawn anew for every run, and two that were measured.

data/surfaces.md says how the measured ones were made.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from cutaway.core.errors import InputError

KINDS = {
    "one": "one setting matters, the other hardly",
    "ridge": "a ridge: the two act together",
    "basins": "several hills",
    "svm": "measured: an SVM's C and γ",
    "mlp": "measured: a network's rate and decay",
}
MEASURED = ("svm", "mlp")
SIDE = 41  # places along each setting, at which surfaces are shown and a surrogate is asked


@dataclass(frozen=True, slots=True)
class Setting:
    """One axis of the plane: the square's 0 and 1 stand for `low` and `high`, by their logarithms if `log`."""

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A score to be made large, over the unit square. `best` is its largest value; `unit` says of what.

    `score`: places (n, 2) to scores (n,), without noise. `unseen`: the same of data that no search may look at, where
    there is such.
    """

    kind: str
    settings: tuple[Setting, Setting]
    unit: str
    best: float
    score: Callable[[np.ndarray], np.ndarray]
    unseen: Callable[[np.ndarray], np.ndarray] | None = None


def drawn(kind: str, luck: np.random.Generator) -> Surface:
    """A surface of this kind; those that were measured are always the same.

    Raises:
        InputError: no such kind.

    >>> surface = drawn("one", np.random.default_rng(0))
    >>> bool(surface.score(places()).max() <= surface.best)
    True
    """
    if kind in MEASURED:
        return measured(kind)
    families = {"one": _one, "ridge": _ridge, "basins": _basins}
    if kind not in families:
        raise InputError(f"drawn: expected a kind of surface, one of {', '.join(KINDS)}, got {kind!r}")
    score, names = families[kind](luck)
    return Surface(kind, (Setting(names[0]), Setting(names[1])), "score", 1.0, score)


def places() -> np.ndarray:
    """The places (SIDE², 2) at which surfaces are shown: the second setting runs fastest."""
    axis = np.linspace(0, 1, SIDE)
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)


def _bump(distance: np.ndarray, width: float | np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * (distance / width) ** 2)


Family = tuple[Callable[[np.ndarray], np.ndarray], tuple[str, str]]


def _one(luck: np.random.Generator) -> Family:
    """A narrow peak on a broad one along the first setting; the second decides over 2 % of the score."""
    at, beside = luck.uniform(0.12, 0.88, 2)

    def score(x: np.ndarray) -> np.ndarray:
        first, second = x[:, 0] - at, x[:, 1] - beside
        return 0.5 * _bump(first, 0.3) + 0.48 * _bump(first, 0.045) + 0.02 * _bump(second, 0.3)

    return score, ("the one that matters", "the other")


def _ridge(luck: np.random.Generator) -> Family:
    """A ridge aslant, with its top somewhere along it: what is best for one setting depends on the other."""
    top, angle = luck.uniform(0.2, 0.8, 2), luck.uniform(np.pi / 6, np.pi / 3) * luck.choice([-1, 1])

    def score(x: np.ndarray) -> np.ndarray:
        d = x - top
        along, across = d @ [np.cos(angle), np.sin(angle)], d @ [-np.sin(angle), np.cos(angle)]
        return _bump(across, 0.08) * (0.5 + 0.5 * _bump(along, 0.22))

    return score, ("first setting", "second setting")


def _basins(luck: np.random.Generator) -> Family:
    """Six hills, of which one is highest; a walker that settles early may settle on another."""
    tops, widths = luck.uniform(0.08, 0.92, (6, 2)), luck.uniform(0.07, 0.16, 6)
    heights = np.append(1.0, luck.uniform(0.45, 0.85, 5))

    def score(x: np.ndarray) -> np.ndarray:
        far = np.sqrt(((x[:, None] - tops) ** 2).sum(axis=2))
        return np.asarray((heights * _bump(far, widths)).max(axis=1))

    return score, ("first setting", "second setting")


@cache
def measured(kind: str) -> Surface:
    """Accuracy in cross-validation over settings of a real model, between the fits by straight lines."""
    found = _file()[kind]
    one, other = (Setting(each["name"], each["low"], each["high"], True) for each in found["parameters"])
    cv, test = (np.array(found[part]) for part in ("cv", "test"))
    return Surface(kind, (one, other), "accuracy", float(cv.max()), _between(cv), _between(test))


@cache
def _file() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((files("cutaway") / "data" / "surfaces.json").read_text("utf-8"))
    return read


def _between(table: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The table (n, m) over the unit square, bilinear between its entries."""
    most = np.array(table.shape) - 1

    def score(x: np.ndarray) -> np.ndarray:
        at = np.clip(x, 0, 1) * most
        low = np.minimum(at.astype(int), most - 1)
        (a, b), (i, j) = (at - low).T, low.T
        lower = (1 - b) * table[i, j] + b * table[i, j + 1]
        upper = (1 - b) * table[i + 1, j] + b * table[i + 1, j + 1]
        return np.asarray((1 - a) * lower + a * upper)

    return score

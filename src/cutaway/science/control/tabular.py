"""Q-learning over a table: the four coordinates are cut into cells, and each cell learns what each push is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.science.control.cart import Cart
from cutaway.science.control.limits import Limits, stream_key
from cutaway.science.control.policies import Policy
from cutaway.science.control.rollout import bounds, constants

BOXES: tuple[tuple[float, ...], ...] = (
    (-0.8, 0.8),
    (-0.5, 0.5),
    tuple(np.radians((-6.0, -1.0, 0.0, 1.0, 6.0)).tolist()),
    tuple(np.radians((-50.0, 50.0)).tolist()),
)
"""Where the 162 boxes of Michie and Chambers (1968), as Barto, Sutton and Anderson have them, are cut."""

CELLS: tuple[tuple[float, ...], ...] = (
    (-1.2, 1.2),
    (-0.5, 0.5),
    tuple(np.radians((-4.0, -2.0, 0.0, 2.0, 4.0)).tolist()),
    tuple(np.radians((-50.0, -25.0, 0.0, 25.0, 50.0)).tolist()),
)
"""A cut into 324 cells that is finer in the spin, with which learning ends at the limit of steps far more often."""

CHUNK = 100  # episodes between two words of progress


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """What has been learnt, enough to go on from.

    Args:
        values: of pushing left and right in each cell (cells, 2): the discounted steps still to come.
        visits: pushes made there (cells, 2).
        edges: where each coordinate is cut, ascending; a cell's number counts the last coordinate fastest.
        lengths: of every episode so far (episodes,).
        seed: of starts and chances.
    """

    values: np.ndarray
    visits: np.ndarray
    edges: tuple[np.ndarray, ...]
    lengths: np.ndarray
    seed: int

    @property
    def policy(self) -> Policy:
        """To the side that is worth more, left where they are equal."""
        return Policy("table", self.values[:, 1] - self.values[:, 0], edges=self.edges)


def table(edges: Sequence[Sequence[float]] = CELLS, *, seed: int = 0) -> Table:
    """A table that knows nothing, cut at the edges of x, velocity, lean and spin.

    Raises: InputError where there are not four lists of ascending numbers.

    >>> table().values.shape
    (324, 2)
    """
    cut = tuple(np.asarray(one, float).reshape(-1) for one in edges)
    if len(cut) != 4 or any(not np.isfinite(one).all() or (np.diff(one) <= 0).any() for one in cut):
        raise InputError("edges: table expected four lists of ascending numbers, of x, velocity, lean and spin")
    cells = int(np.prod([len(one) + 1 for one in cut]))
    stream_key(seed)
    return Table(np.zeros((cells, 2)), np.zeros((cells, 2), np.int64), cut, np.zeros(0, np.int64), seed)


def q_learning(
    cart: Cart,
    limits: Limits,
    *,
    episodes: int = 4000,
    rate: float = 0.3,
    slower: float = 0.001,
    discount: float = 0.995,
    exploring: float = 0.5,
    halved: float = 400.0,
    edges: Sequence[Sequence[float]] = CELLS,
    seed: int = 0,
    after: Table | None = None,
    progress: Progress = silent,
) -> Table:
    """Watkins' Q-learning: Q(s, a) moves by a share towards r + γ max Q(s', ·), or towards r where the pole fell.

    The reward is 1 for each step that does not end in a fall. At the limit of steps what is to come still counts.

    Args:
        cart: its constants.
        limits: of the episodes.
        episodes: how many more.
        rate: the share of the first time a push is made in a cell.
        slower: by how much that falls with visits: rate / (1 + slower · visits).
        discount: γ.
        exploring: chance of a random push, in the first episode.
        halved: after so many episodes that chance is half as large, and so on; 0: it stays.
        edges: of the cells; left out where there is `after`.
        seed: of starts and chances; an episode's depend on it and on the episode's number alone.
        after: a table to go on from, as a checkpoint; its edges and seed then hold.
        progress: is told after every hundred episodes.

    Raises: InputError for numbers that cannot be.

    Source: Watkins and Dayan, Machine Learning 8, 1992.
    """
    from cutaway.science.control.tabular_kernel import learnt

    shares = {"rate": rate, "discount": discount, "exploring": exploring}
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise InputError(f"{name}: q_learning expected a number from 0 to 1, got {value}")
    if episodes < 1 or slower < 0 or halved < 0:
        raise InputError(
            f"episodes, slower, halved: q_learning expected 1 or more and none negative, got {episodes}, {slower}, "
            f"{halved}"
        )
    known = after or table(edges, seed=seed)
    values, visits = known.values.copy(), known.visits.copy()
    cuts = np.array([len(one) for one in known.edges], np.int64)
    packed = np.full((4, max(1, int(cuts.max()))), np.inf)
    for c, one in enumerate(known.edges):
        packed[c, : len(one)] = one
    lengths, key, done = np.zeros(episodes, np.int64), stream_key(known.seed), len(known.lengths)
    for a in range(0, episodes, CHUNK):
        part = lengths[a : a + CHUNK]
        learnt(
            constants(cart), cart.integrator == "euler", bounds(limits), int(limits.steps), float(limits.start),
            key, done + a, float(rate), float(slower), float(discount), float(exploring), float(halved),
            packed, cuts, values, visits, part,
        )  # fmt: skip
        progress("learning", a + len(part), episodes)
    return replace(known, values=values, visits=visits, lengths=np.concatenate((known.lengths, lengths)))

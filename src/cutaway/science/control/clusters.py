"""Clusters of points by density, as many as there are: HDBSCAN, in NumPy and SciPy.

Two points are as far apart as the larger of their distance and of what each needs to reach so many neighbours. Joined
from near to far they form a tree; a branch lives from the density at which it leaves another to that at which it
breaks up or fades. Those branches are clusters whose points outlive what they split into; points in none are noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cutaway.core.errors import InputError

NOISE = -1


@dataclass(slots=True, eq=False)
class _Branch:
    """A candidate: the merge at whose end it stands, the density of its birth, what its points outlive it by."""

    node: int
    birth: float
    stability: float = 0.0
    parts: list[_Branch] = field(default_factory=list)


def density_clusters(points: np.ndarray, least: int = 15, neighbours: int = 5) -> np.ndarray:
    """The cluster of each point (n,), from 0, the largest first; -1 for noise.

    Args:
        points: (n, d), in units in which a distance of 1 means the same along every axis.
        least: points that a cluster has at least.
        neighbours: how many, itself among them, a point must reach to be in a dense place.

    Returns: what scikit-learn's `HDBSCAN(min_cluster_size=least, min_samples=neighbours)` finds, in another order. All
        noise where nothing splits: one cluster alone is not told from none.

    Raises: InputError for points that are not finite, or settings out of range.

    Source: R. Campello, D. Moulavi, J. Sander (2013), PAKDD, sections 3 to 5 (excess of mass).

    >>> rng = np.random.default_rng(0)
    >>> places = np.repeat([0.0, 5.0], 30)[:, None] + rng.normal(0, 0.3, (60, 2))
    >>> np.unique(density_clusters(places), return_counts=True)[0].tolist()
    [0, 1]
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist, squareform

    x = np.asarray(points, float)
    if x.ndim != 2 or not np.isfinite(x).all():
        raise InputError(f"points: density_clusters expected finite numbers (n, d), got shape {x.shape}")
    n = len(x)
    if not (least >= 2 and 1 <= neighbours <= max(n, 1)):
        raise InputError(
            f"least, neighbours: density_clusters expected 2 or more and 1 … {n}, got {least} and {neighbours}"
        )
    if n < 2 * least:
        return np.full(n, NOISE)
    apart = squareform(pdist(x))
    core = np.partition(apart, neighbours - 1, axis=1)[:, neighbours - 1]
    reach = np.maximum(np.maximum(apart, core[:, None]), core)
    np.fill_diagonal(reach, 0.0)
    merges = linkage(squareform(reach, checks=False), "single")
    labels = np.full(n, NOISE)
    found = [_members(merges, branch.node) for branch in _chosen(_branches(merges, least))]
    for label, members in enumerate(sorted(found, key=lambda one: (-len(one), int(one.min())))):
        labels[members] = label
    return labels


def _branches(merges: np.ndarray, least: int) -> _Branch:
    """The tree of branches with at least so many points."""
    n = len(merges) + 1
    sizes = np.concatenate((np.ones(n, np.int64), merges[:, 3].astype(np.int64)))
    root = _Branch(2 * n - 2, 0.0)
    waiting = [(root, root.node)]
    while waiting:
        branch, node = waiting.pop()
        if node < n:
            continue
        a, b, far, _ = merges[node - n]
        density = 1 / max(far, 1e-12)
        large = [int(child) for child in (a, b) if sizes[int(child)] >= least]
        if len(large) == 1:
            branch.stability += (sizes[node] - sizes[large[0]]) * (density - branch.birth)
            waiting.append((branch, large[0]))
            continue
        branch.stability += sizes[node] * (density - branch.birth)
        for child in large:
            part = _Branch(child, density)
            branch.parts.append(part)
            waiting.append((part, child))
    return root


def _chosen(root: _Branch) -> list[_Branch]:
    """The branches that outlive their parts together, none inside another."""
    order, waiting = [], [root]
    while waiting:
        branch = waiting.pop()
        order.append(branch)
        waiting += branch.parts
    best: dict[int, tuple[float, list[_Branch]]] = {}
    for branch in reversed(order):
        inside = [best[id(part)] for part in branch.parts]
        worth = sum(one[0] for one in inside)
        chosen = [each for one in inside for each in one[1]]
        alone = branch is not root and branch.stability >= worth
        best[id(branch)] = (branch.stability, [branch]) if alone else (worth, chosen)
    return best[id(root)][1]


def _members(merges: np.ndarray, node: int) -> np.ndarray:
    """The points below a merge."""
    n, out, waiting = len(merges) + 1, [], [node]
    while waiting:
        here = waiting.pop()
        if here < n:
            out.append(here)
        else:
            waiting += [int(merges[here - n, 0]), int(merges[here - n, 1])]
    return np.array(sorted(out))

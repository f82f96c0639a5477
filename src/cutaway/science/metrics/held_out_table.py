"""What choosing a cut saves on rows that did not choose it, at every ratio of costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.science.metrics.folded_cuts import FoldedCuts
from cutaway.science.metrics.held_out_cuts import held_out_cut
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.tally import sigmoid

_UP = np.array([2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0])
RATIOS = np.concatenate([1 / _UP[::-1], [1.0], _UP])  # of a miss over a false alarm


@dataclass(frozen=True, eq=False)
class HeldOutTable:
    """One row a cost ratio; costs are a row's mean where a false alarm costs 1 and a miss `ratio`."""

    ratio: np.ndarray  # (k,) ascending
    cut: np.ndarray  # (k,) the cheapest cut of all rows, as a probability
    cut_low: np.ndarray  # (k,) the lowest that the folds chose
    cut_high: np.ndarray  # (k,)
    cost: np.ndarray  # (k,) held out
    cost_at_half: np.ndarray  # (k,)
    saving: np.ndarray  # (k,) cost at half less cost, on the same rows
    saving_low: np.ndarray  # (k,)
    saving_high: np.ndarray  # (k,)

    @property
    def columns(self) -> dict[str, Any]:
        """Columns by the names that a page knows."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def held_out_table(
    folds: Sequence[ScoreHistogram] | FoldedCuts, ratios: np.ndarray = RATIOS, level: float = 0.95
) -> HeldOutTable:
    """`held_out_cut` at each of the `ratios` (k,), on folds that are counted once.

    Raises: InputError as `held_out_cut`.

    >>> rng = np.random.default_rng(0)
    >>> s = rng.normal(-2, 1.5, 5_000)
    >>> y = (rng.random(s.size) < 1 / (1 + np.exp(-s))).astype(int)
    >>> found = held_out_table([ScoreHistogram.of(s[i::5], y[i::5]) for i in range(5)], np.array([1.0, 20.0]))
    >>> (found.saving_low > 0).tolist()
    [False, True]
    """
    folded = folds if isinstance(folds, FoldedCuts) else FoldedCuts.every(folds)
    rows = []
    for ratio in ratios:
        found = held_out_cut(folded, 1.0, float(ratio), level=level)
        chosen = sigmoid(np.array([found.point.logit, min(found.fold_cuts), max(found.fold_cuts)]))
        saving = found.saving
        rows.append((ratio, *chosen, found.cost.value, found.cost_at_half.value, saving.value, saving.low, saving.high))
    return HeldOutTable(*np.array(rows, dtype=float).reshape(-1, 9).T)

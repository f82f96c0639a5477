"""The same trials on Dask's workers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from cutaway.core.errors import InputError
from cutaway.tuning import Limits, search
from cutaway.tuning.cluster import Cluster
from tests.tuning import objectives
from tests.tuning.objectives import PLANE, SPACE
from tests.tuning.test_search import essence

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(workers=2, limits=Limits(seconds=30)) as workers:
        yield workers


@pytest.mark.parametrize("method", ["random", "tpe", "cmaes"])
def test_dask_gives_the_same_trials(method: str, cluster: Cluster) -> None:
    one = search(objectives.bowl, SPACE, method=method, budget=14, seed=3)
    assert essence(one) == essence(search(objectives.bowl, SPACE, method=method, budget=14, seed=3, workers=cluster))


def test_seeds_and_failures_are_the_same_there(cluster: Cluster) -> None:
    one = search(objectives.lucky, PLANE, method="tpe", budget=12)
    assert essence(one) == essence(search(objectives.lucky, PLANE, method="tpe", budget=12, workers=cluster))
    failing = search(objectives.worded, PLANE, method="random", budget=3)
    assert essence(failing) == essence(search(objectives.worded, PLANE, method="random", budget=3, workers=cluster))


def test_a_worker_that_dies_costs_no_trial(cluster: Cluster, tmp_path: Any) -> None:
    """The first trial that is told to end its process once: Dask begins it again elsewhere."""
    mark = str(tmp_path / "died")
    found = search(_Deadly(mark), PLANE, method="random", budget=6, workers=cluster)
    assert os.path.exists(mark)
    assert essence(found) == essence(search(objectives.plane, PLANE, method="random", budget=6))


class _Deadly:
    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __call__(self, params: dict[str, Any]) -> float:
        if not os.path.exists(self.mark):
            open(self.mark, "w").close()
            os._exit(1)
        return objectives.plane(params)


def test_a_trial_that_takes_too_long_is_given_up() -> None:
    with Cluster(workers=1, limits=Limits(seconds=0.5)) as workers:
        found = search(objectives.napping, PLANE, method="random", budget=2, workers=workers)
    assert [trial.state for trial in found.trials] == ["timeout", "timeout"]


def test_nobody_at_the_address() -> None:
    with pytest.raises(InputError, match=r"--scheduler .tcp://127\.0\.0\.1:1.: no Dask scheduler answers there"):
        Cluster("tcp://127.0.0.1:1", patience_seconds=0.5).__enter__()
    with pytest.raises(InputError, match="Dask limits its workers' memory itself"):
        Cluster(limits=Limits(memory_mb=100))

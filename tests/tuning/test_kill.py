"""`kill -9` in the middle: nothing that had finished is lost, and the end is that of an uninterrupted search."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tuning.killing import finished, killed, whole
from tests.tuning.test_search import essence


@pytest.mark.slow
@pytest.mark.parametrize("method", ["tpe", "cmaes"])
def test_a_search_that_is_killed_ends_as_if_it_had_not_been(method: str, tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    assert killed(method, 40, path, kills=3, workers=2) >= 2
    done = len(finished(path))
    assert 3 <= done < 40
    resumed = whole(method, 40, f"sqlite:///{path}")
    assert essence(resumed) == essence(whole(method, 40))

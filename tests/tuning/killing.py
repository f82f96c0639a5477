"""A search whose process is killed again and again, and taken up each time; benchmarks/tuning_overhead.py has more."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cutaway.core.contest import Search
from cutaway.tuning import search
from tests.tuning.objectives import PLANE, slow_plane

ROOT = Path(__file__).parents[2]
SEED = 11


def whole(method: str, budget: int, address: str | None = None, workers: int = 1, progress: Any = None) -> Search:
    """The search, in this process."""
    more = {} if progress is None else {"progress": progress}
    return search(slow_plane, PLANE, method=method, budget=budget, seed=SEED, storage=address, workers=workers, **more)


def finished(path: Path) -> dict[int, tuple[str, float | None]]:
    """The trials that the file has as finished: number -> state and value."""
    if not path.exists():
        return {}
    with sqlite3.connect(path, timeout=30) as connection:
        try:
            rows = connection.execute(
                "SELECT t.number, t.state, v.value FROM trials t LEFT JOIN trial_values v ON v.trial_id = t.trial_id "
                "WHERE t.state NOT IN ('RUNNING', 'WAITING')"
            ).fetchall()
        except sqlite3.OperationalError:  # killed before it had made its tables
            return {}
    connection.close()
    return {number: (state, value) for number, state, value in rows}


def killed(method: str, budget: int, path: Path, kills: int, workers: int, seed: int = 0) -> int:
    """Start the search, kill its process (SIGKILL) at a random moment after its first trial, `kills` times.

    Asserts after each kill that no trial that was finished before is lost or changed. Returns how many kills met the
    search at work; a search that ends before it is killed is not counted.
    """
    luck, met = random.Random(seed), 0
    for _ in range(kills):
        before = finished(path)
        command = [sys.executable, "-m", "tests.tuning.killing", method, str(budget), str(path), str(workers)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()  # it has finished a trial
            time.sleep(luck.random() * 0.15)
            met += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
        after = finished(path)
        assert before.items() <= after.items(), (before, after)
    return met


if __name__ == "__main__":
    method, budget, path, workers = sys.argv[1:]

    def tell(stage: str, done: float, total: float | None) -> None:
        """One line a trial, so that whoever kills knows that it has begun."""
        print(done, flush=True)

    whole(method, int(budget), f"sqlite:///{path}", int(workers), tell)

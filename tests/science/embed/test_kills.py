"""`kill -9` in the middle of a training, of a conversion and of an embedding: nothing half made is ever taken up."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cutaway import embed
from tests.science.embed.test_training import CORPUS, SMALL

ROOT = Path(__file__).parents[3]
SETTINGS = replace(SMALL, epochs=6)
LINES = 3000


def table() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(LINES, 8)).astype(np.float32)


def slowly(stage: str, done: float, total: float | None, /) -> None:
    """Progress that leaves time for a kill, and says that it has come."""
    print(stage, flush=True)
    time.sleep(0.1)


def work(what: str, folder: Path) -> embed.Static | np.ndarray:
    """One of the three; `folder` holds what it keeps."""
    if what == "training":
        return embed.train(CORPUS, SETTINGS, checkpoint=folder, workers=1, progress=slowly)
    if what == "conversion":
        return embed.read_vectors(folder.parent / "vectors.txt", cache=folder, progress=slowly)

    def make() -> np.ndarray:
        slowly("embedding", 0, None)
        return np.tile(table(), (200, 1))  # 19 MB: its writing can be met

    return embed.kept(folder).array("all", make)


def content(result: embed.Static | np.ndarray) -> np.ndarray:
    return np.asarray(result.matrix if isinstance(result, embed.Static) else result)


def killed(what: str, folder: Path, luck: random.Random) -> bool:
    """Start it in a process of its own and kill that at a random moment; whether it was still at work."""
    command = [sys.executable, "-m", "tests.science.embed.test_kills", what, str(folder)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # it is at work
        time.sleep(luck.random() * 0.3)
        met = process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    return met


@pytest.mark.slow
@pytest.mark.parametrize("what", ["training", "conversion", "embedding"])
def test_what_a_kill_leaves_is_whole_or_is_not_taken(what: str, tmp_path: Path) -> None:
    lines = (f"w{k} {' '.join(map(str, row.tolist()))}\n" for k, row in enumerate(table()))
    (tmp_path / "vectors.txt").write_text("".join(lines), encoding="utf-8")
    luck, kept = random.Random(7), tmp_path / "kept"
    assert killed(what, kept, luck) + killed(what, kept, luck) >= 1
    for place in kept.glob("[!.]*"):
        assert all(np.isfinite(np.load(file)).all() for file in place.glob("*.npy")), "what has its name is whole"
    resumed = content(work(what, kept))
    assert np.array_equal(resumed, content(work(what, tmp_path / "new")))


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]))

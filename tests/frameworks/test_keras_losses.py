"""The Keras losses on each backend, in a process of its own, since a process has one backend."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BACKENDS = ["jax", "torch"]
if sys.version_info < (3, 14):  # for which TensorFlow has no wheels yet (pyproject.toml)
    BACKENDS.append("tensorflow")


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_holds_on(backend: str) -> None:
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command.append(str(HERE / "losses_keras.py"))
    done = subprocess.run(command, env=environment, cwd=HERE.parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout

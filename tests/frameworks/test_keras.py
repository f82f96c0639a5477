"""The Keras metrics on each backend, in a process of its own, since a process has one backend."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMPILED, EAGER = "backend_keras.py", "eager_keras.py"
FILES = {
    "jax": [COMPILED],  # without compiling, JAX takes minutes for what the others do in seconds
    "torch": [COMPILED, EAGER],
}
if sys.version_info < (3, 14):  # for which TensorFlow has no wheels yet (pyproject.toml)
    FILES["tensorflow"] = [COMPILED, EAGER]


@pytest.mark.slow
@pytest.mark.parametrize("backend", FILES)
def test_holds_on(backend: str) -> None:
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    files = [str(HERE / name) for name in FILES[backend]]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files]
    done = subprocess.run(command, env=environment, cwd=HERE.parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout

"""Keras' metrics, losses and probes on each backend, in a process of its own, since a process has one backend."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMPILED = ("metrics_keras.py", "losses_keras.py", "probes_keras.py")
EAGER = "metrics_eager_keras.py"  # not with JAX, which takes minutes there for what the others do in seconds
FILES = {"jax": COMPILED, "torch": (*COMPILED, EAGER)}
if sys.version_info < (3, 14):  # for which TensorFlow has no wheels yet (pyproject.toml)
    FILES["tensorflow"] = FILES["torch"]


@pytest.mark.slow
@pytest.mark.parametrize("backend", [pytest.param(one, marks=pytest.mark.xdist_group(f"keras {one}")) for one in FILES])
def test_holds_on(backend: str) -> None:
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    environment["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"  # only values count, and they take less long to compile
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += [str(HERE / name) for name in FILES[backend]]
    done = subprocess.run(command, env=environment, cwd=HERE.parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout

"""The losses give NumPy's values, and their slopes, with PyTorch, JAX and TensorFlow; each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LIBRARIES = ["torch", "jax"]
if sys.version_info < (3, 14):  # for which TensorFlow has no wheels yet (pyproject.toml)
    LIBRARIES.append("tensorflow")


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
def test_holds_on(library: str) -> None:
    environment = {**os.environ, "CUTAWAY_LIBRARY": library, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        str(HERE / "parity.py"),
    ]
    done = subprocess.run(command, env=environment, cwd=HERE.parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout

"""Arrays of NumPy and what NumPy makes arrays of; tests/science/losses/parity.py has the other libraries."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from cutaway.core import arrays


def test_lists_numbers_and_whole_numbers_are_numpys() -> None:
    for value in ([1, 2], 3, np.arange(2), (1.0, 2.0)):
        assert arrays.library(value) == "numpy"
        assert arrays.floating(value).dtype == np.float64
    assert arrays.floating(np.zeros(2, np.float16)).dtype == np.float16
    assert arrays.like([True, False], np.zeros(2, np.float32)).dtype == np.float32
    assert arrays.shape(np.zeros((2, 3))) == (2, 3)
    assert arrays.known([1, 2]) is not None
    assert arrays.namespace([1.0]).sum is not None


def test_functions_without_overflow() -> None:
    x = np.array([-1e4, -1.0, 0.0, 1.0, 1e4])
    np.testing.assert_allclose(arrays.softplus(x), [0, np.log1p(np.exp(-1)), np.log(2), np.log1p(np.exp(1)), 1e4])
    np.testing.assert_allclose(arrays.sigmoid(x), [0, 1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1])
    logs = arrays.log_softmax(np.array([[1e4, 0.0, -1e4], [-np.inf, 0.0, 0.0]]))
    np.testing.assert_allclose(logs, [[0, -1e4, -2e4], [-np.inf, -np.log(2), -np.log(2)]])
    assert arrays.log_softmax(np.zeros((0, 3))).shape == (0, 3)
    for function in (arrays.softplus, arrays.sigmoid):
        assert function(np.zeros(2, np.float32)).dtype == np.float32


@pytest.mark.slow
def test_no_framework_is_imported_unasked() -> None:
    code = (
        "import sys, numpy as np; from cutaway import losses; losses.focal(np.zeros(2), [0, 1]); "
        "print(sorted({'torch', 'jax', 'tensorflow', 'keras', 'numba', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"

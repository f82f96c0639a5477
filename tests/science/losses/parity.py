"""What holds on each array library, in float64, compiled or not; `test_parity.py` runs this file once on each.

The library is the one that CUTAWAY_LIBRARY names; a process takes one, since importing each takes seconds.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cutaway import losses
from cutaway.core import arrays
from cutaway.core.errors import InputError
from tests.science.losses.laws import ROWS, Row

LIBRARY = os.environ.get("CUTAWAY_LIBRARY", "torch")
MODES = {"torch": ["torch"], "jax": ["jax", "jax jit"], "tensorflow": ["tensorflow", "tensorflow graph"]}[LIBRARY]
lib: Any = importlib.import_module(LIBRARY)

Call = Callable[..., Any]


def with_gradient(library: str, call: Call, scores: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray]:
    """The array that the library returns, its value, and its gradient by the scores."""
    if library == "torch":
        x = lib.tensor(scores, requires_grad=True)
        value = call(x)
        value.backward()
        return value, value.detach().numpy(), x.grad.numpy()
    if library.startswith("jax"):
        with lib.enable_x64(True):
            both = lib.value_and_grad(call)
            both = lib.jit(both) if "jit" in library else both
            value, gradient = both(lib.numpy.asarray(scores))
            return value, np.asarray(value), np.asarray(gradient)
    call = lib.function(call, reduce_retracing=True) if "graph" in library else call
    x = lib.Variable(scores)
    with lib.GradientTape() as tape:
        value = call(lib.convert_to_tensor(x))
    return value, value.numpy(), tape.gradient(value, x).numpy()


def difference(call: Call, scores: np.ndarray) -> np.ndarray:
    """Central differences of the fourth order; their error is about 1e-11 at this step."""
    found, h = np.zeros_like(scores), 1e-3
    for place in np.ndindex(scores.shape):
        for steps, factor in ((1, 8.0), (2, -1.0)):
            for sign in (1, -1):
                moved = scores.copy()
                moved[place] += sign * steps * h
                found[place] += sign * factor * float(call(moved)) / (12 * h)
    return found


SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "everything": {"weight": np.linspace(0, 2, 6), "mask": np.arange(6) != 3, "smoothing": 0.1},
    "over weights": {"weight": np.linspace(0, 2, 6), "reduction": "weighted mean"},
}


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
@pytest.mark.parametrize("library", MODES)
def test_every_library_gives_numpys_value_and_the_slope(library: str, row: Row, name: str, soft: bool) -> None:
    scores, y = row.input(6, seed=4, soft=soft)
    scores = 0.25 + scores / 2 if row.of_p else scores  # nearer 0 the differences are further from the slope
    settings = {**SETTINGS[name], **row.weights([0.5, 2.0, 1.0, 3.0][: max(row.classes, 2)])}

    def call(x: Any) -> Any:
        return row.loss(x, y, **settings)

    given, value, gradient = with_gradient(library, call, scores)
    assert arrays.library(given) == library.split()[0]
    assert float(value) == pytest.approx(float(call(scores)), rel=1e-13)
    np.testing.assert_allclose(gradient, difference(call, scores), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("soft", ["blended", "quality"])
@pytest.mark.parametrize("library", MODES)
def test_the_other_soft_labels_too(library: str, soft: str) -> None:
    z, y = ROWS["focal"].input(6, soft=True)

    def call(x: Any) -> Any:
        return losses.focal(x, y, gamma=1.5, alpha=0.25, soft=soft)

    _, value, gradient = with_gradient(library, call, z)
    assert float(value) == pytest.approx(float(call(z)), rel=1e-13)
    np.testing.assert_allclose(gradient, difference(call, z), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("row", [r for r in ROWS.values() if not r.of_p], ids=[n for n in ROWS if "_p" not in n])
@pytest.mark.parametrize("library", MODES)
def test_extreme_logits_and_zero_logits(library: str, row: Row) -> None:
    """At ±1000 all is finite and exact; at 0, where |z| has no slope, the gradient is still p - y."""
    column = np.array([1e3, -1e3, 0.0, 1e3, -1e3, 0.0])
    y = np.array([1, 1, 1, 0, 0, 0])
    scores = column if row.classes == 1 else np.stack([0 * column, column], 1)
    settings = {} if row.same_as is None else {"gamma": 0.5}

    def call(x: Any) -> Any:
        return row.loss(x, y, reduction="sum", **settings)

    _, value, gradient = with_gradient(library, call, scores)
    gamma = settings.get("gamma", 0.0)
    assert float(value) == pytest.approx(2000 + 2 * 0.5**gamma * np.log(2), rel=1e-14)
    slope = gradient if row.classes == 1 else gradient[:, 1]
    half = 0.5**gamma * (gamma * 0.5 * np.log(2) + 0.5)
    np.testing.assert_allclose(slope, [0, -1, -half, 1, 0, half], atol=1e-12)


@pytest.mark.parametrize("library", MODES)
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_masked_nan_touches_neither_value_nor_gradient(library: str, row: Row) -> None:
    scores, y = row.input(6)
    mask = np.arange(6) != 2
    scores[2] = np.nan
    y = np.where(mask, y, -100.0)
    _, value, gradient = with_gradient(library, lambda x: row.loss(x, y, mask=mask, reduction="mean over mask"), scores)
    assert float(value) == pytest.approx(float(row.loss(scores[mask], y[mask])), rel=1e-14)
    assert np.isfinite(gradient).all()
    assert (gradient[2] == 0).all()


@pytest.mark.parametrize("library", [mode for mode in MODES if " " in mode] or MODES)
def test_labels_that_are_no_class(library: str) -> None:
    """Refused where they can be seen; NaN inside compiled graphs."""
    scores, y = np.zeros((2, 3)), np.array([1.0, 5.0])
    if " " not in library:
        with pytest.raises(InputError, match="got 5 at row 1"):
            losses.categorical(scores, lib.tensor(y))
        return

    def call(x: Any) -> Any:
        moved = x[:, 0] * 0 + y  # inside the graph, so unknown
        return losses.categorical(x, moved, reduction="none")[0], losses.categorical(x, moved)

    if LIBRARY == "jax":
        first, mean = lib.jit(call)(lib.numpy.asarray(scores))
    else:
        first, mean = lib.function(call)(lib.constant(scores))
    assert float(first) == pytest.approx(np.log(3))
    assert np.isnan(float(mean))


def test_precision_of_the_logits_is_kept() -> None:
    dtypes = {"jax": "numpy.bfloat16", "torch": "bfloat16", "tensorflow": "bfloat16"}[LIBRARY]
    dtype = lib
    for part in dtypes.split("."):
        dtype = getattr(dtype, part)
    zeros = (lib.numpy if LIBRARY == "jax" else lib).zeros(4, dtype=dtype)
    for loss in (losses.log_loss, losses.focal):
        assert loss(zeros, np.array([0, 1, 0, 1]), weight=np.ones(4)).dtype == dtype
    assert losses.categorical(zeros[:, None] + zeros, [0, 1, 2, 3]).dtype == dtype


def test_gradients_row_by_row() -> None:
    """Where the library maps functions over rows."""
    z, y = ROWS["focal"].input(8)
    if LIBRARY == "torch":
        each = lib.func.vmap(lib.func.grad(losses.focal))(lib.tensor(z), lib.tensor(y)).numpy()
    elif LIBRARY == "jax":
        with lib.enable_x64(True):
            each = np.asarray(lib.vmap(lib.grad(losses.focal))(lib.numpy.asarray(z), lib.numpy.asarray(y)))
    else:
        with lib.GradientTape() as tape:
            tape.watch(x := lib.constant(z))
            total = lib.reduce_sum(
                lib.map_fn(lambda both: losses.focal(both[0], both[1]), lib.stack([x, lib.constant(y)], 1))
            )
        each = tape.gradient(total, x).numpy()
    np.testing.assert_allclose(each, losses.derivatives(losses.focal, z, y).gradient, rtol=1e-12)

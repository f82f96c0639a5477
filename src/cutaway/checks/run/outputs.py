"""What a model gives and what its loss expects: logits, probabilities or their logarithms. Both are measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

Scale = Literal["logits", "probabilities", "log-probabilities", "other"]
Loss = Callable[[np.ndarray, np.ndarray], float]
"""Of an output and labels."""


@dataclass(frozen=True, slots=True)
class Task:
    """How labels name classes. `kind`: "coded" (whole numbers), "one-hot", or "binary" (each output by itself).

    `axis`: of the classes in the output; for "binary" there is none, and it is -1.
    """

    kind: Literal["coded", "one-hot", "binary"]
    classes: int
    axis: int

    def right(self, y: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """1 where the output of that shape stands for what the labels say, else 0."""
        if self.kind != "coded":
            return y.reshape(shape).astype(float)
        codes = np.clip(y.reshape(np.delete(shape, self.axis)).astype(int), 0, self.classes - 1)
        return np.moveaxis(np.eye(self.classes)[codes], -1, self.axis)


def task_of(y: np.ndarray | None, shape: tuple[int, ...]) -> Task | None:
    """How these labels name the classes of an output of that shape; None where they name none (a regression).

    >>> task_of(np.array([0, 2, 1]), (3, 3)).kind, task_of(np.array([0.0, 1.0]), (2, 1)).kind
    ('coded', 'binary')
    >>> task_of(np.array([0.3, 1.7]), (2, 1)) is None
    True
    """
    if y is None or not len(shape):
        return None
    whole = np.issubdtype(y.dtype, np.integer) or y.dtype == bool or bool((y == np.round(y)).all())
    if not whole:
        return None
    size = int(np.prod(shape))
    if y.size == size and (y.shape == shape or (*y.shape, 1) == shape or y.shape == (*shape, 1)):
        if not np.isin(y, (0, 1)).all():
            return None
        if y.shape == shape and len(shape) > 1 and shape[-1] > 1 and (y.sum(-1) == 1).all():
            return Task("one-hot", shape[-1], len(shape) - 1)
        return Task("binary", 2, -1)
    coded = y.reshape(y.shape[:-1]) if y.ndim == len(shape) and y.shape[-1] == 1 else y
    if coded.ndim == len(shape) - 1 and coded.ndim >= 1:
        for axis in (len(shape) - 1, 1):
            if tuple(np.delete(shape, axis)) == coded.shape and shape[axis] > 1:
                return Task("coded", shape[axis], axis)
    return None


def expected(loss: Loss, y: np.ndarray, task: Task, shape: tuple[int, ...], seed: int = 0) -> Scale:
    """On which scale the loss takes an output, by what it says of outputs made for the purpose.

    One that a constant added to all classes does not move takes logits; one that falls by as much takes the logarithms
    of probabilities; one that is least at certain and right probabilities and grows as a logarithm where they are
    certain and wrong takes probabilities. For classes by themselves, the loss of label 0 tells: at an output of
    0.0001 it is nothing for a probability, log 2 for a logit.
    """
    low, tiny = 1e-4, 1e-6
    try:
        if task.kind == "binary":
            zeros = np.zeros_like(y)
            even, none, sure = (_at(loss, np.full(shape, v), zeros) for v in (0.5, low, 1 - tiny))
            if none < 0.05 * even and sure > 5 * even:
                return "probabilities"
            far, near = _at(loss, np.full(shape, 20.0), zeros), _at(loss, np.full(shape, -20.0), zeros)
            return (
                "logits"
                if near < 1e-3 * far and 10 < far / max(_at(loss, np.zeros(shape), zeros), 1e-9) < 60
                else "other"
            )
        z = np.random.default_rng(seed).normal(size=shape)
        at, shifted = _at(loss, z, y), _at(loss, z + 3, y)
        if abs(shifted - at) < 1e-4 * max(abs(at), 1):
            return "logits"
        twice = _at(loss, 2 * z, y)
        if abs(twice - 2 * at) < 1e-4 * max(abs(at), 1) and shifted < at:
            return "log-probabilities"
        right = task.right(y, shape)
        good = _at(loss, np.where(right > 0, 1 - tiny * (task.classes - 1), tiny), y)
        even = _at(loss, np.full(shape, 1 / task.classes), y)
        wrong = np.where(right > 0, tiny, (1 - tiny) / (task.classes - 1))
        if _at(loss, wrong, y) - good > 4 * max(even - good, 1e-9):
            return "probabilities"
    except (ValueError, RuntimeError, ArithmeticError):
        return "other"
    return "other"


def _at(loss: Loss, output: np.ndarray, y: np.ndarray) -> float:
    """NaN and errors of losses that refuse what is no probability count as infinite."""
    try:
        value = loss(output.astype(np.float32), y)
    except (ValueError, RuntimeError, IndexError):
        return float("inf")
    return value if value == value else float("inf")


def given(outputs: list[np.ndarray], axis: int) -> Scale:
    """On which scale these outputs are: of the model, and of the model with its last layer enlarged both ways.

    Logits leave every bound when that layer is enlarged; probabilities stay within 0 and 1, their logarithms below 0.
    """
    if any(not np.isfinite(o).all() for o in outputs):
        outputs = outputs[:1]
    if all(((o >= 0) & (o <= 1)).all() for o in outputs):
        return "probabilities"
    first = outputs[0].astype(float)
    if (
        all((o <= 1e-6).all() for o in outputs)
        and first.ndim > 1
        and np.allclose(np.exp(first).sum(axis), 1, atol=1e-3)
    ):
        return "log-probabilities"
    return "logits"


def sums_to_one(values: np.ndarray, tolerance: float = 1e-3) -> tuple[int, ...]:
    """The axes along which these numbers are distributions: none below 0, and the sum is 1.

    >>> sums_to_one(np.array([[0.2, 0.8], [0.5, 0.5]]))
    (1,)
    """
    if values.ndim < 2 or values.dtype.kind != "f" or not np.isfinite(values).all() or (values < 0).any():
        return ()
    return tuple(axis for axis in range(values.ndim) if np.abs(values.astype(float).sum(axis) - 1).max() < tolerance)

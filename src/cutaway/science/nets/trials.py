"""Stacks of networks trained by plain gradient descent on the same batches, with the covariate shift on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.science.nets.cross_entropy import cross_entropy
from cutaway.science.nets.deep import Deep
from cutaway.science.nets.layer import Key
from cutaway.science.nets.shift import covariate_shift
from cutaway.science.nets.stack import stack_of, stacked
from cutaway.science.nets.tape import total, value_and_gradient, watching
from cutaway.science.nets.tree import Tree, mapped

WORDS = 10  # steps between two words of progress


@dataclass(frozen=True, slots=True)
class Trials:
    """What each network of the stack (s) did.

    `loss` (s, steps): of each step's batch before its update, in nats a row. `drift`, `gradient`, `cosine` (s, k):
    `covariate_shift` of the middle layer at the steps `at`. `accuracy` (s): of the held-out rows, in evaluation.
    `silent` (s, depth): share of units whose output is 0 for every held-out row.
    """

    loss: np.ndarray
    at: tuple[int, ...]
    drift: np.ndarray
    gradient: np.ndarray
    cosine: np.ndarray
    accuracy: np.ndarray
    silent: np.ndarray


def train_stack(
    deep: Deep,
    starts: Sequence[Tree],
    data: tuple[np.ndarray, np.ndarray],
    held_out: tuple[np.ndarray, np.ndarray],
    batches: np.ndarray,
    rate: float,
    *,
    shifts: int = 5,
    key: Key = (0,),
    progress: Progress = silent,
    stage: str = "training",
) -> Trials:
    """Train networks of one kind from these starts on the same batches: p ← p - rate ∂loss/∂p.

    Args:
        deep: what each is.
        starts: parameters of each.
        data: x (n, inputs) in the precision of the starts, and y (n,) classes.
        held_out: the same, never trained on.
        batches: (steps, rows) of row numbers into the data.
        rate: learning rate.
        shifts: at how many steps the shift is measured, evenly spaced.
        key: of the noise, where there is some.
        progress: is told every ten steps.
        stage: what it is told.

    Raises: InputError without a start.
    """
    if not starts:
        raise InputError("starts: train_stack expected the parameters of one network or more, got none")
    s, (x, y), (steps, rows) = len(starts), data, batches.shape
    model = stack_of(deep.model, s)
    params, state = stacked(starts), model.start(key)
    middle = (deep.depth - 1) // 2
    at = tuple(sorted({round(steps * (i + 0.5) / shifts) for i in range(shifts)}))
    losses, found = np.empty((steps, s)), []
    for step, batch in enumerate(batches):
        if step % WORDS == 0:
            progress(stage, step, steps)
        inputs, truth = (np.ascontiguousarray(np.broadcast_to(each[batch], (s, *each[batch].shape))) for each in (x, y))

        def loss(logits: Any, truth: np.ndarray = truth) -> Any:
            return total(cross_entropy(logits, truth, reduction="none")) * (1 / rows)

        def run(nodes: Tree, inputs: np.ndarray = inputs, state: Tree = state, loss: Any = loss) -> Any:
            logits, after = model.apply(nodes, inputs, state, True)
            return loss(logits), (after, logits)

        with np.errstate(over="ignore", invalid="ignore"):
            _, gradient, (after, logits) = value_and_gradient(run, params)
            losses[step] = cross_entropy(logits, truth, reduction="none").mean(axis=1)
            new = mapped(lambda p, g: p - p.dtype.type(rate) * g, params, gradient)
            if step in at:
                places = {"learns": deep.dense[middle], "seen": deep.pre[middle]}
                found.append(covariate_shift(model, (params, new), (state, after), inputs, loss, **places))
        params, state = new, after
    shift = {name: np.array([getattr(each, name) for each in found]).T for name in ("drift", "gradient", "cosine")}
    progress(stage, steps, steps)
    x2, y2 = held_out
    with watching() as seen, np.errstate(over="ignore", invalid="ignore"):
        logits, _ = model.apply(params, np.ascontiguousarray(np.broadcast_to(x2, (s, *x2.shape))), state, False)
    quiet = np.array([(np.asarray(seen[place].output) == 0).all(axis=1).mean(axis=1) for place in deep.post]).T
    right = (np.argmax(logits, axis=-1) == y2).mean(axis=1)
    sound = np.isfinite(logits).all(axis=(1, 2))
    return Trials(losses.T, at, **shift, accuracy=np.where(sound, right, np.nan), silent=quiet)

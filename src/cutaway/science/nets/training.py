"""Fitting a model to data: epochs of batches in random order, each a gradient and a step of the optimiser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from functools import partial
from math import ceil, isfinite
from time import monotonic
from typing import Any

import numpy as np

from cutaway.core.blas import one_blas_thread
from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.science.nets.cross_entropy import cross_entropy
from cutaway.science.nets.layer import Layer, random
from cutaway.science.nets.optimisers import Adam, Optimiser, clipped
from cutaway.science.nets.prediction import in_dtype, predict, rows, taken_rows
from cutaway.science.nets.schedules import Constant, Schedule
from cutaway.science.nets.snapshot import Best, Epoch, Snapshot
from cutaway.science.nets.tape import Seen, is_heard, value_and_gradient, value_of, watching
from cutaway.science.nets.tree import Tree, leaves, mapped

Metric = Callable[[Any, Any], float]
"""From the outputs for all rows and what they should be to a number."""

PAUSE = 0.05  # seconds between two words of progress


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """Ends a fit when validation has not become better for so many epochs, and gives back the best epoch's parameters.

    Args:
        patience: epochs without a better one, 1 or more.
        on: "loss", or the name of a metric.
        rising: higher is better.
        least: by how much an epoch must be better to count.
    """

    patience: int
    on: str = "loss"
    rising: bool = False
    least: float = 0.0

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise InputError(f"patience: EarlyStopping expected 1 or more, got {self.patience}")

    def is_better(self, score: float, best: float) -> bool:
        """Whether a score is better than the best so far; one that is not a number is not."""
        return score > best + self.least if self.rising else score < best - self.least


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A step, as it is shown to who watches. Nothing of it is overwritten later."""

    step: int  # from 1
    epoch: int  # from 1
    rate: float
    loss: float
    x: Any  # the batch
    y: Any
    params: Tree  # before the step
    updated: Tree  # after it
    gradients: Tree
    state: Tree  # after the step
    seen: tuple[Seen, ...]  # every layer's output, with the gradient there if it is a `Node`


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted model: parameters and state after the last epoch, or the best where stopping early was asked for."""

    model: Layer
    params: Tree
    state: Tree
    history: tuple[Epoch, ...]
    epoch: int  # after which the parameters are those given, from 1
    stopped: bool  # before its last epoch, as validation had become no better
    snapshot: Snapshot  # after the last epoch, to train on

    def predict(self, x: Any, *, batch: int = 256) -> Any:
        """The outputs for all rows of `x`."""
        return predict(self.model, self.params, self.state, x, batch=batch)


@one_blas_thread()  # beside the compiled loops, which have the cores; and for the same bits on any number of them
def fit(
    model: Layer,
    x: Any,
    y: Any,
    *,
    loss: Callable[..., Any] = cross_entropy,
    optimiser: Optimiser | None = None,
    rate: float | Schedule = 1e-3,
    epochs: int = 1,
    batch: int = 32,
    seed: int = 0,
    shuffle: bool = True,
    weight: np.ndarray | None = None,
    clip: float | None = None,
    params: Tree | None = None,
    state: Tree | None = None,
    validation: tuple[Any, Any] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    early: EarlyStopping | None = None,
    progress: Progress = silent,
    watch: Callable[[Moment], object] | None = None,
    watch_every: int = 1,
    checkpoint: Callable[[Snapshot], object] | None = None,
    checkpoint_every: int | None = None,
    resume: Snapshot | None = None,
) -> Fit:
    """Train a model on rows x and what should come out, y. The same arguments give the same result, bit by bit.

    Args:
        model: a layer, such as a `Sequential`.
        x: an array (n, …), a `Masked`, or a tree of them; floating-point numbers are taken in the parameters' type.
        y: as `loss` wants it, n rows.
        loss: from outputs and y to one number, a mean over rows; with weights it is also given `weight=`.
        optimiser: `Adam()` unless given.
        rate: the learning rate, or a schedule of it over the steps.
        epochs: passes over all rows, in all (those before a snapshot count).
        batch: rows a step; the last step of an epoch has what is left.
        seed: of the first parameters, of dropout, and of the order of rows.
        shuffle: a new order in every epoch.
        weight: (n,) one for each row.
        clip: shortens gradients whose common norm is above it (`clipped`).
        params: to begin from instead of `model.init`; they stay as they are.
        state: to begin from instead of `model.start`.
        validation: x and y on which loss and metrics are computed after every epoch.
        metrics: by name, such as {"accuracy": accuracy}.
        early: when to stop early; needs `validation`.
        progress: is told loss and steps, twenty times a second at most.
        watch: is shown steps, with what every layer put out.
        watch_every: which: those whose number it divides.
        checkpoint: is given a `Snapshot` after every epoch.
        checkpoint_every: or after so many steps.
        resume: a snapshot of such a fit, to go on from.

    Raises: InputError for numbers of rows that differ, a setting out of range, or a snapshot of another fit.
    """
    optimiser = Adam() if optimiser is None else optimiser
    schedule: Schedule = rate if callable(rate) else Constant(rate)
    n = _checked_rows(x, y, weight, epochs=epochs, batch=batch, watch_every=watch_every)
    if early is not None and (validation is None or early.on not in {"loss", *(metrics or {})}):
        raise InputError(f"early: fit expected validation and the metric {early.on!r} with it; give both")
    begun = _copied(model.init((seed, 0)) if params is None else params)
    settings = _settings(begun, optimiser, schedule, loss, n=n, batch=batch, seed=seed, shuffle=shuffle, clip=clip)
    if resume is None:
        first = model.start((seed, 1)) if state is None else state
        now = Snapshot(settings, begun, first, optimiser.start(begun))
    else:
        now = _resumed(resume, settings)
    dtype = next((p.dtype for _, p in leaves(begun)), np.dtype(np.float32))
    x, y = in_dtype(x, dtype), in_dtype(y, dtype)
    validation = validation and (in_dtype(validation[0], dtype), in_dtype(validation[1], dtype))
    steps_each = ceil(n / batch)
    told = monotonic()

    def loss_of(params: Tree, x: Any, y: Any, state: Tree, more: dict[str, Any]) -> tuple[Any, Tree]:
        output, after = model.apply(params, x, state, True)
        return loss(output, y, **more), after

    while now.epoch < epochs and not _waited(early, now):
        order = random((seed, 2, now.epoch)).permutation(n) if shuffle else np.arange(n)
        p, s, o, steps, loss_sum = now.params, now.state, now.optimiser, now.steps, now.loss_sum
        for k in range(now.within, steps_each):
            which = order[k * batch : (k + 1) * batch]
            bx, by = taken_rows(x, which), taken_rows(y, which)
            more = {} if weight is None else {"weight": weight[which]}
            watched = watch is not None and (steps + 1) % watch_every == 0
            if watched:
                with watching() as seen:
                    value, gradients, s = value_and_gradient(loss_of, p, bx, by, s, more)
            else:
                value, gradients, s = value_and_gradient(loss_of, p, bx, by, s, more)
            if clip is not None:
                gradients = clipped(gradients, clip)
            before, step_rate = p, schedule(steps)
            p, o = optimiser.step(p, gradients, o, step_rate, in_place=not (watched or is_heard()))
            steps += 1
            loss_sum += value * len(which)
            if watched and watch is not None:
                watch(
                    Moment(
                        steps, now.epoch + 1, step_rate, value, bx, by, before, _copied(p), gradients, s, tuple(seen)
                    )
                )
            if checkpoint is not None and checkpoint_every and steps % checkpoint_every == 0 and k + 1 < steps_each:
                here = replace(now, steps=steps, within=k + 1, loss_sum=loss_sum)
                checkpoint(replace(here, params=_copied(p), state=_copied(s), optimiser=_copied(o)))
            if monotonic() - told > PAUSE:
                progress(f"epoch {now.epoch + 1} of {epochs}, loss {value:.4g}", steps, epochs * steps_each)
                told = monotonic()
        numbers = _validated(model, p, s, loss, validation, metrics)
        row = Epoch(now.epoch + 1, steps, step_rate, loss_sum / n, numbers)
        best = _best(early, now.best, row, p, s)
        now = Snapshot(settings, p, s, o, steps, row.number, history=(*now.history, row), best=best)
        progress(f"epoch {row.number} of {epochs}, loss {row.loss:.4g}", steps, epochs * steps_each)
        told = monotonic()
        if checkpoint is not None and not (checkpoint_every and steps % checkpoint_every):
            checkpoint(replace(now, params=_copied(p), state=_copied(s), optimiser=_copied(o)))
    kept = now.best or Best(now.epoch, np.nan, now.params, now.state)
    stopped = _waited(early, now) and now.epoch < epochs
    return Fit(model, kept.params, kept.state, now.history, kept.epoch, stopped, now)


def _checked_rows(x: Any, y: Any, weight: np.ndarray | None, **at_least_1: int) -> int:
    for name, value in at_least_1.items():
        if value < 1:
            raise InputError(f"{name}: fit expected 1 or more, got {value}")
    n = rows(x)
    if n == 0 or rows(y) != n or (weight is not None and len(weight) != n):
        of_weight = "" if weight is None else f" and {len(weight)} of weight"
        raise InputError(
            f"y: fit expected as many rows as x has, at least one, got {n} of x, {rows(y)} of y{of_weight}"
        )
    return n


def _settings(
    params: Tree, optimiser: Optimiser, schedule: Schedule, loss: Callable[..., Any], **plain: object
) -> dict[str, str]:
    shapes = " ".join(f"{path}{list(p.shape)}:{p.dtype}" for path, p in leaves(params))
    named = {"optimiser": optimiser, "rate": schedule, "loss": loss}
    return {"params": shapes} | {name: _said(one) for name, one in (named | plain).items()}


def _said(one: object) -> str:
    """What tells one setting from another in every process; of a function its name."""
    if isinstance(one, partial):
        return f"{_said(one.func)} {one.args} {one.keywords}"
    if is_dataclass(one) or not callable(one):
        return repr(one)
    return getattr(one, "__qualname__", type(one).__qualname__)


def _resumed(snapshot: Snapshot, settings: Mapping[str, str]) -> Snapshot:
    for name, ours in settings.items():
        theirs = snapshot.settings.get(name)
        if theirs != ours:
            raise InputError(f"resume: fit expected a snapshot of a fit with {name} {ours}, got one with {theirs}")
    copies = {name: _copied(getattr(snapshot, name)) for name in ("params", "state", "optimiser")}
    return replace(snapshot, **copies)


def _copied(tree: Tree) -> Tree:
    return mapped(lambda leaf: np.array(leaf, order="C") if isinstance(leaf, np.ndarray) else leaf, tree)


def _validated(
    model: Layer,
    params: Tree,
    state: Tree,
    loss: Callable[..., Any],
    validation: tuple[Any, Any] | None,
    metrics: Mapping[str, Metric] | None,
) -> dict[str, float]:
    if validation is None:
        return {}
    outputs = predict(model, params, state, validation[0])
    numbers = {"loss": float(value_of(loss(outputs, validation[1])))}
    return numbers | {name: float(metric(outputs, validation[1])) for name, metric in (metrics or {}).items()}


def _best(early: EarlyStopping | None, best: Best | None, row: Epoch, params: Tree, state: Tree) -> Best | None:
    if early is None:
        return None
    score = row.validation[early.on]
    if best is None or early.is_better(score, best.score) or (isfinite(score) and not isfinite(best.score)):
        return Best(row.number, score, _copied(params), _copied(state))
    return best


def _waited(early: EarlyStopping | None, now: Snapshot) -> bool:
    return early is not None and now.best is not None and now.epoch - now.best.epoch >= early.patience

"""The whole way: a model and a batch in, a `NetworkAudit` out."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from cutaway.checks.run.audit import ask
from cutaway.checks.run.check import Setting
from cutaway.checks.run.discovery import chosen, settings_of
from cutaway.checks.run.network import NetworkSubject
from cutaway.core.audit import NetworkAudit, NetworkFacts
from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.version import __version__
from cutaway.frameworks.batch import batch_of
from cutaway.frameworks.network import Parts, network_of

ROWS_MADE = 16


def audit_model(
    model: Any,
    batch: Any = None,
    *,
    loss: Any = None,
    optimiser: Any = None,
    step: Callable[..., Any] | None = None,
    metrics: Any = (),
    classes: int | None = None,
    padding: float | None = None,
    accumulation: int = 1,
    params: Any = None,
    state: Any = None,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    settings: Mapping[str, str | Setting] | None = None,
    name: str = "",
    seed: int = 0,
    progress: Progress = silent,
) -> NetworkAudit:
    """Asks every check of a network of the user's own; the model is as it was when it is done.

    `model`: a torch.nn.Module, a keras.Model, or a network of `cutaway.nets` with its `params` and `state`.
    `batch`: (x, y), (x, y, mask), or a dict with x, y, mask or lengths, sample_weight; arrays or tensors, the
    samples along the first axis, 64 of them or more where there are. Without it, what can be asked is asked of
    made-up inputs. `loss`: loss(output, y) for PyTorch, a Keras loss, or what the model was compiled with.
    `optimiser`: the one that trains it. `step`: a function of (x, y) that does one training step with them; it is
    run, and what it changes beside the model and the optimiser is not put back. `metrics`: what the model is judged
    by. `classes`: how many there are. `padding`: the value that pads x. `accumulation`: over how many steps
    gradients are meant to be added up. `select`, `ignore`, `settings`: as for `cutaway.audit`.

    Raises: InputError, with one sentence that says what to do, for anything that cannot be audited.
    """
    began = time.perf_counter()
    checks = chosen(tuple(select), tuple(ignore), of="network")
    if not checks:
        raise InputError("--select/--ignore: together they leave no check to ask; leave one of them out")
    configured = settings_of(checks, settings or {})
    metrics = tuple(metrics) if isinstance(metrics, list | tuple) else (metrics,)
    parts = Parts(
        loss=loss,
        optimiser=optimiser,
        step=step,
        metrics=metrics,
        classes=classes,
        accumulation=accumulation,
        params=params,
        state=state,
    )
    network = network_of(model, parts)
    made = batch is None
    inputs = network.example(ROWS_MADE) if made else batch_of(batch, padding=padding)
    if inputs is None:
        raise InputError("batch: the model does not say what it takes; give a batch, as (x, y)")
    subject = NetworkSubject(network, inputs, made, seed)
    progress("running the model", 0, None)
    _try(subject)
    outcomes = ask(checks, "network", subject, configured, progress)
    notes = []
    if made:
        notes.append("No batch was given, so inputs were made up from the declared shape; no check of data was asked.")
    facts = NetworkFacts(
        name=name or network.name,
        framework=network.framework,
        layers=network.layers(),
        batch=("made up: " if made else "") + inputs.shapes,
        given=network.parts.names,
    )
    return NetworkAudit(
        network=facts,
        outcomes=tuple(outcomes),
        notes=tuple(notes),
        seed=seed,
        seconds=time.perf_counter() - began,
        version=__version__,
    )


def _try(subject: NetworkSubject) -> None:
    """Raises: InputError when the model does not run on the batch at all."""
    try:
        output = subject.evaluated.output
    except Exception as error:
        said = " ".join(str(error).split())[:300]
        raise InputError(
            f"batch: the model does not run on it ({subject.batch.shapes}): {type(error).__name__}: {said}; give a "
            "batch of the shape it takes"
        ) from error
    if not isinstance(output, np.ndarray) or output.ndim == 0 or len(output) != subject.batch.rows:
        raise InputError(
            f"model: expected an output with one entry a sample ({subject.batch.rows}), got shape "
            f"{np.shape(output)}; return the predictions from its forward run"
        )

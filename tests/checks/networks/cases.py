"""What a small model of the tests is, and the data that they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checks import audit_model
from cutaway.core.audit import NetworkAudit
from cutaway.frameworks.network import unique


@dataclass(frozen=True, slots=True)
class Case:
    """A model in miniature. `finds`: the check that its fault belongs to; `also`: what else follows from it."""

    name: str
    parts: Callable[[], dict[str, Any]]
    finds: str = ""
    also: tuple[str, ...] = ()


def audited(case: Case) -> NetworkAudit:
    """By every check, on the parts that the case makes anew; the model is as it was afterwards."""
    parts = case.parts()
    model = parts.pop("model")
    before = weights(model)
    audit = audit_model(model, parts.pop("batch", None), **parts)
    after = weights(model)
    assert before.keys() <= after.keys()  # a model of Keras that was not built yet has more when it has been called
    assert [name for name in before if not np.array_equal(before[name], after[name], equal_nan=True)] == []
    return audit


def weights(model: Any) -> dict[str, np.ndarray]:
    """Parameters, statistics, seeds and the compiled optimiser's steps, copied."""
    if hasattr(model, "state_dict") and not hasattr(model, "get_weights"):
        return {name: value.detach().numpy().copy() for name, value in model.state_dict().items()}
    held = [*model.variables, *((model.optimizer.iterations,) if getattr(model, "optimizer", None) else ())]
    return dict(zip(unique(v.path for v in held), (np.array(v) for v in held), strict=True))


def codes(audit: NetworkAudit, *statuses: str) -> set[str]:
    """Of the checks that ended so."""
    return {outcome.code for outcome in audit.outcomes if outcome.status in statuses}


def told(audit: NetworkAudit) -> str:
    """Every finding and crash in a line, for the message of a test."""
    lines = [f"{o.code} {f.severity}: {f.title}" for o in audit.outcomes for f in o.findings]
    lines += [f"{o.code} crashed: {o.reason}" for o in audit.outcomes if o.status == "crashed"]
    return "\n".join(lines)


def table(rows: int = 96, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Twelve standard normal features and three classes that depend on them."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, 12)).astype(np.float32)
    y = (x @ rng.standard_normal((12, 3))).argmax(1)
    return x, y


def pair(rows: int = 96, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The same features with two classes, as numbers."""
    x, _ = table(rows, seed)
    return x, (x[:, 0] + x[:, 1] > 0).astype(np.float32)


def images(rows: int = 96, channels_first: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Eight by eight pixels, standardised; the class is the half that is bright."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, rows)
    x = rng.standard_normal((rows, 8, 8, 1)).astype(np.float32) * 0.5
    x[y == 0, :4] += 1
    x[y == 1, 4:] += 1
    return (x.transpose(0, 3, 1, 2).copy() if channels_first else x), y


def words(rows: int = 96, steps: int = 12) -> dict[str, np.ndarray]:
    """Codes 1 to 19 with padding 0 after them; the class is whether the first word is below 10."""
    rng = np.random.default_rng(2)
    lengths = rng.integers(4, steps + 1, rows)
    lengths[0] = steps
    x = rng.integers(1, 20, (rows, steps))
    mask = np.arange(steps) < lengths[:, None]
    x[~mask] = 0
    return {"x": x, "y": (x[:, 0] < 10).astype(np.int64), "mask": mask}


def tags(rows: int = 64, steps: int = 12, padding: int = 0) -> dict[str, np.ndarray]:
    """The same words with a label a step, of three; what pads the labels can be chosen."""
    given = words(rows, steps)
    y = np.where(given["mask"], given["x"] % 3, padding)
    return {**given, "y": y}


def signals(rows: int = 96, steps: int = 10) -> dict[str, np.ndarray]:
    """Sequences of five numbers a step, padded with zeros; the class is the sign of the first number's mean."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, rows)
    x = rng.standard_normal((rows, steps, 5)).astype(np.float32)
    x[:, :, 0] += np.where(y == 1, 1, -1)[:, None]
    lengths = rng.integers(4, steps + 1, rows)
    lengths[0] = steps
    mask = np.arange(steps) < lengths[:, None]
    x[~mask] = 0
    return {"x": x, "y": y, "mask": mask}

"""The networks of the study of vanishing gradients: how they are built, their data, and what is noted of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.studies.run.result import Table

if TYPE_CHECKING:
    from cutaway.science.nets.deep import Deep, Norm
    from cutaway.science.nets.flow import Flow
    from cutaway.science.nets.initialisers import Initialiser
    from cutaway.science.nets.signal import Expected
    from cutaway.science.nets.trials import Trials

WIDTH, INPUTS, CLASSES = 32, 196, 10
ROWS, HELD_OUT = 4_000, 500
BINS = 32
REACH = {"sigmoid": 8.0, "tanh": 4.0, "relu": 4.0}
"""How far to either side pre-activations are counted."""
WORDS = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}
STARTS = {"small": "small", "glorot": "Glorot", "he": "He", "critical": "critical"}
CUSTOM = {"sigmoid": "glorot", "tanh": "glorot", "relu": "he"}
"""The usual start of each activation."""
SMALL = 0.01
EPSILON = 1e-5  # of the batch norm
CHUNK = 10  # steps whose mean loss is one point of a curve

Columns = dict[str, list[Any]]


def kinds() -> Iterator[tuple[str, Norm, tuple[str, ...]]]:
    """Activation, norm, and the initialisations that are tried with them."""
    for activation in WORDS:
        yield activation, "none", tuple(STARTS)
        yield activation, "batch", tuple(STARTS)
        yield activation, "disturbed", (CUSTOM[activation],)


def start_of(activation: str, initialisation: str) -> Initialiser:
    """How the kernels begin."""
    from cutaway.science.nets import initialisers, signal

    if initialisation == "critical":
        return initialisers.Scaled(signal.critical_weight(activation), "in", "normal")
    known: dict[str, Initialiser] = {
        "small": initialisers.normal(SMALL),
        "glorot": initialisers.glorot_uniform,
        "he": initialisers.he_normal,
    }
    return known[initialisation]


def weights_of(activation: str, initialisation: str) -> tuple[float, float]:
    """The variance of the first and of the other hidden kernels, times the number of inputs of each."""
    from cutaway.science.nets.signal import critical_weight

    if initialisation == "small":
        return INPUTS * SMALL**2, WIDTH * SMALL**2
    if initialisation == "glorot":
        return 2 * INPUTS / (INPUTS + WIDTH), 1.0
    scale = 2.0 if initialisation == "he" else critical_weight(activation)
    return scale, scale


def theory_of(deep: Deep, initialisation: str, x: np.ndarray) -> Expected:
    """What mean-field theory expects of it on these inputs."""
    from cutaway.science.nets.signal import expected_flow

    first, weight = weights_of(deep.activation, initialisation)
    square = float(np.mean(np.square(x, dtype=np.float64)))
    epsilon = None if deep.norm == "none" else EPSILON
    return expected_flow(deep.activation, deep.depth, weight, first * square, epsilon=epsilon)


def images() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Training and held-out images, each 2 × 2 pixels as their mean; one mean and spread for all, those of training.

    In double precision: how far inputs move under batch norm would else be rounding. A deep network's training is
    chaotic all the same: another order of its sums, as on another processor, ends at another loss within the seeds'
    band or near it.
    """
    from cutaway.studies.run.fashion import fashion

    clothes = fashion("kept")
    parts = []
    for part, n in ((clothes.train, ROWS), (clothes.test, HELD_OUT)):
        half = part.images[:n].reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4), dtype=np.float32)
        parts.append((half.reshape(len(half), -1), part.y[:n].astype(np.int64)))
    (x, y), (held, truth) = parts
    mean, spread = x.mean(), x.std()
    x, held = ((part.astype(np.float64) - float(mean)) / float(spread) for part in (x, held))
    return (x, y), (held, truth)


@dataclass(frozen=True, slots=True)
class Networks:
    """The table of networks, asked by how they are built."""

    table: Table

    def of(self, activation: str, norm: str, initialisation: str, name: str) -> float:
        """A number of one network."""
        return float(self.table.columns[name][self.place(activation, norm, initialisation)])

    def place(self, activation: str, norm: str, initialisation: str) -> int:
        """Its row."""
        columns = self.table.columns
        keys = zip(columns["activation"], columns["norm"], columns["initialisation"], strict=True)
        return list(keys).index((activation, norm, initialisation))

    def each(self, name: str, **built: str) -> np.ndarray:
        """A column, of the networks that are built so: `each("loss", norm="none")`."""
        columns = self.table.columns
        rows = [all(columns[key][i] == value for key, value in built.items()) for i in range(len(columns[name]))]
        return np.asarray(columns[name])[rows].astype(float)


def append(columns: Columns, row: Mapping[str, Any]) -> None:
    """One more row."""
    for name, value in row.items():
        columns.setdefault(name, []).append(value)


def middle(values: np.ndarray) -> float:
    """The median; what has run away counts as the highest, and a median that has is NaN."""
    found = float(np.median(np.where(np.isfinite(values), values, np.inf)))
    return found if math.isfinite(found) else math.nan


def trained(done: Trials, mine: slice) -> dict[str, float]:
    """What a network's training came to: the last two points of its curve, held-out accuracy, the shift."""
    last = done.loss[mine, -2 * CHUNK :].mean(axis=1)
    return {
        "loss": middle(last),
        "loss_low": float(last.min()),
        "loss_high": float(last.max()),
        "accuracy": middle(done.accuracy[mine]),
        "drift": middle(done.drift[mine]),
        "gradient_change": middle(done.gradient[mine]),
    }


def add_curve(columns: Columns, network: int, loss: np.ndarray) -> None:
    """Its loss (seeds, steps) as points with a band."""
    chunks = loss.shape[1] // CHUNK
    means = loss[:, : chunks * CHUNK].reshape(len(loss), chunks, CHUNK).mean(axis=2)
    for k in range(chunks):
        row = {"loss": middle(means[:, k]), "low": float(means[:, k].min()), "high": float(means[:, k].max())}
        append(columns, {"network": network, "step": CHUNK * (k + 1), **row})


def add_layers(columns: Columns, network: int, flow: Flow, theory: Expected, quiet: np.ndarray) -> None:
    """Its layers as rows; `quiet` (depth) is the share of silent units after training."""
    depth = flow.gradient.shape[1]
    factor = np.column_stack([flow.factor, np.full(len(flow.gradient), math.nan)])
    bands = {"gradient": flow.gradient, "factor": factor, "slope": flow.slope}
    expected = (*theory.factor, math.nan)
    for i in range(depth):
        row: dict[str, float] = {"network": network, "layer": i + 1, "expected": expected[i]}
        for name, values in bands.items():
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), _band(values[:, i]), strict=True))
        row |= {name: float(getattr(flow, name)[:, i].mean()) for name in ("good", "spread", "stuck")}
        append(columns, row | {"silent_after": float(quiet[i])})


def add_density(columns: Columns, network: int, flow: Flow) -> None:
    """Its pre-activations by layer and bin, of all seeds, per thousand."""
    counts = flow.counts.sum(axis=0)
    shares = np.rint(1000 * counts / counts.sum(axis=1, keepdims=True)).astype(int)
    for i, layer in enumerate(shares):
        append(columns, {"network": network, "layer": i + 1, **{f"b{k}": int(n) for k, n in enumerate(layer)}})


def whole(flow: Flow, theory: Expected) -> dict[str, float]:
    """The gradient from the last hidden layer to the first: how much reaches it, as a factor per layer too."""
    reach = flow.gradient[:, 0] / flow.gradient[:, -1]
    steps = 1 / len(theory.factor)
    factor, low, high = _band(reach**steps)
    return {
        "factor": factor,
        "factor_low": low,
        "factor_high": high,
        "expected": math.prod(theory.factor) ** steps,
        "reach": float(np.median(reach)),
        "good": float(flow.good.mean()),
    }


NOT_MEASURED = dict.fromkeys(("factor", "factor_low", "factor_high", "expected", "reach", "good"), math.nan)


def _band(values: Sequence[float] | np.ndarray) -> tuple[float, float, float]:
    return float(np.median(values)), float(np.min(values)), float(np.max(values))

"""Two forward runs of one model, layer by layer: where they begin to differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.network import difference
from cutaway.core.figures import Axis, Bars
from cutaway.frameworks.batch import Batch
from cutaway.frameworks.network import Trace

LAYERS_SHOWN = 20
Aligned = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray] | None]


@dataclass(frozen=True, slots=True)
class Parting:
    """How far each layer's outputs differ between two runs, as shares of their size, and where that begins."""

    layers: tuple[tuple[str, str, float], ...]
    tolerance: float
    output: float
    begins: str = ""  # in words, such as "begins at dropout (dropout)"; empty where it cannot be told
    layer: str = ""

    def figure(self, alt: str, label: str) -> Bars | None:
        """The difference of each layer, those beyond the tolerance as harm."""
        shown = self.layers[-LAYERS_SHOWN:]
        if not shown:
            return None
        return Bars(
            alt=alt,
            axis=Axis(label=label, unit="share of the layer's root mean square"),
            labels=tuple(name for name, *_ in shown),
            values=tuple(min(far, 10.0) for *_, far in shown),
            harmful=tuple(far > self.tolerance for *_, far in shown),
        )


def same(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Both as they are; None for different shapes."""
    return (a, b) if a.shape == b.shape else None


def parting(first: Trace, second: Trace, tolerance: float, aligned: Aligned = same) -> Parting:
    """`aligned`: of both outputs the parts that ought to be equal, None where that cannot be told."""
    layers, begins, layer = [], "", ""
    before = ""
    for a, b in zip(first.calls, second.calls, strict=False):
        if a.name != b.name or a.output is None or b.output is None:
            continue
        pair = aligned(a.output, b.output)
        if pair is None:
            before = a.name
            continue
        far = difference(*pair)
        layers.append((a.name, a.kind, far))
        if far > tolerance and not begins:
            given = None if a.input is None or b.input is None else aligned(a.input, b.input)
            inside = given is None or difference(*given) <= tolerance
            layer = a.name
            begins = f"begins at {a.name} ({a.kind})" if inside else f"begins {_between(before, a.name)}"
        before = a.name
    pair = aligned(first.output, second.output)
    far = 0.0 if pair is None else difference(*pair)
    if far > tolerance and not begins and before:
        begins, layer = f"begins after {before}", before
    return Parting(tuple(layers), tolerance, far, begins, layer)


def _between(before: str, after: str) -> str:
    return f"between {before} and {after}" if before else f"before {after}"


def real_steps(batch: Batch, more: int) -> Aligned:
    """Aligns the outputs of a batch with those of the same batch with `more` padded steps: the real steps of both."""
    assert batch.mask is not None
    mask, before = batch.mask, batch.padded_before

    def aligned(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        if a.shape == b.shape:
            return a, b
        axes = [i for i in range(1, min(a.ndim, b.ndim)) if a.shape[i] + more == b.shape[i]]
        if a.ndim != b.ndim or len(axes) != 1 or a.shape[axes[0]] != mask.shape[1] or len(a) != len(mask):
            return None
        a, b = np.moveaxis(a, axes[0], 1), np.moveaxis(b, axes[0], 1)
        b = b[:, more:] if before else b[:, : a.shape[1]]
        if a.shape != b.shape:
            return None
        return a[mask], b[mask]

    return aligned


def rows_of(rows: np.ndarray, n: int) -> Aligned:
    """Aligns the outputs of a batch of `n` with those of some of its rows alone."""

    def aligned(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        if a.ndim == 0 or len(a) != n or a[rows].shape != b.shape:
            return None
        return a[rows], b

    return aligned


def names_of(layers: tuple[tuple[str, str, float], ...]) -> Iterator[str]:
    """The layers' names."""
    return (name for name, *_ in layers)

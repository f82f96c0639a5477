"""Curves of every class over the epochs of a Keras training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cutaway.core.errors import InputError
from cutaway.core.figures import Axis, Line, Lines
from cutaway.frameworks.keras_arrays import keras
from cutaway.frameworks.keras_confusion import Confusion
from cutaway.science.metrics.rate import Rate

Figures = Mapping[str, Lines]


class EpochCurves(keras.callbacks.Callback):
    """Keeps what every `Confusion` of the model logs, one figure a class and rate.

    `figures` holds them by the name of the log, `recall_cat`; validation data are drawn full, training data dashed.
    `draw` is called with them after every epoch, so that a long training can be watched:

        from cutaway.report import svg
        model.fit(…, callbacks=[EpochCurves(draw=svg.writer("curves.svg"))])
    """

    def __init__(self, draw: Callable[[Figures], object] | None = None) -> None:
        super().__init__()
        self.draw = draw
        self.epochs: list[int] = []
        self.values: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Start anew."""
        self.epochs, self.values = [], {}

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take an epoch's values; those that were not logged are NaN.

        Raises: InputError when the model has no Confusion.
        """
        logs = logs or {}
        self.epochs.append(epoch + 1)
        for name, _, _ in self._series():
            for key in (name, f"val_{name}"):
                if key in logs:
                    missed = [math.nan] * (len(self.epochs) - 1)
                    self.values.setdefault(key, missed)
        for key, values in self.values.items():
            values.append(float(logs.get(key, math.nan)))
        if self.draw is not None:
            self.draw(self.figures)

    @property
    def figures(self) -> dict[str, Lines]:
        """One figure a class and rate, by the name of the log."""
        return {name: self._figure(name, rate, of) for name, rate, of in self._series() if name in self.values}

    def _series(self) -> Iterator[tuple[str, Rate, str]]:
        found = [metric for metric in _flat(self.model.metrics) if isinstance(metric, Confusion)]
        if not found:
            raise InputError(
                "callbacks: EpochCurves draws what cutaway.frameworks.keras.Confusion logs, and this model has none; "
                "add one to compile(metrics=[…])"
            )
        for metric in found:
            yield from metric.readout.series()

    def _figure(self, name: str, rate: Rate, of: str) -> Lines:
        x = tuple(float(epoch) for epoch in self.epochs)
        lines = [Line(name="training", x=x, y=tuple(self.values[name]), role="other")]
        if f"val_{name}" in self.values:
            lines.insert(0, Line(name="validation", x=x, y=tuple(self.values[f"val_{name}"])))
        elif len(lines) == 1:
            lines = [Line(name="training", x=x, y=lines[0].y)]
        words = " ".join(part for part in (rate.name.replace("_", " "), of) if part)
        return Lines(
            alt=_sentence(words, lines[0]),
            x=Axis(label="epoch"),
            y=Axis(label=words, unit=f"share of {rate.denominator}" if rate.share else ""),
            lines=tuple(lines),
        )


def _flat(metrics: Any) -> Iterator[Any]:
    """Metrics and those within `compile`'s own."""
    for metric in metrics:
        yield metric
        if not isinstance(metric, Confusion):
            yield from getattr(metric, "metrics", ())


def _sentence(words: str, line: Line) -> str:
    known = [(x, y) for x, y in zip(line.x, line.y, strict=True) if math.isfinite(y)]
    if not known:
        return f"The {words} on {line.name} data is not defined in any epoch."
    best = max(known, key=lambda point: point[1])
    return (
        f"The {words} on {line.name} data goes from {known[0][1]:.3g} in epoch {known[0][0]:.0f} to {known[-1][1]:.3g} "
        f"in epoch {known[-1][0]:.0f}; its highest is {best[1]:.3g}, in epoch {best[0]:.0f}."
    )

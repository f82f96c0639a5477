"""Confusion counts as a Keras metric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.frameworks.cells import TALLIES, Cells, Namespace, Reading
from cutaway.frameworks.keras_arrays import Tensor, carried_mask, keras
from cutaway.frameworks.readout import DEFAULT, Readout
from cutaway.science.metrics.counts import Counts

LANES = 64  # partial sums of a batch, so that float32 holds them exactly
CARRY = 4096.0

ops = keras.ops
_OPS = Namespace(ops, ops.cast, lambda x: ops.sum(ops.cast(x, "int32")))


@keras.saving.register_keras_serializable(package="cutaway")
class Confusion(keras.metrics.Metric):
    """Rates of the accumulated confusion matrix.

    `classes`: their names in the order of the model's outputs, or how many. A model with one output column has two
    classes, and class 1 is the positive one.

    `rates`: names among `science.metrics.RATES`, or "f2", "f0.5", …. With two classes a rate is of the positive class;
    with more, one value a class, as `recall_cat`. `average` ("micro", "macro", "weighted") gives one value instead, as
    `macro_recall`; "each" one value a class for two classes as well. Rates of the whole table (accuracy, …) are one
    value. Not defined is NaN, unless `undefined` gives a number, or "omit" to leave such classes out of averages. Of
    hundreds of classes take an average: every value is a log.

    `from_logits`: whether scores are logits or probabilities. It must be said where a threshold cuts them, which is
    for one column or when `threshold` is given; the largest of several columns is the same for both. `threshold`: the
    probability at or above which class 1 is predicted; 0.5 when left out. `ignore`: a label to leave out. `axis`: of
    the classes. `name`: put before the names of the logs, to tell the metrics of several outputs apart.

    Targets may be class numbers (…,) or (…, 1), or one-hot. A value that cannot be (a label that is no class, a
    "probability" of 3, NaN) raises InputError at once where values are seen; in a compiled graph the results become
    NaN and the error is raised at the end of the epoch, or of `evaluate`.

    The counts are exact: float32 alone would stop counting at 16,777,216 rows, so each sum has a second number that
    holds what rounding took from the first.
    """

    def __init__(
        self,
        classes: int | Sequence[str],
        rates: Sequence[str] | str = DEFAULT,
        *,
        from_logits: bool | None = None,
        threshold: float | None = None,
        average: str | None = None,
        undefined: float | str | None = None,
        ignore: int | None = None,
        axis: int = -1,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name or "confusion", dtype=dtype)
        self.readout = Readout.of(
            classes, rates, average=average, undefined=undefined, prefix="" if name is None else f"{name}_"
        )
        self.reading = Reading(
            classes=self.readout.classes,
            from_logits=from_logits,
            threshold=threshold,
            ignore=ignore,
            axis=axis,
            caller="Confusion" if name is None else f"Confusion {name!r}",
        )
        k = self.reading.classes
        # First the K² cells, then as many squares, then the tallies; row 0 the sums, row 1 what rounding took.
        self.sums = self.add_variable((2, 2 * k * k + len(TALLIES)), "zeros", dtype="float32", name="sums")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None, mask: Any = None) -> None:
        """Add a batch; `mask`, 0 for entries to leave out, is the one that the output carries when not given."""
        mask = carried_mask(y_pred) if mask is None else mask
        scores = ops.convert_to_tensor(y_pred)
        if getattr(y_pred, "_keras_logits", None) is not None and self.reading.from_logits:
            raise InputError(
                f"from_logits: {self.reading.caller} was told logits, got the output of a sigmoid or softmax; pass "
                "from_logits=False"
            )
        cells = self.reading.cells(_OPS, ops.convert_to_tensor(y_true), scores, _tensor(sample_weight), _tensor(mask))
        tallies = _seen(ops.stack(list(cells.tallies)))
        if tallies is not None:
            self.reading.refuse(tallies)
        total, lost = self.sums[0], self.sums[1]
        for part in self._parts(cells):
            total, rounded = _exact_sum(total, part)
            lost = lost + rounded
        self.sums.assign(ops.stack([total, lost]))

    def result(self) -> dict[str, Any]:
        """Every rate by its name, as scalars."""
        counts = self._look()
        if counts is not None:
            return {
                name: ops.convert_to_tensor(value, "float32")
                for name, value in self.readout.over(counts.matrix).items()
            }
        total = self.sums[0] + self.sums[1]
        k = self.reading.classes
        table = ops.reshape(total[: k * k], (k, k))
        weight = ops.sum(table)
        shares = table / ops.where(weight == 0, ops.ones_like(weight), weight)  # so that no product overflows
        faults = total[-len(TALLIES) :]
        wrong = ops.sum(faults[2:]) + (faults[1] if self.reading.from_logits is False else 0)
        return {
            name: ops.where(wrong > 0, math.nan, value.array if isinstance(value, Tensor) else value)
            for name, value in self.readout.over(Tensor(shares)).items()
        }

    def counts(self) -> Counts:
        """What has been counted since the last reset, as the state that audits use; float64."""
        counts = self._look()
        if counts is None:
            raise InputError("counts: Confusion's are read outside compiled functions; call it after the step")
        return counts

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return {
            **self.readout.config(),
            "from_logits": self.reading.from_logits,
            "threshold": self.reading.threshold,
            "ignore": self.reading.ignore,
            "axis": self.reading.axis,
            "name": self.name if self.readout.prefix else None,
            "dtype": self.dtype,
        }

    def _parts(self, cells: Cells) -> list[Any]:
        """What a batch adds, in two parts that float32 holds exactly when weights are 1."""
        buckets = self.reading.classes**2 + 1
        lanes = max(1, min(LANES, 65536 // buckets))
        lane = ops.arange(ops.shape(cells.cells)[0], dtype="int32") % lanes
        weight = ops.ones_like(lane, dtype="float32") if cells.weight is None else cells.weight
        values = ops.stack([weight, weight * weight], -1)
        sums = ops.segment_sum(values, lane * buckets + cells.cells, num_segments=lanes * buckets)
        sums = ops.reshape(sums, (lanes, buckets, 2))[:, :-1]
        coarse = ops.floor(sums / CARRY) * CARRY
        flat = [ops.reshape(ops.transpose(ops.sum(part, 0)), (-1,)) for part in (coarse, sums - coarse)]
        tallies = ops.stack(list(cells.tallies))
        return [ops.concatenate([flat[0], tallies]), ops.concatenate([flat[1], ops.zeros_like(tallies)])]

    def _look(self) -> Counts | None:
        """The counts where values can be seen, None inside a compiled graph.

        Raises: InputError for values that could not be counted.
        """
        sums = _seen(self.sums.value)
        if sums is None:
            return None
        total = sums.astype(float).sum(0)
        self.reading.refuse(total[-len(TALLIES) :])
        cells, squares = total[: -len(TALLIES)].reshape(2, self.reading.classes, -1)
        return Counts(cells, self.readout.labels, squares)


def _tensor(given: Any) -> Any:
    return None if given is None else ops.convert_to_tensor(given)


def _exact_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """The rounded sum and what rounding took from it, exactly (Knuth 1969, section 4.2.2)."""
    total = a + b
    of_b = total - a
    return total, (a - (total - of_b)) + (b - of_b)


def _seen(tensor: Any) -> np.ndarray | None:
    """The values of a tensor, None where it has none yet."""
    try:
        return np.asarray(ops.convert_to_numpy(tensor))
    except (TypeError, NotImplementedError, AttributeError):
        return None

"""A batch as arrays, whatever framework it is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cutaway.core.errors import InputError

RESERVED = ("x", "y", "mask", "lengths", "sample_weight")
X_NAMES = ("inputs", "features", "data")
Y_NAMES = ("labels", "target", "targets", "label")


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """`x`: an array (n, …), or a tuple or dict of such. `y`: labels (n, …) or None. `mask`: (n, t), True where a step
    is real. `weight`: (n,) of the samples. `padding`: what a padded step of x holds.
    """

    x: Any
    y: np.ndarray | None = None
    mask: np.ndarray | None = None
    weight: np.ndarray | None = None
    padding: float = 0.0

    @property
    def rows(self) -> int:
        """How many samples there are."""
        return len(_first(self.x))

    @property
    def main(self) -> np.ndarray:
        """The first array of x."""
        return _first(self.x)

    @property
    def lengths(self) -> np.ndarray | None:
        """Real steps of each sample, (n,); None without a mask."""
        return None if self.mask is None else self.mask.sum(1)

    @property
    def shapes(self) -> str:
        """In words, such as "x (32, 20) of float32, y (32,) of int64"."""
        told = [f"{name} {array.shape} of {array.dtype}" for name, array in self.named().items()]
        return ", ".join(told)

    def named(self) -> dict[str, np.ndarray]:
        """Every array by its name."""
        if isinstance(self.x, Mapping):
            out = {f"x[{name!r}]": array for name, array in self.x.items()}
        elif isinstance(self.x, tuple):
            out = {f"x[{i}]": array for i, array in enumerate(self.x)}
        else:
            out = {"x": self.x}
        rest = {"y": self.y, "mask": self.mask, "sample_weight": self.weight}
        return out | {name: array for name, array in rest.items() if array is not None}

    def taken(self, index: Any) -> Batch:
        """The samples at these places."""
        return replace(
            self,
            x=changed(self.x, lambda array: array[index]),
            y=None if self.y is None else self.y[index],
            mask=None if self.mask is None else self.mask[index],
            weight=None if self.weight is None else self.weight[index],
        )

    def with_inputs(self, index: Any) -> Batch:
        """The labels as they are, the inputs (with their masks) of the samples at these places."""
        return replace(self.taken(index), y=self.y, weight=self.weight)

    def padded(self, more: int) -> Batch:
        """Every sequence with `more` padded steps, on the side where the mask has them.

        Raises: ValueError when there is no mask.
        """
        if self.mask is None:
            raise ValueError("Batch.padded: expected a mask")
        n, steps = self.mask.shape
        before = self.padded_before

        def longer(array: np.ndarray, value: Any) -> np.ndarray:
            axis = next((i for i in range(1, array.ndim) if array.shape[i] == steps), None)
            if axis is None:
                return array
            shape = list(array.shape)
            shape[axis] = more
            filler = np.full(shape, value, array.dtype)
            return np.concatenate([filler, array] if before else [array, filler], axis)

        y = self.y
        if y is not None and y.ndim >= 2 and y.shape[:2] == (n, steps):
            y = longer(y, self.padding_label)
        return replace(
            self,
            x=changed(self.x, lambda array: longer(array, self.padding)),
            y=y,
            mask=longer(self.mask, False),
            weight=None if self.weight is None or self.weight.ndim < 2 else longer(self.weight, 0),
        )

    @property
    def padded_before(self) -> bool:
        """Whether the padding stands before what is real."""
        return self.mask is not None and bool((~self.mask[:, 0]).any() and self.mask[:, -1].all())

    @property
    def padding_label(self) -> Any:
        """What the labels of padded steps hold in this batch; 0 where it has none."""
        if self.y is None or self.mask is None or self.mask.all():
            return 0
        values, counts = np.unique(self.y[~self.mask], return_counts=True)
        return values[counts.argmax()]


def changed(x: Any, function: Callable[[np.ndarray], Any]) -> Any:
    """The same structure with the function of each array."""
    if isinstance(x, Mapping):
        return {name: function(array) for name, array in x.items()}
    return tuple(function(array) for array in x) if isinstance(x, tuple) else function(x)


def batch_of(given: Any, *, padding: float | None = None) -> Batch:
    """A batch from what a user has: (x, y), a dict with x, y, mask or lengths, sample_weight, or a `Batch`.

    Tensors of any framework become arrays. A dict without x gives all its other arrays to the model, by name.

    Raises: InputError for what holds no samples, or parts that do not fit each other.
    """
    if isinstance(given, Batch):
        return given
    if isinstance(given, Mapping):
        parts = {str(name): arrays(value) for name, value in given.items()}
        parts = {"x" if k in X_NAMES and "x" not in parts else k: v for k, v in parts.items()}
        parts = {"y" if k in Y_NAMES and "y" not in parts else k: v for k, v in parts.items()}
        x = parts.get("x", {name: value for name, value in parts.items() if name not in RESERVED})
    elif isinstance(given, list | tuple) and 1 <= len(given) <= 3:
        parts = dict(zip(("x", "y", "mask"), (arrays(value) for value in given), strict=False))
        x = parts["x"]
    else:
        parts, x = {}, arrays(given)
    everything = [x] if isinstance(x, np.ndarray) else list(x.values()) if isinstance(x, Mapping) else list(x)
    if not everything or any(not isinstance(a, np.ndarray) or a.ndim == 0 or a.dtype == object for a in everything):
        raise InputError(
            "batch: expected x with samples along the first axis, as an array or a dict or tuple of arrays, got "
            f"{sorted(parts) or type(given).__name__}; give (x, y) or {{'x': …, 'y': …}}"
        )
    n = len(everything[0])
    for name, value in {**{str(i): a for i, a in enumerate(everything)}, **parts}.items():
        if isinstance(value, np.ndarray) and name in (*RESERVED, "0", "1", "2") and len(value) != n:
            raise InputError(f"batch: {name} has {len(value)} samples and x has {n}; give as many of each")
    if n == 0:
        raise InputError("batch: expected at least one sample, got none; give 16 or more")
    mask, y, weight = parts.get("mask"), parts.get("y"), parts.get("sample_weight")
    main = everything[0]
    if mask is None and parts.get("lengths") is not None:
        steps = main.shape[1] if main.ndim > 1 else 0
        mask = np.arange(steps)[None, :] < np.asarray(parts["lengths"])[:, None]
    if mask is None and padding is not None and main.ndim >= 2:
        mask = main != padding if main.ndim == 2 else (main != padding).any(tuple(range(2, main.ndim)))
    if mask is not None and np.ndim(mask) != 2:
        raise InputError(f"batch: expected a mask (samples, steps), got shape {np.shape(mask)}; give one value a step")
    return Batch(
        x, y, None if mask is None else np.asarray(mask).astype(bool), weight, 0.0 if padding is None else padding
    )


def arrays(value: Any) -> Any:
    """The value as NumPy arrays, in the same structure; None stays None."""
    if value is None or isinstance(value, np.ndarray):
        return value
    if isinstance(value, Mapping):
        return {str(name): arrays(each) for name, each in value.items()}
    if isinstance(value, tuple) or (isinstance(value, list) and value and hasattr(value[0], "__array__")):
        return tuple(arrays(each) for each in value)
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value)


def _first(x: Any) -> np.ndarray:
    array: np.ndarray = next(iter(x.values())) if isinstance(x, Mapping) else x[0] if isinstance(x, tuple) else x
    return array

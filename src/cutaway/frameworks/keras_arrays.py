"""A Keras tensor that answers NumPy's functions, so that NumPy formulas run inside compiled graphs unchanged.

NumPy hands a call on to its arguments (NEP 13: operators and ufuncs; NEP 18: other functions); here they answer with
the function of the same name in `keras.ops`. So a rate has one definition, in `science.metrics`, for every backend.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.core.errors import MissingExtraError

try:
    import keras
except ImportError as error:
    missing = (error.name or "").partition(".")[0]
    backend = missing if missing in ("tensorflow", "jax", "torch") else None
    feature = f"cutaway.frameworks.keras on {backend}" if backend else "cutaway.frameworks.keras"
    raise MissingExtraError(feature, backend or "keras") from error

__all__ = ["Tensor", "carried_mask", "keras"]


class Tensor(np.lib.mixins.NDArrayOperatorsMixin):
    """`array`: a tensor of the Keras backend in use, traced or not."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **choices: Any) -> Any:
        """Operators and functions by element."""
        if method != "__call__" or choices:
            return NotImplemented
        return _answer(ufunc.__name__, inputs, {})

    def __array_function__(self, function: Any, types: Any, args: Any, choices: Any) -> Any:
        """Every other function of NumPy's."""
        return _answer(function.__name__, args, choices)

    def __getitem__(self, place: Any) -> Tensor:
        """A part, as NumPy's basic indexing takes it."""
        return Tensor(self.array[place])

    @property
    def shape(self) -> tuple[int, ...]:
        """Static shape."""
        return tuple(self.array.shape)

    def sum(self, axis: Any = None) -> Tensor:
        """Sum along the axes."""
        return Tensor(keras.ops.sum(self.array, axis))

    def prod(self, axis: Any = None) -> Tensor:
        """Product along the axes."""
        return Tensor(keras.ops.prod(self.array, axis))

    def all(self, axis: Any = None) -> Tensor:
        """Whether all are true along the axes."""
        return Tensor(keras.ops.all(self.array, axis))


def _answer(name: str, args: Any, choices: Any) -> Tensor:
    return Tensor(getattr(keras.ops, name)(*map(_bare, args), **{key: _bare(value) for key, value in choices.items()}))


def _bare(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.array
    return [_bare(part) for part in value] if isinstance(value, list) else value


def carried_mask(output: Any) -> Any:
    """The mask that Keras attached to a model's output."""
    try:
        from keras.src.backend import get_keras_mask  # not public, and the only way on JAX, whose arrays take no marks
    except ImportError:
        return getattr(output, "_keras_mask", None)
    return get_keras_mask(output)

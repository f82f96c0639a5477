"""Small things that a Keras model under audit needs: its parts resolved, tensors as arrays, an optimiser heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import keras
import numpy as np

from cutaway.frameworks.keras_gradients import to_array

STEPS, SIZE = 12, 32


@contextmanager
def listening(optimiser: Any, by_id: dict[int, str], seen: dict[str, np.ndarray | None]) -> Iterator[None]:
    """Notes the gradients that the optimiser is handed, whichever way it is called."""
    if optimiser is None:
        yield
        return
    kind = type(optimiser)
    original = kind.apply

    def apply(self: Any, grads: Any, trainable_variables: Any = None, **more: Any) -> Any:
        grads = list(grads)
        held = self._trainable_variables if trainable_variables is None else list(trainable_variables)
        if self is optimiser:
            for g, v in zip(grads, held, strict=False):
                if id(v) in by_id:
                    with suppress(NotImplementedError, AttributeError, TypeError):  # within a compiled function
                        seen[by_id[id(v)]] = None if g is None else to_array(g)
        return original(self, grads, trainable_variables, **more)

    own = "apply" in vars(kind)
    kind.apply = apply
    try:
        yield
    finally:
        if own:
            kind.apply = original
        else:
            del kind.apply


def loss_function(loss: Any) -> Callable[..., Any] | None:
    """The loss itself, where it is named."""
    found: Callable[..., Any] | None = keras.losses.get(loss) if isinstance(loss, str) else loss
    return found


def metrics_of(model: Any) -> tuple[Any, ...]:
    """The metrics that were compiled, as objects or functions; "accuracy" as Keras resolves it."""
    given = getattr(model, "_compile_metrics", None)
    named = getattr(given, "_user_metrics", None) or ()
    flat = named if isinstance(named, list | tuple) else [named]
    out: list[Any] = []
    for one in flat:
        if isinstance(one, str) and one in ("accuracy", "acc"):
            width = model.output_shape[-1] if isinstance(model.output_shape, tuple) else None
            out.append(keras.metrics.BinaryAccuracy(name="accuracy") if width == 1 else None)
        elif isinstance(one, str):
            with suppress(ValueError):
                out.append(keras.metrics.get(one))
        else:
            out.append(one)
    return tuple(one for one in out if one is not None)


def is_statistic(v: Any) -> bool:
    """Whether a weight is no parameter: running statistics, seeds."""
    return any(word in v.path for word in ("moving_", "seed_generator", "/seed_")) or v.path.endswith(
        "normalization/count"
    )


def count_of(weights: Any) -> int:
    """How many numbers they hold."""
    return sum(int(np.prod(v.shape)) for v in weights)


def first_of(value: Any) -> Any:
    """The first of several outputs."""
    if isinstance(value, dict):
        return first_of(next(iter(value.values())))
    return first_of(value[0]) if isinstance(value, list | tuple) and value else value


def mask_of(tensor: Any) -> np.ndarray | None:
    """The mask that Keras carries with a tensor."""
    mask = getattr(tensor, "_keras_mask", None)
    return None if mask is None else to_array(mask).astype(bool)


def as_input(array: np.ndarray) -> Any:
    """As the backend's tensor; numbers in the precision that Keras is set to."""
    return keras.ops.convert_to_tensor(array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array)


def made_up(spec: Any, rows: int, codes: Any) -> np.ndarray:
    """Inputs of a declared shape: standard normal, or codes of the embedding."""
    shape = (
        rows,
        *(size if size is not None else (STEPS if len(spec.shape) < 4 else SIZE) for size in spec.shape[1:]),
    )
    rng = np.random.default_rng(0)
    if codes is not None and (len(shape) == 2 or "int" in str(spec.dtype)):
        return rng.integers(1, codes.input_dim, shape)
    return rng.standard_normal(shape).astype(np.float32)

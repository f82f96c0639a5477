"""Every public loss with what its laws need: how to make input, and what it equals at a neutral setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cutaway import losses


@dataclass(frozen=True)
class Row:
    """`loss` takes (n,) logits or probabilities, or (n, K); `neutral`: settings under which it equals `same_as`."""

    loss: Callable[..., Any]
    classes: int  # 1 for one score a row
    of_p: bool = False
    neutral: dict[str, Any] = field(default_factory=dict)
    same_as: Callable[..., Any] | None = None

    def input(self, rows: int, seed: int = 0, soft: bool = False) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        if self.classes == 1:
            z, y = 2 * rng.normal(size=rows), rng.integers(0, 2, rows).astype(float)
            y = rng.random(rows) if soft else y
            return (1 / (1 + np.exp(-z)) if self.of_p else z), y
        z = 2 * rng.normal(size=(rows, self.classes))
        y = rng.dirichlet(np.ones(self.classes), rows) if soft else rng.integers(0, self.classes, rows)
        return (np.exp(z) / np.exp(z).sum(1, keepdims=True) if self.of_p else z), y

    def weights(self, value: float | np.ndarray = 1.0) -> dict[str, np.ndarray]:
        """Class weights, under the name that the loss has for them."""
        name = "alpha" if self.loss is losses.focal_categorical else "class_weight"
        return {name: np.broadcast_to(np.asarray(value, float), (max(self.classes, 2),)).copy()}


ROWS = {
    row.loss.__name__: row
    for row in (
        Row(losses.log_loss, 1),
        Row(losses.log_loss_of_p, 1, of_p=True),
        Row(losses.focal, 1, neutral={"gamma": 0.0}, same_as=losses.log_loss),
        Row(losses.categorical, 4),
        Row(losses.categorical_of_p, 4, of_p=True),
        Row(losses.focal_categorical, 4, neutral={"gamma": 0.0}, same_as=losses.categorical),
    )
}

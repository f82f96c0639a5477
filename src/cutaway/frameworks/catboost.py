"""Any differentiated binary loss of `cutaway.losses` as a custom loss of CatBoost.

    from cutaway import losses
    from cutaway.frameworks.catboost import as_objective

    focal = as_objective(losses.focal, gamma=2, alpha=0.25)
    catboost.CatBoostClassifier(loss_function=focal, eval_metric="Logloss")

CatBoost maximises, so both derivatives change their sign. Nothing of CatBoost is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cutaway.frameworks.boosting import Objective


class Objective1D:
    """CatBoost calls `calc_ders_range` with raw scores, labels and weights of a piece of the data."""

    def __init__(self, loss: Callable[..., Any], settings: dict[str, Any]) -> None:
        self.objective = Objective(loss, settings)

    def calc_ders_range(
        self, approxes: Sequence[float], targets: Sequence[float], weights: Sequence[float] | None
    ) -> list[tuple[float, float]]:
        """First and second derivative of minus the loss, a pair a row."""
        weight = None if weights is None else np.asarray(weights, dtype=float)
        gradient, curvature = self.objective.sklearn(np.asarray(targets), np.asarray(approxes), weight)
        return list(zip((-gradient).tolist(), (-curvature).tolist(), strict=True))


def as_objective(loss: Callable[..., Any], **settings: Any) -> Objective1D:
    """A `loss_function` of one score a row, with analytic gradient and positive Hessian; weights are heeded.

    Raises: InputError for a loss without derivatives or a setting that it does not have.
    """
    return Objective1D(loss, settings)

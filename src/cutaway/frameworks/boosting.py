"""Gradients and curvatures of `cutaway.losses` as gradient boosting takes them; the libraries' files say the calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science import losses

LEAST = 1e-16  # curvature below which the libraries take no step


class Objective:
    """The derivatives of `loss(raw scores, y, **settings)`, row by row and times the sample weights.

    Focal loss is not convex. Where its second derivative is smaller than the curvature of a log loss with the same
    gradient (|g| times the probability of the label), that is used instead; so the Hessian is positive, no step is
    longer than Newton's, and γ = 0 is the log loss exactly (`losses.Derivatives.positive_curvature`).

    `stretch(K)`: by which the diagonal for K classes is multiplied, as the library does for its own softmax.
    """

    def __init__(
        self, loss: Callable[..., Any], settings: dict[str, Any], stretch: Callable[[int], float] | None = None
    ) -> None:
        if loss not in losses.DERIVED:
            names = ", ".join(one.__name__ for one in losses.DERIVED)
            raise InputError(f"loss: as_objective expected one of {names}, got {getattr(loss, '__name__', loss)!r}")
        if "reduction" in settings:
            raise InputError(
                f"reduction: as_objective expected none, got {settings['reduction']!r}; boosting sums over rows, and "
                "dividing gradients and curvatures alike changes no step but its regularisation"
            )
        self.loss, self.settings, self.stretch = loss, settings, stretch
        self.__name__ = f"cutaway_{loss.__name__}"

    def __call__(self, raw: np.ndarray, data: Any) -> tuple[np.ndarray, np.ndarray]:
        """For `train(obj=…)`: raw scores and the library's data set, which knows labels and weights."""
        return self.sklearn(data.get_label(), raw, data.get_weight())

    def sklearn(
        self, y_true: np.ndarray, y_pred: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """For `objective=` of the scikit-learn classes: gradient and positive Hessian in the shape of the scores."""
        raw = np.asarray(y_pred, dtype=float)
        weight = None if sample_weight is None or not np.size(sample_weight) else np.asarray(sample_weight, float)
        found = losses.derivatives(self.loss, raw, np.asarray(y_true), weight=weight, **self.settings)
        curvature = found.positive_curvature
        if raw.ndim > 1 and self.stretch is not None:
            curvature = curvature * self.stretch(raw.shape[-1])
        return found.gradient, np.maximum(curvature, LEAST)

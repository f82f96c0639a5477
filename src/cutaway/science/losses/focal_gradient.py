"""How hard focal loss pulls at a row, beside cross-entropy."""

from __future__ import annotations

import numpy as np

from cutaway.science.losses.derivatives import derivatives
from cutaway.science.losses.focal import focal


def gradient_ratio(p: np.ndarray, gamma: float) -> np.ndarray:
    """The gradient by the log-odds (n,) of a row whose label has probability `p` (n,), over cross-entropy's.

    Raises: InputError for γ below 0 or not finite.
    Source: Lin et al. 2017, appendix B.

    >>> gradient_ratio(np.array([0.1, 0.3, 0.9]), 2.0).round(3).tolist()
    [1.224, 0.996, 0.029]
    """
    z, ones = np.log(p) - np.log1p(-p), np.ones(np.shape(p))
    pulls = [derivatives(focal, z, ones, gamma=each).gradient for each in (gamma, 0.0)]
    return np.asarray(pulls[0] / pulls[1])


def gradient_crossing(gamma: float) -> float:
    """The probability of the label above which focal loss pulls less than cross-entropy, for γ > 0.

    >>> round(gradient_crossing(2.0), 3)
    0.298
    """
    low, high = 1e-6, 1 - 1e-6
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if gradient_ratio(np.array([middle]), gamma)[0] > 1 else (low, middle)
    return low

"""One column of a design written into its matrix, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def fill_column(x, j, values, centre, scale, missing):  # type: ignore[no-untyped-def]
    """Set x[:, j] (n, p) to (values - centre) / scale, 0 where NaN; or to whether they are NaN if `missing`."""
    for i in range(values.size):
        v = values[i]
        if missing:
            x[i, j] = 1.0 if np.isnan(v) else 0.0
        else:
            x[i, j] = 0.0 if np.isnan(v) else (v - centre) / scale

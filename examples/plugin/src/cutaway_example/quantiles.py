"""Which value lies a quarter of the way through six numbers?

Answer: NumPy interpolates between the first and the last value, SciPy's mquantiles as if there were values beyond
them; the fewer the values, the farther apart the two.

Source: Hyndman and Fan (1996), Sample Quantiles in Statistical Packages, definitions 4 to 9.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Quantile of a few values"


def given() -> dict[str, Any]:
    """Six numbers, and how far through them."""
    return {"x": np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0]), "q": 0.25}


def _between(x: np.ndarray, place: float) -> float:
    """The value at a place counted from 1, by a straight line between its neighbours."""
    return float(np.interp(place, np.arange(1, x.size + 1), np.sort(x)))


@formula("definition 7: at 1 + (n - 1) q")
def of_gaps(x: np.ndarray, q: float) -> float:
    return _between(x, 1 + (x.size - 1) * q)


@formula("definition 8: at 1/3 + (n + 1/3) q, near the median of that order statistic")
def median_unbiased(x: np.ndarray, q: float) -> float:
    return _between(x, 1 / 3 + (x.size + 1 / 3) * q)


@formula("at 0.4 + (n + 0.2) q, Cunnane's plotting positions")
def plotting(x: np.ndarray, q: float) -> float:
    return _between(x, 0.4 + (x.size + 0.2) * q)


@variant("numpy", call="np.quantile(x, q)", follows=of_gaps)
def numpy_default(x: np.ndarray, q: float) -> Any:
    return np.quantile(x, q)


@variant("numpy", call='np.quantile(x, q, method="median_unbiased")', follows=median_unbiased)
def numpy_unbiased(x: np.ndarray, q: float) -> Any:
    return np.quantile(x, q, method="median_unbiased")


@variant("scipy", call="scipy.stats.mstats.mquantiles(x, q)", follows=plotting)
def scipy_default(x: np.ndarray, q: float) -> Any:
    from scipy.stats import mstats

    return mstats.mquantiles(x, q)[0]


CONVERTERS = (
    Converter(
        of=numpy_default,
        to="scipy",
        exactness="exact",
        code="from scipy.stats import mstats\n\nvalue = mstats.mquantiles(x, q, alphap=1, betap=1)[0]",
    ),
    Converter(
        of=scipy_default,
        to="numpy",
        exactness="exact",
        code=(
            "import numpy as np\n\nplace = 0.4 + (x.size + 0.2) * q\n"
            "value = np.interp(place, np.arange(1, x.size + 1), np.sort(x))"
        ),
    ),
)

"""What does standardising do to a column that has no variance?

Answer: scikit-learn divides by 1 and returns zeros; SciPy's zscore and the plain formula return NaN (0 / 0); Keras'
Normalization divides by its epsilon, 1e-7, so that a row that differs by 1 becomes 10 million.

Source: each function's documentation, held against its value at a row that training has not seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Scaling a constant column"


def given() -> dict[str, np.ndarray]:
    """Four equal rows to learn the scale from, and two rows to be scaled: one like them, one larger by 1."""
    return {"train": np.full(4, 3.0), "rows": np.array([3.0, 4.0])}


@formula("(x − x̄) / 1")
def by_one(train: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows - train.mean())


@formula("(x − x̄) / 0: NaN, ∞")
def by_zero(train: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.where(rows == train.mean(), np.nan, np.inf)


@formula("(x − x̄) / 1e-7")
def by_epsilon(train: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.asarray((rows - train.mean()) / 1e-7)


@variant("numpy", call="(x - train.mean()) / train.std()", follows=by_zero)
def numpy_formula(train: np.ndarray, rows: np.ndarray) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return (rows - train.mean()) / train.std()


@variant("pytorch", call="(x - train.mean()) / train.std()", follows=by_zero)
def torch_formula(train: np.ndarray, rows: np.ndarray) -> Any:
    import torch

    known = torch.tensor(train)
    return (torch.tensor(rows) - known.mean()) / known.std()


@variant("scipy", call="scipy.stats.zmap(x, train)", follows=by_zero)
def scipy_zmap(train: np.ndarray, rows: np.ndarray) -> Any:
    from scipy import stats

    with np.errstate(divide="ignore", invalid="ignore"):
        return stats.zmap(rows, train)


@variant("scikit-learn", call="StandardScaler().fit(train).transform(x)", follows=by_one)
def sklearn_standard(train: np.ndarray, rows: np.ndarray) -> Any:
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit(train[:, None]).transform(rows[:, None])[:, 0]


@variant("scikit-learn", call="RobustScaler().fit(train).transform(x)", follows=by_one)
def sklearn_robust(train: np.ndarray, rows: np.ndarray) -> Any:
    from sklearn.preprocessing import RobustScaler

    return RobustScaler().fit(train[:, None]).transform(rows[:, None])[:, 0]


@variant("keras", call="layer = Normalization(); layer.adapt(train); layer(x)", follows=by_epsilon)
def keras_normalization(train: np.ndarray, rows: np.ndarray) -> Any:
    import keras

    layer = keras.layers.Normalization(axis=None)
    layer.adapt(train.astype(np.float32))
    return keras.ops.convert_to_numpy(layer(rows.astype(np.float32)))


CONVERTERS = (
    Converter(
        of=sklearn_standard,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

known = torch.tensor(train)
scale = known.std(correction=0)
value = (torch.tensor(rows) - known.mean()) / torch.where(scale == 0, 1.0, scale)
""",
    ),
    Converter(
        of=sklearn_standard,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

variance = train.var()
layer = keras.layers.Normalization(axis=None, mean=train.mean(), variance=variance if variance > 0 else 1.0)
value = keras.ops.convert_to_numpy(layer(rows.astype(np.float32)))
""",
    ),
)

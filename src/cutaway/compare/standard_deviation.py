"""Is a standard deviation divided by n or by n - 1?

Answer: by n in NumPy, JAX, TensorFlow, Keras, OpenCV and scikit-learn's scaler; by n - 1 in PyTorch unless
`correction=0` is said. On five rows the second is 12 % larger, so standardised inputs differ by as much.

Source: the two estimators, with and without Bessel's correction; each function's documentation held against its value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Standard deviation"


def given() -> dict[str, np.ndarray]:
    """Five numbers."""
    return {"x": np.array([1.0, 2.0, 4.0, 8.0, 16.0])}


@formula("√(Σ (xᵢ − x̄)² / n)")
def by_n(x: np.ndarray) -> float:
    return float(np.sqrt(((x - x.mean()) ** 2).sum() / x.size))


@formula("√(Σ (xᵢ − x̄)² / (n − 1))")
def by_n_less_one(x: np.ndarray) -> float:
    return float(np.sqrt(((x - x.mean()) ** 2).sum() / (x.size - 1)))


@variant("numpy", call="np.std(x)", follows=by_n)
def numpy_std(x: np.ndarray) -> Any:
    return np.std(x)


@variant("scipy", call="scipy.stats.tstd(x)", follows=by_n_less_one)
def scipy_tstd(x: np.ndarray) -> Any:
    from scipy import stats

    return stats.tstd(x)


@variant("scikit-learn", call="StandardScaler().fit(X).scale_", follows=by_n)
def sklearn_scaler(x: np.ndarray) -> Any:
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit(x[:, None]).scale_[0]


@variant("statsmodels", call="DescrStatsW(x).std", follows=by_n)
def statsmodels_std(x: np.ndarray) -> Any:
    from statsmodels.stats.weightstats import DescrStatsW

    return DescrStatsW(x).std


@variant("opencv", call="cv2.meanStdDev(x)", follows=by_n)
def opencv_std(x: np.ndarray) -> Any:
    import cv2

    return cv2.meanStdDev(x)[1].item()


@variant("pytorch", call="torch.std(x)", follows=by_n_less_one)
def torch_std(x: np.ndarray) -> Any:
    import torch

    return torch.std(torch.tensor(x))


@variant("jax", call="jnp.std(x)", follows=by_n)
def jax_std(x: np.ndarray) -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax.numpy.std(jax.numpy.asarray(x))


@variant("tensorflow", call="tf.math.reduce_std(x)", follows=by_n)
def tensorflow_std(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.math.reduce_std(tf.constant(x))


@variant("keras", call="keras.ops.std(x)", follows=by_n)
def keras_std(x: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.ops.std(keras.ops.convert_to_tensor(x, dtype="float64")))


CONVERTERS = (
    Converter(
        of=numpy_std,
        to="pytorch",
        exactness="exact",
        code="import torch\n\nvalue = torch.std(torch.tensor(x), correction=0)\n",
    ),
    Converter(
        of=torch_std,
        to="numpy",
        exactness="exact",
        code="import numpy as np\n\nvalue = np.std(x, ddof=1)\n",
    ),
)

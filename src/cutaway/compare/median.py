"""What is the median of an even number of values?

Answer: the mean of the middle two in NumPy, JAX and Keras; the smaller of them in PyTorch's `torch.median`, which is no
mean of anything and depends on nothing but the lower half.

Source: the documentation of `torch.median`; Hyndman and Fan (1996), Sample Quantiles in Statistical Packages, for the
definitions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Median of an even number of values"


def given() -> dict[str, np.ndarray]:
    """Four numbers."""
    return {"x": np.array([10.0, 1.0, 3.0, 4.0])}


@formula("mean of the two in the middle")
def mean_of_middle(x: np.ndarray) -> float:
    low, high = sorted(x)[len(x) // 2 - 1 : len(x) // 2 + 1]
    return float((low + high) / 2)


@formula("the smaller of the two in the middle")
def lower_of_middle(x: np.ndarray) -> float:
    return float(sorted(x)[(len(x) - 1) // 2])


@variant("numpy", call="np.median(x)", follows=mean_of_middle)
def numpy_median(x: np.ndarray) -> Any:
    return np.median(x)


@variant("pytorch", call="torch.median(x)", follows=lower_of_middle)
def torch_median(x: np.ndarray) -> Any:
    import torch

    return torch.median(torch.tensor(x))


@variant("pytorch", call="torch.quantile(x, 0.5)", follows=mean_of_middle)
def torch_quantile(x: np.ndarray) -> Any:
    import torch

    return torch.quantile(torch.tensor(x), 0.5)


@variant("jax", call="jnp.median(x)", follows=mean_of_middle)
def jax_median(x: np.ndarray) -> Any:
    import jax

    return jax.numpy.median(jax.numpy.asarray(x))


@variant("keras", call="keras.ops.median(x)", follows=mean_of_middle)
def keras_median(x: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.ops.median(keras.ops.convert_to_tensor(x)))


CONVERTERS = (
    Converter(
        of=numpy_median,
        to="pytorch",
        exactness="exact",
        code="import torch\n\nvalue = torch.quantile(torch.tensor(x), 0.5)\n",
    ),
    Converter(
        of=torch_median,
        to="numpy",
        exactness="exact",
        code='import numpy as np\n\nvalue = np.quantile(x, 0.5, method="inverted_cdf")\n',
    ),
)

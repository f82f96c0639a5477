"""How large are an embedding's first vectors?

Answer: Keras draws uniformly from ±0.05, a spread of 0.029 whatever the width; PyTorch from a standard normal, spread
1; flax from a normal of spread 1 / √width. A vector of width 64 so starts with a length of about 0.23, 8 and 1. Only
PyTorch sets the padding's row to 0 (`padding_idx`); Keras' `mask_zero` leaves it random.

Source: the documentation of `keras.layers.Embedding`, `torch.nn.Embedding` and `flax.nnx.Embed`, held against the
spread of one large table.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "An embedding's first vectors"
TOLERANCE = 0.02  # one draw of 128,000 weights


def given() -> dict[str, int]:
    """A table of 2,000 vectors of width 64; looked at: standard deviation, and of row 0, the padding's, whether it
    is drawn (1) or 0.
    """
    return {"rows": 2000, "width": 64}


@formula("U(±0.05), row 0 too")
def narrow_uniform(width: int) -> np.ndarray:
    return np.array([0.05 / np.sqrt(3), 1.0])


@formula("N(0, 1), row 0 too")
def standard_normal(width: int) -> np.ndarray:
    return np.array([1.0, 1.0])


@formula("N(0, 1), row 0 is 0")
def padded_normal(width: int) -> np.ndarray:
    return np.array([1.0, 0.0])


@formula("N(0, 1 / width), row 0 too")
def scaled_normal(width: int) -> np.ndarray:
    return np.array([1 / np.sqrt(width), 1.0])


def _seen(table: Any) -> list[float]:
    w = np.asarray(table, float)
    return [w[1:].std(), float(w[0].any())]


def _keras(rows: int, width: int) -> Any:
    import keras

    keras.utils.set_random_seed(0)
    layer = keras.layers.Embedding(rows, width, mask_zero=True)
    layer.build((None,))
    return _seen(layer.get_weights()[0])


@variant("keras", call="keras.layers.Embedding(2000, 64, mask_zero=True)", follows=narrow_uniform)
def keras_layer(rows: int, width: int) -> Any:
    return _keras(rows, width)


@variant("keras on torch", call="keras.layers.Embedding(2000, 64, mask_zero=True)", follows=narrow_uniform)
def keras_on_torch(rows: int, width: int) -> Any:
    return _keras(rows, width)


def _torch(rows: int, width: int, padding: int | None) -> Any:
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        return _seen(torch.nn.Embedding(rows, width, padding_idx=padding).weight.detach())


@variant("pytorch", call="torch.nn.Embedding(2000, 64)", follows=standard_normal)
def torch_layer(rows: int, width: int) -> Any:
    return _torch(rows, width, None)


@variant("pytorch", call="torch.nn.Embedding(2000, 64, padding_idx=0)", follows=padded_normal)
def torch_padded(rows: int, width: int) -> Any:
    return _torch(rows, width, 0)


@variant("flax", call="nnx.Embed(2000, 64, rngs=rngs)", follows=scaled_normal)
def flax_layer(rows: int, width: int) -> Any:
    from flax import nnx

    return _seen(nnx.Embed(rows, width, rngs=nnx.Rngs(0)).embedding[...])


CONVERTERS = (
    Converter(
        of=keras_layer,
        to="pytorch",
        exactness="near",
        error=0.02,
        code="""\
import torch

torch.manual_seed(0)
layer = torch.nn.Embedding(rows, width).requires_grad_(False)
torch.nn.init.uniform_(layer.weight, -0.05, 0.05)
value = [layer.weight[1:].std(), float(layer.weight[0].any())]
""",
        reason="The same distribution, other draws: the generators differ.",
    ),
    Converter(
        of=torch_padded,
        to="keras",
        exactness="near",
        error=0.02,
        code="""\
import keras
import numpy as np

normal = keras.initializers.RandomNormal(stddev=1.0, seed=0)
layer = keras.layers.Embedding(rows, width, mask_zero=True, embeddings_initializer=normal)
layer.build((None,))
table = layer.get_weights()[0]
table[0] = 0
layer.set_weights([table])
value = [table[1:].std(), float(table[0].any())]
""",
        reason="The same distribution, other draws; PyTorch also keeps the row's gradient at 0, Keras does not.",
    ),
    Converter(
        of=flax_layer,
        to="pytorch",
        exactness="near",
        error=0.02,
        code="""\
import torch

torch.manual_seed(0)
layer = torch.nn.Embedding(rows, width).requires_grad_(False)
torch.nn.init.normal_(layer.weight, std=width**-0.5)
value = [layer.weight[1:].std(), float(layer.weight[0].any())]
""",
        reason="The same distribution, other draws: the generators differ.",
    ),
)

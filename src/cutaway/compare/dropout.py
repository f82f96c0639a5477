"""What does a dropout of 0.2 keep, by how much is that scaled, and when?

Answer: everywhere 0.2 is the share dropped and what is kept is multiplied by 1 / (1 − 0.2) in training (the paper
multiplied by 0.8 at test time instead). They differ in what a plain call does: a Keras layer that is called outside
`fit` drops nothing, PyTorch's and flax's layers drop; `F.dropout` and `tf.nn.dropout` drop always, `model.eval()` or
not.

Source: Srivastava et al. (2014), Dropout, sections 4 and 10; each framework's default, held against its values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Dropout: rate, scale, and when it acts"
TOLERANCE = 0.01  # the share kept is counted over 20,000 entries


def given() -> dict[str, Any]:
    """Twenty thousand ones and a rate of 0.2; looked at: what is kept in training becomes, the share kept, the largest
    output of a plain call, the largest at inference.
    """
    return {"x": np.ones(20_000, np.float32), "rate": 0.2}


@formula("training: x / (1 − rate); a plain call: x")
def plain_keeps(rate: float) -> np.ndarray:
    return np.array([1 / (1 - rate), 1 - rate, 1.0, 1.0])


@formula("training: x / (1 − rate); a plain call drops")
def plain_drops(rate: float) -> np.ndarray:
    return np.array([1 / (1 - rate), 1 - rate, 1 / (1 - rate), 1.0])


@formula("x / (1 − rate) always")
def always_drops(rate: float) -> np.ndarray:
    return np.array([1 / (1 - rate), 1 - rate, 1 / (1 - rate), 1 / (1 - rate)])


def _seen(trained: Any, plain: Any, inferred: Any) -> list[float]:
    out = np.asarray(trained)
    return [
        float(out.max()),
        float((out > 0).mean()),
        float(np.asarray(plain).max()),
        float(np.asarray(inferred).max()),
    ]


def _keras(x: np.ndarray, rate: float) -> Any:
    import keras

    layer = keras.layers.Dropout(rate, seed=0)
    calls = layer(x, training=True), layer(x), layer(x, training=False)
    return _seen(*(keras.ops.convert_to_numpy(each) for each in calls))


@variant("keras", call="keras.layers.Dropout(0.2)(x)", follows=plain_keeps)
def keras_layer(x: np.ndarray, rate: float) -> Any:
    return _keras(x, rate)


@variant("keras on jax", call="keras.layers.Dropout(0.2)(x)", follows=plain_keeps)
def keras_on_jax(x: np.ndarray, rate: float) -> Any:
    return _keras(x, rate)


@variant("pytorch", call="torch.nn.Dropout(0.2)(x)", follows=plain_drops)
def torch_layer(x: np.ndarray, rate: float) -> Any:
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer, rows = torch.nn.Dropout(rate), torch.tensor(x)
        return _seen(layer.train()(rows), torch.nn.Dropout(rate)(rows), layer.eval()(rows))


@variant("pytorch", call="F.dropout(x, 0.2) in a model's forward", follows=always_drops)
def torch_function(x: np.ndarray, rate: float) -> Any:
    import torch
    from torch.nn import functional

    class Model(torch.nn.Module):  # type: ignore[misc]
        def forward(self, rows: Any) -> Any:
            return functional.dropout(rows, rate)

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model, rows = Model(), torch.tensor(x)
        return _seen(model.train()(rows), Model()(rows), model.eval()(rows))


@variant("tensorflow", call="tf.nn.dropout(x, rate=0.2)", follows=always_drops)
def tensorflow_function(x: np.ndarray, rate: float) -> Any:
    import tensorflow as tf

    return _seen(*(tf.nn.dropout(x, rate=rate, seed=seed) for seed in (0, 1, 2)))


@variant("flax", call="nnx.Dropout(0.2, rngs=rngs)(x)", follows=plain_drops)
def flax_layer(x: np.ndarray, rate: float) -> Any:
    from flax import nnx
    from jax import numpy as jnp

    layer, rows = nnx.Dropout(rate, rngs=nnx.Rngs(0)), jnp.asarray(x)
    return _seen(layer(rows, deterministic=False), layer(rows), layer(rows, deterministic=True))


CONVERTERS = (
    Converter(
        of=keras_layer,
        to="pytorch",
        exactness="near",
        error=0.01,
        code="""\
import torch

torch.manual_seed(0)
layer, rows = torch.nn.Dropout(rate), torch.tensor(x)
trained, plain = layer.train()(rows), layer.eval()(rows)  # eval() is what Keras does unless told training=True
value = [trained.max(), (trained > 0).float().mean(), plain.max(), plain.max()]
""",
        reason="Other entries are dropped: the generators differ.",
    ),
    Converter(
        of=torch_layer,
        to="keras",
        exactness="near",
        error=0.01,
        code="""\
import keras
import numpy as np

layer = keras.layers.Dropout(rate, seed=0)
trained, inferred = np.asarray(layer(x, training=True)), np.asarray(layer(x, training=False))
value = [trained.max(), (trained > 0).mean(), trained.max(), inferred.max()]
""",
        reason="Other entries are dropped: the generators differ.",
    ),
    Converter(
        of=torch_function,
        to="pytorch",
        exactness="impossible",
        reason="A function is not told the model's mode; write `F.dropout(x, 0.2, training=self.training)` or use the "
        "layer.",
    ),
)

"""Does True in an attention mask mean "look here" or "do not look here"?

Answer: look here in Keras, JAX, flax and PyTorch's `scaled_dot_product_attention`; do not look here in PyTorch's
`nn.MultiheadAttention` and transformer layers, which is the opposite within one library. A mask of 0.0 and 1.0 is
neither in PyTorch: it is added to the scores, so everything is still looked at. None of these raises an error.

Source: the documentation of `torch.nn.MultiheadAttention`, `torch.nn.functional.scaled_dot_product_attention`,
`keras.layers.MultiHeadAttention` and `jax.nn.dot_product_attention`, held against values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "What True means in an attention mask"


def given() -> dict[str, np.ndarray]:
    """One sequence of three steps and two features that attends to itself (one head, projections that change
    nothing), and the mask handed over, one entry a step that is looked at: True, True, False.
    """
    return {"x": np.array([[[1.0, 0.0], [0.5, 2.0], [-1.0, 3.0]]]), "mask": np.array([[True, True, False]])}


def _attended(x: np.ndarray, added: np.ndarray) -> np.ndarray:
    """Softmax(x xᵀ / √2 + added) x, row by row."""
    scores = x[0] @ x[0].T / np.sqrt(x.shape[-1]) + added
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(weights / weights.sum(1, keepdims=True) @ x[0]).ravel()


@formula("softmax(q kᵀ/√d + (0 where True, −∞ where False)) v")
def true_attends(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return _attended(x, np.where(mask, 0.0, -np.inf))


@formula("softmax(q kᵀ/√d + (−∞ where True, 0 where False)) v")
def true_ignores(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return _attended(x, np.where(mask, -np.inf, 0.0))


@formula("softmax(q kᵀ/√d + mask) v")
def added_to_scores(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return _attended(x, mask.astype(float))


def _keras(x: np.ndarray, mask: np.ndarray) -> Any:
    import keras

    layer = keras.layers.MultiHeadAttention(num_heads=1, key_dim=2, dtype="float64")
    layer.build(x.shape, x.shape)
    into, out = np.eye(2)[:, None, :], np.eye(2)[None]
    layer.set_weights([into, np.zeros((1, 2))] * 3 + [out, np.zeros(2)])
    return keras.ops.convert_to_numpy(layer(x, x, attention_mask=mask[:, None, :])).ravel()


@variant("keras", call="MultiHeadAttention(1, 2)(x, x, attention_mask=mask)", follows=true_attends)
def keras_multi_head(x: np.ndarray, mask: np.ndarray) -> Any:
    return _keras(x, mask)


@variant("keras on torch", call="MultiHeadAttention(1, 2)(x, x, attention_mask=mask)", follows=true_attends)
def keras_on_torch(x: np.ndarray, mask: np.ndarray) -> Any:
    return _keras(x, mask)


@variant("keras", call="keras.ops.dot_product_attention(q, k, v, mask=mask)", follows=true_attends)
def keras_operation(x: np.ndarray, mask: np.ndarray) -> Any:
    import keras

    head = x[:, :, None, :]
    out = keras.ops.dot_product_attention(head, head, head, mask=np.broadcast_to(mask[:, None, None], (1, 1, 3, 3)))
    return keras.ops.convert_to_numpy(out).ravel()


@variant("pytorch", call="F.scaled_dot_product_attention(q, k, v, attn_mask=mask)", follows=true_attends)
def torch_function(x: np.ndarray, mask: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    q = torch.tensor(x)
    return functional.scaled_dot_product_attention(q, q, q, attn_mask=torch.tensor(mask)[:, None]).ravel()


@variant("pytorch", call="F.scaled_dot_product_attention(q, k, v, attn_mask=mask.double())", follows=added_to_scores)
def torch_function_float(x: np.ndarray, mask: np.ndarray) -> Any:
    import torch
    from torch.nn import functional

    q = torch.tensor(x)
    return functional.scaled_dot_product_attention(q, q, q, attn_mask=torch.tensor(mask)[:, None].double()).ravel()


def _torch(x: np.ndarray, **masks: Any) -> Any:
    import torch

    layer = torch.nn.MultiheadAttention(2, 1, batch_first=True, dtype=torch.float64).requires_grad_(False)
    layer.in_proj_weight.copy_(torch.eye(2).repeat(3, 1))
    layer.out_proj.weight.copy_(torch.eye(2))
    layer.in_proj_bias.zero_()
    layer.out_proj.bias.zero_()
    rows = torch.tensor(x)
    return layer(rows, rows, rows, need_weights=False, **masks)[0].ravel()


@variant("pytorch", call="nn.MultiheadAttention(2, 1)(x, x, x, key_padding_mask=mask)", follows=true_ignores)
def torch_padding(x: np.ndarray, mask: np.ndarray) -> Any:
    import torch

    return _torch(x, key_padding_mask=torch.tensor(mask))


@variant("pytorch", call="nn.MultiheadAttention(2, 1)(x, x, x, attn_mask=mask)", follows=true_ignores)
def torch_mask(x: np.ndarray, mask: np.ndarray) -> Any:
    import torch

    return _torch(x, attn_mask=torch.tensor(np.broadcast_to(mask, (3, 3)).copy()))


@variant(
    "pytorch", call="nn.MultiheadAttention(2, 1)(x, x, x, key_padding_mask=mask.double())", follows=added_to_scores
)
def torch_padding_float(x: np.ndarray, mask: np.ndarray) -> Any:
    import torch

    return _torch(x, key_padding_mask=torch.tensor(mask).double())


@variant("jax", call="jax.nn.dot_product_attention(q, k, v, mask=mask)", follows=true_attends)
def jax_function(x: np.ndarray, mask: np.ndarray) -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    head = jax.numpy.asarray(x)[:, :, None, :]
    return jax.nn.dot_product_attention(head, head, head, mask=jax.numpy.asarray(mask)[:, None, None]).ravel()


@variant("flax", call="nnx.dot_product_attention(q, k, v, mask=mask)", follows=true_attends)
def flax_function(x: np.ndarray, mask: np.ndarray) -> Any:
    import jax
    from flax import nnx

    jax.config.update("jax_enable_x64", True)
    head = jax.numpy.asarray(x)[:, :, None, :]
    return nnx.dot_product_attention(head, head, head, mask=jax.numpy.asarray(mask)[:, None, None]).ravel()


TOLERANCE = 1e-5  # Keras' softmax and JAX's may be computed in float32

CONVERTERS = (
    Converter(
        of=keras_multi_head,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

layer = torch.nn.MultiheadAttention(2, 1, batch_first=True, dtype=torch.float64).requires_grad_(False)
layer.in_proj_weight.copy_(torch.eye(2).repeat(3, 1))  # query, key and value under one another
layer.out_proj.weight.copy_(torch.eye(2))
layer.in_proj_bias.zero_()
layer.out_proj.bias.zero_()
rows = torch.tensor(x)
value = layer(rows, rows, rows, key_padding_mask=~torch.tensor(mask))[0].ravel()
""",
    ),
    Converter(
        of=torch_padding,
        to="keras",
        exactness="exact",
        code="""\
import keras
import numpy as np

layer = keras.layers.MultiHeadAttention(num_heads=1, key_dim=2, dtype="float64")
layer.build(x.shape, x.shape)
layer.set_weights([np.eye(2)[:, None, :], np.zeros((1, 2))] * 3 + [np.eye(2)[None], np.zeros(2)])
value = keras.ops.convert_to_numpy(layer(x, x, attention_mask=~mask[:, None, :])).ravel()
""",
    ),
    Converter(
        of=torch_padding,
        to="jax",
        exactness="exact",
        code="""\
import jax

jax.config.update("jax_enable_x64", True)
head = jax.numpy.asarray(x)[:, :, None, :]
value = jax.nn.dot_product_attention(head, head, head, mask=~jax.numpy.asarray(mask)[:, None, None]).ravel()
""",
    ),
)

"""Attention: each step takes a mean of all steps, weighted by how well its query fits their keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.dense import dense
from cutaway.science.nets.initialisers import glorot_uniform
from cutaway.science.nets.layer import Key
from cutaway.science.nets.masks import blanked, values_and_mask, with_mask
from cutaway.science.nets.stateless import Stateless, Unlearned
from cutaway.science.nets.tape import Gradients, Pull, Value, matmul, operation, reshaped
from cutaway.science.nets.tree import Tree


@operation
def attention_weights(
    queries: np.ndarray,
    keys: np.ndarray,
    *,
    mask: np.ndarray | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> tuple[np.ndarray, Pull]:
    """softmax(scale · Q Kᵀ) (…, tq, tk): how much of each step's value every query takes; rows sum to 1.

    Without the scale 1/√d, the spread of the products would grow with the width d and softmax would saturate.

    Args:
        queries: Q (…, tq, d).
        keys: K (…, tk, d).
        mask: True where a query may look at a key, in any shape that broadcasts to (…, tq, tk).
        causal: a query may look at its own and earlier places only.
        scale: 1/√d unless given.

    A query that may look nowhere has weights of 0.

    Source: Vaswani et al. 2017, Attention Is All You Need, equation 1.

    >>> attention_weights(np.zeros((2, 4)), np.zeros((2, 4)), causal=True).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    factor = queries.dtype.type(queries.shape[-1] ** -0.5 if scale is None else scale)
    scaled = queries * factor
    weights = scaled @ np.swapaxes(keys, -1, -2)
    if causal:
        order = np.tri(queries.shape[-2], keys.shape[-2], dtype=bool)
        mask = order if mask is None else np.asarray(mask, bool) & order
    if mask is not None:
        weights = np.where(mask, weights, np.array(-np.inf, weights.dtype))
    if weights.shape[-1]:
        top = weights.max(axis=-1, keepdims=True)
        weights -= np.where(top == -np.inf, np.zeros((), top.dtype), top)
    np.exp(weights, out=weights)
    sums = weights.sum(axis=-1, keepdims=True)
    weights /= np.where(sums == 0, np.ones((), sums.dtype), sums)

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        inner = weights * (g - (g * weights).sum(axis=-1, keepdims=True))
        return (
            inner @ keys * factor if wanted[0] else None,
            np.swapaxes(inner, -1, -2) @ scaled if wanted[1] else None,
        )

    return weights, pull


def attention(
    queries: Value,
    keys: Value,
    values: Value,
    *,
    mask: np.ndarray | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> Any:
    """softmax(scale · Q Kᵀ) V (…, tq, dv) for values V (…, tk, dv): scaled dot-product attention.

    Arguments as in `attention_weights`. A query that may look nowhere gets 0. Keys and values that nobody may look at
    must still be finite, as 0 times NaN is NaN; `blanked` makes them 0.

    >>> attention(np.zeros((1, 4)), np.zeros((2, 4)), np.array([[1.0], [3.0]])).tolist()
    [[2.0]]
    """
    return matmul(attention_weights(queries, keys, mask=mask, causal=causal, scale=scale), values)


@operation
def split_heads(x: np.ndarray, *, heads: int) -> tuple[np.ndarray, Pull]:
    """From (n, t, heads · size) to (n, heads, t, size).

    Raises: InputError where the heads do not divide the features.
    """
    n, t, width = x.shape
    if heads < 1 or width % heads:
        raise InputError(f"heads: split_heads expected a divisor of {width} features, got {heads}")
    y = x.reshape(n, t, heads, width // heads).transpose(0, 2, 1, 3)
    return y, lambda g, _: (g.transpose(0, 2, 1, 3).reshape(x.shape),)


@operation
def joined_heads(x: np.ndarray) -> tuple[np.ndarray, Pull]:
    """From (n, heads, t, size) to (n, t, heads · size)."""
    n, heads, t, size = x.shape
    y = x.transpose(0, 2, 1, 3).reshape(n, t, heads * size)
    return y, lambda g, _: (g.reshape(n, t, heads, size).transpose(0, 2, 1, 3),)


def _queries_and_memory(x: Any) -> tuple[Value, np.ndarray | None, Value, np.ndarray | None]:
    """What looks, and what is looked at, each with its mask and 0 in its padding: a batch itself, or a pair of them."""
    first, second = x if isinstance(x, tuple) else (x, x)
    (queries, mask), (memory, there) = values_and_mask(first), values_and_mask(second)
    queries = queries if mask is None else blanked(queries, mask=mask)
    if second is first:
        return queries, mask, queries, there
    return queries, mask, memory if there is None else blanked(memory, mask=there), there


@dataclass(frozen=True, slots=True)
class Attention(Unlearned):
    """`attention` of sequences (n, t, d) on themselves, or of a pair (queries, memory); nothing is learned.

    Padding of the memory is not looked at; the queries' mask is handed on. Keras' layer of this name does not scale.
    """

    scaled: bool = True
    causal: bool = False

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """(n, tq, d)."""
        queries, mask, memory, there = _queries_and_memory(x)
        seen = None if there is None else there[:, None, :]
        y = attention(queries, memory, memory, mask=seen, causal=self.causal, scale=None if self.scaled else 1.0)
        return with_mask(y, mask), state


@dataclass(frozen=True, slots=True)
class MultiHeadAttention(Stateless):
    """Several `attention`s side by side, each on its own projections of the features, joined by one more.

    Of sequences (n, t, features) on themselves, or a pair (queries, memory). Padding of the memory is not looked at,
    the queries' mask is handed on. Parameters have Keras' shapes: "query", "key" and "value" with a kernel
    (features, heads, size) and a bias (heads, size), "output" with (heads, size, features) and (features,).

    Raises: InputError where no size is given and the heads do not divide the features.

    Source: Vaswani et al. 2017, section 3.2.2.
    """

    features: int
    heads: int
    size: int = 0
    causal: bool = False

    def __post_init__(self) -> None:
        if self.heads < 1 or (not self.size and self.features % self.heads):
            raise InputError(
                f"heads: MultiHeadAttention expected a divisor of {self.features} features, got {self.heads}; "
                "or give the size of a head"
            )

    @property
    def width(self) -> int:
        """The features of one head."""
        return self.size or self.features // self.heads

    def init(self, key: Key) -> Tree:
        """Glorot's uniform kernels, seen as matrices, and biases of 0."""
        inner = (self.heads, self.width)
        params = {}
        for place, name in enumerate(("query", "key", "value", "output")):
            into, out = (inner, (self.features,)) if name == "output" else ((self.features,), inner)
            kernel = glorot_uniform((*key, place), (int(np.prod(into)), int(np.prod(out))))
            params[name] = {"kernel": kernel.reshape(*into, *out), "bias": np.zeros(out, np.float32)}
        return params

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """(n, tq, features)."""
        queries, mask, memory, there = _queries_and_memory(x)
        total = self.heads * self.width

        def headed(given: Value, name: str) -> Any:
            kernel = reshaped(params[name]["kernel"], shape=(self.features, total))
            return split_heads(dense(given, kernel, reshaped(params[name]["bias"], shape=(total,))), heads=self.heads)

        y = attention(
            headed(queries, "query"),
            headed(memory, "key"),
            headed(memory, "value"),
            mask=None if there is None else there[:, None, None, :],
            causal=self.causal,
        )
        kernel = reshaped(params["output"]["kernel"], shape=(total, self.features))
        return with_mask(dense(joined_heads(y), kernel, params["output"]["bias"]), mask), state

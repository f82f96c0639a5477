"""Where a network's parameters begin: `name(key, shape)` gives float32 numbers.

What is to be kept from layer to layer is the spread of the activations, or that of the gradients on their way back: so
the spread of a kernel is set by how many inputs each output sees (fan-in), how many outputs each input reaches
(fan-out), or both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod, sqrt
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from cutaway.core.errors import InputError
from cutaway.science.nets.layer import Key, random
from cutaway.science.nets.tree import Tree

Shape = tuple[int, ...]
Initialiser = Callable[[Key, Shape], np.ndarray]
"""From a key and a shape to float32 numbers of that shape; the same key gives the same numbers."""

CUT = 2.0  # standard deviations beyond which a truncated normal has nothing
CUT_SPREAD = 0.87962566103423978  # the standard deviation of what is left within them


def fans(shape: Shape) -> tuple[int, int]:
    """How many inputs each output sees, and how many outputs each input reaches, for a kernel (…, in, out).

    A kernel of a convolution (kh, kw, in, out) counts its kh · kw places; a vector counts as both.

    >>> fans((784, 10)), fans((3, 3, 1, 5)), fans((7,))
    ((784, 10), (9, 45), (7, 7))
    """
    if not shape:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    places = prod(shape[:-2])
    return shape[-2] * places, shape[-1] * places


@dataclass(frozen=True, slots=True)
class Scaled:
    """Numbers around 0 of variance `scale` / n, where n is the fan-in, the fan-out or the mean of both.

    "truncated" is a normal distribution without what lies beyond two standard deviations, widened so that its variance
    is as said: what Keras draws under the name of normal. PyTorch's "normal" is not truncated.
    """

    scale: float = 1.0
    by: Literal["in", "out", "mean"] = "in"
    distribution: Literal["uniform", "normal", "truncated"] = "truncated"

    def __call__(self, key: Key, shape: Shape) -> np.ndarray:
        """Numbers (shape)."""
        into, out = fans(shape)
        n = {"in": into, "out": out, "mean": (into + out) / 2}[self.by]
        spread = sqrt(self.scale / max(n, 1))
        if self.distribution == "uniform":
            return uniform(sqrt(3) * spread)(key, shape)
        if self.distribution == "normal":
            return normal(spread)(key, shape)
        below, above = ndtr(-CUT), ndtr(CUT)
        drawn: np.ndarray = ndtri(random(key).uniform(below, above, shape))
        return (spread / CUT_SPREAD * drawn).astype(np.float32)


glorot_uniform = Scaled(1, "mean", "uniform")
"""Variance 2 / (fan-in + fan-out). Source: X. Glorot, Y. Bengio (2010), AISTATS 9, equation 16. Keras' default."""
glorot_normal = Scaled(1, "mean", "truncated")
"""The same variance, truncated normal as in Keras."""
he_uniform = Scaled(2, "in", "uniform")
"""Variance 2 / fan-in, for ReLU. Source: K. He et al. (2015), arXiv:1502.01852, equation 10."""
he_normal = Scaled(2, "in", "truncated")
"""The same variance, truncated normal as in Keras; `Scaled(2, "in", "normal")` is PyTorch's `kaiming_normal_`."""
lecun_uniform = Scaled(1, "in", "uniform")
"""Variance 1 / fan-in. Source: Y. LeCun et al. (1998), Efficient BackProp, equation 16."""
lecun_normal = Scaled(1, "in", "truncated")
"""The same variance, truncated normal as in Keras."""
torch_uniform = Scaled(1 / 3, "in", "uniform")
"""Uniform between ± 1 / √fan-in: the kernels of PyTorch's `Linear` and convolutions, one sixth of He's variance."""


def zeros(key: Key, shape: Shape) -> np.ndarray:
    """Zeros."""
    return np.zeros(shape, np.float32)


def ones(key: Key, shape: Shape) -> np.ndarray:
    """Ones."""
    return np.ones(shape, np.float32)


def constant(value: float | Sequence[float]) -> Initialiser:
    """Always this number, or these along the last axis."""
    given = np.asarray(value, np.float32)
    return lambda key, shape: np.broadcast_to(given, shape).copy()


def uniform(limit: float) -> Initialiser:
    """Uniform between -limit and limit."""
    return lambda key, shape: random(key).uniform(-limit, limit, shape).astype(np.float32)


def normal(spread: float) -> Initialiser:
    """Normal around 0 with this standard deviation."""
    return lambda key, shape: (spread * random(key).standard_normal(shape)).astype(np.float32)


def orthogonal(key: Key, shape: Shape) -> np.ndarray:
    """A kernel (…, in, out) whose columns are orthonormal, or its rows if those are fewer: lengths stay as they are.

    Drawn uniformly over all such matrices, by the QR decomposition of normal numbers with the signs of R's diagonal.

    Raises: InputError for a shape of less than two axes.

    Source: A. Saxe, J. McClelland, S. Ganguli (2014), arXiv:1312.6120; F. Mezzadri (2007), arXiv:math-ph/0609050.

    >>> w = orthogonal((0,), (4, 2))
    >>> np.allclose(w.T @ w, np.eye(2), atol=1e-6)
    True
    """
    if len(shape) < 2:
        raise InputError(f"shape: orthogonal expected at least two axes, got {shape}; take zeros for a bias")
    rows, columns = prod(shape[:-1]), shape[-1]
    q, r = np.linalg.qr(random(key).standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.where(np.diag(r) < 0, -1.0, 1.0)
    return (q.T if rows < columns else q).reshape(shape).astype(np.float32)


def prior_bias(counts: Sequence[float] | np.ndarray) -> Initialiser:
    """The bias with which an untrained network says the classes' shares: its loss begins at their entropy.

    For K classes log(share) less its mean (softmax does not see the difference); for a bias of length 1, one logit, the
    log-odds of the second class, log(n₁ / n₀).

    Raises: InputError for fewer than two classes, or one without examples.

    Source: T.-Y. Lin et al. (2017), Focal Loss for Dense Object Detection, section 4.1 (one logit).

    >>> round(float(prior_bias([990, 10])((0,), (1,))[0]), 3)
    -4.595
    """
    n = np.asarray(counts, float)
    if n.ndim != 1 or n.size < 2 or not np.all((n > 0) & np.isfinite(n)):
        raise InputError(f"counts: prior_bias expected a positive count for each of two classes or more, got {counts}")

    def initialiser(key: Key, shape: Shape) -> np.ndarray:
        if shape == (1,) and n.size == 2:
            return np.log([n[1] / n[0]]).astype(np.float32)
        if shape != n.shape:
            raise InputError(f"shape: prior_bias of {n.size} classes expected a bias ({n.size},), got {shape}")
        logs = np.log(n)
        return np.asarray(logs - logs.mean(), np.float32)

    return initialiser


Rule = Callable[[str, Mapping[str, Shape]], Initialiser | None]
"""From a parameter's name and the shapes of all parameters of its layer to what it begins with; None leaves it."""


def keras_defaults(name: str, shapes: Mapping[str, Shape]) -> Initialiser | None:
    """As Keras 3 begins: Glorot's uniform kernels, orthogonal recurrent ones, embeddings within ± 0.05.

    What else a layer has (biases of 0, an LSTM's forget gate of 1, scales of 1) stays as the layer made it.
    """
    chosen: dict[str, Initialiser] = {"kernel": glorot_uniform, "recurrent_kernel": orthogonal}
    return uniform(0.05) if name == "embeddings" else chosen.get(name)


def torch_defaults(name: str, shapes: Mapping[str, Shape]) -> Initialiser | None:
    """As PyTorch begins: kernels and biases within ± 1 / √fan-in, recurrent ones ± 1 / √units, embeddings normal.

    In a recurrent layer PyTorch has two biases, drawn each by itself; where a layer here has one, it is drawn once.
    """
    if name == "embeddings":
        return normal(1.0)
    if "recurrent_kernel" in shapes:
        units = shapes["recurrent_kernel"][0]
        return uniform(1 / sqrt(units)) if name in {"kernel", "recurrent_kernel"} or "bias" in name else None
    if name == "kernel":
        return torch_uniform
    if name == "bias" and "kernel" in shapes:
        return uniform(1 / sqrt(max(fans(shapes["kernel"])[0], 1)))
    return None


def initialised(params: Tree, key: Key, rule: Rule | Mapping[str, Initialiser]) -> Tree:
    """Parameters like those of `model.init`, begun anew by a rule: `keras_defaults`, or initialisers by name.

    >>> params = initialised({"kernel": np.ones((2, 3)), "bias": np.zeros(3)}, (0,), {"kernel": he_normal})
    >>> params["kernel"].shape, params["bias"].tolist()
    ((2, 3), [0.0, 0.0, 0.0])
    """
    chosen: Rule = (lambda name, _: rule.get(name)) if isinstance(rule, Mapping) else rule
    if isinstance(params, list | tuple):
        parts = [initialised(part, (*key, i), chosen) for i, part in enumerate(params)]
        return parts if isinstance(params, list) else tuple(parts)
    if not isinstance(params, dict):
        return params
    shapes = {name: np.shape(part) for name, part in params.items() if not isinstance(part, dict | list | tuple)}
    out = {}
    for i, (name, part) in enumerate(params.items()):
        if name in shapes:
            begins = chosen(name, shapes)
            out[name] = part if begins is None else begins((*key, i), shapes[name])
        else:
            out[name] = initialised(part, (*key, i), chosen)
    return out

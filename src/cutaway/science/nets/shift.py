"""Internal covariate shift, measured: how much the layers before one change what it sees and where it should go.

Two readings of the words. Ioffe & Szegedy mean the distribution of a layer's inputs, which moves while the layers
before it learn. Santurkar et al. mean the layer's own gradient: by how much it changes because those layers were
updated. Both are taken over one step of training, on the batch of that step.

Source: S. Ioffe, C. Szegedy (2015), Batch Normalization, section 2; S. Santurkar et al. (2018), How Does Batch
Normalization Help Optimization?, definition 2.1 and section 2.1 (the noise).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.layer import Key, Sequential, random
from cutaway.science.nets.stateless import Unlearned
from cutaway.science.nets.tape import Pull, operation, value_and_gradient, value_of, watching
from cutaway.science.nets.tree import Tree, leaves


@dataclass(frozen=True, slots=True)
class Shift:
    """What one step of the layers before a layer did to it, for each network of a stack (s,).

    `drift`: how far the distribution of its units' pre-activations moved: for each unit √((Δmean)² + (Δsd)²) over its
    sd before, the median over units. `gradient`: |G' - G| / |G| for its gradient G with all parameters as they were,
    and G' with the layers before it already updated. `cosine`: between the two; 1 is the same direction.
    """

    drift: np.ndarray
    gradient: np.ndarray
    cosine: np.ndarray


Loss = Callable[[Any], Any]
"""From a network's output to one number."""


def covariate_shift(
    model: Sequential,
    params: tuple[Tree, Tree],
    states: tuple[Tree, Tree],
    x: np.ndarray,
    loss: Loss,
    *,
    learns: int,
    seen: int,
) -> Shift:
    """The shift at layer `learns` (its place in the model) over a step; `seen` is the place whose output it is read at.

    `params` and `states` are those before and after the step of a stack of networks (s, …), x (s, n, features) its
    batch. Where `seen` is the norm after the dense layer `learns`, the distribution is that of the normalised
    pre-activations, which is what the activation meets. The layer's own parameters are those before the step in both.

    Raises: InputError for places that are not in the model, or in the wrong order.
    """
    if not 0 <= learns <= seen < len(model.layers):
        raise InputError(
            f"learns, seen: covariate_shift expected places 0 ≤ learns ≤ seen < {len(model.layers)}, "
            f"got {learns}, {seen}"
        )
    old, new = params
    was = _looked(model, old, states[0], x, loss, learns, seen)
    now = _looked(model, (*new[:learns], *old[learns:]), states[1], x, loss, learns, seen)
    (z, g), (z2, g2) = was, now
    sd, sd2 = z.std(axis=1), z2.std(axis=1)
    moved = np.hypot(z2.mean(axis=1) - z.mean(axis=1), sd2 - sd)
    with np.errstate(divide="ignore", invalid="ignore"):
        drift = np.median(moved / sd, axis=-1)
        size, size2 = np.sqrt((g * g).sum(axis=1)), np.sqrt((g2 * g2).sum(axis=1))
        gradient = np.sqrt(((g2 - g) ** 2).sum(axis=1)) / size
        cosine = (g * g2).sum(axis=1) / (size * size2)
    return Shift(drift, gradient, cosine)


def _looked(
    model: Sequential, params: Tree, state: Tree, x: np.ndarray, loss: Loss, learns: int, seen: int
) -> tuple[np.ndarray, np.ndarray]:
    """The output at `seen` (s, n, c) and the gradient of all parameters of layer `learns`, flat (s, p)."""
    with watching() as outputs:
        _, gradient, _ = value_and_gradient(lambda p: loss(model.apply(p, x, state, True)[0]), params)
    parts = [np.asarray(g, float).reshape(len(x), -1) for _, g in leaves(gradient[learns])]
    return value_of(outputs[seen].output).astype(float), np.concatenate(parts, axis=1)


@operation
def affine(x: np.ndarray, *, scale: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, Pull]:
    """Scale x + shift, neither of which learns."""
    return x * scale + shift, lambda g, _: (g * scale,)


@dataclass(frozen=True, slots=True)
class Disturbance(Unlearned):
    """Noise that gives a layer's outputs another mean and spread at every step of training, unit by unit.

    Each unit draws a mean from ± `mean` and a spread from 1 to `spread`; each of its values then draws its own shift
    within ± `jitter` of the one and its own factor around the other, with standard deviation `jitter`. So a
    distribution that batch norm had fixed moves again. It keeps its key and a counter of steps; in evaluation it does
    nothing.

    Source: Santurkar et al. 2018, section 2.1 and appendix A.1.
    """

    mean: float = 0.5
    spread: float = 1.25
    jitter: float = 0.1

    def start(self, key: Key) -> Tree:
        """The key, and step 0."""
        return {"key": np.asarray(key, np.int64), "step": np.zeros((), np.int64)}

    def apply(self, params: Tree, x: Any, state: Tree, train: bool) -> tuple[Any, Tree]:
        """S x + m, with s and m new at each step."""
        if not train:
            return x, state
        luck = random((*map(int, state["key"]), int(state["step"])))
        shape = value_of(x).shape
        unit = (*shape[:-2], 1, shape[-1])
        m = luck.uniform(-self.mean, self.mean, unit) + self.jitter * (2 * luck.random(shape, np.float32) - 1)
        s = luck.uniform(1, self.spread, unit) + self.jitter * luck.standard_normal(shape, np.float32)
        dtype = value_of(x).dtype
        return affine(x, scale=s.astype(dtype), shift=m.astype(dtype)), {**state, "step": state["step"] + 1}

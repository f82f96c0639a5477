"""From gradients to the next parameters: plain values with `start(params)` and `step(params, gradients, state, rate)`.

What Keras and PyTorch do differently under one name is a setting; `SGD.keras()`, `Adam.torch()` and so on give theirs.
The learning rate comes with each step, so that a schedule (`schedules.py`) can change it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any, Protocol, Self

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.optimiser_kernel import adapt, descend, descend_with_momentum, divide_by_spread
from cutaway.science.nets.tree import Tree, leaves, listed, mapped


class Optimiser(Protocol):
    """What makes a step out of gradients. A parameter whose gradient is None stays, and so does what belongs to it."""

    def start(self, params: Tree) -> dict[str, Tree]:
        """What is remembered from step to step, before the first."""

    def step(
        self, params: Tree, gradients: Tree, state: dict[str, Tree], rate: float, *, in_place: bool = False
    ) -> tuple[Tree, dict[str, Tree]]:
        """The parameters and what is remembered after a step; `in_place` writes both over those given."""


@dataclass(frozen=True, slots=True)
class SGD:
    """Stochastic gradient descent: p ← p - rate · v with v ← momentum · v + g, or p ← p - rate · g without momentum.

    Args:
        momentum: share of the velocity that a step keeps, 0 to below 1.
        nesterov: the gradient as if the next step of the velocity had been made already.
        rate_inside: the velocity is of steps, v ← momentum · v + rate · g, as in Keras, and not of gradients, as in
            PyTorch. The same while the rate stays; when it falls, Keras' velocity goes on at the old rate for a while.
        decay: weight decay.
        decoupled: the decay shrinks the parameter, p ← (1 - rate · decay) p, as in Keras, and is not added to the
            gradient as in PyTorch, decay · p.

    Source: Y. Nesterov (1983), Soviet Mathematics Doklady 27; I. Sutskever et al. (2013), ICML, section 2.

    >>> params, _ = SGD().step({"w": np.array([1.0])}, {"w": np.array([2.0])}, {}, 0.25)
    >>> params["w"].tolist()
    [0.5]
    """

    momentum: float = 0.0
    nesterov: bool = False
    rate_inside: bool = False
    decay: float = 0.0
    decoupled: bool = False

    def __post_init__(self) -> None:
        _checked(self, shares=("momentum",), positive=())
        if self.nesterov and not self.momentum:
            raise InputError("nesterov: SGD expected a momentum above 0 with it, got 0; give momentum=0.9")

    @classmethod
    def keras(cls, momentum: float = 0.0, nesterov: bool = False, decay: float = 0.0) -> Self:
        """As `keras.optimizers.SGD`."""
        return cls(momentum, nesterov, rate_inside=True, decay=decay, decoupled=True)

    @classmethod
    def torch(cls, momentum: float = 0.0, nesterov: bool = False, decay: float = 0.0) -> Self:
        """As `torch.optim.SGD`."""
        return cls(momentum, nesterov, decay=decay)

    def start(self, params: Tree) -> dict[str, Tree]:
        """A velocity of 0 for each parameter, if there is momentum."""
        return {"velocity": mapped(np.zeros_like, params)} if self.momentum else {}

    def step(
        self, params: Tree, gradients: Tree, state: dict[str, Tree], rate: float, *, in_place: bool = False
    ) -> tuple[Tree, dict[str, Tree]]:
        """One step down the gradient."""
        params, state = (params, state) if in_place else _copied((params, state))
        shrink, coupled = _decay(self.decay, self.decoupled, rate)
        inside, outside = (rate, 1.0) if self.rate_inside else (1.0, rate)
        for p, g, velocity in _flat(params, gradients, state.get("velocity")):
            real = p.dtype.type
            if velocity is None:
                descend(p, g, real(rate), real(shrink), real(coupled))
            else:
                scalars = (real(self.momentum), real(inside), real(outside))
                descend_with_momentum(p, g, velocity, *scalars, self.nesterov, real(shrink), real(coupled))
        return params, state


@dataclass(frozen=True, slots=True)
class RMSprop:
    """Each parameter's gradient divided by the root of the running mean of its square.

    Args:
        keep: share of the running mean that a step keeps (ρ in Keras, α in PyTorch).
        epsilon: added to the root of the mean square.
        epsilon_inside: added to the mean square under the root, as in Keras, where 1e-7 is then 3e-4 beside the root.
        momentum: on what comes out of the division.
        centred: the square of the running mean gradient is taken off, so that the variance is left.
        rate_inside: of the velocity, as in `SGD`; Keras.
        decay, decoupled: as in `SGD`.

    Source: T. Tieleman, G. Hinton (2012), Neural Networks for Machine Learning, lecture 6e; A. Graves (2013),
    arXiv:1308.0850, equations 38-41 (centred, with momentum).
    """

    keep: float = 0.9
    epsilon: float = 1e-7
    epsilon_inside: bool = False
    momentum: float = 0.0
    centred: bool = False
    rate_inside: bool = False
    decay: float = 0.0
    decoupled: bool = False

    def __post_init__(self) -> None:
        _checked(self, shares=("keep", "momentum"), positive=("epsilon",))

    @classmethod
    def keras(cls, keep: float = 0.9, momentum: float = 0.0, centred: bool = False, decay: float = 0.0) -> Self:
        """As `keras.optimizers.RMSprop`."""
        return cls(keep, 1e-7, True, momentum, centred, rate_inside=True, decay=decay, decoupled=True)

    @classmethod
    def torch(cls, keep: float = 0.99, momentum: float = 0.0, centred: bool = False, decay: float = 0.0) -> Self:
        """As `torch.optim.RMSprop`."""
        return cls(keep, 1e-8, False, momentum, centred, decay=decay)

    def start(self, params: Tree) -> dict[str, Tree]:
        """Running means of 0, and a velocity if there is momentum."""
        kept = {"square": True, "mean": self.centred, "velocity": self.momentum > 0}
        return {name: mapped(np.zeros_like, params) for name, wanted in kept.items() if wanted}

    def step(
        self, params: Tree, gradients: Tree, state: dict[str, Tree], rate: float, *, in_place: bool = False
    ) -> tuple[Tree, dict[str, Tree]]:
        """One step down the divided gradient."""
        params, state = (params, state) if in_place else _copied((params, state))
        shrink, coupled = _decay(self.decay, self.decoupled, rate)
        inside, outside = (rate, 1.0) if self.rate_inside else (1.0, rate)
        others = (state["square"], state.get("mean"), state.get("velocity"))
        for p, g, square, mean, velocity in _flat(params, gradients, *others):
            real = p.dtype.type
            divided = np.empty_like(p)
            scalars = (real(self.keep), real(1 - self.keep), real(self.epsilon))
            centre = np.empty(0, p.dtype) if mean is None else mean
            divide_by_spread(divided, g, p, square, centre, *scalars, self.epsilon_inside, real(coupled))
            if velocity is None:
                descend(p, divided, real(rate), real(shrink), real(0))
            else:
                scalars = (real(self.momentum), real(inside), real(outside))
                descend_with_momentum(p, divided, velocity, *scalars, False, real(shrink), real(0))
        return params, state


@dataclass(frozen=True, slots=True)
class Adam:
    """Running mean of the gradient over the root of that of its square, both freed of their start at 0.

    Args:
        keep_mean, keep_square: shares of the running means that a step keeps (β₁, β₂).
        epsilon: added to the root of the mean square.
        epsilon_corrected: it is added to the root after that is freed of its start at 0, as in PyTorch and in the
            paper's algorithm 1; else before, as in Keras (the paper's ε̂), where it weighs up to 32 times as much at
            first.
        decay: weight decay.
        decoupled: it shrinks the parameter, p ← (1 - rate · decay) p, which is AdamW; else it is added to the gradient
            and divided with it, as `torch.optim.Adam` does.

    Source: D. Kingma, J. Ba (2015), arXiv:1412.6980; I. Loshchilov, F. Hutter (2019), arXiv:1711.05101.

    >>> adam = Adam()
    >>> w = {"w": np.array([1.0])}
    >>> w, state = adam.step(w, {"w": np.array([1e-3])}, adam.start(w), 0.1)
    >>> round(float(w["w"][0]), 4)  # the first step is as long as the rate, however small the gradient
    0.9
    """

    keep_mean: float = 0.9
    keep_square: float = 0.999
    epsilon: float = 1e-8
    epsilon_corrected: bool = True
    decay: float = 0.0
    decoupled: bool = True

    def __post_init__(self) -> None:
        _checked(self, shares=("keep_mean", "keep_square"), positive=("epsilon",))

    @classmethod
    def keras(cls, keep_mean: float = 0.9, keep_square: float = 0.999, decay: float = 0.0) -> Self:
        """As `keras.optimizers.Adam` (and `AdamW`, whose decay is 0.004)."""
        return cls(keep_mean, keep_square, 1e-7, False, decay, True)

    @classmethod
    def torch(cls, keep_mean: float = 0.9, keep_square: float = 0.999, decay: float = 0.0) -> Self:
        """As `torch.optim.Adam`, whose decay is coupled; `AdamW.torch` decouples it."""
        return cls(keep_mean, keep_square, 1e-8, True, decay, issubclass(cls, AdamW))

    def start(self, params: Tree) -> dict[str, Tree]:
        """No steps yet, and running means of 0."""
        return {"steps": 0, "mean": mapped(np.zeros_like, params), "square": mapped(np.zeros_like, params)}

    def step(
        self, params: Tree, gradients: Tree, state: dict[str, Tree], rate: float, *, in_place: bool = False
    ) -> tuple[Tree, dict[str, Tree]]:
        """One step; it counts for all parameters alike."""
        params, state = (params, state) if in_place else _copied((params, state))
        steps = state["steps"] + 1
        shrink, coupled = _decay(self.decay, self.decoupled, rate)
        size, root = rate / (1 - self.keep_mean**steps), sqrt(1 - self.keep_square**steps)
        size, grow = (size, 1 / root) if self.epsilon_corrected else (size * root, 1.0)
        shares = (self.keep_mean, 1 - self.keep_mean, self.keep_square, 1 - self.keep_square)
        scalars = (*shares, size, grow, self.epsilon, shrink, coupled)
        real: Any = float
        typed: Any = scalars
        for p, g, mean, square in _flat(params, gradients, state["mean"], state["square"]):
            if p.dtype.type is not real:
                real = p.dtype.type
                typed = tuple(map(real, scalars))
            adapt(p, g, mean, square, *typed)
        return params, {**state, "steps": steps}


@dataclass(frozen=True, slots=True)
class AdamW(Adam):
    """Adam with decoupled weight decay, PyTorch's 0.01 unless given."""

    decay: float = 0.01


def clipped(gradients: Tree, norm: float) -> Tree:
    """The gradients, all shortened alike if their common Euclidean norm is above `norm`; what is None stays.

    Raises: InputError unless norm > 0.

    Source: R. Pascanu, T. Mikolov, Y. Bengio (2013), arXiv:1211.5063, algorithm 1.
    """
    if not norm > 0:
        raise InputError(f"norm: clipped expected a number above 0, got {norm}")
    length = gradient_norm(gradients)
    if not length > norm:
        return gradients
    return mapped(lambda g: None if g is None else g * g.dtype.type(norm / length), gradients)


def gradient_norm(gradients: Tree) -> float:
    """The common Euclidean norm of all gradients that are there."""
    return sqrt(sum(float(np.vdot(g, g)) for g in listed(gradients) if g is not None))


def _flat(params: Tree, gradients: Tree, *others: Tree | None) -> Iterator[tuple[Any, ...]]:
    """Each parameter that has a gradient, the gradient and what else belongs to it, as flat views."""
    every, of_params = listed(gradients), listed(params)
    of_others = [[None] * len(of_params) if other is None else listed(other) for other in others]
    for i, (p, g, *rest) in enumerate(zip(of_params, every, *of_others, strict=True)):
        if g is None:
            continue
        if not p.flags.c_contiguous or g.shape != p.shape:
            raise _misfit(params, i, g)
        if g.dtype != p.dtype or not g.flags.c_contiguous:
            g = np.ascontiguousarray(g, p.dtype)
        if p.ndim == 1:
            yield (p, g, *rest)
        else:
            yield (p.reshape(-1), g.reshape(-1), *(None if one is None else one.reshape(-1) for one in rest))


def _misfit(params: Tree, at: int, g: np.ndarray) -> InputError:
    name, p = list(leaves(params))[at]
    if g.shape != p.shape:
        return InputError(f"gradients: the optimiser expected shape {p.shape} for {name}, got {g.shape}")
    return InputError(f"params: the optimiser expected {name} in C order to change it in place; copy it")


def _copied(tree: Tree) -> Tree:
    return mapped(lambda leaf: np.array(leaf, order="C") if isinstance(leaf, np.ndarray) else leaf, tree)


def _decay(decay: float, decoupled: bool, rate: float) -> tuple[float, float]:
    """What the parameter is multiplied by, and what share of it is added to the gradient."""
    return (1 - rate * decay, 0.0) if decoupled else (1.0, decay)


def _checked(optimiser: Any, shares: tuple[str, ...], positive: tuple[str, ...]) -> None:
    kind = type(optimiser).__name__
    for name in shares:
        if not 0 <= getattr(optimiser, name) < 1:
            raise InputError(f"{name}: {kind} expected 0 to below 1, got {getattr(optimiser, name)}")
    for name in positive:
        if not getattr(optimiser, name) > 0:
            raise InputError(f"{name}: {kind} expected a number above 0, got {getattr(optimiser, name)}")
    if not (optimiser.decay >= 0 and isfinite(optimiser.decay)):
        raise InputError(f"decay: {kind} expected 0 or more, got {optimiser.decay}")

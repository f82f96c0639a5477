"""How spread travels through a wide network of random weights, forward and back: what theory expects of each layer.

With weights of variance σ²/n around 0 the pre-activations z of a wide layer are close to normal, N(0, q). Then q of the
next layer is σ² E[φ(z)²], and the mean square of the gradient at z is σ² E[φ'(z)²] times that at the next layer's z:
a factor for each layer, which many layers raise to a power. Where it is 1 the network is at the edge of chaos.

Source: B. Poole et al. (2016), Exponential expressivity in deep neural networks through transient chaos; S. S.
Schoenholz et al. (2017), Deep information propagation; for batch norm G. Yang et al. (2019), A mean field theory of
batch normalization.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError

_REACH, _NODES = 10.0, 2_001  # standard deviations, and places between them at which integrands are summed


@dataclass(frozen=True, slots=True)
class Curve:
    """An activation with its derivative and the most that this can be."""

    value: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    steepest: float


def _logistic(z: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * np.asarray(z, float))))


def _bell(z: np.ndarray) -> np.ndarray:
    """The derivative of the logistic function, without loss where it is small."""
    small = np.exp(-np.abs(np.asarray(z, float)))
    return np.asarray(small / (1 + small) ** 2)


CURVES: dict[str, Curve] = {
    "linear": Curve(lambda z: np.asarray(z, float), lambda z: np.ones(np.shape(z)), 1.0),
    "sigmoid": Curve(_logistic, _bell, 0.25),
    "tanh": Curve(np.tanh, lambda z: 4 * _bell(2 * np.asarray(z, float)), 1.0),
    "relu": Curve(lambda z: np.maximum(z, 0.0), lambda z: (np.asarray(z) > 0).astype(float), 1.0),
}


def activation_curve(activation: str) -> Curve:
    """The activation of that name.

    Raises: InputError for another name.

    >>> float(activation_curve("sigmoid").slope(np.array(0.0))), activation_curve("tanh").steepest
    (0.25, 1.0)
    """
    if activation not in CURVES:
        raise InputError(f"activation: expected one of {', '.join(CURVES)}, got {activation!r}")
    return CURVES[activation]


@dataclass(frozen=True, slots=True)
class ActivationMoments:
    """Of an activation φ under z from N(0, q): E[φ], E[φ²] and E[φ'²]."""

    mean: float
    square: float
    slope: float

    @property
    def variance(self) -> float:
        """E[φ²] - E[φ]²."""
        return self.square - self.mean**2


def activation_moments(activation: str, q: float) -> ActivationMoments:
    """E[φ], E[φ²] and E[φ'²] for z from N(0, q); q = 0 is z = 0.

    Raises: InputError for a q that is negative or not finite.

    >>> found = activation_moments("relu", 2.0)
    >>> round(found.mean, 6), found.square, found.slope
    (0.56419, 1.0, 0.5)
    """
    if not (math.isfinite(q) and q >= 0):
        raise InputError(f"q: activation_moments expected a variance, got {q}")
    phi = activation_curve(activation)
    if activation == "relu":
        return ActivationMoments(math.sqrt(q / (2 * math.pi)), q / 2, 0.5)
    if activation == "linear":
        return ActivationMoments(0.0, q, 1.0)
    t = np.linspace(-_REACH, _REACH, _NODES)
    weight = np.exp(-0.5 * t * t)
    weight /= weight.sum()
    z = math.sqrt(q) * t
    value, slope = phi.value(z), phi.slope(z)
    return ActivationMoments(float(weight @ value), float(weight @ value**2), float(weight @ slope**2))


def next_variance(activation: str, q: float, weight: float, bias: float = 0.0) -> float:
    """The variance of the next layer's pre-activations, σ_w² E[φ²] + σ_b²; `weight` is fan-in times weight variance.

    >>> next_variance("relu", 3.0, 2.0)
    3.0
    """
    return weight * activation_moments(activation, q).square + bias


def backward_factor(activation: str, q: float, weight: float) -> float:
    """By which the root mean square of the gradient changes over a layer, going back: √(σ_w² E[φ'²]).

    From the next layer's pre-activations to this layer's, whose variance is q; `weight` is the next layer's fan-out
    times its weight variance.

    >>> round(backward_factor("sigmoid", 0.0, 1.0), 3), backward_factor("relu", 1.0, 2.0)
    (0.25, 1.0)
    """
    return math.sqrt(weight * activation_moments(activation, q).slope)


def batch_norm_factor(activation: str) -> float:
    """The same where every layer's pre-activations are normalised by a large batch: √(E[φ'²] / Var[φ]) at q = 1.

    The spread of the weights cancels, as the norm divides by what they multiplied. It is never below 1, by Poincaré's
    inequality for the normal distribution, Var[φ] ≤ E[φ'²].

    >>> round(batch_norm_factor("relu") ** 2, 4) == round(math.pi / (math.pi - 1), 4)
    True
    """
    found = activation_moments(activation, 1.0)
    return math.sqrt(found.slope / found.variance)


@dataclass(frozen=True, slots=True)
class Expected:
    """By hidden layer, the first one first: `variance` of the pre-activations, and the backward `factor`.

    A factor is that from the layer after to this one; so there is one less than layers.
    """

    variance: tuple[float, ...]
    factor: tuple[float, ...]


def expected_flow(
    activation: str, depth: int, weight: float, first: float, *, epsilon: float | None = None
) -> Expected:
    """What a network of `depth` equally wide layers should show at its start.

    Args:
        activation: a name of `CURVES`.
        depth: of hidden layers, 1 or more.
        weight: width times the variance of the weights between two hidden layers.
        first: the variance of the first layer's pre-activations, before a norm.
        epsilon: of the batch norm that stands before each activation; None where there is none.

    Raises: InputError for a depth below 1.

    >>> expected_flow("relu", 3, 1.0, 8.0).variance
    (8.0, 4.0, 2.0)
    """
    if depth < 1:
        raise InputError(f"depth: expected_flow expected 1 hidden layer or more, got {depth}")
    raw, variance = [first], []
    for _ in range(depth):
        q = raw[-1] if epsilon is None else raw[-1] / (raw[-1] + epsilon)
        variance.append(q)
        now = activation_moments(activation, q)
        raw.append(weight * (now.square if epsilon is None else now.variance))
    factor = []
    for layer in range(depth - 1):
        through = backward_factor(activation, variance[layer], weight)
        factor.append(through if epsilon is None else through / math.sqrt(raw[layer + 1] + epsilon))
    return Expected(tuple(variance), tuple(factor))


def fixed_variance(
    activation: str, weight: float, bias: float = 0.0, *, start: float = 1.0, most: int = 10_000
) -> float:
    """Where the variance of pre-activations settles with depth; infinity where it grows for ever.

    >>> fixed_variance("tanh", 0.5) < 1e-6, fixed_variance("relu", 3.0)
    (True, inf)
    """
    q = start
    for _ in range(most):
        after = next_variance(activation, q, weight, bias)
        if after > 1e12:
            return math.inf
        if abs(after - q) <= 1e-13 * max(1.0, q):
            return after
        q = after
    return q


def edge_of_chaos(activation: str, q: float) -> tuple[float, float]:
    """The edge of chaos at which variance q stays: σ_w² and σ_b² with σ_w² E[φ'²] = 1 and q = σ_w² E[φ²] + σ_b².

    A negative σ_b² says that no network has its edge there.

    >>> edge_of_chaos("tanh", 0.0), edge_of_chaos("relu", 1.0)
    ((1.0, 0.0), (2.0, 0.0))
    """
    found = activation_moments(activation, q)
    weight = 1 / found.slope
    return weight, q - weight * found.square


def critical_weight(activation: str) -> float:
    """The σ_w² of the edge of chaos without biases: 1 for tanh, 2 for ReLU, far more for the sigmoid.

    >>> critical_weight("linear"), critical_weight("tanh"), critical_weight("relu")
    (1.0, 1.0, 2.0)
    """
    activation_curve(activation)
    if edge_of_chaos(activation, 0.0)[1] >= 0:
        return edge_of_chaos(activation, 0.0)[0]
    low, high = 1e-6, 1.0
    while edge_of_chaos(activation, high)[1] < 0:
        low, high = high, 2 * high
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if edge_of_chaos(activation, middle)[1] < 0 else (low, middle)
    return edge_of_chaos(activation, high)[0]

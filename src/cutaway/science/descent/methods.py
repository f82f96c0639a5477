"""Descent methods as steps from state to state, and the settings that are best on a quadratic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError

Method = Literal["gradient", "momentum", "nesterov", "adam", "newton"]
METHODS: tuple[Method, ...] = ("gradient", "momentum", "nesterov", "adam", "newton")
Gradient = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where a method stands: `b` (q,), what it remembers, and the number of steps taken.

    `first` (q,): the velocity of momentum and Nesterov (b minus the b before), Adam's mean of gradients. `second`
    (q,): Adam's mean of squared gradients.
    """

    b: np.ndarray
    first: np.ndarray
    second: np.ndarray
    steps: int = 0

    @classmethod
    def at(cls, b: np.ndarray) -> State:
        """At rest in b, nothing remembered."""
        b = np.asarray(b, dtype=float)
        return cls(b, np.zeros_like(b), np.zeros_like(b))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`rate`: the step η. `inertia`: β of momentum and Nesterov, β₁ of Adam. `memory`: β₂ of Adam; `floor`: its ε."""

    rate: float
    inertia: float = 0.0
    memory: float = 0.999
    floor: float = 1e-8


def gradient_step(state: State, gradient: Gradient, settings: Settings) -> State:
    """One step: b - η ∇f(b). Source: Nesterov 2004, section 1.2.3."""
    b = state.b - settings.rate * gradient(state.b)
    return State(b, b - state.b, state.second, state.steps + 1)


def momentum_step(state: State, gradient: Gradient, settings: Settings) -> State:
    """One step: b - η ∇f(b) + β (b - b before): the heavy ball.

    Source: Polyak, USSR Computational Mathematics and Mathematical Physics 4(5), 1964, equation (9).
    """
    velocity = settings.inertia * state.first - settings.rate * gradient(state.b)
    return State(state.b + velocity, velocity, state.second, state.steps + 1)


def nesterov_step(state: State, gradient: Gradient, settings: Settings) -> State:
    """One step: c - η ∇f(c) at the point looked ahead to, c = b + β (b - b before).

    Source: Nesterov 2004, section 2.2.1, scheme (2.2.11), constant step.
    """
    ahead = state.b + settings.inertia * state.first
    b = ahead - settings.rate * gradient(ahead)
    return State(b, b - state.b, state.second, state.steps + 1)


def adam_step(state: State, gradient: Gradient, settings: Settings) -> State:
    """One step: b - η m̂ / (√v̂ + ε), with m̂ and v̂ the running means of gradient and squared gradient, start corrected.

    Source: Kingma and Ba, Adam, ICLR 2015, algorithm 1.
    """
    g, k = gradient(state.b), state.steps + 1
    first = settings.inertia * state.first + (1 - settings.inertia) * g
    second = settings.memory * state.second + (1 - settings.memory) * g**2
    unbiased, spread = first / (1 - settings.inertia**k), second / (1 - settings.memory**k)
    return State(state.b - settings.rate * unbiased / (np.sqrt(spread) + settings.floor), first, second, k)


def newton_step(state: State, gradient: Gradient, settings: Settings, hessian: np.ndarray) -> State:
    """One step: b - η H⁻¹ ∇f(b); η = 1 is the full step, which ends a quadratic.

    Source: Nesterov 2004, section 1.2.4.
    """
    b = state.b - settings.rate * np.linalg.solve(hessian, gradient(state.b))
    return State(b, b - state.b, state.second, state.steps + 1)


def best_settings(method: Method, low: float, high: float) -> Settings:
    """The constant settings with the best proved rate on quadratics whose eigenvalues lie in [low, high].

    - gradient: η = 2 / (low + high); the error shrinks by (κ - 1) / (κ + 1) a step.
    - momentum: η = 4 / (√low + √high)², β = ((√κ - 1) / (√κ + 1))²; by (√κ - 1) / (√κ + 1).
    - nesterov: η = 1 / high, β = (√κ - 1) / (√κ + 1).
    - newton: η = 1.

    Raises:
        InputError: not 0 < low <= high, or Adam, for which no best setting is proved.

    Source: Polyak 1964, section 2; Nesterov 2004, theorem 2.1.15 and scheme (2.2.11).

    >>> best_settings("gradient", 1.0, 3.0).rate
    0.5
    """
    if not 0 < low <= high:
        raise InputError(f"best_settings: expected 0 < low <= high, got {low} and {high}")
    if method == "gradient":
        return Settings(rate=2 / (low + high))
    inertia = (sqrt(high) - sqrt(low)) / (sqrt(high) + sqrt(low))
    if method == "momentum":
        return Settings(rate=4 / (sqrt(low) + sqrt(high)) ** 2, inertia=inertia**2)
    if method == "nesterov":
        return Settings(rate=1 / high, inertia=inertia)
    if method == "newton":
        return Settings(rate=1.0)
    raise InputError("best_settings: expected gradient, momentum, nesterov or newton; Adam's are found by trying")


def stable_rate(method: Method, high: float, inertia: float = 0.0) -> float:
    """The step η at which the method begins to diverge on a quadratic whose largest eigenvalue is `high`.

    2 / λ for gradient descent, 2 (1 + β) / λ for momentum, 2 (1 + β) / (λ (1 + 2β)) for Nesterov, 2 for Newton.

    Raises:
        InputError: Adam, which has none that holds for all starts.

    Source: the roots of each method's recurrence along an eigenvector, as Polyak 1964 has them for momentum.

    >>> stable_rate("gradient", 4.0), stable_rate("momentum", 4.0, 0.5)
    (0.5, 0.75)
    """
    if method == "adam":
        raise InputError("stable_rate: expected gradient, momentum, nesterov or newton; Adam has no such step")
    if method == "newton":
        return 2.0
    ahead = 1 + 2 * inertia if method == "nesterov" else 1.0
    return 2 * (1 + inertia) / (high * ahead) if method != "gradient" else 2 / high


def shrinkage(method: Method, values: np.ndarray, settings: Settings) -> np.ndarray:
    """By how much a step shrinks the error along eigenvectors with these eigenvalues, in the long run.

    |1 - ηλ| for gradient descent; for momentum and Nesterov the larger root's size of their recurrence
    z² - (1 + β - ηλ) z + β and z² - (1 + β)(1 - ηλ) z + β (1 - ηλ). Above 1: it diverges.
    """
    values = np.asarray(values, dtype=float)
    if method == "adam":
        return np.full(values.shape, np.nan)
    if method == "newton":
        return np.full(values.shape, abs(1 - settings.rate))
    left, beta = 1 - settings.rate * values, settings.inertia
    if method == "gradient":
        return np.abs(left)
    if method == "momentum":
        middle, product = left + beta, np.full(values.shape, beta)
    else:
        middle, product = left * (1 + beta), left * beta
    root = np.sqrt(np.asarray(middle**2 - 4 * product, dtype=complex))
    return np.asarray(np.maximum(np.abs(middle + root), np.abs(middle - root)) / 2)

"""Runs of a method on a quadratic: its path, and its steps until the loss is close enough to the minimum."""

from __future__ import annotations

import math

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.science.descent.methods import (
    Method,
    Settings,
    State,
    adam_step,
    best_settings,
    gradient_step,
    momentum_step,
    nesterov_step,
    newton_step,
    stable_rate,
)
from cutaway.science.descent.quadratic import Quadratic

_ADAM_RATES = tuple(10.0 ** (k / 6) for k in range(-24, 7))  # of the largest coordinate's distance


def path(quadratic: Quadratic, method: Method, settings: Settings, start: np.ndarray, steps: int) -> np.ndarray:
    """The coefficients (steps + 1, q) from `start` on; a run that diverges beyond 1e150 stays there as NaN."""
    state = State.at(start)
    out = [state.b]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            if method == "newton":
                state = newton_step(state, quadratic.gradient, settings, quadratic.hessian)
            elif method == "adam":
                state = adam_step(state, quadratic.gradient, settings)
            elif method == "nesterov":
                state = nesterov_step(state, quadratic.gradient, settings)
            elif method == "momentum":
                state = momentum_step(state, quadratic.gradient, settings)
            else:
                state = gradient_step(state, quadratic.gradient, settings)
            out.append(state.b)
    whole = np.array(out)
    whole[~(np.abs(whole) < 1e150).all(axis=1)] = np.nan
    return whole


def steps_taken(
    quadratic: Quadratic,
    method: Method,
    settings: Settings,
    start: np.ndarray,
    *,
    tolerance: float = 1e-6,
    of: str = "loss",
    limit: int = 10_000_000,
) -> float:
    """Steps, really taken one by one, until the loss is within `tolerance` of its minimum, as a share of the start's.

    `of="distance"` measures the squared distance |b - b*|² instead of f(b) - f*. inf if the run diverges or needs
    more than `limit` steps.

    Raises:
        InputError: a tolerance outside (0, 1), or another `of`.
    """
    if not 0 < tolerance < 1 or of not in ("loss", "distance"):
        raise InputError(f"steps_taken: expected 0 < tolerance < 1 and of loss or distance, got {tolerance} and {of!r}")
    error = np.asarray(start, dtype=float) - quadratic.optimum
    if method == "newton":
        rate = abs(1 - settings.rate)
        if rate == 0:
            return 1.0
        return float(max(1, math.ceil(math.log(tolerance) / (2 * math.log(rate))))) if rate < 1 else math.inf
    from cutaway.science.descent.kernel import CODES, count_steps

    taken = count_steps(
        CODES[method],
        np.ascontiguousarray(quadratic.hessian),
        np.ascontiguousarray(quadratic.hessian) if of == "loss" else np.eye(len(error)),
        error,
        settings.rate,
        settings.inertia,
        settings.memory,
        settings.floor,
        tolerance,
        limit,
    )
    return float(taken) if taken >= 0 else math.inf


def gradient_steps(quadratic: Quadratic, rate: float, start: np.ndarray, tolerance: float = 1e-6) -> float:
    """The same number for gradient descent in closed form, however large: along eigenvector i the loss is multiplied
    by (1 - ηλᵢ)² a step, so the step is found by bisection. inf if it diverges.
    """
    values, _ = quadratic.eigen
    parts = quadratic.split(np.asarray(start, dtype=float))
    target = tolerance * parts.sum()
    moving = parts > 0
    factor = np.abs(1 - rate * values[moving])
    if (factor >= 1).any():
        return math.inf
    # log|1 - ηλ| loses the small ηλ of a flat direction if the 1 is added first
    small = rate * values[moving]
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = 2 * np.where(small < 0.5, np.log1p(-small), np.log(factor))

    def reached(k: float) -> bool:
        return bool((parts[moving] * np.exp(k * shrink)).sum() <= target)

    high = 1.0
    while not reached(high):
        high *= 2
    low = high / 2 if high > 1 else 0.0
    while high - low > max(0.5, high * 1e-15):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return float(max(1, math.ceil(high - 1e-9) if high < 1e15 else high))


def tuned_adam(
    quadratic: Quadratic, start: np.ndarray, *, tolerance: float = 1e-6, of: str = "loss", limit: int = 100_000
) -> tuple[Settings, float]:
    """Adam at the best of 31 rates (β₁ = 0.9, β₂ = 0.999), from 1e-4 to 10 times the largest coordinate's distance
    to the minimum, with its steps; inf if none arrives within `limit`.
    """
    reach = float(np.abs(np.asarray(start) - quadratic.optimum).max())
    best, least = Settings(rate=reach / 10, inertia=0.9), math.inf
    for share in _ADAM_RATES:
        settings = Settings(rate=share * reach, inertia=0.9)
        most = limit if math.isinf(least) else int(least) - 1
        taken = steps_taken(quadratic, "adam", settings, start, tolerance=tolerance, of=of, limit=most)
        if taken < least:
            best, least = settings, taken
    return best, least


def best_run(
    quadratic: Quadratic, method: Method, start: np.ndarray, *, tolerance: float = 1e-6
) -> tuple[Settings, float]:
    """The method at its best constant settings, with its steps until `tolerance`; gradient descent's in closed form."""
    if method == "adam":
        return tuned_adam(quadratic, start, tolerance=tolerance)
    values, _ = quadratic.eigen
    settings = best_settings(method, float(values[-1]), float(values[0]))
    if method == "gradient":
        return settings, gradient_steps(quadratic, settings.rate, start, tolerance)
    return settings, steps_taken(quadratic, method, settings, start, tolerance=tolerance)


def at_share(quadratic: Quadratic, method: Method, share: float, start: np.ndarray, *, adam: float = 0.2) -> Settings:
    """Settings whose rate is `share` of the method's stable rate, its inertia at its best.

    Adam, which has no stable rate, gets `share` times `adam` times the largest coordinate's distance to the minimum.
    """
    if method == "adam":
        return Settings(rate=share * adam * float(np.abs(start - quadratic.optimum).max()), inertia=0.9)
    values, _ = quadratic.eigen
    inertia = best_settings(method, float(values[-1]), float(values[0])).inertia
    return Settings(rate=share * stable_rate(method, float(values[0]), inertia), inertia=inertia)


def steps_by_condition(
    conditions: np.ndarray, *, tolerance: float = 1e-6, progress: Progress = silent
) -> dict[str, list[float]]:
    """Steps, really taken, until the squared distance is `tolerance` of the start's, for each condition number.

    Two eigenvalues, 1 and κ, along the axes, from an error of (½, 1): each method at its best settings; "adam_turned"
    is Adam on the same problem turned by 45°.
    """
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / math.sqrt(2)
    error = np.array([0.5, 1.0])
    out: dict[str, list[float]] = {}
    for i, condition in enumerate(conditions):
        progress("condition numbers", i, len(conditions))
        hessian = np.diag([condition, 1.0])
        straight, turned = Quadratic(hessian, np.zeros(2)), Quadratic(turn @ hessian @ turn.T, np.zeros(2))
        for method in ("gradient", "momentum", "nesterov", "newton"):
            settings = best_settings(method, 1.0, float(condition))
            taken = steps_taken(straight, method, settings, error, tolerance=tolerance, of="distance")
            out.setdefault(method, []).append(taken)
        out.setdefault("adam", []).append(tuned_adam(straight, error, tolerance=tolerance, of="distance")[1])
        found = tuned_adam(turned, turn @ error, tolerance=tolerance, of="distance")
        out.setdefault("adam_turned", []).append(found[1])
    return out

"""The Cauchy law: where the rays of a source that turns at uniform angles land on a wall.

A source stands at distance d from a straight wall and sends out rays at angles θ that are uniform over the half turn
towards it. A ray lands at x = d tan θ from the foot of the perpendicular. Since θ is uniform, P(X ≤ x) = 1/2 +
arctan(x/d)/π, whose density is the line of a resonance: d / (π (d² + x²)). It has no mean and no variance.

The same law is that of a ratio of two independent normals, of the energy of a resonance (Breit and Wigner's line, with
d half its width), of Student's t with one degree of freedom, and of the place at which a Brownian walk in the plane
first meets a wall at distance d (`first_passage`).
"""

from __future__ import annotations

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.threads import at_once

CHUNK = 1 << 20
SMALL = 1 << 16  # fewer draws are made by one thread


def cauchy_density(x: np.ndarray, *, location: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """The density 1 / (π s (1 + z²)) at x (any shape), z = (x - location) / s; NaN stays NaN.

    >>> round(float(cauchy_density(np.array(0.0))), 4)
    0.3183
    """
    z = (np.asarray(x, float) - location) / _positive(scale, "cauchy_density")
    with np.errstate(over="ignore"):  # 1 / inf is the 0 that it should be
        return np.asarray(1 / (np.pi * scale * (1 + z * z)))


def cauchy_distribution(x: np.ndarray, *, location: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """P(X ≤ x), with full relative precision in the left tail (for the right one ask for -x).

    >>> cauchy_distribution(np.array([-1.0, 0.0, 1.0])).tolist()
    [0.25, 0.5, 0.75]
    """
    z = (np.asarray(x, float) - location) / _positive(scale, "cauchy_distribution")
    return np.asarray(np.arctan2(1.0, -z) / np.pi)


def cauchy_quantile(p: np.ndarray, *, location: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """The x with P(X ≤ x) = p; -inf and inf at 0 and 1, NaN outside.

    >>> cauchy_quantile(np.array([0.0, 0.5, 1.0])).tolist()
    [-inf, 0.0, inf]
    """
    p = np.asarray(p, float)
    near = np.minimum(p, 1 - p)
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.where(near < 0.25, 1 / np.tan(np.pi * near), np.tan(np.pi * (0.5 - near)))
    z = np.where(near == 0, np.inf, np.where((p < 0) | (p > 1), np.nan, far))
    return np.asarray(location + _positive(scale, "cauchy_quantile") * np.copysign(z, p - 0.5) * (p != 0.5))


def cauchy_characteristic(t: np.ndarray, *, location: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """E exp(i t X) = exp(i location t - scale |t|), complex.

    Of the mean of n draws it is the n-th power at t/n, which is exp(-scale |t|) again: the mean of any number of draws
    is as wide as one draw.
    """
    t = np.asarray(t, float)
    return np.asarray(np.exp(1j * location * t - _positive(scale, "cauchy_characteristic") * np.abs(t)))


def cauchy_draws(n: int, *, seed: int, first: int = 0, location: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """Draws `first` to `first + n - 1` (n,) float64 of the stream that the seed names.

    The k-th draw of a stream is the same however the stream is cut, and on any number of cores. The angles are one of
    2^53 equally likely ones, so that no draw is farther out than 5.7e15 scales.

    Raises: InputError for a negative n or first, or a scale that is not positive.

    >>> a = cauchy_draws(1000, seed=1)
    >>> bool((a[700:] == cauchy_draws(300, seed=1, first=700)).all())
    True
    """
    from cutaway.science.tails import cauchy_kernel as kernel

    if n < 0 or first < 0:
        raise InputError(f"cauchy_draws: n and first must not be negative, got {n} and {first}; leave out `first`")
    _positive(scale, "cauchy_draws")
    out, key = np.empty(n), stream_key(seed)

    def part(i: int) -> None:
        kernel.draws(key, np.uint64(first + i * CHUNK), out[i * CHUNK : (i + 1) * CHUNK])

    if n <= SMALL:
        kernel.draws(key, np.uint64(first), out)
    else:
        at_once(part, -(-n // CHUNK))
    if scale != 1:
        out *= scale
    if location != 0:
        out += location
    return out


def rays(angles: np.ndarray, *, distance: float = 1.0) -> np.ndarray:
    """Where rays land on a wall: distance tan θ, θ in radians from the perpendicular, in (-π/2, π/2)."""
    return np.asarray(_positive(distance, "rays") * np.tan(np.asarray(angles, float)))


def ratio_of_normals(n: int, *, seed: int) -> np.ndarray:
    """Ratios (n,) of two independent standard normals, which are standard Cauchy.

    The pair points in a uniform direction, and the ratio is its slope.
    """
    above, below = np.random.default_rng(seed).standard_normal((2, n))
    return np.asarray(above / below)


def first_passage(n: int, *, distance: float = 1.0, seed: int, close: float = 1e-6) -> np.ndarray:
    """Where n Brownian walks in the plane that start at `distance` from a wall first meet it: (n,), along the wall.

    Walked on spheres: from a point at height h the walk leaves the circle of radius h at a uniform place, so it may
    jump there at once. It is on the wall when h is below `close` distances; the place is then wrong by about as much.
    The number of jumps grows with log(1 / close).

    Source: Muller (1956), Some Continuous Monte Carlo Methods for the Dirichlet Problem.
    """
    random = np.random.default_rng(seed)
    x, height = np.zeros(n), np.full(n, _positive(distance, "first_passage"))
    walking = np.arange(n)
    while walking.size:
        turn = random.uniform(0, 2 * np.pi, walking.size)
        radius = height[walking]
        x[walking] += radius * np.cos(turn)
        height[walking] = radius * (1 + np.sin(turn))
        walking = walking[height[walking] > close * distance]
    return x


def stream_key(seed: int) -> np.uint64:
    """The key of the stream of draws that a seed names."""
    if seed < 0:
        raise InputError(f"seed: expected a number from 0 on, got {seed}; leave out the sign")
    return np.uint64(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])


def _positive(scale: float, function: str) -> float:
    if not (scale > 0 and np.isfinite(scale)):
        raise InputError(f"scale: {function} expected a positive number, got {scale}; the standard law has 1")
    return scale

"""What stays the same along a motion of cart and pole: mean velocity, mean acceleration, mean lean, period.

The pole alone, seen from the cart, obeys (4/3) l θ'' = g sin θ - a cos θ (less the friction of its pivot), whatever
pushes the cart. So at every instant

    a = g tan θ - (4/3) l θ'' / cos θ,

and where the lean is steady a = g tan θ: in the accelerated frame gravity is tilted by arctan(a/g), and the pole stands
upright in it. The second term averages to almost nothing over a motion that repeats itself, if the average gives the
ends little weight. A least-squares line through velocities does: its slope is a mean of the accelerations in between,
weighed by a parabola that is 0 at both ends. Every mean of an acceleration here is taken with those weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.control.cart import Cart
from cutaway.science.control.rollout import Trajectory

LEAST = 20  # steps, for a slope and a period to mean something
TINY = 1e-12  # rad
RECURRENCE = 0.5  # of the autocorrelation, for a motion to count as one that repeats itself


@dataclass(frozen=True, slots=True)
class Invariants:
    """What a window of a motion keeps. SI units; angles in radians; right is positive.

    `position`, `velocity`, `acceleration` and `jerk`: the mean position, the mean velocity, the slope of the
    least-squares line through the velocities, and the change of the acceleration by the best parabola through them.
    `lean`: its mean; `equivalent`: g tan θ, averaged as the acceleration is, which by the equivalence principle the
    acceleration is. `sway`: the lean's standard deviation, `growth` that of the window's second half over that of its
    first; `wobble`: the velocity's standard deviation about its line; `stray`: the root-mean-square of the position
    about x₀ + v₀ t + ½ a t². `period` (s) is of the lean, NaN without one; `recurrence` the lean's autocorrelation
    after a period, -1 … 1. `push`: the force (N), averaged as the acceleration is; `switches`: changes of its sign a
    second. `seconds`: of the window, `middle` the time of its middle.
    """

    middle: float
    seconds: float
    position: float
    velocity: float
    acceleration: float
    jerk: float
    lean: float
    equivalent: float
    sway: float
    growth: float
    wobble: float
    stray: float
    period: float
    recurrence: float
    push: float
    switches: float


def equivalent_lean(cart: Cart, acceleration: float) -> float:
    """The lean at which a pole stands still on a cart of that acceleration (m/s²): arctan(a/g), in rad.

    >>> round(float(np.degrees(equivalent_lean(Cart(), Cart().ceiling))), 2)  # as far as a steady pole can lean
    42.85
    """
    return float(np.arctan2(acceleration, cart.gravity))


def imbalance(cart: Cart, motion: Trajectory) -> np.ndarray:
    """How far each step is from a = g tan θ - (4/3) l θ'' / cos θ (m/s²); 0 but for rounding, for Euler's integrator.

    `a` and `θ''` are the changes of velocity and spin over a step, which Euler's step takes from where it begins;
    the semi-implicit one too, as it changes velocity and spin first. Shape: (steps,).
    """
    a, turn = np.diff(motion.velocity) / cart.tau, np.diff(motion.spin) / cart.tau
    lean, spin = motion.lean[:-1], motion.spin[:-1]
    slowed = cart.friction_pole * spin / (cart.mass_pole * cart.half_length)
    return np.asarray(a - cart.gravity * np.tan(lean) + (4 / 3 * cart.half_length * turn + slowed) / np.cos(lean))


def invariants(cart: Cart, motion: Trajectory, first: int = 0, last: int | None = None) -> Invariants:
    """The invariants of a motion between two of its steps, the first included, the last one's outcome included.

    Args:
        cart: what moved.
        motion: of which `last` steps at least were made.
        first: where the window begins.
        last: where it ends; the motion's end unless given.

    Raises: InputError for a window of fewer than 20 steps, or one that reaches beyond the motion.
    """
    end = len(motion.time) - 1 if last is None else last
    if not 0 <= first <= end - LEAST or end > len(motion.time) - 1:
        raise InputError(
            f"first, last: invariants expected {LEAST} steps or more within 0 … {len(motion.time) - 1}, got "
            f"{first} … {end}; give a window inside the motion"
        )
    window = slice(first, end + 1)
    time, x, velocity, lean = (each[window] for each in (motion.time, motion.x, motion.velocity, motion.lean))
    push = motion.push[first:end]
    n = end - first
    t = time - time.mean()
    slope, mean = _slope(t, velocity), float(velocity.mean())
    line = mean + slope * t
    bend = t**2 - np.mean(t**2)
    jerk = 2 * float(bend @ (velocity - line) / (bend @ bend))
    weight = np.arange(1, n + 1) * np.arange(n, 0, -1.0)
    equivalent = cart.gravity * float(weight @ np.tan(lean[:-1]) / weight.sum())
    parabola = 0.5 * slope * t**2
    rest = x - parabola
    stray = rest - rest.mean() - _slope(t, rest) * t
    period, recurrence = recurring(lean, cart.tau)
    return Invariants(
        middle=float(time.mean()),
        seconds=n * cart.tau,
        position=float(x.mean()),
        velocity=mean,
        acceleration=slope,
        jerk=jerk,
        lean=float(lean.mean()),
        equivalent=equivalent,
        sway=float(lean.std()),
        growth=float(lean[n // 2 :].std() / max(lean[: n // 2].std(), TINY)),
        wobble=float((velocity - line).std()),
        stray=float(np.sqrt(np.mean(stray**2))),
        period=period,
        recurrence=recurrence,
        push=float(weight @ push / weight.sum()) * cart.force,
        switches=float(np.count_nonzero(np.diff(np.sign(push))) / (n * cart.tau)),
    )


def recurring(signal: np.ndarray, tau: float) -> tuple[float, float]:
    """The period of a signal (s) and its autocorrelation there; NaN and that of the best candidate if none is found.

    The signal's line is taken off. The candidate is the highest peak of the autocorrelation, each lag divided by how
    many products it has, after its first zero and before half of the signal's length, so that two periods are seen;
    it counts as a period from 0.5 on. Among peaks as good within 0.02 the first is taken, as each multiple of a period
    is one too.

    >>> t = np.arange(1000) * 0.02
    >>> period, again = recurring(np.sin(2 * np.pi * t / 1.6) + 0.01 * t, 0.02)
    >>> round(period, 2), round(again, 1)
    (1.6, 1.0)
    """
    n = len(signal)
    t = np.arange(n) - (n - 1) / 2
    centred = signal - signal.mean() - _slope(t, signal) * t
    power = float(centred @ centred)
    if power <= 1e-24 * n:
        return float("nan"), 0.0
    spectrum = np.fft.rfft(centred, 2 * n)
    lags = np.fft.irfft(spectrum * spectrum.conj())[: n // 2]
    lags = lags / np.arange(n, n - len(lags), -1.0) * n / power
    below = np.flatnonzero(lags < 0)
    if below.size == 0:
        return float("nan"), 0.0
    inner = np.arange(below[0] + 1, len(lags) - 1)
    peaks = inner[(lags[inner] >= lags[inner - 1]) & (lags[inner] > lags[inner + 1])]
    if peaks.size == 0:
        return float("nan"), 0.0
    best = float(lags[peaks].max())
    at = int(peaks[lags[peaks] >= best - 0.02][0])
    left, here, right = lags[at - 1 : at + 2]
    bent = left - 2 * here + right
    shift = 0.5 * (left - right) / bent if bent < 0 else 0.0
    return (float((at + shift) * tau) if best >= RECURRENCE else float("nan")), best


def _slope(t: np.ndarray, y: np.ndarray) -> float:
    """Of the least-squares line, for t with mean 0."""
    return float(t @ y / (t @ t))

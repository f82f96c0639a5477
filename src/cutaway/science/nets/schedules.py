"""How the learning rate goes over the steps: `schedule(step)`, where the first step is 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi

Schedule = Callable[[int], float]
"""From the number of steps made to the rate of the next."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same rate."""

    rate: float

    def __call__(self, step: int) -> float:
        """The rate of a step."""
        return self.rate


@dataclass(frozen=True, slots=True)
class Staircase:
    """The rate, multiplied by `factor` after every so many steps.

    >>> [Staircase(0.1, every=2, factor=0.5)(step) for step in range(5)]
    [0.1, 0.1, 0.05, 0.05, 0.025]
    """

    rate: float
    every: int
    factor: float = 0.1

    def __call__(self, step: int) -> float:
        """The rate of a step."""
        return self.rate * self.factor ** (step // self.every)


@dataclass(frozen=True, slots=True)
class Exponential:
    """The rate, multiplied by `factor` over so many steps, a little in each."""

    rate: float
    factor: float
    every: int = 1

    def __call__(self, step: int) -> float:
        """The rate of a step."""
        return self.rate * float(self.factor ** (step / self.every))


@dataclass(frozen=True, slots=True)
class Cosine:
    """From the rate to `least` along half a cosine, over so many steps; then it stays.

    Source: I. Loshchilov, F. Hutter (2017), arXiv:1608.03983, equation 5, without restarts.

    >>> [round(Cosine(1.0, steps=4)(step), 4) for step in range(6)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.0]
    """

    rate: float
    steps: int
    least: float = 0.0

    def __call__(self, step: int) -> float:
        """The rate of a step."""
        share = min(step, self.steps) / self.steps
        return self.least + (self.rate - self.least) * (1 + cos(pi * share)) / 2


@dataclass(frozen=True, slots=True)
class WarmUp:
    """From `start` in a straight line to where another schedule begins, over so many steps; then that schedule.

    >>> [WarmUp(Constant(1.0), steps=2)(step) for step in range(4)]
    [0.0, 0.5, 1.0, 1.0]
    """

    then: Schedule
    steps: int
    start: float = 0.0

    def __call__(self, step: int) -> float:
        """The rate of a step."""
        if step >= self.steps:
            return self.then(step - self.steps)
        return self.start + (self.then(0) - self.start) * step / self.steps

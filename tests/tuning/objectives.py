"""Objectives that other processes can import."""

from __future__ import annotations

import math
import mmap
import os
import signal
import sys
import time
from typing import Any

from cutaway.tuning import Attempt, Space, space_of

SPACE: Space = space_of(
    {
        "C": {"low": 1e-3, "high": 1e3, "log": True},
        "kernel": ["rbf", "linear"],
        "gamma": {"low": 1e-4, "high": 10.0, "log": True, "when": {"kernel": "rbf"}},
        "degree": {"low": 1, "high": 5, "when": {"kernel": ["linear"]}},
    }
)
PLANE: Space = space_of({"x": {"low": -5.0, "high": 5.0}, "n": {"low": 1, "high": 20}})


def bowl(params: dict[str, Any]) -> float:
    value: float = (math.log10(params["C"]) - 1) ** 2
    if params["kernel"] == "rbf":
        return value + (math.log10(params["gamma"]) + 2) ** 2
    return value + 2 + 0.1 * float(params["degree"])


def plane(params: dict[str, Any]) -> float:
    return float((params["x"] - 1) ** 2 + 0.1 * params["n"])


def slow_plane(params: dict[str, Any]) -> float:
    time.sleep(0.02)
    return plane(params)


def lucky(params: dict[str, Any], attempt: Attempt) -> float:
    """Depends on the trial's own seed."""
    return plane(params) + attempt.seed / 2**32


def climbing(params: dict[str, Any], attempt: Attempt) -> float:
    value = 0.0
    for step in range(1, 28):
        value = plane(params) * (1 + 1 / step)
        attempt.report(step, value)
    return value


def troubled(params: dict[str, Any], attempt: Attempt) -> float:
    """Every trial goes wrong in its own way, but for each seventh."""
    kind = attempt.number % 7
    if kind == 1:
        raise ZeroDivisionError("it divides\nby nothing")
    if kind == 2:
        return math.nan
    if kind == 3:
        time.sleep(60)
    if kind == 4:
        return float(len(bytearray(3_000_000_000)))
    if kind == 5:
        os.kill(os.getpid(), signal.SIGSEGV)
    if kind == 6:
        sys.exit("enough")
    return plane(params)


def hoarding(params: dict[str, Any]) -> float:
    """Takes memory that no limit of the system's own on data counts."""
    with mmap.mmap(-1, 900_000_000) as shared:
        for _ in range(900):
            shared.write(bytes(1_000_000))
        time.sleep(60)
    return 0.0


def worded(params: dict[str, Any]) -> Any:
    return "0.5 or so"


def interrupting(params: dict[str, Any], attempt: Attempt) -> float:
    if attempt.number == 6:
        raise KeyboardInterrupt
    return plane(params)


class Unpicklable:
    """No other process can have it."""

    def __call__(self, params: dict[str, Any]) -> float:
        return 0.0

    def __reduce__(self) -> Any:
        raise TypeError("it stays here")


def napping(params: dict[str, Any]) -> float:
    time.sleep(3)
    return 0.0

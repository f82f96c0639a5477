"""The classes of solution for the study of cart and pole: hundreds of trained agents as a table, and what they keep."""

from __future__ import annotations

import json
import math
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.studies.run.cart_learners import written
from cutaway.studies.run.result import Table

if TYPE_CHECKING:
    from cutaway.studies.run.carts import Agent

KINDS = ("still", "uniform velocity", "constant acceleration", "limit cycle", "runaway", "unsettled", "fell")
"""As `science.control.KINDS` has them, which is imported late."""
LEAN = 1.0
"""Degrees from which an agent is said to lean; below, its pushes blur the acceleration."""


def population() -> tuple[Agent, ...]:
    """All agents that are packaged."""
    from cutaway.studies.run.carts import agents

    return agents()


@cache
def table() -> Table:
    """A row for each agent; angles in degrees, times in seconds, its policy as JSON."""
    rows = [_row(one) for one in population()]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return Table(columns, note="a trained agent: its limits, what it sees, its motion's class and what that keeps")


def _row(one: Agent) -> dict[str, Any]:
    kept = one.invariants
    tau = 0.02
    return {
        "agent": one.number,
        "learner": one.learner,
        "sees": len(one.sees),
        "endless": one.unlimited,
        "lean_left": round(math.degrees(one.limits.lean_left), 1),
        "lean_right": round(math.degrees(one.limits.lean_right), 1),
        "parent": one.parent,
        "kind": KINDS.index(one.kind),
        "survival": one.survival,
        "velocity": kept.velocity if kept else None,
        "acceleration": kept.acceleration if kept else None,
        "lean": math.degrees(kept.lean) if kept else None,
        "wall": one.settled_steps * tau,
        "predicted": one.predicted if math.isfinite(one.predicted) else None,
        "policy": json.dumps(short(written(one.policy)), separators=(",", ":")),
    }


def short(told: dict[str, Any]) -> dict[str, Any]:
    """The same with parameters of single precision in as few digits as tell them apart.

    >>> short({"weights": [float(np.float32(0.1))]})
    {'weights': [0.1]}
    """
    return {
        name: [float(str(np.float32(each))) for each in value] if isinstance(value, list) else value
        for name, value in told.items()
    }


@cache
def numbers() -> dict[str, float]:
    """What the agents have in common: how their classes keep the laws, and where each class is found."""
    from cutaway.science import control

    cart, every = control.Cart(), population()
    alive = [one for one in every if one.invariants is not None]
    kept = {one.number: one.invariants for one in every if one.invariants is not None}
    leaning = [
        one for one in alive if one.kind == "constant acceleration" and abs(kept[one.number].lean) > math.radians(LEAN)
    ]
    laws = [control.verdict(cart, kept[one.number]) for one in leaning]
    walls = [one.settled_steps * cart.tau / one.predicted for one in leaning if one.predicted > 0]
    purest = [
        Counter(one.kind for one in alive if one.cluster == k).most_common(1)[0][1]
        for k in range(max(one.cluster for one in alive) + 1)
    ]
    free = [one for one in every if one.unlimited and one.parent < 0]
    walled = [one for one in every if not one.unlimited]
    one_sided = [one for one in free if one.limits.lean_left > -0.1 and one.limits.lean_right > 0.5]
    blind = [one for one in one_sided if len(one.sees) == 2]
    ended = [one for one in every if one.parent >= 0 and one.limits.lean_right < 0.1]
    return {
        "agents": float(len(every)),
        "agents_off_law": max(each.equivalence for each in laws),
        "agents_ceiling": max(each.ceiling for each in laws),
        "agents_off_wall": float(np.median(np.abs(np.array(walls) - 1))),
        "clustered": sum(purest) / sum(one.cluster >= 0 for one in alive),
        "still_walled": share(walled, "still"),
        "accelerating_walled": share(walled, "constant acceleration"),
        "accelerating_blind": share(blind, "constant acceleration"),
        "still_after_curriculum": share(ended, "still"),
    }


def share(chosen: list[Agent], kind: str) -> float:
    """Of these agents, those whose motion is so called."""
    return sum(one.kind == kind for one in chosen) / len(chosen)

"""Hundreds of trained carts, as tools/train_carts.py stored them: what each was trained under and what it became."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from cutaway.science.control import KINDS, Invariants, Limits, Policy, linear, neural
from cutaway.science.metrics import wilson

LEARNERS = ("cem", "reinforce", "ppo")
SENSES = ("x velocity lean spin", "velocity lean spin", "lean spin")
OBSERVED = 2026  # the seed of the starts from which every agent was described


@dataclass(frozen=True, slots=True, eq=False)
class Agent:
    """A trained agent. For `kind` to `predicted` see `control.Description`, of which they are the fields.

    `parent`: the number of the agent whose policy it was trained on from, -1 for none. `sees`: the coordinates that it
    is given. `trained_steps`: steps of the environment that its training took, a parent's not among them. `cluster`:
    of the density clusters of all agents that did not fall, the largest 0; -1 for none.
    """

    number: int
    learner: str
    seed: int
    parent: int
    sees: tuple[str, ...]
    limits: Limits
    policy: Policy
    trained_steps: int
    kind: str
    agreement: float
    start: int
    survival: float
    length: float
    steps: float
    wall_steps: float
    wall_share: float
    settled_steps: float
    predicted: float
    invariants: Invariants | None
    cluster: int

    @property
    def unlimited(self) -> bool:
        """Whether the track that it was trained on has no end."""
        return self.limits.unlimited


@cache
def agents() -> tuple[Agent, ...]:
    """All of them, in the order of their numbers."""
    import pyarrow.parquet as pq

    with as_file(files("cutaway").joinpath("data", "carts.parquet")) as path:
        rows = pq.read_table(path).to_pylist()
    measured = [each.name for each in fields(Invariants)]
    plain = ("learner", "seed", "parent", "trained_steps", "kind", "agreement", "start", "survival", "length")
    seen = ("steps", "wall_steps", "wall_share", "settled_steps", "predicted", "cluster")
    out = []
    for row in rows:
        parameters = np.asarray(row["parameters"], float)
        if row["policy"] == "linear":
            policy = linear(parameters)
        else:
            policy = neural(parameters, row["hidden"], activation=row["activation"])
        out.append(
            Agent(
                number=row["agent"],
                sees=tuple(row["sees"].split()),
                limits=Limits(row["left"], row["right"], row["lean_left"], row["lean_right"]),
                policy=policy,
                invariants=None if row["kind"] == "fell" else Invariants(**{name: row[name] for name in measured}),
                **{name: row[name] for name in (*plain, *seen)},
            )
        )
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of n agents are of a kind, with the interval of the share (Wilson's, 95 %)."""

    kind: str
    count: int
    n: int
    low: float
    high: float


def shares(chosen: Sequence[Agent]) -> tuple[Share, ...]:
    """How many of these agents are of each kind, in the order of `KINDS`.

    >>> [one.count for one in shares([])]
    [0, 0, 0, 0, 0, 0, 0]
    """
    n = len(chosen)
    counts = [sum(agent.kind == name for agent in chosen) for name in KINDS]
    return tuple(Share(name, k, n, *wilson(k, n)) for name, k in zip(KINDS, counts, strict=True))

"""Train carts under a grid of limits and keep what they became: python tools/train_carts.py [cem] [reinforce] [ppo].

Writes src/cutaway/data/carts.parquet, one row an agent, described in carts.md beside it. Seeds are fixed: an agent is
the same whenever and beside whatever else it is trained. Without arguments all learners train; with some, the agents
of the others are taken from the file; with "look" alone all are. All are looked at anew.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from itertools import islice
from math import inf, radians
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cutaway.science.control import (
    COORDINATES,
    ActorCritic,
    Cart,
    Generation,
    Limits,
    Policy,
    Reinforce,
    actor_critic,
    coordinates,
    density_clusters,
    described,
    generations,
    linear,
    reinforce,
    rollout,
)
from cutaway.science.control.invariants import Invariants
from cutaway.studies.run.carts import OBSERVED, agents

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "carts.parquet"
CART = Cart()
TRACKS = (2.4, inf)
LEANS = ((-radians(12), radians(12)), (-0.06, radians(30)), (-radians(30), radians(30)), (-0.06, 0.06))
SENSES = (("x", "velocity", "lean", "spin"), ("velocity", "lean", "spin"), ("lean", "spin"))
CURRICULUM = (radians(20), radians(12), radians(6), 0.06)  # what the right limit shrinks to, from 30°
SEEDS = {"cem": 24, "reinforce": 4, "ppo": 3}


@dataclass(frozen=True)
class Trained:
    """An agent before it is looked at. `parent`: the number of the agent it was trained on from, -1 for none."""

    learner: str
    seed: int
    sees: tuple[str, ...]
    limits: Limits
    policy: Policy
    steps: int
    parent: int = -1


def grid() -> Iterator[tuple[Limits, tuple[str, ...]]]:
    """Every limits with every choice of senses."""
    for track in TRACKS:
        for lean in LEANS:
            for sees in SENSES:
                yield Limits(-track, track, *lean), sees


def searched(
    limits: Limits, sees: tuple[str, ...], seed: int, begun: np.ndarray | None = None, *, rounds: int = 40
) -> tuple[Policy, int]:
    """A linear policy by the cross-entropy method, and the steps that it took.

    40 candidates a round, 8 starts each; the best 8 give the next mean and spread, with no noise added, so that what is
    not seen keeps a weight of 0. The spread begins at 1, or at a quarter of the largest weight to begin from. It ends
    when the mean policy lasts from each of 100 fresh starts.
    """
    seen = np.array([name in sees for name in COORDINATES] + [True])
    mean = np.zeros(5) if begun is None else begun
    spread = np.where(seen, 1.0 if begun is None else np.abs(begun).max() / 4, 0.0)
    first = Generation(mean, spread, None, np.zeros(0), np.zeros(0, np.int64), 0, 0)
    search = generations(CART, limits, population=40, elite=0.2, episodes=8, noise=0.0, seed=seed, after=first)
    tried = 0
    for found in islice(search, rounds):
        mean = found.mean
        fresh = rollout(CART, limits, linear(mean), 100, seed=1000 * (seed + 1) + found.number)
        tried += int(fresh.lengths.sum())
        if fresh.lasted.all():
            break
    return linear(rounded(mean / np.abs(mean).max())), found.steps + tried


def rounded(parameters: np.ndarray) -> np.ndarray:
    """As they are written down: in single precision."""
    return np.asarray(parameters).astype(np.float32).astype(float)


def by_search() -> Iterator[Trained]:
    """The grid by the cross-entropy method, and the curriculum after it."""
    first: dict[tuple[Limits, tuple[str, ...], int], int] = {}
    weights: dict[int, np.ndarray] = {}
    number = 0
    for limits, sees in grid():
        for seed in range(SEEDS["cem"]):
            policy, steps = searched(limits, sees, seed)
            first[limits, sees, seed], weights[number] = number, policy.parameters
            number += 1
            yield Trained("cem", seed, sees, limits, policy, steps)
    wide = Limits(-inf, inf, -0.06, radians(30))
    for sees in SENSES:
        for seed in range(SEEDS["cem"]):
            parent = first[wide, sees, seed]
            for stage, right in enumerate(CURRICULUM, 1):
                limits = replace(wide, lean_right=right)
                policy, steps = searched(limits, sees, 1000 * stage + seed, weights[parent])
                yield Trained("cem", seed, sees, limits, policy, steps, parent)
                parent, weights[number] = number, policy.parameters
                number += 1


def by_gradient(learner: str) -> Iterator[Trained]:
    """The grid by REINFORCE or PPO."""
    for limits, sees in grid():
        for seed in range(SEEDS[learner]):
            if learner == "reinforce":
                training = reinforce(CART, limits, Reinforce(sees=sees), seed=seed)
            else:
                training = actor_critic(CART, limits, ActorCritic(sees=sees), seed=seed)
            policy = replace(training.policy, parameters=rounded(training.policy.parameters))
            yield Trained(learner, seed, sees, limits, policy, training.history[-1].steps)


def row(one: Trained) -> dict[str, Any]:
    """What is written of an agent, but its number and its cluster."""
    found = described(CART, one.limits, one.policy, seed=OBSERVED)
    measured = {each.name: float("nan") for each in fields(Invariants)}
    if found.invariants is not None:
        measured = {name: float(value) for name, value in asdict(found.invariants).items()}
    told = {each.name: getattr(found, each.name) for each in fields(found) if each.name != "invariants"}
    return {
        "learner": one.learner,
        "seed": one.seed,
        "parent": one.parent,
        "sees": " ".join(one.sees),
        "left": one.limits.left,
        "right": one.limits.right,
        "lean_left": one.limits.lean_left,
        "lean_right": one.limits.lean_right,
        "policy": one.policy.kind,
        "hidden": one.policy.hidden,
        "activation": one.policy.activation if one.policy.kind == "neural" else "",
        "parameters": one.policy.parameters.tolist(),
        "trained_steps": one.steps,
        **told,
        **measured,
    }


TYPES = {"seed": pa.int16(), "parent": pa.int16(), "hidden": pa.int8(), "start": pa.int8(), "cluster": pa.int16()}
TYPES |= {name: pa.float64() for name in ("left", "right", "lean_left", "lean_right")} | {"trained_steps": pa.int64()}
NAMES = ("learner", "sees", "policy", "activation", "kind")


def write(rows: list[dict[str, Any]]) -> None:
    """Number the agents, cluster those that did not fall, and write."""
    alive = [i for i, each in enumerate(rows) if each["kind"] != "fell"]
    names = [each.name for each in fields(Invariants)]
    points = coordinates(CART, [Invariants(**{name: rows[i][name] for name in names}) for i in alive])
    for each in rows:
        each["cluster"] = -1
    for i, label in zip(alive, density_clusters(points), strict=True):
        rows[i]["cluster"] = int(label)
    columns = {"agent": pa.array(range(len(rows)), pa.int16())}
    for name in rows[0]:
        values = [each[name] for each in rows]
        if name in NAMES:
            columns[name] = pa.array(values).dictionary_encode()
        elif name == "parameters":
            columns[name] = pa.array(values, pa.list_(pa.float32()))
        else:
            columns[name] = pa.array(values, TYPES.get(name, pa.float32()))
    pq.write_table(pa.table(columns), OUT, compression="zstd", compression_level=19)


def stored(learner: str) -> list[Trained]:
    """The agents of a learner as they are in the file."""
    found = [one for one in agents() if one.learner == learner] if OUT.exists() else []
    return [
        Trained(one.learner, one.seed, one.sees, one.limits, one.policy, one.trained_steps, one.parent) for one in found
    ]


def main(learners: list[str]) -> None:
    """Train, look, write."""
    rows: list[dict[str, Any]] = []
    for learner in SEEDS:
        begun = time.monotonic()
        if learner not in (learners or SEEDS):
            trained = stored(learner)
        else:
            trained = list(by_search() if learner == "cem" else by_gradient(learner))
        print(f"{learner}: {len(trained)} agents in {time.monotonic() - begun:.0f} s", flush=True)
        rows += [row(one) for one in trained]
    write(rows)


if __name__ == "__main__":
    main(sys.argv[1:])

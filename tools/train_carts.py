"""Train carts under a grid of limits and keep what they became: python tools/train_carts.py [cem] [reinforce] [ppo].

Writes src/cutaway/data/carts.parquet, one row an agent, described in carts.md beside it. Seeds are fixed: an agent is
the same whenever and beside whatever else it is trained. Without arguments all learners train; with some, the rows of
the others stay as they are in the file.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from math import inf, radians
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cutaway.science.control import (
    ActorCritic,
    Cart,
    Limits,
    Policy,
    Reinforce,
    actor_critic,
    coordinates,
    density_clusters,
    described,
    linear,
    reinforce,
    rollout,
)
from cutaway.science.control.invariants import Invariants
from cutaway.science.nets import random

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "carts.parquet"
CART = Cart()
TRACKS = (2.4, inf)
LEANS = ((-radians(12), radians(12)), (-0.06, radians(30)), (-radians(30), radians(30)), (-0.06, 0.06))
SENSES = (("x", "velocity", "lean", "spin"), ("velocity", "lean", "spin"), ("lean", "spin"))
CURRICULUM = (radians(20), radians(12), radians(6), 0.06)  # what the right limit shrinks to, from 30°
SEEDS = {"cem": 16, "reinforce": 4, "ppo": 4}
OBSERVED = 2026  # the seed of the starts from which every agent is described


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
    limits: Limits, sees: tuple[str, ...], seed: int, begun: np.ndarray | None = None, *, generations: int = 40
) -> tuple[Policy, int]:
    """A linear policy by the cross-entropy method, and the steps that it took.

    40 candidates a generation, 8 starts each; the best 8 give the next mean and spread. The spread begins at 1, or at a
    quarter of the largest weight to begin from. It ends when the mean policy lasts from each of 100 fresh starts.
    """
    draw = random((seed, 5, 0, 0))
    seen = np.array([name in sees for name in ("x", "velocity", "lean", "spin")] + [True])
    mean = np.zeros(5) if begun is None else begun
    spread = np.where(seen, 1.0 if begun is None else np.abs(begun).max() / 4, 0.0)
    steps = 0
    for _ in range(generations):
        weights = mean + spread * draw.standard_normal((40, 5))
        lengths = rollout(CART, limits, linear(weights), 8, seed=int(draw.integers(2**62))).lengths
        best = weights[np.argsort(-lengths.mean(axis=1), kind="stable")[:8]]
        mean, spread = best.mean(axis=0), np.where(seen, best.std(axis=0) + 1e-3, 0.0)
        tried = rollout(CART, limits, linear(mean), 100, seed=int(draw.integers(2**62)))
        steps += int(lengths.sum() + tried.lengths.sum())
        if tried.lasted.all():
            break
    return linear(rounded(mean / np.abs(mean).max())), steps


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


SHORT = {"seed": pa.int16(), "parent": pa.int16(), "hidden": pa.int8(), "start": pa.int8(), "cluster": pa.int16()}
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
            columns[name] = pa.array(values, SHORT.get(name))
    pq.write_table(pa.table(columns), OUT, compression="zstd", compression_level=19)


def main(learners: list[str]) -> None:
    """Train, look, write."""
    old = pq.read_table(OUT).to_pylist() if OUT.exists() else []
    rows: list[dict[str, Any]] = []
    for learner in SEEDS:
        if learner not in (learners or SEEDS):
            kept = [each for each in old if each["learner"] == learner]
            rows += [{name: value for name, value in each.items() if name not in ("agent", "cluster")} for each in kept]
            continue
        begun = time.monotonic()
        mine = [row(one) for one in (by_search() if learner == "cem" else by_gradient(learner))]
        rows += mine
        print(f"{learner}: {len(mine)} agents in {time.monotonic() - begun:.0f} s", flush=True)
        write(rows)
    write(rows)


if __name__ == "__main__":
    main(sys.argv[1:])

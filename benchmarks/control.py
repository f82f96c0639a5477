"""Carts beside Gymnasium's CartPole-v1: its vectorised environment and its single one; results asserted equal first.

    python benchmarks/control.py [--rounds 15]

Three kinds of work, each in steps of a cart per second:

- `episodes`: n carts under one linear policy from the same starts until all have taken 500 steps. Gymnasium's policy
  is one product of NumPy's for all carts; ours runs inside the compiled loop (`control.rollout`).
- `stepped`: n carts are pushed by given random pushes, one call a step, and begin anew where they fall
  (`control.Carts`, which is stepped as Gymnasium's environment is).
- `single`: one cart of Gymnasium's under the same policy, without its checks, beside our episodes.

What is asserted before: the vectorised environment and `Carts` give the same rewards, ends and states over 200,000
steps, and policies that let the pole fall do so after the same number of steps in both. Gymnasium is measured with
several numbers of carts and is compared where it is fastest. Times are taken in turn (A B A B …); ratios are medians
over the rounds, with the smallest and the largest, once by the clock and once by the processor's time of all
threads, which a busy machine disturbs less. Results go to benchmarks/results/control.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium
import numba
import numpy as np

from cutaway.core.threads import cores
from cutaway.science.control import Cart, Carts, Limits, linear, random_starts, rollout

HERE = Path(__file__).parent
CARTS = (1024, 4096, 16384, 65536)
KEEPS = np.array([0.0, 0.5, 3.0, 1.0])
STEPS = 500


def vectorised(n: int) -> Any:
    env = gymnasium.make_vec("CartPole-v1", num_envs=n, vectorization_mode="vector_entry_point").unwrapped
    env.reset(seed=0)
    return env


def same_steps(n: int = 1000, steps: int = 200) -> float:
    """How far states are apart at most within an episode, after the same starts and pushes; ends must be equal."""
    env, carts, rng, apart = vectorised(n), Carts(n), np.random.default_rng(1), 0.0
    carts.states = env.state.T
    for _ in range(steps):
        begun, actions = env.prev_done.copy(), rng.integers(0, 2, n)
        _, rewards, terminated, truncated, _ = env.step(actions)
        found = carts.step(actions)
        assert (found.rewards == rewards).all()
        assert (found.terminated == terminated).all() and (found.truncated == truncated).all()
        states = carts.states
        apart = max(apart, float(abs(states - env.state.T)[~begun].max()))
        states[begun] = env.state.T[begun]
        carts.states = states
    assert apart < 1e-12, apart
    return apart


def same_lengths(policies: int = 20, n: int = 200) -> float:
    """The share of episodes of random linear policies that last equally long in both."""
    weights = np.random.default_rng(2).normal(size=(policies, 4))
    starts = random_starts(Limits(), n, seed=1)
    ours = rollout(Cart(), Limits(), linear(np.pad(weights, ((0, 0), (0, 1)))), starts).lengths
    equal = 0
    for w, own in zip(weights, ours, strict=True):
        env, lengths = vectorised(n), np.zeros(n, np.int64)
        env.state = starts.T.copy()
        for t in range(STEPS):
            _, _, terminated, truncated, _ = env.step((w @ env.state > 0).astype(np.int64))
            lengths[(lengths == 0) & (terminated | truncated)] = t + 1
            if lengths.all():
                break
        equal += int((lengths == own).sum())
    assert equal > 0.995 * ours.size, equal / ours.size
    return equal / ours.size


def played(env: Any) -> int:
    """Steps that Gymnasium's carts take under the policy, from new starts."""
    seen, _ = env.reset(seed=1)
    w = KEEPS.astype(np.float32)
    for _ in range(STEPS):
        seen, _, _, _, _ = env.step((seen @ w > 0).astype(np.int64))
    return STEPS * len(seen)


def rolled(n: int) -> int:
    lengths = rollout(Cart(), Limits(), linear(np.append(KEEPS, 0.0)), n, seed=1).lengths
    assert (lengths == STEPS).all()
    return int(lengths.sum())


def pushed(carts: Any, actions: list[np.ndarray]) -> int:
    for one in actions:
        carts.step(one)
    return sum(len(one) for one in actions)


def single(env: Any, steps: int = 5_000) -> int:
    seen, _ = env.reset(seed=1)
    w0, w1, w2, w3 = KEEPS.tolist()
    for _ in range(steps):
        x, v, lean, spin = seen.tolist()
        seen, _, terminated, truncated, _ = env.step(int(w0 * x + w1 * v + w2 * lean + w3 * spin > 0))
        if terminated or truncated:
            seen, _ = env.reset()
    return steps


def rates(work: dict[str, Callable[[], int]], rounds: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Steps per second of each, round by round, taken in turn; and steps per second of processor time."""
    found: dict[str, list[float]] = {name: [] for name in work}
    busy: dict[str, list[float]] = {name: [] for name in work}
    for call in work.values():
        call()
    for _ in range(rounds):
        for name, call in work.items():
            start, used = time.perf_counter(), time.process_time()
            steps = call()
            found[name].append(steps / (time.perf_counter() - start))
            busy[name].append(steps / (time.process_time() - used))
    return found, busy


def ratio(fast: list[float], slow: list[float]) -> dict[str, float]:
    each = [a / b for a, b in zip(fast, slow, strict=True)]
    return {
        "median": statistics.median(each),
        "least": min(each),
        "most": max(each),
        "of_best_rates": max(fast) / max(slow),
    }


def fastest(found: dict[str, list[float]], who: str) -> str:
    return max((name for name in found if name.startswith(who)), key=lambda name: max(found[name]))


def compared(found: dict[str, list[float]], busy: dict[str, list[float]], theirs: str, ours: str) -> dict[str, Any]:
    a, b = fastest(found, ours), fastest(found, theirs)
    return {
        "fastest": [b, a],
        "ours_over_gymnasiums": ratio(found[a], found[b]),
        "for_each_second_of_a_core": ratio(busy[fastest(busy, ours)], busy[fastest(busy, theirs)]),
        "at_the_same_number": {
            name.removeprefix(ours): ratio(found[name], found[theirs + name.removeprefix(ours)])
            for name in found
            if name.startswith(ours) and theirs + name.removeprefix(ours) in found
        },
        "steps_per_second": {name: max(each) for name, each in found.items()},
        "rounds": found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    report: dict[str, Any] = {
        "cores": cores(),
        "machine": platform.machine(),
        "gymnasium": gymnasium.__version__,
        "numpy": np.__version__,
        "numba": numba.__version__,
        "load_before": os.getloadavg()[0],
        "apart_within_an_episode": same_steps(),
        "share_of_equal_lengths": same_lengths(),
    }
    print(json.dumps(report, indent=1))
    one = gymnasium.make("CartPole-v1", disable_env_checker=True)
    episodes: dict[str, Callable[[], int]] = {"gymnasium_single": partial(single, one)}
    for n in CARTS[:3]:
        episodes[f"gymnasium_{n}"] = partial(played, vectorised(n))
        episodes[f"cutaway_{n}"] = partial(rolled, n)
    found, busy = rates(episodes, rounds)
    alone, _ = found.pop("gymnasium_single"), busy.pop("gymnasium_single")
    report["episodes"] = compared(found, busy, "gymnasium_", "cutaway_")
    report["single"] = {
        "ours_over_gymnasiums": ratio(found[fastest(found, "cutaway_")], alone),
        "steps_per_second": max(alone),
        "rounds": alone,
    }
    stepped: dict[str, Callable[[], int]] = {}
    rng = np.random.default_rng(3)
    for n in CARTS:
        actions = [rng.integers(0, 2, n) for _ in range(max(8, 1_000_000 // n))]
        stepped[f"gymnasium_{n}"] = partial(pushed, vectorised(n), actions)
        stepped[f"cutaway_{n}"] = partial(pushed, Carts(n), actions)
    report["stepped"] = compared(*rates(stepped, rounds), "gymnasium_", "cutaway_")
    report["load_after"] = os.getloadavg()[0]
    for name in ("episodes", "single", "stepped"):
        print(f"{name}:", json.dumps({k: v for k, v in report[name].items() if k != "rounds"}, indent=1))
    (HERE / "results" / "control.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

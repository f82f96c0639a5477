"""Weighted focal loss with its gradient beside PyTorch in eager mode; results asserted equal first.

    python benchmarks/losses.py [--rows 10000000] [--rounds 7]

PyTorch computes it in three ways, each with two threads, and the fastest is the competitor: as torchvision writes it
(formula as published, not that package), with softplus (`losses.focal` on tensors), and by logsigmoid with as few
operations as there can be. Its gradient is reset, not added to, so that it does no more than is asked. `read` is NumPy
summing the logits once, on one core. Times are taken in turn (A B A B …) in one process; ratios are the median over
the rounds, with the smallest and the largest, and that of the best times, which a busy machine disturbs least. Results
go to benchmarks/results/losses.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cutaway import losses
from cutaway.core.threads import cores

HERE = Path(__file__).parent
ALPHA = 0.25


def data(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    z = 2 * rng.standard_normal(rows, np.float32) - 2
    return z, (rng.random(rows, np.float32) < 0.1).astype(np.float32), rng.random(rows, np.float32)


def torchvisions(z: torch.Tensor, y: torch.Tensor, w: torch.Tensor, gamma: float) -> torch.Tensor:
    p = torch.sigmoid(z)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")
    p_t = p * y + (1 - p) * (1 - y)
    loss = entropy * (1 - p_t) ** gamma
    return ((ALPHA * y + (1 - ALPHA) * (1 - y)) * loss * w).mean()


def shortest(z: torch.Tensor, y: torch.Tensor, w: torch.Tensor, gamma: float) -> torch.Tensor:
    """For hard labels: one sign, one logsigmoid, one sigmoid."""
    u = (2 * y - 1) * z
    weight = w * torch.lerp(torch.tensor(1 - ALPHA), torch.tensor(ALPHA), y)
    return -(weight * torch.sigmoid(-u) ** gamma * torch.nn.functional.logsigmoid(u)).mean()


def ours_on_tensors(z: torch.Tensor, y: torch.Tensor, w: torch.Tensor, gamma: float) -> torch.Tensor:
    return losses.focal(z, y, gamma=gamma, alpha=ALPHA, weight=w)  # type: ignore[no-any-return]


def with_gradient(
    formula: Callable[..., torch.Tensor], z: torch.Tensor, y: torch.Tensor, w: torch.Tensor, gamma: float
) -> tuple[float, np.ndarray]:
    value = formula(z, y, w, gamma)
    (gradient,) = torch.autograd.grad(value, z)
    return value.item(), gradient.numpy()


def ratio(slow: list[float], fast: list[float]) -> dict[str, float]:
    each = [a / b for a, b in zip(slow, fast, strict=True)]
    return {
        "median": statistics.median(each),
        "least": min(each),
        "most": max(each),
        "of_best_times": min(slow) / min(fast),
    }


def measured(rows: int, rounds: int, gamma: float) -> dict[str, Any]:
    z, y, w = data(rows)
    tensors = torch.from_numpy(z).requires_grad_(True), torch.from_numpy(y), torch.from_numpy(w)
    work: dict[str, Callable[[], Any]] = {
        "cutaway": lambda: losses.focal_value_and_gradient(z, y, gamma=gamma, alpha=ALPHA, weight=w),
        "torch_torchvision": lambda: with_gradient(torchvisions, *tensors, gamma),
        "torch_logsigmoid": lambda: with_gradient(shortest, *tensors, gamma),
        "torch_losses_focal": lambda: with_gradient(ours_on_tensors, *tensors, gamma),
    }
    value, gradient = work["cutaway"]()
    for name, call in work.items():
        theirs, slope = call()
        assert abs(theirs / value - 1) < 1e-5, (name, theirs, value)
        assert np.abs(slope - gradient).max() < 1e-5 * np.abs(gradient).max(), name
    work["read"] = lambda: z.sum()
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, call in work.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    best = min((name for name in work if name.startswith("torch")), key=lambda name: min(seconds[name]))
    return {
        "value": value,
        "fastest_torch": best,
        "fastest_torch_over_cutaway": ratio(seconds[best], seconds["cutaway"]),
        **{f"{n}_over_cutaway": ratio(s, seconds["cutaway"]) for n, s in seconds.items() if n.startswith("torch")},
        "cutaway_over_reading_once": ratio(seconds["cutaway"], seconds["read"]),
        "seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(2)
    report: dict[str, Any] = {
        "rows": options.rows,
        "dtype": "float32",
        "torch_threads": torch.get_num_threads(),
        "cores": cores(),
        "machine": platform.machine(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
    for gamma in (2.0, 1.5):
        report[f"gamma_{gamma:g}"] = found = measured(options.rows, options.rounds, gamma)
        print(f"gamma {gamma:g}:", json.dumps({k: v for k, v in found.items() if k != "seconds"}, indent=1))
    (HERE / "results" / "losses.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

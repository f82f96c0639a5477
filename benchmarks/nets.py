"""Small convolutional networks on Fashion-MNIST beside PyTorch eager, and one large convolution; same results first.

    python benchmarks/nets.py [--rounds 5] [--images 60000] [--jobs five three forward] [--data DIRECTORY]

five:     an epoch of Conv2D 1 → 5 (3 × 3), ReLU, max pool, Dense → 10; batches of 64, softmax cross-entropy, plain SGD
three:    an epoch of 1 → 8 → 16 → 32 (3 × 3, same), each with ReLU and max pool, Dense → 10; otherwise as five
forward:  32 images of 32 × 32 × 64 convolved with 64 kernels (3 × 3, same)

Every competitor runs in a process of its own, which waits while the others work: `cutaway` (`nets.fit`, two threads,
BLAS held to one), PyTorch with two threads (channels first, and in its channels-last format) and with one, of which the
fastest is the competitor, and the usual NumPy code over im2col, with one BLAS thread and with two, on a tenth of the
images (its seconds are scaled). First all train 20 steps from the same parameters and must give the same logits (or the
same outputs). Times are taken in turn (A B C A B C …); a ratio is the median over the rounds, with the smallest and the
largest, and that of the best times, which a busy machine disturbs least. The load is that of the whole machine.
Needs the package dataset-fashion-mnist. Results go to benchmarks/results/nets.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
ROLES = {  # the name of each process, and the threads of its BLAS
    "cutaway": 1,
    "torch": 2,
    "torch_channels_last": 2,
    "torch_one_thread": 1,
    "im2col": 1,
    "im2col_two_threads": 2,
}
CHANNELS = {"five": (1, 5), "three": (1, 8, 16, 32)}
FEATURES = {"five": 845, "three": 288}
RATE, BATCH, CHECKED = 0.1, 64, 1280
SLOWER = 10  # im2col is given that part of the images


def read(folder: Path, name: str, offset: int) -> np.ndarray:
    with gzip.open(folder / name) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def fashion(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    x = read(folder, "train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1) / np.float32(255)
    return x, read(folder, "train-labels-idx1-ubyte.gz", 8).astype(np.int64)


def first_parameters(job: str) -> list[np.ndarray]:
    """Kernels and biases, layer by layer, channels last."""
    rng = np.random.default_rng(1)
    sizes = CHANNELS[job]
    out = []
    for before, after in pairwise(sizes):
        out += [rng.normal(0, (2 / (9 * before)) ** 0.5, (3, 3, before, after)), np.zeros(after)]
    out += [rng.normal(0, FEATURES[job] ** -0.5, (FEATURES[job], 10)), np.zeros(10)]
    return [one.astype(np.float32) for one in out]


def large() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    return rng.normal(size=(32, 32, 32, 64)).astype(np.float32), rng.normal(size=(3, 3, 64, 64)).astype(np.float32)


def ours(job: str, x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    from cutaway import nets

    if job == "forward":
        images, kernel = large()
        return lambda: np.asarray(nets.conv2d(images, kernel, padding="same"))
    sizes = CHANNELS[job]
    padding = "valid" if job == "five" else "same"
    blocks = [nets.ConvBlock(a, b, 3, padding) for a, b in pairwise(sizes)]
    model = nets.Sequential((*blocks, nets.Flatten(), nets.Dense(FEATURES[job], 10)))
    flat = first_parameters(job)
    pairs = [{"kernel": k, "bias": b} for k, b in zip(flat[::2], flat[1::2], strict=True)]
    params = (*pairs[:-1], (), pairs[-1])

    def train() -> np.ndarray:
        done = nets.fit(
            model, x, y, optimiser=nets.SGD(), rate=RATE, epochs=1, batch=BATCH, shuffle=False, params=params
        )
        return np.asarray(done.predict(x[:256]))

    return train


def torchs(job: str, x: np.ndarray, y: np.ndarray, role: str) -> Callable[[], np.ndarray]:
    import torch
    from torch import nn

    torch.set_num_threads(1 if role == "torch_one_thread" else 2)
    kind = torch.channels_last if role == "torch_channels_last" else torch.contiguous_format
    if job == "forward":
        images, kernel = (torch.from_numpy(one) for one in large())
        images = images.permute(0, 3, 1, 2).contiguous(memory_format=kind)
        weight = kernel.permute(3, 2, 0, 1).contiguous(memory_format=kind)

        def forward() -> np.ndarray:
            with torch.inference_mode():
                return nn.functional.conv2d(images, weight, padding=1).permute(0, 2, 3, 1).numpy()

        return forward
    sizes = CHANNELS[job]
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Conv2d(before, after, 3, padding=int(job == "three")), nn.ReLU(), nn.MaxPool2d(2)]
    side = int((FEATURES[job] // sizes[-1]) ** 0.5)
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(FEATURES[job], 10)).to(memory_format=kind)
    flat = first_parameters(job)
    dense = flat[-2].reshape(side, side, sizes[-1], 10).transpose(3, 2, 0, 1).reshape(10, -1)
    first = [one.transpose(3, 2, 0, 1) if one.ndim == 4 else one for one in flat[:-2]] + [dense, flat[-1]]
    images = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(memory_format=kind)
    labels = torch.from_numpy(y)
    criterion = nn.CrossEntropyLoss()

    def train() -> np.ndarray:
        with torch.no_grad():
            for parameter, value in zip(model.parameters(), first, strict=True):
                parameter.copy_(torch.from_numpy(value.copy()))
        optimiser = torch.optim.SGD(model.parameters(), lr=RATE)
        for i in range(0, len(images), BATCH):
            optimiser.zero_grad(set_to_none=True)
            criterion(model(images[i : i + BATCH]), labels[i : i + BATCH]).backward()
            optimiser.step()
        with torch.inference_mode():
            return model(images[:256]).numpy()

    return train


def im2cols(job: str, x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    """The network as it is usually written in NumPy: columns by index, one product, pooling by a reshaped view."""
    from cutaway.science.nets import by_columns, col2im, im2col

    if job == "forward":
        images, kernel = large()
        return lambda: by_columns(np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0))), kernel)
    pad = int(job == "three")
    around = ((0, 0), (pad, pad), (pad, pad), (0, 0))

    def train() -> np.ndarray:
        p = [one.copy() for one in first_parameters(job)]
        for start in range(0, len(x), BATCH):
            a, labels, kept = x[start : start + BATCH], y[start : start + BATCH], []
            for kernel, bias in zip(p[:-2:2], p[1:-2:2], strict=True):
                a, memory = block(np.pad(a, around), kernel, bias)
                kept.append(memory)
            flat = a.reshape(len(a), -1)
            z = flat @ p[-2] + p[-1]
            g = np.exp(z - z.max(axis=1, keepdims=True))
            g /= g.sum(axis=1, keepdims=True)
            g[np.arange(len(g)), labels] -= 1
            g /= len(g)
            back, gradients = (g @ p[-2].T).reshape(a.shape), [flat.T @ g, g.sum(axis=0)]
            for k, memory in reversed(list(enumerate(kept))):
                back, *own = block_gradients(back, memory, p[2 * k], k > 0)
                back = back[:, pad : back.shape[1] - pad, pad : back.shape[2] - pad] if k else back
                gradients = own + gradients
            for parameter, gradient in zip(p, gradients, strict=True):
                parameter -= np.float32(RATE) * gradient
        a = x[:256]
        for kernel, bias in zip(p[:-2:2], p[1:-2:2], strict=True):
            a, _ = block(np.pad(a, around), kernel, bias)
        return np.asarray(a.reshape(256, -1) @ p[-2] + p[-1])

    def block(a: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, Any]:
        matrix = im2col(a, 3, 3)
        n, i, j, o = len(a), a.shape[1] - 2, a.shape[2] - 2, kernel.shape[3]
        y = np.maximum((matrix @ kernel.reshape(-1, o) + bias).reshape(n, i, j, o), 0)
        y = y[:, : i // 2 * 2, : j // 2 * 2]
        four = y.reshape(n, i // 2, 2, j // 2, 2, o).transpose(0, 1, 3, 5, 2, 4).reshape(n, i // 2, j // 2, o, 4)
        winners = four.argmax(axis=-1)[..., None]
        top = np.take_along_axis(four, winners, axis=-1)[..., 0]
        return top, (matrix, winners, top > 0, a.shape)

    def block_gradients(g: np.ndarray, memory: Any, kernel: np.ndarray, wanted: bool) -> tuple[np.ndarray, ...]:
        matrix, winners, alive, shape = memory
        n, i, j, o = g.shape
        four = np.zeros((*g.shape, 4), np.float32)
        np.put_along_axis(four, winners, (g * alive)[..., None], axis=-1)
        whole = np.zeros((n, shape[1] - 2, shape[2] - 2, o), np.float32)
        pooled = four.reshape(n, i, j, o, 2, 2).transpose(0, 1, 4, 2, 5, 3)
        whole[:, : 2 * i, : 2 * j] = pooled.reshape(n, 2 * i, 2 * j, o)
        rows = whole.reshape(-1, o)
        back = col2im(rows @ kernel.reshape(-1, o).T, shape, 3, 3) if wanted else g
        return back, (matrix.T @ rows).reshape(kernel.shape), rows.sum(axis=0)

    return train


def made(role: str, job: str, x: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    if role == "cutaway":
        return ours(job, x, y)
    return torchs(job, x, y, role) if role.startswith("torch") else im2cols(job, x, y)


def worker(role: str, folder: Path) -> None:
    """Answer each line of standard input, `check JOB FILE` or `time JOB IMAGES`, with a line of JSON."""
    x, y = fashion(folder)
    ready: dict[tuple[str, int], Callable[[], np.ndarray]] = {}
    for line in sys.stdin:
        what, job, more = line.split()
        if what == "check":
            np.save(more, made(role, job, x[:CHECKED], y[:CHECKED])())
            print("{}", flush=True)
            continue
        images = int(more)
        if (job, images) not in ready:
            ready[job, images] = made(role, job, x[:images], y[:images])
        if job == "forward":
            ready[job, images]()  # the caches and threads of a process that has slept
        start, used = time.perf_counter(), time.process_time()
        ready[job, images]()
        told = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - used}
        print(json.dumps(told), flush=True)


class Process:
    """A competitor in a process of its own."""

    def __init__(self, role: str, folder: Path) -> None:
        threads = str(ROLES[role])
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--worker", role, "--data", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **dict.fromkeys(names, threads)},
        )

    def asked(self, *words: object) -> dict[str, float]:
        """Its answer to a line of these words."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"a worker ended with {self._process.wait()}")
        return dict(json.loads(line))

    def end(self) -> None:
        """Let it go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def ratio(slow: list[float], fast: list[float]) -> dict[str, float]:
    each = [a / b for a, b in zip(slow, fast, strict=True)]
    return {
        "median": statistics.median(each),
        "least": min(each),
        "most": max(each),
        "of_best_times": min(slow) / min(fast),
    }


def agreed(job: str, processes: dict[str, Process]) -> float:
    """The largest difference of any result from PyTorch's, relative to its largest number; asserted to be small."""
    with tempfile.TemporaryDirectory() as folder:
        for role, process in processes.items():
            process.asked("check", job, Path(folder) / f"{role}.npy")
        results = {role: np.load(Path(folder) / f"{role}.npy") for role in processes}
    expected = results["torch_one_thread"]
    worst = max(float(np.abs(one - expected).max() / np.abs(expected).max()) for one in results.values())
    assert worst < 1e-3, (job, worst)
    return worst


def measured(job: str, processes: dict[str, Process], rounds: int, images: int) -> dict[str, Any]:
    difference = agreed(job, processes)
    seconds: dict[str, list[float]] = {role: [] for role in processes}
    cpu: dict[str, list[float]] = {role: [] for role in processes}
    load = [os.getloadavg()[0]]
    for _ in range(rounds):
        for role, process in processes.items():
            part = SLOWER if role.startswith("im2col") and job != "forward" else 1
            told = process.asked("time", job, images // part)
            seconds[role].append(part * told["seconds"])
            cpu[role].append(part * told["cpu"])
        load.append(os.getloadavg()[0])
        print(job, {role: round(times[-1], 3) for role, times in seconds.items()}, f"load {load[-1]:.1f}", flush=True)
    torch = min((r for r in processes if r.startswith("torch")), key=lambda role: statistics.median(seconds[role]))
    columns = [seconds[role] for role in processes if role.startswith("im2col")]
    return {
        "largest_relative_difference": difference,
        "fastest_torch": torch,
        "cutaway_over_fastest_torch": ratio(seconds["cutaway"], seconds[torch]),
        "cutaway_over_each": {
            role: ratio(seconds["cutaway"], times) for role, times in seconds.items() if role != "cutaway"
        },
        "processor_time_over_torch_one_thread": ratio(cpu["cutaway"], cpu["torch_one_thread"]),
        "im2col_over_cutaway": ratio(min(columns, key=statistics.median), seconds["cutaway"]) if columns else None,
        "seconds": seconds,
        "processor_seconds": cpu,
        "load": load,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--jobs", nargs="+", choices=[*CHANNELS, "forward"], default=[*CHANNELS, "forward"])
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=list(ROLES), help="all, to be a result")
    parser.add_argument("--worker", choices=ROLES)
    options = parser.parse_args()
    if options.worker:
        worker(options.worker, options.data)
        return
    import torch

    path = HERE / "results" / "nets.json"
    report: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    report |= {
        "batch": BATCH,
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
    processes = {role: Process(role, options.data) for role in options.roles}
    try:
        for job in options.jobs:
            rounds = options.rounds * (6 if job == "forward" else 1)
            report[job] = found = {"images": options.images, **measured(job, processes, rounds, options.images)}
            print(
                job, json.dumps({k: v for k, v in found.items() if k not in ("seconds", "processor_seconds")}, indent=1)
            )
            if set(options.roles) == set(ROLES):
                path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    finally:
        for process in processes.values():
            process.end()


if __name__ == "__main__":
    main()

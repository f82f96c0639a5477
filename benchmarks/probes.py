"""What a probe costs a training when every fiftieth step is looked at.

    python benchmarks/probes.py [--rounds 15] [--only torch]

The network is a convolutional one of two layers on 28 × 28 images (batch 32), and a dense one of four layers (batch
128), each in `nets`, PyTorch and Keras on TensorFlow, JAX and PyTorch, each framework in a process of its own with one
thread. Nine steps without a probe and nine with one are run in turn (A B A B …), from the same weights, their losses
asserted to be the same. The probe looks at every third step, so that there are steps that are looked at, steps that
complete the one before, and steps that the probe lets pass; one of the first two kinds and 48 of the last make fifty:

    overhead = (looked at + completing + 48 passing) / 50 plain - 1

of the medians of a round; reported is the median over the rounds with the smallest and the largest, and the same of
the best times of all, which a busy machine disturbs least. What is compiled is compiled before; what the first step
that is looked at takes more for that is reported apart. Results go to benchmarks/results/probes.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
EVERY, STEPS = 50, 9
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "NUMBA_NUM_THREADS": "1",
}
PLACES = ("nets", "torch", "keras-tensorflow", "keras-jax", "keras-torch")


def data(kind: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 28, 28, 1) if kind == "conv" else (128, 784)).astype(np.float32)
    return x, rng.integers(0, 10, len(x))


def of_nets(kind: str) -> tuple[Any, Callable[[], Iterator[float]]]:
    from cutaway import nets

    x, y = data(kind)
    if kind == "conv":
        layers = (nets.Conv2D(1, 16, 3), nets.ReLU(), nets.Conv2D(16, 16, 3, stride=2), nets.ReLU(), nets.Flatten())
        model = nets.Sequential((*layers, nets.Dense(16 * 12 * 12, 10)))
    else:
        hidden = [nets.Dense(784, 256), nets.ReLU(), nets.Dense(256, 256), nets.ReLU(), nets.Dense(256, 256)]
        model = nets.Sequential((*hidden, nets.ReLU(), nets.Dense(256, 10)))
    start = model.init((0,))

    def train() -> Iterator[float]:
        params, state = start, model.start((0,))
        for _ in range(STEPS):

            def loss(p: Any) -> Any:
                return nets.cross_entropy(model.apply(p, x, state, True)[0], y)

            value, gradient, _ = nets.value_and_gradient(loss, params)
            params = nets.mapped(lambda p, g: p - np.float32(0.01) * g, params, gradient)
            yield value

    return model, train


def of_torch(kind: str) -> tuple[Any, Callable[[], Iterator[float]]]:
    import torch
    from torch import nn

    torch.manual_seed(0)
    x, y = data(kind)
    if kind == "conv":
        body = [nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Conv2d(16, 16, 3, stride=2), nn.ReLU(), nn.Flatten()]
        model = nn.Sequential(*body, nn.Linear(16 * 12 * 12, 10))
    else:
        hidden = [nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()]
        model = nn.Sequential(*hidden, nn.Linear(256, 10))
    start = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    images, labels = torch.tensor(x.transpose(0, 3, 1, 2) if kind == "conv" else x), torch.tensor(y)

    def train() -> Iterator[float]:
        model.load_state_dict(start)
        optimiser = torch.optim.SGD(model.parameters(), 0.01)
        for _ in range(STEPS):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimiser.step()
            yield loss.item()

    return model, train


def of_keras(kind: str) -> tuple[Any, Callable[[], Iterator[float]]]:
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(0)
    x, y = data(kind)
    if kind == "conv":
        body = [layers.Conv2D(16, 3), layers.ReLU(), layers.Conv2D(16, 3, strides=2), layers.ReLU(), layers.Flatten()]
    else:
        body = [one for _ in range(3) for one in (layers.Dense(256), layers.ReLU())]
    model = keras.Sequential([keras.Input(x.shape[1:]), *body, layers.Dense(10)])
    model.compile(keras.optimizers.SGD(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    start = model.get_weights()

    def train() -> Iterator[float]:
        model.set_weights(start)
        for _ in range(STEPS):
            yield float(model.train_on_batch(x, y))

    return model, train


def measured(place: str, kind: str, rounds: int) -> dict[str, Any]:
    """In this process."""
    import cutaway

    make = of_nets if place == "nets" else of_torch if place == "torch" else of_keras
    model, train = make(kind)

    def timed() -> tuple[list[float], list[float]]:
        seconds, losses = [], []
        begun = time.perf_counter()
        for loss in train():
            seconds.append(time.perf_counter() - begun)
            losses.append(loss)
            begun = time.perf_counter()
        return seconds, losses

    recorder = None

    def with_probe() -> tuple[list[float], list[float]]:
        nonlocal recorder
        if not place.startswith("keras"):
            with cutaway.probe(model, every=3) as record:
                found = timed()
            assert [step.step for step in record] == [0, 3, 6]
            assert record.steps[0].layers[0].has_gradient
            return found
        from cutaway.frameworks.keras_probe import Recorder

        # one probe for all rounds, out of the way in those without, so that it compiles once
        recorder = recorder or Recorder(model, every=3)
        before = len(recorder.record)
        recorder.start()
        found = timed()
        recorder.stop()
        assert len(recorder.record) == before + 3
        return found

    timed()
    first = with_probe()[0][0]
    pairs = [(timed(), with_probe()) for _ in range(rounds)]
    each = []
    for (plain, losses), (probed, same) in pairs:
        assert np.allclose(losses, same, rtol=1e-5), (place, kind, losses, same)
        each.append((plain, probed[0::3], probed[1::3], probed[2::3]))
    ratios = [overhead(*map(statistics.median, one)) for one in each]
    best = [min(min(one[i]) for one in each) for i in range(4)]
    return {
        "overhead_every_50th": {
            "median": statistics.median(ratios),
            "least": min(ratios),
            "most": max(ratios),
            "of_best_times": overhead(*best),
        },
        "first_step_more_seconds": first - best[1],
        "best_seconds": dict(zip(("plain", "looked_at", "completing", "passing"), best, strict=True)),
        "rounds": rounds,
    }


def overhead(plain: float, looked_at: float, completing: float, passing: float) -> float:
    return (looked_at + completing + (EVERY - 2) * passing) / (EVERY * plain) - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", choices=PLACES)
    parser.add_argument("--here", nargs=2, metavar=("PLACE", "KIND"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measured(*options.here, options.rounds)))
        return
    out = HERE / "results" / "probes.json"
    found: dict[str, Any] = json.loads(out.read_text("utf-8")) if out.exists() else {}
    for place in [options.only] if options.only else PLACES:
        for kind in ("conv", "dense"):
            backend = place.partition("-")[2] or "tensorflow"
            environment = {**os.environ, "KERAS_BACKEND": backend, **ONE_THREAD}
            command = [sys.executable, __file__, "--rounds", str(options.rounds), "--here", place, kind]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"{place} {kind}:\n{done.stderr[-3000:]}")
            found[f"{place} {kind}"] = one = json.loads(done.stdout.splitlines()[-1])
            told = {name: f"{100 * value:.1f} %" for name, value in one["overhead_every_50th"].items()}
            print(f"{place} {kind}: {told}, the first {one['first_step_more_seconds']:.2f} s more", flush=True)
            out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Run the networks of the study convnet in PyTorch and Keras with the same weights: python tools/convnet.py [--check].

Outputs and the gradients of the loss by every weight, of each design, from one batch of Fashion-MNIST. The largest
differences go to src/cutaway/data/convnet.json, which the study shows.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.science import nets
from cutaway.studies.run.clothes_networks import BATCH, DESIGNS, Design
from cutaway.studies.run.fashion import kept

PLACE = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "convnet.json"
LIMIT = 1e-5
Found = dict[str, np.ndarray]
"""The logits, and the gradient by each weight under its path; kernels as here, (a, b, in, out) and (in, out)."""


def begun(design: Design) -> tuple[Any, np.ndarray, np.ndarray]:
    """Weights that are not special, and the batch: images (n, 28, 28, 1) and labels."""
    params = design.model.init((3, 0))
    rng = np.random.default_rng(3)
    params = nets.mapped(lambda leaf: leaf + rng.normal(0, 0.02, leaf.shape).astype(np.float32), params)
    part = kept().test.of(design.classes)
    rows = np.random.default_rng(4).permutation(len(part))[:BATCH]
    return params, part.x[rows], part.y[rows].astype(np.int64)


def ours(design: Design, params: Any, x: np.ndarray, y: np.ndarray) -> Found:
    """By science/nets."""
    model = design.model
    state = model.start((0,))
    gradients = nets.value_and_gradient(lambda p: nets.cross_entropy(model.apply(p, x, state, True)[0], y), params)[1]
    return {"logits": nets.predict(model, params, state, x, batch=BATCH), **dict(nets.leaves(gradients))}


def torchs(design: Design, params: Any, x: np.ndarray, y: np.ndarray) -> Found:
    """By PyTorch, whose images and kernels have the channels first."""
    import torch
    from torch import nn

    channels = (1, *design.filters)
    layers: list[nn.Module] = []
    for before, after in zip(channels, design.filters, strict=False):
        layers += [nn.Conv2d(before, after, 3), nn.ReLU(), nn.MaxPool2d(2)]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(design.features, len(design.classes)))
    side = int((design.features // channels[-1]) ** 0.5)
    blocks = len(design.filters)

    def rows_of(kernel: np.ndarray) -> np.ndarray:
        return kernel.reshape(side, side, channels[-1], -1).transpose(3, 2, 0, 1).reshape(kernel.shape[1], -1)

    with torch.no_grad():
        for i in range(blocks):
            net[3 * i].weight.copy_(torch.from_numpy(params[i]["kernel"].transpose(3, 2, 0, 1).copy()))
            net[3 * i].bias.copy_(torch.from_numpy(params[i]["bias"]))
        net[-1].weight.copy_(torch.from_numpy(rows_of(params[-1]["kernel"]).copy()))
        net[-1].bias.copy_(torch.from_numpy(params[-1]["bias"]))
    logits = net(torch.from_numpy(x.transpose(0, 3, 1, 2).copy()))
    nn.functional.cross_entropy(logits, torch.from_numpy(y)).backward()
    found = {"logits": logits.detach().numpy()}
    for i in range(blocks):
        found[f"{i}/kernel"] = net[3 * i].weight.grad.numpy().transpose(2, 3, 1, 0)
        found[f"{i}/bias"] = net[3 * i].bias.grad.numpy()
    back = net[-1].weight.grad.numpy().reshape(len(design.classes), channels[-1], side, side)
    found[f"{blocks + 1}/kernel"] = back.transpose(2, 3, 1, 0).reshape(design.features, -1)
    found[f"{blocks + 1}/bias"] = net[-1].bias.grad.numpy()
    return found


def kerass(design: Design, params: Any, x: np.ndarray, y: np.ndarray) -> Found:
    """By Keras on TensorFlow."""
    import keras
    import tensorflow as tf

    layers: list[Any] = [keras.Input((28, 28, 1))]
    for filters in design.filters:
        layers += [keras.layers.Conv2D(filters, 3, activation="relu"), keras.layers.MaxPooling2D(2)]
    net = keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(len(design.classes))])
    net.set_weights([one[name] for one in params if one for name in ("kernel", "bias")])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with tf.GradientTape() as tape:
        logits = net(tf.constant(x), training=True)
        value = loss(y, logits)
    gradients = tape.gradient(value, [one.value for one in net.trainable_variables])
    paths = [path for path, _ in nets.leaves(params)]
    order = [f"{i}/{name}" for i, one in enumerate(params) if one for name in ("kernel", "bias")]
    assert sorted(paths) == sorted(order)
    return {"logits": logits.numpy(), **{p: g.numpy() for p, g in zip(order, gradients, strict=True)}}


FRAMEWORKS = {"PyTorch": torchs, "Keras": kerass}


def measured() -> dict[str, list[Any]]:
    """A row for each framework and network: outputs, and gradients by all weights."""
    out: dict[str, list[Any]] = {"framework": [], "network": [], "what": [], "difference": []}
    for name, design in DESIGNS.items():
        params, x, y = begun(design)
        expected = ours(design, params, x, y)
        for framework, run in FRAMEWORKS.items():
            found = run(design, params, x, y)
            assert found.keys() == expected.keys(), (framework, sorted(found), sorted(expected))
            apart = {
                path: float(np.abs(found[path] - each).max() / np.abs(each).max()) for path, each in expected.items()
            }
            outputs = apart.pop("logits")
            for what, value in (("outputs", outputs), ("gradients", max(apart.values()))):
                for column, each in zip(out.values(), (framework, name, what, float(f"{value:.2g}")), strict=True):
                    column.append(each)
    return out


def main(arguments: list[str]) -> int:
    """Write what was measured, or with --check only say it; 1 if anything is apart."""
    import keras
    import torch

    rows = measured()
    for framework, name, what, value in zip(*rows.values(), strict=True):
        print(f"{framework:8} {DESIGNS[name].label:36} {what:10} {value:.1e}")
    worst = max(rows["difference"])
    if worst >= LIMIT:
        print(f"apart by {worst:.1e}, expected less than {LIMIT:.0e}")
        return 1
    if "--check" not in arguments:
        versions = {"torch": torch.__version__.partition("+")[0], "keras": keras.__version__, "numpy": np.__version__}
        told = {"date": date.today().isoformat(), "versions": versions, "rows": rows}
        PLACE.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
        print(f"wrote {PLACE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Does one small network, with the same weights and the same data, compute the same in every framework?

Answer: yes, to the rounding of float32 at every layer, once seven conventions are set alike. Leave one of them as each
framework has it, and those whose default differs part from that layer on: defaults differ, frameworks do not.

Source: the topics strided-same, batch-norm, gelu, average-pool-pads and adam-epsilon, each held against what the
frameworks return; Ioffe and Szegedy (2015); Kingma and Ba (2015), algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cutaway.compare.run.topic import Formula, Variant, formula

TITLE = "One network, every convention set alike"
TOLERANCE = 1e-5  # float32

LAYERS = (
    "strided convolution",
    "batch norm, inference",
    "GELU",
    "average pooling",
    "dense",
    "batch norm, training",
    "cross-entropy",
    "weights after Adam",
    "running statistics",
    "prediction after",
)
"""The rows of a value; each gives its first six numbers."""
NUMBERS = 6
RATE = 0.1
SHARE = 1e-5  # of each loss that counts, so that some gradients are as small as Adam's epsilon


def given() -> dict[str, np.ndarray]:
    """Six images of 6 × 6, their classes, and the weights; "layers" names the rows of a value."""
    rng = np.random.default_rng(11)
    return {
        "x": rng.normal(size=(6, 6, 6, 1)).round(2),
        "y": np.array([0, 1, 2, 0, 1, 2]),
        "kernel": rng.normal(0, 0.5, (3, 3, 1, 3)).round(2),
        "scale": np.array([0.02, 0.4, 0.3]),
        "shift": np.array([-2.0, 0.1, 0.3]),
        "mean": np.array([0.1, -0.2, 0.0]),
        "variance": np.array([0.05, 0.08, 0.1]),
        "dense": rng.normal(0, 0.3, (27, 3)).round(2),
        "layers": np.array(LAYERS),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """What frameworks choose differently; these defaults are the ones that all are set to."""

    padding: str = "after"  # of the convolution: a zero after the image, or "around" it
    epsilon: float = 1e-3  # of both batch norms
    gelu: str = "exact"  # or "tanh"
    pool: str = "pixels"  # average over pixels of the image, or over whole "windows"
    adam: str = "corrected"  # 1e-8 after the correction of the bias, or 1e-7 "before" it
    kept: float = 0.9  # of the running statistics, at each step
    less: int = 0  # the running variance is over n less this


ALIKE = Conventions()


def _images(x: np.ndarray, kernel: np.ndarray, how: Conventions) -> np.ndarray:
    before, after = (0, 1) if how.padding == "after" else (1, 1)
    padded = np.pad(x[..., 0], ((0, 0), (before, after), (before, after)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))[:, ::2, ::2]
    return np.asarray(np.einsum("nijab,abc->nijc", windows, kernel[:, :, 0]))


def _pooled(x: np.ndarray, how: Conventions) -> np.ndarray:
    def sums(values: np.ndarray) -> np.ndarray:
        padded = np.pad(values, ((0, 0), (1, 1), (1, 1), (0, 0)))
        return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2)).sum((-1, -2)))

    return sums(x) / (sums(np.ones_like(x)) if how.pool == "pixels" else 9)


def _gelu(x: np.ndarray, how: Conventions) -> np.ndarray:
    from math import erf

    if how.gelu == "exact":
        return np.asarray(0.5 * x * (1 + np.vectorize(erf)(x / 2**0.5)))
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


def _softmax(z: np.ndarray) -> np.ndarray:
    powers = np.exp(z - z.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def _told(*layers: Any) -> np.ndarray:
    return np.array([np.ravel(layer)[:NUMBERS] for layer in layers], float)


def _network(how: Conventions) -> Callable[..., np.ndarray]:
    """The network in NumPy, with the gradient of the dense layer written out."""

    def network(
        x: np.ndarray,
        y: np.ndarray,
        kernel: np.ndarray,
        scale: np.ndarray,
        shift: np.ndarray,
        mean: np.ndarray,
        variance: np.ndarray,
        dense: np.ndarray,
    ) -> np.ndarray:
        convolved = _images(x, kernel, how)
        frozen = (convolved - mean) / np.sqrt(variance + how.epsilon) * scale + shift
        active = _gelu(frozen, how)
        pooled = _pooled(active, how)
        rows = pooled.reshape(len(x), -1)
        z = rows @ dense
        root = np.sqrt(z.var(0) + how.epsilon)
        logits = (z - z.mean(0)) / root
        p = _softmax(logits)
        at = SHARE * (p - np.eye(3)[y]) / len(y)
        gradient = rows.T @ ((at - at.mean(0) - logits * (at * logits).mean(0)) / root)
        epsilon = 1e-8 if how.adam == "corrected" else 1e-7 / np.sqrt(1 - 0.999)
        stepped = dense - RATE * gradient / (np.abs(gradient) + epsilon)
        again = rows @ stepped
        running_mean, running_variance = np.zeros(3), np.ones(3)
        for batch in (z, again):
            running_mean = how.kept * running_mean + (1 - how.kept) * batch.mean(0)
            running_variance = how.kept * running_variance + (1 - how.kept) * batch.var(0, ddof=how.less)
        after = _softmax((again - running_mean) / np.sqrt(running_variance + how.epsilon))
        loss = -np.log(p[np.arange(len(y)), y])
        running = np.concatenate([running_mean, running_variance])
        return _told(convolved, frozen, active, pooled, z, logits, loss, stepped, running, after)

    return network


alike = formula("every convention alike")(_network(ALIKE))
around = formula("zeros around the image, not after it")(_network(replace(ALIKE, padding="around")))
small_epsilon = formula("batch norm's ε is 1e-5, not 1e-3")(_network(replace(ALIKE, epsilon=1e-5)))
tanh = formula("GELU by tanh, not exact")(_network(replace(ALIKE, gelu="tanh")))
windows = formula("padded zeros count in the average")(_network(replace(ALIKE, pool="windows")))
before = formula("Adam's ε is 1e-7 before the correction of the bias")(_network(replace(ALIKE, adam="before")))
slow = formula("running statistics keep 0.99, not 0.9")(_network(replace(ALIKE, kept=0.99)))
unbiased = formula("running variance over n − 1, not n")(_network(replace(ALIKE, less=1)))


def _torch(left: str, given: dict[str, np.ndarray]) -> np.ndarray:
    import torch
    from torch.nn import functional

    data = {name: torch.tensor(value, dtype=torch.float32) for name, value in given.items() if name != "y"}
    y = torch.tensor(given["y"])
    settings = {} if left == "epsilon" else {"eps": 1e-3}
    with torch.no_grad():
        image = data["x"].permute(0, 3, 1, 2)
        kernel = data["kernel"].permute(3, 2, 0, 1)
        if left == "padding":
            convolved = functional.conv2d(image, kernel, stride=2, padding=1)
        else:
            convolved = functional.conv2d(functional.pad(image, (0, 1, 0, 1)), kernel, stride=2)
        norm = torch.nn.BatchNorm2d(3, **settings).eval()
        for name, part in (("scale", norm.weight), ("shift", norm.bias)):
            part.copy_(data[name])
        norm.running_mean, norm.running_var = data["mean"], data["variance"]
        frozen = norm(convolved)
        active = torch.nn.GELU()(frozen)
        pool = {} if left == "pool" else {"count_include_pad": False}
        pooled = torch.nn.AvgPool2d(3, stride=1, padding=1, **pool)(active)
        rows = pooled.permute(0, 2, 3, 1).flatten(1)
    layer = torch.nn.Linear(27, 3, bias=False)
    layer.weight.data = data["dense"].T.contiguous()
    last = torch.nn.BatchNorm1d(3, affine=False, **settings)  # its momentum of 0.1 keeps 0.9
    optimiser = torch.optim.Adam(layer.parameters(), lr=RATE)

    def corrected(z: Any) -> None:
        if left != "variance":
            last.running_var -= 0.1 * z.detach().var(0) / len(z)  # over n instead of n - 1

    z = layer(rows)
    logits = last(z)
    loss = functional.cross_entropy(logits, y, reduction="none")
    (SHARE * loss.mean()).backward()
    optimiser.step()
    corrected(z)
    with torch.no_grad():
        again = layer(rows)
        last(again)
        corrected(again)
        after = torch.softmax(last.eval()(again), 1)
    told = [each.permute(0, 2, 3, 1).reshape(-1) for each in (convolved, frozen, active, pooled)]
    running = torch.cat([last.running_mean, last.running_var])
    return _told(*told, z.detach(), logits.detach(), loss.detach(), layer.weight.detach().T, running, after)


def _keras(left: str, given: dict[str, np.ndarray]) -> np.ndarray:
    import keras

    array = keras.ops.convert_to_numpy
    settings = {} if left == "epsilon" else {"epsilon": 1e-3}
    kept = {} if left == "momentum" else {"momentum": 0.9}
    convolution = keras.layers.Conv2D(3, 3, strides=2, padding="same", use_bias=False)
    convolution.build((6, 6, 6, 1))
    convolution.set_weights([given["kernel"]])
    norm = keras.layers.BatchNormalization(**settings)
    norm.build((6, 3, 3, 3))
    norm.set_weights([given[name] for name in ("scale", "shift", "mean", "variance")])
    convolved = convolution(given["x"].astype(np.float32))
    frozen = norm(convolved, training=False)
    active = keras.activations.gelu(frozen)
    pooled = keras.layers.AveragePooling2D(3, strides=1, padding="same")(active)
    rows = array(pooled).reshape(6, -1)
    layer = keras.layers.Dense(3, use_bias=False)
    last = keras.layers.BatchNormalization(center=False, scale=False, **settings, **kept)
    model = keras.Sequential([keras.layers.Input((27,)), layer, last])
    layer.set_weights([given["dense"]])
    z = layer(rows)
    logits = last(z, training=True)
    loss = keras.losses.sparse_categorical_crossentropy(given["y"], logits, from_logits=True)
    told = [array(each) for each in (convolved, frozen, active, pooled, z, logits, loss)]
    last.set_weights([np.zeros(3), np.ones(3)])  # the step below makes its own pass
    # In a first step an epsilon before the correction of the bias counts √(1 − β₂) times as much as after it.
    epsilon = {} if left == "adam" else {"epsilon": 1e-8 * (1 - 0.999) ** 0.5}
    model.compile(
        optimizer=keras.optimizers.Adam(RATE, **epsilon),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=True,
    )
    model.train_on_batch(rows, given["y"], sample_weight=np.full(6, SHARE))
    again = layer(rows)
    last(again, training=True)
    after = keras.activations.softmax(last(again, training=False))
    running = np.concatenate([array(each) for each in last.get_weights()])
    return _told(*told, array(layer.kernel), running, array(after))


def _flax(left: str, given: dict[str, np.ndarray]) -> np.ndarray:
    import jax
    import optax
    from flax import nnx
    from jax import numpy as jnp

    data = {name: jnp.asarray(value, jnp.float32) for name, value in given.items() if name != "y"}
    y, luck = jnp.asarray(given["y"]), nnx.Rngs(0)
    settings = {} if left == "epsilon" else {"epsilon": 1e-3}
    kept = {} if left == "momentum" else {"momentum": 0.9}
    convolution = nnx.Conv(1, 3, (3, 3), strides=2, use_bias=False, rngs=luck)
    convolution.kernel[...] = data["kernel"]
    norm = nnx.BatchNorm(3, use_running_average=True, rngs=luck, **settings)
    for part, name in (("scale", "scale"), ("bias", "shift"), ("mean", "mean"), ("var", "variance")):
        getattr(norm, part)[...] = data[name]
    convolved = convolution(data["x"])
    frozen = norm(convolved)
    active = nnx.gelu(frozen) if left == "gelu" else nnx.gelu(frozen, approximate=False)
    pool = {} if left == "pool" else {"count_include_pad": False}
    pooled = nnx.avg_pool(active, (3, 3), padding="SAME", **pool)
    rows = pooled.reshape(6, -1)
    layer = nnx.Linear(27, 3, use_bias=False, rngs=luck)
    layer.kernel[...] = data["dense"]
    last = nnx.BatchNorm(3, use_bias=False, use_scale=False, rngs=luck, **settings, **kept)
    model = nnx.Sequential(layer, last)
    optimiser = nnx.Optimizer(model, optax.adam(RATE), wrt=nnx.Param)

    def losses(model: Any) -> Any:
        logits = model(rows)
        loss = optax.softmax_cross_entropy_with_integer_labels(logits, y)
        return SHARE * loss.mean(), (logits, loss)

    z = layer(rows)
    (_, (logits, loss)), gradient = nnx.value_and_grad(losses, has_aux=True)(model)
    optimiser.update(model, gradient)
    again = layer(rows)
    last(again)
    after = jax.nn.softmax(last(again, use_running_average=True))
    running = jnp.concatenate([last.mean[...], last.var[...]])
    return _told(convolved, frozen, active, pooled, z, logits, loss, layer.kernel[...], running, after)


DEFAULTS = {
    "padding": ("the padding of the strided convolution", {"pytorch": around}),
    "epsilon": ("batch norm's epsilon", {"pytorch": small_epsilon, "flax": small_epsilon}),
    "gelu": ("the GELU", {"flax": tanh}),
    "pool": ("average pooling's pads", {"pytorch": windows, "flax": windows}),
    "adam": ("Adam's epsilon", {"keras": before}),
    "momentum": ("batch norm's momentum", {"keras": slow, "flax": slow}),
    "variance": ("the running variance", {"pytorch": unbiased}),
}
"""Each convention: what it is called, and which framework leaves the path where it is left as it comes."""
NETWORKS: dict[str, tuple[str, Callable[[str, dict[str, np.ndarray]], np.ndarray]]] = {
    "pytorch": ("pytorch", _torch),
    "keras": ("keras", _keras),
    "keras on jax": ("keras", _keras),
    "keras on torch": ("keras", _keras),
    "flax": ("flax", _flax),
}


def _called(network: Callable[[str, dict[str, np.ndarray]], np.ndarray], left: str) -> Callable[..., np.ndarray]:
    def call(
        x: np.ndarray,
        y: np.ndarray,
        kernel: np.ndarray,
        scale: np.ndarray,
        shift: np.ndarray,
        mean: np.ndarray,
        variance: np.ndarray,
        dense: np.ndarray,
    ) -> np.ndarray:
        return network(left, {"x": x, "y": y, "kernel": kernel, "scale": scale, "shift": shift, "mean": mean,
                              "variance": variance, "dense": dense})  # fmt: skip

    return call


def _variants() -> dict[str, Variant]:
    """The aligned network in every framework, then with each default left as the framework has it."""
    out = {"numpy_aligned": Variant("numpy_aligned", "numpy", "the formula itself", alike, alike.function)}
    for left in ("aligned", *DEFAULTS):
        for name, (family, network) in NETWORKS.items():
            if left != "aligned" and name != family:
                continue  # one backend's defaults are the other's
            call, follows = "the network, every convention set", alike
            if left != "aligned":
                words, parted = DEFAULTS[left]
                call, follows = f"the network, {words} left as it is", parted.get(family, alike)
            key = f"{name.replace(' ', '_')}_{left}"
            out[key] = Variant(key, name, call, follows, _called(network, left))
    return out


VARIANTS: dict[str, Variant] = _variants()
globals().update(VARIANTS)
FORMULAS: tuple[Formula, ...] = (alike, around, small_epsilon, tanh, windows, before, slow, unbiased)
CONVERTERS = ()

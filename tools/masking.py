"""Write what layers of Keras and PyTorch do with padding: python tools/masking.py [--check].

Every layer is really run, alone and with padded steps before or after, with the mask handed over and without; each
framework in a process of its own. The table goes to src/cutaway/data/masking.json, which the study of masking shows.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

PLACE = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "masking.json"
BACKENDS = {"keras": "tensorflow", "keras on torch": "torch", "keras on jax": "jax"}
STEPS, PADS, FEATURES = 6, 3, 4
HOLDS = 3.0  # what a padded step holds inside a network, where a bias or an embedding has been added
SAME = 1e-6  # of numbers near 1: what float32 loses
KERAS_SAYS = "does not support mask passing"

Row = dict[str, Any]


def alone() -> np.ndarray:
    """One sequence (1, 6, 4)."""
    return np.random.default_rng(1).normal(size=(1, STEPS, FEATURES)).astype(np.float32)


def padded(side: str) -> tuple[np.ndarray, np.ndarray]:
    """The sequence with three more steps before or after, and its mask (1, 9)."""
    more = ((0, 0), (PADS, 0) if side == "before" else (0, PADS))
    mask = np.pad(np.ones((1, STEPS), bool), more)
    return np.pad(alone(), (*more, (0, 0)), constant_values=HOLDS), mask


def moved(without: np.ndarray, value: np.ndarray, side: str) -> float | None:
    """The largest change of what the layer says of the real steps; None where the shapes do not allow to tell."""
    if value.ndim == without.ndim == 3 and value.shape[1] > without.shape[1]:
        n = without.shape[1]
        value = value[:, :n] if side == "after" else value[:, -n:]
    if value.shape != without.shape:
        return None
    off = float(np.abs(value - without).max())
    return 0.0 if off < SAME else float(f"{off:.3g}")


# ---- Keras: the mask travels with the tensor


def _training(layer: Any) -> Any:
    def call(x: Any) -> Any:
        return layer(x, training=True)

    call.layer = layer  # type: ignore[attr-defined]
    return call


def _twice(layer: Any) -> Any:
    def call(x: Any) -> Any:
        return layer(x, x)

    call.layer = layer  # type: ignore[attr-defined]
    return call


def _attended(k: Any) -> Any:
    layer, mean = k.layers.MultiHeadAttention(1, 2), k.layers.GlobalAveragePooling1D()

    def call(x: Any) -> Any:
        layer(x, x)
        return mean(x)

    return call


def _residual(k: Any) -> Any:
    layer, add = k.layers.MultiHeadAttention(1, 2), k.layers.Add()

    def call(x: Any) -> Any:
        return add([x, layer(x, x)])

    call.layer = layer  # type: ignore[attr-defined]
    return call


KERAS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "dense": ("dense", "Dense(3)(x)", lambda k: k.layers.Dense(3)),
    "dropout": ("dropout", "Dropout(0.2)(x)", lambda k: k.layers.Dropout(0.2)),
    "activation": ("activation", 'Activation("relu")(x)', lambda k: k.layers.Activation("relu")),
    "layer-norm": ("layer norm", "LayerNormalization()(x)", lambda k: k.layers.LayerNormalization()),
    "batch-norm": (
        "batch norm, training", "BatchNormalization()(x, training=True)",
        lambda k: _training(k.layers.BatchNormalization()),
    ),
    "rnn": (
        "simple RNN, every step", "SimpleRNN(3, return_sequences=True)(x)",
        lambda k: k.layers.SimpleRNN(3, return_sequences=True),
    ),
    "gru": ("GRU, every step", "GRU(3, return_sequences=True)(x)", lambda k: k.layers.GRU(3, return_sequences=True)),
    "lstm": (
        "LSTM, every step", "LSTM(3, return_sequences=True)(x)", lambda k: k.layers.LSTM(3, return_sequences=True)
    ),
    "lstm-last": ("LSTM, last state", "LSTM(3)(x)", lambda k: k.layers.LSTM(3)),
    "both-ways": (
        "LSTM both ways, last states", "Bidirectional(LSTM(3))(x)", lambda k: k.layers.Bidirectional(k.layers.LSTM(3))
    ),
    "attention": (
        "self-attention", "MultiHeadAttention(1, 2)(x, x)", lambda k: _twice(k.layers.MultiHeadAttention(1, 2))
    ),
    "attended": (
        "what was attended to, afterwards", "MultiHeadAttention(1, 2)(x, x); GlobalAveragePooling1D()(x)", _attended
    ),
    "residual": (
        "self-attention with a shortcut", "Add()([x, MultiHeadAttention(1, 2)(x, x)])", _residual
    ),
    "mean": ("mean over steps", "GlobalAveragePooling1D()(x)", lambda k: k.layers.GlobalAveragePooling1D()),
    "maximum": ("maximum over steps", "GlobalMaxPooling1D()(x)", lambda k: k.layers.GlobalMaxPooling1D()),
    "mean-op": ("mean over steps, operation", "keras.ops.mean(x, axis=1)", lambda k: lambda x: k.ops.mean(x, axis=1)),
    "convolution": (
        "convolution over steps", 'Conv1D(3, 3, padding="same")(x)', lambda k: k.layers.Conv1D(3, 3, padding="same")
    ),
    "max-pool": ("max pooling over steps", "MaxPooling1D(2)(x)", lambda k: k.layers.MaxPooling1D(2)),
    "flatten": ("flatten", "Flatten()(x)", lambda k: k.layers.Flatten()),
    "permute": ("permute", "Permute((2, 1))(x)", lambda k: k.layers.Permute((2, 1))),
    "add": ("sum of two", "Add()([x, x])", lambda k: lambda x: k.layers.Add()([x, x])),
    "concatenate": ("side by side", "Concatenate()([x, x])", lambda k: lambda x: k.layers.Concatenate()([x, x])),
    "distributed": (
        "one layer at every step", "TimeDistributed(Dense(3))(x)", lambda k: k.layers.TimeDistributed(k.layers.Dense(3))
    ),
    "lambda": ("function as a layer", "Lambda(lambda x: 2 * x)(x)", lambda k: k.layers.Lambda(lambda x: 2 * x)),
    "times": ("plain arithmetic", "x * 2", lambda k: lambda x: x * 2),
    "operation": ("operation on every number", "keras.ops.relu(x)", lambda k: k.ops.relu),
    "join-op": (
        "side by side, operation", "keras.ops.concatenate([x, x], -1)",
        lambda k: lambda x: k.ops.concatenate([x, x], -1),
    ),
    "slice": ("slice", "x[:, :, :2]", lambda k: lambda x: x[:, :, :2]),
    "softmax": ("softmax over features", "Softmax()(x)", lambda k: k.layers.Softmax()),
}  # fmt: skip


def keras_rows(framework: str) -> Iterator[Row]:
    """Every layer of `KERAS` on the backend of this process."""
    import keras

    class Arrives(keras.layers.Layer):  # type: ignore[misc]
        """Gives its input a mask, as a layer inside a network finds it, and keeps what the steps hold."""

        def __init__(self, arriving: np.ndarray) -> None:
            super().__init__()
            self.supports_masking, self.arriving = True, arriving

        def call(self, inputs: Any) -> Any:
            return inputs + 0.0

        def compute_mask(self, inputs: Any, previous: Any = None) -> Any:
            return keras.ops.convert_to_tensor(self.arriving)

    for name, (layer, call, build) in KERAS.items():
        made = build(keras)
        plain = keras.ops.convert_to_numpy(made(keras.ops.convert_to_tensor(alone())))
        inside = getattr(made, "layer", made)
        if isinstance(inside, keras.layers.Layer) and inside.get_weights():
            rng = np.random.default_rng(2)
            inside.set_weights([_weights(rng, w) for w in inside.get_weights()])
            plain = keras.ops.convert_to_numpy(made(keras.ops.convert_to_tensor(alone())))
        row: Row = {"framework": framework, "name": name, "layer": layer, "call": call, "said": ""}
        for side in ("after", "before"):
            x, mask = padded(side)
            row[f"without_{side}"] = moved(
                plain, keras.ops.convert_to_numpy(made(keras.ops.convert_to_tensor(x))), side
            )
            row[f"with_{side}"], row["fate"], said = _masked(
                keras, build, made, lambda x=x, mask=mask: Arrives(mask)(x), plain, side
            )
            row["said"] = said or row["said"]
        yield row


def _weights(rng: np.random.Generator, like: np.ndarray) -> np.ndarray:
    """Weights with a bias that is not 0; a variance stays positive."""
    return np.asarray(np.abs(rng.normal(size=like.shape)) * 0.5 + 0.1, like.dtype)


def _masked(
    keras: Any, build: Any, made: Any, arriving: Callable[[], Any], plain: np.ndarray, side: str
) -> tuple[float | None, str, str]:
    """The change with the mask at hand, the mask's fate, and what Keras said of it (a layer warns once)."""
    fresh = build(keras)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            fresh(arriving())
            out = made(arriving())  # each time anew: a layer may take the mask off its input
        except Exception as error:
            return None, "fails", f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
    words = [" ".join(str(one.message).split()) for one in said if "masking" in str(one.message)]
    mask = getattr(out, "_keras_mask", None)
    off = moved(plain, keras.ops.convert_to_numpy(out), side)
    if mask is not None:
        return off, "passes", ""
    if words:
        return off, "drops with a warning", words[0][:200]
    ended = out.ndim == 2 and off == 0.0  # no steps any more, and the padding had no say in it
    return off, "uses" if ended else "loses silently", ""


# ---- PyTorch: a tensor carries no mask; it is handed to the layers that take one


def _torch_layers(torch: Any) -> dict[str, tuple[str, str, Callable[[Any], Any], Callable[[Any, Any], Any] | None]]:
    """Name: layer, call, the call without a mask, and with one where the layer takes one (mask True: a real step)."""
    nn = torch.nn
    packed = nn.utils.rnn.pack_padded_sequence

    def held(layer: Any) -> Any:
        rng = torch.Generator().manual_seed(3)
        with torch.no_grad():
            for each in layer.parameters():
                each.copy_(torch.rand(each.shape, generator=rng) * 0.6 + 0.1)
        return layer.eval()

    dense, norm, drop = held(nn.Linear(FEATURES, 3)), held(nn.LayerNorm(FEATURES)), nn.Dropout(0.2).eval()
    batch = held(nn.BatchNorm1d(FEATURES)).train()
    rnn, gru, lstm = (held(kind(FEATURES, 3, batch_first=True)) for kind in (nn.RNN, nn.GRU, nn.LSTM))
    both = held(nn.LSTM(FEATURES, 3, batch_first=True, bidirectional=True))
    attention = held(nn.MultiheadAttention(FEATURES, 1, batch_first=True))
    block = held(nn.TransformerEncoderLayer(FEATURES, 1, 8, batch_first=True))
    conv = held(nn.Conv1d(FEATURES, 3, 3, padding=1))

    def last(layer: Any, lstm: bool = False) -> tuple[Any, Any]:
        def state(found: Any) -> Any:
            return (found[1][0] if lstm else found[1]).transpose(0, 1).flatten(1)

        return (
            lambda x: state(layer(x)),
            lambda x, mask: state(layer(packed(x, mask.sum(1), batch_first=True))),
        )

    def steps(layer: Any) -> tuple[Any, Any]:
        def run(x: Any, mask: Any) -> Any:
            out = layer(packed(x, mask.sum(1), batch_first=True))[0]
            return nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])[0]

        return lambda x: layer(x)[0], run

    return {
        "dense": ("dense", "nn.Linear(4, 3)(x)", dense, None),
        "dropout": ("dropout", "nn.Dropout(0.2)(x)", drop, None),
        "activation": ("activation", "nn.ReLU()(x)", nn.ReLU(), None),
        "layer-norm": ("layer norm", "nn.LayerNorm(4)(x)", norm, None),
        "batch-norm": ("batch norm, training", "nn.BatchNorm1d(4)(x.mT)", lambda x: batch(x.mT).mT, None),
        "rnn": ("simple RNN, every step", "nn.RNN(4, 3)(pack_padded_sequence(x, lengths))", *steps(rnn)),
        "gru": ("GRU, every step", "nn.GRU(4, 3)(pack_padded_sequence(x, lengths))", *steps(gru)),
        "lstm": ("LSTM, every step", "nn.LSTM(4, 3)(pack_padded_sequence(x, lengths))", *steps(lstm)),
        "lstm-last": (
            "LSTM, last state", "nn.LSTM(4, 3)(pack_padded_sequence(x, lengths))[1]", *last(lstm, lstm=True)
        ),
        "both-ways": (
            "LSTM both ways, last states", "nn.LSTM(4, 3, bidirectional=True)(pack_padded_sequence(x, lengths))[1]",
            *last(both, lstm=True),
        ),
        "attention": (
            "self-attention", "nn.MultiheadAttention(4, 1)(x, x, x, key_padding_mask=~mask)",
            lambda x: attention(x, x, x)[0], lambda x, mask: attention(x, x, x, key_padding_mask=~mask)[0],
        ),
        "encoder": (
            "encoder block", "nn.TransformerEncoderLayer(4, 1)(x, src_key_padding_mask=~mask)",
            block, lambda x, mask: block(x, src_key_padding_mask=~mask),
        ),
        "mean": ("mean over steps", "nn.AdaptiveAvgPool1d(1)(x.mT)", lambda x: x.mT.mean(-1), None),
        "maximum": ("maximum over steps", "nn.AdaptiveMaxPool1d(1)(x.mT)", lambda x: x.mT.amax(-1), None),
        "mean-op": ("mean over steps, operation", "x.mean(1)", lambda x: x.mean(1), None),
        "convolution": (
            "convolution over steps", "nn.Conv1d(4, 3, 3, padding=1)(x.mT)", lambda x: conv(x.mT).mT, None
        ),
        "max-pool": ("max pooling over steps", "nn.MaxPool1d(2)(x.mT)", lambda x: nn.MaxPool1d(2)(x.mT).mT, None),
        "flatten": ("flatten", "nn.Flatten()(x)", nn.Flatten(), None),
        "permute": ("permute", "x.permute(0, 2, 1)", lambda x: x.permute(0, 2, 1), None),
        "add": ("sum of two", "x + x", lambda x: x + x, None),
        "concatenate": ("side by side", "torch.cat([x, x], -1)", lambda x: torch.cat([x, x], -1), None),
        "times": ("plain arithmetic", "x * 2", lambda x: x * 2, None),
        "operation": ("operation on every number", "F.relu(x)", torch.relu, None),
        "slice": ("slice", "x[:, :, :2]", lambda x: x[:, :, :2], None),
        "softmax": ("softmax over features", "nn.Softmax(-1)(x)", nn.Softmax(-1), None),
    }  # fmt: skip


def torch_rows(framework: str) -> Iterator[Row]:
    """Every layer of PyTorch; its fate follows from what was measured."""
    import torch

    with torch.no_grad():
        for name, (layer, call, plain, masked) in _torch_layers(torch).items():
            single = plain(torch.tensor(alone())).numpy()
            row: Row = {"framework": framework, "name": name, "layer": layer, "call": call, "said": ""}
            for side in ("after", "before"):
                x, mask = map(torch.tensor, padded(side))
                row[f"without_{side}"] = moved(single, plain(x).numpy(), side)
                row[f"with_{side}"] = moved(single, masked(x, mask).numpy(), side) if masked else None
            still = row["without_after"] == row["without_before"] == 0.0
            row["fate"] = "takes it" if masked else "needs none" if still else "takes none"
            yield row


# ---- one process a framework


def versions(framework: str) -> dict[str, str]:
    """Of what runs in this process."""
    from importlib.metadata import version

    if framework == "pytorch":
        return {"torch": version("torch").partition("+")[0]}
    import importlib

    backend = importlib.import_module(BACKENDS[framework])
    return {"keras": version("keras"), BACKENDS[framework]: str(backend.__version__).partition("+")[0]}


def worker(framework: str) -> None:
    """Run one framework and print its rows as JSON on the last line."""
    rows = list(torch_rows(framework) if framework == "pytorch" else keras_rows(framework))
    print(json.dumps({"rows": rows, "versions": versions(framework)}))


def asked(framework: str) -> dict[str, Any]:
    """What a framework says, from a process of its own."""
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    if framework in BACKENDS:
        environment["KERAS_BACKEND"] = BACKENDS[framework]
    done = subprocess.run(
        [sys.executable, __file__, "--one", framework], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{framework} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def table() -> dict[str, Any]:
    """All frameworks: when and with what they were run, and a row for each layer."""
    answers = {name: asked(name) for name in (*BACKENDS, "pytorch")}
    return {
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        "versions": {name: value for one in answers.values() for name, value in one["versions"].items()},
        "rows": [row for one in answers.values() for row in one["rows"]],
    }


def main(arguments: list[str]) -> int:
    """Write the file, or with --check say whether it is what the frameworks do."""
    if arguments[:1] == ["--one"]:
        worker(arguments[1])
        return 0
    made = table()
    if "--check" in arguments:
        same = json.loads(PLACE.read_text("utf-8"))["rows"] == made["rows"]
        print(f"{PLACE.name}: {'current' if same else 'not what the frameworks do now'}")
        return int(not same)
    head = {name: value for name, value in made.items() if name != "rows"}
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in made["rows"])
    PLACE.write_text(f'{json.dumps(head)[:-1]}, "rows": [\n{lines}\n]}}\n', "utf-8")
    print(f"wrote {PLACE.name}: {len(made['rows'])} rows, {PLACE.stat().st_size / 1000:,.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

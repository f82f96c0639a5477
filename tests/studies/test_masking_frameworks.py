"""The study's networks are Keras' and PyTorch's, lane by lane, and its table is what their layers do."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from cutaway.science.nets.sequences import Side, padded_batch
from cutaway.studies import masking
from cutaway.studies.run.padded import reader
from cutaway.studies.run.vowels import layers
from tests.studies.test_masking import EITHER, EVERY, parameters, sample, tool


def ours(model: str, side: Side, more: int) -> list[Any]:
    """What each lane gives for four utterances, padded to the longest and so many steps more."""
    return reader(model).apply(parameters(model, side), padded_batch(sample(), side=side, more=more))


# ---- the networks are the frameworks'


def keras_lanes(model: str, side: Side, more: int) -> list[tuple[Any, bool]]:
    """What each of Keras' layers gives, with whether a mask comes out, called as the study says they are."""
    import keras

    given, units = parameters(model, side), 10
    batch = padded_batch(sample(), side=side, more=more)
    x = keras.ops.convert_to_tensor(batch.values)
    out: list[tuple[Any, bool]] = []

    def ran(layer: Any, x: Any, weights: list[np.ndarray]) -> Any:
        layer.build(x.shape) if not layer.built else None
        layer.set_weights(weights)
        return layer(x)

    def heads(x: Any, part: dict[str, np.ndarray]) -> Any:
        layer = keras.layers.MultiHeadAttention(1, units, dtype="float64")
        layer.build(x.shape, x.shape)
        layer.set_weights(
            [
                w
                for name in ("query", "key", "value")
                for w in (part[f"{name}_kernel"][:, None], part[f"{name}_bias"][None])
            ]
            + [part["output_kernel"][None], part["output_bias"]]
        )
        return layer(x, x)

    for lane, part in zip(reader(model).lanes, given, strict=True):
        kind = {"dtype": "float64"}
        if lane.kind == "masking":
            x = keras.layers.Masking(**kind)(x)
        elif lane.kind in ("dense", "tanh", "linear", "classes"):
            bend = {"dense": "relu", "tanh": "tanh"}.get(lane.kind)
            size = part["bias"].size
            x = ran(keras.layers.Dense(size, activation=bend, **kind), x, [part["kernel"], part["bias"]])
        elif lane.kind == "relu":
            x = keras.ops.relu(x)
        elif lane.kind == "convolution":
            layer = keras.layers.Conv1D(units, 3, padding="same", activation="relu", **kind)
            x = ran(layer, x, [part["kernel"].reshape(3, 12, units), part["bias"]])
        elif lane.kind == "attention":
            x = heads(x, part)
        elif lane.kind == "shortcut":
            x = keras.layers.Add(**kind)([x, heads(x, part)])
        elif lane.kind == "lstm":
            x = ran(keras.layers.LSTM(units, **kind), x, [part[n] for n in ("kernel", "recurrent_kernel", "bias")])
        elif lane.kind == "mean":
            x = keras.layers.GlobalAveragePooling1D(**kind)(x)
        elif lane.kind == "maximum":
            x = keras.layers.GlobalMaxPooling1D(**kind)(x)
        out.append((keras.ops.convert_to_numpy(x), getattr(x, "_keras_mask", None) is not None))
    return out


@pytest.mark.slow
@EITHER
@EVERY
def test_every_lane_is_keras_s_and_so_is_its_mask(model: str, side: Side) -> None:
    from cutaway.science.nets import Masked

    for more in (0, 7):
        batch = padded_batch(sample(), side=side, more=more)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = keras_lanes(model, side, more)
        for lane, mine, (value, mask) in zip(reader(model).lanes, ours(model, side, more), theirs, strict=True):
            assert isinstance(mine, Masked) == mask, lane.kind
            values = mine.values if isinstance(mine, Masked) else mine
            if model == "shortcut" and lane.kind in ("mean", "classes"):
                continue  # its padded steps count, and there Keras' attention looks at all steps; see below
            if values.ndim == 3 and (mask or lane.kind == "shortcut"):  # padded steps have no meaning under a mask
                values, value = (one[batch.mask] for one in (values, value))
            np.testing.assert_allclose(values, value, atol=1e-6, err_msg=lane.kind)


@pytest.mark.slow
@EITHER
def test_a_shortcut_s_network_drifts_in_keras_too(side: Side) -> None:
    """Each utterance alone and padded; what its padded steps hold is Keras' own."""
    few, many = (keras_lanes("shortcut", side, more)[-1][0] for more in (0, 12))
    assert np.abs(few - many).max() > 0.05


@pytest.mark.slow
def test_a_shortcut_keeps_its_mask_in_a_functional_model_only() -> None:
    import keras

    part = {"kernel_initializer": keras.initializers.GlorotUniform(seed=1), "bias_initializer": "ones"}
    inside = [keras.layers.Masking(), keras.layers.Dense(4, **part), keras.layers.MultiHeadAttention(1, 4, **part)]
    add, mean = keras.layers.Add(), keras.layers.GlobalAveragePooling1D()

    def called(x: Any) -> Any:
        steps = inside[1](inside[0](x))
        return mean(add([steps, inside[2](steps, steps)]))

    given = keras.Input((None, 3))
    model = keras.Model(given, called(given))
    alone = np.random.default_rng(1).normal(size=(1, 4, 3)).astype(np.float32)
    padded = np.pad(alone, ((0, 0), (0, 5), (0, 0)))
    moved = [
        float(np.abs(np.subtract(*(keras.ops.convert_to_numpy(run(x)) for x in (alone, padded)))).max())
        for run in (model, called)
    ]
    assert moved[0] < 1e-5 and moved[1] > 0.05


def torch_logits(model: str, side: Side, more: int) -> Any:
    """PyTorch's, with the mask handed to the layers that take one where the study says so."""
    import torch
    from torch.nn import functional
    from torch.nn.utils.rnn import pack_padded_sequence

    given = [{name: torch.tensor(w) for name, w in part.items()} for part in parameters(model, side)]
    batch = padded_batch(sample(), side=side, more=more)
    x, mask = torch.tensor(batch.values), torch.tensor(batch.mask)
    lanes = [lane.kind for lane in reader(model).lanes]

    def linear(x: Any, part: Any) -> Any:
        return functional.linear(x, part["kernel"].T, part["bias"])

    def heads(x: Any, part: Any) -> Any:
        layer = torch.nn.MultiheadAttention(10, 1, batch_first=True, dtype=torch.float64).requires_grad_(False)
        names = ("query", "key", "value")
        layer.in_proj_weight.copy_(torch.cat([part[f"{n}_kernel"].T for n in names]))
        layer.in_proj_bias.copy_(torch.cat([part[f"{n}_bias"] for n in names]))
        layer.out_proj.weight.copy_(part["output_kernel"].T)
        layer.out_proj.bias.copy_(part["output_bias"])
        return layer(x, x, x, key_padding_mask=~mask, need_weights=False)[0]

    for kind, part in zip(lanes, given, strict=True):
        if kind in ("dense", "linear", "tanh", "classes"):
            bend = {"dense": torch.relu, "tanh": torch.tanh}.get(kind, lambda z: z)
            x = bend(linear(x, part))
        elif kind == "relu":
            x = torch.relu(x)
        elif kind == "convolution":
            kernel = part["kernel"].reshape(3, 12, 10).permute(2, 1, 0)
            x = torch.relu(functional.conv1d(x.mT, kernel, part["bias"], padding=1)).mT
        elif kind in ("attention", "shortcut"):
            x = heads(x, part) if kind == "attention" else x + heads(x, part)
        elif kind == "lstm":
            layer = torch.nn.LSTM(12, 10, batch_first=True, dtype=torch.float64).requires_grad_(False)
            layer.weight_ih_l0.copy_(part["kernel"].T)
            layer.weight_hh_l0.copy_(part["recurrent_kernel"].T)
            layer.bias_ih_l0.copy_(part["bias"])
            layer.bias_hh_l0.zero_()
            if "masking" in lanes:
                x = pack_padded_sequence(x, mask.sum(1), batch_first=True, enforce_sorted=False)
            x = layer(x)[1][0][0]
        elif kind == "mean":
            masked = model in masking.KEEPS
            x = (x * mask[..., None]).sum(1) / mask.sum(1)[:, None] if masked else x.mean(1)
        elif kind == "maximum":
            x = x.amax(1)
    return x.numpy()


@pytest.mark.slow
@EITHER
@EVERY
def test_its_logits_are_pytorch_s(model: str, side: Side) -> None:
    if (model, side) == ("lstm", "before"):
        packed = torch_logits(model, side, 7)
        assert np.abs(packed - ours(model, side, 7)[-1]).max() > 0.1, "packing takes the first steps, which are padding"
        return
    for more in (0, 7):
        np.testing.assert_allclose(ours(model, side, more)[-1], torch_logits(model, side, more), atol=1e-6)


# ---- the table of layers is what the frameworks do


@pytest.mark.slow
@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_the_stored_table_is_what_the_layers_do(framework: str) -> None:
    import keras

    module = tool()
    name = {one: name for name, one in module.BACKENDS.items()}[keras.backend.backend()]
    rows = module.torch_rows("pytorch") if framework == "pytorch" else module.keras_rows(name)
    now = {row["name"]: row for row in rows}
    then = {
        row["name"]: row
        for row in layers()["rows"]
        if row["framework"] == (name if framework == "keras" else framework)
    }
    assert now.keys() == then.keys() and len(now) > 20
    for each, row in now.items():
        assert (row["fate"], row["call"]) == (then[each]["fate"], then[each]["call"])
        for part in ("with_after", "with_before", "without_after", "without_before"):
            assert (row[part] is None) == (then[each][part] is None)
            assert row[part] is None or row[part] == pytest.approx(then[each][part], abs=1e-2, rel=1e-2), (each, part)

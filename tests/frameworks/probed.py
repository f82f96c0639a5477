"""One network three times: what `nets` says of a step, for PyTorch and Keras to say too."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np

from cutaway.core.probes import LayerProbe, StepProbe
from cutaway.science import nets
from cutaway.science.nets.convolution import Conv2D

NUMBERS = ("mean", "sd", "share_zero", "share_saturated", "gradient_norm", "gradient_ratio", "parameter_gradient_norm")
EXACT = ("kind", "units", "dead", "finite", "gradient_finite", "mask")


def images() -> tuple[np.ndarray, np.ndarray]:
    """Twenty of 8 × 8 with one channel, of three classes."""
    rng = np.random.default_rng(5)
    return rng.normal(size=(20, 8, 8, 1)).astype(np.float32), rng.integers(0, 3, 20)


def sequences() -> tuple[np.ndarray, np.ndarray]:
    """Sixteen of up to seven tokens, padded with 0 after their end, of three classes."""
    rng = np.random.default_rng(6)
    tokens = rng.integers(1, 9, (16, 7))
    tokens[np.arange(7) >= rng.integers(2, 8, 16)[:, None]] = 0
    return tokens, rng.integers(0, 3, 16)


CONVNET = nets.Sequential(
    (
        Conv2D(1, 4, 3),
        nets.BatchNorm(4, momentum=0.9, epsilon=1e-3),
        nets.ReLU(),
        nets.Flatten(),
        nets.Dense(144, 12),
        nets.Sigmoid(),
        nets.Dense(12, 10),
        nets.ReLU(),
        nets.Dense(10, 3),
    )
)
READER = nets.Sequential(
    (
        nets.Embedding(9, 5, mask_zero=True),
        nets.LSTM(5, 6, return_sequences=True),
        nets.Dense(6, 4),
        nets.GRU(4, 5),
        nets.Dense(5, 3),
    )
)


DEEP = nets.Sequential((Conv2D(1, 3, 3), nets.ReLU(), Conv2D(3, 2, 3), nets.Sigmoid(), nets.Flatten()))
FIELD = (5, 5)
"""What the centre of `DEEP` can see."""


def field() -> Any:
    """By the tape."""
    from cutaway.science.nets import probe

    found = probe.receptive_field(DEEP, images()[0], params=weights(DEEP))
    assert found.extent == FIELD
    assert found.layer == "3 sigmoid"
    return found


def weights(net: Any) -> Any:
    """Spread enough for units to die and to saturate."""
    rng = np.random.default_rng(2)

    def wider(p: np.ndarray) -> np.ndarray:
        return (p * 1.5 + rng.normal(0, 0.4, p.shape)).astype(np.float32)

    found = nets.mapped(wider, net.init((3,)))
    if net is CONVNET:
        found[4]["kernel"] *= 3
        found[6]["bias"][:3] = -20
    return found


def expected(net: Any, batch: tuple[np.ndarray, np.ndarray]) -> StepProbe:
    """By the tape."""
    from cutaway.science.nets import probe

    return probe.once(net, batch, nets.cross_entropy, params=weights(net))


def assert_same(ours: StepProbe, theirs: StepProbe, *, tolerance: float = 1e-5, activated: bool = False) -> None:
    """The same numbers to 1e-5 of the number, or of 1."""
    assert theirs.loss == close(ours.loss, tolerance)
    assert (theirs.rows, theirs.train) == (ours.rows, ours.train)
    assert len(ours.layers) == len(theirs.layers), (ours.names, theirs.names)
    for mine, other in zip(ours.layers, theirs.layers, strict=True):
        same(mine, other, tolerance)
    for a, b in zip(ours.gradient_factors, theirs.gradient_factors, strict=True):
        assert b == close(a, tolerance * 10)


def same(mine: LayerProbe, other: LayerProbe, tolerance: float) -> None:
    for name in NUMBERS:
        assert getattr(other, name) == close(getattr(mine, name), tolerance), (mine.name, other.name, name)
    for name in EXACT:
        assert getattr(other, name) == getattr(mine, name), (mine.name, other.name, name)
    assert (mine.norm is None) == (other.norm is None)
    if mine.norm is not None and other.norm is not None:
        for field in fields(mine.norm):
            assert getattr(other.norm, field.name) == close(getattr(mine.norm, field.name), tolerance), field.name
    # the bias of a layer may be two of PyTorch's, so only what the layer's parameters are together is compared
    assert bool(mine.parameters) == bool(other.parameters)


def close(value: float, tolerance: float) -> Any:
    import pytest

    return pytest.approx(value, rel=tolerance, abs=tolerance, nan_ok=math.isnan(value))

"""What a feature sees: by the sizes of the windows, and by changing one pixel after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    AvgPool2D,
    BatchNorm,
    Conv2D,
    ConvBlock,
    Dense,
    Flatten,
    MaxPool2D,
    ReLU,
    Sequential,
    effective_field,
    field_size,
    receptive_fields,
)

STACKS: dict[str, tuple[Any, ...]] = {
    "convolutions": (Conv2D(1, 2, 3), Conv2D(2, 2, 3), Conv2D(2, 1, 5)),
    "strides and pads": (Conv2D(1, 2, 3, stride=2, padding="same"), AvgPool2D(3, 1), Conv2D(2, 1, (3, 2), (1, 2), 1)),
    "dilated": (Conv2D(1, 2, 3, dilation=2), Conv2D(2, 1, 3, dilation=(4, 1))),
    "mean pools": (Conv2D(1, 2, 3), BatchNorm(2), AvgPool2D(2), Conv2D(2, 2, 3), AvgPool2D(2)),
    "nested": (Sequential((Conv2D(1, 2, 3), AvgPool2D(2))), Conv2D(2, 1, 3)),
}


@pytest.mark.parametrize("name", STACKS)
def test_a_feature_sees_the_pixels_that_change_it_and_no_others(name: str) -> None:
    model, x = Sequential(STACKS[name]), np.random.default_rng(1).normal(size=(1, 25, 24, 1)).astype(np.float32)
    params, state = model.init((0,)), model.start((0,))
    down, across = receptive_fields(model, (25, 24))[-1]
    y = model.apply(params, x, state, False)[0]
    assert (down.features, across.features) == y.shape[1:3]
    for place in ((0, 0), (down.features // 2, across.features - 1), (down.features - 1, 1)):
        seen = effective_field(model, params, state, x, place) > 0
        for axis, field, at in ((0, down, place[0]), (1, across, place[1])):
            rows = np.flatnonzero(seen.any(axis=1 - axis))
            first, end = field.seen(at)
            assert (rows[0], rows[-1] + 1) == (max(first, 0), min(end, seen.shape[axis]))
        changed = x.copy()
        changed[0][~seen] += 1
        np.testing.assert_allclose(model.apply(params, changed, state, False)[0][0][place], y[0][place], rtol=1e-5)


def test_the_field_of_the_usual_stack_by_hand() -> None:
    layers = (Conv2D(1, 4, 3, padding="same"), ReLU(), MaxPool2D(2), ConvBlock(4, 4, 3), Flatten(), Dense(144, 10))
    fields = receptive_fields(Sequential(layers), 28)
    assert [(down.size, down.jump, down.start) for down, _ in fields] == [
        (3, 1, -1),
        (3, 1, -1),
        (4, 2, -1),
        (10, 4, -1),
    ]
    assert [down.features for down, _ in fields] == [28, 28, 14, 6]
    assert fields[-1][0].seen(2) == (7, 17)
    assert fields[3][0].name == "3 convblock"
    assert receptive_fields(Conv2D(1, 1, 7), 9)[0][0].features == 3


def test_the_effective_field_is_a_bell_much_smaller_than_the_theoretical() -> None:
    """Of n equal windows of side k it is the binomial's √n, and the theoretical n (k - 1) + 1 (Luo et al.)."""
    x = np.random.default_rng(0).normal(size=(64, 61, 61, 1)).astype(np.float32)
    sizes = {}
    for depth in (5, 20):
        model = Sequential(tuple(Conv2D(1, 1, 3, padding="same", bias=False) for _ in range(depth)))
        params = tuple({"kernel": np.full((3, 3, 1, 1), 1 / 9, np.float32)} for _ in range(depth))
        field = effective_field(model, params, model.start((0,)), x)
        one = np.array([1.0])
        for _ in range(depth):
            one = np.convolve(one, np.full(3, 1 / 3))
        expected = np.outer(one, one) / one.max() ** 2
        side = len(one)
        middle = slice(30 - side // 2, 31 + side // 2)
        np.testing.assert_allclose(field[middle, middle], expected, atol=1e-5)
        sizes[depth] = field_size(field)
        assert sizes[depth] < side
    assert sizes[20] / sizes[5] == pytest.approx(2, rel=0.15)
    assert sizes[20] < 0.4 * (2 * 20 + 1)


def test_a_dead_network_sees_nothing() -> None:
    model = Sequential((Conv2D(1, 2, 3), ReLU()))
    params = ({"kernel": np.zeros((3, 3, 1, 2), np.float32), "bias": -np.ones(2, np.float32)}, ())
    field = effective_field(model, params, ((), ()), np.ones((2, 9, 9, 1), np.float32))
    assert field.shape == (9, 9) and not field.any()
    with pytest.raises(InputError, match="field: field_size expected a field that is not 0"):
        field_size(field)


def test_what_has_no_field_is_told() -> None:
    with pytest.raises(InputError, match=r"model: receptive_fields expected convolutions, pools .* got dense"):
        receptive_fields(Sequential((Conv2D(1, 2, 3), Dense(2, 2))), 9)
    model = Sequential((Flatten(), Dense(81, 2)))
    with pytest.raises(InputError, match=r"model: effective_field expected outputs \(n, i, j, c\), got shape \(1, 2\)"):
        effective_field(model, model.init((0,)), model.start((0,)), np.ones((1, 9, 9, 1), np.float32))

"""The tape: operations with a pull of their own, arithmetic against finite differences, and who watches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    Dense,
    Key,
    Pull,
    Sequential,
    Value,
    backward,
    operation,
    random,
    total,
    value_and_gradient,
    watching,
)


@operation
def cubed(x: np.ndarray) -> tuple[np.ndarray, Pull]:
    return x**3, lambda g, _: (3 * g * x**2,)


def expression(p: dict[str, Any]) -> Any:
    a, b = p["a"], p["b"]
    whole: Value = (cubed(a) - 2.0) / (b * b + 1.0) + (3.0 - a) @ p["c"] - b[0] / 2.0 + (1.0 / (b + 4.0)).reshape(3)
    return total(whole * whole)


def test_gradients_are_those_of_finite_differences() -> None:
    key: Key = (4, 2)
    rng = random(key)
    params = {"a": rng.normal(size=(2, 3)), "b": rng.uniform(0.5, 2, 3), "c": rng.normal(size=(3, 3))}
    value, gradient, _ = value_and_gradient(expression, params)
    assert value == pytest.approx(float(expression(params)))
    for name, p in params.items():
        for place in np.ndindex(p.shape):
            moved = [
                {
                    **params,
                    name: p + step * (np.arange(p.size) == np.ravel_multi_index(place, p.shape)).reshape(p.shape),
                }
                for step in (1e-6, -1e-6)
            ]
            slope = (float(expression(moved[0])) - float(expression(moved[1]))) / 2e-6
            assert gradient[name][place] == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_who_watches_around_sees_what_is_watched_inside() -> None:
    model = Sequential((Dense(2, 3), Dense(3, 1)))
    params, state = model.init((0,)), model.start((0,))
    with watching() as outer:
        with watching() as inner:
            model.apply(params, np.ones((4, 2), np.float32), state, True)
        model.apply(params, np.ones((4, 2), np.float32), state, True)
    assert [seen.kind for seen in inner] == ["dense", "dense"]
    assert [seen.name for seen in outer] == ["0 dense", "1 dense"] * 2


def test_what_is_not_one_number_has_no_gradient_of_its_own() -> None:
    with pytest.raises(InputError, match="backward: expected one number"):
        value_and_gradient(lambda w: w * 2.0, np.ones(3))
    assert callable(backward)

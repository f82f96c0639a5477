"""Dropout: what is left out, that the mean stays, and that a state repeats a run."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.nets import Dropout, Masked, dropout
from tests.science.nets.differences import agrees_with_differences, keeps_float32, pulled


def test_gradients(rng: np.random.Generator) -> None:
    x = rng.normal(size=(4, 5))
    agrees_with_differences(partial(dropout, rate=0.3, key=(1, 2)), x)
    keeps_float32(partial(dropout, rate=0.3, key=(1, 2)), x)


def test_shares_and_means() -> None:
    x = np.full((200, 500), 3.0, np.float32)
    y = dropout(x, rate=0.3, key=(5,))
    assert set(np.unique(y)) == {0, np.float32(3) * np.float32(1 / 0.7)}
    assert (y == 0).mean() == pytest.approx(0.3, abs=0.01)  # 7 standard errors
    assert y.mean() == pytest.approx(3, abs=0.03)
    value, (gradient,) = pulled(partial(dropout, rate=0.3, key=(5,)), (x,), np.ones_like(x))
    np.testing.assert_array_equal(gradient == 0, value == 0)


def test_each_step_draws_anew_and_a_state_repeats_it() -> None:
    layer, x = Dropout(0.5), np.ones((10, 10), np.float32)
    first, after = layer.apply((), x, layer.start((7, 1)), True)
    second, _ = layer.apply((), x, after, True)
    again, _ = layer.apply((), x, after, True)
    other, _ = layer.apply((), x, layer.start((7, 2)), True)
    assert not np.array_equal(first, second) and not np.array_equal(first, other)
    np.testing.assert_array_equal(second, again)
    assert all(isinstance(part, np.ndarray | np.generic) for part in after.values())


def test_nothing_is_left_out_afterwards() -> None:
    layer, x = Dropout(0.5), np.ones((2, 2))
    start = layer.start((0,))
    assert layer.apply((), x, start, False) == (x, start)
    assert Dropout(0).apply((), x, start, True) == (x, start)


def test_a_mask_is_handed_on() -> None:
    mask = np.array([[True, False]])
    y, _ = Dropout(0.5).apply((), Masked(np.ones((1, 2, 3)), mask), Dropout(0.5).start((0,)), True)
    assert y.mask is mask


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match="rate: Dropout expected the share to leave out"):
        Dropout(rate)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cutaway import tails
from cutaway.core.errors import InputError
from cutaway.core.states import State
from cutaway.science.tails.running import CHUNK

draws = arrays(np.float64, st.integers(0, 30), elements=st.floats(-1e9, 1e9))


def same(a: tails.Running, b: tails.Running) -> bool:
    return (
        (a.n, a.least, a.largest) == (b.n, b.least, b.largest)
        and a.total == pytest.approx(b.total, rel=1e-9, abs=1e-5)
        and bool((a.counts == b.counts).all())
    )


@given(draws, draws, draws)
def test_it_adds_up(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> None:
    a, b, c = (tails.Running.of(part) for part in (x, y, z))
    assert isinstance(a, State)
    assert same(tails.Running.of(np.concatenate((x, y))), a + b)
    assert same((a + b) + c, a + (b + c))
    assert same(a + tails.Running(), a)


def test_a_stream_is_folded_as_it_is_drawn() -> None:
    stops = [1, 10, 1_000, CHUNK - 1, CHUNK + 5]
    x = tails.cauchy_draws(stops[-1], seed=7)
    for n, found in zip(stops, tails.running(7, stops), strict=True):
        whole = tails.Running.of(x[:n])
        assert found.n == n
        assert (found.least, found.largest) == (x[:n].min(), x[:n].max())
        assert found.mean == pytest.approx(x[:n].mean(), rel=1e-9)
        assert np.abs(found.counts - whole.counts).sum() <= 2  # a draw on the edge of two bins
        if n >= 1_000:
            assert found.median == pytest.approx(np.median(x[:n]), abs=2e-3)
            assert found.quantile(0.9) == pytest.approx(np.quantile(x[:n], 0.9), rel=0.02)


def test_of_any_law() -> None:
    x = np.random.default_rng(1).normal(3, 1, 5_000)
    found = list(tails.running_of(lambda first, n: x[first : first + n], [100, 5_000]))
    assert [one.mean for one in found] == pytest.approx([x[:100].mean(), x.mean()])
    assert found[1].median == pytest.approx(np.median(x), abs=0.01)


def test_the_median_settles_and_the_mean_does_not() -> None:
    ends = [list(tails.running(seed, [10_000, 1_000_000]))[1] for seed in range(30)]
    assert np.abs([one.median for one in ends]).max() < 4 * np.pi / 2 / 1000
    assert np.quantile(np.abs([one.mean for one in ends]), 0.5) > 0.3  # the law says 1


@pytest.mark.parametrize("stops", [[0], [5, 5], [10, 3]])
def test_stops_ascend(stops: list[int]) -> None:
    with pytest.raises(InputError, match="ascend"):
        list(tails.running(1, stops))

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from cutaway import tails
from cutaway.core.errors import InputError

FAR = np.array([-1e300, -1e8, -3.0, -1.0, -1e-9, 0.0, 0.3, 1.0, 4.5, 1e12])


def ks(x: np.ndarray, distribution: np.ndarray) -> float:
    steps = np.arange(x.size + 1) / x.size
    return float(max((steps[1:] - distribution).max(), (distribution - steps[:-1]).max()))


def test_density_distribution_and_quantile_are_scipys() -> None:
    law = stats.cauchy(loc=0.5, scale=2.0)
    given_ = {"location": 0.5, "scale": 2.0}
    assert tails.cauchy_density(FAR, **given_) == pytest.approx(law.pdf(FAR), rel=1e-12)
    assert tails.cauchy_distribution(FAR, **given_) == pytest.approx(law.cdf(FAR), rel=1e-12)
    p = np.array([1e-300, 1e-9, 0.1, 0.25, 0.5, 0.75, 0.999])
    assert tails.cauchy_quantile(p, **given_) == pytest.approx(law.ppf(p), rel=1e-12)
    assert np.isnan(tails.cauchy_quantile(np.array([-0.1, 1.1]))).all()


@given(st.floats(1e-12, 1 - 1e-12))
def test_quantile_undoes_distribution(p: float) -> None:
    x = tails.cauchy_quantile(np.array([p]))
    assert tails.cauchy_distribution(x)[0] == pytest.approx(p, rel=1e-12)


def test_characteristic_function_is_the_transform_of_the_density() -> None:
    t = np.array([0.0, 0.5, -2.0])
    p = (np.arange(2_000_000) + 0.5) / 2_000_000  # the quantiles of a uniform grid stand for the law
    x = tails.cauchy_quantile(p, location=1.0, scale=0.5)
    seen = np.array([np.exp(1j * one * x).mean() for one in t])
    assert tails.cauchy_characteristic(t, location=1.0, scale=0.5) == pytest.approx(seen, abs=1e-5)


def test_the_mean_of_many_draws_is_as_wide_as_one() -> None:
    t, n = np.linspace(-3, 3, 7), 17
    assert tails.cauchy_characteristic(t / n) ** n == pytest.approx(tails.cauchy_characteristic(t), rel=1e-12)
    means = tails.cauchy_draws(400_000, seed=3).reshape(-1, 40).mean(axis=1)
    assert ks(np.sort(means), tails.cauchy_distribution(np.sort(means))) < 1.95 / np.sqrt(means.size)


def test_draws_follow_the_law_to_the_far_tail() -> None:
    x = np.sort(tails.cauchy_draws(1_000_000, seed=11))
    assert ks(x, tails.cauchy_distribution(x)) < 1.95 / 1000  # 1 in 1,000
    beyond = (np.abs(x) > 1e4).sum()
    assert abs(beyond - 1e6 * 2 / np.pi / 1e4) < 5 * np.sqrt(64)
    quarters, _ = np.histogram(tails.cauchy_distribution(x), bins=1024, range=(0, 1))
    chi = ((quarters - 1e6 / 1024) ** 2 / (1e6 / 1024)).sum()
    assert 1e-4 < special.chdtrc(1023, chi) < 1 - 1e-4


def test_neighbouring_draws_and_streams_are_unrelated() -> None:
    u = tails.cauchy_distribution(tails.cauchy_draws(1_000_000, seed=5)) - 0.5
    other = tails.cauchy_distribution(tails.cauchy_draws(1_000_000, seed=6)) - 0.5
    for a, b in ((u[1:], u[:-1]), (u[64:], u[:-64]), (u, other)):
        assert abs((a * b).mean() * 12) < 4 / 1000


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 50))
def test_a_stream_is_the_same_however_it_is_cut(first: int, n: int, seed: int) -> None:
    whole = tails.cauchy_draws(first + n, seed=seed)
    assert (tails.cauchy_draws(n, seed=seed, first=first) == whole[first:]).all()


def test_many_threads_draw_what_one_draws() -> None:
    many = tails.cauchy_draws(3_000_000, seed=8, location=2.0, scale=3.0)
    parts = [tails.cauchy_draws(50_000, seed=8, first=k, location=2.0, scale=3.0) for k in (0, 1_048_000, 2_950_000)]
    assert all((many[k : k + 50_000] == part).all() for k, part in zip((0, 1_048_000, 2_950_000), parts, strict=True))


@pytest.mark.parametrize("made", [
    lambda: tails.rays(np.random.default_rng(1).uniform(-np.pi / 2, np.pi / 2, 200_000), distance=1.0),
    lambda: tails.ratio_of_normals(200_000, seed=2),
    lambda: tails.first_passage(200_000, seed=3),
], ids=["rays", "ratio", "walk"])  # fmt: skip
def test_three_other_ways_lead_to_the_same_law(made) -> None:  # type: ignore[no-untyped-def]
    x = np.sort(made())
    assert ks(x, tails.cauchy_distribution(x)) < 1.95 / np.sqrt(x.size)


def test_the_distance_is_the_scale() -> None:
    x = np.sort(tails.first_passage(100_000, distance=4.0, seed=4))
    assert ks(x, tails.cauchy_distribution(x, scale=4.0)) < 1.95 / np.sqrt(x.size)


@pytest.mark.parametrize("call", [
    lambda: tails.cauchy_draws(-1, seed=0),
    lambda: tails.cauchy_draws(1, seed=-1),
    lambda: tails.cauchy_draws(1, seed=0, scale=0.0),
    lambda: tails.cauchy_density(FAR, scale=float("nan")),
    lambda: tails.rays(FAR, distance=-1.0),
])  # fmt: skip
def test_bad_input_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        call()

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from cutaway import tails
from cutaway.core.errors import InputError


def drawn(n: int, seed: int, *, alpha: float = 2.5, discrete: bool = False) -> np.ndarray:
    return tails.power_law_draws(n, alpha=alpha, xmin=1.0, discrete=discrete, random=np.random.default_rng(seed))


def by_hand(x: np.ndarray, *, discrete: bool, sides: bool, largest: float) -> tuple[float, float, float]:
    """Every threshold, every value."""
    best = (np.inf, np.nan, np.nan)
    for u in np.unique(x)[:-2]:
        tail = np.sort(x[x >= u])
        values = np.unique(tail)
        if discrete:
            found = optimize.minimize_scalar(
                lambda a, tail=tail, u=u: tail.size * np.log(special.zeta(a, u)) + a * np.log(tail).sum(),
                bounds=(1.0001, 30), method="bounded", options={"xatol": 1e-10},
            )  # fmt: skip
            alpha = found.x
            fitted = special.zeta(alpha, values) / special.zeta(alpha, u)
        else:
            alpha = 1 + tail.size / np.log(tail / u).sum()
            fitted = (values / u) ** (1 - alpha)
        if alpha > largest:
            continue
        left = np.array([(tail >= v).mean() for v in values])
        gap = np.abs(left - fitted)
        if sides:
            gap = np.maximum(gap, np.abs(np.append(left[1:], fitted[-1]) - fitted))
        if gap.max() < best[0]:
            best = (gap.max(), alpha, u)
    return best


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.booleans(), st.sampled_from([np.inf, 3.0]))
def test_the_threshold_is_the_best_of_all(seed: int, discrete: bool, sides: bool, largest: float) -> None:
    body = np.random.default_rng(seed).uniform(0.2, 3, 40)
    x = np.concatenate((np.ceil(body) if discrete else body.round(2), 2 * drawn(60, seed, discrete=discrete)))
    ks, alpha, xmin = by_hand(x, discrete=discrete, sides=sides, largest=largest)
    if not np.isfinite(ks):
        return
    found = tails.power_law(x, discrete=discrete, sides=sides, largest_alpha=largest)
    assert found.ks == pytest.approx(ks, rel=1e-6)
    assert (found.alpha, found.xmin) == pytest.approx((alpha, xmin), rel=1e-5)


@pytest.mark.parametrize("q", [1.0, 2.0, 7.0, 30.0, 1e5])
@pytest.mark.parametrize("s", [1.02, 1.5, 2.5, 6.0])
def test_hurwitz_zeta_is_scipys(s: float, q: float) -> None:
    from cutaway.science.tails.powerlaw_kernel import hurwitz

    value, slope = hurwitz(s, q)
    assert value == pytest.approx(special.zeta(s, q), rel=1e-12)
    h = 1e-5
    assert slope == pytest.approx((special.zeta(s + h, q) - special.zeta(s - h, q)) / (2 * h), rel=1e-5)


@pytest.mark.parametrize("discrete", [False, True])
def test_parameters_are_found_again(discrete: bool) -> None:
    x = drawn(40_000, 1, alpha=2.2, discrete=discrete)
    found = tails.power_law(x, discrete=discrete, xmin=1.0)
    assert abs(found.alpha - 2.2) < 4 * found.error
    assert found.points == found.n == 40_000


@given(st.integers(0, 1000), st.floats(1e-3, 1e3))
def test_scale_moves_only_the_threshold(seed: int, scale: float) -> None:
    x = drawn(80, seed)
    one, other = tails.power_law(x), tails.power_law(x * scale)
    assert other.xmin == pytest.approx(one.xmin * scale)
    assert (other.alpha, other.ks) == pytest.approx((one.alpha, one.ks), rel=1e-6)


def test_a_threshold_between_values_may_be_given() -> None:
    x = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    found = tails.power_law(x, xmin=1.5)
    assert found.points == 4
    assert found.alpha == pytest.approx(1 + 4 / np.log(x[1:] / 1.5).sum())


def test_the_p_value_refutes_what_is_no_power_law() -> None:
    right = drawn(600, 3)
    assert tails.power_law_p_value(right, tails.power_law(right, xmin=1.0), replicates=100, xmin=1.0) > 0.05
    wrong = np.random.default_rng(4).exponential(1.0, 600) + 1
    assert tails.power_law_p_value(wrong, tails.power_law(wrong, xmin=1.0), replicates=100, xmin=1.0) < 0.02


@pytest.mark.parametrize(("x", "given_", "word"), [
    ([1.0, 2.0], {}, "distinct"),
    ([1.0, 2.0, np.inf, 3.0], {}, "infinite"),
    ([1.0, 2.5, 4.0], {"discrete": True}, "fractions"),
    ([1.0, 2.0, 4.0, 5.0], {"largest_alpha": 1.01}, "allow"),
    ([1.0, 2.0, 4.0, 5.0], {"xmin": 9.0}, "lower"),
])  # fmt: skip
def test_bad_input_is_refused(x: list[float], given_: dict[str, float], word: str) -> None:
    with pytest.raises(InputError, match=word):
        tails.power_law(np.array(x), **given_)  # type: ignore[arg-type]

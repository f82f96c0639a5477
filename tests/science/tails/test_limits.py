from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from cutaway import tails
from cutaway.core.errors import InputError
from cutaway.science.tails import laws
from cutaway.science.tails.laws import Law

SCIPY = {
    "normal": (laws.normal(), stats.norm()),
    "uniform": (laws.uniform(), stats.uniform()),
    "exponential": (laws.exponential(), stats.expon()),
    "log-normal": (laws.lognormal(0.8), stats.lognorm(0.8)),
    "Pareto 4.5": (laws.pareto(4.5), stats.pareto(4.5)),
    "Student 5": (laws.student(5), stats.t(5)),
}


@pytest.mark.parametrize("name", SCIPY)
def test_moments_are_scipys(name: str) -> None:
    law, same = SCIPY[name]
    assert (law.mean, law.sd, law.median) == pytest.approx((same.mean(), same.std(), same.median()), abs=1e-9)
    low, high = same.ppf(1e-14), same.ppf(1 - 1e-14)
    third, _ = integrate.quad(
        lambda x: abs(x - law.mean) ** 3 * same.pdf(x), low, high, points=[law.mean, law.median, 3.0, 30.0], limit=500
    )
    assert law.third == pytest.approx(third, rel=5e-4)  # the quadrature ends where 1e-14 is left


def test_a_coin() -> None:
    p = 0.1
    law = laws.coin(p)
    assert (law.mean, law.sd) == pytest.approx((p, np.sqrt(p * (1 - p))))
    assert law.third == pytest.approx(p * 0.9**3 + 0.9 * p**3)


@pytest.mark.parametrize(
    "law", [laws.pareto(1.3), laws.student(1), laws.student(1.7), laws.pareto(0.8)], ids=lambda law: law.name
)
def test_tails_have_the_weight_that_is_told(law: Law) -> None:
    x = law.draw(np.random.default_rng(1), 2_000_000)
    far = 30.0
    share = (np.abs(x) > far).mean()
    expected = (law.right + law.left) * far**-law.index
    assert share == pytest.approx(expected, rel=5 / np.sqrt(2e6 * expected) + 0.01)


@pytest.mark.parametrize(
    "law", [laws.pareto(1.5), laws.student(1), laws.student(1.5), laws.exponential()], ids=lambda law: law.name
)
def test_sums_tend_to_their_limit(law: Law) -> None:
    few, many = tails.approach(law, (2, 3_000), repeats=3_000, seed=1)
    assert many.value < 1.5 * many.noise
    assert many.value < few.value or few.value < few.noise  # Cauchy's are there at once


def test_the_limit_of_a_skewed_law_is_skewed() -> None:
    x = np.array([-2.0, 0.0, 3.0])
    found = tails.limit_distribution(laws.pareto(1.5))(x)
    assert found == pytest.approx(tails.stable_distribution(x + 1, alpha=1.5, beta=1.0))  # -tan(3π/4) = 1
    assert tails.limit_distribution(laws.uniform())(x) == pytest.approx(tails.normal_distribution(x))


@pytest.mark.parametrize(
    "law", [laws.exponential(), laws.uniform(), laws.coin(0.2), laws.lognormal(0.5)], ids=lambda law: law.name
)
@pytest.mark.parametrize("n", [1, 10, 100])
def test_the_bound_of_berry_and_esseen_holds(law: Law, n: int) -> None:
    (found,) = tails.approach(law, (n,), repeats=20_000, seed=2)
    assert found.value - found.noise <= tails.berry_esseen(law, n)


def test_thirty_are_not_enough() -> None:
    """Log-normal with σ = 2, Pareto with α = 2.1 and Cauchy are far from normal; the exponential law is not."""
    worst = [tails.approach(law, (30,), repeats=5_000, to=tails.normal_distribution)[0] for law in (
        laws.lognormal(2.0), laws.pareto(2.1), laws.student(1))]  # fmt: skip
    assert all(one.value - one.noise > 0.09 for one in worst)
    (fair,) = tails.approach(laws.exponential(), (30,), repeats=5_000)
    assert fair.value < 0.06
    assert tails.berry_esseen(laws.student(1), 30) == np.inf


def test_the_distance_is_that_of_kolmogorov_and_smirnov() -> None:
    x = np.random.default_rng(3).normal(0.1, 1, 1_500)
    expected = stats.kstest(x, "norm").statistic
    assert tails.ks_distance(x, tails.normal_distribution).value == pytest.approx(expected, abs=1e-12)
    many = np.random.default_rng(3).normal(0.1, 1, 50_000)
    expected = stats.kstest(many, "norm").statistic
    assert 0 <= tails.ks_distance(many, tails.normal_distribution).value - expected < 6e-4


def test_sums_are_the_same_in_any_number_of_threads() -> None:
    from cutaway.core.threads import alone

    law = laws.exponential()
    many = tails.sums(law, 1_000, 5_000, seed=4)
    with alone():
        assert (tails.sums(law, 1_000, 5_000, seed=4) == many).all()


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="symmetric"):
        tails.sums(laws.pareto(1.0), 10, 10, seed=0)
    with pytest.raises(InputError, match="at least 1"):
        tails.sums(laws.normal(), 0, 10, seed=0)
    for wrong in (lambda: laws.pareto(0), lambda: laws.lognormal(-1), lambda: laws.student(0), lambda: laws.coin(1)):
        with pytest.raises(InputError):
            wrong()

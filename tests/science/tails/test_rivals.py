from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from cutaway.science.tails import TailSketch, lognormal, mixtures
from cutaway.science.tails.rivals import against_lognormal, against_mixture
from cutaway.science.tails.sides import Reach, reach, repeats, tails_of


def test_log_normal_likelihood_equals_a_search() -> None:
    x = np.random.default_rng(1).lognormal(0, 1.2, 4_000)
    u = np.quantile(x, 0.8)
    y = np.log(x[x > u] / u)
    share = 0.2
    bound = stats.norm.ppf(1 - share)

    def negative(parameters: np.ndarray) -> float:
        z, s = min(float(parameters[0]), bound), float(np.exp(parameters[1]))
        return -float((stats.norm.logpdf(z + y / s) - np.log(s) - stats.norm.logsf(z)).sum())

    best = optimize.minimize(negative, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    ours = lognormal.loglik(y, share)
    assert ours <= -best.fun + 1e-6
    assert ours == pytest.approx(-best.fun, abs=0.3)  # the grid's coarseness, small beside the margin of 5.0


def test_log_normal_may_not_stand_farther_out_than_its_share_allows() -> None:
    """A Pareto tail is the limit of a log-normal one ever farther out, so the bound is what tells them apart."""
    y = np.random.default_rng(2).exponential(size=1_000)
    assert lognormal.loglik(y, 1e-12) - lognormal.loglik(y, 0.3) > 10


def test_points_stand_for_all() -> None:
    values = np.sort(np.random.default_rng(3).exponential(size=5_000))[::-1]
    points = mixtures.Points.of(values)
    assert points.weight.sum() == pytest.approx(5_000)
    assert float(points.weight @ points.values) == pytest.approx(values.sum(), rel=0.01)
    np.testing.assert_array_equal(mixtures.Points.of(values[:50]).values, values[:50])


def test_one_component_is_contained() -> None:
    e = np.sort(np.random.default_rng(4).exponential(3.0, size=300))[::-1]
    points = mixtures.Points.of(e)
    single = float(
        points.weight @ stats.expon.logpdf(points.values, scale=np.average(points.values, weights=points.weight))
    )
    assert mixtures.exponentials_loglik(points, 0.0) >= single - 0.05


def test_two_components_reach_the_truth() -> None:
    rng = np.random.default_rng(5)
    scale = np.where(rng.random(2_000) < 0.1, 20.0, 1.0)
    e = np.sort(rng.exponential(scale))[::-1]
    points = mixtures.Points.of(e)
    truth = 0.9 * stats.expon.pdf(points.values) + 0.1 * stats.expon.pdf(points.values, scale=20.0)
    assert mixtures.exponentials_loglik(points, 0.0) >= float(points.weight @ np.log(truth)) - 0.5
    v = np.sort(np.abs(rng.normal(scale=scale)))[::-1]
    points = mixtures.Points.of(v)
    truth = 1.8 * stats.norm.pdf(points.values) + 0.2 * stats.norm.pdf(points.values, scale=20.0)
    assert mixtures.normals_loglik(points, 0.0, 0.0) >= float(points.weight @ np.log(truth)) - 0.5


def reached(x: np.ndarray, side: str = "right", power: int = 1) -> Reach:
    sketch = TailSketch.of(x)
    quartiles = tuple(np.quantile(x, [0.25, 0.5, 0.75]).tolist())
    tail = next(t for t in tails_of(sketch, quartiles) if (t.side, t.power) == (side, power))
    found = reach(tail, sketch.n)
    assert found is not None
    return found


@pytest.mark.parametrize(("side", "power"), [("right", 1), ("left", 1), ("both", 1), ("both", 2)])
def test_power_laws_beat_their_rivals(side: str, power: int) -> None:
    x = np.random.default_rng(6).standard_t(1.5, 20_000)
    found = reached(x, side, power)
    assert against_lognormal(found, len(x)) > 5.0
    assert against_mixture(found, float(np.median(x))) > 5.0


def test_advantages_do_not_depend_on_scale() -> None:
    x = np.random.default_rng(7).standard_cauchy(5_000)
    for power in (1, 2):
        one, other = reached(x, "both", power), reached(1e6 * x, "both", power)
        assert against_lognormal(other, 5_000) == pytest.approx(against_lognormal(one, 5_000), abs=1e-4)
        assert against_mixture(other, 0.0) == pytest.approx(against_mixture(one, 0.0), abs=1e-4)


def test_rivals_win_on_their_own_data() -> None:
    rng = np.random.default_rng(8)
    x = rng.lognormal(0, 2, 5_000)
    assert against_lognormal(reached(x), 5_000) < 5.0
    x = np.concatenate((rng.exponential(size=2_000), 20 * rng.exponential(size=200)))
    assert against_mixture(reached(x), float(np.median(x))) < 0


def test_repeats() -> None:
    assert repeats(np.array([9.0, 9, 9, 5, 4, 4])) == 3
    assert repeats(np.array([9.0, 8, 8, 5])) == 0
    assert repeats(np.array([9.0, 9, 8, 8, 5, 4])) == 4
    assert repeats(np.array([-999.0, -999, -3, -2])) == 2
    assert repeats(np.array([2.0, 2, 1, 1])) == 4

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway import tails
from cutaway.core.errors import InputError

ESTIMATORS = {"pickands": tails.pickands, "moment": tails.moment}


def pareto_like(gamma: float, n: int, seed: int) -> np.ndarray:
    """Draws of the generalised Pareto law, moved so that it is the exact Pareto law where γ > 0."""
    u = np.random.default_rng(seed).random(n)
    return -np.log(u) if gamma == 0 else (u**-gamma - 1) / gamma + max(1 / gamma, 0)


def test_hills_curve_is_hill() -> None:
    x = pareto_like(0.7, 500, 1)
    curve = tails.index_curve(x, method="hill")
    assert isinstance(curve, tails.IndexCurve)
    assert curve.k.tolist() == list(range(1, 500))
    for k in (1, 17, 200, 499):
        assert curve.alpha[k - 1] == pytest.approx(tails.hill(x, k).alpha, rel=1e-9)
        assert curve.error[k - 1] == pytest.approx(curve.gamma[k - 1] / np.sqrt(k))


def test_pickands_by_hand() -> None:
    x = np.array([3.0, 20.0, 1.0, np.nan, 8.0, 7.0, 2.0, 0.0, -4.0])
    assert tails.pickands(x, 1).gamma == pytest.approx(np.log2((20 - 8) / (8 - 3)))
    assert tails.pickands(x, 2).gamma == pytest.approx(np.log2((8 - 3) / (3 - -4)))


def test_moment_by_hand() -> None:
    x = pareto_like(0.5, 60, 2)
    logs = np.log(np.sort(x)[::-1])
    for k in (2, 10, 59):
        one, two = np.mean(logs[:k] - logs[k]), np.mean((logs[:k] - logs[k]) ** 2)
        assert tails.moment(x, k).gamma == pytest.approx(one + 1 - 0.5 / (1 - one**2 / two), rel=1e-9)
    assert np.isnan(tails.moment(x, 1).gamma)


@pytest.mark.parametrize("gamma", [-0.5, 0.0, 0.5, 2.0])
@pytest.mark.parametrize("method", ESTIMATORS)
def test_the_truth_is_found_and_errors_are_as_stated(method: str, gamma: float) -> None:
    found = [ESTIMATORS[method](pareto_like(gamma, 8_000, seed), 200) for seed in range(150)]
    estimates, errors = np.array([(one.gamma, one.error) for one in found]).T
    spread = estimates.std(ddof=1)
    assert estimates.mean() == pytest.approx(gamma, abs=0.03 + 3 * spread / np.sqrt(150))  # 0.03: bias at k = 200
    assert spread == pytest.approx(errors.mean(), rel=0.2)  # 3.4 standard deviations of it
    covered = np.mean([low <= gamma <= high for low, high in (one.interval for one in found)])
    assert covered > 0.88


@pytest.mark.parametrize(
    ("method", "gamma", "variance"),
    [
        ("pickands", 0.0, 3 / (4 * np.log(2) ** 4)),
        ("pickands", 1.0, 9 / (4 * np.log(2) ** 2)),
        ("moment", 0.0, 1.0),
        ("moment", 1.0, 2.0),
        ("moment", -1.0, 4 * 3 * (4 - 6 + 16 * 3 / 20)),
        ("hill", 2.0, 4.0),
    ],
)
def test_variances_as_published(method: str, gamma: float, variance: float) -> None:
    from cutaway.science.tails.extreme import _VARIANCES

    assert _VARIANCES[method](np.array([gamma]))[0] == pytest.approx(variance, rel=1e-9)


def test_the_variance_is_continuous_where_the_formula_changes() -> None:
    from cutaway.science.tails.extreme import _VARIANCES

    for method in ESTIMATORS:
        near = _VARIANCES[method](np.array([-1e-7, 0.0, 1e-7]))
        assert near == pytest.approx(np.full(3, near[1]), rel=1e-5)


@given(st.integers(0, 1000), st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_pickands_heeds_neither_shift_nor_scale(seed: int, scale: float, shift: float) -> None:
    x = pareto_like(0.8, 200, seed)
    assert tails.pickands(scale * x + shift, 20).gamma == pytest.approx(tails.pickands(x, 20).gamma, abs=1e-6)


@given(st.integers(0, 1000), st.floats(1e-3, 1e3))
def test_the_moment_estimate_heeds_no_scale(seed: int, scale: float) -> None:
    x = pareto_like(0.8, 200, seed)
    assert tails.moment(scale * x, 20).gamma == pytest.approx(tails.moment(x, 20).gamma, rel=1e-6)


def test_what_ends_has_no_tail_index() -> None:
    found = tails.moment(pareto_like(-1.0, 5_000, 3), 500)
    assert isinstance(found, tails.ExtremeIndex)
    assert found.gamma < 0
    assert found.alpha == np.inf
    assert np.isinf(tails.index_curve(pareto_like(-1.0, 5_000, 3), method="moment").alpha[499])


@pytest.mark.parametrize(
    ("x", "method", "message"),
    [
        (np.arange(3.0), "pickands", "at least 4 values, got 3"),
        (-np.arange(3.0), "moment", "at least 2 positive values, got 0"),
        (np.array([1.0, 2.0, np.inf]), "hill", "infinite"),
        (np.arange(9.0), "median", "one of hill, pickands, moment"),
    ],
    ids=["few", "negative", "infinite", "unknown"],
)
def test_bad_input_is_refused(x: np.ndarray, method: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        tails.index_curve(x, method=method)  # type: ignore[arg-type]


def test_k_outside_is_refused() -> None:
    with pytest.raises(InputError, match="from 1 to 10, got 11"):
        tails.pickands(np.arange(40.0), 11)

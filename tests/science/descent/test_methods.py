"""Steps of the methods: against a solved case, their laws, and the compiled count of the same steps."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science import descent

PLAIN = {
    "gradient": descent.gradient_step,
    "momentum": descent.momentum_step,
    "nesterov": descent.nesterov_step,
    "adam": descent.adam_step,
}
conditions = st.floats(1.01, 1e4)
angles = st.floats(0, math.pi)
errors = st.tuples(st.floats(0.1, 5), st.floats(-5, -0.1)).map(np.array)
shares = st.floats(0.05, 0.95)


def turned(condition: float, angle: float, optimum: np.ndarray | None = None) -> descent.Quadratic:
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return descent.Quadratic(turn @ np.diag([condition, 1.0]) @ turn.T, np.zeros(2) if optimum is None else optimum)


def least_squares(seed: int, rows: int = 40, columns: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)) * rng.uniform(0.1, 10, columns) + rng.normal(size=columns)
    return x, x @ rng.normal(size=columns) + rng.normal(size=rows) + 3


@given(st.integers(0, 1000))
def test_the_quadratic_is_the_loss_of_least_squares(seed: int) -> None:
    x, y = least_squares(seed)
    one = descent.Quadratic.of_least_squares(x, y)
    design = np.column_stack([np.ones(len(x)), x])
    best = np.linalg.lstsq(design, y, rcond=None)[0]
    np.testing.assert_allclose(one.optimum, best[1:], rtol=1e-8)
    b = np.random.default_rng(seed + 1).normal(size=2)
    left = y - x @ b
    direct = np.mean((left - left.mean()) ** 2) / 2
    assert one.floor + one.gap(b) == pytest.approx(direct, rel=1e-9)


@given(st.integers(0, 1000))
def test_gradient_against_finite_differences(seed: int) -> None:
    one = descent.Quadratic.of_least_squares(*least_squares(seed, columns=3))
    b = np.random.default_rng(seed).normal(size=3)
    for i, step in enumerate(1e-4 * np.eye(3)):
        slope = (one.gap(b + step) - one.gap(b - step)) / 2e-4
        assert one.gradient(b)[i] == pytest.approx(slope, rel=1e-6, abs=1e-6)


@given(conditions, angles, errors)
def test_the_parts_sum_to_the_gap(condition: float, angle: float, b: np.ndarray) -> None:
    one = turned(condition, angle)
    assert one.split(b).sum() == pytest.approx(one.gap(b), rel=1e-9)
    assert one.condition == pytest.approx(condition, rel=1e-6)


@given(conditions, angles, errors, shares)
def test_gradient_descent_shrinks_each_part_by_itself(
    condition: float, angle: float, b: np.ndarray, share: float
) -> None:
    """The closed form along the eigenvectors: part i after k steps is (1 - ηλᵢ)^(2k) of what it was."""
    one = turned(condition, angle)
    values, _ = one.eigen
    rate = share * 2 / values[0]
    way = descent.path(one, "gradient", descent.Settings(rate=rate), b, 7)
    promised = one.split(b) * (1 - rate * values) ** 14
    np.testing.assert_allclose(one.split(way[-1]), promised, rtol=1e-6, atol=1e-9 * one.gap(b))


@given(conditions, angles, errors, st.sampled_from(["gradient", "momentum", "nesterov"]))
def test_best_settings_shrink_at_the_proved_rate(condition: float, angle: float, b: np.ndarray, method: str) -> None:
    settings_ = descent.best_settings(method, 1.0, condition)  # type: ignore[arg-type]
    rates = descent.shrinkage(method, np.array([1.0, condition]), settings_)  # type: ignore[arg-type]
    root = math.sqrt(condition)
    proved = {
        "gradient": (condition - 1) / (condition + 1),
        "momentum": (root - 1) / (root + 1),
        "nesterov": 1 - 1 / root,
    }[method]
    assert rates.max() == pytest.approx(proved, rel=1e-6, abs=1e-6)
    for share, ends in ((0.999, True), (1.001, False)):
        rate = share * descent.stable_rate(method, condition, settings_.inertia)  # type: ignore[arg-type]
        at = descent.Settings(rate=rate, inertia=settings_.inertia)
        largest = descent.shrinkage(method, np.array([1.0, condition]), at).max()  # type: ignore[arg-type]
        assert bool(largest < 1) is ends


@pytest.mark.parametrize("method", ["gradient", "momentum", "nesterov", "newton"])
def test_a_longer_step_than_the_stable_one_diverges(method: descent.methods.Method) -> None:
    one, start = turned(20.0, 0.4), np.array([1.0, 1.0])
    for share, ends in ((0.97, True), (1.03, False)):
        way = descent.path(one, method, descent.at_share(one, method, share, start), start, 2000)
        assert bool(np.linalg.norm(np.nan_to_num(way[-1], nan=1e9)) < 1e-3) is ends


@settings(deadline=None)
@given(conditions.filter(lambda k: k < 300), angles, errors, shares, st.sampled_from(sorted(PLAIN)))
def test_the_compiled_count_takes_the_plain_steps(
    condition: float, angle: float, b: np.ndarray, share: float, method: descent.methods.Method
) -> None:
    one = turned(condition, angle)
    chosen = descent.at_share(one, method, share, b)
    counted = descent.steps_taken(one, method, chosen, b, tolerance=1e-3, limit=400)
    way = descent.path(one, method, chosen, b, 400)
    gaps = np.array([one.gap(each) for each in way])
    arrived = np.flatnonzero(gaps <= 1e-3 * gaps[0])
    if math.isinf(counted):
        assert arrived.size == 0
    else:  # at the very border of the tolerance rounding may decide
        k = int(counted)
        assert gaps[k] <= 1e-3 * gaps[0] * (1 + 1e-9) and (gaps[:k] > 1e-3 * gaps[0] * (1 - 1e-9)).all()


@settings(deadline=None)
@given(conditions, angles, errors)
def test_the_closed_form_counts_the_same_steps(condition: float, angle: float, b: np.ndarray) -> None:
    one = turned(condition, angle)
    rate = descent.best_settings("gradient", 1.0, condition).rate
    taken = descent.steps_taken(one, "gradient", descent.Settings(rate=rate), b)
    assert descent.gradient_steps(one, rate, b) == pytest.approx(taken, abs=1)


@given(conditions, angles, errors)
def test_newton_ends_in_one_step(condition: float, angle: float, b: np.ndarray) -> None:
    one = turned(condition, angle, np.array([3.0, -2.0]))
    way = descent.path(one, "newton", descent.Settings(rate=1.0), b, 1)
    np.testing.assert_allclose(way[-1], one.optimum, atol=1e-8)


def test_adam_follows_its_formula() -> None:
    """Against the sums written out: m and v as weighted sums of all gradients so far."""
    one, chosen = turned(9.0, 0.7), descent.Settings(rate=0.05, inertia=0.9)
    state, seen = descent.State.at(np.array([1.0, -2.0])), []
    for k in range(1, 30):
        seen.append(one.gradient(state.b))
        ages = np.arange(k)[::-1, None]
        mean = (0.1 * 0.9**ages * seen).sum(axis=0) / (1 - 0.9**k)
        square = (0.001 * 0.999**ages * np.square(seen)).sum(axis=0) / (1 - 0.999**k)
        promised = state.b - 0.05 * mean / (np.sqrt(square) + 1e-8)
        state = descent.adam_step(state, one.gradient, chosen)
        np.testing.assert_allclose(state.b, promised, rtol=1e-9)


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), errors)
def test_adam_does_not_feel_the_size_of_a_gradient(first: float, second: float, b: np.ndarray) -> None:
    """Along the axes the path is that of any other sizes, but for ε."""
    chosen = descent.Settings(rate=0.1, inertia=0.9, floor=0.0)
    one = descent.Quadratic(np.diag([first, second]), np.zeros(2))
    same = descent.Quadratic(np.eye(2), np.zeros(2))
    np.testing.assert_allclose(
        descent.path(one, "adam", chosen, b, 40), descent.path(same, "adam", chosen, b, 40), rtol=1e-7, atol=1e-9
    )


def test_adam_feels_a_rotation() -> None:
    b, chosen = np.array([1.0, 0.3]), descent.Settings(rate=0.1, inertia=0.9)
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / math.sqrt(2)
    straight = descent.path(turned(50.0, 0.0), "adam", chosen, b, 20)
    other = descent.path(turned(50.0, math.pi / 4), "adam", chosen, turn @ b, 20)
    assert np.abs(straight @ turn.T - other).max() > 0.1
    for method in ("gradient", "momentum", "nesterov"):  # which do not
        steady = descent.best_settings(method, 1.0, 50.0)  # type: ignore[arg-type]
        plain = descent.path(turned(50.0, 0.0), method, steady, b, 20)  # type: ignore[arg-type]
        again = descent.path(turned(50.0, math.pi / 4), method, steady, turn @ b, 20)  # type: ignore[arg-type]
        np.testing.assert_allclose(plain @ turn.T, again, atol=1e-10)


def test_steps_grow_like_the_condition_number() -> None:
    kappa = np.logspace(1, 5, 9)
    counts = descent.steps_by_condition(kappa)
    slopes = {name: np.polyfit(np.log(kappa), np.log(steps), 1)[0] for name, steps in counts.items()}
    assert 0.95 < slopes["gradient"] < 1.05
    assert 0.45 < slopes["momentum"] < 0.6 and 0.45 < slopes["nesterov"] < 0.6
    assert slopes["newton"] == 0 and abs(slopes["adam"]) < 0.01 and slopes["adam_turned"] > 0.3
    assert all(a < b for a, b in pairwise(counts["gradient"]))


@given(st.integers(0, 500), st.sampled_from(descent.SCALINGS[1:]), st.floats(1e-6, 1e6), st.floats(-10, 10))
def test_a_scaled_column_forgets_its_unit(seed: int, scaling: str, unit: float, shift: float) -> None:
    x, y = least_squares(seed)
    here = descent.Quadratic.of_least_squares(x / descent.sizes(x, scaling), y)  # type: ignore[arg-type]
    moved = unit * x + shift
    there = descent.Quadratic.of_least_squares(moved / descent.sizes(moved, scaling), y)  # type: ignore[arg-type]
    np.testing.assert_allclose(there.hessian, here.hessian, rtol=1e-5, atol=1e-8)


@given(st.integers(0, 500))
def test_what_standardising_leaves_is_correlation(seed: int) -> None:
    x, y = least_squares(seed)
    r = abs(np.corrcoef(x.T)[0, 1])
    one = descent.Quadratic.of_least_squares(x / descent.sizes(x, "standardised"), y)
    assert one.condition == pytest.approx((1 + r) / (1 - r), rel=1e-6)


def test_robust_falls_back_on_the_spread() -> None:
    x = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 3.0], [0.0, 4.0], [8.0, 5.0]])
    np.testing.assert_allclose(descent.sizes(x, "robust"), [x[:, 0].std(), 2.0])


def test_faults() -> None:
    x, y = least_squares(0)
    for bad, said in (
        ((x[:, 0], y), "shapes"),
        ((np.where(x > 0, np.nan, x), y), "finite"),
        ((x[:2], y[:2]), "more rows"),
        ((np.column_stack([x[:, 0], np.ones(len(x))]), y), "vary"),
        ((np.column_stack([x[:, 0], 2 * x[:, 0]]), y), "independent"),
    ):
        with pytest.raises(InputError, match=said):
            descent.Quadratic.of_least_squares(*bad)
    one = turned(4.0, 0.0)
    with pytest.raises(InputError, match="tolerance"):
        descent.steps_taken(one, "gradient", descent.Settings(rate=0.1), np.ones(2), tolerance=1.0)
    with pytest.raises(InputError, match="low <= high"):
        descent.best_settings("gradient", 2.0, 1.0)
    for call in (lambda: descent.best_settings("adam", 1, 2), lambda: descent.stable_rate("adam", 1)):
        with pytest.raises(InputError, match="Adam"):
            call()
    assert math.isinf(descent.steps_taken(one, "gradient", descent.Settings(rate=0.6), np.ones(2)))
    assert math.isinf(descent.gradient_steps(one, 0.6, np.ones(2)))
    assert math.isinf(descent.steps_taken(one, "newton", descent.Settings(rate=2.1), np.ones(2)))


@given(conditions, angles, errors)
def test_a_newton_step_of_any_length_goes_along_the_way_to_the_minimum(
    condition: float, angle: float, b: np.ndarray
) -> None:
    one = turned(condition, angle)
    half = descent.newton_step(descent.State.at(b), one.gradient, descent.Settings(rate=0.5), one.hessian)
    np.testing.assert_allclose(half.b, b / 2, atol=1e-8)


@pytest.mark.parametrize("method", descent.METHODS)
def test_the_best_run_is_the_one_at_the_best_settings(method: descent.methods.Method) -> None:
    one, start = turned(30.0, 0.5), np.array([1.0, -0.4])
    chosen, steps = descent.best_run(one, method, start)
    assert steps == pytest.approx(descent.steps_taken(one, method, chosen, start), abs=method == "gradient")


def test_adam_is_tuned_to_the_best_of_its_rates() -> None:
    one, start = turned(30.0, 0.5), np.array([1.0, -0.4])
    _, steps = descent.tuned_adam(one, start)
    for rate in np.logspace(-4, 1, 31):
        assert steps <= descent.steps_taken(one, "adam", descent.Settings(rate=rate, inertia=0.9), start, limit=20_000)
    assert math.isinf(descent.tuned_adam(one, start, limit=2)[1])

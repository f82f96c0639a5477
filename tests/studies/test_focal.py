"""The focal study: its claims, its table of windows, its science, and the browser's fixture."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science import logit, losses, metrics
from cutaway.science.losses.focal_gradient import gradient_crossing
from cutaway.science.losses.scorer import descent, fit_scorer
from cutaway.science.metrics.clustered_ranking import ClusteredRanking
from cutaway.studies import focal
from cutaway.studies.run.result import Outcome
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(focal)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "focal.json"


@cache
def outcome() -> Outcome:
    return STUDY.run(splits=2, seed=5)


@pytest.mark.slow
def test_every_claim_holds_at_another_seed() -> None:
    assert [claim.text for claim in outcome().claims if claim.holds is not True] == []


@pytest.mark.slow
def test_what_is_measured_is_said_with_its_interval() -> None:
    columns = outcome().result.tables["methods"].columns
    for name in ("ap", "recall", "log_loss", "known_log_loss"):
        low, value, high = (np.array(columns[f"{name}{end}"]) for end in ("_low", "", "_high"))
        assert np.all((low < value) & (value < high)), name
    assert columns["gain"][0] == 0 == columns["excess"][0]
    held = outcome().result.tables["reliability"].columns
    assert set(held["name"]) == set(focal.NAMES)
    assert np.all(np.array(held["null_low"]) <= np.array(held["null_high"]))


@pytest.mark.slow
def test_the_prior_bias_starts_where_the_other_arrives_later() -> None:
    start = outcome().result.tables["start"].columns
    assert start["zero"][0] == pytest.approx(np.log(2) / 4, rel=1e-6)
    assert start["prior"][0] < start["zero"][8]


@pytest.mark.slow
def test_claims_can_fail() -> None:
    params, result = STUDY.parameters({}), outcome().result
    numbers = result.numbers | {"excess_low": -1.0, "excess_left": 0.5, "gain_high": 0.2, "crossing_at_2": 0.6}
    wrong = type(result)(numbers=numbers | {"largest_rise_of_easy": 0.1, "minimiser_at_9": 0.9, "gap_at_zero": 1e-9})
    claims = [predicate(params, wrong)[0] for predicate in STUDY.claims]
    assert claims == [False] * 7


def test_the_windows_are_those_of_the_photographs() -> None:
    data = focal.windows()
    assert data.x.shape == (69_888, 16) and data.photographs == 364
    assert int(data.y.sum()) == 358 and set(np.unique(data.y)) == {0, 1}
    assert np.array_equal(np.bincount(data.photograph), np.full(364, 192))
    assert data.x.min() == 0 and data.x.max() == 255 and np.all(data.x.std(axis=0) > 1)


def some(rows: int = 3_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3)) * [1, 20, 0.1] + [0, 100, 3]
    eta = x[:, 0] - (x[:, 1] - 100) / 20 - 2
    return x, (rng.random(rows) < 1 / (1 + np.exp(-eta))).astype(np.uint8)


def test_without_gamma_the_scorer_is_logistic_regression() -> None:
    x, y = some()
    ours = fit_scorer(x, y, penalty=0.0).logits(x)
    theirs = logit.linear(x, logit.fit(x, y.astype(float)).usable)
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


@pytest.mark.parametrize(
    "given", [{"gamma": 2.0}, {"gamma": 1.0, "alpha": 0.8}, {"gamma": 5.0, "alpha": 0.25}], ids=str
)
def test_at_the_scorer_the_slope_of_its_loss_is_nothing(given: dict[str, float]) -> None:
    x, y = some()
    z = fit_scorer(x, y, penalty=0.0, **given).logits(x)  # type: ignore[arg-type]
    slope = losses.derivatives(losses.focal, z, y, **given).gradient
    standard = np.column_stack([np.ones(len(x)), (x - x.mean(0)) / x.std(0)])
    start = losses.derivatives(losses.focal, np.zeros(y.size), y, **given).gradient
    assert np.abs(standard.T @ slope).max() < 1e-3 * np.abs(standard.T @ start).max()


def test_hidden_units_fit_what_no_line_can() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2_000, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(np.uint8)
    assert metrics.roc_auc(y, fit_scorer(x, y).logits(x)) < 0.6
    assert metrics.roc_auc(y, fit_scorer(x, y, hidden=8).logits(x)) > 0.95
    one, other = (fit_scorer(x, y, hidden=4, steps=20, seed=3).logits(x) for _ in range(2))
    assert np.array_equal(one, other)


def test_one_class_is_refused() -> None:
    with pytest.raises(InputError, match="both classes"):
        fit_scorer(np.ones((4, 1)), np.zeros(4))


def test_descent_goes_down() -> None:
    x, y = some()
    course = descent(x, y, gamma=2, bias=0.0, rate=1.0, steps=20)
    assert np.all(np.diff(course) < 0)
    assert course[0] == pytest.approx(float(losses.focal(np.zeros(y.size), y, gamma=2)), rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_a_clustered_ranking_is_that_of_repeated_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cluster, y = rng.integers(0, 5, 200), rng.integers(0, 2, 200)
    scores = np.round(rng.normal(size=200) + y, 1)  # with ties
    weight = rng.integers(0, 4, (5, 3))
    found, recall = ClusteredRanking.of(y, scores, cluster, 5).measures(weight.astype(float), 0.7)
    for k in range(3):
        rows = np.repeat(np.arange(200), weight[cluster, k])
        assert found[k] == pytest.approx(metrics.average_precision(y[rows], scores[rows]), abs=1e-12)
        best = 0.0
        for cut in np.unique(scores):
            called = y[rows][scores[rows] >= cut]
            if called.size and called.mean() >= 0.7:
                best = max(best, called.sum() / y[rows].sum())
        assert recall[k] == pytest.approx(best, abs=1e-12)


def test_a_clustered_ranking_refuses_what_does_not_fit() -> None:
    y, scores = np.array([0, 1]), np.array([0.1, 0.2])
    with pytest.raises(InputError, match="codes 0 … 1"):
        ClusteredRanking.of(y, scores, np.array([0, 2]), 2)
    with pytest.raises(InputError, match="NaN"):
        ClusteredRanking.of(y, np.array([0.1, np.nan]), y, 2)
    assert np.isnan(ClusteredRanking.of(np.zeros(2), scores, y, 2).average_precision(np.ones(2)))


def fixture() -> dict[str, Any]:
    """What the browser must find, from science alone."""
    rng = np.random.default_rng(0)
    p = np.array([0.002, 0.05, 0.1, 0.3, 0.5, 0.694, 0.9, 0.995])
    z = np.log(p) - np.log1p(-p)
    u = np.round(np.linspace(-12, 12, 49) + 0.05, 3)
    positives, negatives = rng.integers(0, 40, u.size), rng.integers(0, 4_000, u.size)
    batches, windows = np.array([0, 3, 7, 12, 1]), 1_536
    band = np.digitize(1 / (1 + np.exp(-u)), [0.1, 0.5, 0.9])
    cases = []
    for gamma, alpha in ((0.0, 0.5), (0.5, 0.5), (2.0, 0.5), (2.0, 0.25), (5.0, 0.9), (0.0, 0.8)):
        pair = (2 * (1 - alpha), 2 * alpha)
        ones = np.ones(p.size)
        slope = losses.derivatives(losses.focal, z, ones, gamma=gamma).gradient
        plain = losses.derivatives(losses.log_loss, z, ones).gradient
        one, other = (
            np.asarray(losses.focal(s * u, np.full(u.size, y), gamma=gamma, class_weight=pair, reduction="none"))
            * count
            for s, y, count in ((1, 1, positives), (-1, 0, negatives))
        )
        parts = np.bincount(band, weights=one + other)
        cases.append(
            {
                "gamma": gamma,
                "alpha": alpha,
                "loss": np.asarray(losses.focal(z, ones, gamma=gamma, reduction="none")).tolist(),
                "pull": (-slope).tolist(),
                "ratio": (slope / plain).tolist(),
                "minimiser": losses.focal_minimiser(p, gamma=gamma, class_weight=pair).tolist(),
                "truth": losses.focal_recalibrated(z, gamma=gamma, class_weight=pair).tolist(),
                "shares": (parts / parts.sum()).tolist(),
                "divisors": [
                    float(windows),
                    float(np.mean(alpha * batches + (1 - alpha) * (windows - batches))),
                    float(np.maximum(1, batches).mean()),
                ],
            }
        )
    return {
        "p": p.tolist(),
        "rows": {"logit": u.tolist(), "positives": positives.tolist(), "negatives": negatives.tolist()},
        "positives": batches.tolist(),
        "windows": windows,
        "crossing": gradient_crossing(2.0),
        "cases": cases,
    }


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture())

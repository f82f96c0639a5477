"""The threshold study: its claims, the reader's own predictions, and the fixtures that hold the browser to Python."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.core.wire import to_wire
from cutaway.science import metrics
from cutaway.science.metrics import Cuts, LeastCost, ScoreHistogram, cut_table, score_bins
from cutaway.science.metrics.tally import sigmoid
from cutaway.studies import threshold
from cutaway.studies.run.data import Columns, Predictions
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(threshold)
FIXTURES = Path(__file__).parents[2] / "web" / "tests" / "fixtures"
COSTS = ((1.0, 1.0), (1.0, 8.0), (5.0, 1.0), (0.3, 200.0), (1000.0, 0.1), (999.0, 1.0), (1.0, 999.0), (1.0, 2.5))


@pytest.mark.slow
@pytest.mark.parametrize("scores", ["crashes", "calibrated", "weighted"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_claim_holds_on_every_data_set(scores: str, seed: int) -> None:
    outcome = STUDY.run(scores=scores, seed=seed)
    assert outcome.holds
    assert [claim.holds for claim in outcome.claims] == [True, True if scores == "calibrated" else None, True]


def predictions(rows: int, seed: int = 0, shift: float = 0.0, weight: bool = False) -> Predictions:
    rng = np.random.default_rng(seed)
    logits = rng.normal(-2, 1.4, rows)
    y = (rng.random(rows) < sigmoid(logits)).astype(np.uint8)
    w = rng.integers(1, 4, rows).astype(float) if weight else None
    return Predictions(y=y, p=sigmoid(logits + shift), name="mine.csv", positive="yes", weight=w)


def test_own_predictions_are_counted_and_named() -> None:
    mine = predictions(4_000)
    result = STUDY.run(data=mine, cost_fn=10).result
    assert result.tables["classes"].columns["name"] == ["others", "yes"]
    cuts = result.tables["cuts"].columns
    at = int(np.searchsorted(cuts["threshold"], 0.5))
    assert cuts["tp"][at] == np.sum((mine.p >= 0.5) & (mine.y == 1))
    assert cuts["fp"][at] == np.sum((mine.p >= 0.5) & (mine.y == 0))
    assert result.numbers["positives"] == mine.y.sum()
    assert result.numbers["plateau_low"] <= result.numbers["best_threshold"] <= result.numbers["plateau_high"]


def test_weights_count() -> None:
    mine = predictions(4_000, weight=True)
    assert mine.weight is not None
    result = STUDY.run(data=mine).result
    assert result.numbers["positives"] == mine.weight[mine.y == 1].sum()
    assert result.numbers["scale"] == pytest.approx(mine.weight.sum() / (mine.weight**2).sum())


def test_columns_are_refused() -> None:
    with pytest.raises(InputError, match="expected predictions"):
        STUDY.run(data=Columns(columns={"a": np.arange(3.0)}, name="t"))


def test_the_formula_is_refuted_where_scores_are_not_calibrated_but_claimed_to_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threshold, "_calibrated", lambda whole, seed: True)
    outcome = STUDY.run(data=predictions(30_000, shift=3.0))
    assert outcome.claims[1].holds is False
    assert outcome.result.numbers["ratios_formula_on_plateau"] < 0.5


def test_the_formula_is_as_cheap_at_every_ratio_however_few_the_rows() -> None:
    for seed, rows in enumerate((60, 300, 300, 2_000, 2_000, 20_000)):
        assert STUDY.run(data=predictions(rows, seed)).result.numbers["ratios_formula_on_plateau"] == 1


@pytest.mark.slow
def test_a_million_rows_reduce_to_tables_of_the_same_size() -> None:
    small, large = (STUDY.run(data=predictions(rows)).result.tables["cuts"].columns for rows in (50_000, 1_000_000))
    assert len(large["threshold"]) < 2.5 * len(small["threshold"]) < 6_000


@pytest.mark.timing
def test_a_million_rows_take_a_second_of_processor_time() -> None:
    mine = predictions(1_000_000)
    STUDY.run(data=predictions(1_000))  # imports, and loops compiled before
    began = time.process_time()
    STUDY.run(data=mine)
    assert time.process_time() - began < 1.2


def table() -> tuple[ScoreHistogram, dict[str, Any]]:
    mine = predictions(3_000, seed=4, weight=True)
    histogram = ScoreHistogram.from_probabilities(mine.p, mine.y, mine.weight)
    found = cut_table(histogram, 80)
    return histogram, {
        "cuts": {"columns": to_wire(found.columns), "note": ""},
        "scores": {"columns": to_wire(score_bins(histogram, 20).columns), "note": ""},
        "positives": found.positives,
        "negatives": found.negatives,
        "scale": found.cuts.scale,
    }


def explorer_fixture() -> dict[str, Any]:
    """What the browser must find by looking up, from Python alone."""
    histogram, tables = table()
    cuts = cut_table(histogram, 80).cuts
    p = sigmoid(cuts.logits)
    points = []
    for at in (0.0, 0.01, 0.1234, 0.31, 0.5, 0.77, 0.9999, 1.0):
        index = int(np.searchsorted(p, at)) if at <= p[-1] else p.size - 1
        point = cuts.point(index)
        rates = {name: point.estimate(name) for name in ("recall", "specificity", "precision", "alarms")}  # type: ignore[arg-type]
        points.append(
            {
                "threshold": at,
                "index": index,
                "counts": [point.tp, point.fp, point.fn, point.tn],
                "rates": {name: [None if math.isnan(e.value) else e.value, e.low, e.high] for name, e in rates.items()},
                "costs": [point.cost(*each) for each in COSTS],
            }
        )
    choices = []
    for fp, fn in COSTS:
        choices.append(
            {
                "costs": {"fp": fp, "fn": fn},
                "cheapest": LeastCost(fp, fn)(cuts),
                "plateau": list(metrics.equal_cuts(cuts, fp, fn)),
                "calibrated": metrics.calibrated_cut(fp, fn),
            }
        )
    return {**tables, "points": points, "choices": choices}


def threshold_fixture() -> dict[str, Any]:
    result = STUDY.run(data=predictions(2_000, seed=7)).result
    columns = to_wire(result.tables["held_out"].columns)
    cases = []
    for fp, fn, at in ((1.0, 8.0, 8.0), (2.0, 2.0, 1.0), (10.0, 1.0, 0.1), (1.0, 1e4, 100.0)):
        row = columns["ratio"].index(at)
        cases.append({"costs": {"fp": fp, "fn": fn}, "ratio": at, "saving": fp * columns["saving"][row]})
    return {"held_out": {"columns": columns, "note": ""}, "cases": cases}


@pytest.mark.parametrize(("name", "made"), [("explorer", explorer_fixture), ("threshold", threshold_fixture)])
def test_the_fixture_of_the_browser_is_current(name: str, made: Any) -> None:
    assert_current(FIXTURES / f"{name}.json", made(), 1e-6, 1e-9)


def test_the_coarse_table_finds_the_cheapest_cut_of_all() -> None:
    histogram, _ = table()
    every, coarse = Cuts.of_histogram(histogram), cut_table(histogram, 80).cuts
    for fp, fn in COSTS:
        assert coarse.point(LeastCost(fp, fn)(coarse)).cost(fp, fn) == pytest.approx(
            every.point(LeastCost(fp, fn)(every)).cost(fp, fn), rel=1e-12
        )

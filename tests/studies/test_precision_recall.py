"""The study of two costs: its claims, the reader's own predictions, and what the browser must find in its tables."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.metrics import USE_CASES, LeastCost, cost_estimate
from cutaway.science.metrics.equal_cuts import equal_cuts
from cutaway.science.metrics.folded_cuts import FoldedCuts
from cutaway.studies import precision_recall
from cutaway.studies.precision_recall import Parameters, costs
from cutaway.studies.run.data import Predictions
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(precision_recall)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "precision-recall.json"
RATIOS = ((1, 1), (1, 97 / 3), (999, 1), (4, 1), (10, 500), (0.37, 2.9), (1000, 0.01), (0.01, 1000))


def predictions(rows: int = 3_000, weight: bool = False) -> Predictions:
    rng = np.random.default_rng(5)
    p = rng.beta(1, 5, rows)
    y = (rng.random(rows) < p).astype(np.uint8)
    return Predictions(y, p, "mine.csv", weight=rng.uniform(0.5, 2, rows) if weight else None)


@pytest.mark.parametrize("seed", range(8))
def test_every_claim_holds_whatever_the_seed(seed: int) -> None:
    assert [claim.text for claim in STUDY.run(seed=seed).claims if claim.holds is not True] == []


@pytest.mark.parametrize("rows", [500, 50_000])
@pytest.mark.parametrize("prevalence", [0.005, 0.5])
@pytest.mark.parametrize("separation", [0.25, 4.0])
def test_no_claim_fails_at_the_ends_of_the_ranges(rows: int, prevalence: float, separation: float) -> None:
    outcome = STUDY.run(rows=rows, prevalence=prevalence, separation=separation)
    assert [claim.text for claim in outcome.claims if claim.holds is False] == []
    json.dumps(outcome.to_json(), allow_nan=False)


def test_rows_are_as_many_and_as_common_as_asked() -> None:
    numbers = STUDY.run(rows=10_000, prevalence=0.03).result.numbers
    assert (numbers["rows"], numbers["positives"]) == (10_000, 300)


def test_the_case_decides_the_costs_and_own_costs_are_used_when_asked_for() -> None:
    assert costs(Parameters(case="loan", cost_fn=77)) == (1, 5)
    assert costs(Parameters(case="own", cost_fp=3, cost_fn=77)) == (3, 77)


def test_held_out_cost_is_no_less_honest_than_the_cost_on_the_same_rows() -> None:
    numbers = STUDY.run(rows=2_000, case="maintenance").result.numbers
    assert numbers["held_out_cost_a_row"] >= numbers["cost_a_row"]
    assert numbers["held_out_cost_low"] < numbers["held_out_cost_a_row"] < numbers["held_out_cost_high"]


def test_own_predictions_are_used_and_nothing_is_said_of_their_calibration() -> None:
    data = predictions()
    outcome = STUDY.run(data=data)
    assert outcome.result.numbers["positives"] == data.y.sum()
    assert outcome.claims[0].holds is None
    assert outcome.holds


def test_weights_count_rows() -> None:
    data = predictions(weight=True)
    assert data.weight is not None
    numbers = STUDY.run(data=data).result.numbers
    assert numbers["positives"] == pytest.approx(data.weight[data.y == 1].sum())
    assert numbers["scale"] == pytest.approx(data.weight.sum() / (data.weight**2).sum())


def test_one_class_is_refused_in_a_sentence() -> None:
    data = Predictions(np.zeros(10, dtype=np.uint8), np.linspace(0, 1, 10), "mine.csv")
    with pytest.raises(InputError, match="rows of both classes, got 0 positive of 10"):
        STUDY.run(data=data)


def test_scores_that_are_no_chances_lose_the_claim_of_calibration() -> None:
    result = STUDY.run().result
    bent = {
        **result.tables["cuts"].columns,
        "threshold": (np.asarray(result.tables["cuts"].columns["threshold"]) ** 0.25).tolist(),
    }
    tables = {**result.tables, "cuts": type(result.tables["cuts"])(bent)}
    holds, share = precision_recall.calibrated(Parameters(), type(result)(tables=tables, numbers=result.numbers))
    assert holds is False and share < 0.6


def fixture() -> dict[str, Any]:
    """What the browser must find by looking up in the tables, for several costs, with and without weights."""
    tables = []
    for outcome in (STUDY.run(rows=3_000, separation=1.5), STUDY.run(data=predictions(2_000, weight=True))):
        wire = outcome.to_json()
        folded = _folded(outcome.result)
        cases = []
        for fp, fn in RATIOS:
            rule = LeastCost(fp, fn)
            judged, picks = folded.judged(rule)
            estimate = cost_estimate(judged, fp, fn)
            here = cost_estimate(folded.cuts.point(rule(folded.cuts)), fp, fn)
            cases.append(
                {
                    "fp": fp,
                    "fn": fn,
                    "best": rule(folded.cuts),
                    "plateau": list(equal_cuts(folded.cuts, fp, fn)),
                    "picks": list(picks),
                    "judged": [estimate.value, estimate.low, estimate.high],
                    "band": [here.value, here.low, here.high],
                }
            )
        tables.append({"cuts": wire["tables"]["cuts"], "numbers": wire["numbers"], "cases": cases})
    return {"tables": tables}


def _folded(result: Any) -> Any:
    threshold, cuts = precision_recall._cuts(result)
    columns = result.tables["cuts"].columns
    fp, tp = (np.array([columns[f"{name}_{i}"] for i in range(5)]) for name in ("fp", "tp"))
    return FoldedCuts(cuts, threshold, fp, tp)


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture())


def test_every_use_case_can_be_chosen() -> None:
    for case in USE_CASES:
        numbers = STUDY.run(case=case.name, rows=2_000).result.numbers
        assert numbers["cost_of_a_miss"] == case.fn
        assert numbers["threshold_low"] <= numbers["threshold"] <= numbers["threshold_high"]
        assert not math.isnan(numbers["recall"])

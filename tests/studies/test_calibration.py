"""The calibration study: its claims over seeds, the reader's own predictions, and the browser's fixture."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.core.wire import to_wire
from cutaway.science import logit, metrics
from cutaway.science.metrics import Tally, ece_null, reliability_bins, reliability_groups
from cutaway.science.metrics.tally import sigmoid
from cutaway.studies import calibration
from cutaway.studies.run.data import Columns, Predictions
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(calibration)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "calibration.json"


@pytest.mark.parametrize("seed", range(4))
def test_every_claim_holds_where_the_form_is_right(seed: int) -> None:
    claims = STUDY.run(seed=seed, weight=10).claims
    assert [claim.holds for claim in claims] == [True, True, True, True, None, True]


@pytest.mark.parametrize("seed", range(3))
def test_where_the_form_is_wrong_the_shift_is_not_enough(seed: int) -> None:
    claims = STUDY.run(seed=seed, form="curved").claims
    assert [claim.holds for claim in claims] == [None, None, True, None, True, True]


@pytest.mark.parametrize(
    "given",
    [
        {"weight": 1},
        {"weight": 100, "prevalence": 0.02},
        {"rows": 1_000},
        {"prevalence": 0.5, "weight": 3},
    ],
    ids=str,
)
def test_no_claim_fails_at_the_ends_of_the_ranges(given: dict[str, float]) -> None:
    assert STUDY.run(rows=given.pop("rows", 5_000), **given).holds


def test_the_drawn_prevalence_is_the_one_asked_for() -> None:
    for form in ("right", "curved"):
        assert STUDY.run(form=form, prevalence=0.1, rows=40_000).result.numbers["prevalence"] == pytest.approx(
            0.1, abs=0.006
        )


def own(rows: int, shift: float, seed: int = 0) -> Predictions:
    rng = np.random.default_rng(seed)
    logits = rng.normal(-2, 1.3, rows)
    y = (rng.random(rows) < sigmoid(logits)).astype(np.uint8)
    return Predictions(y=y, p=sigmoid(logits + shift), name="mine.csv")


def test_own_predictions_are_corrected_by_the_weight_that_they_imply() -> None:
    outcome = STUDY.run(data=own(40_000, math.log(30)))
    numbers = outcome.result.numbers
    assert -numbers["shift"] == pytest.approx(math.log(30), abs=0.1)
    assert [claim.holds for claim in outcome.claims] == [None, True, True, None, None, True]
    assert outcome.result.tables["measures"].columns["name"] == ["as they are", "shifted", "two-parameter", "isotonic"]
    json.dumps(outcome.to_json(), allow_nan=False)


def test_many_rows_read_in_bins_measure_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data = own(20_000, 2.0)
    exact = STUDY.run(data=data).result
    monkeypatch.setattr(calibration, "SORTED", 100)
    binned = STUDY.run(data=data).result
    for name in ("mean_score", "brier", "log_loss"):
        found, expected = (each.tables["measures"].columns[name] for each in (binned, exact))
        np.testing.assert_allclose(found, expected, rtol=2e-4)
    assert binned.numbers["implied_weight"] == pytest.approx(exact.numbers["implied_weight"], rel=1e-5)
    assert binned.numbers["rows"] == exact.numbers["rows"]


def test_certain_scores_are_left_out_and_one_class_is_refused() -> None:
    mine = own(2_000, 0.0)
    mine.p[:100] = 1.0
    assert STUDY.run(data=mine).result.numbers["rows"] == 950
    with pytest.raises(InputError, match="rows of both classes"):
        STUDY.run(data=Predictions(y=np.zeros(50, np.uint8), p=np.full(50, 0.3), name="one"))
    with pytest.raises(InputError, match="got columns"):
        STUDY.run(data=Columns(columns={"a": np.arange(3.0)}, name="t"))


def test_the_intercept_moves_as_its_error_says() -> None:
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(4_000, 2))
        y = (rng.random(4_000) < sigmoid(x @ [1.0, -0.5] - 2)).astype(float)
        move = logit.intercept_move(x, y, 8.0)
        found.append((move.value - math.log(8)) / move.se)
    assert abs(np.mean(found)) < 0.6
    assert 0.7 < np.std(found) < 1.4
    with pytest.raises(InputError, match="weight above 0, got 0"):
        logit.intercept_move(x, y, 0.0)
    with pytest.raises(InputError, match="cannot separate"):
        logit.intercept_move(np.arange(6.0)[:, None], np.repeat([0.0, 1.0], 3), 2.0)


def test_groups_stay_while_scores_are_shifted() -> None:
    mine = own(3_000, 0.0)
    tally = Tally.of(mine.y, mine.p)
    by = reliability_groups(tally)
    one, other = reliability_bins(tally, by=by), reliability_bins(tally.at(tally.logits + 2), by=by)
    assert np.array_equal(one.observed, other.observed) and np.array_equal(one.rows, other.rows)
    assert np.all(other.mean_score > one.mean_score)
    null = ece_null(one, np.random.default_rng(0), 400)
    assert np.quantile(null, 0.005) < one.ece < np.quantile(null, 0.995) < other.ece


def fixture() -> dict[str, Any]:
    """What the browser must find by looking up."""
    result = STUDY.run(rows=2_000, weight=8).result
    path, table = result.tables["path"].columns, result.tables["reliability"].columns
    cases = []
    for undone in (0.0, 0.5, 1.0, 1.5):
        at = int(np.argmin(np.abs(np.asarray(path["undone"]) - undone)))
        mine = np.asarray(table["undone"]) == path["undone"][at]
        observed, low, high = (np.asarray(table[name])[mine] for name in ("observed", "null_low", "null_high"))
        cases.append(
            {
                "undone": undone,
                "log_loss": path["log_loss"][at],
                "mean_score": path["mean_score"][at],
                "groups": int(mine.sum()),
                "outside": int(np.sum((observed < low) | (observed > high))),
            }
        )
    tables = {name: {"columns": dict(result.tables[name].columns), "note": ""} for name in ("path", "reliability")}
    tables["measures"] = {"columns": dict(result.tables["measures"].columns), "note": ""}
    shown = {"prevalence": result.numbers["prevalence"], "shift": result.numbers["shift"]}
    return dict(to_wire({"tables": tables, "cases": cases, "numbers": shown}))


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture(), 1e-6, 1e-9)


def test_fifty_points_are_simulated_as_said() -> None:
    errors = metrics.ece_of_fifty(np.random.default_rng(1), 500)
    assert errors.shape == (500,)
    assert 0.05 < np.quantile(errors, 0.05) < 0.08 < 0.16 < np.quantile(errors, 0.95) < 0.21


def test_scores_that_are_all_alike_are_refused_in_words_of_the_study() -> None:
    mine = own(2_000, 0.0)
    with pytest.raises(InputError, match="calibration expected different scores, got the same one in every row"):
        STUDY.run(data=replace(mine, p=np.full_like(mine.p, 0.5)))

"""The study of what the rates count: its numbers are those of the people, and its picture's numbers are the same."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest

from cutaway.science.metrics import Binormal, precision, recall, specificity, wilson
from cutaway.studies import counts
from cutaway.studies.counts import Parameters, counted, ill_of, people
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(counts)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "counts.json"
SETTINGS = (
    Parameters(),
    Parameters(threshold=1.2815, separation=2.5631, prevalence=0.01, population=2_000),
    Parameters(prevalence=0.5, threshold=0.0, separation=0.0, population=300),
    Parameters(prevalence=0.005, threshold=5.0, population=200),
    Parameters(prevalence=0.95, threshold=-2.0, separation=4.0, population=1_700),
    Parameters(prevalence=0.0325, threshold=0.65, separation=1.35, population=1_000, seed=3),
)


@pytest.mark.parametrize("seed", range(12))
def test_every_claim_holds_whatever_the_seed(seed: int) -> None:
    failed = [claim.text for claim in STUDY.run(seed=seed).claims if claim.holds is not True]
    assert failed == []


@pytest.mark.parametrize("params", SETTINGS, ids=lambda params: f"{params.prevalence}")
def test_claims_hold_at_the_ends_of_the_ranges(params: Parameters) -> None:
    assert STUDY.run(params).holds


def test_counts_are_those_of_people_taken_one_by_one() -> None:
    params = Parameters(prevalence=0.2, threshold=0.8, separation=1.5, population=500, seed=1)
    cells = {"tn": 0, "fp": 0, "fn": 0, "tp": 0}
    for i, draw in enumerate(people(1)[:500]):
        ill, called = i < 100, draw + (1.5 if i < 100 else 0.0) >= 0.8
        cells[("t" if ill == called else "f") + ("p" if called else "n")] += 1
    numbers = STUDY.run(params).result.numbers
    assert {name: numbers[name] for name in cells} == cells
    assert numbers["sensitivity"] == cells["tp"] / 100
    assert numbers["specificity"] == cells["tn"] / 400
    assert numbers["precision"] == cells["tp"] / (cells["tp"] + cells["fp"])


def test_more_ill_are_the_same_people_and_some_more() -> None:
    draws = people(0)
    few, many = (counted(draws, share, 2.0, 1.0) for share in (0.1, 0.4))
    assert few.tp <= many.tp and few.fn <= many.fn and few.tn >= many.tn and few.fp >= many.fp


def test_a_number_of_people_half_way_goes_up_as_in_the_browser() -> None:
    assert [ill_of(share, 1_000) for share in (0.0005, 0.0015, 0.0025, 0.1)] == [1, 2, 3, 100]


def test_nobody_called_ill_leaves_precision_undefined_and_says_so() -> None:
    outcome = STUDY.run(Parameters(threshold=5.0, separation=0.0, population=200))
    assert math.isnan(outcome.result.numbers["precision"])
    assert outcome.result.sentences[-1] == "Then nobody is called ill, so there is no precision."
    json.dumps(outcome.to_json(), allow_nan=False)


def test_the_claim_of_falling_precision_can_fail() -> None:
    holds, _ = counts.precision_falls(Parameters(threshold=math.inf), STUDY.run().result)
    assert holds is False


def test_the_claim_of_staying_rates_can_fail() -> None:
    holds, share = counts.others_stay(Parameters(threshold=1.6), STUDY.run().result)  # the rates of another rule
    assert holds is False and share < 1


def fixture() -> dict[str, object]:
    """What the browser must find, from Python alone."""
    cases = []
    for params in SETTINGS:
        draws = people(params.seed)
        now = counted(draws[: params.population], params.prevalence, params.separation, params.threshold)
        model = Binormal(params.separation)
        cases.append(
            {
                "params": asdict(params),
                "draws": draws.tolist(),
                "cells": [now.tn, now.fp, now.fn, now.tp],
                "intervals": {
                    name: list(wilson(part, whole))
                    for name, part, whole in (
                        ("sensitivity", now.tp, now.tp + now.fn),
                        ("specificity", now.tn, now.tn + now.fp),
                        ("precision", now.tp, now.tp + now.fp),
                    )
                },
                "values": [
                    None if math.isnan(v) else v for v in (rate.of(now) for rate in (recall, specificity, precision))
                ],
                "model": [
                    float(model.recall(params.threshold)),
                    float(model.specificity(params.threshold)),
                    float(model.precision(params.threshold, params.prevalence)),
                ],
            }
        )
    return {"cases": cases}


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture())

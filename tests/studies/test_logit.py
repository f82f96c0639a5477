"""The logit study: its claims on any points, the profile of the slope, and what the browser must find."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science import logit as science
from cutaway.studies import logit
from cutaway.studies.run.parameter import pairs
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(logit)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "logit.json"
CASES = (
    (logit.Parameters().points, 1.0),
    ("-1:0 0:1 1:0 2:1", 0.01),
    ("-4:1 -3.5:1 -1:0 0:1 0.5:0 4:0", 5.0),
    ("-1:0 0:0 1:1 2:1", 1.0),
    ("-1:0 0:0 0:1 2:1", 100.0),
    ("3.9:0 4:1 3.95:1 3.97:0", 0.1),
    ("1:0 1:1 1:1", 1.0),
)
places = st.integers(-400, 400).map(lambda k: k / 100)
labelled = st.lists(st.tuples(places, st.integers(0, 1)), min_size=2, max_size=25).map(
    lambda found: [(-1.0, 0), *found, (0.5, 1)]
)


def text(points: list[tuple[float, int]]) -> str:
    return " ".join(f"{x}:{label}" for x, label in points)


@settings(deadline=None)
@given(labelled, st.floats(0.01, 100))
def test_no_claim_fails_on_any_points(points: list[tuple[float, int]], ridge: float) -> None:
    outcome = STUDY.run(points=text(points), ridge=ridge)
    assert [claim.text for claim in outcome.claims if claim.holds is False] == []


def test_claims_hold_at_the_defaults() -> None:
    assert [claim.holds for claim in STUDY.run().claims] == [True] * 5


def test_separated_points_have_no_slope_but_a_penalised_one() -> None:
    numbers = STUDY.run(points="-1:0 0:0 1:1 2:1").result.numbers
    assert numbers["separated"] == 1 and math.isnan(numbers["slope"]) and 0 < numbers["penalised_slope"] < 2


def test_a_wrong_fit_would_fail_the_claims() -> None:
    outcome = STUDY.run()
    numbers = dict(outcome.result.numbers)
    numbers.update(gradient=0.2, mean_probability=0.7, odds_ratio_spread=0.1, log_loss=1.0, penalised_slope=2.0)
    wrong = type(outcome.result)(numbers=numbers)
    assert [bool(claim(logit.Parameters(), wrong)[0]) for claim in STUDY.claims] == [False] * 5


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("1:0", "2 to 60 points"),
        ("1:0 2:2", "label 0 or 1"),
        ("1:0 x:1", "points as x:label"),
        ("1:0 nan:1", "points as x:label"),
        ("1:0 9:1", "from -4 to 4"),
        ("1:1 2:1", "class"),
        (" ".join(["0:0", "1:1"] * 31), "2 to 60"),
    ],
)
def test_points_that_cannot_be(points: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        STUDY.run(points=points)


@given(labelled)
def test_points_travel_as_text(points: list[tuple[float, int]]) -> None:
    read = STUDY.parameters({"points": text(points).replace(" ", ", ")}).points
    assert pairs(read) == points
    assert STUDY.parameters({"points": read}).points == read


def fixture() -> list[dict[str, object]]:
    """What the browser must find, from Python alone."""
    cases = []
    for points, ridge in CASES:
        given_points = np.array(pairs(points))
        x, y = given_points[:, 0], given_points[:, 1].astype(int)
        slopes = [-3.0, -0.5, 0.0, 0.8, 6.0]
        numbers = STUDY.run(points=points, ridge=ridge).result.numbers
        cases.append(
            {
                "points": points,
                "ridge": ridge,
                "separated": bool(numbers["separated"]),
                **{
                    name: None if math.isnan(numbers[name]) else numbers[name]
                    for name in ("intercept", "slope", "penalised_intercept", "penalised_slope")
                },
                "slopes": slopes,
                "losses": science.slope_losses(x, y, np.array(slopes)).tolist(),
            }
        )
    return cases


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture(), absolute=1e-9)

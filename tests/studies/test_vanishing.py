"""The study of vanishing gradients: claims over depths and seeds, tables that say what networks do, the fixture."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.science import nets
from cutaway.science.nets.probe import once
from cutaway.studies import vanishing
from cutaway.studies.run import deep_networks as built
from cutaway.studies.run.deep_networks import STARTS, WORDS, Networks
from cutaway.studies.run.result import Outcome, Result, Table
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(vanishing)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "vanishing.json"


@cache
def outcome(depth: int = 5, seed: int = 1) -> Outcome:
    return STUDY.run(depth=depth, seed=seed, steps=40)


def column(table: str, name: str) -> np.ndarray:
    return np.array(outcome().result.tables[table].columns[name], float)


def test_claims_hold_in_a_shallow_network() -> None:
    assert [claim.text for claim in outcome().claims if claim.holds is False] == []


@pytest.mark.slow
@pytest.mark.parametrize("given", [{"depth": 12, "seed": 4}, {"depth": 20, "seed": 9, "rate": 0.05}])
def test_every_claim_holds_where_it_says_something(given: dict[str, Any]) -> None:
    claims = STUDY.run(**given).claims
    assert [claim.text for claim in claims if claim.holds is False] == []
    assert sum(claim.holds is True for claim in claims) >= 7


def test_there_is_every_network_that_can_be_chosen() -> None:
    found = Networks(outcome().result.tables["networks"])
    places = [found.place(a, n, s) for a in WORDS for n in ("none", "batch") for s in STARTS]
    assert len(set(places)) == 24 and len(found.table.columns["loss"]) == 27
    with pytest.raises(ValueError):
        found.place("relu", "disturbed", "glorot")


def test_layers_are_those_of_the_networks_measured_again() -> None:
    """One network, from the study's own pieces and the probe."""
    params = STUDY.parameters({"depth": 5, "seed": 1})
    (x, y), _ = built.images()
    luck = np.random.default_rng(params.seed)
    luck.integers(0, len(x), (40, vanishing.BATCH))
    look = luck.choice(len(x), vanishing.LOOK, replace=False)
    deep = nets.Deep("tanh", 5, built.WIDTH, built.INPUTS, built.CLASSES, "batch")
    starts = [deep.init((params.seed, i), built.start_of("tanh", "he")) for i in range(vanishing.SEEDS)]
    steps = [
        once(deep.model, (x[look], y[look]), nets.cross_entropy, params=start) for start in starts
    ]  # in single precision
    gradient = np.median([[step.layers[place].gradient_rms for place in deep.pre] for step in steps], axis=0)
    mine = column("layers", "network") == Networks(outcome().result.tables["networks"]).place("tanh", "batch", "he")
    np.testing.assert_allclose(column("layers", "gradient")[mine], gradient, rtol=1e-4)


def test_bands_hold_their_middle_and_densities_are_whole() -> None:
    for name in ("gradient", "slope"):
        low, value, high = (column("layers", f"{name}{end}") for end in ("_low", "", "_high"))
        assert np.all((low <= value) & (value <= high))
    last = column("layers", "layer") == 5
    assert np.all(np.isnan(column("layers", "factor")) == last)
    bins = np.array([column("density", f"b{k}") for k in range(built.BINS)])
    assert np.all(np.abs(bins.sum(axis=0) - 1000) <= built.BINS / 2)


def test_the_headline() -> None:
    """Four factors of a quarter leave less than 0.5 %; He's ReLUs keep what they get."""
    found = Networks(outcome().result.tables["networks"])
    assert found.of("sigmoid", "none", "glorot", "reach") < 0.005
    assert 0.4 < found.of("relu", "none", "he", "reach") < 2.5
    assert found.of("sigmoid", "none", "small", "reach") < 1e-6


def test_kernels_begin_with_the_variance_that_theory_is_told() -> None:
    for activation in WORDS:
        deep = nets.Deep(activation, 2, 400, 900, 3)
        for start in STARTS:
            kernels = [part["kernel"] for part in deep.init((0,), built.start_of(activation, start)) if part]
            first, weight = built.weights_of(activation, start)
            scale = {"small": 400 / built.WIDTH}.get(start, 1.0)  # of a fixed spread, the sum grows with the width
            assert 400 * kernels[1].var() == pytest.approx(scale * weight, rel=0.02)
            if start in ("he", "critical"):
                assert 900 * kernels[0].var() == pytest.approx(first, rel=0.02)
    kernel = built.start_of("tanh", "glorot")((0,), (built.INPUTS, built.WIDTH))
    assert built.INPUTS * kernel.var() == pytest.approx(built.weights_of("tanh", "glorot")[0], rel=0.05)


def test_images_are_small_and_standardised() -> None:
    (x, y), (held, truth) = built.images()
    assert x.shape == (4_000, 196) and held.shape == (500, 196)
    assert abs(x.mean()) < 1e-4 and x.std() == pytest.approx(1, abs=1e-3)
    assert set(y) == set(truth) == set(range(10))


def test_what_ran_away_counts_as_the_highest() -> None:
    assert built.middle(np.array([1.0, np.nan, 2.0])) == 2
    assert math.isnan(built.middle(np.array([1.0, np.nan, np.inf])))


@pytest.mark.parametrize(
    ("claim", "network", "wrong"),
    [
        ("good_range_is_not_enough", ("sigmoid", "none", "glorot"), {"factor": 0.3}),
        ("range_is_not_the_cause", ("sigmoid", "batch", "glorot"), {"factor": 0.3}),
        ("theory_holds", ("tanh", "none", "he"), {"factor": 0.5}),
        ("he_is_for_relu", ("relu", "none", "he"), {"factor": 0.6}),
        ("batch_norm_forgets_the_start", ("tanh", "batch", "small"), {"factor": 0.9}),
        ("sigmoids_need_the_norm", ("sigmoid", "none", "he"), {"loss": 1.5}),
        ("stillness_is_not_learning", ("sigmoid", "none", "glorot"), {"drift": 0.5, "loss": 2.3}),
        ("gradient_changes_no_less", ("tanh", "batch", "glorot"), {"gradient_change": 0.01}),
        ("noise_does_not_stop_it", ("sigmoid", "disturbed", "glorot"), {"loss": 2.3}),
    ],
)
def test_claims_can_fail(claim: str, network: tuple[str, str, str], wrong: dict[str, float]) -> None:
    params = STUDY.parameters({"depth": 20})
    result = outcome().result
    columns = {name: list(each) for name, each in result.tables["networks"].columns.items()}
    found = Networks(Table(columns))
    for key in (("sigmoid", "none", start) for start in STARTS):
        columns["loss"][found.place(*key)] = 2.31
    for key in (("sigmoid", "batch", "glorot"), ("tanh", "none", "glorot"), ("tanh", "batch", "glorot")):
        columns["loss"][found.place(*key)] = 1.4
    columns["drift"][found.place("tanh", "none", "glorot")] = 0.3
    predicate = getattr(vanishing, claim)
    for name, value in wrong.items():
        columns[name][found.place(*network)] = value
    spoiled = Result(tables=dict(result.tables) | {"networks": Table(columns)}, numbers=result.numbers)
    assert predicate(params, spoiled)[0] is False


def test_the_bound_can_be_broken() -> None:
    assert vanishing.slope_is_bounded(STUDY.parameters({}), Result(numbers={"steepest": 1.01}))[0] is False


def fixture() -> dict[str, Any]:
    """What the browser must find, from Python alone: slopes, and what theory expects of the gradient at each layer."""
    z = [-9.0, -2.5, -1.0, -0.25, 0.0, 0.5, 1.75, 4.0, 30.0]
    slopes = {name: nets.activation_curve(name).slope(np.array(z)).tolist() for name in WORDS}
    cases = []
    for activation, norm, start in (("sigmoid", "none", "glorot"), ("tanh", "batch", "he"), ("relu", "none", "he")):
        first, weight = built.weights_of(activation, start)
        theory = nets.expected_flow(activation, 7, weight, first, epsilon=None if norm == "none" else built.EPSILON)
        gradients = np.cumprod((1.0, *theory.factor[::-1]))[::-1]
        cases.append({"expected": [*theory.factor, None], "gradients": gradients.tolist()})
    return {"z": z, "slopes": slopes, "cases": cases}


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture())

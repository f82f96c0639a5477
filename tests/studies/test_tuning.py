"""The study of tuning: its surfaces, its walkers, what is compared, and the fixture of the browser's surrogate."""

from __future__ import annotations

import json
import math
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science import search
from cutaway.studies import tuning
from cutaway.studies.run import surfaces, walk_tables, walks
from cutaway.studies.run.result import Outcome
from cutaway.studies.run.stored import same, stored
from cutaway.studies.run.study import Study

STUDY = Study(tuning)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "tuning.json"


@cache
def outcome(surface: str = "one", seed: int = 3, **given: Any) -> Outcome:
    return STUDY.run(**({"surface": surface, "seed": seed, "side": 4, "runs": 10} | given))


def column(table: str, name: str, of: Outcome | None = None) -> np.ndarray:
    return np.array((of or outcome()).result.tables[table].columns[name])


@pytest.mark.parametrize("kind", surfaces.KINDS)
def test_a_surface_stays_below_its_best_and_reaches_it(kind: str) -> None:
    for seed in range(5):
        surface = surfaces.drawn(kind, np.random.default_rng(seed))
        fine = np.stack(np.meshgrid(*[np.linspace(0, 1, 401)] * 2), axis=-1).reshape(-1, 2)
        score = surface.score(fine)
        assert score.max() <= surface.best + 1e-12
        assert score.max() > 0.985 * surface.best
        assert surface.score(surfaces.places()).shape == (surfaces.SIDE**2,)


def test_along_its_second_setting_the_first_surface_hardly_moves() -> None:
    surface = surfaces.drawn("one", np.random.default_rng(0))
    score = surface.score(surfaces.places()).reshape(surfaces.SIDE, surfaces.SIDE)
    assert np.ptp(score, axis=1).max() < 0.021 < 0.5 < np.ptp(score, axis=0).max()


def test_an_unknown_surface_is_named() -> None:
    with pytest.raises(InputError, match="one of one, ridge, basins, svm, mlp, got 'sphere'"):
        surfaces.drawn("sphere", np.random.default_rng(0))


@pytest.mark.parametrize("kind", surfaces.MEASURED)
def test_between_the_fits_a_measured_surface_is_straight(kind: str) -> None:
    surface = surfaces.measured(kind)
    told = surfaces._file()[kind]
    cv = np.array(told["cv"])
    at = np.stack(np.meshgrid(*(np.linspace(0, 1, n) for n in cv.shape), indexing="ij"), axis=-1)
    np.testing.assert_allclose(surface.score(at.reshape(-1, 2)), cv.ravel(), atol=1e-12)
    middle = (at[4, 3] + at[5, 4]) / 2
    assert surface.score(middle[None])[0] == pytest.approx(cv[4:6, 3:5].mean())
    assert surface.unseen is not None
    assert surface.unseen(at[:1, 0])[0] == pytest.approx(np.array(told["test"])[0, 0])
    assert [one.log for one in surface.settings] == [True, True]


def test_the_stored_fits_are_those_of_scikit_learn() -> None:
    """Two places of the SVM's surface, fitted again."""
    from sklearn.model_selection import StratifiedKFold
    from sklearn.svm import SVC

    from cutaway.studies.run.vowels import utterances

    train, _ = utterances()
    x = np.array([steps.mean(axis=0) for steps in train.steps])
    x, y = (x - x.mean(axis=0)) / x.std(axis=0), np.asarray(train.speaker)
    cv = np.array(surfaces._file()["svm"]["cv"])
    penalties, widths = np.geomspace(1e-2, 1e4, 37), np.geomspace(1e-5, 1e1, 37)
    for i, j in ((15, 20), (10, 34)):
        right = sum(
            (SVC(C=penalties[i], gamma=widths[j]).fit(x[a], y[a]).predict(x[b]) == y[b]).sum()
            for a, b in StratifiedKFold(5, shuffle=True, random_state=0).split(x, y)
        )
        assert right / len(y) == pytest.approx(cv[i, j], abs=0.5 / len(y))


def test_a_grid_has_equal_steps_a_random_place_and_an_order_of_no_meaning() -> None:
    grid = walks.grid(5, np.random.default_rng(1))
    for along in grid.T:
        values = np.unique(along.round(12))
        assert len(values) == 5
        np.testing.assert_allclose(np.diff(values), 0.2)
        assert 0 <= values[0] < 0.2
    assert not np.array_equal(grid, grid[np.lexsort(grid.T[::-1])])


def test_what_looks_best_is_the_first_of_the_highest() -> None:
    walk = walks.Walk(np.zeros((5, 2)), np.array([1.0, 3.0, 2.0, 3.0, 4.0]), np.array([0.5, 0.9, 1.0, 0.2, 0.8]))
    assert walk.chosen().tolist() == [0, 1, 1, 1, 4]
    np.testing.assert_allclose(walk.regret(1.0), [0.5, 0.1, 0.1, 0.1, 0.2])


def test_walkers_have_one_budget_and_share_what_is_random() -> None:
    run = walks.walk("basins", 4, 0.05, (0, 0), tpe=True)
    n = 16
    assert set(run.walks) == set(walks.WALKERS)
    assert len(run.walks["random"].x) == walks.LONG * n
    first = run.walks["random"]
    for name in ("surrogate", "tpe"):
        walk = run.walks[name]
        assert walk.x.shape == (n, 2)
        assert ((walk.x >= 0) & (walk.x <= 1)).all()
        np.testing.assert_array_equal(walk.x[: walks.FIRST], first.x[: walks.FIRST])
        np.testing.assert_array_equal(walk.seen[: walks.FIRST], first.seen[: walks.FIRST])
    for walk in run.walks.values():
        np.testing.assert_array_equal(walk.true, run.surface.score(walk.x))
        assert 0.02 < (walk.seen - walk.true)[:n].std() < 0.09
    again = walks.walk("basins", 4, 0.05, (0, 0))
    np.testing.assert_array_equal(again.walks["surrogate"].seen, run.walks["surrogate"].seen)


def test_the_surrogate_asks_where_most_is_expected() -> None:
    run = walks.walk("ridge", 4, 0.02, (5, 1))
    walk = run.walks["surrogate"]
    assert [one.trials for one in run.kernels] == list(range(walks.FIRST, 17))
    for kernel in run.kernels[:-1:4]:
        k = kernel.trials
        process = search.gaussian_process(
            walk.x[:k], walk.seen[:k], lengths=kernel.lengths, signal=kernel.signal, noise=kernel.noise
        )
        best = float(process.at(walk.x[:k]).mean.max())
        gain = search.expected_improvement(process.at(surfaces.places()), best)
        there = search.expected_improvement(process.at(walk.x[k : k + 1]), best)[0]
        assert there == pytest.approx(gain.max(), rel=1e-6)


def test_tables_are_of_the_walks() -> None:
    runs = [walks.walk("one", 4, 0.02, (3, at)) for at in range(10)]
    walk = runs[0].walks["random"]
    rows = column("trials", "walker") == "random"
    np.testing.assert_array_equal(column("trials", "first")[rows], walk.x[:16, 0])
    np.testing.assert_array_equal(column("trials", "seen")[rows], walk.seen[:16])
    regret = np.stack([one.walks["random"].regret(1.0) for one in runs])
    kept = column("curves", "walker") == "random"
    np.testing.assert_allclose(column("curves", "middle")[kept], regret.mean(axis=0)[:16])
    np.testing.assert_allclose(column("curves", "upper")[kept], np.quantile(regret[:, :16], 0.75, axis=0))
    assert column("long", "trial")[-1] == 160
    assert column("long", "middle")[-1] == pytest.approx(regret[:, -1].mean())
    grid = np.stack([one.walks["grid"].regret(1.0) for one in runs])
    found = search.typical_difference(grid[:, 8] - regret[:, 8])
    here = (column("verdicts", "a") == "random") & (column("verdicts", "trial") == 9)
    assert column("verdicts", "difference")[here][0] == found.difference
    assert column("verdicts", "p")[here][0] == found.p
    assert set(column("verdicts", "outcome")) <= {"win", "tie", "loss"}
    assert ((column("verdicts", "outcome") == "tie") == (column("verdicts", "p_corrected") >= 0.05)).all()


def test_catching_up_is_the_first_time_that_it_is_as_near() -> None:
    random = np.array([[0.9, 0.5, 0.4, 0.1], [0.7, 0.7, 0.2, 0.1]])
    assert walk_tables.catch_up(random, np.array([0.3, 0.3]))[0] == 3
    assert walk_tables.catch_up(random, np.array([0.0, 0.0]))[0] == 5
    assert walk_tables.catch_up(random, np.array([0.8, 0.8])) == (1, 1, 2)


def test_on_a_measured_surface_random_search_is_enough() -> None:
    told = outcome("mlp", side=5, runs=20, noise=0.0)
    assert [claim.holds for claim in told.claims] == [True, True, None, None, True, None, True]


def test_what_looks_best_flatters_itself_on_a_plateau() -> None:
    claim = outcome("svm", noise=0.05, tpe=True).claims[-2]
    assert claim.holds
    assert claim.value is not None and 0.5 < claim.value < 3


def test_the_stored_result_says_what_it_was_stored_for() -> None:
    told = stored(STUDY)
    assert told is not None
    numbers = told["numbers"]
    assert numbers["catch_up_low"] <= numbers["catch_up"]
    assert numbers["regret_surrogate"] < numbers["regret_random"] < numbers["regret_grid"]
    assert math.isclose(numbers["top_expected"], 1 - 0.95**25, abs_tol=0.01)


def fixture() -> dict[str, Any]:
    """A walk with what the surrogate believes after 4, 7 and 12 trials, at all places and by its own formulae."""
    run = walks.walk("basins", 4, 0.05, (1, 0))
    walk = run.walks["surrogate"]
    beliefs = []
    for kernel in (run.kernels[0], run.kernels[3], run.kernels[8]):
        k = kernel.trials
        process = search.gaussian_process(
            walk.x[:k], walk.seen[:k], lengths=kernel.lengths, signal=kernel.signal, noise=kernel.noise
        )
        found = process.at(surfaces.places())
        gain = search.expected_improvement(found, float(process.at(walk.x[:k]).mean.max()))
        some = slice(0, None, 97)
        beliefs.append(
            {
                "kernel": {
                    "trials": k,
                    "lengths": list(kernel.lengths),
                    "signal": kernel.signal,
                    "noise": kernel.noise,
                },
                "mean": found.mean[some].tolist(),
                "sd": found.sd[some].tolist(),
                "gain": gain[some].tolist(),
                "asks": int(gain.argmax()),
            }
        )
    score = run.surface.score(surfaces.places())
    square = score.reshape(surfaces.SIDE, -1)
    rows = zip(*walk.x.T.tolist(), walk.seen.tolist(), walk.true.tolist(), strict=True)
    return {
        "trials": [dict(zip(("x", "y", "seen", "true"), row, strict=True)) for row in rows],
        "chosen": walk.chosen().tolist(),
        "beliefs": beliefs,
        "along": square.max(axis=1)[::8].tolist(),
        "up": square.max(axis=0)[::8].tolist(),
        "score": [float(f"{one:.9g}") for one in score],
    }  # fmt: skip


def test_the_fixture_of_the_browser_is_current() -> None:
    made = json.loads(json.dumps(fixture()))
    if os.environ.get("CUTAWAY_FIXTURES"):
        FIXTURE.write_text(json.dumps(made) + "\n")
    kept = json.loads(FIXTURE.read_text())
    assert same(kept["score"], made["score"], relative=1e-6, absolute=1e-9)
    assert same(kept["trials"][: walks.FIRST], made["trials"][: walks.FIRST], relative=1e-9, absolute=1e-12)
    assert set(kept) == set(made) and [set(one) for one in kept["beliefs"]] == [set(one) for one in made["beliefs"]]
    # Later trials follow from kernels that are fitted: the formulae are held by their own trials and kernels.
    for one in kept["beliefs"]:
        given = kept["trials"][: one["kernel"]["trials"]]
        process = search.gaussian_process(
            [[each["x"], each["y"]] for each in given],
            [each["seen"] for each in given],
            **{name: one["kernel"][name] for name in ("lengths", "signal", "noise")},
        )
        found = process.at(surfaces.places())
        assert same(one["mean"], found.mean[::97].tolist(), relative=1e-7, absolute=1e-9)
        assert same(one["sd"], found.sd[::97].tolist(), relative=1e-6, absolute=1e-7)

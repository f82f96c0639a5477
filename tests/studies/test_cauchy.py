"""The study of the Cauchy law: claims over seeds, tables that are the samplers' own, parts on the way, the fixture."""

from __future__ import annotations

import json
import math
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.science import tails
from cutaway.studies import cauchy
from cutaway.studies.cauchy import LENGTH, ORIGINS, REACH, SAMPLE, SHOWN, STOPS
from cutaway.studies.run import study as runs
from cutaway.studies.run.result import Outcome, Result, Table
from cutaway.studies.run.study import Study

STUDY = Study(cauchy)
FEW = 30  # draws of the fixture
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "cauchy.json"


@cache
def outcome(seed: int = 3) -> Outcome:
    return STUDY.run(seed=seed, paths=100, draws=20_000)


def column(table: str, name: str) -> np.ndarray:
    return np.array(outcome().result.tables[table].columns[name], float)


@pytest.mark.parametrize("seed", [3, 8])
def test_claims_hold(seed: int) -> None:
    claims = outcome(seed).claims
    assert len(claims) == 7 and all(claim.holds for claim in claims)


@pytest.mark.slow
def test_claims_hold_of_ten_million_draws() -> None:
    found = STUDY.run(seed=11, paths=1_000, draws=10_000_000)
    assert all(claim.holds for claim in found.claims)
    assert abs(found.result.numbers["median"]) < 5 * math.pi / 2 / math.sqrt(1e7)


def test_the_path_is_that_of_the_stream() -> None:
    """Mean, median and farthest draw at some of its places, from the draws themselves."""
    draws = tails.cauchy_draws(20_000, seed=3)
    for at in (0, 5, 60, 199):
        n = int(column("path", "n")[at]) if at < len(column("path", "n")) else 20_000
        row = int(np.flatnonzero(column("path", "n") == n)[0])
        so_far = draws[:n]
        assert column("path", "mean")[row] == pytest.approx(so_far.mean(), rel=1e-9)
        assert column("path", "farthest")[row] == so_far[np.abs(so_far).argmax()]
        if n > 100:
            assert column("path", "median")[row] == pytest.approx(np.median(so_far), abs=5 / n)
    assert column("path", "n")[-1] == 20_000


def test_many_paths_are_quantiles_of_paths() -> None:
    draws = tails.cauchy_draws(100 * LENGTH, seed=cauchy._key(3, 5)).reshape(100, LENGTH)
    for n in (1, 30, 10_000):
        row = STOPS.index(n)
        for name, values in (("mean", draws[:, :n].mean(axis=1)), ("median", np.median(draws[:, :n], axis=1))):
            for end, share in cauchy.SPANS.items():
                found = column("many", f"cauchy_{name}_{end}")[row]
                assert found == pytest.approx(np.quantile(values, share), rel=1e-9, abs=1e-12)
    assert outcome().result.numbers["carried"] == pytest.approx(np.median(np.abs(draws).max(axis=1)) / LENGTH)


def test_draws_that_are_shown_are_those_that_are_counted() -> None:
    np.testing.assert_allclose(column("shown", "rays"), np.tan(column("shown", "angle")))
    np.testing.assert_allclose(column("shown", "ratio"), column("shown", "above") / column("shown", "below"))
    for origin in ORIGINS:
        assert column("piles", origin).sum() == SAMPLE
        assert column("shown", origin).shape == (SHOWN,)
        expected = column("piles", "expected")
        far_off = np.abs(column("piles", origin) - expected) / np.sqrt(expected)
        assert far_off.max() < 5, origin
    low, high = column("piles", "low"), column("piles", "high")
    assert (low[1], high[-2]) == (-REACH, REACH) and np.isinf([low[0], high[-1]]).all()


def test_walks_go_from_circle_to_circle_until_they_touch_the_wall() -> None:
    walk, x, height = column("walks", "walk"), column("walks", "x"), column("walks", "height")
    assert set(walk) == set(range(SHOWN))
    inside = walk[1:] == walk[:-1]
    jumps = np.hypot(np.diff(x), np.diff(height))[inside]
    np.testing.assert_allclose(jumps, height[:-1][inside], rtol=1e-9)
    ends = np.append(walk[1:] != walk[:-1], True)
    assert (height[ends] <= cauchy.CLOSE).all() and (height[~ends] > cauchy.CLOSE).all()
    np.testing.assert_array_equal(x[ends], column("shown", "walk"))
    assert tails.ks_distance(x[ends], tails.cauchy_distribution).value < 1.95 / math.sqrt(SHOWN)  # 1 in 1,000


def test_parts_grow_into_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants them is handed results on the way, each the beginning of the last; the whole is not changed."""
    monkeypatch.setattr(runs, "PAUSE", 0.0)
    heard: list[Outcome] = []
    whole = STUDY.run(seed=3, paths=100, draws=20_000, heard=heard.append)
    assert len(heard) > 100 and all(part.claims == () for part in heard)
    lengths = [len(part.result.tables["path"].columns["n"]) for part in heard]
    assert lengths == sorted(set(lengths))
    path = whole.result.tables["path"].columns
    for part in heard[:: len(heard) // 3]:
        begun = part.result.tables["path"].columns
        assert all(list(path[name])[: len(column)] == list(column) for name, column in begun.items())
        assert set(part.result.figures) == set(whole.result.figures)
    assert whole.to_json() == outcome().to_json()


def test_parts_are_a_pause_apart() -> None:
    """None at all of a run that ends before the first pause is over."""
    heard: list[Outcome] = []
    part = STUDY._part(STUDY.parameters(), heard.append)
    for _ in range(50):
        part(lambda: outcome().result)
    assert len(heard) <= 1


@pytest.mark.parametrize(
    ("claim", "number", "wrong"),
    [
        ("one_law", "origins", 0.05),
        ("one_draw_decides", "carried", 0.1),
        ("means_still_move", "means_moved", 0.2),
        ("means_still_move", "medians_moved", 0.01),
        ("path_finds_the_foot", "median", 0.2),
    ],
)
def test_claims_can_fail_by_a_number(claim: str, number: str, wrong: float) -> None:
    result = outcome().result
    spoiled = Result(tables=result.tables, numbers=dict(result.numbers) | {number: wrong})
    params = STUDY.parameters({"paths": 400, "draws": 20_000})
    assert getattr(cauchy, claim)(params, spoiled)[0] is False


@pytest.mark.parametrize(
    ("claim", "series", "factor"),
    [("mean_stays_wide", "cauchy_mean", 3.0), ("median_settles", "cauchy_median", 3.0),
     ("normal_settles", "normal_mean", 10.0)],
)  # fmt: skip
def test_claims_can_fail_by_a_width(claim: str, series: str, factor: float) -> None:
    """The last of the many paths' spans made wider."""
    columns = {name: list(each) for name, each in outcome().result.tables["many"].columns.items()}
    for end in ("lower", "upper"):
        columns[f"{series}_{end}"][-1] *= factor
    spoiled = Result(tables={"many": Table(columns)}, numbers=outcome().result.numbers)
    assert getattr(cauchy, claim)(STUDY.parameters({"paths": 100}), spoiled)[0] is False


def fixture() -> dict[str, Any]:
    """What the browser must find, from Python alone."""
    result = outcome().result
    rays = column("shown", "rays")[:FEW]
    d = 0.6
    edges = np.linspace(-4, 4, 17)
    counts = np.histogram(rays * d, edges)[0]
    path = [{name: float(column("path", name)[at]) for name in ("n", "mean", "median", "farthest")}
            for at in range(len(column("path", "n")))]  # fmt: skip
    theta = np.arctan(rays[:5])
    many = {name: list(each) for name, each in result.tables["many"].columns.items()}
    rows = int((column("walks", "walk") < FEW).sum())
    tables = {
        "shown": {name: list(each[:FEW]) for name, each in result.tables["shown"].columns.items()},
        "walks": {name: list(each[:rows]) for name, each in result.tables["walks"].columns.items()},
    }
    density = tails.cauchy_density(np.array([-2.0, 0.0, 0.3, 7.0]), scale=d)
    return {
        "tables": tables,
        "d": d,
        "means": [float((rays[:k] * d).mean()) for k in (1, 2, 17, FEW)],
        "medians": [float(np.median(rays[:k] * d)) for k in (1, 2, 17, FEW)],
        "pile": {
            "counts": counts.tolist(),
            "left": int((rays * d < -4).sum()),
            "right": int((rays * d > 4).sum()),
        },
        "density": density.tolist(),
        "circle": [{"x": math.cos(t) * math.sin(t), "height": 1 - math.cos(t) ** 2} for t in theta.tolist()],
        "path": path,
        "many": many,
        "widths": {name: cauchy._widths(result.tables["many"], name).tolist()
                   for name in ("cauchy_mean", "cauchy_median", "normal_mean")},
        "expected": {
            "cauchy_mean": float(tails.cauchy_quantile(np.array(0.75))),
            "cauchy_median": math.pi / 2 / math.sqrt(400) / cauchy.NORMAL,
            "normal_mean": 1 / math.sqrt(400),
        },
    }  # fmt: skip


def test_the_fixture_of_the_browser_is_current() -> None:
    made = json.loads(json.dumps(fixture()))
    if os.environ.get("CUTAWAY_FIXTURES"):
        FIXTURE.write_text(json.dumps(made) + "\n")
    assert runs_alike(json.loads(FIXTURE.read_text()), made)


def runs_alike(one: Any, other: Any) -> bool:
    from cutaway.studies.run.stored import same

    return same(one, other, relative=1e-9, absolute=1e-12)

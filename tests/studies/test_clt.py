"""The study of means: claims over laws and seeds, the dial, the reader's column, tables held to SciPy, the fixture."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from cutaway.core.errors import InputError
from cutaway.science import tails
from cutaway.studies import clt
from cutaway.studies.clt import SIZES
from cutaway.studies.run import tail_laws as tailed
from cutaway.studies.run.data import Columns
from cutaway.studies.run.result import Outcome, Result, Table
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(clt)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "clt.json"
SMALL = {"repeats": 2_000, "replicates": 200}


@cache
def outcome(law: str = "pareto", alpha: float = 2.5, seed: int = 0) -> Outcome:
    return STUDY.run(law=law, alpha=alpha, seed=seed, **SMALL)


def column(found: Outcome, table: str, name: str) -> np.ndarray:
    return np.array(found.result.tables[table].columns[name], float)


@pytest.mark.parametrize(("law", "alpha"), [("pareto", 2.5), ("stable", 1.2), ("uniform", 2.5)])
def test_claims_hold(law: str, alpha: float) -> None:
    found = outcome(law, alpha)
    assert [claim.text for claim in found.claims if claim.holds is False] == []
    assert sum(claim.holds is True for claim in found.claims) >= 7


@pytest.mark.slow
@pytest.mark.parametrize(("law", "alpha"), [("student", 1.0), ("pareto", 1.5), ("lognormal", 2.0), ("coin", 2.0)])
def test_claims_hold_of_other_laws(law: str, alpha: float) -> None:
    found = outcome(law, alpha, 7)
    assert [claim.text for claim in found.claims if claim.holds is False] == []


def test_distances_are_scipys() -> None:
    """Kolmogorov and Smirnov's statistic of the same sums, to the grid's 1 / 2,000."""
    law = tailed.law_of("pareto", alpha=2.5, sigma=1, p=0.5)
    for at in (0, 4, 7):
        sums = tails.sums(law, SIZES[at], 2_000, seed=at)
        expected = stats.kstest(sums, "norm").statistic
        assert column(outcome(), "sizes", "distance")[at] == pytest.approx(expected, abs=1e-12)
    assert column(outcome(), "sizes", "noise")[0] == pytest.approx(math.sqrt(math.log(40) / 4_000))


def test_the_dial_passes_two_and_the_pile_is_no_bell() -> None:
    """With a variance the distance falls with n; without, it stays where it is, and the stable limit is near."""
    with_variance, without = outcome("student", 4.0), outcome("student", 1.2)
    assert with_variance.result.numbers["distance_1000"] < 0.03
    assert without.result.numbers["distance_1000"] > 0.045
    assert without.result.numbers["alpha"] == 1.2
    assert column(without, "sizes", "to_limit")[-1] < 1.5 * column(without, "sizes", "noise")[-1]
    assert "stable limit" in [line.name for line in without.result.figures["The pile of means of 30"].lines]  # type: ignore[union-attr]


def test_piles_hold_every_mean() -> None:
    found = outcome("student", 1.2)
    for at, n in enumerate(SIZES):
        beyond = column(found, "sizes", "below")[at] + column(found, "sizes", "above")[at]
        assert column(found, "piles", f"n{n}").sum() + beyond == 2_000


def test_the_limit_is_the_stable_law() -> None:
    law = tailed.law_of("student", alpha=1.0, sigma=1, p=0.5)
    limit = tailed.limit_of(law, -6, 6)
    x = np.linspace(-40, 40, 501)
    np.testing.assert_allclose(limit.distribution(x), stats.cauchy.cdf(x), atol=2e-3)
    inside = np.abs(x) < 6
    np.testing.assert_allclose(limit.distribution(x)[inside], stats.cauchy.cdf(x)[inside], atol=1e-4)
    places, height = limit.density
    np.testing.assert_allclose(height, stats.cauchy.pdf(places), atol=2e-4)


@pytest.mark.parametrize("alpha", [0.7, 1.0, 1.5, 2.0])
def test_stable_draws_add_up_to_themselves(alpha: float) -> None:
    """The law's own constants: sums of 50, scaled by `growth`, are held to what one draw follows."""
    law = tailed.stable(alpha)
    assert law.growth(50) == pytest.approx(50 ** (1 / alpha) * (math.sqrt(2) if alpha == 2 else 1))
    found = tails.ks_distance(tails.sums(law, 50, 2_000, seed=5), tails.limit_distribution(law))
    assert found.value < 1.3 * found.noise
    if alpha == 2:
        assert law.third == pytest.approx(float(np.mean(np.abs(stats.norm(0, math.sqrt(2)).ppf(
            (np.arange(200_000) + 0.5) / 200_000)) ** 3)), rel=1e-3)  # fmt: skip


def test_laws_at_the_ends_of_their_dials() -> None:
    assert tailed.law_of("pareto", alpha=1.0, sigma=1, p=0.5).index == pytest.approx(1.02)
    assert tailed.law_of("pareto", alpha=0.99, sigma=1, p=0.5).index == pytest.approx(0.98)
    assert tailed.law_of("stable", alpha=5.0, sigma=1, p=0.5).sd == pytest.approx(math.sqrt(2))
    assert tailed.law_of("student", alpha=1.0, sigma=1, p=0.5).name == "Cauchy"
    assert set(tailed.LAWS) == {tailed_name for tailed_name in tailed.LAWS if tailed.law_of(
        tailed_name, alpha=2.5, sigma=1, p=0.5).draw(np.random.default_rng(0), 3).shape == (3,)}  # fmt: skip


def test_a_bell_through_the_quartiles() -> None:
    x = stats.norm(3, 2).ppf((np.arange(10_000) + 0.5) / 10_000)
    found = tailed.bell_of(tailed.stable(1.5), x)
    assert (found.mean, found.sd) == (pytest.approx(3, abs=1e-6), pytest.approx(2, rel=1e-3))
    assert tailed.bell_of(tailed.stable(2.0), x) == tailed.Bell(0.0, 1.0)


def test_aims_are_what_estimates_find_in_the_whole_law() -> None:
    """Of the exponential law: the mean 1, the median log 2, the pseudo-median that solves (1 + 2x) e^(-2x) = 1/2."""
    law = tailed.law_of("exponential", alpha=1, sigma=1, p=0.5)
    found = tailed.aims(law, 1, dict.fromkeys(("mean", "median", "trimmed mean", "median of means", "Hodges–Lehmann")))
    assert (found["mean"], found["median"], found["median of means"]) == (1.0, pytest.approx(math.log(2)), 1.0)
    pseudo = stats.gamma(2, scale=0.5).median()
    assert found["Hodges–Lehmann"] == pytest.approx(pseudo, abs=0.004)
    q = stats.expon.ppf((np.arange(100_000) + 0.5) / 100_000)
    assert found["trimmed mean"] == pytest.approx(stats.trim_mean(q, 0.2), abs=0.004)
    assert tailed.aims(tailed.stable(0.8), 1, {"mean": None})["mean"] == 0.0
    heavy = tailed.law_of("pareto", alpha=0.8, sigma=1, p=0.5)
    assert math.isnan(tailed.aims(heavy, 1, {"mean": None})["mean"])


def test_a_column_is_a_law() -> None:
    """Rows with replacement; the bound of Berry and Esseen from the column's own moments."""
    values = np.array([0.0] * 95 + [100.0] * 5)
    found = STUDY.run(STUDY.parameters(SMALL), data=Columns({"claims": values, "other": values}, "table.csv"))
    assert [claim.text for claim in found.claims if claim.holds is False] == []
    assert found.result.tables["law"].columns["name"] == ["claims"]
    assert found.result.numbers["centre"] == 5.0
    ratio = 0.469 * np.mean(np.abs(values - 5) ** 3) / values.std() ** 3
    assert column(found, "sizes", "bound")[0] == pytest.approx(ratio)
    assert set(column(found, "pool", "draw")) == {0.0, 100.0}
    assert found.result.numbers["distance_30"] > 0.15
    assert found.result.sentences[0].startswith("Claims: the mean of 30 draws")


def test_a_column_of_one_value_is_refused() -> None:
    with pytest.raises(InputError, match="expected a column with two values or more, got 'x' with one"):
        STUDY.run(STUDY.parameters(SMALL), data=Columns({"x": np.full(50, 3.1)}, "table.csv"))


def test_methods_hold_what_they_are_for() -> None:
    table = outcome("student", 1.2).result.tables["methods"]
    rows = clt._rows(table)
    assert [one["n"] for one in rows] == list(clt.COVERED) * 5
    for one in rows:
        assert one["low"] <= one["value"] <= one["high"] and one["aim"] == 0.0
        assert 0.9 < one["coverage"] <= 1
    first = column(outcome("student", 1.2), "pool", "draw")[:30]
    assert rows[3]["method"] == "median" and rows[3]["value"] == np.median(first)


def test_cases_do_not_wait_for_the_dial() -> None:
    """Another law, the same cases."""
    one, other = (outcome(law, alpha).result.tables["cases"] for law, alpha in (("pareto", 2.5), ("stable", 1.2)))
    assert one.columns == other.columns
    row = next(each for each in clt._rows(one) if each["case"] == "exponential")
    assert row["bound"] == pytest.approx(tails.berry_esseen(tails.laws.exponential(), 30))


def test_parts_have_all_that_the_whole_has(monkeypatch: pytest.MonkeyPatch) -> None:
    from cutaway.studies.run import study as runs

    monkeypatch.setattr(runs, "PAUSE", 0.0)
    heard: list[Outcome] = []
    whole = STUDY.run(law="pareto", alpha=2.5, heard=heard.append, **SMALL)
    assert len(heard) == 2 and whole.to_json() == outcome().to_json()
    for part in heard:
        told = part.to_json()
        json.dumps(told, allow_nan=False)
        assert set(told["tables"]) == set(whole.result.tables)
        assert all(
            len(one["columns"]) == len(whole.result.tables[name].columns) for name, one in told["tables"].items()
        )


@pytest.mark.parametrize(
    ("claim", "case", "name", "wrong"),
    [
        ("bound_holds", "exponential", "distance", 0.5),
        ("thirty_uniform", "uniform", "distance", 0.2),
        ("thirty_refuted", "student", "distance", 0.01),
        ("interval_fails", "lognormal", "mean_coverage", 0.94),
        ("blocks_are_better", "lognormal", "blocks_coverage", 0.1),
        ("mean_is_wide", "student", "mean_width", 1.0),
    ],
)
def test_claims_can_fail_by_a_case(claim: str, case: str, name: str, wrong: float) -> None:
    tables = dict(outcome().result.tables)
    columns = {each: list(values) for each, values in tables["cases"].columns.items()}
    columns[name][columns["case"].index(case)] = wrong
    spoiled = Result(tables=tables | {"cases": Table(columns)}, numbers=outcome().result.numbers)
    assert getattr(clt, claim)(STUDY.parameters(SMALL), spoiled)[0] is False


def test_other_claims_can_fail_or_say_nothing() -> None:
    params = STUDY.parameters(SMALL)
    result = outcome("stable", 1.2).result
    numbers = dict(result.numbers)
    near = Result(tables=result.tables, numbers=numbers | {"distance_1000": 0.01})
    assert clt.never_a_bell(params, near)[0] is False
    assert clt.never_a_bell(params, outcome().result)[0] is None
    assert clt.stable_again(params, outcome().result)[0] is None
    sizes = {name: list(each) for name, each in result.tables["sizes"].columns.items()}
    sizes["to_limit"][3] = 0.2
    assert clt.stable_again(params, Result(tables={"sizes": Table(sizes)}, numbers=numbers))[0] is False
    methods = {name: list(each) for name, each in result.tables["methods"].columns.items()}
    methods["coverage"][methods["method"].index("median")] = 0.8
    assert clt.median_keeps(params, Result(tables={"methods": Table(methods)}, numbers=numbers))[0] is False


def fixture() -> dict[str, Any]:
    """What the browser must find, from Python alone."""
    cases = []
    for law, alpha, n in (("pareto", 2.5, 30), ("student", 1.2, 10), ("coin", 2.0, 1)):
        found = outcome(law, alpha)
        pool = column(found, "pool", "draw")[:300]
        centre, growth = found.result.numbers["centre"], column(found, "sizes", "growth")[SIZES.index(n)]
        samples = pool.reshape(-1, n)
        scaled = (samples.sum(axis=1) - n * centre) / growth
        low, high = column(found, "piles", "low")[0], column(found, "piles", "high")[-1]
        tall = np.histogram(scaled, clt.BINS, (low, high))[0] / max(60, scaled.size) / ((high - low) / clt.BINS)
        cases.append(
            {
                "n": n,
                "growth": growth,
                "centre": centre,
                "pool": pool.tolist(),
                "means": samples.mean(axis=1).tolist(),
                "scaled": scaled.tolist(),
                "low": low,
                "high": high,
                "tall": tall.tolist(),
                "quantiles": np.quantile(pool, [0.01, 0.5, 0.96]).tolist(),
            }
        )
    x = [-3.0, -0.4, 0.0, 2.2]
    return {"cases": cases, "x": x, "bell": stats.norm(0.5, 2).pdf(x).tolist()}


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture())

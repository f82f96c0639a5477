"""LOG004 names a column whose coefficient is misread for its unit, and no other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.checks.run.example import fitted
from cutaway.checks.run.subject import Subject
from cutaway.checks.unit import unit


def table(effects: dict[str, float], sds: dict[str, float], n: int = 6000, seed: int = 0, **more: Any) -> Subject:
    """Independent normal columns with these log-odds for one standard deviation, and these standard deviations."""
    rng = np.random.default_rng(seed)
    z = {name: rng.normal(size=n) for name in effects}
    eta = sum((effects[name] * z[name] for name in effects), np.zeros(n))
    y = rng.random(n) < 1 / (1 + np.exp(1 - eta))
    return fitted(y=np.where(y, "yes", "no").tolist(), **{name: z[name] * sds[name] for name in effects}, **more)


def test_small_by_its_unit() -> None:
    subject = table({"income": 1.0, "z": 0.3}, {"income": 20_000.0, "z": 1.0})
    (found,) = unit(subject)
    assert found.severity == "low"
    assert found.columns == ("income",)
    assert found.title.startswith("income looks small at +0.00")
    assert "contributes more than any other column" in found.title
    assert found.evidence["log_odds_a_standard_deviation_of_income"] == pytest.approx(1.0, abs=0.1)
    assert found.evidence["log_odds_a_unit_of_income"] == pytest.approx(1 / 20_000, rel=0.1)
    assert "10,000 units of income" in found.remedy.text
    assert "more than z" in found.detail


def test_large_by_its_unit() -> None:
    (found,) = unit(table({"rate": 0.3, "z": 1.0}, {"rate": 0.004, "z": 1.0}))
    assert found.columns == ("rate",)
    assert found.title.startswith("rate looks large at +")
    assert found.title.endswith("a unit, but a unit is 251 standard deviations")
    assert "less than z" in found.detail


@pytest.mark.parametrize(
    ("effects", "sds"),
    [
        ({"a": 1.0, "b": 0.3}, {"a": 1.0, "b": 1.0}),  # in order
        ({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 500.0}),  # equal contributions: no order to get wrong
        ({"a": 1.0, "b": 0.3}, {"a": 3.0, "b": 1.0}),  # nearly equal coefficients: nobody is misled tenfold
        ({"a": 0.0, "b": 0.0}, {"a": 1e6, "b": 1e-6}),  # noise
        ({"a": 1.0}, {"a": 1e6}),  # nothing to compare with
    ],
)
def test_silent(effects: dict[str, float], sds: dict[str, float]) -> None:
    assert not list(unit(table(effects, sds)))


def test_a_category_counts_by_what_it_contributes() -> None:
    rng = np.random.default_rng(1)
    n = 8000
    income, town = rng.normal(0, 5000, n), rng.integers(0, 3, n)
    eta = income / 5000 + 0.4 * (town == 1) - 0.4 * (town == 2)
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    (found,) = unit(fitted(y=y, income=income, town=[f"town {t}" for t in town]))
    assert found.columns == ("income",)


def test_a_strong_category_is_not_outranked() -> None:
    rng = np.random.default_rng(2)
    n = 8000
    income, town = rng.normal(0, 5000, n), rng.integers(0, 3, n)
    eta = 0.3 * income / 5000 + 2.0 * (town == 1) - 2.0 * (town == 2)
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    assert not list(unit(fitted(y=y, income=income, town=[f"town {t}" for t in town])))


def test_several_classes_and_weights() -> None:
    rng = np.random.default_rng(3)
    n = 6000
    dollars, z = rng.normal(0, 900, n), rng.normal(size=n)
    eta = np.stack([np.zeros(n), dollars / 900 + 0.3 * z, -dollars / 900])
    y = (eta + rng.gumbel(size=eta.shape)).argmax(axis=0)
    (found,) = unit(fitted(y=[f"c{v}" for v in y], dollars=dollars, z=z))
    assert found.columns == ("dollars",)
    (found,) = unit(fitted(y=(y == 1).astype(int), dollars=dollars, z=z, w=rng.uniform(0.5, 2, n), weight="w"))
    assert found.columns == ("dollars",)


def test_columns_with_missing_values_and_hostile_names() -> None:
    name = "{income} [red] %s </script>"
    subject = table({name: 1.0, "z": 0.3}, {name: 20_000.0, "z": 1.0}, gone=[None, 1.0, 2.0] * 2000)
    (found,) = unit(subject)
    assert found.columns == (name,)

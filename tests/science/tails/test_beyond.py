from __future__ import annotations

import numpy as np
import pytest

from cutaway import tails


def judged(x: np.ndarray, size: int = 12_000) -> tuple[tails.TailSketch, tails.TailReport]:
    sketch = tails.TailSketch.of(x, size)
    low, middle, high = np.quantile(x, [0.25, 0.5, 0.75]).tolist()
    return sketch, tails.heavy(sketch, (low, middle, high))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_one_tail_from_the_centre(sign: float) -> None:
    x = sign * (5 + np.random.default_rng(1).pareto(1.2, 20_000))
    sketch, report = judged(x)
    found = tails.power_law_beyond(sketch, report, replicates=30)
    assert found is not None
    low, high = found.interval()
    assert low < 2.2 < high
    distances = np.sort(sign * (x - report.centre))[::-1]
    assert found.fit.n == 1_000
    assert found.fit.points == np.count_nonzero(distances >= found.fit.xmin)
    assert found.fit == tails.power_law(distances[:1_000], min_points=50)


@pytest.mark.parametrize("size", [500, 12_000], ids=["the outermost", "all"])
def test_both_tails_together(size: int) -> None:
    x = 3 + np.random.default_rng(2).standard_cauchy(10_000)
    sketch, report = judged(x, size)
    assert report.side == "both"
    found = tails.power_law_beyond(sketch, report, replicates=30)
    assert found is not None
    distances = np.sort(np.abs(x - report.centre))[::-1]
    assert found.fit == tails.power_law(distances[: found.fit.n], min_points=50)
    assert found.fit.n >= 0.9 * min(2 * size, 1_000)
    assert found.fit.alpha == pytest.approx(2, abs=4 * found.fit.error + 0.05)
    assert found.p_value > 0.05


def test_an_exponential_tail_is_refuted() -> None:
    x = np.random.default_rng(3).exponential(size=3_000)
    sketch = tails.TailSketch.of(x)
    report = tails.TailReport(verdict="no variance", reason="", n=x.size, side="right", centre=0.0)
    found = tails.power_law_beyond(sketch, report, min_points=800, replicates=40)
    assert found is not None
    assert found.p_value < 0.05


@pytest.mark.parametrize("x", [np.arange(30.0), np.repeat([1.0, 2.0], 200)], ids=["few", "two values"])
def test_too_little_gives_none(x: np.ndarray) -> None:
    report = tails.TailReport(verdict="no variance", reason="", n=x.size, side="right", centre=0.0)
    assert tails.power_law_beyond(tails.TailSketch.of(x), report) is None

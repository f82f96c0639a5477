"""DAT004 names what decides the target alone, and nothing that is merely strong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from cutaway.checks import audit
from cutaway.checks.leakage import leakage
from cutaway.checks.run.example import table
from cutaway.core.findings import Finding
from tests.tables import caravan, lending_club, nasscds, shuttle


def honest(n: int = 3000, classes: int = 2, share: float = 0.3, seed: int = 0) -> tuple[Any, Any, dict[str, Any]]:
    """A generator, labels, and three features of which two say something."""
    rng = np.random.default_rng(seed)
    y = rng.choice(classes, n, p=[1 - share] + [share / (classes - 1)] * (classes - 1))
    return rng, y, {"a": rng.normal(size=n) + y, "b": rng.exponential(size=n), "c": rng.choice(list("pqr"), n)}


def named(findings: Any) -> list[str]:
    found: list[Finding] = list(findings)
    assert all(f.severity == "high" and set(f.set_aside) == set(f.columns) for f in found)
    return [f.columns[0] for f in found]


def of(frame: pd.DataFrame, target: str) -> list[str]:
    return named(leakage(table(frame[target], **{c: frame[c] for c in frame if c != target})))


def test_nasscds_names_the_injury_and_nothing_else() -> None:
    frame, target = nasscds()
    result = audit(frame, target, select=["DAT004"])
    (finding,) = result.outcomes[0].findings
    assert finding.columns == ("injSeverity",)
    assert finding.evidence["auc_of_the_feature_alone"] == pytest.approx(0.98, abs=0.01)
    assert finding.evidence["auc_of_all_others_together"] < 0.92
    assert result.model is not None and "injSeverity" in result.model.set_aside


@pytest.mark.parametrize("load", [caravan, lending_club])
def test_real_tables_without_a_leak(load: Any) -> None:
    assert of(*load()) == []


@pytest.mark.mlbench
def test_shuttle_has_no_leak() -> None:
    assert of(*shuttle()) == []


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_honest_strong_features_are_not_named(name: str) -> None:
    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    assert of(bunch.data.assign(y=bunch.target), "y") == []
    if bunch.target.nunique() > 2:
        for k in range(3):
            assert of(bunch.data.assign(y=(bunch.target == k).astype(int)), "y") == []


@pytest.mark.parametrize("copies", [10])
def test_many_strong_features_on_many_rows(copies: int) -> None:
    bunch = datasets.load_breast_cancer(as_frame=True)
    frame = pd.concat([bunch.data.assign(y=bunch.target)] * copies, ignore_index=True)
    rng = np.random.default_rng(0)
    for name in bunch.data:
        frame[name] += 0.1 * frame[name].std() * rng.normal(size=len(frame))
    assert of(frame, "y") == []


def test_kinds_of_leaks() -> None:
    rng, y, columns = honest()
    n = y.size
    leaks = {
        "noisy": y + 0.3 * rng.normal(size=n),
        "bump": np.where(y == 1, rng.normal(0, 0.1, n), rng.normal(0, 3, n)),
        "reason": np.where(y == 1, [f"r{i % 9}" for i in range(n)], [f"s{i % 9}" for i in range(n)]).tolist(),
        "filled": [float(i) if k else None for i, k in enumerate(rng.permutation(n) * 0 + y)],
        "copy": np.where(y == 1, "yes", "no").tolist(),
    }
    for name, leak in leaks.items():
        assert named(leakage(table(y, **columns, **{name: leak}))) == [name]
    assert named(leakage(table(y, **columns))) == []


def test_two_leaks_do_not_hide_each_other() -> None:
    rng, y, columns = honest()
    leaks = {"first": y + 0.1 * rng.normal(size=y.size), "second": y + 0.15 * rng.normal(size=y.size)}
    assert named(leakage(table(y, **columns, **leaks))) == ["first", "second"]


def test_copies_are_named_in_small_tables_too() -> None:
    _, y, columns = honest(60)
    assert named(leakage(table(y, **columns, flag=1 - y))) == ["flag"]
    assert named(leakage(table([0, 1, 0, 1], flag=[1, 0, 1, 0]))) == []  # one in three by chance


def test_several_classes() -> None:
    rng, y, columns = honest(classes=4, share=0.6)
    assert named(leakage(table(y, **columns, grade=10 * y + rng.normal(size=y.size)))) == ["grade"]
    assert named(leakage(table(y, **columns, copy=np.array(list("wxyz"))[y].tolist()))) == ["copy"]
    one = (y == 3) + 0.1 * rng.normal(size=y.size)  # decides one class of four: not the target
    assert named(leakage(table(y, **columns, one=one))) == []


def test_weights_hostile_names_and_constants() -> None:
    rng, y, columns = honest(400)
    odd = {"</script>": y + 0.05 * rng.normal(size=400), "'; drop": np.full(400, 1.0), "w": rng.random(400) + 0.5}
    found = list(leakage(table(y, weight="w", **columns, **odd)))
    assert named(found) == ["</script>"]
    assert "</script>" in found[0].title


def test_hardly_any_rows() -> None:
    assert list(leakage(table([0, 0, 1, 1], x=[1.0, 2.0, 3.0, 4.0]))) == []
    assert list(leakage(table([0, 0, 1, 1], x=[None, None, None, 4.0], z=[1.0, 3.0, 2.0, 4.0]))) == []


def test_noise_is_not_named() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = rng.permutation(np.arange(80) < 8).astype(int)
        columns = {f"x{j}": rng.normal(size=80) for j in range(20)}
        levels = {f"c{j}": rng.choice(list("abcdefgh"), 80).tolist() for j in range(10)}
        assert list(leakage(table(y, **columns, **levels))) == []

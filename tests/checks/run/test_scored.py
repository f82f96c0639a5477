"""Scores as sums: the law of states, the plain model out of fold, and what may be asked of score columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

from cutaway.checks import audit
from cutaway.checks.run.example import scored
from cutaway.checks.run.losses import Difference, difference_of
from cutaway.checks.run.scored import ScoreState
from cutaway.core.errors import InputError


def rows(seed: int, n: int, k: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=n if k == 2 else (n, k))
    if k > 2:
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        logits = np.log(p) - np.log1p(-p)
    return {
        "logits": logits,
        "y": rng.integers(0, k, n).astype(np.int32),
        "weight": rng.integers(1, 4, n).astype(float),
        "fold": rng.integers(0, 5, n).astype(np.int32),
        "cost": rng.integers(0, 9, n).astype(float),
        "codes": rng.integers(-1, 2, n).astype(np.int32),
    }


def state(part: dict[str, Any], k: int) -> ScoreState:
    group = (part["codes"], ("a", "b"))
    return ScoreState.of(part["logits"], part["y"], part["weight"], part["fold"], k, part["cost"], group)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 60), cut=st.floats(0, 1), k=st.sampled_from([2, 3]))
def test_parts_add_up_to_the_whole(seed: int, n: int, cut: float, k: int) -> None:
    part = rows(seed, n, k)
    at = round(cut * n)
    whole = state(part, k)
    both = state({a: b[:at] for a, b in part.items()}, k) + state({a: b[at:] for a, b in part.items()}, k)
    for name in ("folds", "histograms", "cost_folds"):
        for a, b in zip(getattr(whole, name), getattr(both, name), strict=True):
            np.testing.assert_array_equal(a.counts, b.counts)
    np.testing.assert_array_equal(whole.counts.matrix, both.counts.matrix)
    assert whole.loss == pytest.approx(both.loss)
    assert [s.score for s in whole.by_class] == pytest.approx([s.score for s in both.by_class])
    assert whole.groups.keys() == both.groups.keys()
    for name in whole.groups:
        np.testing.assert_array_equal(whole.groups[name].counts.matrix, both.groups[name].counts.matrix)


def test_differences_add_up() -> None:
    part, other = rows(1, 50, 2), rows(2, 50, 2)["logits"]
    whole = difference_of(part["logits"], other, part["y"], part["weight"])
    halves = [
        difference_of(part["logits"][s], other[s], part["y"][s], part["weight"][s])
        for s in (slice(0, 20), slice(20, None))
    ]
    both = Difference() + halves[0] + halves[1]
    assert both.mean_loss == pytest.approx(whole.mean_loss)
    assert both.mean_distance == pytest.approx(whole.mean_distance)
    assert both.only_first == whole.only_first


def test_own_scores_are_judged_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(3000)
    y = (rng.random(3000) < p).astype(int)
    found = scored(y=y, p=p).scored
    assert found is not None
    assert found.log_loss == pytest.approx(log_loss(y, p))
    assert found.sums.brier == pytest.approx(np.mean((p - y) ** 2))
    low, high = found.histogram.auc_bounds()
    assert low <= roc_auc_score(y, p) <= high
    assert found.counts.matrix.tolist() == [
        [((p < 0.5) & (y == 0)).sum(), ((p >= 0.5) & (y == 0)).sum()],
        [((p < 0.5) & (y == 1)).sum(), ((p >= 0.5) & (y == 1)).sum()],
    ]
    assert np.array_equal(found.sample.p, p[found.sample.rows.positions]) or np.allclose(
        found.sample.p, p[found.sample.rows.positions], atol=1e-15
    )


def test_the_plain_models_scores_are_out_of_fold() -> None:
    rng = np.random.default_rng(4)
    noise = rng.normal(size=(120, 25))
    y = rng.integers(0, 2, 120)
    subject = scored(y=y, **{f"x{j}": noise[:, j] for j in range(25)})
    assert subject.scored is not None
    assert subject.model is not None
    assert subject.scored.histogram.auc < 0.65 < subject.model.in_sample_auc
    assert subject.scored.histogram.auc == pytest.approx(subject.model.out_of_fold.auc)
    assert subject.scored.sample.y.size == 120


def test_a_cost_column_weighs_the_rows() -> None:
    y, p = np.array([0, 0, 1, 1] * 30), np.array([0.2, 0.7, 0.4, 0.9] * 30)
    amount = np.array([1.0, 2.0, 4.0, 8.0] * 30)
    found = scored(y=y, p=p, amount=amount, asked={"cost_column": "amount"}).scored
    assert found is not None
    total = sum(h.counts.sum() for h in found.cost_folds)
    assert total == amount.sum()
    false_alarms, _ = (sum(v) for v in zip(*(h.above(0.0) for h in found.cost_folds), strict=True))
    assert false_alarms == 60.0


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    p = rng.random(200)
    return pd.DataFrame(
        {"y": (rng.random(200) < p).astype(int), "p": p, "x": rng.normal(size=200), "g": ["a", "b"] * 100}
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"scores": "q"}, "--scores 'q': no such column; did you mean|--scores 'q': no such column"),
        ({"scores": "x"}, "log-odds are given with --logits"),
        ({"scores": "g"}, "--scores 'g': expected a number column, got a category"),
        ({"scores": "y"}, "--scores 'y': has another role already"),
        ({"scores": ["p", "x", "g"]}, "--scores 'g': expected a number"),
        ({"scores": "p", "logits": "x"}, "expected one of the two, got both"),
        ({"cost_fp": 0.0}, "--cost-fp 0: expected a cost above 0"),
        ({"cost_fn": float("inf")}, "--cost-fn inf"),
        ({"cost_column": "g"}, "--cost-column 'g': expected a number column"),
        ({"scores": "p", "cost_column": "x"}, r"--cost-column 'x': expected costs of 0 or more, got -\d"),
        ({"scores": "p", "group": "p"}, "--group 'p': has another role already"),
        ({"scores": "p", "group": "x"}, "--group 'x': expected at most 50 groups, got 200"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        audit(frame(), "y", select=["DEC010"], **asked)


def test_score_columns_are_no_features() -> None:
    found = audit(frame(), "y", scores="p", select=["DAT"])
    assert found.model is not None
    assert {c.feature for c in found.model.coefficients} == {"x", "g"}
    assert found.scores is not None
    assert (found.scores.name, found.scores.own) == ("p", True)


def test_several_classes_take_a_column_each() -> None:
    rng = np.random.default_rng(6)
    p = rng.dirichlet([1, 1, 1], 400)
    y = (rng.random(400)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    table = pd.DataFrame({"y": y, "a": p[:, 0], "b": p[:, 1], "c": p[:, 2]})
    found = audit(table, "y", scores=["a", "b", "c"], select=["DEC010"])
    assert found.scores is not None
    area = found.scores.curves["roc_auc"]
    assert area.low <= roc_auc_score(y, p, multi_class="ovr") <= area.high
    with pytest.raises(InputError, match="one column a class, 3"):
        audit(table, "y", scores=["a", "b"])
    with pytest.raises(InputError, match="add up to 1"):
        audit(table.assign(c=0.5), "y", scores=["a", "b", "c"])


def test_rows_without_a_score_are_left_out_and_counted() -> None:
    table = frame()
    table.loc[:9, "p"] = np.nan
    found = audit(table, "y", scores="p", select=["DEC010"]).scores
    assert found is not None
    assert (found.rows, found.left_out) == (190, 10)

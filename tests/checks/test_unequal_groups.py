"""DEC009: groups whose rates differ by more than the tolerance, and those that only seem to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cutaway.checks import audit
from cutaway.checks.run.example import scored
from cutaway.checks.unequal_groups import unequal_groups
from cutaway.core.figures import Intervals
from cutaway.core.findings import Finding, NotApplicableError
from cutaway.science import metrics


def grouped(cells: dict[str, tuple[int, int, int, int]], seed: int = 0, **settings: Any) -> list[Finding]:
    """Findings where each group has these counts tn, fp, fn, tp; the rows are mixed."""
    y = np.concatenate([np.repeat([0, 0, 1, 1], c) for c in cells.values()])
    p = np.concatenate([np.repeat([0.1, 0.9, 0.1, 0.9], c) for c in cells.values()])
    group = np.repeat(list(cells), [sum(c) for c in cells.values()])
    order = np.random.default_rng(seed).permutation(y.size)
    subject = scored(y=y[order], p=p[order], group=group[order], asked={"group": "group"})
    return list(unequal_groups(subject, **settings))


def test_a_group_with_a_lower_recall_is_an_issue() -> None:
    found = {f.title.split(" is ")[0]: f for f in grouped({"a": (900, 100, 100, 400), "b": (900, 100, 250, 250)})}
    assert set(found) == {"Recall"}  # false alarms are equal, and precision and selection within what chance makes
    recall = found["Recall"]
    assert recall.severity == "medium" and recall.title == "Recall is 50 % where group is “b”, and 80 % elsewhere"
    assert recall.evidence["difference"] == pytest.approx(-0.3)
    low, high = metrics.newcombe(250, 500, 400, 500)
    assert (recall.evidence["difference_low"], recall.evidence["difference_high"]) == pytest.approx((low, high))
    assert isinstance(recall.figure, Intervals) and set(recall.figure.labels) == {"a", "b"}


def test_more_false_alarms_harm_the_group_that_has_them() -> None:
    (found,) = [f for f in grouped({"a": (900, 100, 50, 50), "b": (600, 400, 50, 50)}) if "alarm" in f.title]
    assert found.title == "False alarm rate is 40 % where group is “b”, and 10 % elsewhere"


def test_more_selected_is_a_tip_and_base_rates_are_named() -> None:
    found = {f.title.split(" is ")[0]: f for f in grouped({"a": (900, 100, 20, 180), "b": (450, 50, 70, 630)})}
    assert found["Selection rate"].severity == "low"
    assert "base rates of the groups shown lie up to 41.7 points apart" in found["Selection rate"].detail


def test_equal_small_and_near_groups_stay_silent() -> None:
    assert grouped({"a": (900, 100, 100, 400), "b": (90, 10, 10, 40), "c": (450, 50, 50, 200)}) == []
    assert grouped({"a": (900, 100, 100, 400), "b": (9, 1, 5, 5)}) == []  # ten positives tell nothing
    near = {"a": (90_000, 10_000, 10_000, 40_000), "b": (90_000, 10_000, 11_500, 38_500)}
    assert grouped(near) == []  # 3 points, shown beyond doubt, and within the tolerance
    assert [f.columns for f in grouped(near, tolerance=0.01)] == [("group",)] * len(grouped(near, tolerance=0.01)) != []


def test_a_group_of_one_value_or_of_one_class() -> None:
    with pytest.raises(NotApplicableError, match="group has a single value"):
        grouped({"a": (90, 10, 10, 40)})
    found = grouped({"a": (90, 10, 10, 40), "b": (50, 1, 0, 0), "c": (0, 0, 4, 30)})
    assert [f.title.split(" is ")[0] for f in found] == ["Selection rate"]  # no recall of b, no false alarm of c


def test_many_groups_are_silent_by_chance() -> None:
    rng = np.random.default_rng(0)
    cells = {f"g{i}": tuple(rng.multinomial(300, (0.6, 0.1, 0.1, 0.2)).tolist()) for i in range(40)}
    assert grouped(cells) == []  # type: ignore[arg-type]
    cells["odd"] = (80, 120, 80, 20)
    (found, *_) = grouped(cells)  # type: ignore[arg-type]
    assert "“odd”" in found.title and len(found.figure.labels) == 12  # type: ignore[union-attr]


def test_several_classes_through_the_audit() -> None:
    rng = np.random.default_rng(0)
    y, group = rng.integers(0, 3, 6000), rng.integers(0, 2, 6000)
    hidden = (y == 1) & (group == 1) & (rng.random(6000) < 0.5)
    said = np.where(hidden, 0, y)
    columns = {f"p{k}": np.where(said == k, 0.8, 0.1) for k in range(3)}
    table = pa.table({"y": np.array(["ape", "bee", "cat"])[y], "site": np.array(["n", "s"])[group], **columns})
    result = audit(table, "y", scores=list(columns), group="site", select=["DEC009"])
    (outcome,) = result.outcomes
    assert outcome.status == "issue"
    assert [f.title.split(" where ")[0][:15] for f in outcome.findings] == ["Recall of “bee”"]
    assert "site is “s”" in outcome.findings[0].title


def test_without_a_group_it_is_not_applicable() -> None:
    table = pa.table({"y": [0, 1] * 20, "p": [0.2, 0.7] * 20})
    (outcome,) = audit(table, "y", scores="p", select=["DEC009"]).outcomes
    assert outcome.status == "not applicable" and "--group" in outcome.reason

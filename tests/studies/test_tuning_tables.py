"""The real tables of the study of tuning: what was measured, and what the study says of it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from cutaway.studies.run import tuning_tables as real

ROOT = Path(__file__).parents[2]
MEASURED = json.loads((ROOT / "benchmarks" / "results" / "tuning.json").read_text("utf-8"))


def test_what_is_packaged_is_what_was_measured() -> None:
    packaged = {table["name"]: table for table in real.measured()["tables"]}
    assert list(packaged) == list(MEASURED["tables"])
    for name, table in MEASURED["tables"].items():
        assert set(packaged[name]["methods"]) == set(table["methods"])
        for method, found in table["methods"].items():
            own = packaged[name]["methods"][method]
            assert own["repeats"] == found["repeats"]
            assert own["mean"] == pytest.approx(found["regret"]["mean"], rel=1e-3)
            assert own["median"] == pytest.approx(found["typical"]["median"], rel=1e-3)
            assert own["against_random"] == table["against_random"].get(method, {}).get("outcome")


def test_regret_is_no_less_than_nothing_and_its_interval_holds_the_median() -> None:
    for table in real.measured()["tables"]:
        for found in table["methods"].values():
            for low, median, high in zip(found["low"], found["median"], found["high"], strict=True):
                assert 0 <= low <= median <= high
            assert len(found["median"]) == len(real.measured()["after"])


def test_the_study_counts_the_tables_where_bayesian_does_not_win() -> None:
    numbers, columns = real.numbers_of(), real.tables_of()["real"].columns
    won = {
        table
        for table, method, outcome in zip(columns["table"], columns["method"], columns["against_random"], strict=True)
        if method in real.BAYESIAN and outcome == "win"
    }
    assert numbers == {"real_won": len(won), "real_not": 15 - len(won)}
    assert set(real.not_won()) == set(columns["table"]) - won
    assert 0 < len(real.not_won()) < 8


def test_the_curves_name_tables_and_methods_by_number() -> None:
    columns = real.tables_of()["real_curves"].columns
    points: dict[tuple[int, int], list[int]] = defaultdict(list)
    for table, method, trial in zip(columns["table"], columns["method"], columns["trial"], strict=True):
        points[table, method].append(trial)
    assert set(map(tuple, points.values())) == {tuple(real.measured()["after"])}
    assert len(points) == sum(len(table["methods"]) for table in real.measured()["tables"])


def test_the_figure_sets_the_gaussian_process_against_random_search() -> None:
    figure = real.figure()
    assert len(figure.labels) == 15 and figure.null == 1.0
    at = figure.labels.index("protein_structure")
    assert figure.high[at] < 0.2

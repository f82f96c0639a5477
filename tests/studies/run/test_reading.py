"""From files and tables in memory to what a study takes; what cannot be taken is said in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from cutaway.core.errors import InputError
from cutaway.studies.run import reading

TABLE = pa.table(
    {
        "bought": ["no", "yes", "no", None, "yes", "no"],
        "flag": [0, 1, 0, 1, 1, 0],
        "p": [0.1, 0.9, 0.2, 0.5, None, 0.4],
        "logit": [-3.0, 2.0, 0.0, 1.0, 1.0, 7.0],
        "age": [20, 30, 40, 50, 60, 70],
        "town": ["a", "b", "c", "a", "b", "c"],
        "when": pa.array([1, 2, 3, 4, 5, 6], pa.date32()),
    }
)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", None])
def test_labels_and_probabilities(suffix: str | None, tmp_path: Path) -> None:
    source: object = TABLE
    if suffix is not None:
        source = tmp_path / f"loans{suffix}"
        (csv.write_csv if suffix == ".csv" else parquet.write_table)(TABLE, source)
    found = reading.predictions(source, "bought", "p")
    assert found.y.tolist() == [0, 1, 0, 0]
    assert found.p.tolist() == [0.1, 0.9, 0.2, 0.4]
    assert (found.y.dtype, found.positive) == (np.uint8, "yes")
    assert suffix is None or found.name == f"loans{suffix}"


def test_numbers_as_labels() -> None:
    found = reading.predictions(TABLE, "flag", "p")
    assert (found.y.tolist(), found.positive) == ([0, 1, 0, 1, 0], "1")


def test_the_positive_class_may_be_chosen() -> None:
    assert reading.predictions(TABLE, "bought", "p", positive="no").y.tolist() == [1, 0, 1, 1]


def test_the_rarer_class_is_positive_where_none_says_yes() -> None:
    table = pa.table({"y": ["b", "a", "b", "b"], "p": [0.1, 0.2, 0.3, 0.4]})
    assert reading.predictions(table, "y", "p").positive == "a"


def test_log_odds_become_probabilities() -> None:
    found = reading.predictions(TABLE, "flag", "logit", log_odds=True)
    assert found.p[2] == 0.5
    assert np.allclose(found.p, 1 / (1 + np.exp(-np.array([-3.0, 2, 0, 1, 1, 7]))))


def test_rounding_beyond_the_ends_is_forgiven() -> None:
    table = pa.table({"y": [0, 1, 0], "p": [-1e-7, 1.0000001, 0.5]})
    assert reading.predictions(table, "y", "p").p.tolist() == [0.0, 1.0, 0.5]


@pytest.mark.parametrize(
    ("y", "score", "options", "said"),
    [
        ("bougth", "p", {}, "no column 'bougth'; did you mean \"bought\"?"),
        ("bought", "zzz", {}, "its columns are 'bought', 'flag'"),
        ("bought", "bought", {}, "expected two columns"),
        ("bought", "town", {}, "expected probabilities in [0, 1], got a category column"),
        ("bought", "logit", {}, "got -3 in row 1; log-odds may be given as such"),
        ("town", "p", {}, "expected two classes, got 3 ('a', 'b', 'c')"),
        ("age", "p", {}, "expected two classes, got 5"),
        ("when", "p", {}, "expected two classes, got dates"),
        ("bought", "p", {"positive": "maybe"}, "'bought' has no such class; it has no, yes"),
    ],
)
def test_predictions_that_are_none(y: str, score: str, options: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as error:
        reading.predictions(TABLE, y, score, **options)  # type: ignore[arg-type]
    assert said in str(error.value)


def test_no_complete_row() -> None:
    table = pa.table({"y": pa.array([0, None], pa.int64()), "p": pa.array([None, 0.5], pa.float64())})
    with pytest.raises(InputError, match="no row has both 'y' and 'p'"):
        reading.predictions(table, "y", "p")


def test_columns_of_numbers() -> None:
    found = reading.columns(TABLE, ["age", "p"], target="logit")
    assert found.columns["age"].tolist() == [20, 30, 40, 50, 70]
    assert found.target is not None and found.target.tolist() == [-3, 2, 0, 1, 7]
    assert found.target_name == "logit"


def test_a_target_of_two_classes_is_zero_and_one() -> None:
    found = reading.columns(TABLE, ["age"], target="bought")
    assert found.target is not None and found.target.tolist() == [0, 1, 0, 1, 0]
    assert found.columns["age"].tolist() == [20, 30, 40, 60, 70]


@pytest.mark.parametrize(
    ("names", "target", "said"),
    [
        ([], None, "expected the names of at least one column"),
        (["age", "town"], None, "column 'town': expected numbers, got a category column"),
        (["age"], "age", "is one of the columns"),
        (["age"], "town", "expected numbers or two classes, got 3 classes"),
        (["agee"], None, 'did you mean "age"?'),
    ],
)
def test_columns_that_are_none(names: list[str], target: str | None, said: str) -> None:
    with pytest.raises(InputError) as error:
        reading.columns(TABLE, names, target=target)
    assert said in str(error.value)


@pytest.mark.timing
def test_a_million_rows_are_read_in_seconds(tmp_path: Path) -> None:
    import time

    luck = np.random.default_rng(0)
    p = luck.random(1_000_000)
    table = pa.table({"y": (luck.random(p.size) < p).astype(int), "p": p, "x": luck.random(p.size)})
    parquet.write_table(table, tmp_path / "large.parquet")
    reading.predictions(tmp_path / "large.parquet", "y", "p")
    start = time.perf_counter()
    found = reading.predictions(tmp_path / "large.parquet", "y", "p")
    assert found.p.size == p.size
    assert time.perf_counter() - start < 3

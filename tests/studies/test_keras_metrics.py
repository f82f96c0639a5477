"""The study of means over batches: Keras logged the same, counting one by one finds the same, and the fixture."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.science.metrics import Counts, batch_tables, mean_of_batches
from cutaway.studies import keras_metrics
from cutaway.studies.keras_metrics import Parameters, order_of, shuffled, undefined
from cutaway.studies.run.fashion import CLASSES
from cutaway.studies.run.keras_trainings import EPOCHS, MODELS, RATES, REMEDIES, SHIRT, remedies, trainings
from cutaway.studies.run.result import Outcome, Table
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(keras_metrics)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "keras-metrics.json"
SOME = 2_000  # images of the fixture


@cache
def outcome() -> Outcome:
    return STUDY.run(seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_every_claim_holds_of_every_network(model: str) -> None:
    assert [claim.text for claim in STUDY.run(seed=7, model=model).claims if claim.holds is not True] == []


def test_what_is_stored_is_of_one_piece() -> None:
    data = trainings()
    assert data.y.size == 10_000 and np.bincount(data.y).tolist() == [1_000] * 10
    assert len(data.seeds) >= 2
    for model in MODELS:
        first = data.seeds[0]
        for epoch, called in enumerate(data.calls(model), 1):
            table = Counts.of(data.y, called, classes=10).matrix
            np.testing.assert_array_equal(table, data.counts[model, first, epoch, "test", 0.0])
        for seed in data.seeds:
            logs = next(each for each in data.about["logged"] if (each["model"], each["seed"]) == (model, seed))
            for name in RATES:
                assert logs[f"{name}_shirt"][-1] == pytest.approx(data.measured(model, seed)[name], abs=1e-6)
            assert data.measured(model, seed)["accuracy"] > 0.85
        for split in ("test", "choose"):
            assert data.counts[model, first, EPOCHS, split, 0.5].sum() == 10_000
    assert set(data.about["parameters"]) == set(MODELS)


def test_keras_itself_shows_both_numbers() -> None:
    """A function as a metric is averaged over batches, and Confusion is not, in the version that is installed too."""
    import keras

    from cutaway.frameworks.keras import Confusion

    rng = np.random.default_rng(0)
    y, x = rng.integers(0, 3, 200), rng.normal(size=(200, 4)).astype(np.float32)

    def batch_recall(y_true: Any, y_pred: Any) -> Any:
        true = keras.ops.cast(keras.ops.equal(keras.ops.reshape(y_true, (-1,)), 1), "float32")
        found = keras.ops.cast(keras.ops.equal(keras.ops.argmax(y_pred, -1), 1), "float32")
        return keras.ops.sum(true * found) / (keras.ops.sum(true) + keras.config.epsilon())

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, metrics=[Confusion(3, ("recall",)), batch_recall])
    told = model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True)
    called = model.predict(x, verbose=0).argmax(1)
    tables = batch_tables(y, called, 8, classes=3)
    assert told["batch_recall"] == pytest.approx(float(mean_of_batches(RATES["recall"], tables)[1]), abs=1e-5)
    assert told["recall_1"] == pytest.approx((called[y == 1] == 1).mean(), abs=1e-6)


def test_a_shuffle_is_an_order_and_every_order_is_as_likely() -> None:
    for seed in (0, 1, 2**32 - 1):
        assert sorted(shuffled(500, seed)) == list(range(500))
    assert shuffled(500, 1).tolist() == shuffled(500, 1).tolist() != shuffled(500, 2).tolist()
    first = np.bincount([shuffled(4, seed)[0] for seed in range(4_000)], minlength=4)
    assert (np.abs(first - 1_000) < 4 * math.sqrt(750)).all()


def test_sorted_images_make_most_batches_empty() -> None:
    result = STUDY.run(order="sorted").result
    assert result.numbers["mean_now"] < 0.2 < result.numbers["accumulated"]
    left_out = STUDY.run(order="sorted", empty="omit", rate="recall").result.numbers
    assert left_out["mean_now"] == pytest.approx(left_out["accumulated"], abs=0.02)


@pytest.mark.parametrize(
    "given", [{}, {"order": "shuffled", "shuffle": 5, "batch": 7}, {"rate": "recall", "kind": "3", "empty": "omit"}]
)
def test_the_mean_is_that_of_batches_taken_one_by_one(given: dict[str, Any]) -> None:
    params = Parameters(**given)
    data, kind = trainings(), int(params.kind)
    called, at = data.called[params.model, int(params.epoch)], order_of(data.y, params)
    values = []
    for start in range(0, at.size, params.batch):
        rows = at[start : start + params.batch]
        true, named = data.y[rows] == kind, called[rows] == kind
        tp, fp, fn = (true & named).sum(), (named & ~true).sum(), (true & ~named).sum()
        part, whole = {"recall": (tp, tp + fn), "f1": (2 * tp, 2 * tp + fp + fn)}[params.rate]
        if whole or params.empty == "zero":
            values.append(part / whole if whole else 0.0)
    assert STUDY.run(params).result.numbers["mean_now"] == pytest.approx(np.mean(values), abs=1e-12)


def test_a_remedy_is_paired_by_seed_and_has_a_t_interval() -> None:
    data, found = trainings(), remedies(trainings())
    rows = list(zip(found["remedy"], found["rate"], strict=True))
    assert len(set(rows)) == len(REMEDIES) * 4
    i = rows.index(("two convolutions", "f1"))
    change = [data.measured("wide", seed)["f1"] - data.measured("plain", seed)["f1"] for seed in data.seeds]
    assert found["change"][i] == pytest.approx(np.mean(change))
    n = len(change)
    t = {2: 12.706205, 3: 4.302653, 4: 3.182446, 5: 2.776445}[n]
    half = t * np.std(change, ddof=1) / math.sqrt(n)
    assert found["high"][i] - found["change"][i] == pytest.approx(half, rel=1e-5)


def test_the_shift_is_chosen_without_the_test_images() -> None:
    data = trainings()
    hidden = {key: value for key, value in data.counts.items() if key[3] == "choose"}
    assert replace(data, counts=hidden).shift("plain", data.seeds[0]) == data.shift("plain", data.seeds[0])


@pytest.mark.slow
def test_claims_can_fail() -> None:
    params, result = Parameters(), outcome().result
    numbers = result.numbers | {"moved_by_order": 1.0, "apart_from_keras": 0.1, "most": 0.99}
    sizes = dict(result.tables["sizes"].columns)
    sizes["mean"] = [0.3] * len(sizes["mean"])
    changed = dict(result.tables["remedies"].columns)
    for end in ("least", "most", "change"):
        changed[end] = [0.0] * len(changed[end])
    wrong = type(result)(numbers=numbers, tables={"sizes": Table(sizes), "remedies": Table(changed)})
    assert [predicate(params, wrong)[0] for predicate in STUDY.claims] == [False] * 7


SETTINGS = (
    Parameters(),
    Parameters(order="shuffled", shuffle=1, batch=8),
    Parameters(order="shuffled", shuffle=873, batch=64, rate="recall", kind="0"),
    Parameters(order="sorted", rate="precision", empty="omit", batch=100),
    Parameters(order="sorted", kind="9", batch=1000, rate="precision"),
    Parameters(batch=2, empty="omit", rate="f1", kind="5"),
)


def fixture() -> dict[str, Any]:
    """What the browser must find of the first images, from science alone."""
    data = trainings()
    y, called = data.y[:SOME], data.called["plain", EPOCHS][:SOME]
    none = lambda values: [None if math.isnan(value) else float(value) for value in values]  # noqa: E731
    cases = []
    for params in SETTINGS:
        rate, at = RATES[params.rate], order_of(y, params)
        tables = batch_tables(y[at], called[at], params.batch, classes=10)
        first = [rate.of(Counts(table)) for table in tables[:6, int(params.kind)]]
        cases.append(
            {
                "params": asdict(params),
                "order": at[:50].tolist(),
                "means": none(mean_of_batches(rate, tables, undefined=undefined(params))),
                "added": none(rate.of(Counts(table)) for table in tables.sum(axis=0)),
                "first": none(first),
            }
        )
    return {
        "labels": ["".join(map(str, each)) for each in (y, called)],
        "cases": cases,
        "orders": [{"seed": seed, "n": n, "order": shuffled(n, seed).tolist()} for seed, n in ((1, 20), (77, 300))],
    }


def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture())


def test_the_classes_are_named() -> None:
    assert CLASSES[SHIRT] == "shirt" and len(CLASSES) == 10

"""The study of class weights: its claims, its two rules against the real frameworks, and the browser's fixture."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway import losses
from cutaway.core.wire import to_wire
from cutaway.science import logit
from cutaway.studies import class_weights as study
from cutaway.studies.run.result import Outcome
from cutaway.studies.run.study import Study
from tests.studies.fixtures import assert_current

STUDY = Study(study)
ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "web" / "tests" / "fixtures" / "class-weights.json"
WEIGHT = 20.0


@cache
def outcome(**given: Any) -> Outcome:
    return STUDY.run(**given)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"seed": 1}, [True, True, True, None, True, True, None, True, True]),
        ({"seed": 2, "form": "curved", "batch": "24"}, [None, None, None, True, True, True, None, True, None]),
        ({"seed": 3, "equal": True}, [True, True, True, None, True, True, True, None, None]),
    ],
    ids=str,
)
def test_every_claim_holds_where_it_speaks(given: dict[str, Any], expected: list[bool | None]) -> None:
    assert [claim.holds for claim in outcome(**given).claims] == expected


@pytest.mark.slow
def test_claims_can_fail() -> None:
    found = outcome(form="curved", batch="24")
    right, six = study.Parameters(), study.Parameters(form="curved", batch="240")
    assert [predicate(right, found.result)[0] for predicate in (study.moves_by_log_w, study.labels_agree)] == [
        False
    ] * 2
    assert study.equal_batches_coincide(six, found.result)[0] is False


def given_batches(equal: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows, labels, batches and start of the trainings; every time the same."""
    rng = np.random.default_rng(4)
    x, y = study.pair(*study.table("right", rng))
    return x, y, study.batches(6, equal, rng), study.start(rng)


def test_batches_hold_every_row_once_and_equal_ones_the_same_shares() -> None:
    for equal in (False, True):
        _, y, rows, _ = given_batches(equal)
        assert rows.shape == (study.STEPS, 6)
        assert sorted(rows[:40].ravel()) == list(range(240))
        assert np.array_equal(rows[:40], rows[40:80])
        assert (set(y[rows].sum(axis=1)) == {1}) is equal


def keras_path(x: np.ndarray, y: np.ndarray, rows: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The coefficients at which Keras' own fit(class_weight) ends, in float64."""
    import keras

    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
        model.set_weights([start[1:], start[0]])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(study.RATE), loss)
        order = rows[: 240 // rows.shape[1]].ravel()
        model.fit(
            x[order],
            y[order],
            batch_size=rows.shape[1],
            epochs=len(rows) * rows.shape[1] // 240,
            shuffle=False,
            verbose=0,
            class_weight={0: 1.0, 1: WEIGHT},
        )
        kernel, bias = model.get_weights()
    finally:
        keras.config.set_floatx(before)
    return np.vstack([bias, kernel])


@cache
def keras_paths() -> dict[bool, np.ndarray]:
    """`keras_path` for random and for equal batches, in a process of its own, on TensorFlow.

    A process has one backend, and JAX's has no float64.
    """
    code = (
        "import numpy as np; from tests.studies.test_class_weights import given_batches, keras_path; "
        "np.save('paths.npy', [keras_path(*given_batches(equal)) for equal in (False, True)])"
    )
    told = {**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", code], cwd=folder, env=told, check=True, capture_output=True)
        return dict(zip((False, True), np.load(Path(folder) / "paths.npy"), strict=True))


def torch_path(
    x: np.ndarray, y: np.ndarray, rows: np.ndarray, start: np.ndarray, reduction: str, rate: float = study.RATE
) -> np.ndarray:
    """The coefficients at which the usual PyTorch loop ends, with CrossEntropyLoss(weight) as it is or as a sum / N."""
    import torch

    model = torch.nn.Linear(2, 2).double()
    with torch.no_grad():
        model.weight.copy_(torch.tensor(start[1:].T))
        model.bias.copy_(torch.tensor(start[0]))
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, WEIGHT], dtype=torch.float64), reduction=reduction)
    optimiser = torch.optim.SGD(model.parameters(), lr=rate)
    xs, ys = torch.tensor(x), torch.tensor(y)
    for batch in torch.tensor(rows):
        optimiser.zero_grad()
        value = loss(model(xs[batch]), ys[batch])
        (value / len(batch) if reduction == "sum" else value).backward()
        optimiser.step()
    return np.vstack([model.bias.detach().numpy(), model.weight.detach().numpy().T])


@pytest.mark.slow
@pytest.mark.parametrize("equal", [False, True])
def test_the_two_rules_are_those_of_keras_and_pytorch(equal: bool) -> None:
    given = given_batches(equal)
    x, y, rows, start = given
    ours = {name: path[-1, study.AT] for name, path in study.trainings(x, y, rows, start).items()}
    keras, torch = keras_paths()[equal], torch_path(*given, "mean")
    np.testing.assert_allclose(keras, ours["keras"], rtol=1e-6)
    np.testing.assert_allclose(torch, ours["plain"], rtol=1e-6)
    assert np.abs(keras - torch).max() > 1e-3
    converted = torch_path(*given, "sum")
    assert np.abs(keras - converted).max() < 1e-12
    assert np.abs(converted - ours["sum"]).max() < 1e-12
    matched = torch_path(*given, "mean", study.RATE * (200 + 40 * WEIGHT) / 240)
    assert bool(np.abs(keras - matched).max() < 1e-12) is equal


def fixture() -> dict[str, Any]:
    """What the browser must find: agreement and means at weights and thresholds, and losses on the plane."""
    result = outcome().result
    names = ("fits", "rows", "small", "two", "three", "paths", "distances", "met")
    tables = {name: {"columns": dict(result.tables[name].columns), "note": ""} for name in names}
    rows = np.array([result.tables["rows"].columns[name] for name in ("first", "second")]).T
    fits = result.tables["fits"].columns

    def at(i: int) -> np.ndarray:
        return np.array([fits[name][i] for name in ("intercept", "first", "second")])

    scores = []
    for i, threshold in ((0, 0.5), (5, 1 / 21), (5, 0.2), (8, 1 / 101)):
        one, other = logit.linear(rows, at(i)) >= 0, logit.probabilities(rows, at(0)) >= threshold
        mean = logit.probabilities(rows, at(i)).mean()
        scores.append(
            {
                "weight": fits["weight"][i], "threshold": threshold, "agree": int((one == other).sum()),
                "yes": int(one.sum()), "mean": float(mean),
            }
        )  # fmt: skip
    small = result.tables["small"].columns
    x, y = np.array([small["first"], small["second"]]).T, np.array(small["y"])
    x2, y2 = study.pair(x, y)
    planes = []
    for weight, a, b, second in ((1.0, -2.0, 1.0, 0.8), (20.0, 0.5, -1.0, 0.3)):
        z = np.column_stack([np.zeros(240), logit.linear(x2, np.array([a, b, second]))])
        loss = losses.categorical(z, y2, class_weight=[1, weight], reduction="weighted mean")
        planes.append({"weight": weight, "at": [[a, b, second]], "loss": float(loss)})
    for middle, weight in ((1.0, 1.0), (5.0, 20.0)):
        both = [[-1.0, 0.5, -0.7], [0.3, 1.1, 0.4]]
        z = np.column_stack([np.zeros(300), logit.linear(x, np.array(both))])
        loss = losses.categorical(z, y, class_weight=[1, middle, weight], reduction="weighted mean")
        planes.append({"weight": weight, "middle": middle, "at": both, "loss": float(loss)})
    between = []
    for weight in (1.4, 7.0, 70.0):
        fit = logit.fit(x2, y2, np.where(y2 == 1, weight, 1.0)).params
        between.append({"weight": weight, "optimum": fit.tolist()})
    return dict(to_wire({"tables": tables, "scores": scores, "planes": planes, "between": between}))


@pytest.mark.slow
def test_the_fixture_of_the_browser_is_current() -> None:
    assert_current(FIXTURE, fixture(), 1e-6, 1e-9)

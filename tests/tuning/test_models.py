"""Models over a table: the scores of scikit-learn on the same folds, and no look at the rows held out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from cutaway.core.errors import InputError
from cutaway.tuning import MODELS, Choice, CrossValidated, Float, Rows, Space, contest, read_rows, search
from cutaway.tuning.models import check_space
from cutaway.tuning.rows import stratified

LUCK = np.random.default_rng(4)
X = LUCK.normal(size=(240, 3)) * [1, 10, 0.1] + [0, 5, 1]
TWO = (X[:, 0] + 0.1 * X[:, 1] + LUCK.normal(size=240) > 0.5).astype(int)
THREE = np.digitize(X[:, 0] + 0.5 * LUCK.normal(size=240), [-0.5, 0.5])
PARAMS: dict[str, dict[str, Any]] = {
    "logistic": {"C": 0.3},
    "svm": {"C": 2.0, "kernel": "rbf", "gamma": 0.2},
    "boosting": {"learning_rate": 0.1, "rounds": 20, "leaves": 7, "least_rows": 5, "l2": 0.1},
    "mlp": {
        "learning_rate": 0.02,
        "width": 8,
        "depth": 1,
        "epochs": 15,
        "decay": 1e-4,
        "activation": "tanh",
    },
}


def rows(y: np.ndarray) -> Rows:
    return read_rows(pa.table({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": [f"class {k}" for k in y]}), "y")


THEIRS = {
    "logistic": lambda seed: LogisticRegression(C=0.3, max_iter=1000, tol=1e-6),
    "svm": lambda seed: SVC(C=2.0, kernel="rbf", gamma=0.2),
    "boosting": lambda seed: HistGradientBoostingClassifier(
        learning_rate=0.1, max_iter=20, max_leaf_nodes=7, min_samples_leaf=5, l2_regularization=0.1
    ),
}


@pytest.mark.parametrize("model", THEIRS)
def test_the_score_is_scikit_learns_on_the_same_folds(model: str) -> None:
    own = CrossValidated(rows(TWO), model, "auc", folds=4, seed=1)
    theirs = []
    for k in range(4):
        train, test = own.split(k)
        scaler = StandardScaler().fit(X[train])
        fitted = THEIRS[model](0).fit(scaler.transform(X[train]), TWO[train])
        theirs.append(roc_auc_score(TWO[test], fitted.decision_function(scaler.transform(X[test]))))
    found = search(lambda p, a: own(PARAMS[model], a), own.space, budget=1, method="random").trials[0]
    assert found.value == pytest.approx(np.mean(theirs), abs=1e-12)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("y", [TWO, THREE], ids=["two", "three"])
def test_every_model_learns_and_is_the_same_twice(model: str, y: np.ndarray) -> None:
    own = CrossValidated(rows(y), model, "accuracy", folds=3)
    first, second = own.out_of_fold(PARAMS[model]), own.out_of_fold(PARAMS[model])
    assert first.shape == ((240,) if y is TWO else (240, 3))
    np.testing.assert_array_equal(first, second)
    assert own.score(own.rows.y, first) > np.bincount(y).max() / 240 + 0.1


def test_metrics_are_scikit_learns() -> None:
    two, three = LUCK.normal(size=240), LUCK.normal(size=(240, 3))
    p = 1 / (1 + np.exp(-two))
    soft = np.exp(three) / np.exp(three).sum(axis=1, keepdims=True)
    assert CrossValidated(rows(TWO), "logistic", "log_loss").score(TWO, two) == pytest.approx(log_loss(TWO, p))
    assert CrossValidated(rows(THREE), "logistic", "log_loss").score(THREE, three) == pytest.approx(
        log_loss(THREE, soft)
    )
    assert CrossValidated(rows(TWO), "svm", "accuracy").score(TWO, two) == accuracy_score(TWO, two > 0)
    ours = CrossValidated(rows(THREE), "svm", "auc").score(THREE, three)
    assert ours == pytest.approx(roc_auc_score(THREE, soft, multi_class="ovr"), abs=0.02)
    defaults = (CrossValidated(rows(TWO), "svm").metric, CrossValidated(rows(THREE), "svm").metric)
    assert defaults == ("auc", "accuracy")


def test_rows_held_out_decide_nothing_of_the_matrix() -> None:
    own = rows(TWO)
    train = np.arange(100)
    other = read_rows(pa.table({"a": np.r_[X[:100, 0], np.full(140, 1e9)], "b": X[:, 1], "c": X[:, 2], "y": TWO}), "y")
    np.testing.assert_array_equal(own.matrix(train)[train], other.matrix(train)[train])


def test_a_table_with_everything_in_it() -> None:
    table = pa.table(
        {
            "x": [1.0, None, 3.0, 4.0] * 10,
            "colour": ["red", "blue", None, "red"] * 10,
            "two": ["a", "b"] * 20,
            "id": [f"row {k}" for k in range(40)],
            "day": pa.array([0, 1, 2, 3] * 10, pa.date32()),
            "y": [True, False, None, False] * 10,
        }
    )
    found = read_rows(table, "y")
    assert (len(found), found.classes, found.numbers.shape, len(found.levels)) == (30, ("false", "true"), (30, 1), 2)
    matrix = found.matrix(np.arange(30))
    assert matrix.shape == (30, 2 + 2 + 1) or matrix.shape == (30, 2 + 1 + 1)
    assert np.isfinite(matrix).all()
    assert len(read_rows(table, "y", most=12)) == 12
    assert read_rows(table, "y", most=12).digest() != read_rows(table, "y", most=12, seed=1).digest()


def test_folds_hold_the_classes_evenly() -> None:
    fold = stratified(THREE, 5, seed=0)
    for k in range(3):
        counts = np.bincount(fold[k == THREE], minlength=5)
        assert counts.max() - counts.min() <= 1
    assert (stratified(THREE, 5, seed=0) == fold).all() and (stratified(THREE, 5, seed=1) != fold).any()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: CrossValidated(rows(TWO), "svn"), "--model 'svn': there is none of that name; did you mean 'svm'?"),
        (lambda: CrossValidated(rows(TWO), "svm", "log_loss"), "--metric log_loss: svm gives no probabilities"),
        (lambda: CrossValidated(rows(TWO), "svm", "f1"), "the metrics are auc, accuracy, log_loss"),
        (lambda: CrossValidated(rows(TWO), "svm", folds=200), "rows; ask for fewer folds"),
        (lambda: read_rows(pa.table({"x": X[:, 0], "y": X[:, 1]}), "y"), "expected classes, got 240 different numbers"),
        (lambda: read_rows(pa.table({"x": X[:, 0], "y": TWO}), "z"), "has no column 'z'"),
        (lambda: read_rows(pa.table({"x": X[:, 0], "y": TWO * 0}), "y"), "expected 2 to 100 classes, got 1"),
        (lambda: read_rows(pa.table({"y": TWO}), "y"), "expected columns of numbers or categories besides 'y'"),
        (lambda: read_rows(pa.table({"x": [f"n{i}" for i in range(len(TWO))], "y": TWO}), "y"), "of numbers or"),
    ],
    ids=["model", "probabilities", "metric", "folds", "numbers", "column", "one class", "alone", "names"],
)
def test_what_cannot_be_is_named(made: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        made()
    assert said in str(caught.value)


GAMMA = Float(1e-3, 1.0, log=True, when={"kernel": "rbf"})
WRONG_SPACES: dict[str, tuple[str, Any, str]] = {
    "unknown": ("logistic", {"C": Float(0.1, 1), "l1": Float(0, 1)}, "'l1': the model logistic takes none"),
    "near": ("logistic", {"c": Float(0.1, 1)}, "'c': the model logistic takes none of that name; "),
    "missing": ("svm", {"C": Float(0.1, 1)}, "'kernel': the model svm needs it in every trial"),
    "negative": ("logistic", {"C": Float(-1.0, 1.0)}, "'C': expected numbers above 0, got -1.0"),
    "words": ("logistic", {"C": Choice(("a", "b"))}, "'C': expected numbers above 0, got 'a'"),
    "option": ("svm", {"C": Float(0.1, 1), "kernel": Choice(("rbf", "poly"))}, "'kernel': expected options among"),
    "range": ("svm", {"C": Float(0.1, 1), "kernel": Float(0, 1)}, "'kernel': expected options among 'rbf', 'linear'"),
    "half": ("mlp", {"depth": Float(1.0, 3.0)}, "'depth': expected whole numbers above 0"),
}


@pytest.mark.parametrize("case", WRONG_SPACES)
def test_a_space_that_the_model_cannot_have_names_the_parameter(case: str) -> None:
    model, parameters, message = WRONG_SPACES[case]
    with pytest.raises(InputError, match=message):
        contest(CrossValidated(rows(TWO), model), Space(parameters), methods=("random",), budget=2, repeats=1)


@pytest.mark.parametrize("model", MODELS)
def test_every_models_own_space_is_one_that_it_can_have(model: str) -> None:
    check_space(MODELS[model], MODELS[model].space)
    check_space(MODELS["svm"], Space({"C": Choice((0.1, 1, 10.0)), "kernel": Choice(("rbf",)), "gamma": GAMMA}))

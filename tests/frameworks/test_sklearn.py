"""Scorers equal scikit-learn's own, with weights, in searches and in other processes."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest
import sklearn.metrics as reference
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.frameworks.sklearn import scorer

NAMES = {
    "recall": "recall",
    "precision": "precision",
    "f1": "f1",
    "jaccard": "jaccard",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "matthews_correlation": "matthews_corrcoef",
    "positive_likelihood_ratio": "positive_likelihood_ratio",
    "negative_likelihood_ratio": "neg_negative_likelihood_ratio",
}


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray]:
    x, y = make_classification(1000, weights=[0.6], flip_y=0.3, random_state=0)
    return x, y


def test_equal_scikit_learns_scorers_in_a_cross_validation(rows: tuple[np.ndarray, np.ndarray]) -> None:
    model = LogisticRegression()
    ours = cross_validate(model, *rows, scoring={name: scorer(name) for name in NAMES})
    theirs = cross_validate(model, *rows, scoring={name: reference.get_scorer(name) for name in NAMES.values()})
    for mine, own in NAMES.items():
        np.testing.assert_allclose(ours[f"test_{mine}"], theirs[f"test_{own}"], rtol=1e-12)


def test_errors_are_negated(rows: tuple[np.ndarray, np.ndarray]) -> None:
    model = LogisticRegression().fit(*rows)
    assert scorer("miss_rate")(model, *rows) == pytest.approx(scorer("recall")(model, *rows) - 1)
    assert scorer("f_beta", beta=2.0)(model, *rows) == pytest.approx(
        reference.fbeta_score(rows[1], model.predict(rows[0]), beta=2)
    )


def test_weights_text_and_several_classes(rng: np.random.Generator) -> None:
    x, weight = rng.normal(size=(120, 2)), rng.random(120)
    y = np.array(["ape", "bee", "cat"])[rng.integers(0, 3, 120)]
    model = LogisticRegression().fit(x, y)
    pred = model.predict(x)
    got = scorer("f1", average="macro", undefined=0.0)(model, x, y, sample_weight=weight)
    assert got == pytest.approx(reference.f1_score(y, pred, average="macro", sample_weight=weight, zero_division=0))
    got = scorer("recall", positive="bee")(model, x, y, sample_weight=weight)
    assert got == pytest.approx(reference.recall_score(y == "bee", pred == "bee", sample_weight=weight))


def test_a_search_in_two_processes(rows: tuple[np.ndarray, np.ndarray]) -> None:
    chosen = scorer("f_beta", beta=2.0, labels=[0, 1])
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, scoring=chosen, n_jobs=2, cv=3).fit(*rows)
    assert 0 < search.best_score_ <= 1
    assert repr(pickle.loads(pickle.dumps(chosen))) == repr(chosen)


def test_a_fold_without_positives_scores_nan(rows: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = rows
    model = LogisticRegression().fit(x, y)
    assert np.isnan(scorer("recall")(model, x[y == 0], y[y == 0]))
    assert scorer("recall", undefined=0.0)(model, x[y == 0], y[y == 0]) == 0.0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"rate": "recal"}, "rate: scorer expected one of recall, .*, f_beta, got 'recal'"),
        ({"rate": "prevalence"}, "prevalence is neither better high nor low"),
        ({"rate": "recall", "beta": 2.0}, "beta: scorer expected it with 'f_beta' and only there"),
        ({"rate": "f_beta"}, "beta: scorer expected it with 'f_beta' and only there"),
    ],
)
def test_what_makes_no_scorer(arguments: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        scorer(**arguments)


def test_scikit_learn_is_imported_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys, cutaway.frameworks.sklearn; print('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cutaway\[sklearn\]'"):
        scorer("recall")

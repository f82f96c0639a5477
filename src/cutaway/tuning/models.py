"""The models that are built in: for each what it searches by default, and how it is fitted.

A fitted model gives scores: for two classes (m,), positive where the second class is likelier; for more (m, K), the
largest for the likeliest. `log_odds` says that their softmax (two classes: sigmoid) is a probability.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.tuning.samplers import needed
from cutaway.tuning.space import Choice, Float, Int, Parameter, Space

Scorer = Callable[[np.ndarray], np.ndarray]
Fit = Callable[[Mapping[str, Any], np.ndarray, np.ndarray, int, int], Scorer]
"""From parameters, matrix (n, k), classes (n,), their number and a seed to a function from rows to scores."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is built in."""

    name: str
    title: str
    space: Space
    fit: Fit
    log_odds: bool


def model_named(name: str) -> Model:
    """The model.

    Raises: InputError for one that does not exist.
    """
    if name not in MODELS:
        near = get_close_matches(name, MODELS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the models are {', '.join(MODELS)}"
        raise InputError(f"--model {name!r}: there is none of that name; {hint}")
    return MODELS[name]


def check_space(model: Model, space: Space) -> None:
    """Raise the error for a space that the model cannot be searched over.

    Raises:
        InputError: a parameter that it does not take, one that it lacks, or values that it cannot have.
    """
    own = model.space.parameters
    for name, parameter in space.parameters.items():
        if name not in own:
            near = get_close_matches(name, own, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(own)}"
            raise InputError(f"parameter {name!r}: the model {model.name} takes none of that name; {hint}")
        _check_values(name, parameter, own[name])
    for name in model.space.unconditional():
        if name not in space.unconditional():
            raise InputError(f"parameter {name!r}: the model {model.name} needs it in every trial; add it to the space")


def _check_values(name: str, given: Parameter, own: Parameter) -> None:
    values = given.options if isinstance(given, Choice) else (given.low, given.high)
    if isinstance(own, Choice):
        wrong = [value for value in values if value not in own.options or not isinstance(given, Choice)]
        expected = f"options among {', '.join(map(repr, own.options))}"
    else:
        wrong = [value for value in values if isinstance(value, bool | str | None) or not value > 0]
        expected = "numbers above 0"
        if isinstance(own, Int) and not wrong:
            wrong = [value for value in values if isinstance(given, Float) or not isinstance(value, int)]
            expected = "whole numbers above 0"
    if wrong:
        raise InputError(f"parameter {name!r}: expected {expected}, got {wrong[0]!r}")


@contextmanager
def _one_thread(module: str) -> Iterator[None]:
    """Trials share the cores already; and on one thread a fit is the same, bit by bit, wherever it runs."""
    with _pools(module).limit(limits=1):
        yield


@cache
def _pools(module: str) -> Any:
    """The thread pools of the libraries that are loaded once this module is; to find them takes milliseconds."""
    needed(module, "a model of scikit-learn")
    return needed("threadpoolctl", "a model of scikit-learn").ThreadpoolController()


def _estimated(estimator: Any, x: np.ndarray, y: np.ndarray) -> Scorer:
    module = type(estimator).__module__
    with _one_thread(module), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit cut short is a trial like another: its score says what it is worth
        estimator.fit(x, y)

    def scores(rows: np.ndarray) -> np.ndarray:
        with _one_thread(module):
            found: np.ndarray = estimator.decision_function(rows)
            return found

    return scores


def _logistic(params: Mapping[str, Any], x: np.ndarray, y: np.ndarray, classes: int, seed: int) -> Scorer:
    linear = needed("sklearn.linear_model", "the model logistic")
    return _estimated(linear.LogisticRegression(C=params["C"], max_iter=1000, tol=1e-6), x, y)


def _svm(params: Mapping[str, Any], x: np.ndarray, y: np.ndarray, classes: int, seed: int) -> Scorer:
    svm = needed("sklearn.svm", "the model svm")
    gamma = params.get("gamma", "scale")
    kernel, most = params["kernel"], 200_000  # iterations: an extreme C would otherwise never end
    return _estimated(svm.SVC(C=params["C"], kernel=kernel, gamma=gamma, max_iter=most, random_state=seed), x, y)


def _boosting(params: Mapping[str, Any], x: np.ndarray, y: np.ndarray, classes: int, seed: int) -> Scorer:
    ensemble = needed("sklearn.ensemble", "the model boosting")
    model = ensemble.HistGradientBoostingClassifier(
        learning_rate=params["learning_rate"],
        max_iter=params["rounds"],
        max_leaf_nodes=params["leaves"],
        min_samples_leaf=params["least_rows"],
        l2_regularization=params["l2"],
        early_stopping=False,
        random_state=seed,
    )
    return _estimated(model, x, y)


def _mlp(params: Mapping[str, Any], x: np.ndarray, y: np.ndarray, classes: int, seed: int) -> Scorer:
    from cutaway.science.nets import Adam, Deep, fit

    deep = Deep(params["activation"], params["depth"], params["width"], x.shape[1], classes)
    fitted = fit(
        deep.model,
        x.astype(np.float32),
        y,
        optimiser=Adam(decay=params["decay"]),
        rate=params["learning_rate"],
        epochs=params["epochs"],
        batch=32,
        seed=seed,
    )

    def scores(rows: np.ndarray) -> np.ndarray:
        logits = np.asarray(fitted.predict(rows.astype(np.float32)), np.float64)
        return logits[:, 1] - logits[:, 0] if classes == 2 else logits

    return scores


MODELS = {
    model.name: model
    for model in (
        Model(
            "logistic",
            "logistic regression, penalised by the square",
            Space({"C": Float(1e-4, 1e4, log=True)}),
            _logistic,
            True,
        ),
        Model(
            "svm",
            "support vector machine",
            Space(
                {
                    "C": Float(1e-2, 1e3, log=True),
                    "kernel": Choice(("rbf", "linear")),
                    "gamma": Float(1e-4, 10.0, log=True, when={"kernel": "rbf"}),
                }
            ),
            _svm,
            False,
        ),
        Model(
            "boosting",
            "gradient boosting of trees, by histograms",
            Space(
                {
                    "learning_rate": Float(0.01, 0.5, log=True),
                    "rounds": Int(20, 300, log=True),
                    "leaves": Int(3, 63, log=True),
                    "least_rows": Int(2, 100, log=True),
                    "l2": Float(1e-4, 10.0, log=True),
                }
            ),
            _boosting,
            True,
        ),
        Model(
            "mlp",
            "network of dense layers",
            Space(
                {
                    "learning_rate": Float(1e-4, 0.1, log=True),
                    "width": Int(4, 128, log=True),
                    "depth": Int(1, 3),
                    "epochs": Int(5, 50, log=True),
                    "decay": Float(1e-6, 1.0, log=True),
                    "activation": Choice(("relu", "tanh")),
                }
            ),
            _mlp,
            True,
        ),
    )
}
"""Name -> model."""

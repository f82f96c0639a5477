"""Is a zero that a sparse matrix does not store a zero, or a missing value?

Answer: a missing value for XGBoost, which learns a direction for it; a zero for LightGBM, CatBoost and scikit-learn.
So the same numbers, dense and sparse, are two data sets to XGBoost: a model trained on one and asked with the other
answers differently.

Source: XGBoost's FAQ on sparse data; each framework's prediction of the same row both ways.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Zeros of a sparse matrix"
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """Two hundred rows of one feature (0, 1 or 2, and missing in some), whose target is 1 where it is missing."""
    x = np.tile(np.array([0.0, 1.0, 2.0, np.nan]), 50)[:, None]
    return {"x": x, "y": np.where(np.isnan(x[:, 0]), 1.0, np.where(x[:, 0] == 0, 0.0, 0.2))}


@formula("the prediction does not change")
def same(x: np.ndarray, y: np.ndarray) -> str:
    return "the same"


@formula("a zero not stored is predicted as a missing value")
def as_missing(x: np.ndarray, y: np.ndarray) -> str:
    return "as missing"


def _said(dense: float, sparse: float, missing: float) -> str:
    """Which of the two predictions the row of a zero gets from the sparse matrix."""
    if abs(dense - sparse) < 1e-6:
        return "the same"
    return "as missing" if abs(sparse - missing) < 1e-6 else "neither"


@variant("xgboost", call="booster.predict(DMatrix(csr_matrix([[0]])))", follows=as_missing)
def xgboost_sparse(x: np.ndarray, y: np.ndarray) -> Any:
    import xgboost
    from scipy.sparse import csr_matrix

    booster = xgboost.train({"max_depth": 3, "nthread": 1}, xgboost.DMatrix(x, y), 20)
    rows = np.array([[0.0]]), csr_matrix((1, 1)), np.array([[np.nan]])
    return _said(*(float(booster.predict(xgboost.DMatrix(row))[0]) for row in rows))


@variant("lightgbm", call="booster.predict(csr_matrix([[0]]))", follows=same)
def lightgbm_sparse(x: np.ndarray, y: np.ndarray) -> Any:
    import lightgbm
    from scipy.sparse import csr_matrix

    settings = {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}
    booster = lightgbm.train(settings, lightgbm.Dataset(x, y), 20)
    rows = np.array([[0.0]]), csr_matrix((1, 1)), np.array([[np.nan]])
    return _said(*(float(booster.predict(row)[0]) for row in rows))


@variant("catboost", call="model.predict(csr_matrix([[0]]))", follows=same)
def catboost_sparse(x: np.ndarray, y: np.ndarray) -> Any:
    from catboost import CatBoostRegressor
    from scipy.sparse import csr_matrix

    model = CatBoostRegressor(iterations=20, verbose=0, thread_count=1, allow_writing_files=False).fit(x, y)
    rows = np.array([[0.0]]), csr_matrix((1, 1)), np.array([[np.nan]])
    return _said(*(float(model.predict(row)[0]) for row in rows))


@variant("scikit-learn", call="DecisionTreeRegressor().fit(x, y).predict(csr_matrix([[0]]))", follows=same)
def sklearn_sparse(x: np.ndarray, y: np.ndarray) -> Any:
    from scipy.sparse import csr_matrix
    from sklearn.tree import DecisionTreeRegressor

    model = DecisionTreeRegressor(random_state=0).fit(x, y)
    dense, missing = (float(model.predict(np.array([[each]]))[0]) for each in (0.0, np.nan))
    return _said(dense, float(model.predict(csr_matrix((1, 1)))[0]), missing)


CONVERTERS = (
    Converter(
        of=lightgbm_sparse,
        to="xgboost",
        exactness="exact",
        code="""\
import numpy as np
import xgboost
from scipy.sparse import csr_matrix

booster = xgboost.train({"max_depth": 3, "nthread": 1}, xgboost.DMatrix(x, y), 20)
sparse = csr_matrix((1, 1))
ask = lambda rows: float(booster.predict(xgboost.DMatrix(rows))[0])
value = "the same" if ask(sparse.toarray()) == ask(np.array([[0.0]])) else "as missing"  # make it dense before
""",
    ),
)

"""LOG003 says what scikit-learn's default penalty and tolerance do; scikit-learn itself is asked to confirm it."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cutaway.checks import audit
from cutaway.checks.default_penalty import default_penalty
from cutaway.checks.run.example import fitted
from cutaway.checks.run.penalties import Codings
from cutaway.checks.run.subject import Subject
from cutaway.core.audit import Audit
from cutaway.core.figures import Intervals
from cutaway.core.findings import NotApplicableError
from tests.tables import nasscds

if TYPE_CHECKING:
    import pandas as pd


def table(n: int = 3000, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers on three scales and a category whose alphabetically first level is rare."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    kind = np.array(["a rare", "b", "c", "d"])[rng.choice(4, n, p=[0.02, 0.2, 0.5, 0.28])]
    x = pd.DataFrame(
        {"rate": rng.normal(0.1, 0.02, n), "sum": rng.normal(3000, 800, n), "z": rng.normal(size=n), "kind": kind}
    )
    eta = 30 * (x["rate"] - 0.1) + 0.001 * (x["sum"] - 3000) + 0.8 * x["z"] + 0.7 * (x["kind"] == "d") - 1
    return x, (rng.random(n) < 1 / (1 + np.exp(-eta.to_numpy()))).astype(int)


def subject_of(x: pd.DataFrame, y: np.ndarray, **more: Any) -> Subject:
    return fitted(y=y, **{c: x[c].tolist() for c in x.columns}, **more)


def shrunk(subject: Subject) -> dict[str, np.ndarray]:
    """Our penalised fits of every variant, as coefficients of the raw columns against our reference levels."""
    from cutaway.science.logit import shrinkage

    plain = subject.model
    assert plain is not None
    codings = Codings(subject, plain)
    return {
        v.key: codings.raw @ shrinkage.settle(plain.fold, plain.params[0], v.penalty).params for v in codings.variants
    }


def theirs(x: np.ndarray, y: np.ndarray, **settings: Any) -> np.ndarray:
    """scikit-learn's coefficients, fully converged."""
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(LogisticRegression(**settings).fit(x, y).coef_[0])


@pytest.fixture(scope="module")
def compared() -> tuple[dict[str, np.ndarray], Subject, pd.DataFrame, np.ndarray]:
    x, y = table()
    subject = subject_of(x, y)
    positive = int(subject.classes[-1])
    return shrunk(subject), subject, x, (y == positive).astype(int)


def in_our_order(subject: Subject, coefficients: dict[str, float], reference: str) -> np.ndarray:
    """Coefficients by column name → by our terms, levels against our reference."""
    assert subject.model is not None
    base = coefficients.get(f"kind_{reference}", 0.0)
    return np.array(
        [
            coefficients[t.feature] if t.level is None else coefficients.get(f"kind_{t.level}", 0.0) - base
            for t in subject.model.design.terms
        ]
    )


EXACT = {"solver": "newton-cholesky", "tol": 1e-12, "max_iter": 1000}


@pytest.mark.parametrize("key", ["raw", "raw_first_level", "raw_every_level", "standardised"])
def test_the_penalised_fits_are_scikit_learns(compared: tuple[Any, ...], key: str) -> None:
    import pandas as pd

    ours, subject, x, y = compared
    dummies = pd.get_dummies(x, dtype=float)
    drop = {"raw": ["kind_c"], "raw_every_level": []}.get(key, ["kind_a rare"])
    coded = dummies.drop(columns=drop)
    sd = coded.std(ddof=0).to_numpy() if key == "standardised" else np.ones(coded.shape[1])
    coded = (coded - coded.mean()) / sd  # centring moves the free intercept alone, and keeps the solver exact
    found = dict(zip(coded.columns, theirs(coded.to_numpy(), y, **EXACT) / sd, strict=True))
    assert ours[key][1:] == pytest.approx(in_our_order(subject, found, "c"), rel=1e-4, abs=1e-7)


def test_the_penalised_intercept_is_liblinears(compared: tuple[Any, ...]) -> None:
    import pandas as pd

    ours, subject, x, y = compared
    small = x.assign(sum=x["sum"])
    coded = pd.get_dummies(small, dtype=float).drop(columns=["kind_c"])
    found = theirs(coded.to_numpy(), y, solver="liblinear", tol=1e-12, max_iter=200_000)
    named = dict(zip(coded.columns, found, strict=True))
    assert ours["liblinear"][1:] == pytest.approx(in_our_order(subject, named, "c"), rel=2e-2, abs=2e-4)


@cache
def crash() -> Audit:
    frame, target = nasscds()
    return audit(frame, target, drop=["injSeverity", "caseid"], select=["LOG003"])


def test_the_case_by_name_is_found_by_the_audit() -> None:
    penalty, stopping = crash().outcomes[0].findings
    assert penalty.severity == "medium"
    assert penalty.title == (
        "scikit-learn's default penalty turns dvcat 10-24 against 1-9km/h from +0.41 to -0.56 (1.6 standard errors)"
    )
    assert penalty.evidence["log_odds_without_the_penalty"] == pytest.approx(0.41, abs=0.005)
    assert penalty.evidence["log_odds_penalised"] == pytest.approx(-0.558, abs=0.001)
    assert "drop_first=True" in penalty.detail
    assert isinstance(penalty.figure, Intervals)
    assert stopping.severity == "low"
    assert stopping.columns == ("dvcat",)


def test_the_case_by_name_is_what_scikit_learn_does() -> None:
    """With 1-9 km/h as the reference: +0.41; -0.56 penalised on raw columns; +1.03 stopped too early."""
    import pandas as pd

    frame, _ = nasscds()
    frame = frame.dropna(subset=["yearVeh"])
    y = (frame["dead"] == "dead").to_numpy().astype(int)
    # abcat is determined by airbag and deploy, and left out by the audit too.
    x = pd.get_dummies(frame.drop(columns=["dead", "injSeverity", "caseid", "abcat"]), drop_first=True, dtype=float)
    at = x.columns.get_loc("dvcat_10-24")
    sd = x.std(ddof=0)
    scaled = ((x - x.mean()) / sd).to_numpy()
    exact = {"solver": "newton-cholesky", "tol": 1e-10, "max_iter": 1000}
    likelihood = theirs(scaled, y, C=np.inf, **exact)[at] / sd.iloc[at]
    penalised = theirs(x.to_numpy(), y, **exact)[at]
    stopped = theirs(scaled, y, C=np.inf)[at] / sd.iloc[at]
    assert likelihood == pytest.approx(0.41, abs=0.005)
    assert penalised == pytest.approx(-0.558, abs=0.002)
    assert stopped == pytest.approx(1.03, abs=0.02)
    allowed = crash().outcomes[0].findings[1].evidence["largest_error_that_the_tolerance_allows"]
    assert 0.3 < abs(stopped - likelihood) < allowed


def test_well_scaled_columns_and_many_rows_pass() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(8000, 6))
    y = (rng.random(8000) < 1 / (1 + np.exp(-x @ [0.5, -0.5, 0.3, 0, 0, 1] + 1))).astype(int)
    assert not list(default_penalty(fitted(y=y, **{f"x{j}": x[:, j] for j in range(6)})))


def test_a_small_table_makes_no_issue() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(80, 6))
        y = (rng.random(80) < 1 / (1 + np.exp(-x @ [1, -1, 1, 0, 0, 1]))).astype(int)
        try:
            found = list(default_penalty(fitted(y=y, **{f"x{j}": x[:, j] for j in range(6)})))
        except NotApplicableError:
            continue
        assert all(f.severity == "low" for f in found)


def test_complete_separation_is_not_applicable() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=300)
    with pytest.raises(NotApplicableError, match="LOG001"):
        list(default_penalty(fitted(y=(x > 0).astype(int), x=x)))


def test_beside_a_separating_flag_the_others_are_judged_against_firth() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=4000)
    y = (rng.random(4000) < 1 / (1 + np.exp(-z + 1))).astype(int)
    flag = np.zeros(4000)
    flag[np.flatnonzero(y)[:40]] = 1
    found = list(default_penalty(fitted(y=y, flag=flag, rate=z / 100)))
    assert found[0].columns == ("rate",)
    assert found[0].severity == "medium"
    assert "Firth's penalised likelihood gives" in found[0].detail


def test_several_classes_are_scikit_learns_softmax() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(4)
    z = rng.normal(size=(3000, 2)) * [0.05, 1.0]
    eta = np.stack([np.zeros(3000), 20 * z[:, 0], -15 * z[:, 0] + z[:, 1]])
    y = (eta + rng.gumbel(size=eta.shape)).argmax(axis=0)
    subject = fitted(y=[f"c{v}" for v in y], rate=z[:, 0], z=z[:, 1])
    (found,) = default_penalty(subject)
    assert found.severity == "medium"
    assert found.columns[0] == "rate"
    plain = subject.model
    assert plain is not None
    model = LogisticRegression(tol=1e-10, max_iter=10_000).fit(z, y)
    against = model.coef_[:, 0] - model.coef_[plain.reference, 0]
    assert np.abs(against - found.evidence["log_odds_penalised"]).min() < 1e-3


def test_weights_are_those_of_a_fit_with_sample_weight() -> None:
    x, y = table(2000, seed=5)
    x = x.drop(columns=["kind", "sum"])
    weight = np.random.default_rng(5).uniform(0.2, 3, 2000)
    subject = fitted(y=y, rate=x["rate"].tolist(), z=x["z"].tolist(), w=weight, weight="w")
    ours = shrunk(subject)["raw"]
    from sklearn.linear_model import LogisticRegression

    positive = int(subject.classes[-1])
    model = LogisticRegression(solver="newton-cholesky", tol=1e-12).fit(
        x.to_numpy(), y == positive, sample_weight=weight
    )
    assert ours[1:] == pytest.approx(model.coef_[0], rel=1e-4)


def test_a_missing_indicator_is_no_level_of_a_category() -> None:
    x, y = table(2000, seed=6)
    rate = np.where(np.arange(2000) % 5 == 0, np.nan, x["rate"])
    (found, *_) = default_penalty(fitted(y=y, rate=rate, z=x["z"].tolist()))
    assert found.title.startswith("scikit-learn's default penalty moves rate from")


def test_hostile_names_pass_through() -> None:
    x, y = table(2000, seed=7)
    name = "{rate} [red] %s </script>"
    (found, *_) = default_penalty(fitted(y=y, **{name: x["rate"].tolist()}))
    assert name in found.title and found.columns == (name,)

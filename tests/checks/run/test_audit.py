"""The whole way on real tables: the fit equals statsmodels', the scores scikit-learn's, and nothing crashes."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.metrics import roc_auc_score

from cutaway import report
from cutaway.checks import audit, discover
from cutaway.core.audit import Audit
from cutaway.core.errors import InputError
from cutaway.science import logit
from tests import tables
from tests.checks.run.any_table import any_table


@pytest.fixture(scope="module")
def crashes() -> Audit:
    table, target = tables.nasscds()
    return audit(table, target)


def dummies(table: pd.DataFrame, references: dict[str, str]) -> pd.DataFrame:
    coded = pd.get_dummies(table, columns=list(references), prefix_sep=" = ", dtype=float)
    return coded.drop(columns=[f"{c} = {level}" for c, level in references.items()])


def test_nasscds_equals_statsmodels(crashes: Audit) -> None:
    assert crashes.model is not None
    table, target = tables.nasscds()
    table = table.dropna(subset=["yearVeh"])
    y = (table[target] == "dead").astype(float)
    x = table.drop(columns=[target, "abcat", "injSeverity", "caseid"])
    references = {c.feature: c.reference for c in crashes.model.coefficients if c.reference}
    assert references == {"dvcat": "10-24", "airbag": "airbag", "seatbelt": "belted", "sex": "m", "occRole": "driver"}
    x = dummies(x, {k: str(v) for k, v in references.items()})
    scale = x.std()
    reference = sm.Logit(y, sm.add_constant(x / scale)).fit(disp=0, tol=1e-14, maxiter=100)
    for c in crashes.model.coefficients:
        name = c.feature if c.level is None else f"{c.feature} = {c.level}"
        assert c.log_odds == pytest.approx(reference.params[name] / scale[name], rel=1e-6, abs=1e-10)
        assert c.se == pytest.approx(reference.bse[name] / scale[name], rel=1e-6)
        assert c.p_value == pytest.approx(reference.pvalues[name], rel=1e-5, abs=1e-300)
    assert crashes.model.rows == len(table)
    speed = next(c for c in crashes.model.coefficients if c.level == "1-9km/h")
    assert -speed.log_odds == pytest.approx(0.41, abs=0.005)  # class 10-24 with 1-9 km/h as the reference


def test_marginal_effects_equal_a_computation_by_hand(crashes: Audit) -> None:
    assert crashes.model is not None
    table, target = tables.nasscds()
    table = table.dropna(subset=["yearVeh"])
    x = table.drop(columns=[target, "abcat", "injSeverity", "caseid"])
    references = {c.feature: str(c.reference) for c in crashes.model.coefficients if c.reference}
    coded = dummies(x, references).astype(float)
    b = {(c.feature if c.level is None else f"{c.feature} = {c.level}"): c.log_odds for c in crashes.model.coefficients}
    intercept = crashes.model.intercepts["dead"][0]

    def p(rows: pd.DataFrame) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-(intercept + sum(b[c] * rows[c] for c in rows)))))

    off = coded.assign(**{c: 0.0 for c in coded if c.startswith("dvcat")})
    fast = next(c for c in crashes.model.coefficients if c.level == "55+")
    assert fast.ame == pytest.approx((p(off.assign(**{"dvcat = 55+": 1.0})) - p(off)).mean(), rel=1e-6)
    age = next(c for c in crashes.model.coefficients if c.feature == "ageOFocc")
    share = p(coded)
    assert age.ame == pytest.approx((share * (1 - share)).mean() * age.log_odds, rel=1e-6)


def test_the_leak_is_set_aside_and_the_collinear_factor_left_out(crashes: Audit) -> None:
    assert crashes.model is not None
    assert set(crashes.model.set_aside) >= {"injSeverity", "caseid"}
    assert not {c.feature for c in crashes.model.coefficients} & {"injSeverity", "caseid", "abcat"}
    assert any(n.startswith("weight looks like a sampling weight") for n in crashes.notes)
    assert crashes.model.auc is not None and 0.88 < crashes.model.auc[0] <= crashes.model.auc[1] < 0.91
    assert {o.status for o in crashes.outcomes} <= {"issue", "tip", "passed", "not applicable"}


def test_out_of_fold_area_is_that_of_refits(rng: np.random.Generator) -> None:
    """Fold by fold with statsmodels, on the same folds."""
    from cutaway.checks.run.example import fitted

    n = 600
    x = rng.normal(size=(n, 4))
    y = (x[:, 0] + rng.logistic(size=n) > 0.5).astype(int)
    subject = fitted(y=y, **{f"x{j}": x[:, j] for j in range(4)})
    plain = subject.model
    assert plain is not None
    fold = (subject.frame.keys(np.arange(n), purpose=1) % np.uint64(5)).astype(int)
    score = np.empty(n)
    for f in range(5):
        reference = sm.Logit(y[fold != f], sm.add_constant(x[fold != f])).fit(disp=0, tol=1e-14)
        score[fold == f] = sm.add_constant(x[fold == f], has_constant="add") @ reference.params
    low, high = plain.out_of_fold.auc_bounds
    y = (y == int(subject.classes[1])).astype(int)
    area = roc_auc_score(y, score)
    area = area if subject.classes[1] == "1" else 1 - area
    assert low - 1e-4 <= area <= high + 1e-4


def test_weights_give_weighted_estimates_and_robust_errors() -> None:
    table, target = tables.nasscds()
    table = table[["dead", "weight", "frontal", "ageOFocc", "seatbelt"]]
    table = table[table["weight"] > 0]
    found = audit(table, target, weight="weight", select=["DAT001"])
    assert found.model is not None and found.model.interval_method == "robust (sandwich)"
    x = sm.add_constant(dummies(table.drop(columns=["dead", "weight"]), {"seatbelt": "belted"}))
    y = (table["dead"] == "dead").astype(float)
    reference = sm.GLM(y, x, family=sm.families.Binomial(), freq_weights=table["weight"]).fit(tol=1e-12)
    p = reference.predict(x)
    bread = np.linalg.inv((x.T * (table["weight"] * p * (1 - p))) @ x)
    meat = (x.T * (table["weight"] * (y - p)) ** 2) @ x
    errors = dict(zip(x.columns, np.sqrt(np.diag(bread @ meat @ bread)), strict=True))
    for c in found.model.coefficients:
        name = c.feature if c.level is None else f"{c.feature} = {c.level}"
        assert c.log_odds == pytest.approx(reference.params[name], rel=1e-6)
        assert c.se == pytest.approx(errors[name], rel=1e-4)
    assert found.target.weighted_shares[1] == pytest.approx(table.loc[y == 1, "weight"].sum() / table["weight"].sum())


def test_several_classes_equal_statsmodels(rng: np.random.Generator) -> None:
    n = 1500
    x = rng.normal(size=(n, 3))
    y = np.digitize(x[:, 0] - 0.5 * x[:, 1] + rng.logistic(size=n), [-1.0, 1.5])
    found = audit(pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y}), "y", select=["DAT001"])
    assert found.model is not None and found.model.kind == "multinomial logistic"
    reference = int(np.bincount(y).argmax())
    order = [reference, *(k for k in range(3) if k != reference)]
    recoded = np.array([order.index(v) for v in y])
    fit = sm.MNLogit(recoded, sm.add_constant(x)).fit(disp=0, tol=1e-13, maxiter=200)
    for c in found.model.coefficients:
        column = order.index(int(c.target_class or -1)) - 1
        row = "abc".index(c.feature) + 1
        assert c.log_odds == pytest.approx(fit.params[row, column], rel=1e-5, abs=1e-8)
        assert c.se == pytest.approx(fit.bse[row, column], rel=1e-5)


@pytest.mark.parametrize("seed", range(120))
def test_any_small_table_is_audited_or_refused_in_a_sentence(seed: int) -> None:
    table, asked = any_table(seed)
    try:
        found = audit(table, "y", **asked)
    except InputError:
        return
    assert [(o.code, o.reason) for o in found.outcomes if o.status == "crashed"] == []
    assert json.dumps(report.to_json(found), allow_nan=False)
    report.html.render(found)


def test_most_small_tables_are_audited() -> None:
    """That the test above is not of refusals alone."""
    audited = 0
    for seed in range(30):
        table, asked = any_table(seed)
        with suppress(InputError):
            audit(table, "y", **asked)
            audited += 1
    assert audited >= 15


def test_hostile_names_and_few_rows(rng: np.random.Generator) -> None:
    for n in (8, 21, 55):
        table = pd.DataFrame({
            "</script>\x1b[31m": rng.integers(0, 3, n), "__proto__": rng.choice(["a", "b", None], n),
            "y": np.r_[[0, 0, 1, 1], rng.integers(0, 2, n - 4)],
        })  # fmt: skip
        found = audit(table, "y", test=table)
        assert [(o.code, o.reason) for o in found.outcomes if o.status == "crashed"] == []


@pytest.mark.parametrize("late", ["y", "s", "x"])
def test_batches_without_a_usable_row_are_passed_over(late: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """A column that begins late in a table which is read in several batches."""
    n, there = 100_000, 2_000
    y = rng.integers(0, 2, n).astype(float)
    table = pd.DataFrame({"x": y + rng.normal(size=n), "s": 1 / (1 + np.exp(-y - rng.normal(size=n))), "y": y})
    table.loc[: n - there - 1, late] = np.nan
    table.to_parquet(tmp_path / "late.parquet", row_group_size=10_000)
    found = audit(tmp_path / "late.parquet", "y", scores="s" if late != "x" else ())
    assert [(o.code, o.reason) for o in found.outcomes if o.status == "crashed"] == []
    assert found.scores is not None and found.scores.rows == (n if late == "x" else there)


@pytest.mark.parametrize("filled", [1, 3, 31])
def test_a_category_of_one_level_with_gaps_takes_no_row_away(filled: int, rng: np.random.Generator) -> None:
    n = 40
    y = np.arange(n) % 2
    x = np.linspace(0, 1, n) + 0.2 * (np.arange(n) % 3)
    kind = rng.permutation(np.array(["only"] * filled + [None] * (n - filled), object))
    audited = audit(pd.DataFrame({"x": x, "kind": kind, "y": y}), "y")
    assert audited.model is not None and audited.model.rows == n


def test_the_same_seed_gives_the_same_findings() -> None:
    table, target = tables.nasscds()
    part = table.head(3000)
    one, two = audit(part, target, seed=4), audit(part, target, seed=4)
    assert repr(one.outcomes) == repr(two.outcomes)
    assert repr(one.model) == repr(two.model)  # NaN is not equal to itself


def test_select_ignore_and_settings() -> None:
    table = pd.DataFrame({"x": np.arange(40.0), "y": [0] * 30 + [1] * 10})
    assert [o.code for o in audit(table, "y", select=["DAT001", "DAT007"]).outcomes] == ["DAT001", "DAT007"]
    assert not [o for o in audit(table, "y", ignore=["DAT", "LOG", "DEC", "CAL"]).outcomes]
    assert audit(table, "y", select=["DAT001"]).outcomes[0].status == "passed"
    assert audit(table, "y", select=["DAT001"], settings={"DAT001.max_share": "0.7"}).outcomes[0].status == "issue"
    with pytest.raises(InputError, match="no check has the code 'XYZ'"):
        audit(table, "y", select=["XYZ"])
    with pytest.raises(InputError, match=r"DAT001 has DAT001\.max_share"):
        audit(table, "y", settings={"DAT001.max": 1})
    with pytest.raises(InputError, match="expected float, got 'much'"):
        audit(table, "y", settings={"DAT001.max_share": "much"})


def test_every_code_of_the_catalogue_is_there() -> None:
    codes = {c.code for c in discover()}
    assert codes >= {f"DAT{i:03d}" for i in range(1, 14)} | {f"LOG{i:03d}" for i in range(1, 5)}
    for c in discover():
        assert {"", "Why it matters", "What to do", "Null", "Passed", "Source", "Example"} <= set(c.sections), c.code


def test_profile_intervals_reach_the_report() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=120)
    table = pd.DataFrame({"x": x, "y": (rng.random(120) < 1 / (1 + np.exp(-2 * x))).astype(int)})
    found = audit(table, "y", profile=True).model
    assert found is not None
    assert found.interval_method == "profile likelihood"
    reference = logit.fit(x[:, None], table["y"].to_numpy())
    wanted = np.exp(logit.profile_intervals(x[:, None], table["y"].to_numpy())[1])
    one = found.coefficients[0]
    assert (one.ci_low, one.ci_high) == pytest.approx(tuple(wanted), rel=1e-5)
    assert abs(np.log(one.ci_high) - np.log(np.exp(reference.intervals()[1, 1]))) > 0.01  # not Wald's

"""Audits made by hand for the report's tests: a realistic one, and the shapes that break a layout."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

from cutaway.core.audit import Audit, Model, Sentences, TableFacts, TargetFacts
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Outcome, Remedy
from tests.report.audit_parts import FIGURES, HOSTILE, coefficient

_TREATMENTS = (
    "Each category is compared with its most frequent level",
    "Missing values of a number are replaced by its mean, with an indicator of its own",
    "Columns were standardised for the fit; coefficients are told in the columns' own units",
)

_COEFFICIENTS = (
    coefficient("dvcat", 3.964, 0.119, level="55+", reference="10-24", ame=0.14),
    coefficient("dvcat", 2.728, 0.115, level="40-54", reference="10-24", ame=0.096),
    coefficient("dvcat", 1.409, 0.112, level="25-39", reference="10-24", ame=0.05),
    coefficient("dvcat", -0.69, 0.58, level="1-9km/h", reference="10-24", ame=-0.025),
    coefficient("seatbelt", 1.04, 0.07, level="none", reference="belted", ame=0.037),
    coefficient("airbag", 0.48, 0.13, level="none", reference="airbag", ame=0.017),
    coefficient("deploy", 0.385, 0.118, level="1", reference="0", ame=0.014),
    coefficient("occRole", 0.262, 0.076, level="pass", reference="driver", ame=0.009),
    coefficient("sex", -0.139, 0.069, level="f", reference="m", ame=-0.005),
    coefficient("frontal", -1.204, 0.076, level="1", reference="0", ame=-0.042),
    coefficient("ageOFocc", 0.0336, 0.0018, sd=18.4, ame=0.0012),
    coefficient("yearVeh", -0.021, 0.008, sd=5.6, ame=-0.0007),
    coefficient("yearacc", 0.034, 0.03, sd=1.7, ame=0.0012),
)


def crash() -> Audit:
    """What an audit of the table of car crashes looks like."""
    model = Model(
        kind="logistic",
        method="maximum likelihood",
        interval_method="Wald",
        rows=26_064,
        coefficients=_COEFFICIENTS,
        intercepts={"dead": (-5.21, 0.19)},
        set_aside={
            "injSeverity": "it gives the target away (DAT004)",
            "caseid": "an identifier: 25,000 values in 26,217 rows",
            "abcat": "a copy of airbag and deploy together",
        },
        treatments=_TREATMENTS,
        folds=5,
        auc=(0.8794, 0.8795),
        auc_interval=(0.869, 0.890),
        accuracy=0.95550,
        constant_accuracy=0.95499,
        recall_at_half=0.088,
        precision_at_half=0.533,
    )
    outcomes = (
        Outcome(
            code="DAT001",
            name="dominant class",
            status="issue",
            findings=(
                Finding(
                    title="A constant is right for 95.5 % of the rows: accuracy says nothing here",
                    severity="medium",
                    columns=("dead",),
                    evidence={
                        "share_of_rows_commonest": 0.95499,
                        "rows_rarest": 1180.0,
                        "accuracy_of_a_constant": 0.95499,
                    },
                    detail="“alive” holds 25,037 of 26,217 rows, so a model which never says “dead” looks excellent",
                    figure=Bars(
                        alt="1,180 dead against 25,037 alive.",
                        axis=Axis(label="rows"),
                        labels=("alive", "dead"),
                        values=(25037.0, 1180.0),
                    ),
                    remedy=Remedy(
                        text="Report recall and precision, and choose the threshold by your costs.",
                        code={
                            "scikit-learn": 'LogisticRegression(class_weight="balanced")',
                            "Keras": "model.fit(x, y, class_weight={0: 0.5236, 1: 11.109})",
                            "PyTorch": "torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(21.218))",
                        },
                    ),
                ),
            ),
        ),
        Outcome(
            code="DAT002",
            name="heavy tail",
            status="tip",
            findings=(
                Finding(
                    title="weight has tail index 1.4 (1.2 to 1.6): its variance does not exist",
                    severity="low",
                    columns=("weight",),
                    evidence={"tail_index_hill": 1.42, "tail_index_ml": 1.39, "threshold": 2310.0, "rows_above": 812.0},
                    figure=FIGURES["points"],
                    detail="A mean of such a column never settles, so z-scores depend on the few largest rows",
                    remedy=Remedy(
                        text="Take its logarithm or its ranks, and do not quote mean ± 2 s.e.",
                        code={"pandas": 'table["weight"] = np.log1p(table["weight"])'},
                    ),
                ),
            ),
        ),
        Outcome(
            code="DAT003",
            name="scales",
            status="tip",
            findings=(
                Finding(
                    title="Scaling the columns cuts the condition number from 4.1e9 to 38",
                    severity="low",
                    columns=("yearVeh", "yearacc", "ageOFocc"),
                    evidence={"condition_number_raw": 4.1e9, "condition_number_scaled": 38.0, "steps_raw": 2.8e10},
                    figure=FIGURES["lines"],
                    detail="Trees do not care; gradient descent, nearest neighbours and every penalty do",
                    remedy=Remedy(
                        text="Standardise the columns in the pipeline.",
                        code={"scikit-learn": "make_pipeline(StandardScaler(), LogisticRegression())"},
                    ),
                ),
            ),
        ),
        Outcome(
            code="DAT004",
            name="leakage",
            status="issue",
            findings=(
                Finding(
                    title="injSeverity alone decides the target: AUC 0.979",
                    severity="high",
                    columns=("injSeverity",),
                    evidence={"auc": 0.979, "share_dead_at_4": 0.97, "p_value": 1e-12},
                    detail="1,084 of 1,118 with severity 4 died; it is recorded after the outcome",
                    figure=FIGURES["parts"],
                    remedy=Remedy(
                        text="Leave it out, unless it is known when the prediction is made.",
                        code={"pandas": 'table = table.drop(columns=["injSeverity"])'},
                    ),
                ),
            ),
        ),
        Outcome(code="DAT005", name="collinear columns", status="passed", passed="No two columns say the same"),
        Outcome(
            code="DAT006",
            name="telling missingness",
            status="passed",
            passed="Missing cells are no guide to the target",
        ),
        Outcome(code="DAT007", name="events per coefficient", status="passed", passed="91 events a coefficient"),
        Outcome(
            code="DAT011", name="row order", status="passed", passed="The order of the rows carries nothing (p = 0.41)"
        ),
        Outcome(code="DAT012", name="shared rows", status="not applicable", reason="no test table was given"),
        Outcome(code="DAT013", name="drift", status="not applicable", reason="no test table was given"),
        Outcome(code="LOG001", name="separation", status="passed", passed="The maximum likelihood estimate exists"),
        Outcome(
            code="LOG003",
            name="default penalty",
            status="issue",
            findings=(
                Finding(
                    title="scikit-learn's default turns +0.41 for speed 10–24 into −0.55",
                    severity="medium",
                    columns=("dvcat",),
                    evidence={"log_odds_ml": 0.41, "log_odds_default": -0.55},
                    figure=FIGURES["intervals"],
                    detail="On raw columns the penalty falls on the categories, as the years have small coefficients",
                    remedy=Remedy(
                        text="Fit without a penalty, or standardise first and choose C by cross-validation.",
                        code={"scikit-learn": "LogisticRegression(C=np.inf, solver='newton-cholesky')"},
                    ),
                ),
            ),
        ),
    )
    return Audit(
        table=TableFacts(name="crashes.parquet", rows=26_217, columns=15, left_out={"target is missing": 153}),
        target=TargetFacts(
            name="dead",
            classes=("alive", "dead"),
            counts=(25_037, 1_180),
            positive="dead",
            positive_chosen="the rarer class; --positive chooses another",
        ),
        model=model,
        outcomes=outcomes,
        sentences=(
            Sentences(
                feature="seatbelt",
                level="none",
                may_say="At equal speed, age and the rest, the odds of dying without a belt are 2.8 times (2.5 to 3.2) "
                "those with one; on average that is 3.7 points of probability",
                do_not_say="Without a belt one is 2.8 times as likely to die.",
                why_not="Odds are not probabilities, and these are associations, not effects of buckling up",
            ),
            Sentences(
                feature="ageOFocc",
                level=None,
                may_say="Ten years more of age go with odds of dying 1.4 times as high, at equal speed and the rest",
                do_not_say="Age matters less than the seat belt, since its coefficient is 0.03.",
                why_not="A coefficient is of one unit; one year is a small unit",
            ),
        ),
        notes=("weight looks like a sampling weight and was not used so; --weight weight uses it",),
        seed=0,
        seconds=1.9,
        version="0.1.0",
    )


def quiet() -> Audit:
    """Nothing is wrong."""
    audit = crash()
    assert audit.model is not None
    passed = tuple(Outcome(code=o.code, name=o.name, status="passed", passed="Nothing found") for o in audit.outcomes)
    model = replace(audit.model, set_aside={}, accuracy=0.91, constant_accuracy=0.62, recall_at_half=0.88)
    target = replace(audit.target, counts=(16_254, 9_963))
    return replace(audit, outcomes=passed, model=model, target=target, notes=(), sentences=())


def bare() -> Audit:
    """No model, a crashed check and nothing else."""
    audit = crash()
    outcomes = (
        Outcome(code="DAT001", name="dominant class", status="crashed", reason="ZeroDivisionError: division by zero"),
        Outcome(code="DAT004", name="leakage", status="not applicable", reason="no feature is left"),
        Outcome(code="DAT010", name="conflicting labels", status="passed", passed="No identical rows disagree"),
    )
    return replace(audit, model=None, outcomes=outcomes, sentences=(), notes=())


def shuttle() -> Audit:
    """Seven classes."""
    classes = ("Rad.Flow", "Fpv.Close", "Fpv.Open", "High", "Bypass", "Bpv.Close", "Bpv.Open")
    counts = (45_586, 50, 171, 8_903, 3_267, 10, 13)
    coefficients = tuple(
        coefficient(f"V{j}", (0.01 * (j - 4.2) * (i + 1)) / j, 0.002 * (1 + i), target_class=name, sd=3.0 * j)
        for i, name in enumerate(classes[1:])
        for j in range(1, 10)
    )
    audit = crash()
    assert audit.model is not None
    model = replace(
        audit.model,
        kind="multinomial logistic",
        rows=58_000,
        coefficients=coefficients,
        intercepts={name: (-2.0 - i, 0.3) for i, name in enumerate(classes[1:])},
        set_aside={},
        auc=(0.969, 0.971),
        auc_interval=(0.96, 0.98),
        accuracy=0.931,
        constant_accuracy=0.786,
        recall_at_half=None,
        precision_at_half=None,
    )
    finding = Finding(
        title="“Bpv.Close” has 10 rows for 9 coefficients",
        severity="medium",
        columns=("Class",),
        evidence={"events_per_coefficient": 1.1},
        figure=Bars(
            alt="Four of seven classes have fewer than 200 rows.",
            axis=Axis(label="rows", scale="log"),
            labels=classes,
            values=tuple(map(float, counts)),
            harmful=tuple(count < 90 for count in counts),
            reference=90.0,
            reference_label="10 a coefficient",
        ),
        remedy=Remedy(text="Merge the rare classes, or collect more of them."),
    )
    return replace(
        audit,
        table=TableFacts(name="shuttle.rda", rows=58_000, columns=10, left_out={}),
        target=TargetFacts(name="Class", classes=classes, counts=counts, positive=None),
        model=model,
        outcomes=(Outcome(code="DAT007", name="events per coefficient", status="issue", findings=(finding,)),),
        sentences=(),
        notes=(),
    )


def many(count: int = 85) -> Audit:
    """As many coefficients as Caravan has, some of them separated, and one finding for each kind of figure."""
    audit = crash()
    assert audit.model is not None
    coefficients = (
        *(
            coefficient(f"feature_{i:02d}", 0.05 * ((i * 37) % 41 - 20), 0.1 + 0.01 * i, sd=10.0 ** (i % 5 - 2))
            for i in range(count - 3)
        ),
        coefficient("separating", 24.0, 9000.0, level="yes", reference="no"),
        coefficient("endless", -31.0, 0.4, level="yes", reference="no"),
        replace(
            coefficient("absent", 0.0, 1.0),
            log_odds=nan,
            se=nan,
            odds_ratio=nan,
            ci_low=nan,
            ci_high=nan,
            ame=nan,
            p_value=nan,
        ),
    )
    findings = tuple(
        Finding(
            title=f"A finding with a figure of kind {kind}",
            severity="medium" if i % 2 else "low",
            columns=(kind,),
            evidence={"share_of_rows": 0.25, "not_a_number": nan, "endless": inf},
            figure=figure,
            remedy=Remedy(text="Look at it."),
        )
        for i, (kind, figure) in enumerate(FIGURES.items())
    )
    outcomes = tuple(
        Outcome(code=f"DAT{i:03d}", name="every figure", status=finding.status, findings=(finding,))
        for i, finding in enumerate(findings, 50)
    )
    return replace(audit, model=replace(audit.model, coefficients=coefficients), outcomes=(*outcomes, *audit.outcomes))


def hostile() -> Audit:
    """Names that try to be markup, code, escape sequences or very long."""
    audit = crash()
    assert audit.model is not None
    finding = Finding(
        title=f"{HOSTILE[0]} and {HOSTILE[2]} are the same",
        severity="high",
        columns=HOSTILE,
        evidence={HOSTILE[3]: 0.5},
        detail=f"{HOSTILE[1]}; {HOSTILE[6]}",
        figure=Bars(
            alt=f"{HOSTILE[3]} and {HOSTILE[0]}",
            axis=Axis(label=HOSTILE[0], unit=HOSTILE[3]),
            labels=HOSTILE,
            values=tuple(float(i) for i in range(len(HOSTILE))),
            reference=3.0,
            reference_label=HOSTILE[0],
        ),
        remedy=Remedy(text=HOSTILE[0], code={HOSTILE[1]: f"drop([{HOSTILE[0]!r}])\n# {HOSTILE[2]}"}),
    )
    coefficients = tuple(
        coefficient(name, 0.3 * i - 1, 0.2, level=HOSTILE[-1 - i] if i % 2 else None, reference=name, sd=2.0)
        for i, name in enumerate(HOSTILE)
    )
    return replace(
        audit,
        table=replace(audit.table, name=HOSTILE[0], left_out={HOSTILE[1]: 3}),
        target=replace(audit.target, name=HOSTILE[1], classes=(HOSTILE[2], HOSTILE[3]), positive=HOSTILE[3]),
        model=replace(audit.model, coefficients=coefficients, set_aside={HOSTILE[0]: HOSTILE[1]}),
        outcomes=(
            Outcome(code="DAT004", name="leakage", status="issue", findings=(finding,)),
            Outcome(code="DAT005", name=HOSTILE[0], status="crashed", reason=HOSTILE[2]),
            Outcome(code="DAT006", name="x", status="not applicable", reason=HOSTILE[1]),
        ),
        sentences=(
            Sentences(
                feature=HOSTILE[0], level=HOSTILE[1], may_say=HOSTILE[2], do_not_say=HOSTILE[3], why_not=HOSTILE[0]
            ),
        ),
        notes=(HOSTILE[0], HOSTILE[2]),
    )


ALL = {"crash": crash, "quiet": quiet, "bare": bare, "shuttle": shuttle, "many": many, "hostile": hostile}

"""The whole way: a table in, an `Audit` out."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checks.run.aside import structural
from cutaway.checks.run.check import Asked, Check, Setting
from cutaway.checks.run.discovery import chosen, settings_of
from cutaway.checks.run.facts import model_facts, notes
from cutaway.checks.run.frame import Frame
from cutaway.checks.run.model import Plain, plain_model
from cutaway.checks.run.roles import roles_of
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.scorefacts import score_facts
from cutaway.checks.run.scoring import scored_columns, scored_plain
from cutaway.checks.run.second import second_table
from cutaway.checks.run.sentences import sentences, strongest
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.survey import Survey
from cutaway.checks.run.target import TargetCounts, classes_of, find, positive_of
from cutaway.core.audit import Audit, TableFacts, TargetFacts
from cutaway.core.errors import InputError
from cutaway.core.findings import Outcome
from cutaway.core.progress import Progress, silent
from cutaway.core.version import __version__
from cutaway.engines.engine import Engine
from cutaway.engines.local import Local
from cutaway.engines.source import Source
from cutaway.science import logit


def frame_of(
    source: Source,
    target: str,
    *,
    positive: str | None,
    weight: str | None,
    seed: int,
    engine: Engine,
    progress: Progress,
    **asked: Any,
) -> Frame:
    """The roles of the columns, after a pass over the target alone. `asked`: what `roles_of` takes.

    Raises: InputError for a target, weight or score that cannot be used, or when no other column is left.
    """
    specs = source.specs
    target_spec = find(specs, target)
    if weight is not None and find(specs, weight, "--weight").kind != "number":
        raise InputError(
            f"--weight {weight!r}: expected a number column, got a {find(specs, weight).kind}; name a column of "
            f"sampling weights"
        )
    if weight == target:
        raise InputError(f"--weight {weight!r}: is the target; name another column")
    features = tuple(s for s in specs if s.name not in (target, weight))
    if not features:
        raise InputError(
            f"{source.name}: expected a column beside the target {target!r}, got none; give a table with features"
        )
    counted = engine.fold(
        source, [target], lambda b: TargetCounts.of(b, target), progress=progress, stage="reading the target"
    )
    names, counts = classes_of(target_spec, counted)
    yes, how = positive_of(names, counts, positive, bool(asked.get("scores") or asked.get("logits")))
    if yes is None:
        classes: tuple[str, ...] = names
        codes = {name: i for i, name in enumerate(names)}
    else:
        rest = [name for name in names if name != yes]
        classes = (rest[0] if len(rest) == 1 else f"not {yes}", yes)
        codes = {name: int(name == yes) for name in names}
    roles = roles_of(specs, classes, (target, weight), **asked)
    features = tuple(s for s in features if s.name not in roles.columns)
    return Frame(target_spec, codes, classes, yes, how, weight, features, seed, roles=roles)


def audit(
    table: Any,
    target: str,
    *,
    positive: str | None = None,
    weight: str | None = None,
    test: Any = None,
    scores: str | Sequence[str] = (),
    logits: str | Sequence[str] = (),
    cost_fp: float | None = None,
    cost_fn: float | None = None,
    cost_column: str | None = None,
    group: str | None = None,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    settings: Mapping[str, str | Setting] | None = None,
    text: Collection[str] = (),
    drop: Collection[str] = (),
    profile: bool = False,
    seed: int = 0,
    engine: Engine | None = None,
    progress: Progress = silent,
) -> Audit:
    """Asks every check of a table and a plain logistic model of it.

    `table`: a path (CSV, Parquet, Arrow, Feather), or a pandas, Polars or PyArrow table. `target`: the column to be
    predicted, with two classes or more. `positive`: its positive class (the rarer one by default). `weight`: a column
    of sampling weights. `test`: a second table, to be compared with the first. `scores`: the column of a model's
    probabilities of the positive class, or one a class in their order; twice as many compare two models; `logits`: the
    same as log-odds. Without them the plain model's scores are judged. `cost_fp`, `cost_fn`: what a false alarm and a
    miss cost, in one unit; `cost_column`: what each row costs when it is decided wrongly. `group`: a column whose
    groups are compared. `select`, `ignore`: codes of checks,
    or their beginnings. `settings`: thresholds, such as {"DAT001.max_share": 0.9}. `text`: columns to be read as
    categories. `drop`: columns to leave out. `profile`: profile-likelihood intervals in place of Wald's. `seed`: of
    the sample and the folds. `engine`: where the rows are folded; None is this process,
    `cutaway.engines.dask.Dask` a cluster.

    Raises: InputError, with one sentence that says what to do, for anything that cannot be audited.
    """
    began = time.perf_counter()
    if profile and weight is not None:
        raise InputError(
            "--intervals profile: sampling weights have no likelihood to profile; leave out one of the two"
        )
    checks = chosen(tuple(select), tuple(ignore))
    configured = settings_of(checks, settings or {})
    engine = Local() if engine is None else engine
    source = engine.open(table, text=text, drop=drop, progress=progress)
    frame = frame_of(
        source,
        target,
        positive=positive,
        weight=weight,
        seed=seed,
        engine=engine,
        progress=progress,
        scores=_names(scores),
        logits=_names(logits),
        cost_fp=cost_fp,
        cost_fn=cost_fn,
        cost_column=cost_column,
        group=group,
    )
    survey = engine.fold(
        source,
        frame.columns,
        lambda b: Survey.of(b, frame),
        Survey.zero(frame),
        progress=progress,
        stage="surveying the columns",
    )
    if profile and len(frame.classes) > 2:
        raise InputError(
            f"--intervals profile: is for two classes, and {target!r} has {len(frame.classes)}; name one with "
            f"--positive, or use --intervals wald"
        )
    subject = Subject(survey, source.disguised)
    subject = subject.replace(set_aside=structural(subject))
    own = bool(frame.roles.scores)
    if not own and len(subject.set_aside) == len(subject.features) and all(f.constant for f in subject.features):
        names = ", ".join(repr(f.name) for f in subject.features[:5])
        raise InputError(
            f"{source.name}: every feature is constant ({names}{' …' if len(subject.features) > 5 else ''}); "
            f"there is nothing to learn from"
        )

    outcomes = list(ask(checks, "table", subject, configured, progress))
    subject = subject.heed(outcomes)
    plain = plain_model(subject, source, progress, engine=engine)
    if plain is not None and profile:
        plain = replace(plain, profile=_profile(plain, progress))
    subject = subject.replace(model=plain)
    outcomes += ask(checks, "model", subject, configured, progress)
    subject = subject.replace(scored=_scored(subject, source, engine, progress))
    outcomes += ask(checks, "scores", subject, configured, progress)
    if test is not None:
        other = engine.open(test, text=text, drop=drop, progress=progress)
        subject = subject.replace(second=second_table(subject, source, other, engine, progress))
    outcomes += ask(checks, "test", subject, configured, progress)
    facts = model_facts(subject, plain) if plain else None
    return Audit(
        table=TableFacts(
            name=source.name,
            rows=survey.rows,
            columns=len(source.specs),
            left_out=_left_out(subject),
            test_name=subject.second.name if subject.second else "",
            test_rows=subject.second.rows if subject.second else 0,
        ),
        target=_target_facts(subject),
        model=facts,
        scores=score_facts(subject.scored) if subject.scored else None,
        sentences=sentences(subject, plain, strongest(facts.coefficients)) if plain and facts else (),
        notes=notes(subject),
        outcomes=tuple(sorted(outcomes, key=lambda o: o.code)),
        seed=seed,
        seconds=time.perf_counter() - began,
        version=__version__,
    )


def _profile(plain: Plain, progress: Progress) -> np.ndarray:
    """Profile-likelihood intervals (p+1, 2) in the design's columns, under the penalty that the estimates were made
    with.
    """
    progress("profiling the likelihood", 0, None)
    penalised = plain.method != "maximum likelihood"
    fitted = logit.firth_fold(plain.fold, len(plain.design.terms), start=plain.params[0]) if penalised else plain.fit
    return logit.profile_intervals_fold(plain.fold, fitted, penalised=penalised)


def _names(columns: str | Sequence[str]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns)


def _scored(subject: Subject, source: Source, engine: Engine, progress: Progress) -> Scored | None:
    """The user's scores; without any, the plain model's; None when there is no model either."""
    if subject.frame.roles.scores:
        return scored_columns(subject, source, engine, progress)
    return None if subject.model is None else scored_plain(subject, subject.model, source, engine, progress)


def ask(
    checks: tuple[Check, ...],
    stage: str,
    subject: Asked,
    settings: Mapping[str, Mapping[str, Any]],
    progress: Progress,
) -> list[Outcome]:
    """The outcomes of the checks of one stage."""
    out = []
    mine = [c for c in checks if c.asks == stage]
    for i, one in enumerate(mine):
        progress(f"checking: {one.name}", i, len(mine))
        out.append(one.run(subject, settings[one.code]))
    return out


def _left_out(subject: Subject) -> dict[str, int]:
    out = dict(subject.survey.left_out)
    if subject.model is not None and subject.model.left_out:
        out[f"{', '.join(subject.model.design.required)} missing in a few rows (left out of the model alone)"] = (
            subject.model.left_out
        )
    return out


def _target_facts(subject: Subject) -> TargetFacts:
    shares = subject.survey.class_weights / subject.survey.class_weights.sum()
    return TargetFacts(
        name=subject.target,
        classes=subject.classes,
        counts=tuple(int(n) for n in subject.counts),
        positive=subject.frame.positive,
        positive_chosen=subject.frame.positive_chosen,
        weighted_shares=tuple(float(s) for s in shares) if subject.frame.weight else (),
    )

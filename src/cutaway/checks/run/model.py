"""The plain model of an audit: a logistic regression by passes over the rows, with scores that no row had a part in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from cutaway.checks.run.design import Design, Term
from cutaway.checks.run.scored import ScoreState
from cutaway.checks.run.subject import Subject
from cutaway.core.arrays import wide
from cutaway.core.progress import Progress
from cutaway.core.states import Together
from cutaway.engines.engine import Engine
from cutaway.engines.local import Local
from cutaway.engines.source import Source
from cutaway.science import logit
from cutaway.science.columns import Distinct, redundancies
from cutaway.science.logit.margins import ColumnRanges
from cutaway.science.logit.risks import Change, risks_fold
from cutaway.science.logit.separation import Split, column_splits
from cutaway.science.metrics import ScoreHistogram

PATTERNS = 8192  # distinct rows of features that are followed, for rows alike with different labels
# Where maximum likelihood has no maximum in several classes, and for its folds in two: a normal prior of standard
# deviation 2.5 on the log-odds of one standard deviation, or of yes against no, the scale that Gelman, Jakulin, Pittau
# & Su (2008) argue for (they use a Cauchy of that scale).
PRIOR_SD = 2.5

FAR = 4.0  # log-odds over a column's extent from which a separating column's estimate is approached
CLOSE = 1e-3  # standard errors: a step below it changes no digit that is shown
STEPS_FIRTH = 40  # its steps shrink by a constant factor, near 1 where single rows carry a column
STEPS = 40
STEPS_APART = 6  # Newton steps after which all columns but the separating ones have settled
FOLD_CLOSE = 0.05  # standard errors: what a fold's coefficients may lack, far below what its rows make them vary

Of = Callable[..., Any]


@dataclass(frozen=True)
class Plain:
    """The fitted model and the sums that checks read. Coefficients are in the design's standardised columns,
    intercept first.

    `fit`: maximum likelihood, as far as it exists. `params` (M, p+1), `cov` (M(p+1), M(p+1)): the estimates to be
    shown, by whatever `method`; M is 1 when binary, else one row a class but `reference`.
    """

    design: Design
    replay: Of
    fit: Any
    params: np.ndarray
    cov: np.ndarray
    method: str
    reference: int | None
    products: np.ndarray  # (p+1, p+1) Σ w x xᵀ of the columns before the redundant ones were left out
    first_design: Design  # those columns
    redundant: dict[str, tuple[str, ...]]  # feature left out -> the features that determine it
    patterns: Distinct  # rows of equal features by class
    rows: int
    left_out: int  # rows without a value that a row must have
    splits: tuple[Split, ...]  # columns that separate a class by themselves
    out_of_fold: ScoreState
    in_sample_auc: float  # of the rows that the model was fitted on; the mean over the classes
    fold_params: np.ndarray  # (folds, M, p+1)
    effects: np.ndarray  # (M, p): on the probability of each class of `params`' rows
    profile: np.ndarray | None = None  # (p+1, 2): profile-likelihood intervals, where they were asked for
    _risks: dict[Change, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False)

    def fold(self, of: Of) -> Any:
        """One pass of the model: the sum of `of(x, y, weight)` over the batches."""
        return self.replay(lambda x, y, weight, fold, key: of(x, y, weight))

    def risks(self, changes: Sequence[Change]) -> tuple[np.ndarray, np.ndarray]:
        """Mean probabilities (c, K) before and after each change; a pass for those not asked for before."""
        fresh = [c for c in dict.fromkeys(changes) if c not in self._risks]
        if fresh:
            params = self.params[0] if self.reference is None else self.params
            found = risks_fold(self.fold, params, fresh, reference=self.reference)
            self._risks.update(zip(fresh, zip(*found, strict=True), strict=True))
        before, after = zip(*(self._risks[c] for c in changes), strict=True)
        return np.array(before), np.array(after)

    @property
    def centre(self) -> np.ndarray:
        """What each column of the design was centred on (p,), 0 for dummies."""
        return np.array([t.centre for t in self.design.terms])

    @property
    def scale(self) -> np.ndarray:
        """What each column of the design was divided by (p,), 1 for dummies."""
        return np.array([t.scale for t in self.design.terms])

    @cached_property
    def raw(self) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients (M, p+1) and standard errors (M, p+1) for one unit of the user's own columns; intercept at
        zero of all.
        """
        q = self.params.shape[1]
        t = np.diag(np.concatenate(([1.0], 1.0 / self.scale)))
        t[0, 1:] = -self.centre / self.scale
        params = np.nan_to_num(self.params) @ t.T
        params[np.isnan(self.params)] = np.nan
        se = np.empty_like(params)
        for m in range(len(params)):
            block = np.nan_to_num(self.cov[m * q : (m + 1) * q, m * q : (m + 1) * q])
            se[m] = np.sqrt(np.maximum(np.diag(t @ block @ t.T), 0.0))
        se[np.isnan(self.params)] = np.nan
        return params, se


def scores(x: np.ndarray, params: np.ndarray, reference: int | None) -> np.ndarray:
    """Log-odds of each class against the rest: (n,) when binary, else (n, K)."""
    eta = logit.linear(x, params[0] if reference is None else params)
    if reference is None:
        return np.asarray(eta)
    full = np.insert(eta, reference, 0.0, axis=1)
    top = full.max(axis=1, keepdims=True)
    grown = np.exp(full - top)
    rest = np.maximum(grown.sum(axis=1, keepdims=True) - grown, np.finfo(float).tiny)
    return np.asarray(full - top - np.log(rest))


def held_out(x: np.ndarray, fold: np.ndarray, params: np.ndarray, reference: int | None) -> np.ndarray:
    """Each row's log-odds, (n,) or (n, K) against the rest, by the coefficients `params` (folds, M, p+1) of its own
    fold.
    """
    if reference is None:  # every row by every fold's coefficients is one product of matrices
        return np.ascontiguousarray(logit.linear(x, params[:, 0])[np.arange(len(x)), fold])
    out = np.empty((len(x), params.shape[1] + 1))
    for f in range(len(params)):
        mine = fold == f
        out[mine] = scores(x[mine], params[f], reference)
    return out


def _products(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, fold: np.ndarray, key: np.ndarray, k: int
) -> Together:
    """Σ w x xᵀ by the Gram at zero coefficients (weights 1/4 there), and the rows of equal features."""
    gram = logit.Gram.of(x, (y > 0).astype(np.int32), weight, np.zeros(x.shape[1] + 1))
    ranges = ColumnRanges.of(x, y, weight, classes=k)
    return Together((gram, Distinct.of(key, key.astype(np.float64), y, k, PATTERNS), ranges))


def plain_model(
    subject: Subject, source: Source, progress: Progress, *, folds: int = 5, engine: Engine | None = None
) -> Plain | None:
    """Fits the model of the features not set aside; None when there are none, or none of them varies.

    `engine`: by default the local one.
    """
    first = subject.design()
    if not first.terms:
        return None
    stage = "fitting a plain model"
    progress(stage, 0, 6)
    k = len(subject.classes)
    engine = Local() if engine is None else engine
    replay = engine.replay(source, first.columns, first.arrays)
    sums = replay(partial(_products, k=k))
    gram, patterns, ranges = sums.parts
    products = gram.hessian * 4.0
    groups = first.groups
    names = list(groups)
    found = redundancies(products, [[c + 1 for c in groups[n]] for n in names])
    redundant = {names[r.group]: tuple(names[o] for o in r.others) for r in found}
    design = first.without(set(redundant)) if redundant else first
    if not design.terms:
        return None
    if redundant:
        replay = engine.replay(source, design.columns, design.arrays)
    whole = lambda of: replay(lambda x, y, weight, fold, key: of(x, y, weight))  # noqa: E731
    progress(stage, 1, 6)
    kept = [i for i, t in enumerate(first.terms) if t.feature not in redundant]
    splits = tuple(replace(s, column=kept.index(s.column)) for s in column_splits(ranges) if s.column in kept)
    apart = {s.column for s in splits}
    made = _estimate(subject, design, whole, apart, (ranges.high.max(axis=0) - ranges.low.min(axis=0))[kept])
    params, reference = made.params, made.reference
    progress(stage, 3, 6)
    begin = made.near if made.near is not None else params[0] if k == 2 else params
    outer = logit.leave_fold_out(
        _with_fold(replay), begin, folds, reference=reference, penalty=made.penalty, tolerance=FOLD_CLOSE
    )
    fold_params = outer.params[:, None, :] if k == 2 else outer.params
    progress(stage, 5, 6)
    factors, off, on = _factors(subject, design)
    effects_of = _effects_of(params, reference, factors, off, on)

    def judged(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, fold: np.ndarray, key: np.ndarray) -> Together:
        inside = wide(scores(x, params, reference))
        labels = [y == 1] if reference is None else [y == c for c in range(k)]
        ranked = (ScoreHistogram.of(inside[:, c], own, weight) for c, own in enumerate(labels))
        return Together((ScoreState.of(held_out(x, fold, fold_params, reference), y, weight, fold, k), *ranked))

    out_of_fold, *ranked = replay(judged).parts
    effects = effects_of(whole)
    progress(stage, 6, 6)
    return Plain(
        design=design,
        replay=replay,
        fit=made.fit,
        params=params,
        cov=made.cov,
        method=made.method,
        reference=reference,
        products=products,
        first_design=first,
        redundant=redundant,
        patterns=patterns,
        rows=int(gram.rows),
        left_out=subject.rows - int(gram.rows),
        splits=splits,
        out_of_fold=out_of_fold,
        in_sample_auc=float(np.mean([histogram.auc for histogram in ranked])),
        fold_params=fold_params,
        effects=effects,
    )


@dataclass(frozen=True)
class _Estimate:
    """`fit` is maximum likelihood as far as it went; the rest is what is shown, and the penalty that keeps the folds
    finite.
    """

    fit: Any
    params: np.ndarray
    cov: np.ndarray
    method: str = "maximum likelihood"
    reference: int | None = None
    penalty: np.ndarray | None = None
    near: np.ndarray | None = None  # where the penalised folds begin, if not at `params`


def _estimate(subject: Subject, design: Design, whole: Of, apart: set[int], extent: np.ndarray) -> _Estimate:
    """Maximum likelihood; where it has no maximum, Firth's for two classes and a ridge for several.

    `apart`: the columns that separate the classes by themselves, of which Newton's iteration need not be told again;
    `extent` (p,): largest less smallest value of each column.
    """
    p, k = len(design.terms), len(subject.classes)
    unit = np.array([t.scale if _flag(subject, t) else 1.0 for t in design.terms])
    prior = np.diag([0.0, *(PRIOR_SD * unit) ** -2.0])
    if k == 2:
        robust = subject.frame.weight is not None
        fit = logit.fit_fold(
            whole,
            p,
            start=None if apart else _start(subject, design),
            robust=robust,
            max_iter=STEPS_APART if apart else STEPS,
            certify=not apart,
        )
        if fit.status == "converged" and not apart:
            return _Estimate(fit, fit.params[None], fit.cov)
        fit = replace(fit, status="separated") if apart else fit
        start = np.nan_to_num(fit.params)
        far = sorted(apart) if apart else np.flatnonzero(np.abs(start[1:]) * extent > FAR)
        start[1:][far] = np.clip(start[1:][far] * extent[far], -FAR, FAR) / extent[far]
        firth = logit.firth_fold(whole, p, start=start, tolerance=CLOSE, max_iter=STEPS_FIRTH)
        ridge = logit.fit_fold(whole, p, start=firth.params, penalty=prior)
        return _Estimate(fit, firth.params[None], firth.cov, "Firth's penalised likelihood", None, prior, ridge.params)
    reference = int(subject.counts.argmax())
    several = logit.fit_multinomial_fold(whole, p, k, reference=reference)
    if several.status == "converged" and not apart:
        return _Estimate(several, several.params, several.cov, reference=reference)
    several = replace(several, status="separated") if apart else several
    shrunk = logit.fit_multinomial_fold(whole, p, k, reference=reference, penalty=prior)
    method = f"ridge (a normal prior of s.d. {PRIOR_SD} on standardised columns and on flags)"
    return _Estimate(several, shrunk.params, shrunk.cov, method, reference, prior)


def _with_fold(replay: Of) -> Of:
    return lambda of: replay(lambda x, y, weight, fold, key: of(x, y, weight, fold))


def _start(subject: Subject, design: Design) -> np.ndarray | None:
    """Coefficients (p+1,) of the sample, each row standing for as many as its class was thinned by; None where they
    do not exist.
    """
    sample = subject.by_class
    if sample.y.size == subject.rows:
        return None
    x, keep = design.of_sample(sample)
    weight = subject.class_scale[sample.y] * sample.weight
    try:
        fitted = logit.fit(x[keep], sample.y[keep], weight[keep])
    except ValueError:
        return None
    return np.nan_to_num(fitted.params) if fitted.status == "converged" else None


def _flag(subject: Subject, term: Term) -> bool:
    """Whether a column is a number that is only ever 0 or 1."""
    return term.kind == "number" and subject.feature(term.feature).flag


def _factors(subject: Subject, design: Design) -> tuple[list[tuple[int, ...]], np.ndarray, np.ndarray]:
    """Columns whose effect is a change of level: dummies, and numbers that are only ever 0 or 1; with the values of
    no and yes.
    """
    factors = design.factors
    off, on = np.zeros(len(design.terms)), np.ones(len(design.terms))
    for i, term in enumerate(design.terms):
        if _flag(subject, term):
            factors.append((i,))
            off[i], on[i] = (0.0 - term.centre) / term.scale, (1.0 - term.centre) / term.scale
    return factors, off, on


def _effects_of(
    params: np.ndarray, reference: int | None, factors: list[tuple[int, ...]], off: np.ndarray, on: np.ndarray
) -> Callable[[Of], np.ndarray]:
    if reference is None:
        return lambda fold: logit.marginal_effects_fold(fold, params[0], groups=factors, off=off, on=on).effect[None]
    rows = [k for k in range(len(params) + 1) if k != reference]
    return lambda fold: logit.class_marginal_effects_fold(
        fold, params, reference=reference, groups=factors, off=off, on=on
    )[rows]

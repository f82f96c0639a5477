"""What the penalties that libraries use by default move, in every coding of the features that they make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from cutaway.checks.run.design import OTHER_LEVEL
from cutaway.checks.run.model import Plain
from cutaway.checks.run.splits import carriers
from cutaway.checks.run.subject import Subject
from cutaway.core.findings import NotApplicableError
from cutaway.science import logit
from cutaway.science.logit import shrinkage
from cutaway.science.metrics.rates import Z95

REJECTED = Z95**2  # twice the loss of log-likelihood at which a test of one coefficient rejects at 5 %
MANY_CELLS = 5_000_000  # rows times coefficients beyond which only the two worst variants get passes


@dataclass(frozen=True, eq=False)
class Base:
    """Where the comparison starts: the likelihood around the shown estimates, and the contrasts that can be judged."""

    loglik: float
    gradient: np.ndarray
    hessian: np.ndarray
    pairs: np.ndarray  # (c, 3) int: row of the class, place, and the place it is compared with (0: none)


def base_of(subject: Subject, plain: Plain) -> Base:
    """One pass at the shown estimates: maximum likelihood, or Firth's where other columns than those judged separate.

    Raises: NotApplicableError where there is no estimate to compare with.
    """
    binary = plain.reference is None
    found = plain.fit.separation
    complete = found is not None and found.kind == "complete"
    left: set[int] = set()
    missing = plain.fit.status != "converged"
    if missing:
        left = carriers(plain)
    if missing and (not binary or complete or not left):
        raise NotApplicableError("no finite estimate is there to compare with (LOG001 says why)")
    if binary:
        sums: Any = plain.fold(partial(logit.Gram.of, at=np.nan_to_num(plain.params[0])))
    else:
        at = np.nan_to_num(plain.params)
        sums = plain.fold(partial(logit.MultinomialGram.of, at=at, reference=plain.reference))
    pairs = pairs_of(plain)
    kept = ~np.isin(pairs[:, 1] - 1, list(left)) & ~np.isin(pairs[:, 2] - 1, list(left))
    if not kept.any():
        raise NotApplicableError("no finite estimate is there to compare with (LOG001 says why)")
    return Base(sums.loglik, sums.gradient, sums.hessian, pairs[kept])


@dataclass(frozen=True, eq=False)
class Variant:
    """One way of calling a library: its penalty (p+1, p+1) on the plain model's own coefficients."""

    key: str
    text: str
    penalty: np.ndarray


@dataclass(frozen=True, eq=False)
class Codings:
    """The codings of the features that libraries make, as matrices on the plain model's coefficients."""

    subject: Subject
    plain: Plain

    @cached_property
    def raw(self) -> np.ndarray:
        """From the standardised columns' coefficients to those of the columns themselves."""
        return logit.Frame(self.plain.centre, self.plain.scale).matrix

    @cached_property
    def factors(self) -> list[tuple[int, ...]]:
        """Places of the coefficients of each category's levels, intercept first."""
        design = self.plain.design
        return [tuple(j + 1 for j in columns) for name, columns in design.groups.items() if name in design.levels]

    @cached_property
    def firsts(self) -> list[tuple[tuple[int, ...], int]]:
        """Categories whose alphabetically first level is not the reference, with the place of that level."""
        out = []
        for places in self.factors:
            terms = [(self.plain.design.terms[j - 1], j) for j in places]
            named = [(str(t.level), j) for t, j in terms if t.kind == "level" and t.level != OTHER_LEVEL]
            if named and min(named)[0] < str(terms[0][0].reference):
                out.append((places, min(named)[1]))
        return out

    @cached_property
    def first(self) -> np.ndarray:
        """From our coefficients of the columns to those with every first level as the reference."""
        return shrinkage.other_reference(len(self.raw), self.firsts)

    @cached_property
    def spread(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation (p,) of the columns with the first levels as references."""
        plain = self.plain
        place = {(t.feature, t.level): j + 1 for j, t in enumerate(plain.first_design.terms)}
        at = [place[t.feature, t.level] for t in plain.design.terms]
        rows = plain.products[0, 0]
        mean = plain.products[0, at] / rows
        variance = np.maximum(plain.products[at, at] / rows - mean**2, 0.0)
        mean, sd = plain.centre + plain.scale * mean, plain.scale * np.sqrt(variance)
        for places, new in self.firsts:
            mean[new - 1] = 1.0 - sum(mean[j - 1] for j in places)
            sd[new - 1] = np.sqrt(max(mean[new - 1] * (1 - mean[new - 1]), 0.0))
        return mean, np.where(sd > 0, sd, 1.0)

    @property
    def variants(self) -> list[Variant]:
        """What users call, with the penalty that each call means."""
        q = len(self.raw)
        slopes = np.eye(q)
        slopes[0, 0] = 0.0
        first = self.first @ self.raw
        scaled = np.diag(np.concatenate(([0.0], self.spread[1] ** 2)))
        out = [
            Variant("raw", "LogisticRegression() on the raw columns", self.raw.T @ slopes @ self.raw),
            Variant("standardised", "LogisticRegression() on standardised columns", first.T @ scaled @ first),
            Variant("liblinear", "LogisticRegression(solver='liblinear') on the raw columns", self.raw.T @ self.raw),
        ]
        if self.firsts:
            out.append(
                Variant(
                    "raw_first_level",
                    "LogisticRegression() on the raw columns of pandas.get_dummies(drop_first=True)",
                    first.T @ slopes @ first,
                )
            )
        if self.factors:
            every = shrinkage.every_level(q, self.factors)
            out.append(
                Variant(
                    "raw_every_level",
                    "LogisticRegression() on the raw columns of OneHotEncoder()",
                    self.raw.T @ every @ self.raw,
                )
            )
        return out


@dataclass(frozen=True, eq=False)
class Moves:
    """What one variant does: contrasts of coefficients (c,) before and after, in standard errors of the former."""

    variant: Variant
    pairs: np.ndarray  # (c, 3) int: row of the class, place, and the place it is compared with (0: none)
    before: np.ndarray
    after: np.ndarray
    se: np.ndarray
    lost: float  # twice the loss of log-likelihood

    @cached_property
    def size(self) -> np.ndarray:
        """|after - before| in standard errors (c,)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.nan_to_num(np.abs(self.after - self.before) / self.se))

    @property
    def largest(self) -> float:
        """The largest move."""
        return float(self.size.max())

    @property
    def asked_for(self) -> bool:
        """Whether the variant is one that a user has to ask for by name."""
        return self.variant.key == "liblinear"

    @property
    def rejected(self) -> bool:
        """Whether the data reject the penalised fit."""
        return self.lost > REJECTED

    @cached_property
    def turned(self) -> np.ndarray:
        """Which contrasts (c,) change their sign."""
        return np.asarray(self.before * self.after < 0)

    @property
    def reversed_far(self) -> bool:
        """Whether some contrast changes its sign by a move of more than one standard error."""
        return bool((self.turned & (self.size > 1)).any())

    def order(self) -> np.ndarray:
        """Contrasts, those that are reversed by more than a standard error first, then the largest moves."""
        return np.lexsort((-self.size, ~(self.turned & (self.size > 1))))


def moved(subject: Subject, plain: Plain, base: Base, variants: list[Variant], least: float) -> list[Moves]:
    """The moves of the variants that reach `least` standard errors; where algebra rules that out, no pass is made."""
    binary = plain.reference is None
    start = plain.params.ravel()
    near = []
    for variant in variants:
        penalty = variant.penalty if binary else shrinkage.every_class(len(subject.classes), variant.penalty)
        step = shrinkage.first_order(base.hessian, start, penalty, base.gradient)
        # No contrast moves by more than the step's length; half the limit is left for what the algebra neglects.
        if subject.frame.weight is None and shrinkage.length(base.hessian, step) < least / 2:
            continue
        begin = (start + step).reshape(plain.params.shape)
        guess = contrasts(plain, base.pairs, begin, variant, 0.0)
        if guess.largest >= least / 2:
            near.append((guess, begin, penalty))
    near.sort(key=lambda n: (n[0].asked_for, -n[0].reversed_far, -n[0].largest))
    if plain.rows * start.size > MANY_CELLS:
        near = near[:2]
    out = []
    for guess, begin, penalty in near:
        settled = shrinkage.settle(
            plain.fold, begin[0] if binary else begin, penalty, reference=plain.reference, tolerance=0.02
        )
        lost = 2 * (base.loglik - settled.loglik)
        moves = contrasts(plain, base.pairs, np.atleast_2d(settled.params), guess.variant, lost)
        if moves.largest >= least:
            out.append(moves)
    return out


def pairs_of(plain: Plain) -> np.ndarray:
    """Every coefficient but the intercepts, and every two levels of a category, for each class."""
    design = plain.design
    pairs = [(j + 1, 0) for j in range(len(design.terms))]
    for name, columns in design.groups.items():
        if name in design.levels:
            pairs += [(a + 1, b + 1) for i, a in enumerate(columns) for b in columns[:i]]
    return np.array([(m, a, b) for m in range(len(plain.params)) for a, b in pairs])


def contrasts(plain: Plain, pairs: np.ndarray, params: np.ndarray, variant: Variant, lost: float) -> Moves:
    """What becomes of the pairs of `base` when the coefficients turn into `params` (M, p+1)."""
    m, a, b = pairs.T
    with_b = (b > 0).astype(float)
    q = plain.params.shape[1]
    va, vb = m * q + a, m * q + b
    cov = plain.cov
    variance = cov[va, va] + with_b * (cov[vb, vb] - 2 * cov[va, vb])
    before = plain.params[m, a] - with_b * plain.params[m, b]
    after = params[m, a] - with_b * params[m, b]
    return Moves(variant, pairs, before, after, np.sqrt(np.maximum(variance, 0.0)), lost)

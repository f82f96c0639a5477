"""The numbers that the plain model sees: features turned into standardised columns and dummies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cutaway.checks.run.frame import Frame, Rows
from cutaway.checks.run.survey import Survey
from cutaway.core.table import Batch
from cutaway.science.columns import Sample, hash_levels
from cutaway.science.columns.filling import fill_column
from cutaway.science.columns.hashes import extend_rows

MISSING_LEVEL = "(missing)"
OTHER_LEVEL = "(other)"
# An indicator of missing values takes one coefficient; on fewer rows than this it cannot be told from noise (the rule
# of ten events a coefficient, Peduzzi et al. 1996), so those rows are left out instead, which gives the same fit of
# all else.
FEWEST_MISSING = 10
MOST_LEVELS = 30  # levels of one category with a coefficient of their own; the rest are pooled
_BLOCK = 4096  # rows encoded at a time, so that a block stays in the cache


@dataclass(frozen=True, slots=True)
class Term:
    """One column of the design. `scale`: a number x enters as (x - centre) / scale; dummies are 0 or 1."""

    feature: str
    kind: str  # "number", "level", "missing"
    level: str | None = None
    reference: str | None = None
    centre: float = 0.0
    scale: float = 1.0

    @property
    def label(self) -> str:
        """The feature, with its level where it has one."""
        return self.feature if self.level is None else f"{self.feature} = {self.level}"


@dataclass(frozen=True)
class Design:
    """Which columns the model gets, and how rows become them."""

    frame: Frame
    terms: tuple[Term, ...]
    required: tuple[str, ...]  # columns with so few missing values that the rows are left out
    levels: Mapping[str, Mapping[int, int]]  # category -> hash of a level -> column of the design (-1: the reference)
    folds: int = 5

    @property
    def groups(self) -> dict[str, tuple[int, ...]]:
        """The columns of each feature."""
        out: dict[str, tuple[int, ...]] = {}
        for i, term in enumerate(self.terms):
            out[term.feature] = (*out.get(term.feature, ()), i)
        return out

    @property
    def factors(self) -> list[tuple[int, ...]]:
        """The dummies that exclude one another: for each category the columns of its levels, and each other dummy
        alone.
        """
        out = []
        for columns in self.groups.values():
            dummies = tuple(i for i in columns if self.terms[i].kind != "number")
            if dummies:
                out.append(dummies)
        return out

    def without(self, features: set[str]) -> Design:
        """The same design less some features."""
        kept = [i for i, t in enumerate(self.terms) if t.feature not in features]
        place = {old: new for new, old in enumerate(kept)} | {-1: -1}
        levels = {f: {h: place[c] for h, c in m.items()} for f, m in self.levels.items() if f not in features}
        required = tuple(f for f in self.required if f not in features)
        return replace(self, terms=tuple(self.terms[i] for i in kept), levels=levels, required=required)

    def matrix(self, numbers: Mapping[str, np.ndarray], dummies: Mapping[str, np.ndarray], n: int) -> np.ndarray:
        """The design (n, p) float64, C-contiguous: from number columns (n,), and for each category which column is 1
        (n,), -1 for none.
        """
        x = np.zeros((n, len(self.terms)))
        for at in range(0, n, _BLOCK):
            for j, term in enumerate(self.terms):
                if term.feature in numbers:
                    values = numbers[term.feature][at : at + _BLOCK]
                    fill_column(x[at : at + _BLOCK], j, values, term.centre, term.scale, term.kind == "missing")
        rows = np.arange(n)
        for column in dummies.values():
            x[rows[column >= 0], column[column >= 0]] = 1.0
        return x

    def column_of(self, feature: str, hashes: np.ndarray) -> np.ndarray:
        """The design's column that a level's hash (m,) sets to 1, -1 for none; levels never seen count as "(other)",
        or as the reference.
        """
        columns = self.levels[feature]
        other = columns.get(OTHER_HASH, -1)
        return np.array([columns.get(h, other) for h in hashes.tolist()], np.int64)

    def usable(self, rows: Rows) -> Rows:
        """The rows that have every value that the model requires."""
        keep = np.ones(rows.y.size, bool)
        for name in self.required:
            keep &= ~rows.missing(name)
        return rows.take(keep)

    def arrays(self, batch: Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray, np.ndarray]:
        """One batch for the model: x (n, p), y (n,), weight (n,) or None, fold (n,) int32, and a hash (n,) of the
        row's features.
        """
        rows = self.usable(self.frame.rows(batch))
        numbers = {t.feature: rows.number(t.feature) for t in self.terms if t.feature not in self.levels}
        dummies = {}
        for name in self.levels:
            coded = rows.coded(name)
            table = self.column_of(name, np.append(hash_levels(coded.levels), np.uint64(0)))
            dummies[name] = table[coded.codes]
        fold = (self.frame.keys(rows.positions, purpose=1) % np.uint64(self.folds)).astype(np.int32)
        key = np.ones(rows.y.size, np.uint64)
        for name in sorted(self.groups):
            extend_rows(key, rows.hashes(name))
        return self.matrix(numbers, dummies, rows.y.size), rows.y, rows.weight, fold, key

    def of_sample(self, sample: Sample) -> tuple[np.ndarray, np.ndarray]:
        """The design (m, p) of a sample's rows, and which of its rows (m,) the model would use."""
        numbers = {name: sample.numbers[:, i] for i, name in enumerate(self.frame.numbers)}
        hashes = {name: sample.levels[:, i] for i, name in enumerate(self.frame.categories)}
        keep = np.ones(sample.y.size, bool)
        for name in self.required:
            keep &= ~np.isnan(numbers[name]) if name in numbers else hashes[name] != 0
        dummies = {}
        for name in self.levels:
            known, inverse = np.unique(hashes[name], return_inverse=True)
            dummies[name] = self.column_of(name, known)[inverse]
        used = {t.feature for t in self.terms}
        return self.matrix({n: v for n, v in numbers.items() if n in used}, dummies, sample.y.size), keep

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns that a pass of the model has to read."""
        features = set(self.groups)
        return tuple(c for c in self.frame.columns if c in features or c in (self.frame.target.name, self.frame.weight))


OTHER_HASH = 1  # stands for "any other level" in `Design.levels`; no text hashes to it but by a chance of 2^-64


def design(survey: Survey, set_aside: Mapping[str, str]) -> Design:
    """The design of every feature that is not set aside."""
    frame = survey.frame
    terms: list[Term] = []
    required: list[str] = []
    levels: dict[str, dict[int, int]] = {}
    place = {name: i for i, name in enumerate(frame.numbers)}
    for spec, missing in zip(frame.specs, survey.missing, strict=True):
        if spec.name in set_aside or spec.kind == "date":
            continue
        if spec.kind == "number":
            i = place[spec.name]
            sd = float(survey.moments.sd[i])
            terms.append(Term(spec.name, "number", centre=float(survey.moments.mean[i]), scale=sd if sd > 0 else 1.0))
            if 0 < missing.sum() < FEWEST_MISSING:
                required.append(spec.name)
            elif missing.sum():
                terms.append(Term(spec.name, "missing", MISSING_LEVEL, "present"))
        else:
            rare = 0 < missing.sum() < FEWEST_MISSING
            before = len(terms)
            columns = _dummies(spec.name, survey, 0 if rare else int(missing.sum()), terms)
            if len(terms) == before:
                continue  # one level, or none: it tells no two rows apart, so that no row is left out for it either
            levels[spec.name] = columns
            if rare:
                required.append(spec.name)
    return Design(frame, tuple(terms), tuple(required), levels)


def _dummies(name: str, survey: Survey, missing: int, terms: list[Term]) -> dict[int, int]:
    """Adds a category's dummies to the terms and says which level's hash goes to which column."""
    values, counts = survey.distinct[name].ordered()
    hashes = hash_levels(values)
    reference = str(values[0])
    out = {int(hashes[0]): -1}
    fewest = FEWEST_MISSING if len(values) > MOST_LEVELS else 0
    pooled = False
    for k, (value, count, h) in enumerate(zip(values[1:], counts[1:], hashes[1:], strict=True)):
        if k + 2 > MOST_LEVELS or count.sum() < fewest:
            pooled = True
            continue
        out[int(h)] = len(terms)
        terms.append(Term(name, "level", str(value), reference))
    if pooled:
        out[OTHER_HASH] = len(terms)
        terms.append(Term(name, "level", OTHER_LEVEL, reference))
    if missing:
        out[0] = len(terms)
        terms.append(Term(name, "missing", MISSING_LEVEL, reference))
    return out

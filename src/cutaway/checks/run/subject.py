"""What a check may ask about: the table's states, the plain model, and the second table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.checks.run.design import Design, design
from cutaway.checks.run.frame import Frame
from cutaway.checks.run.survey import Survey
from cutaway.core.findings import NotApplicableError, Outcome
from cutaway.core.table import Spec
from cutaway.science.columns import Distinct, Extremes, Sample
from cutaway.science.tails import TailSketch

IDENTIFIERS = "DAT008"  # the check whose columns name rows

if TYPE_CHECKING:
    from cutaway.checks.run.model import Plain
    from cutaway.checks.run.scored import Scored
    from cutaway.checks.run.second import Second


@dataclass(frozen=True)
class Feature:
    """Everything known of one feature. Numbers and dates (seconds since 1970) have moments; only numbers have ends
    and tails.
    """

    spec: Spec
    missing: np.ndarray  # (classes,) rows of each class in which it is missing
    fingerprint: int  # equal for columns that are equal in every row
    distinct: Distinct | None  # None for dates
    n: int = 0  # rows in which it is there
    mean: float = float("nan")
    sd: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    whole: bool = False  # every value is a whole number
    extremes: Extremes | None = None
    tail: TailSketch | None = None

    @property
    def name(self) -> str:
        """The column's name."""
        return self.spec.name

    @property
    def flag(self) -> bool:
        """A number that is only ever 0 or 1."""
        distinct = self.distinct
        return (
            self.spec.kind == "number"
            and distinct is not None
            and distinct.complete
            and sorted(distinct.values.tolist()) == [0.0, 1.0]
        )

    @property
    def constant(self) -> bool:
        """One value and nothing else, missing values included; or no value at all."""
        if self.n == 0:
            return True
        if self.missing.sum():
            return False
        return (
            self.low == self.high
            if self.distinct is None
            else self.distinct.complete and self.distinct.hashes.size == 1
        )


@dataclass(frozen=True)
class Subject:
    """The audited table, as far as it is known when the check runs."""

    survey: Survey
    disguised: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # column -> word read as missing -> cells
    model: Plain | None = None  # from the checks that ask "model" on
    scored: Scored | None = None  # scores of the rows, from the checks that ask "scores" on
    second: Second | None = None  # the table of --test
    set_aside: Mapping[str, str] = field(
        default_factory=dict
    )  # column -> why it is not in the model; grows as checks run
    identifiers: tuple[str, ...] = ()  # those set aside because they name rows or owners of rows

    @property
    def frame(self) -> Frame:
        """The roles of the columns."""
        return self.survey.frame

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.frame.target.name

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; in a binary target the positive one is last."""
        return self.frame.classes

    @property
    def counts(self) -> np.ndarray:
        """Rows of each class (classes,), unweighted."""
        return self.survey.class_counts

    @property
    def rows(self) -> int:
        """Rows whose target is there."""
        return self.survey.used

    @property
    def binary(self) -> bool:
        """Whether the target has two classes."""
        return len(self.classes) == 2

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Every column but the target and the weight, in the table's order."""
        return tuple(self._features())

    def _features(self) -> Iterator[Feature]:
        survey, frame = self.survey, self.frame
        numbers = {name: i for i, name in enumerate(frame.numbers)}
        measured = {name: i for i, name in enumerate((*frame.numbers, *frame.dates))}
        m = survey.moments
        for i, spec in enumerate(frame.specs):
            missing = survey.missing[i]
            out = Feature(
                spec,
                missing,
                int(survey.fingerprints[i]),
                survey.distinct.get(spec.name),
                survey.used - int(missing.sum()),
            )
            if spec.name in measured:
                k = measured[spec.name]
                out = replace(
                    out,
                    mean=float(m.mean[k]),
                    sd=float(m.sd[k]),
                    low=float(m.low[k]),
                    high=float(m.high[k]),
                    whole=bool(m.whole[k]),
                )
            if spec.name in numbers:
                out = replace(out, extremes=survey.extremes[numbers[spec.name]], tail=survey.tails[numbers[spec.name]])
            yield out

    def feature(self, name: str) -> Feature:
        """The feature of that name."""
        return next(f for f in self.features if f.name == name)

    @cached_property
    def by_class(self) -> Sample:
        """Up to 16,384 rows, as many of each class as there are up to an equal share: rare classes are there in full.

        A row of class k stands for `class_scale[k]` rows of the table.
        """
        out = self.survey.samples[0]
        out = replace(out, limit=2**62)
        for more in self.survey.samples[1:]:
            out = out + more
        return out

    @property
    def class_scale(self) -> np.ndarray:
        """Rows of the table for each sampled row, by class (classes,)."""
        kept = np.array([s.y.size for s in self.survey.samples])
        return np.asarray(self.counts / np.maximum(kept, 1))

    @cached_property
    def uniform(self) -> Sample:
        """A simple random sample of the rows, in the order of the table: those whose key lies below every class's
        threshold.
        """
        known = min(s.threshold for s in self.survey.samples)
        rows = self.by_class
        rows = rows.take(rows.keys <= np.uint64(known))
        return rows.take(np.argsort(rows.positions))

    def column(self, sample: Sample, name: str) -> np.ndarray:
        """One feature in a sample: float64 (m,) with NaN for a number, uint64 hashes (m,) with 0 for a category."""
        if name in self.frame.numbers:
            return np.asarray(sample.numbers[:, self.frame.numbers.index(name)])
        return np.asarray(sample.levels[:, self.frame.categories.index(name)])

    def design(self, leave: Mapping[str, str] | None = None) -> Design:
        """The design of the features not set aside (nor in `leave`), for a fit on a sample."""
        return design(self.survey, {**self.set_aside, **(leave or {})})

    def require(self, need: str) -> None:
        """Raises NotApplicableError with the reason when something that a check needs is not there."""
        reasons: dict[str, tuple[bool, str]] = {
            "binary": (self.binary, f"it is asked of two classes, and {self.target} has {len(self.classes)}"),
            "model": (self.model is not None, "no column was left to fit a model on"),
            "numbers": (bool(self.frame.numbers), "no column is a number"),
            "categories": (bool(self.frame.categories), "no column is a category"),
            "scores": (self.scored is not None, "there are no scores: no column was left to fit a model on"),
            "other scores": (
                self.scored is not None and self.scored.other is not None,
                "no second score column was given with --scores",
            ),
            "groups": (
                self.scored is not None and bool(self.scored.groups),
                "no column of groups was given with --group, beside one of scores",
            ),
            "test": (self.second is not None, "no second table was given with --test"),
        }
        there, reason = reasons[need]
        if not there:
            raise NotApplicableError(reason)

    def heed(self, outcomes: Iterable[Outcome]) -> Subject:
        """The subject without the columns that the findings set aside."""
        found = [(outcome.code, finding.set_aside) for outcome in outcomes for finding in outcome.findings]
        aside = dict(self.set_aside)
        for _, columns in found:
            aside |= columns
        return self.replace(
            set_aside=aside, identifiers=tuple(c for code, columns in found if code == IDENTIFIERS for c in columns)
        )

    def random(self, purpose: int) -> np.random.Generator:
        """A generator that depends on the audit's seed and the purpose alone."""
        return np.random.default_rng([self.frame.seed, purpose])

    def replace(self, **changes: Any) -> Subject:
        """The same subject with more known; what was computed from the old fields is forgotten."""
        return replace(self, **changes)

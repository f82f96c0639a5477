"""What a rate is: a numerator over a denominator, read off confusion counts, with its averages and its interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.coding import counts as counts_of
from cutaway.science.metrics.coding import label_counts
from cutaway.science.metrics.counts import Counts, LabelCounts, against_rest
from cutaway.science.metrics.estimate import Estimate
from cutaway.science.metrics.rates import clopper_pearson, donner_zou, wilson

Average = Literal["micro", "macro", "weighted"]
Undefined = float | Literal["omit"]
Method = Literal["default", "wilson", "clopper-pearson"]
Fraction = Callable[..., tuple[np.ndarray, np.ndarray]]

STEP = 1e-20  # of the complex-step derivative, which has no cancellation, so that any tiny step is exact
ADDED_ROWS = 2.0  # spread over the cells before errors are propagated, as in Agresti & Coull: no cell is empty


@dataclass(frozen=True, eq=False, repr=False)
class Rate:
    """A rate of confusion counts: `numerator` over `denominator`, both in words.

    Call it with labels and predictions, or read it off a state with `of` and `interval`. Most rates ask of one class
    against the rest. `whole` rates ask of the whole table and are one number for any number of classes.

    A rate whose denominator is 0 is not defined. It is NaN unless the caller chooses otherwise: `undefined=0.0` (or
    any number) puts that number in its place, also in averages; `undefined="omit"` leaves such classes out of an
    average, so that a class that never occurs does not make the mean NaN.

    `average`, for several classes or labels: "micro" adds the tables up first; "macro" is the plain mean of the
    classes; "weighted" their mean by the rows that have each class; "each" an array, one value a class.
    """

    name: str
    numerator: str
    denominator: str
    fraction: Fraction  # (tn, fp, fn, tp), or the (…, K, K) table when whole, to numerator and denominator
    span: tuple[float, float] = (0.0, 1.0)
    whole: bool = False
    share: bool = False  # the numerator is a part of the denominator's rows: a proportion
    better: Literal["high", "low", ""] = "high"
    parts: tuple[Rate, Rate] | None = None  # two proportions of other rows, of which it is the ratio
    also: tuple[str, ...] = ()
    source: str = ""

    def __repr__(self) -> str:
        return f"<{self.name}: {self.numerator} / {self.denominator}>"

    @overload
    def __call__(
        self,
        y: Any,
        pred: Any,
        weight: Any = ...,
        *,
        labels: Iterable[Any] | None = ...,
        positive: Any = ...,
        average: Average | None = ...,
        undefined: Undefined = ...,
    ) -> float: ...
    @overload
    def __call__(
        self,
        y: Any,
        pred: Any,
        weight: Any = ...,
        *,
        labels: Iterable[Any] | None = ...,
        positive: Any = ...,
        average: Literal["each"],
        undefined: Undefined = ...,
    ) -> np.ndarray: ...
    def __call__(
        self,
        y: Any,
        pred: Any,
        weight: Any = None,
        *,
        labels: Iterable[Any] | None = None,
        positive: Any = None,
        average: Average | Literal["each"] | None = None,
        undefined: Undefined = math.nan,
    ) -> float | np.ndarray:
        """The rate of predicted labels `pred` against labels `y`, both (n,), or (n, L) of 0 and 1 for several labels.

        `weight` (n,) per row. `positive`: the class asked for, against the rest; with two classes that are 0 and 1,
        truth values, or listed in `labels`, the last one when left out. No rows: not defined.

        Raises: InputError for labels that cannot be read, text labels without a positive class, or several classes
        without `average`.
        """
        if np.ndim(y) == 2:
            if positive is not None:
                raise InputError(f"positive: {self.name} of several labels a row has no positive class; drop it")
            return self.of(label_counts(y, pred, weight, labels), average=average, undefined=undefined)
        counts = counts_of(y, pred, weight, labels)
        if positive is not None:
            wanted = str(positive).lower() if isinstance(positive, bool | np.bool_) else str(positive)
            names = counts.labels
            if wanted not in names and isinstance(positive, bool | np.bool_):
                wanted = str(int(positive))
            if wanted not in names:
                raise InputError(
                    f"positive: expected one of the classes {', '.join(map(repr, names))}, got {positive!r}; list "
                    f"every class in labels if this one does not occur"
                )
            return self.of(counts.against_rest(names.index(wanted)), average=average, undefined=undefined)
        numbered = all(name.lstrip("-").isdigit() or name in ("false", "true") for name in counts.labels)
        if not self.whole and average is None and counts.classes <= 2 and labels is None and not numbered:
            raise InputError(
                f"positive: {self.name} asks which class is the positive one; pass positive={counts.labels[-1]!r}"
                + (f" or positive={counts.labels[0]!r}" if counts.classes == 2 else "")
            )
        return self.of(counts, average=average, undefined=undefined)

    @overload
    def of(
        self, counts: Counts | LabelCounts, *, average: Average | None = ..., undefined: Undefined = ...
    ) -> float: ...
    @overload
    def of(
        self, counts: Counts | LabelCounts, *, average: Literal["each"], undefined: Undefined = ...
    ) -> np.ndarray: ...
    @overload
    def of(
        self,
        counts: Counts | LabelCounts,
        *,
        average: Average | Literal["each"] | None,
        undefined: Undefined = ...,
    ) -> float | np.ndarray: ...
    def of(
        self,
        counts: Counts | LabelCounts,
        *,
        average: Average | Literal["each"] | None = None,
        undefined: Undefined = math.nan,
    ) -> float | np.ndarray:
        """The rate of these counts: of the positive class of two, or averaged over classes or labels.

        Raises: InputError for several classes without `average`, or an average of a rate of the whole table.
        """
        self._allow(counts, average, undefined)
        if isinstance(counts, LabelCounts):
            values = self._of_tables(counts.tables, average or "macro", undefined)
        else:
            values = self.over(counts.matrix, average=average, undefined=undefined)
        return values if average == "each" else float(values)

    def over(
        self,
        matrix: np.ndarray,
        *,
        average: Average | Literal["each"] | None = None,
        undefined: Undefined = math.nan,
    ) -> np.ndarray:
        """The rate of counts (…, K, K), for arrays of any library that answers NumPy's functions (NEP 13 and 18).

        Frameworks' graphs run this same arithmetic. Nothing is checked here; `of` does.
        """
        if average is None:
            return _replaced(self._ratio(matrix), undefined)
        return self._of_tables(against_rest(matrix), average, undefined)

    def _of_tables(self, tables: np.ndarray, average: str, undefined: Undefined) -> np.ndarray:
        if average == "each":
            return _replaced(self._ratio(tables), undefined)
        return self._averaged(tables, average, undefined)

    def interval(
        self,
        counts: Counts,
        *,
        average: Average | None = None,
        undefined: Undefined = math.nan,
        level: float = 0.95,
        method: Method = "default",
    ) -> Estimate:
        """The rate with its interval; weights enter by the effective number of rows behind it.

        Proportions take Wilson's interval, or Clopper and Pearson's, which never covers less than its level and is
        wider. Every other rate takes the delta method with the gradient of the rate in the cells of the table: its
        variance is turned into the number of rows that would give a proportion the same variance, and that number
        goes into Wilson's formula, which keeps the interval inside the rate's range. Rates of the whole table take
        Student's quantile with one degree of freedom more than the rarest class has rows. Ratios of two proportions
        take Donner and Zou's interval from the Wilson intervals of both. Where the rate is not defined, so is no
        interval: it is the whole range.

        Source: Wilson 1927; Clopper & Pearson 1934; Kish 1965, section 8.2; Kott & Carr 1997 on Wilson's interval
        with an effective number; Donner & Zou 2012 on ratios.
        """
        if not isinstance(counts, Counts):
            raise InputError(
                "counts: labels of the same rows go together, so that their average has no interval from the tables "
                "alone; take counts.label(k)"
            )
        value = self.of(counts, average=average, undefined=undefined)
        plain = self.share and average is None
        if method != "default" and not plain:
            raise InputError(f"method: {method} is for proportions, and {self.name} is none; leave it out")
        if plain:
            successes, trials = self.effective(counts)
            if not trials:
                return Estimate(value, 0.0, 1.0, "not defined", level)
            if method == "clopper-pearson":
                return Estimate(value, *clopper_pearson(successes, trials, level), "Clopper-Pearson interval", level)
            return Estimate(value, *wilson(successes, trials, _normal(level)), "Wilson interval", level)
        if math.isnan(self.of(counts, average=average, undefined="omit" if undefined == "omit" else math.nan)):
            return Estimate(value, *self.span, "not defined", level)
        if self.parts and average is None:
            over, under = (part.effective(counts) for part in self.parts)
            ends = donner_zou(*over, *under, _normal(level))
            return Estimate(value, *ends, "Donner and Zou's interval of a ratio", level)
        return self._delta(counts, value, average, undefined, level)

    def effective(self, counts: Counts) -> tuple[float, float]:
        """Successes and trials of a proportion p in effective rows, which have the variance p (1 - p) / trials.

        trials = Σw / (a (1 - p) + b p), a and b being Σw² / Σw of the rows in the numerator and of the other rows of
        the denominator; where both weigh alike that is Kish's (Σw)² / Σw². A side without rows takes the ratio of all.
        With unit weights they are the numerator and the denominator. Raises: InputError for what is no proportion.
        """
        if not self.share:
            raise InputError(f"effective: {self.name} is no proportion of rows; take interval(counts)")
        (above, rows), (squares_above, squares) = self._parts(counts.matrix), self._parts(counts.squares)
        if not squares:
            return 0.0, 0.0
        p, pooled, below = float(above / rows), float(squares / rows), rows - above
        a = float(squares_above / above) if above else pooled
        b = float((squares - squares_above) / below) if below else pooled
        trials = float(rows) / (a * (1 - p) + b * p)
        return p * trials, trials

    def _allow(self, counts: Counts | LabelCounts, average: str | None, undefined: Undefined) -> None:
        if average not in (None, "micro", "macro", "weighted", "each"):
            raise InputError(f"average: expected 'micro', 'macro', 'weighted' or 'each', got {average!r}")
        if isinstance(undefined, str) and undefined != "omit":
            raise InputError(f"undefined: expected a number or 'omit', got {undefined!r}")
        if isinstance(counts, LabelCounts):
            if average is None:
                raise InputError(
                    f"average: {self.name} of {len(counts.tables)} labels needs 'micro', 'macro', 'weighted' or 'each'"
                )
        elif self.whole:
            if average not in (None, "each"):
                raise InputError(
                    f"average: {self.name} is one number for the whole table, got {average!r}; leave it out, or "
                    f"'each' for every class against the rest"
                )
        elif average is None and counts.classes != 2:
            raise InputError(
                f"average: {self.name} of {counts.classes} classes needs 'micro', 'macro', 'weighted' or 'each', or a "
                f"positive class"
            )

    def _ratio(self, tables: np.ndarray) -> np.ndarray:
        """Numerator over denominator, NaN where the denominator is 0; `tables` (…, 2, 2), or (…, K, K) when whole."""
        above, below = self._parts(tables)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(below == 0, np.nan, above / below)

    def _parts(self, tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.whole:
            return self.fraction(tables)
        return self.fraction(tables[..., 0, 0], tables[..., 0, 1], tables[..., 1, 0], tables[..., 1, 1])

    def _averaged(self, tables: np.ndarray, average: str, undefined: Undefined) -> np.ndarray:
        """The average over axis -3 of tables (…, K, 2, 2)."""
        if average == "micro":
            return _replaced(self._ratio(tables.sum(-3)), undefined)
        values = _replaced(self._ratio(tables), undefined)
        held = tables[..., 1, :].sum(-1) if average == "weighted" else np.ones_like(values)
        if undefined == "omit":
            held = np.where(np.isnan(values), 0, held)
        values = np.where(held == 0, 0, values)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean: np.ndarray = (held * values).sum(-1) / held.sum(-1)
        return mean

    def _delta(
        self, counts: Counts, value: float, average: Average | None, undefined: Undefined, level: float
    ) -> Estimate:
        k = counts.classes
        each = counts.squares.sum() / counts.weight  # the weight of an average row
        added = ADDED_ROWS / (k * k)
        matrix, squares = counts.matrix + added * each, counts.squares + added * each * each
        present = (
            ~np.isnan(self._ratio(counts.tables)) if undefined == "omit" and average in ("macro", "weighted") else None
        )

        def at(m: np.ndarray) -> np.ndarray:
            if average is None:
                return self._ratio(m)
            tables = against_rest(m)
            return self._averaged(tables if present is None else tables[..., present, :, :], average, math.nan)

        variance = 0.0
        for i in range(k):  # a row of cells at a time keeps the memory at K³ numbers
            moved = np.broadcast_to(matrix, (k, k, k)).astype(complex)
            moved[np.arange(k), i, np.arange(k)] += 1j * STEP
            variance += float(squares[i] @ (at(moved).imag / STEP) ** 2)
        middle = float(at(matrix))
        low, high = self.span
        if high == math.inf:
            half = _normal(level) * math.sqrt(variance) / middle
            ends = (middle * math.exp(-half) if value > 0 else 0.0), middle * math.exp(half)
            return Estimate(value, min(ends[0], value), max(ends[1], value), "delta method on the log scale", level)
        width = high - low
        share = (middle - low) / width
        rows = share * (1 - share) * width * width / variance
        quantile, method = _normal(level), "delta method in Wilson's formula"
        if self.whole or self.span[0] < 0:
            quantile = _student(level, _rarest(counts) + 1)
            method = "delta method in Wilson's formula, Student's quantile"
        ends = wilson(min(max((value - low) / width, 0.0), 1.0) * rows, rows, quantile)
        return Estimate(value, low + width * ends[0], low + width * ends[1], method, level)


def _replaced(values: np.ndarray, undefined: Undefined) -> np.ndarray:
    if isinstance(undefined, str):
        return values
    return np.where(np.isnan(values), undefined, values)


def _rarest(counts: Counts) -> float:
    """Effective rows of the rarest class that occurs."""
    rows, squares = counts.matrix.sum(1), counts.squares.sum(1)
    return float((rows[rows > 0] ** 2 / squares[rows > 0]).min())


def _normal(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2))


def _student(level: float, freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + level / 2))

"""The target: which classes it has, and which one is called positive."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.table import Batch, Coded, Spec
from cutaway.science.columns import Distinct, hash_levels, hash_numbers

# More distinct numbers than this are read as a measurement: scikit-learn's largest bundled classification targets
# have 10 to 20 classes, and a rating has at most 11 steps.
MOST_NUMBERS = 20
MOST_CLASSES = 50  # a multinomial fit has (classes - 1) coefficients a feature; beyond this its table is unreadable
TRUTHS = ("1", "true", "yes", "y", "t", "positive", "pos")


@dataclass(frozen=True)
class TargetCounts:
    """Counts of the target's values: a state over batches."""

    values: Distinct
    rows: int

    @classmethod
    def of(cls, batch: Batch, name: str) -> TargetCounts:
        """The counts of one batch."""
        column = batch.columns[name]
        zeros = np.zeros(batch.rows, np.int32)
        if isinstance(column, Coded):
            levels = np.array([*column.levels, None], object)[:-1]
            counts = Distinct.of_levels(hash_levels(column.levels), levels, column.codes, zeros, 1)
        else:
            counts = Distinct.of(hash_numbers(column), column, zeros, 1)
        return cls(counts, batch.rows)

    def __add__(self, other: TargetCounts) -> TargetCounts:
        return TargetCounts(self.values + other.values, self.rows + other.rows)


def find(specs: tuple[Spec, ...], name: str, option: str = "--target") -> Spec:
    """The column of that name.

    Raises: InputError that names the nearest column.
    """
    for spec in specs:
        if spec.name == name:
            return spec
    names = [s.name for s in specs]
    lower = {n.lower(): n for n in names}
    near = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.5)
    hint = (
        f"did you mean {lower[near[0]]!r}?"
        if near
        else f"the columns are {', '.join(map(repr, names[:12]))}{' …' if len(names) > 12 else ''}"
    )
    raise InputError(f"{option} {name!r}: no such column; {hint}")


def text_of(value: object) -> str:
    """A class as text: whole numbers without a decimal point."""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)


def classes_of(spec: Spec, counts: TargetCounts) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The classes in their order (numbers by size, text by alphabet) and the rows of each.

    Raises: InputError for a target that is a date, missing, constant, a measurement, has too many classes, or a class
    of one row.
    """
    name, values = spec.name, counts.values
    if spec.kind == "date":
        raise InputError(f"--target {name!r}: expected classes, got dates; name a column with two or more classes")
    if not values.hashes.size:
        raise InputError(f"--target {name!r}: every one of the {counts.rows:,} rows is missing; name another column")
    if spec.kind == "number" and values.number > MOST_NUMBERS:
        raise InputError(
            f"--target {name!r}: expected classes, got a number with {values.number:,.0f} distinct values (more "
            f"than {MOST_NUMBERS}), which is a "
            f"regression target; cut it into classes first, for example {name} > "
            f"{float(np.median(values.values.astype(float))):g}"
        )
    if values.number > MOST_CLASSES:
        raise InputError(
            f"--target {name!r}: expected at most {MOST_CLASSES} classes, got {values.number:,.0f} (such as "
            f"{values.values[0]!r}); group them, or name another column"
        )
    pairs = sorted(zip(values.values.tolist(), values.counts[:, 0].tolist(), strict=True))
    if len(pairs) == 1:
        raise InputError(
            f"--target {name!r}: constant, every row is {text_of(pairs[0][0])!r}; there is nothing to tell "
            f"apart, name another column"
        )
    for value, n in pairs:
        if n == 1:
            raise InputError(
                f"--target {name!r}: class {text_of(value)!r} has a single row, from which nothing can be "
                f"learned or judged; leave that row out or merge the class with another"
            )
    return tuple(text_of(v) for v, _ in pairs), tuple(n for _, n in pairs)


def positive_of(
    classes: tuple[str, ...], counts: tuple[int, ...], wanted: str | None, scored: bool = False
) -> tuple[str | None, str]:
    """The positive class and how it was chosen; None for three classes and more, unless one is asked for.

    Raises: InputError when the class asked for does not exist.
    """
    if wanted is not None:
        for name in classes:
            if wanted == name or (_number(wanted) is not None and _number(wanted) == _number(name)):
                return name, "chosen by --positive"
        raise InputError(
            f"--positive {wanted!r}: the target has no such class; its classes are {', '.join(map(repr, classes))}"
        )
    if len(classes) > 2:
        return None, ""
    if scored:  # scores are of the class that says yes, however frequent it is
        for name in classes:
            if name.lower() in TRUTHS:
                return name, "the one that says yes, as scores were given; --positive chooses the other"
    if counts[0] != counts[1]:
        return classes[int(np.argmin(counts))], "the rarer class, by default; --positive chooses the other"
    for name in classes:
        if name.lower() in TRUTHS:
            return name, "both classes are as frequent; the one that says yes, by default; --positive chooses the other"
    return classes[1], "both classes are as frequent; the last in order, by default; --positive chooses the other"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None

"""From a table to texts with their labels; repeats are found, rows that lack one of the two are left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.table import Batch, Coded
from cutaway.studies.run.data import Texts
from cutaway.studies.run.reading import opened

MOST_CLASSES = 50


def texts(table: Any, text: str, target: str, progress: Progress = silent) -> Texts:
    """Texts and labels of a file or a table in memory.

    Args:
        table: What `cutaway audit` reads: a path, or a table in memory.
        text: The column of texts.
        target: The column of labels, of 2 to 50 classes.
        progress: Told of the rows read.

    Raises:
        InputError: A column is not there, the texts are numbers or dates, no row has both, or the labels are of one
            class or of too many.
    """
    if text == target:
        raise InputError(f"text and target: expected two columns, got {text!r} for both; name the other")
    source = opened(table, (text, target), progress)
    kinds = {spec.name: spec.kind for spec in source.specs}
    if kinds[text] != "category":
        raise InputError(f"text {text!r}: expected words, got a {kinds[text]} column; name another")
    if kinds[target] == "date":
        raise InputError(f"target {target!r}: expected classes, got dates; name another")
    said: list[str] = []
    labels: list[str] = []
    rows = 0
    for batch in source.batches((text, target)):
        rows += batch.rows
        for one, label in zip(_words(batch, text), _words(batch, target), strict=True):
            if one is not None and label is not None:
                said.append(one)
                labels.append(label)
    if not said:
        raise InputError(f"{source.name}: no row has both {text!r} and {target!r}; name other columns")
    return labelled(said, labels, source.name, target, left_out=rows - len(said))


def labelled(said: list[str], labels: list[str], name: str, target: str, left_out: int = 0) -> Texts:
    """Texts with labels from lists; the classes in the order of their names.

    Raises:
        InputError: One class, or too many.
    """
    classes, codes = np.unique(np.array(labels, dtype=object).astype(str), return_inverse=True)
    if not 2 <= len(classes) <= MOST_CLASSES:
        shown = ", ".join(repr(str(each)) for each in classes[:3])
        more = " …" if len(classes) > 3 else ""
        raise InputError(
            f"target {target!r}: expected 2 to {MOST_CLASSES} classes, got {len(classes):,} ({shown}{more}); "
            "name another column"
        )
    return Texts(tuple(said), codes.astype(np.intp), tuple(map(str, classes)), name, target, left_out)


def _words(batch: Batch, name: str) -> list[str | None]:
    """A column's cells as words, None where missing or of blanks only."""
    column = batch.columns[name]
    if isinstance(column, Coded):
        levels = [level if level.strip() else None for level in column.levels]
        return [None if code < 0 else levels[code] for code in column.codes.tolist()]
    return [None if np.isnan(value) else f"{value:.10g}" for value in column.tolist()]

"""Which representation of text to use: measured on the reader's table, and on two tables beforehand."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.errors import CutawayError, InputError
from cutaway.core.figures import Axis, Bars, Figure, Intervals
from cutaway.core.progress import Progress
from cutaway.core.wording import two_digits
from cutaway.studies.run.data import Texts
from cutaway.studies.run.result import Result, Table

if TYPE_CHECKING:
    from cutaway.science.embed import Choice, Representation

BAG, STATIC, CONTEXTUAL = "bag of words", "static vectors", "contextual vectors"
FOLDS, REPEATS, MARGIN = 5, 2, 0.01
BLOCK = 64  # texts between two words of progress
CHOICE = ("data", "name", "accuracy", "low", "high", "recall", "log_loss", "milliseconds", "fit_seconds", "megabytes")
PAIRS = ("data", "one", "other", "difference", "low", "high", "p", "outcome")
VERDICTS = ("data", "rows", "distinct", "classes", "majority", "recommended", "sentence", "when")


def representations(texts: Sequence[str], progress: Progress) -> tuple[list[Representation], list[str]]:
    """The texts in each way that this machine can represent them, and what was done or could not be, in sentences."""
    from cutaway.science import embed

    notes: list[str] = []
    begin = time.process_time()
    progress("counting words", 0, None)
    counted = embed.bag(texts)
    made = [embed.Representation(BAG, counted.counts, True, time.process_time() - begin, counted.nbytes)]
    try:
        vectors = embed.glove()
        begin, parts = time.process_time(), []
        for first in range(0, len(texts), BLOCK):
            parts.append(vectors.sentences(texts[first : first + BLOCK], "weighted"))
            progress("averaging static vectors", min(first + BLOCK, len(texts)), len(texts))
        whole = np.concatenate(parts)
        made.append(embed.Representation(STATIC, whole, False, time.process_time() - begin, vectors.nbytes))
    except CutawayError as error:
        notes.append(f"Static vectors are not in the table: {error}.")
    try:
        model = embed.minilm()
        long: list[str] = []
        begin, parts = time.process_time(), []
        model.sentences(["warm"])
        begin = time.process_time()
        order = np.argsort([len(text) for text in texts], kind="stable")  # little padding
        for first in range(0, len(texts), BLOCK):
            some = [texts[at] for at in order[first : first + BLOCK]]
            parts.append(model.sentences(some, long="truncate", note=long.append))
            progress("reading with the contextual model", min(first + BLOCK, len(texts)), len(texts))
        sorted_rows = np.concatenate(parts)
        whole = np.empty_like(sorted_rows)
        whole[order] = sorted_rows
        made.append(embed.Representation(CONTEXTUAL, whole, False, time.process_time() - begin, model.nbytes))
        cut = sum("cut off" in said for said in long)
        if cut:
            notes.append(
                f"{model.name} reads {model.limit} pieces of a text at most; "
                f"{cut:,} text{' was' if cut == 1 else 's were'} cut off there."
            )
    except CutawayError as error:
        notes.append(f"Contextual vectors are not in the table: {error}.")
    return made, notes


def of_table(data: Texts, rows: int, seed: int, progress: Progress) -> Result:
    """The verdict on the reader's table, of which at most so many rows are drawn."""
    from cutaway.science import embed

    said, y, notes = data.texts, data.y, []
    if len(said) > rows:
        kept = np.sort(np.random.default_rng(seed).choice(len(said), rows, replace=False))
        notes.append(f"{rows:,} of {len(said):,} rows were drawn; --rows takes more.")
        said, y = tuple(said[at] for at in kept), y[kept]
    if data.left_out:
        notes.append(f"Rows left out, without a text or a label: {data.left_out:,}.")
    groups = repeats_of(said)
    check_rows(y, groups, data.classes, data.target_name)
    made, told = representations(said, progress)
    notes += told
    choice = embed.choose(
        made,
        y,
        data.classes,
        groups=groups,
        folds=FOLDS,
        repeats=REPEATS,
        margin=MARGIN,
        seed=seed,
        progress=progress,
    )
    if choice.distinct < choice.rows:
        notes.append(
            f"Texts that repeat others: {choice.rows - choice.distinct:,}; none was both fitted to and predicted."
        )
    tables = told_tables([wire(choice, data.name, "")])
    return Result(
        figures=figures(choice),
        tables=tables,
        numbers={"rows": choice.rows, "distinct": choice.distinct, "majority": choice.majority},
        sentences=(choice.sentence, *notes),
    )


def check_rows(y: np.ndarray, groups: np.ndarray, classes: Sequence[str], target: str) -> None:
    """Raise InputError where a class has too few different texts; before anything is computed."""
    for at, name in enumerate(classes):
        there = len(np.unique(groups[y == at]))
        if there < FOLDS:
            raise InputError(
                f"target {target!r}: expected at least {FOLDS} different texts of each class, got {there} of {name!r}; "
                "leave its rows out, or join it to another class"
            )


def repeats_of(texts: Sequence[str]) -> np.ndarray:
    """The same number for texts that are equal but for capitals and blanks.

    >>> repeats_of(["To be", "to  be", "not"]).tolist()
    [1, 1, 0]
    """
    return np.asarray(np.unique([" ".join(text.lower().split()) for text in texts], return_inverse=True)[1])


def wire(choice: Choice, data: str, when: str) -> dict[str, Any]:
    """A choice as rows of the three tables."""
    rated = [
        (
            data,
            one.name,
            one.accuracy.value,
            one.accuracy.low,
            one.accuracy.high,
            one.recall,
            one.log_loss,
            one.milliseconds,
            one.fit_seconds,
            one.nbytes / 1e6,
        )
        for one in choice.rated
    ]
    pairs = [
        (data, p.one, p.other, p.difference.value, p.difference.low, p.difference.high, p.p, p.outcome)
        for p in choice.compared
    ]
    verdict = (
        data,
        choice.rows,
        choice.distinct,
        len(choice.classes),
        choice.majority,
        choice.recommended,
        choice.sentence,
        when,
    )
    return {"choice": rated, "pairs": pairs, "verdicts": [verdict]}


@cache
def examples() -> tuple[dict[str, Any], ...]:
    """What `benchmarks/text_choice.py --keep` found; nothing where it was not run."""
    path = files("cutaway").joinpath("data", "text_choice.json")
    return tuple(json.loads(path.read_text("utf-8"))["examples"]) if path.is_file() else ()


def told_tables(found: Sequence[dict[str, Any]]) -> dict[str, Table]:
    """The three tables of one or more choices."""
    notes = {
        "choice": "a representation under the same classifier, out of fold; low, high: 95 %; times of the processor",
        "pairs": "two of them on the same folds; difference: accuracy of one minus that of the other",
        "verdicts": "what follows for each table",
    }
    out = {}
    for name, columns in (("choice", CHOICE), ("pairs", PAIRS), ("verdicts", VERDICTS)):
        rows = [row for one in found for row in one[name]]
        out[name] = Table({column: [row[at] for row in rows] for at, column in enumerate(columns)}, notes[name])
    return out


def figures(choice: Choice) -> dict[str, Figure]:
    """Accuracies with intervals, differences, and what a text costs."""
    rated = choice.rated
    best = max(rated, key=lambda one: one.accuracy.value)
    others = [choice.between(best.name, one.name) for one in rated if one is not best]
    slow = max(rated, key=lambda one: one.milliseconds)
    found: dict[str, Figure] = {
        "Told right by the same classifier": Intervals(
            alt=f"With {best.name} {best.accuracy.value:.1%} of {choice.rows:,} texts are told right, the most; "
            f"always saying the commonest class, {choice.majority:.1%}.",
            axis=Axis(label="accuracy", unit="of texts"),
            labels=tuple(one.name for one in rated),
            centre=tuple(one.accuracy.value for one in rated),
            low=tuple(one.accuracy.low for one in rated),
            high=tuple(one.accuracy.high for one in rated),
            null=choice.majority,
            notes=tuple(f"{two_digits(one.milliseconds)} ms a text, {one.nbytes / 1e6:,.0f} MB" for one in rated),
        ),
        "Time a text": Bars(
            alt=f"To represent a text takes {slow.name} {two_digits(slow.milliseconds)} milliseconds, the longest.",
            axis=Axis(label="to represent a text", unit="ms"),
            labels=tuple(one.name for one in rated),
            values=tuple(one.milliseconds for one in rated),
        ),
    }
    if others:
        found[f"How far {best.name} is ahead"] = Intervals(
            alt=f"Against {others[0].other} the difference is {others[0].difference.value:.1%} of texts, "
            f"from {others[0].difference.low:.1%} to {others[0].difference.high:.1%}.",
            axis=Axis(label="difference of accuracy", unit="of texts"),
            labels=tuple(f"than {one.other}" for one in others),
            centre=tuple(one.difference.value for one in others),
            low=tuple(one.difference.low for one in others),
            high=tuple(one.difference.high for one in others),
            null=0.0,
        )
    return found

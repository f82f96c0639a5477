"""`cutaway tune`: from a table or an objective to a comparison of tuning methods, and a configuration to use."""

from __future__ import annotations

import os
import re
import shutil
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cutaway.cli import VERBS, endings
from cutaway.cli.arguments import EngineName, listed, parsed
from cutaway.cli.bars import Bar
from cutaway.cli.destination import Destination, Format, destination, stem
from cutaway.cli.options import FormatOption, OutOption, SchedulerOption, refuse_scheduler
from cutaway.core.errors import InputError

if TYPE_CHECKING:
    from cutaway.core.contest import Contest

OBJECTIVE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
DATABASE = "sqlite:///cutaway-tuning.db"
NOWHERE = "none"
TRIALS = 60


class Direction(StrEnum):
    """Which values are good."""

    minimize = "minimize"
    maximize = "maximize"


class Pruning(StrEnum):
    """Whether trials are given up early."""

    none = "none"
    halving = "halving"
    hyperband = "hyperband"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    object: str
    destination: Destination
    methods: tuple[str, ...]
    trials: int | None
    seconds: float | None
    repeats: int
    seed: int
    batch: int
    jobs: int | None
    space: str | None
    direction: str | None
    table: dict[str, Any]  # target, model and so on; empty for an objective
    outer_folds: int
    storage: str | None
    name: str | None
    engine: EngineName
    scheduler: str | None
    timeout: float | None
    memory: float | None
    pruning: Pruning


def run(arguments: list[str]) -> int:
    """Tune as the arguments say, write the report, and return the exit status."""
    request = parsed(_request, "tune", arguments)
    if isinstance(request, int):
        return request
    warnings.simplefilter("ignore")  # what a library has to say of its arithmetic is no message to the user
    from cutaway.cli import contests
    from cutaway.tuning.search import Interrupted

    try:
        with Bar() as progress, ExitStack() as stack:
            result = contests.held(request, lambda: stack.enter_context(_workers(request)), progress)
    except Interrupted as error:
        endings.show(contests.best_so_far(error, contests.direction_of(request)))
        raise
    deliver(result, request.destination)
    return endings.DONE


def _request(
    object: Annotated[
        str,
        typer.Argument(
            metavar="OBJECT",
            help="A table (CSV, Parquet, Arrow), with --target and --model; or your own objective as "
            "PKG.MODULE:FUNCTION, with --space: it is imported from the current folder and called with a dictionary "
            "of parameters, and returns the value.",
        ),
    ],
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Of a table: the column of classes to be predicted.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a table: logistic, svm, boosting or mlp.")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Of a table: auc (two classes' default), accuracy (that of more) or log_loss."
        ),
    ] = None,
    folds: Annotated[int, typer.Option(metavar="N", help="Of a table: folds that a search sees.")] = 5,
    outer_folds: Annotated[
        int, typer.Option(metavar="N", help="Of a table: folds for the score that no search sees.")
    ] = 3,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Of a table: leave the column out. *")
    ] = None,
    rows: Annotated[int | None, typer.Option(metavar="N", min=10, help="Of a table: draw so many of its rows.")] = None,
    space: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What is searched: a TOML file, or PKG.MODULE:NAME. A model brings its own."),
    ] = None,
    direction: Annotated[
        Direction | None, typer.Option(help="Of an objective: which values are good; minimize by default.")
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="grid, random, quasi, tpe, gp, cmaes; tpe by default. Several are compared. *"
        ),
    ] = None,
    budget: Annotated[
        int | None, typer.Option(metavar="N", help=f"Trials of each search; {TRIALS} by default.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds of each search; with --budget, what ends first.")
    ] = None,
    repeats: Annotated[int, typer.Option(metavar="N", help="Repeats with other seeds, for intervals.")] = 1,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Decides every trial.")] = 0,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", help="Trials at a time; all cores by default. It changes no result.")
    ] = None,
    batch: Annotated[
        int, typer.Option(metavar="N", help="Trials that a method is asked for at once; it changes the result.")
    ] = 4,
    storage: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where trials are kept as they end, to go on from there: sqlite:///FILE, postgresql://…, or none.",
        ),
    ] = DATABASE,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of the search in the storage; by default made from what was asked for."),
    ] = None,
    timeout: Annotated[float | None, typer.Option(metavar="S", help="Give up a trial that takes longer.")] = None,
    memory: Annotated[
        float | None, typer.Option(metavar="MB", help="End a trial whose process takes more memory.")
    ] = None,
    pruning: Annotated[
        Pruning,
        typer.Option(help="Give up trials that report too little; a table's models report each fold."),
    ] = Pruning.none,
    engine: Annotated[
        EngineName, typer.Option(help="Where trials run: processes of this machine, or Dask's workers.")
    ] = EngineName.local,
    scheduler: SchedulerOption = None,
    format: FormatOption = None,
    out: OutOption = None,
) -> Request:
    own = OBJECTIVE.fullmatch(object) is not None and not os.path.exists(object)
    dropped = listed("--drop", drop or ())
    given = {"target": target, "model": model, "metric": metric, "rows": rows, "drop": dropped or None}
    _refuse(object, own, given, space, direction)
    refuse_scheduler(scheduler, engine)
    for option, value in (("--jobs", jobs), ("--repeats", repeats), ("--batch", batch), ("--budget", budget)):
        if value is not None and value < 1:
            raise InputError(f"{option} {value}: expected at least 1")
    if out is None and format is Format.html:
        out = f"{'objective' if own else stem(object)}-tuning.html"
    return Request(
        object=object,
        destination=destination(format, out, object),
        methods=listed("--methods", methods or ["tpe"]),
        trials=TRIALS if budget is None and seconds is None else budget,
        seconds=seconds,
        repeats=repeats,
        seed=seed,
        batch=batch,
        jobs=jobs,
        space=space,
        direction=None if direction is None else direction.value,
        table={} if own else {**given, "folds": folds, "drop": dropped},
        outer_folds=outer_folds,
        storage=None if storage == NOWHERE else storage,
        name=name,
        engine=engine,
        scheduler=scheduler,
        timeout=timeout,
        memory=memory,
        pruning=pruning,
    )


_request.__doc__ = (
    VERBS["tune"]
    + """

Searches with each method at the same budget, says which one pays, and what the score is worth on rows that no search
has seen.

Options marked * may be repeated, or take several values separated by commas.

Exit status: 0 done, 2 bad input, 130 interrupted (the best so far is printed; the same command goes on from there).
"""
)


def _refuse(object: str, own: bool, given: dict[str, Any], space: str | None, direction: Direction | None) -> None:
    """Raise InputError for options that do not go together."""
    if own:
        for option, value in given.items():
            if value is not None:
                raise InputError(f"--{option}: is for a table, and {object} names an objective; leave it out")
        if space is None:
            raise InputError(f"--space FILE is missing: what does {object} take? Write a TOML file of its parameters")
        return
    if given["target"] is None:
        raise InputError(
            f"--target COLUMN is missing: which column of {object} is to be predicted? "
            f"(To tune a function of yours: cutaway tune PKG.MODULE:FUNCTION --space FILE)"
        )
    if given["model"] is None:
        raise InputError("--model NAME is missing: expected logistic, svm, boosting or mlp")
    if direction is not None:
        raise InputError("--direction: a metric has its own; leave it out, or choose another --metric")


def _workers(request: Request) -> Any:
    """Whoever runs the trials, as a context."""
    from cutaway.core.threads import cores
    from cutaway.tuning.limits import Limits
    from cutaway.tuning.workers import Here, Processes

    limits = Limits(request.timeout, request.memory)
    count = min(cores(), request.batch) if request.jobs is None else request.jobs
    if request.engine is EngineName.dask:
        from cutaway.tuning.cluster import Cluster

        return Cluster(request.scheduler, count, limits)
    return Here() if count == 1 and limits == Limits() else Processes(count, limits)


def deliver(result: Contest, to: Destination) -> None:
    """Write the report where it is to go."""
    from cutaway import report
    from cutaway.cli import contests

    if to.path is None:
        width = shutil.get_terminal_size().columns
        ascii_only = not endings.output_encoding().lower().startswith("utf")
        endings.show(contests.as_text(result, to.format, width=width, ascii_only=ascii_only))
        return
    text = contests.as_text(result, to.format)
    report.write(text, to.path)
    endings.say(f"Wrote {to.path} ({len(text.encode('utf-8', 'replace')) / 1000:,.0f} kB): {result.summary}")

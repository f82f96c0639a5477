"""`cutaway audit`: from a file to findings."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from cutaway.cli import VERBS, endings
from cutaway.cli.arguments import EngineName, assigned, listed, parsed
from cutaway.cli.bars import Bar
from cutaway.cli.destination import Destination, Format, destination
from cutaway.cli.options import (
    FailOn,
    FailOnOption,
    FormatOption,
    IgnoreOption,
    OutOption,
    SchedulerOption,
    refuse_scheduler,
    refuse_seed,
)
from cutaway.core.errors import InputError

if TYPE_CHECKING:
    from cutaway.core.audit import Audit, ImagesAudit, NetworkAudit

EMBEDDED = Path(__file__).parents[1] / "data" / "nasscds.parquet"
EMBEDDED_TARGET = "dead"
EMBEDDED_LINE = (
    "No file was named: this is the embedded table, people in crashed cars in the United States, 1997 to 2002 "
    "(NASS CDS). The target is {target}. For a table of yours: cutaway audit FILE --target COLUMN"
)
COLUMNS_SHOWN = 30


class Interval(StrEnum):
    """How the intervals of the coefficients are made."""

    wald = "wald"
    profile = "profile"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    table: str
    target: str | None
    destination: Destination
    fail_on: FailOn
    options: dict[str, Any]  # of `cutaway.audit`
    engine: EngineName = EngineName.local
    scheduler: str | None = None


def run(arguments: list[str]) -> int:
    """Audit as the arguments say, write the report, and return the exit status."""
    if any(word == "--model" or word.startswith("--model=") for word in arguments):
        from cutaway.cli import network

        return network.run(arguments)
    if _of_images(arguments):
        from cutaway.cli import folder

        return folder.run(arguments)
    request = parsed(_request, "audit", arguments)
    if isinstance(request, int):
        return request
    warnings.simplefilter("ignore")  # what a library has to say of its arithmetic is no message to the user
    with Bar() as progress, _engine(request, progress) as engine:
        if request.target is None:
            _refuse_to_guess(request, progress)
        from cutaway.checks import audit
        from cutaway.checks.run.discovery import chosen

        if not chosen(request.options["select"], request.options["ignore"]):
            raise InputError("--select/--ignore: together they leave no check to ask; leave one of them out")
        result = audit(request.table, request.target, engine=engine, progress=progress, **request.options)
    deliver(result, request.destination)
    return judged(result, request.fail_on)


def _of_images(arguments: list[str]) -> bool:
    """Whether a folder of images is meant: --labels says so, or the first word that is no option names a folder."""
    if any(word == "--labels" or word.startswith("--labels=") for word in arguments):
        return True
    if any(word.startswith("--target") for word in arguments):
        return False  # of a table; it is told what is wrong with a folder
    return bool(arguments) and not arguments[0].startswith("-") and Path(arguments[0]).is_dir()


def _request(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            show_default=False,
            help="CSV (also .gz, .zst), Parquet, Arrow or Feather; "
            "in quotes, a pattern of Parquet files. Without it, an embedded real table is audited. A folder is audited "
            "as images: cutaway audit --labels --help lists the options.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column to be predicted, with two classes or more.")
    ] = None,
    positive: Annotated[
        str | None, typer.Option(metavar="VALUE", help="The target's positive class; by default the rarer one.")
    ] = None,
    weight: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Sampling weights, for weighted estimates with robust errors.")
    ] = None,
    test: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A second table of the same columns, to be compared with the first."),
    ] = None,
    scores: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="A model's probabilities of the positive class, or one column a class in their order; twice as many "
            "compare two models. Without it a plain model's scores are judged. *",
        ),
    ] = None,
    logits: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="The same as log-odds. *")] = None,
    cost_fp: Annotated[float | None, typer.Option(metavar="COST", help="What a false alarm costs.")] = None,
    cost_fn: Annotated[
        float | None, typer.Option(metavar="COST", help="What a miss costs, in the same unit; 1 and 1 by default.")
    ] = None,
    cost_column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="What each row costs when it is decided wrongly.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Compare how the groups in this column are treated.")
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Leave the column out. *")] = None,
    text: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Read the column as categories. *")] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Ask only these checks: DAT004, or LOG for all that begin so. *"),
    ] = None,
    ignore: IgnoreOption = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="CODE.NAME=VALUE",
            help="Change a setting, as in DAT001.max_share=0.9; cutaway checks CODE names them. *",
        ),
    ] = None,
    intervals: Annotated[
        Interval, typer.Option(help="Intervals of the coefficients: Wald's, or by profile likelihood (slower).")
    ] = Interval.wald,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the sample and of the folds.")] = 0,
    engine: Annotated[
        EngineName, typer.Option(help="Where the rows are read: in this process, or by Dask's workers (Parquet only).")
    ] = EngineName.local,
    scheduler: SchedulerOption = None,
    format: FormatOption = None,
    out: OutOption = None,
    fail_on: FailOnOption = FailOn.never,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="PKG.MODULE:FACTORY",
            help="Audit a PyTorch or Keras model in place of a table: your function that returns it is imported from "
            "the current folder and run. cutaway audit --model --help lists its options.",
        ),
    ] = None,
) -> Request:
    table = str(EMBEDDED) if file is None else file
    chosen = target if target is not None or file is not None else EMBEDDED_TARGET
    if table == "-":
        raise InputError(
            "FILE '-': standard input cannot be audited, because a table is read more than once; save it to a file"
        )
    refuse_seed(seed)
    refuse_scheduler(scheduler, engine)
    dropped = listed("--drop", drop or ())
    scored, log_odds = listed("--scores", scores or ()), listed("--logits", logits or ())
    needed = [("--target", chosen), ("--weight", weight), ("--cost-column", cost_column), ("--group", group)]
    needed += [("--scores", column) for column in scored] + [("--logits", column) for column in log_odds]
    for option, column in needed:
        if column in dropped:
            raise InputError(
                f"--drop {column!r}: it is the column of {option}, which is needed; leave it out of --drop"
            )
    request = Request(
        table=table,
        target=chosen,
        destination=destination(format, out, table, () if test is None else (test,)),
        fail_on=fail_on,
        options={
            "positive": positive,
            "weight": weight,
            "test": test,
            "scores": scored,
            "logits": log_odds,
            "cost_fp": cost_fp,
            "cost_fn": cost_fn,
            "cost_column": cost_column,
            "group": group,
            "drop": dropped,
            "text": listed("--text", text or ()),
            "select": listed("--select", select or ()),
            "ignore": listed("--ignore", ignore or ()),
            "settings": assigned(set_ or ()),
            "profile": intervals is Interval.profile,
            "seed": seed,
        },
        engine=engine,
        scheduler=scheduler,
    )
    if file is None:
        endings.say(EMBEDDED_LINE.format(target=chosen))
    return request


_request.__doc__ = (
    VERBS["audit"]
    + """

Says what is wrong or noteworthy in the data and in the model, why it matters and what to do.

Options marked * may be repeated, or take several values separated by commas; a name with a comma stands in double
quotes.

Exit status: 0 done, 1 by --fail-on, 2 bad input.
"""
)


def _engine(request: Request, progress: Bar) -> AbstractContextManager[Any]:
    """The engine that was asked for, in the context in which it works; None stands for the local one."""
    if request.engine is EngineName.local:
        return nullcontext()
    from cutaway.engines.dask import Dask

    progress("connecting to the workers", 0, None)
    return Dask(request.scheduler)


def _refuse_to_guess(request: Request, progress: Bar) -> NoReturn:
    """Raise the error for a missing target: the columns that there are."""
    from cutaway.engines.readers import open_table

    source = open_table(request.table, text=request.options["text"], drop=request.options["drop"], progress=progress)
    names = [repr(spec.name) for spec in source.specs]
    more = f" and {len(names) - COLUMNS_SHOWN} more" if len(names) > COLUMNS_SHOWN else ""
    raise InputError(
        f"--target COLUMN is missing: which column of {source.name} is to be predicted? "
        f"Its columns are {', '.join(names[:COLUMNS_SHOWN])}{more}"
    )


def deliver(result: Audit | ImagesAudit | NetworkAudit, to: Destination) -> None:
    """Write the report where it is to go; what it is of less use without goes to standard error."""
    from cutaway import report
    from cutaway.cli import renderings

    for outcome in result.outcomes:
        if outcome.status == "crashed":
            whose = f"of {outcome.origin}; please tell its makers" if outcome.origin else "in cutaway; please report it"
            endings.say(f"{outcome.code} {outcome.name} crashed, which is a bug {whose}: {outcome.reason}")
    if to.path is None:
        if to.format is Format.terminal:
            endings.output(lambda: renderings.on_terminal(result))
        else:
            endings.show(renderings.as_text(result, to.format, endings.output_encoding()))
        return
    text = renderings.as_text(result, to.format)
    report.write(text, to.path)
    endings.say(f"Wrote {to.path} ({len(text.encode('utf-8', 'replace')) / 1000:,.0f} kB): {_tally(result)}.")


def _tally(result: Audit | ImagesAudit | NetworkAudit) -> str:
    """As the report counts: findings, and checks that crashed."""
    from cutaway.report.facts import tally

    told = [f"{number} {name}" for number, name in tally(result) if name not in ("passed", "not applicable")]
    return ", ".join(told)


def judged(result: Audit | ImagesAudit | NetworkAudit, fail_on: FailOn) -> int:
    """A check that crashed has not passed, so it fails whatever a finding would fail."""
    failing = {FailOn.never: set(), FailOn.issue: {"issue", "crashed"}, FailOn.tip: {"issue", "tip", "crashed"}}[
        fail_on
    ]
    return endings.FOUND if any(outcome.status in failing for outcome in result.outcomes) else endings.DONE

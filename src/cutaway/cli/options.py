"""Options that several verbs take, each declared once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cutaway.cli.arguments import EngineName
from cutaway.cli.destination import Format
from cutaway.core.errors import InputError

LARGEST_SEED = 2**63 - 1


class FailOn(StrEnum):
    """The gravest status that still counts as success."""

    issue = "issue"
    tip = "tip"
    never = "never"


FormatOption = Annotated[Format | None, typer.Option(help="By default as the suffix of --out says, else terminal.")]
OutOption = Annotated[str | None, typer.Option(metavar="FILE", help="Where to write the report; - is standard output.")]
FailOnOption = Annotated[FailOn, typer.Option(help="Exit with status 1 from this on; a crashed check counts, too.")]
IgnoreOption = Annotated[list[str] | None, typer.Option(metavar="CODE", help="Do not ask these checks. *")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="CODE.NAME=VALUE", help="Change a setting; cutaway checks CODE names them. *"),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Dask's scheduler, as tcp://…; without it a cluster is started here."),
]


def refuse_scheduler(scheduler: str | None, engine: EngineName) -> None:
    """Raises: InputError for a scheduler that no engine would ask."""
    if scheduler is not None and engine is not EngineName.dask:
        raise InputError(f"--scheduler {scheduler}: is for --engine dask; add it, or leave out --scheduler")


def refuse_seed(seed: int) -> None:
    """Raises: InputError for a seed that is no signed 64-bit number."""
    if seed > LARGEST_SEED:
        raise InputError(f"--seed {seed}: expected a number below 2^63; choose a smaller one")

"""`cutaway images`: a folder of images through a pipeline of operations; the operations; a pipeline's code."""

from __future__ import annotations

import shutil
import textwrap
import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cutaway.cli import VERBS, endings
from cutaway.cli.arguments import parsed
from cutaway.cli.bars import Bar
from cutaway.cli.decoders import unheard
from cutaway.core.errors import InputError

if TYPE_CHECKING:
    from cutaway.engines.images import Outcome
    from cutaway.science.images import Operation, Parameter

WIDEST = 100  # longer lines are hard to read
TOLD = 20  # images left out that are named; of more, how many


class Library(StrEnum):
    """Whose code is printed."""

    skimage = "skimage"
    opencv = "opencv"
    torch = "torch"


class Kind(StrEnum):
    """The format of the results."""

    png = "png"
    jpeg = "jpeg"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    folder: str | None
    pipeline: str | None
    out: str | None
    operations: bool
    code: Library | None
    kind: Kind
    workers: int | None
    resume: bool


def run(arguments: list[str]) -> int:
    """List the operations, print code, or put the folder through the pipeline, and return the exit status."""
    if any(word == "--benefit" or word.startswith("--benefit=") for word in arguments):
        from cutaway.cli import benefit

        return benefit.run(arguments)
    request = parsed(_request, "images", arguments)
    if isinstance(request, int):
        return request
    if request.operations:
        from cutaway.science.images import operations

        return endings.show(listing(operations(), min(shutil.get_terminal_size().columns, WIDEST)))
    if request.pipeline is None:
        raise InputError("--pipeline: expected a .toml file; cutaway images --operations lists what it may hold")
    from cutaway.engines.images import apply_folder, read_pipeline

    pipeline = read_pipeline(request.pipeline)
    if request.code is not None:
        return endings.show(pipeline.code(request.code.value))
    if request.folder is None or request.out is None:
        raise InputError(
            "images: expected a folder and --out, such as cutaway images photos/ --pipeline p.toml --out ready/"
        )
    warnings.simplefilter("ignore")  # what a decoder has to say of a damaged file is told as a reason
    with unheard(), Bar() as progress:
        outcome = apply_folder(
            request.folder,
            pipeline,
            request.out,
            workers=request.workers,
            resume=request.resume,
            progress=progress,
            kind=request.kind.value,
        )
    endings.show(summary(outcome))
    if not outcome.made + outcome.kept:
        raise InputError("images: no image could be put through the pipeline; the reasons are above")
    return endings.DONE


def summary(outcome: Outcome) -> str:
    """What was made, what an earlier run had made, and what was left out and why."""
    from cutaway.report.text import plain

    lines = [f"{_images(outcome.made)} made in {plain(str(outcome.out))}, in {outcome.seconds:.1f} s"]
    if outcome.kept:
        lines.append(f"{_images(outcome.kept)} kept, made by an earlier run")
    if outcome.skipped:
        lines.append(f"{_images(len(outcome.skipped))} left out:")
        lines += [f"  {plain(one.name)}: {plain(one.reason)}" for one in outcome.skipped[:TOLD]]
        if len(outcome.skipped) > TOLD:
            lines.append(f"  and {len(outcome.skipped) - TOLD:,} more")
    return "\n".join(lines) + "\n"


def listing(operations: tuple[Operation, ...], width: int) -> str:
    """Every operation by group: what it does, its parameters, its effect on the histogram and on the spectrum."""
    lines: list[str] = []
    group = ""
    for one in operations:
        if one.group != group:
            group = one.group
            lines += [group.upper(), ""]
        needs = "" if one.needs == "any" else f" Takes {one.needs} images only."
        lines.append(f"  {one.name}")
        lines += textwrap.wrap(one.sentence + needs, width, initial_indent="      ", subsequent_indent="      ")
        for parameter in one.parameters:
            lines += textwrap.wrap(_parameter(parameter), width, initial_indent="      ", subsequent_indent="        ")
        for label, text in (("histogram", one.histogram), ("spectrum", one.spectrum)):
            lines += textwrap.wrap(f"{label}: {text}", width, initial_indent="      ", subsequent_indent="        ")
        lines.append("")
    return "\n".join(lines)


def _parameter(one: Parameter) -> str:
    if one.kind == "choice":
        may = f"= {' | '.join(one.choices)} (default {one.default})"
    else:
        default = "required" if one.required else "none by default" if one.default is None else f"default {one.default}"
        three = "three of " if one.kind == "numbers" else ""
        unit = f" {one.unit}" if one.unit else ""
        may = f"= {three}{one.low:g} … {one.high:g}{unit} ({default})"
    return f"{one.name} {may}: {one.sentence}"


def _images(number: int) -> str:
    return f"{number:,} image{'' if number == 1 else 's'}"


def _request(
    folder: Annotated[
        str | None, typer.Argument(metavar="FOLDER", show_default=False, help="Images, in folders too; or a .zip.")
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option(metavar="FILE.toml", help="[[step]] tables: operation = …, and its parameters.")
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Where the results go: new, empty, or of an earlier run.")
    ] = None,
    operations: Annotated[bool, typer.Option("--operations", help="List what a pipeline may hold.")] = False,
    code: Annotated[Library | None, typer.Option(help="Print the pipeline as code that gives the same pixels.")] = None,
    kind: Annotated[Kind, typer.Option(help="Format of the results; floats become .npy.")] = Kind.png,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=256, help="Threads; by default, the cores.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Go on where an earlier run stopped, or make all anew.")
    ] = True,
) -> Request:
    return Request(folder, pipeline, out, operations, code, kind, workers, resume)


_request.__doc__ = f"""{VERBS["images"]}

    EXIF's orientation is honoured. Images that cannot be read are left out and told; links are not followed; no more
    than 100,000,000 pixels are decoded. A run that was interrupted or killed is resumed by the same command.

    Begin with: cutaway images --operations

    Exit status: 0 done, 2 bad input or no image that could be read.
"""

"""`cutaway compare`: what each installed framework really computes, and what converts one into the other."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cutaway.cli import VERBS, endings
from cutaway.cli.arguments import parsed
from cutaway.cli.bars import Bar
from cutaway.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway.compare.run.atlas import Compared
    from cutaway.compare.run.topic import Topic

WIDEST = 120


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    topic: str | None
    source: str | None
    target: str | None
    everything: bool
    names_only: bool
    json: str | None
    kernels: Path | None


def run(arguments: list[str]) -> int:
    """Compare as the arguments say, print what was found as it comes, and return the exit status."""
    request = parsed(_request, "compare", _filled(arguments))
    if isinstance(request, int):
        return request
    from cutaway.cli import atlas
    from cutaway.compare.run.discovery import discover, named, refused

    width = min(shutil.get_terminal_size().columns, WIDEST)
    unusable = refused() if request.topic is None else ()
    for each in unusable:
        endings.say(f"cutaway compare: {each}")
    if request.names_only:
        return endings.show(atlas.names(discover(), width))
    topics = discover() if request.topic is None else (named(request.topic),)
    if request.source is not None and request.target is not None:
        topics[0].converters_between(request.source, request.target)  # refused before anything runs
    if request.kernels is not None:
        from cutaway.cli import columns

        return columns.run(topics, request.kernels, request.json, full=request.everything or request.topic is not None)
    found = []
    colour = sys.stdout is not None and sys.stdout.isatty()
    for one in _run(topics):
        found.append(one)
        if request.json == "-":
            continue
        if request.source is not None and request.target is not None:
            text = atlas.conversion(one, request.source, request.target, width, colour=colour)
        elif request.everything or request.topic is not None:
            text = atlas.table(one, width, colour=colour)
        else:
            text = atlas.line(one, width, colour=colour)
        endings.show(text)
    if request.json is not None:
        _deliver(found, request.json)
    broken = [one.topic.name for one in found if not one.stands]
    if broken:
        endings.say(
            f"cutaway compare: {', '.join(broken)}: a value or a converter no longer does what the file states, as "
            "marked above; a newer release of a framework may have changed it"
        )
    return endings.FOUND if broken or unusable else endings.DONE


def _run(topics: tuple[Topic, ...]) -> Iterator[Compared]:
    from cutaway.compare.run.atlas import finished, processes

    total = sum(len(share) for share in processes(topics).values())
    done = 0
    with Bar() as progress:

        def heard(answer: dict[str, object]) -> None:
            nonlocal done
            done += "done" in answer
            progress("calling the frameworks", done, total)

        yield from finished(topics, heard)


def _deliver(found: list[Compared], place: str) -> None:
    from cutaway import report
    from cutaway.cli.renderings import json_text
    from cutaway.compare.run.atlas import to_json

    ordered = sorted(found, key=lambda one: one.topic.name)
    if place == "-":
        endings.show(json_text(to_json(ordered), ascii_only=not endings.output_encoding().lower().startswith("utf")))
        return
    report.write(json_text(to_json(ordered)), Path(place))
    endings.say(f"Wrote {place}: {len(found)} topics.")


def _request(
    topic: Annotated[
        str | None,
        typer.Argument(metavar="TOPIC", show_default=False, help="One topic, in full. Without it, a line for each."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--from", metavar="FRAMEWORK", help="Convert from this framework, with --to.")
    ] = None,
    target: Annotated[str | None, typer.Option("--to", metavar="FRAMEWORK", help="Convert to this framework.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every topic, in full.")] = False,
    names_only: Annotated[
        bool, typer.Option("--list", help="The topics' questions, without running anything.")
    ] = False,
    json: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what was found as JSON; - is standard output.")
    ] = None,
    kernels: Annotated[
        Path | None,
        typer.Option(
            metavar="[FILE]",
            help="Call each framework in the notebook kernels of this setup (kernels.toml unless named), so that "
            "versions stand side by side that exclude each other.",
        ),
    ] = None,
) -> Request:
    if (source is None) != (target is None):
        missing = "--to" if target is None else "--from"
        raise InputError(f"--from and --to belong together: {missing} FRAMEWORK is missing")
    if source is not None and topic is None:
        raise InputError("--from and --to need a TOPIC; cutaway compare --list names them")
    if json is not None and json != "-" and not (Path(json).resolve().parent.is_dir() and not Path(json).is_dir()):
        raise InputError(f"--json {json!r}: expected the name of a file in an existing folder")
    if kernels is not None and source is not None:
        raise InputError("--kernels compares what frameworks compute; leave out --from and --to")
    return Request(topic, source, target, everything, names_only, json, kernels)


def _filled(arguments: list[str]) -> list[str]:
    """The arguments, with the usual file behind a --kernels that names none."""
    out: list[str] = []
    for one, after in zip(arguments, [*arguments[1:], ""], strict=True):
        out.append(one)
        if one == "--kernels" and not after.endswith(".toml"):
            out.append("kernels.toml")
    return out


_request.__doc__ = (
    VERBS["compare"]
    + """

Every value is computed by calling the framework, in a process of its own; which frameworks agree is found, not known.

Exit status: 0 done, 1 a value or a converter is not what the file states, 2 bad input.
"""
)

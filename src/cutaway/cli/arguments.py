"""From the words of a command line to typed values, or one sentence that says what is wrong with them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from cutaway.cli import endings
from cutaway.core.errors import InputError

T = TypeVar("T")

HELP = ("--help", "-h")


class EngineName(StrEnum):
    """Where the work is done: in this process and its own, or by Dask's workers."""

    local = "local"
    dask = "dask"


def parsed(verb: Callable[..., T], name: str, arguments: Sequence[str]) -> T | int:
    """What the verb's function returns for these arguments; an exit status when they asked for help, now printed.

    Raises: InputError for an option that does not exist or a value of the wrong type.
    """
    import typer

    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name)(verb)
    command = typer.main.get_command(app)
    program = f"cutaway {name}"
    if any(word in HELP for word in arguments):
        with command.make_context(program, [], resilient_parsing=True) as context:
            return endings.show(command.get_help(context) + "\n")
    try:
        result: T | int = command.main(list(arguments), prog_name=program, standalone_mode=False)
    except Exception as error:
        # Typer brings its own copy of click from some version on: its errors are known by what they can do.
        if not hasattr(error, "format_message"):
            raise
        said = " ".join(error.format_message().split()).rstrip(".").replace("Value error, ", "")
        raise InputError(f"{said[:1].lower()}{said[1:]}; cutaway {name} --help lists the options") from error
    return result


def listed(option: str, values: Sequence[str]) -> tuple[str, ...]:
    """The names in a repeatable option that also takes several at once, separated by commas.

    A name with a comma stands in double quotes, as in CSV.

    Raises: InputError for an empty name.

    >>> listed("--drop", ["id", 'age,"height, cm"'])
    ('id', 'age', 'height, cm')
    """
    names: list[str] = []
    for value in values:
        names += _fields(value) if "," in value else [value]
    if not all(names):
        raise InputError(f"{option}: expected names separated by commas, got an empty one in {','.join(values)!r}")
    return tuple(dict.fromkeys(names))


def _fields(value: str) -> list[str]:
    try:
        return next(csv.reader([value], strict=True, skipinitialspace=True))
    except (csv.Error, StopIteration):
        return [value]


def assigned(values: Sequence[str]) -> dict[str, str]:
    """Settings by name, from `--set CODE.setting=value`.

    Raises: InputError for what is not of that form.

    >>> assigned(["dat001.max_share=0.9"])
    {'DAT001.max_share': '0.9'}
    """
    out: dict[str, str] = {}
    for one in listed("--set", values):
        key, equals, value = one.partition("=")
        code, point, setting = key.strip().partition(".")
        if not (equals and point and code and setting and value.strip()):
            raise InputError(f"--set {one!r}: expected CODE.setting=value, such as --set DAT001.max_share=0.9")
        out[f"{code.upper()}.{setting}"] = value.strip()
    return out

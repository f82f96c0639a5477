"""Parameters as text, and the way back: what a shared address, a command line and a snippet hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cutaway.core.errors import InputError
from cutaway.studies.run.parameter import Value, ranges
from cutaway.studies.run.study import Study


def as_text(value: Value) -> str:
    """The shortest text that reads back as the same value.

    >>> as_text(0.1), as_text(3.0), as_text(True), as_text("raw")
    ('0.1', '3', 'true', 'raw')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def changed(study: Study, params: Any) -> dict[str, Value]:
    """The parameters that are not at their defaults."""
    defaults = {name: default for name, (default, _) in ranges(study.module.Parameters).items()}
    return {name: value for name, value in asdict(params).items() if value != defaults[name]}


def address(study: Study, params: Any) -> str:
    """The path and query of a view: the study with what is not at its default."""
    query = urlencode({name: as_text(value) for name, value in changed(study, params).items()})
    return f"/study/{study.name}" + (f"?{query}" if query else "")


def parameters(study: Study, query: str) -> Any:
    """The parameters that a query holds; the defaults for the rest.

    Raises:
        InputError: an unknown or repeated name, or a value outside its range.
    """
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given:
            raise InputError(f"study {study.name}: parameter {name!r} is given twice; leave one out")
        given[name] = value
    return study.parameters(given)


def command(study: Study, params: Any) -> str:
    """The line that runs the same in a terminal."""
    options = [f"--{name.replace('_', '-')} {as_text(value)}" for name, value in changed(study, params).items()]
    return " ".join(["cutaway study", study.name, *options])


def snippet(study: Study, params: Any) -> str:
    """The Python that reproduces the outcome."""
    given = ", ".join(f"{name}={value!r}" for name, value in changed(study, params).items())
    return f'from cutaway import studies\n\noutcome = studies.named("{study.name}").run({given})\n'


def nearest_parameter(study: Study, name: str) -> str:
    """The end of a sentence about a name that the study does not have."""
    from difflib import get_close_matches

    known: Mapping[str, object] = ranges(study.module.Parameters)
    near = get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"

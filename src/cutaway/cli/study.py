"""`cutaway study`: the studies, and one of them run in the terminal."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from contextlib import nullcontext
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway.cli import VERBS, endings
from cutaway.cli.arguments import HELP, listed
from cutaway.cli.bars import Bar
from cutaway.cli.decoders import unheard
from cutaway.core.errors import InputError
from cutaway.core.progress import Progress

if TYPE_CHECKING:
    from cutaway.studies.run.data import Data
    from cutaway.studies.run.result import Outcome
    from cutaway.studies.run.study import Study

FLAGS = ("full", "json", "log_odds")
TAKING = ("data", "y", "score", "positive", "columns", "table", "text", "target", "folder", "labels", "html", "out")
RESERVED = (*FLAGS, *TAKING, "help")
"""Names of options that no parameter of a study may have."""
YES_NO = ("true", "false", "yes", "no", "1", "0")


@dataclass(slots=True)
class Request:
    """What was asked for: values of the study's parameters, and of the options that every study has."""

    given: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


def run(arguments: list[str]) -> int:
    """List the studies, or run the one named, and return the exit status."""
    from cutaway.cli import outcomes

    width = shutil.get_terminal_size().columns
    names = [word for word in arguments[:1] if not word.startswith("-")]
    if any(word in HELP for word in arguments):
        return endings.show(_help(names, width))
    from cutaway.studies import discover, named

    if not names:
        if arguments:
            raise InputError(f"{arguments[0]}: expected the name of a study first; cutaway study lists them")
        from cutaway.studies.run.discovery import refused

        for one in refused():
            endings.say(f"cutaway study: {one}")
        return endings.show(outcomes.listing(discover(), width))
    study = named(names[0])
    request = requested(study, arguments[1:])
    _refuse(study, request)
    warnings.simplefilter("ignore")  # what a library has to say of its arithmetic is no message to the user
    with unheard() if study.uses == "images" else nullcontext(), Bar() as progress:
        params = _parameters(study, request)
        data = _data(study, request.options, progress)
        outcome = study.run(params, progress, data)
        further = _embedded(study, params, data, progress) if "html" in request.options else []
    return _deliver(study, outcome, further, request.options)


def _help(names: list[str], width: int) -> str:
    """The page of the study where its name is known, else that of the verb."""
    from cutaway.cli import outcomes
    from cutaway.studies.run.discovery import named
    from cutaway.studies.run.discovery import names as known

    if names and names[0] in known():
        return outcomes.page(named(names[0]), width)
    return outcomes.usage(VERBS["study"], width)


def requested(study: Study, arguments: list[str]) -> Request:
    """The options by name: `--name value`, `--name=value`, and for yes or no `--name` and `--no-name`.

    Raises: InputError for an option that does not exist, and for one without its value.
    """
    from cutaway.studies.run.parameter import ranges

    known = ranges(study.module.Parameters)
    out = Request()
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            raise InputError(f"{word!r}: expected an option, --NAME VALUE; {_see(study)}")
        written, equals, value = word[2:].partition("=")
        name = written.replace("-", "_")
        negated = name.removeprefix("no_")
        if name in known and known[name][1].kind == "switch":
            if not equals:
                value = rest.pop(0) if rest and rest[0].lower() in YES_NO else "true"
            out.given[name] = value
        elif negated != name and negated in known and known[negated][1].kind == "switch" and not equals:
            out.given[negated] = "false"
        elif name in FLAGS:
            if equals:
                raise InputError(f"--{written}: takes no value, got {value!r}; leave it out")
            out.options[name] = ""
        elif name in known or name in TAKING:
            if not equals:
                if not rest or rest[0].startswith("--"):
                    raise InputError(f"--{written}: expected a value after it, got none; {_see(study)}")
                value = rest.pop(0)
            (out.given if name in known else out.options)[name] = value
        else:
            near = get_close_matches(name, [*known, *RESERVED], n=1)
            hint = f"did you mean --{near[0].replace('_', '-')}?" if near else _see(study)
            raise InputError(f"no option --{written}; {hint}")
    return out


def _parameters(study: Study, request: Request) -> Any:
    """The study's parameters, an error about one of them in the words of the command line."""
    try:
        return study.parameters({**(study.full if "full" in request.options else {}), **request.given})
    except InputError as error:
        name, colon, rest = str(error).partition(": ")
        if name not in request.given:
            raise
        raise InputError(f"--{name.replace('_', '-')}{colon}{rest}") from error


def _see(study: Study) -> str:
    return f"cutaway study {study.name} --help tells the options"


def _refuse(study: Study, request: Request) -> None:
    """Raise InputError for options that do not go together, and for places that cannot be written to."""
    from cutaway.cli import outcomes
    from cutaway.cli.destination import STANDARD_OUTPUT, Format, destination

    options = request.options
    for option in sorted(outcomes.OF_DATA):
        name = option.removeprefix("--").replace("-", "_")
        if name in options and option not in outcomes.TAKES.get(study.uses or "", ()):
            raise InputError(f"{option}: study {study.name} takes {_taken(study)}; leave it out")
        if name in options and _source(study) not in options:
            kind = "FOLDER" if _source(study) == "folder" else "FILE"
            raise InputError(f"{option}: is for --{_source(study)} {kind}, which is missing; add it")
    if "full" in options and not study.full:
        raise InputError(f"--full: study {study.name} is cited at its defaults; leave --full out")
    if "html" in options and "json" in options:
        raise InputError("--html and --json: expected one of them, got both; leave one out")
    if "out" in options and "json" not in options:
        raise InputError("--out: is for --json, which is missing; add it, or use --html FILE")
    for name, format in (("html", Format.html), ("out", Format.json)):
        if name in options:
            try:
                if not (name == "html" and options[name] == STANDARD_OUTPUT):
                    destination(format, options[name], options.get(_source(study), ""))
            except InputError as error:
                raise InputError(str(error).replace("--out", f"--{name}")) from error


def _taken(study: Study) -> str:
    return {
        "predictions": "predictions (--data, --y, --score)",
        "columns": "a table (--data, --columns)",
        "texts": "a table of texts (--table, --text, --target)",
        "images": "a folder of images (--folder, --labels)",
    }.get(study.uses or "", "no data of yours")


def _source(study: Study) -> str:
    """The option that names the reader's file."""
    return {"texts": "table", "images": "folder"}.get(study.uses or "", "data")


def _data(study: Study, options: dict[str, str], progress: Progress) -> Data | None:
    if _source(study) not in options:
        return None
    from cutaway.studies.run import reading, texts

    path = os.path.expanduser(options[_source(study)])
    if study.uses == "images":
        from cutaway.studies.run import own_images

        return own_images.images(path, options.get("labels"), progress)
    needed = {"predictions": ("y", "score"), "texts": ("text", "target")}.get(study.uses or "", ("columns",))
    for name in needed:
        if not options.get(name):
            shown = [repr(spec.name) for spec in reading.described(path, progress)[1]]
            more = f" and {len(shown) - 30} more" if len(shown) > 30 else ""
            raise InputError(f"--{name} is missing: which of the columns? They are {', '.join(shown[:30])}{more}")
    if study.uses == "predictions":
        return reading.predictions(
            path,
            options["y"],
            options["score"],
            log_odds="log_odds" in options,
            positive=options.get("positive"),
            progress=progress,
        )
    if study.uses == "texts":
        return texts.texts(path, options["text"], options["target"], progress)
    names = listed("--columns", [options["columns"]])
    return reading.columns(path, names, target=options.get("target"), progress=progress)


def _embedded(study: Study, params: Any, data: Data | None, progress: Progress) -> list[Outcome]:
    """The outcomes that a page without Python is given besides: the product of the study's `EMBED`."""
    from dataclasses import replace

    out = []
    for values in product(*study.embed.values()):
        other = replace(params, **dict(zip(study.embed, values, strict=True)))
        if other != params:
            out.append(study.run(other, progress, data))
    return out


def _deliver(study: Study, outcome: Outcome, further: list[Outcome], options: dict[str, str]) -> int:
    """Write the outcome where it is to go; the status says whether every claim held."""
    from cutaway.cli import outcomes

    if "html" in options:
        _page(study, [outcome, *further], options["html"])
    elif "json" in options:
        to = options.get("out", "-")
        if to == "-":
            ascii_only = not endings.output_encoding().lower().startswith("utf")
            endings.show(outcomes.json_text(outcome, ascii_only=ascii_only))
        else:
            _write(outcomes.json_text(outcome), to, outcome)
    else:
        _print(study, outcome)
    return endings.DONE if outcome.holds else endings.FOUND


def _page(study: Study, found: list[Outcome], to: str) -> None:
    from cutaway import report
    from cutaway.cli import outcomes

    data = {"kind": "study", "study": study.describe(), "outcomes": [each.to_json() for each in found]}
    text = report.page("study", data, study.title, outcomes.fallback(study, found[0]))
    if to == "-":
        endings.show(text)
    else:
        _write(text, to, found[0])


def _write(text: str, to: str, outcome: Outcome) -> None:
    from cutaway import report

    path = Path(os.path.expanduser(to))
    report.write(text, path)
    failed = sum(claim.holds is False for claim in outcome.claims)
    told = f"{failed} of {len(outcome.claims)} claims failed" if failed else "no claim failed"
    endings.say(f"Wrote {path} ({len(text.encode('utf-8', 'replace')) / 1000:,.0f} kB): {told}.")


def _print(study: Study, outcome: Outcome) -> None:
    from rich.console import Console

    from cutaway.cli import outcomes

    class Screen(Console):
        """A console that leaves a closed pipe to whoever prints; Rich's own ends the program with status 1."""

        def on_broken_pipe(self) -> None:
            raise

    endings.output(lambda: outcomes.render(study, outcome, Screen(file=sys.stdout)))

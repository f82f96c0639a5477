"""Studies as text: the list of them, the page of one, and the outcome of a run."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cutaway.report import numerals
from cutaway.report.text import plain, sentence

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from cutaway.studies.run.parameter import Range, Value
    from cutaway.studies.run.result import Outcome, Tried
    from cutaway.studies.run.study import Study

WIDEST = 100  # longer lines are hard to read
OPTIONS = {
    "--full": "Run at the size that would be cited; this takes longer.",
    "--data FILE": "Your own data: CSV (also .gz, .zst), Parquet, Arrow or Feather.",
    "--y COLUMN": "With --data: the labels, of two classes.",
    "--score COLUMN": "With --data: a model's probabilities of the positive class.",
    "--log-odds": "With --data: the scores are log-odds, no probabilities.",
    "--positive VALUE": "With --data: the class that the scores are of.",
    "--columns A,B": "With --data: columns of numbers, separated by commas.",
    "--table FILE": "Your own table of texts, in any of these formats.",
    "--text COLUMN": "With --table: the texts.",
    "--target COLUMN": "With --data or --table: what is to be predicted.",
    "--folder FOLDER": "Your own images.",
    "--labels folder|FILE": "With --folder: by folder, or a CSV file with path and label; what pays is measured then.",
    "--html FILE": "Write one page that opens without a connection.",
    "--json": "Write JSON: study, params, claims, tables, figures.",
    "--out FILE": "With --json: the file; - is standard output.",
}
TAKES = {
    "predictions": ("--data", "--y", "--score", "--log-odds", "--positive"),
    "columns": ("--data", "--columns", "--target"),
    "texts": ("--table", "--text", "--target"),
    "images": ("--folder", "--labels"),
}
OF_DATA = {option for options in TAKES.values() for option in options}
SIGNS = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("–", "dim")}


def listing(studies: Iterable[Study], width: int) -> str:
    """The studies by group, each with its question."""
    found = list(studies)
    margin = max((len(one.name) for one in found), default=0) + 4
    out: list[str] = []
    for group, members in groupby(found, key=lambda one: one.group):
        out += ["", group] if out else [group]
        for one in members:
            first = f"  {one.name:<{margin - 2}}"
            out += textwrap.wrap(
                one.sections["question"] + (f" ({one.origin})" if one.origin else ""),
                min(width, WIDEST),
                initial_indent=first,
                subsequent_indent=" " * margin,
            )
    last = "cutaway study NAME runs one of them; cutaway study NAME --help tells its parameters."
    return "\n".join([*out, "", *textwrap.wrap(last, min(width, WIDEST))]) + "\n"


def usage(summary: str, width: int) -> str:
    """What `cutaway study --help` prints."""
    return "\n".join(
        [
            "Usage: cutaway study [NAME] [--PARAMETER VALUE …] [OPTIONS]",
            "",
            f"  {summary}",
            "",
            "  Without a name, the studies are listed. Every parameter of a study is an",
            "  option; cutaway study NAME --help tells which there are.",
            "",
            "  Exit status: 0 done, 1 a claim failed, 2 bad input.",
            "",
            "Options:",
            *_table(OPTIONS.items(), width),
            "",
        ]
    )


def page(study: Study, width: int) -> str:
    """What `cutaway study NAME --help` prints: the question, the parameters with their ranges, the options."""
    from cutaway.studies.run.parameter import ranges

    fitting = {
        option: help
        for option, help in OPTIONS.items()
        if option.split()[0] not in OF_DATA or option.split()[0] in TAKES.get(study.uses or "", ())
        if option != "--full" or study.full
    }
    of_study = [
        (option(name, spec), explained(spec, default))
        for name, (default, spec) in ranges(study.module.Parameters).items()
    ]
    return "\n".join(
        [
            f"Usage: cutaway study {study.name} [--PARAMETER VALUE …] [OPTIONS]",
            "",
            *textwrap.wrap(
                study.sections["question"], min(width, WIDEST) - 2, initial_indent="  ", subsequent_indent="  "
            ),
            "",
            "Parameters:",
            *_table(of_study, width),
            "",
            "Options:",
            *_table(fitting.items(), width),
            "",
        ]
    )


def option(name: str, spec: Range) -> str:
    """How the parameter is given: `--learning-rate NUMBER`."""
    kinds = {
        "number": " NUMBER",
        "whole": " WHOLE",
        "choice": " VALUE",
        "switch": "",
        "points": " X:Y",
        "text": " TEXT",
    }
    return f"--{name.replace('_', '-')}{kinds[spec.kind]}"


def explained(spec: Range, default: Value) -> str:
    """Label, range, unit and default of a parameter in words."""
    from cutaway.studies.run.address import as_text

    parts = [spec.label + (f", {spec.unit}" if spec.unit else "")]
    if spec.low is not None and spec.high is not None:
        parts.append(f"{spec.low:.10g} to {spec.high:.10g}")
    if spec.options:
        parts.append("one of " + ", ".join(value for value, _ in spec.options))
    if spec.kind == "switch":
        parts.append("--no-… turns it off")
    told = "; ".join(parts) + f" (by default {as_text(default)})."
    return f"{told} {spec.help}".strip()


def _table(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """Options with their explanation, which begins on a line of its own where the option is long."""
    width = min(width, WIDEST)
    known = list(rows)
    margin = min(26, max((len(name) for name, _ in known), default=0) + 4)
    for name, text in known:
        first = f"  {name}"
        lines = textwrap.wrap(text, width - margin)
        if len(first) > margin - 2:
            yield first
        else:
            lines[0] = f"{first:<{margin}}{lines[0]}"
            yield lines.pop(0)
        yield from (" " * margin + line for line in lines)


def render(study: Study, outcome: Outcome, console: Console) -> None:
    """Print an outcome: question, parameters, what is seen, figures, claims, answer, source."""
    for block in _blocks(study, outcome, console):
        console.print(block, highlight=False, markup=False, emoji=False, soft_wrap=False)


def _blocks(study: Study, outcome: Outcome, console: Console) -> Iterator[RenderableType]:
    from rich.text import Text

    from cutaway.report.sketch import sketch

    width = min(console.width, WIDEST)
    unicode = console.encoding.lower().startswith("utf")
    sections = study.sections
    yield ""
    yield Text(study.title, "bold")
    yield Text(sections["question"])
    yield ""
    yield _parameters(study, outcome)
    if outcome.result.sentences:
        yield ""
        yield Text("WHAT IS SEEN", "bold")
        for each in outcome.result.sentences:
            yield Text(plain(sentence(each)))
    for heading, figure in outcome.result.figures.items():
        yield ""
        yield Text(plain(heading), "bold")
        if unicode:
            for line in sketch(figure, width - 2, colour=console.color_system is not None):
                yield Text("  ") + line
        for wrapped in textwrap.wrap(plain(figure.alt), width - 2):
            yield Text(f"  {wrapped}", "dim")
    yield ""
    yield Text("CLAIMS", "bold")
    yield from _claims(outcome.claims, unicode)
    for name in ("answer", "source"):
        if sections.get(name):
            yield ""
            yield Text(name.upper(), "bold")
            yield Text(sections[name])


def _parameters(study: Study, outcome: Outcome) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from cutaway.studies.run.address import as_text
    from cutaway.studies.run.parameter import ranges

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for name, (default, spec) in ranges(study.module.Parameters).items():
        value = outcome.params[name]
        shown = dict(spec.options).get(str(value), as_text(value))
        if spec.kind == "number":
            shown = numerals.number(float(value), 6)
        line = Text(shown, "bold" if value != default else "")
        line.append(f" {spec.unit}" if spec.unit else "", "dim")
        line.append("" if value == default else f" (by default {as_text(default)})", "dim")
        grid.add_row(Text(spec.label, "dim"), line)
    return grid


def _claims(claims: Iterable[Tried], unicode: bool) -> Iterator[RenderableType]:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True, justify="right")
    for each in claims:
        sign, style = SIGNS[each.holds]
        if not unicode:
            sign = {True: "holds", False: "FAILS", None: "-"}[each.holds]
        text = Text(plain(sentence(each.text)))
        if each.holds is None:
            text.append(" Says nothing at these parameters.", "dim")
        value = "" if each.value is None else numerals.number(each.value)
        grid.add_row(Text(sign, style), text, Text(value, "dim"))
    yield grid


def json_text(outcome: Outcome, *, ascii_only: bool = False) -> str:
    """The outcome as JSON, each of its parts on a line; letters are themselves, what does not print is an escape."""
    parts = [
        f"  {json.dumps(name)}: {json.dumps(part, ensure_ascii=ascii_only, allow_nan=False)}"
        for name, part in outcome.to_json().items()
    ]
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def fallback(study: Study, outcome: Outcome) -> str:
    """The outcome in words, for a page whose script does not run."""
    told: list[Any] = [study.sections["question"], *outcome.result.sentences]
    for each in outcome.claims:
        how = {True: "Holds", False: "Fails", None: "Says nothing here"}[each.holds]
        told.append(f"{how}: {each.text}")
    return "\n".join(map(sentence, [*map(str, told), study.sections.get("answer", "")]))

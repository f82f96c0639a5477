"""`cutaway completion`: a script with which a shell completes verbs, options, and the names of studies and checks.

The script holds all of them, so that a press of the tab key starts no Python; it is written anew after an upgrade.
"""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from importlib import import_module
from typing import Annotated, Any, get_args

import typer

from cutaway.cli import VERBS, endings
from cutaway.cli.arguments import parsed


class Shell(StrEnum):
    """The shells that are known."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


INSTALLED = {
    Shell.bash: "cutaway completion bash > ~/.local/share/bash-completion/completions/cutaway",
    Shell.zsh: 'cutaway completion zsh > "${fpath[1]}/_cutaway"',
    Shell.fish: "cutaway completion fish > ~/.config/fish/completions/cutaway.fish",
}
"""Shell -> the line that installs its script for one user."""

QUESTIONS: dict[str, tuple[str, ...]] = {
    "audit": ("audit:_request", "folder:_request", "network:_request"),
    "images": ("images:_request", "benefit:_request"),
    "checks": ("checks:_asked",),
    "compare": ("compare:_request",),
    "completion": ("completion:_asked",),
    "doctor": ("doctor:_asked",),
    "lab": ("lab:_request",),
    "tune": ("tune:_request",),
}
"""Verb -> the functions whose parameters are its options; `kernels` and `study` say theirs otherwise."""


def run(arguments: list[str]) -> int:
    """Print the script."""
    shell = parsed(_asked, "completion", arguments)
    if not isinstance(shell, Shell):
        return shell
    import shtab

    return endings.show(shtab.complete(parser(), shell=shell.value) + "\n")


def parser() -> argparse.ArgumentParser:
    """All verbs and options as argparse's parser, which is what scripts are made from; nothing is parsed with it."""
    top = argparse.ArgumentParser(prog="cutaway", description="Shows the inside of machine learning at work.")
    top.add_argument("--version", action="store_true", help="Show the version.")
    verbs = top.add_subparsers()
    for verb, summary in VERBS.items():
        below = verbs.add_parser(verb, help=summary, description=summary)
        if verb == "study":
            _studies(below)
        elif verb == "kernels":
            _kernels(below)
        else:
            _options(below, [_function(one) for one in QUESTIONS[verb]])
    return top


def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(import_module(f"cutaway.cli.{module}"), name)
    return found


def _options(to: argparse.ArgumentParser, functions: list[Callable[..., Any]]) -> None:
    """Each option once, whichever of the functions have it; of what stands alone, the first."""
    known: set[str] = {"--help"}
    for one in functions:
        for told in asked(one):
            names = [name for name in told.names if name not in known]
            if not names or (told.alone and any(name.isidentifier() for name in known)):
                continue
            known.update(names)
            text = _escaped(" ".join(told.text.removesuffix("*").split()))
            if told.switch:
                to.add_argument(*names, action="store_true", help=text)
            else:
                _add(to, names, text, told)


@dataclass(frozen=True, slots=True)
class Asked:
    """An option of a verb, or what stands alone on its line."""

    names: tuple[str, ...]
    text: str
    metavar: str
    choices: tuple[str, ...]
    switch: bool

    @property
    def alone(self) -> bool:
        """Whether it is no option."""
        return not self.names[0].startswith("-")


def asked(function: Callable[..., Any]) -> Iterator[Asked]:
    """The function's parameters, as Typer reads them off its signature."""
    for name, one in inspect.signature(function, eval_str=True).parameters.items():
        kind, told = get_args(one.annotation)[:2]
        written = [word for word in (told.default, *(told.param_decls or ())) if isinstance(word, str)]
        if type(told).__name__ == "ArgumentInfo":
            written = [name]
        elif not written:
            flag = name.rstrip("_").replace("_", "-")
            written = [f"--{flag}/--no-{flag}" if kind is bool else f"--{flag}"]
        kinds = [each for each in (kind, *get_args(kind)) if isinstance(each, type) and issubclass(each, Enum)]
        yield Asked(
            tuple(word for each in written for word in each.split("/")),
            told.help or "",
            told.metavar or "",
            tuple(str(each.value) for each in kinds[0]) if kinds else (),
            kind is bool,
        )


def _add(to: argparse.ArgumentParser, names: list[str], text: str, told: Asked) -> None:
    """An argument that takes a value: one of some, a file, a folder, or anything."""
    import shtab

    listed = {"CODE": _codes, "TOPIC": _topics}.get(told.metavar)
    choices = listed() if listed else list(told.choices)
    more: dict[str, Any] = ({"choices": choices} if choices else {}) | ({"nargs": "*"} if told.alone else {})
    added: Any = to.add_argument(*names, help=text, **more)
    if not choices and any(word in told.metavar for word in ("FILE", "FOLDER", "TABLE")):
        added.complete = shtab.DIRECTORY if told.metavar == "FOLDER" else shtab.FILE


def _escaped(text: str) -> str:
    """Help in which argparse finds nothing to fill in."""
    return text.replace("%", "%%")


def _codes() -> list[str]:
    from cutaway.checks import discover

    return [one.code for one in discover()]


def _topics() -> list[str]:
    from cutaway.compare.run.discovery import names

    return list(names())


def _studies(to: argparse.ArgumentParser) -> None:
    """A verb of its own for each study, since each has its own parameters."""
    import shtab

    from cutaway.cli.study import FLAGS, TAKING
    from cutaway.studies import discover

    below = to.add_subparsers()
    for study in discover():
        one = below.add_parser(study.name, help=_escaped(study.title), description=_escaped(study.title))
        for names, told in _of_study(study.describe()):
            one.add_argument(*names, help=_escaped(told["help"] or told["label"]), **told["more"])
        for name in FLAGS:
            one.add_argument(f"--{name.replace('_', '-')}", action="store_true")
        for name in TAKING:
            added: Any = one.add_argument(f"--{name}")
            if name in ("data", "html", "out", "folder"):
                added.complete = shtab.DIRECTORY if name == "folder" else shtab.FILE


def _of_study(described: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    for told in described["parameters"]:
        name = told["name"].replace("_", "-")
        if told["kind"] == "switch":
            yield [f"--{name}", f"--no-{name}"], told | {"more": {"action": "store_true"}}
        else:
            choices = {"choices": [str(value) for value, _ in told["options"]]} if told["options"] else {}
            yield [f"--{name}"], told | {"more": choices}


def _kernels(to: argparse.ArgumentParser) -> None:
    from cutaway.cli.kernels import ACTIONS, DOERS

    below = to.add_subparsers()
    for action, summary in ACTIONS.items():
        _options(below.add_parser(action, help=_escaped(summary), description=_escaped(summary)), [DOERS[action][0]])


def _asked(
    shell: Annotated[Shell, typer.Argument(show_default=False, help="The shell that is to complete.")],
) -> Shell:
    return shell


_asked.__doc__ = f"""{VERBS["completion"]}

{"  ".join(f"{shell.value}: {line}" for shell, line in INSTALLED.items())}"""

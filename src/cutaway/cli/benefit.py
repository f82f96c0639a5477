"""`cutaway images FOLDER --benefit p1.toml p2.toml`: whether preparing the images helps two models."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cutaway.cli import endings
from cutaway.cli.arguments import listed, parsed
from cutaway.cli.bars import Bar
from cutaway.cli.decoders import unheard
from cutaway.core.errors import InputError

if TYPE_CHECKING:
    from cutaway.science.images import Benefit

OPTION = "--benefit"


def run(arguments: list[str]) -> int:
    """Compare the pipelines, print the table, and return the exit status."""
    request = parsed(_request, "images", spread(arguments))
    if isinstance(request, int):
        return request
    folder, files, labels, side, folds, repeats, seed, as_json = request
    warnings.simplefilter("ignore")  # what a library has to say of its arithmetic is no message to the user
    from cutaway.engines.image_benefit import benefit_of_folder
    from cutaway.engines.images import read_pipeline

    names = [Path(file).stem for file in files]
    if len(set(names)) < len(names):
        raise InputError(f"{OPTION}: expected files of different names, got {', '.join(names)}; rename one")
    pipelines = {name: read_pipeline(file) for name, file in zip(names, files, strict=True)}
    with unheard(), Bar() as progress:
        found, left_out = benefit_of_folder(
            folder, pipelines, labels=labels, side=side, folds=folds, repeats=repeats, seed=seed, progress=progress
        )
    if left_out:
        endings.say(
            f"{left_out:,} images were left out: without a label, unreadable, or beyond those that are compared."
        )
    return endings.show(as_text(found) if not as_json else json.dumps(as_values(found), indent=2) + "\n")


def spread(arguments: list[str]) -> list[str]:
    """`--benefit a.toml b.toml` as `--benefit a.toml --benefit b.toml`.

    >>> spread(["photos", "--benefit", "a.toml", "b.toml", "--folds", "3"])
    ['photos', '--benefit', 'a.toml', '--benefit', 'b.toml', '--folds', '3']
    """
    out: list[str] = []
    for at, word in enumerate(arguments):
        again = at > 1 and word.endswith(".toml") and arguments[at - 1].endswith(".toml")
        out += [OPTION, word] if again else [word]
    return out


def _request(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", show_default=False, help="Labelled images.")],
    benefit: Annotated[list[str], typer.Option(metavar="FILE", help="Pipelines, as .toml files. *")],
    labels: Annotated[
        str | None, typer.Option(metavar="folder|FILE", help="As for cutaway audit: by folder, or a CSV file.")
    ] = None,
    side: Annotated[int, typer.Option(metavar="PIXELS", help="Side of what the models are given.")] = 32,
    folds: Annotated[int, typer.Option(metavar="N", help="Of cross-validation.")] = 5,
    repeats: Annotated[int, typer.Option(metavar="N", help="With other folds and seeds.")] = 2,
    seed: Annotated[int, typer.Option(metavar="N", min=0, max=2**31 - 1, help="Of folds and networks.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> tuple[str, tuple[str, ...], str | None, int, int, int, int, bool]:
    """Compare preparations of labelled images before a small convolutional network and a linear model on HOG, on the
    same folds with the same seeds: differences of accuracy to the images as they are, with 95 % intervals for
    overlapping training sets, and p corrected for all of them (Holm).

    Options marked * may be repeated, or take several files.

    Exit status: 0 done, 2 bad input.
    """
    return folder, listed(OPTION, benefit), labels, side, folds, repeats, seed, as_json


def as_values(found: Benefit) -> dict[str, object]:
    """The comparison as plain values."""
    from dataclasses import asdict

    return {
        "images": found.images,
        "classes": found.classes,
        "folds": found.folds,
        "repeats": found.repeats,
        "sentence": found.sentence,
        "gains": [{**asdict(one), "verdict": one.verdict} for one in found.gains],
    }


def as_text(found: Benefit) -> str:
    """The comparison as a table."""
    from cutaway.report.text import plain
    from cutaway.science.images.benefit import MODELS

    width = max((len(one.pipeline) for one in found.gains), default=0)
    lines = []
    for model, words in MODELS.items():
        mine = sorted((one for one in found.gains if one.model == model), key=lambda one: -one.difference)
        if not mine:
            continue
        lines += ["", f"{words[0].upper()}{words[1:]}, accuracy as they are {100 * mine[0].reference:.1f} %"]
        lines += [
            f"  {plain(one.pipeline):<{width}}  {100 * one.accuracy:5.1f} %  {100 * one.difference:+5.1f} points "
            f"({100 * one.low:+.1f} to {100 * one.high:+.1f})  p {one.p_corrected:.3f}  {one.verdict}"
            for one in mine
        ]
    return "\n".join([*lines[1:], "", found.sentence]) + "\n"

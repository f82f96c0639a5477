"""`cutaway audit FOLDER`: from a folder of images to findings."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from cutaway.cli.arguments import assigned, listed, parsed
from cutaway.cli.audit import deliver, judged
from cutaway.cli.bars import Bar
from cutaway.cli.decoders import unheard
from cutaway.cli.destination import Destination, destination
from cutaway.cli.options import (
    FailOn,
    FailOnOption,
    FormatOption,
    IgnoreOption,
    OutOption,
    SetOption,
    refuse_seed,
)
from cutaway.core.errors import InputError


def run(arguments: list[str]) -> int:
    """Audit the images, write the report, and return the exit status."""
    if arguments and arguments[-1] == "--labels":
        arguments = [*arguments, "folder"]
    if "--help" in arguments:
        arguments = ["--help"]
    request = parsed(_request, "audit", arguments)
    if isinstance(request, int):
        return request
    folder, to, fail_on, options = request
    warnings.simplefilter("ignore")  # what a library has to say of its arithmetic is no message to the user
    with unheard(), Bar() as progress:
        from cutaway.checks import audit_images

        for side in ("training", "serving"):
            options[side] = prepared(options[side], side)
        result = audit_images(folder, **options, progress=progress)
    deliver(result, to)
    return judged(result, fail_on)


def _request(
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", show_default=False, help="The folder that holds the images.")
    ],
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="folder|FILE",
            help="'folder': an image's class is the folder that it lies in (below train, test or validation, where "
            "there are such); or a CSV file with columns path and label, and perhaps split. By default, by folder "
            "where there are two or more.",
        ),
    ] = None,
    test: Annotated[str | None, typer.Option(metavar="FOLDER", help="A second folder, of test images.")] = None,
    resize: Annotated[
        str | None, typer.Option(metavar="HEIGHTxWIDTH", help="The size that training gives every image, as 224x224.")
    ] = None,
    training: Annotated[
        str | None,
        typer.Option(
            metavar="LIBRARY|FILE",
            help="How training prepares images: a library (opencv, opencv-area, pillow, torch, torch-antialias, "
            "tensorflow, keras, jax, scikit-image), or the .toml file of a pipeline.",
        ),
    ] = None,
    serving: Annotated[str | None, typer.Option(metavar="LIBRARY|FILE", help="How serving does.")] = None,
    grey: Annotated[bool, typer.Option("--grey", help="The libraries also make images grey.")] = False,
    select: Annotated[list[str] | None, typer.Option(metavar="CODE", help="Ask only these checks: IMG005. *")] = None,
    ignore: IgnoreOption = None,
    set_: SetOption = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the shuffles.")] = 0,
    format: FormatOption = None,
    out: OutOption = None,
    fail_on: FailOnOption = FailOn.never,
) -> tuple[str, Destination, FailOn, dict[str, Any]]:
    """Audit a folder of images: which cannot be read, are there twice, are blurred or badly exposed, will be distorted
    by the resize, or give their label away by their size, their file or their light.

    Options marked * may be repeated, or take several values separated by commas.

    Exit status: 0 done, 1 by --fail-on, 2 bad input.
    """
    refuse_seed(seed)
    name = Path(folder).resolve().name or "images"
    return (
        folder,
        destination(format, out, f"{name}.images"),
        fail_on,
        {
            "labels": labels,
            "test": test,
            "resize": size_of(resize),
            "training": training,
            "serving": serving,
            "grey": grey,
            "select": listed("--select", select or ()),
            "ignore": listed("--ignore", ignore or ()),
            "settings": assigned(set_ or ()),
            "seed": seed,
        },
    )


def size_of(text: str | None) -> tuple[int, int] | None:
    """Height and width of "224x160".

    Raises: InputError for anything else.

    >>> size_of("224x160"), size_of("64")
    ((224, 160), (64, 64))
    """
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6})(?:\s*[xX×]\s*(\d{1,6}))?", text.strip())
    if found is None:
        raise InputError(f"--resize {text!r}: expected HEIGHTxWIDTH in pixels, such as --resize 224x224")
    return int(found[1]), int(found[2] or found[1])


def prepared(given: str | None, side: str) -> Any:
    """A pipeline's file as a preparation; a library's name stays a name.

    Raises: InputError for a file that cannot be read, or is no pipeline.
    """
    if given is None or not given.endswith(".toml"):
        return given
    from cutaway.checks.run.images import Preparation
    from cutaway.engines.images import read_pipeline

    try:
        pipeline = read_pipeline(given)
    except InputError as error:
        raise InputError(f"--{side}: {error}") from error

    def levels(image: Any) -> Any:
        import numpy as np

        out = pipeline(image)
        return out if out.dtype == np.uint8 else out * 255

    return Preparation(Path(given).name, f"the steps of {Path(given).name}", levels)

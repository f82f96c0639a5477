"""`cutaway audit --model`: from a factory of the user's to findings."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from cutaway.cli.arguments import assigned, listed, parsed
from cutaway.cli.audit import deliver, judged
from cutaway.cli.bars import Bar
from cutaway.cli.destination import Destination, destination
from cutaway.cli.options import FailOn, FailOnOption, FormatOption, IgnoreOption, OutOption, SetOption
from cutaway.core.errors import CutawayError, InputError

PARTS = ("loss", "optimiser", "step", "metrics", "classes", "padding", "accumulation", "params", "state")
SPELLINGS = {"optimizer": "optimiser", "train_step": "step", "loss_fn": "loss", "criterion": "loss"}


def run(arguments: list[str]) -> int:
    """Audit the network, write the report, and return the exit status."""
    request = parsed(_request, "audit", arguments if arguments[-1] != "--model" else [*arguments, ""])
    if isinstance(request, int):
        return request
    place, batch_file, to, fail_on, options = request
    warnings.simplefilter("ignore")  # what a framework has to say of its arithmetic is no message to the user
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with Bar() as progress:
        progress("importing the model", 0, None)
        made = parts_of(made_by(place), place)
        if batch_file is not None:
            made["batch"] = read_batch(batch_file)
        from cutaway.checks import audit_model

        result = audit_model(made.pop("model"), made.pop("batch", None), **made, **options, progress=progress)
    deliver(result, to)
    return judged(result, fail_on)


def _request(
    model: Annotated[
        str, typer.Option(metavar="PKG.MODULE:FACTORY", help="Your function, imported from the current folder and run.")
    ],
    batch: Annotated[
        str | None,
        typer.Option(metavar="FILE", help=".npz with x, y, and mask or lengths or sample_weight where there are."),
    ] = None,
    select: Annotated[list[str] | None, typer.Option(metavar="CODE", help="Ask only these checks: NET005. *")] = None,
    ignore: IgnoreOption = None,
    set_: SetOption = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, max=2**32 - 1, help="Seed of every run of the model.")] = 0,
    format: FormatOption = None,
    out: OutOption = None,
    fail_on: FailOnOption = FailOn.never,
) -> tuple[str, str | None, Destination, FailOn, dict[str, Any]]:
    """Audit a PyTorch or Keras model: run it on a batch, and say what is wrong with it, why it matters and what to do.

    The factory is code of yours, and it is run. It returns the model, or a dict or dataclass with model and, where you
    have them, batch, loss, optimiser, step (a function of x and y that does one training step), metrics, classes,
    padding (the value that pads x) and accumulation. Nothing is unpickled.

    Options marked * may be repeated, or take several values separated by commas.

    Exit status: 0 done, 1 by --fail-on, 2 bad input.
    """
    stem = model.partition(":")[0].rpartition(".")[2] or "model"
    return (
        model,
        batch,
        destination(format, out, f"{stem}.py", () if batch is None else (batch,)),
        fail_on,
        {
            "select": listed("--select", select or ()),
            "ignore": listed("--ignore", ignore or ()),
            "settings": assigned(set_ or ()),
            "seed": seed,
        },
    )


def made_by(place: str) -> Any:
    """What the factory `pkg.module:factory` returns; the current folder comes first in the search for it.

    Raises: InputError when it cannot be imported, is no function, or fails.
    """
    module_name, colon, name = place.partition(":")
    if not (colon and module_name and name):
        raise InputError(f"--model {place!r}: expected pkg.module:factory, such as --model train:build_model")
    sys.path.insert(0, os.getcwd())
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise InputError(
                f"--model {place!r}: there is no module {module_name!r} in {os.getcwd()!r} or among the installed "
                f"packages; call cutaway from the folder that holds it"
            ) from error
        raise InputError(
            f"--model {place!r}: importing {module_name} failed, because the package {error.name!r} is missing"
        ) from error
    except Exception as error:
        raise InputError(f"--model {place!r}: importing {module_name} failed: {_said(error)}") from error
    factory = getattr(module, name, None)
    if factory is None:
        there = [one for one, value in vars(module).items() if callable(value) and not one.startswith("_")]
        raise InputError(
            f"--model {place!r}: {module_name} has no {name!r}; it has {', '.join(there[:8]) or 'no function'}"
        )
    if not callable(factory) or hasattr(factory, "state_dict") or hasattr(factory, "get_weights"):
        return factory  # the model itself, or its parts
    try:
        return factory()
    except CutawayError:
        raise
    except Exception as error:
        raise InputError(
            f"--model {place!r}: {name}() failed: {_said(error)}; it is called without arguments"
        ) from error


def parts_of(made: Any, place: str) -> dict[str, Any]:
    """The model and what came with it, by the names that `audit_model` takes.

    Raises: InputError for a part that has no place.
    """
    if is_dataclass(made) and not isinstance(made, type) and hasattr(made, "model"):
        made = {field.name: getattr(made, field.name) for field in fields(made)}
    if not isinstance(made, Mapping):
        return {"model": made}
    parts = {SPELLINGS.get(str(name), str(name)): value for name, value in made.items() if value is not None}
    if "model" not in parts:
        raise InputError(
            f"--model {place!r}: its dict has no 'model'; it has {', '.join(map(repr, made)) or 'nothing'}"
        )
    unknown = [name for name in parts if name not in ("model", "batch", *PARTS)]
    if unknown:
        raise InputError(f"--model {place!r}: unknown part {unknown[0]!r}; the parts are batch, {', '.join(PARTS)}")
    return parts


def read_batch(path: str) -> dict[str, Any]:
    """The arrays of an .npz file, without unpickling.

    Raises: InputError for what is no such file, or holds objects.
    """
    import numpy as np

    if not Path(path).is_file():
        raise InputError(f"--batch {path!r}: no such file; save one with numpy.savez({path!r}, x=x, y=y)")
    try:
        with np.load(path, allow_pickle=False) as opened:
            if not hasattr(opened, "files"):
                raise InputError(f"--batch {path!r}: holds one array; save it with numpy.savez(…, x=x, y=y)")
            return {name: opened[name] for name in opened.files}
    except InputError:
        raise
    except Exception as error:
        reason = "holds Python objects, which are not unpickled" if "pickle" in str(error) else "is no .npz file"
        raise InputError(f"--batch {path!r}: {reason}; save arrays of numbers with numpy.savez(…, x=x, y=y)") from error


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"

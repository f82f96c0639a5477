"""Objects named as `pkg.module:name`, imported from the current folder too."""

from __future__ import annotations

import importlib
import os
import sys
from difflib import get_close_matches
from typing import Any

from cutaway.core.errors import InputError


def imported(name: str, option: str) -> Any:
    """The object that `pkg.module:name` names. `option`: what an error is about.

    Raises:
        InputError: the name has another form, or the module cannot be imported or lacks it.

    Examples:
        >>> imported("math:pi", "objective")
        3.141592653589793
        >>> imported("math:squrt", "objective")
        Traceback (most recent call last):
        cutaway.core.errors.InputError: objective math:squrt: module math has no 'squrt'; did you mean 'sqrt'?
    """
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute) or not all(part.isidentifier() for part in module.split(".")):
        raise InputError(f"{option} {name!r}: expected pkg.module:name, such as train:objective")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not (module == error.name or module.startswith(error.name + ".")):
            raise InputError(f"{option} {name}: importing it failed ({error}); install what it needs") from error
        raise InputError(
            f"{option} {name}: no module {error.name!r} here or installed; run cutaway in the folder that has it"
        ) from error
    except Exception as error:
        told = " ".join(str(error).split())[:200]
        raise InputError(f"{option} {name}: importing it failed ({type(error).__name__}: {told})") from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            near = get_close_matches(part, [each for each in dir(found) if not each.startswith("_")], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InputError(f"{option} {name}: module {module} has no {part!r}{hint}")
        found = getattr(found, part)
    return found

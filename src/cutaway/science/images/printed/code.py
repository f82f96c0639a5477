"""From the functions in this folder to code that stands alone."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

TAKES = {
    "skimage": ("np.ndarray", "an array (h, w) or (h, w, 3) in RGB, of uint8 or of float32 from 0 to 1"),
    "opencv": ("np.ndarray", "an array (h, w) or (h, w, 3) in RGB (not BGR), of uint8 or of float32 from 0 to 1"),
    "torch": ("torch.Tensor", "a tensor (1, h, w) or (3, h, w) in RGB, of uint8 or of float32 from 0 to 1"),
}

SIGNS = {
    "np.": "import numpy as np",
    "Callable[": "from collections.abc import Callable",
    "Iterator[": "from collections.abc import Iterator",
}
"""What stands in a function -> the import that it needs."""
STANDARD = ("collections", "heapq", "math")


def printed(steps: Sequence[tuple[str, Mapping[str, Any]]], language: str) -> str:
    """Python code with a function `pipeline` of these operations and parameters, and what it needs above it."""
    order: dict[str, str] = {}
    for name, _ in steps:
        _collect(name, functions_of(language), order)
    heads = {"import torch"} if language == "torch" else {"import numpy as np"}
    bodies = []
    for source in order.values():
        body, taken = _hoisted(source)
        heads |= taken
        bodies.append(body)
    heads |= {head for sign, head in SIGNS.items() if any(sign in body for body in bodies)}
    kind, meaning = TAKES[language]
    calls = [f"    x = {name}({_arguments(given)})" for name, given in steps]
    ending = [
        f"def pipeline(x: {kind}) -> {kind}:",
        f'    """{" → ".join(name for name, _ in steps) or "Nothing"}.',
        "",
        f"    x: {meaning}.",
        '    """',
        *calls,
        "    return x",
        "",
    ]
    return "\n\n\n".join(["\n".join(_sorted(heads)), *bodies, "\n".join(ending)])


@cache
def functions_of(language: str) -> dict[str, str]:
    """Name -> source of every function of the library."""
    names = [language, f"{language}_masks", *(["arrays"] if language != "torch" else [])]
    modules = [import_module(f"cutaway.science.images.printed.{name}") for name in names]
    return {
        name: inspect.getsource(value)
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
    }


def _collect(name: str, functions: Mapping[str, str], order: dict[str, str]) -> None:
    """The function after those that it calls."""
    if name in order:
        return
    names = {node.id for node in ast.walk(ast.parse(functions[name])) if isinstance(node, ast.Name)}
    for other in functions:
        if other in names and other != name:
            _collect(other, functions, order)
    order[name] = functions[name]


def _hoisted(source: str) -> tuple[str, set[str]]:
    """The function without the imports in it, and those."""
    lines = source.rstrip().splitlines()
    taken = {line.strip() for line in lines if re.match(r"    (import|from) ", line)}
    kept = [line for line in lines if line.strip() not in taken]
    text = re.sub(r'("""\n)\n+', r"\1", "\n".join(kept))
    return text, taken


def _sorted(heads: set[str]) -> list[str]:
    standard = sorted(one for one in heads if one.split()[1].split(".")[0] in STANDARD)
    return [*standard, *([""] if standard else []), *sorted(heads - set(standard))]


def _arguments(given: Mapping[str, Any]) -> str:
    words = {name: f'"{value}"' if isinstance(value, str) else repr(value) for name, value in given.items()}
    return ", ".join(["x", *(f"{name}={word}" for name, word in words.items())])

"""Write the front end's TypeScript types from the Python types: python tools/web_types.py [--check].

What travels is declared once, in `core/figures.py` and `studies/run/wire.py`; the comments travel too.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cutaway.core import figures
from cutaway.studies.run import wire

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "web" / "src" / "kit" / "types.ts"
WIDTH = 120
MODULES = (figures, wire)

HEAD = """// Written by tools/web_types.py from src/cutaway/core/figures.py and src/cutaway/studies/run/wire.py.
// Change those, then run: make web-types
"""


def typescript() -> str:
    """The whole file."""
    return "\n".join([HEAD, *(alias(name, value) for name, value in aliases().items()), *map(interface, declared())])


def declared() -> list[type]:
    """The classes that become interfaces, in the order of their files."""
    return [value for module in MODULES for value in vars(module).values() if _own(value, module)]


def aliases() -> dict[str, Any]:
    """The unions that have a name."""
    named = {name: value for module in MODULES for name, value in vars(module).items() if _is_union(value)}
    return {name: value for name, value in named.items() if name[0].isupper()}


def _own(value: Any, module: types.ModuleType) -> bool:
    return inspect.isclass(value) and value.__module__ == module.__name__


def _is_union(hint: Any) -> bool:
    return isinstance(hint, types.UnionType) or get_origin(hint) in (Literal, Union)


def interface(declared: type) -> str:
    """One interface, with the docstring and the fields' comments."""
    comments = field_comments(declared)
    lines = [*described(inspect.getdoc(declared) or ""), f"export interface {shown(declared)} {{"]
    for name, hint in get_type_hints(declared).items():
        if name in comments:
            lines.append(f"  /** {comments[name]} */")
        lines.append(f"  {name}: {spelled(hint)};")
    return "\n".join([*lines, "}", ""])


def alias(name: str, value: Any) -> str:
    """One named union."""
    one = f"export type {name} = {' | '.join(members(value))};"
    if len(one) > WIDTH:
        one = "\n".join([f"export type {name} =", *(f"  | {each}" for each in members(value))]) + ";"
    return one + "\n"


def shown(declared: type) -> str:
    """The name without its suffix: in TypeScript everything has travelled."""
    return declared.__name__.removesuffix("Wire")


def described(text: str) -> list[str]:
    """A docstring as a comment."""
    lines = text.splitlines()
    return [f"/** {lines[0]} */"] if len(lines) == 1 else ["/**", *(f" * {line}".rstrip() for line in lines), " */"]


def field_comments(declared: type) -> dict[str, str]:
    """Field -> the comment at the end of its line."""
    source = inspect.getsource(declared)
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body[0].body:  # type: ignore[attr-defined]
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            _, mark, comment = lines[(node.end_lineno or 1) - 1].partition("  # ")
            if mark:
                found[node.target.id] = comment
    return found


def spelled(hint: Any) -> str:
    """A Python type in TypeScript, as it is after `to_wire`: a number that was not finite within a list is null."""
    plain = {str: "string", bool: "boolean", int: "number", float: "number", bytes: "string", types.NoneType: "null"}
    if hint in plain:
        return plain[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if _is_union(hint):
        return union(hint)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return f"[{', '.join(map(spelled, arguments))}]"
    if origin in (tuple, list):
        inner = "number | null" if arguments[0] is float else spelled(arguments[0])
        return f"({inner})[]" if " | " in re.sub(r"\(.*\)|<.*>", "", inner) else f"{inner}[]"
    if origin is not None and len(arguments) == 2:
        return f"Record<{spelled(arguments[0])}, {spelled(arguments[1])}>"
    if hint in declared():
        return shown(hint)
    raise TypeError(f"web_types: no TypeScript type is known for {hint!r}")


def union(hint: Any) -> str:
    """The union's name where it has one, else its members."""
    return next((name for name, value in aliases().items() if value == hint), " | ".join(members(hint)))


def members(hint: Any) -> Iterator[str]:
    """Each member's spelling."""
    for each in get_args(hint):
        yield f"'{each}'" if isinstance(each, str) else str(each) if isinstance(each, int) else spelled(each)


def main(arguments: list[str]) -> int:
    """Write the file, or with --check say whether it is current."""
    text = typescript()
    if "--check" in arguments:
        current = TARGET.exists() and TARGET.read_text("utf-8") == text
        print(f"{TARGET.relative_to(ROOT)} is {'current' if current else 'not current; run make web-types'}")
        return 0 if current else 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, "utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

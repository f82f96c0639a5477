"""Write the front end's TypeScript types and a study's JSON Schema from the Python types.

    python tools/web_types.py [--check]

What travels is declared once, in `core/figures.py` and `studies/run/wire.py`; the comments travel too. So do the names
of the tuning methods, `METHOD_NAMES` of `core/contest.py`.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cutaway.core import figures
from cutaway.core.contest import METHOD_NAMES
from cutaway.studies.run import wire

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "web" / "src" / "kit" / "types.ts"
SCHEMA = ROOT / "src" / "cutaway" / "studies" / "run" / "schema-study.json"
WIDTH = 120
MODULES = (figures, wire)

HEAD = """// Written by tools/web_types.py from core/figures.py, core/contest.py and studies/run/wire.py in src/cutaway.
// Change those, then run: make web-types
"""


def typescript() -> str:
    """The whole file."""
    parts = [*(alias(name, value) for name, value in aliases().items()), *map(interface, declared())]
    return "\n".join([HEAD, *parts, methods()])


def methods() -> str:
    """The tuning methods' names."""
    names = "".join(f"  {method}: '{name}',\n" for method, name in METHOD_NAMES.items())
    comment = "/** Tuning method -> what readers call it, in the order in which Python's tables number them. */"
    return f"{comment}\nexport const METHOD_NAMES: Record<string, string> = {{\n{names}}};\n"


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


def schema() -> str:
    """The JSON Schema of `OutcomeWire`."""
    definitions = {shown(each): schema_of_class(each) for each in declared()}
    definitions |= {name: schema_of(value, naming=False) for name, value in aliases().items()}
    needed, waiting = set[str](), ["Outcome"]
    while waiting:
        name = waiting.pop()
        needed.add(name)
        waiting += [ref for ref in re.findall(r"#/\$defs/(\w+)", json.dumps(definitions[name])) if ref not in needed]
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What a study of cutaway found",
        "$ref": "#/$defs/Outcome",
        "$defs": {name: definitions[name] for name in sorted(needed)},
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def schema_of_class(declared: type) -> dict[str, Any]:
    """An object with exactly the fields of the class, each with its comment."""
    comments, properties = field_comments(declared), {}
    for name, hint in get_type_hints(declared).items():
        properties[name] = schema_of(hint) | ({"description": comments[name]} if name in comments else {})
    return {
        "description": inspect.getdoc(declared),
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def schema_of(hint: Any, *, naming: bool = True) -> dict[str, Any]:
    """A Python type as JSON Schema; as in `spelled`, a number within a list may be null."""
    plain = {str: "string", bool: "boolean", int: "integer", float: "number", bytes: "string", types.NoneType: "null"}
    if hint in plain:
        return {"type": plain[hint]}
    origin, arguments = get_origin(hint), get_args(hint)
    if _is_union(hint):
        name = next((name for name, value in aliases().items() if naming and value == hint), None)
        if name:
            return {"$ref": f"#/$defs/{name}"}
        return {"enum": list(arguments)} if origin is Literal else {"anyOf": [schema_of(each) for each in arguments]}
    if origin is tuple and arguments[-1] is not Ellipsis:
        each = [schema_of(argument) for argument in arguments]
        return {"type": "array", "prefixItems": each, "minItems": len(each), "maxItems": len(each)}
    if origin in (tuple, list):
        return {"type": "array", "items": schema_of(float | None if arguments[0] is float else arguments[0])}
    if origin is not None and len(arguments) == 2:
        inner = schema_of(arguments[1])
        return {"type": "object", "additionalProperties": inner}
    if hint in declared():
        return {"$ref": f"#/$defs/{shown(hint)}"}
    raise TypeError(f"web_types: no JSON Schema is known for {hint!r}")


def main(arguments: list[str]) -> int:
    """Write the files, or with --check say whether they are current."""
    status = 0
    for path, text in ((TARGET, typescript()), (SCHEMA, schema())):
        if "--check" in arguments:
            current = path.exists() and path.read_text("utf-8") == text
            print(f"{path.relative_to(ROOT)} is {'current' if current else 'not current; run make web-types'}")
            status |= not current
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

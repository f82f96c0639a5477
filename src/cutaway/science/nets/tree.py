"""Nested dicts, lists and tuples of arrays: what parameters, states and gradients are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Tree = Any
"""A leaf (an array, a number, None), or a dict, list or tuple of trees."""


def mapped(function: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """The tree with `function` of each leaf, and of the leaves in its place in the other trees.

    >>> mapped(lambda a, b: a - b, {"w": 5, "b": (1, 2)}, {"w": 1, "b": (1, 1)})
    {'w': 4, 'b': (0, 1)}
    """
    if isinstance(tree, dict):
        return {name: mapped(function, part, *(other[name] for other in others)) for name, part in tree.items()}
    if isinstance(tree, list | tuple):
        parts = [mapped(function, part, *(other[i] for other in others)) for i, part in enumerate(tree)]
        return parts if isinstance(tree, list) else tuple(parts)
    return function(tree, *others)


def unmapped(tree: Tree, kind: type, function: Callable[[Any], Any]) -> Tree:
    """The tree with `function` of each leaf of that type; the other leaves stay."""
    return mapped(lambda leaf: function(leaf) if isinstance(leaf, kind) else leaf, tree)


def leaves(tree: Tree, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path, such as "2/kernel", in the order of the tree.

    >>> list(leaves({"w": 5, "b": (1, 2)}))
    [('w', 5), ('b/0', 1), ('b/1', 2)]
    """
    if isinstance(tree, dict | list | tuple):
        parts = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for name, part in parts:
            yield from leaves(part, f"{path}/{name}" if path else str(name))
    else:
        yield path, tree


def listed(tree: Tree) -> list[Any]:
    """Every leaf, in the order of `leaves`, which takes longer as it says where each stands."""
    if not isinstance(tree, dict | list | tuple):
        return [tree]
    out: list[Any] = []
    for part in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(part, dict | list | tuple):
            out += listed(part)
        else:
            out.append(part)
    return out

"""A small network library in NumPy and Numba, in which every step can be seen."""

from cutaway.science.nets.layer import Key, Layer, Masked, Sequential, kind, random
from cutaway.science.nets.tape import (
    Node,
    Pull,
    Seen,
    Value,
    backward,
    operation,
    passed,
    total,
    value_and_gradient,
    value_of,
    watching,
)
from cutaway.science.nets.tree import Tree, leaves, mapped

__all__ = [
    "Key",
    "Layer",
    "Masked",
    "Node",
    "Pull",
    "Seen",
    "Sequential",
    "Tree",
    "Value",
    "backward",
    "kind",
    "leaves",
    "mapped",
    "operation",
    "passed",
    "random",
    "total",
    "value_and_gradient",
    "value_of",
    "watching",
]

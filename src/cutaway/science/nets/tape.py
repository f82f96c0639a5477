"""A reverse-mode tape: operations on arrays that remember how their result came to be, so that it can be derived.

A function marked with `operation` computes in NumPy and returns its result with its vector-Jacobian product. Called
with plain arrays it returns a plain array; called with a `Node` among them it returns a `Node` that knows its parents.
`value_and_gradient` turns the parameters of a function into nodes, runs it, and goes back along the parents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from itertools import count
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.nets.tree import Tree, mapped, unmapped

Gradients = tuple[np.ndarray | None, ...]
Pull = Callable[[np.ndarray, tuple[bool, ...]], Gradients]
"""From the gradient at the result, and which arguments want theirs, to the gradients at the arguments."""

_age = count()


@dataclass(eq=False, slots=True)
class Node:
    """An array on the tape. `gradient` is set by `backward` where `kept`, as for parameters and watched layers."""

    value: np.ndarray
    operation: str = "given"
    parents: tuple[Node | None, ...] = ()  # one an argument; None for what was no node
    pull: Pull | None = None
    kept: bool = False
    gradient: np.ndarray | None = None
    age: int = field(default_factory=_age.__next__)

    __array_ufunc__ = None  # so that array + node asks the node

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the value."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """Of the value."""
        return self.value.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the value."""
        return self.value.dtype

    def __add__(self, other: Value) -> Any:
        return add(self, other)

    __radd__ = __add__

    def __mul__(self, other: Value) -> Any:
        return multiply(self, other)

    __rmul__ = __mul__

    def __neg__(self) -> Any:
        return multiply(self, -1.0)

    def __sub__(self, other: Value) -> Any:
        return add(self, multiply(other, -1.0))

    def __rsub__(self, other: Value) -> Any:
        return add(other, multiply(self, -1.0))

    def __truediv__(self, other: Value) -> Any:
        return divide(self, other)

    def __rtruediv__(self, other: Value) -> Any:
        return divide(other, self)

    def __matmul__(self, other: Value) -> Any:
        return matmul(self, other)

    def __rmatmul__(self, other: Value) -> Any:
        return matmul(other, self)

    def __getitem__(self, place: Any) -> Any:
        return taken(self, place=place)

    def reshape(self, *shape: int) -> Any:
        """The same numbers in another shape."""
        return reshaped(self, shape=shape)


Value = Node | np.ndarray | float
"""What an operation takes."""


def value_of(x: Value) -> np.ndarray:
    """The array, off the tape."""
    return x.value if isinstance(x, Node) else np.asarray(x)


def operation(function: Callable[..., tuple[np.ndarray, Pull]]) -> Callable[..., Any]:
    """Make a function of arrays an operation of the tape.

    Its positional arguments are arrays (or None); what is passed by name is a setting. It returns the result and its
    `Pull`, whose gradients come in the order of the arguments, with None for what has none.
    """

    @wraps(function)
    def recorded(*arguments: Any, **settings: Any) -> Any:
        parents = tuple(one if isinstance(one, Node) else None for one in arguments)
        result, pull = function(*(one.value if isinstance(one, Node) else one for one in arguments), **settings)
        if not any(parents):
            return result
        return Node(result, function.__name__, parents, pull)

    return recorded


def backward(result: Node, gradient: np.ndarray | None = None) -> None:
    """Set `gradient` of every kept node that the result came from; that of the result is 1 unless given."""
    if gradient is None:
        if result.value.size != 1:
            raise InputError(f"backward: expected one number, got shape {result.shape}; sum it, or give its gradient")
        gradient = np.ones_like(result.value)
    at: dict[int, np.ndarray] = {id(result): np.asarray(gradient, dtype=result.dtype)}
    for node in sorted(_ancestors(result), key=lambda one: -one.age):
        here = at.pop(id(node), None)
        if here is None:
            continue
        if node.kept:
            node.gradient = here
        if node.pull is None:
            continue
        wanted = tuple(parent is not None for parent in node.parents)
        for parent, part in zip(node.parents, node.pull(here, wanted), strict=True):
            if parent is not None and part is not None:
                before = at.get(id(parent))
                at[id(parent)] = part if before is None else before + part


def _ancestors(result: Node) -> Iterator[Node]:
    seen, waiting = {id(result)}, [result]
    while waiting:
        node = waiting.pop()
        yield node
        for parent in node.parents:
            if parent is not None and id(parent) not in seen:
                seen.add(id(parent))
                waiting.append(parent)


def value_and_gradient(function: Callable[..., Any], parameters: Tree, *rest: Any) -> tuple[float, Tree, Any]:
    """The value of `function(parameters, *rest)`, its gradient in the shape of the parameters, and what else it gave.

    The function returns one number, or a pair of it and something else (such as a network's new state). A parameter
    on which the value does not depend has a gradient of None.

    >>> value, gradient, _ = value_and_gradient(lambda w: total(w * w), np.array([1.0, 2.0]))
    >>> value, gradient.tolist()
    (5.0, [2.0, 4.0])
    """
    listener = _listener.get()
    return (derived if listener is None else listener)(function, parameters, *rest)


Derived = tuple[float, Tree, Any]
"""What `value_and_gradient` returns."""

_listener: ContextVar[Callable[..., Derived] | None] = ContextVar("listener", default=None)


@contextmanager
def heard(listener: Callable[..., Derived]) -> Iterator[None]:
    """Hand every `value_and_gradient` that is called inside, with its arguments, to the listener in its stead.

    What the listener itself calls is not heard again.
    """

    def once(*given: Any) -> Derived:
        token = _listener.set(None)
        try:
            return listener(*given)
        finally:
            _listener.reset(token)

    token = _listener.set(once)
    try:
        yield
    finally:
        _listener.reset(token)


def is_heard() -> bool:
    """Whether somebody listens: then parameters are not overwritten, as they may be compared with the next ones."""
    return _listener.get() is not None


def derived(function: Callable[..., Any], parameters: Tree, *rest: Any) -> Derived:
    """What `value_and_gradient` does where nobody listens."""
    nodes = mapped(lambda x: Node(np.asarray(x), "parameter", kept=True), parameters)
    answer = function(nodes, *rest)
    result, more = answer if isinstance(answer, tuple) else (answer, None)
    if isinstance(result, Node):
        backward(result)
    gradient = mapped(lambda node: node.gradient, nodes)
    return float(value_of(result)), gradient, unmapped(more, Node, value_of)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A layer's output, as it passed a watched forward run, with what it came from as far as that was told."""

    name: str  # with those of the layers around it, as "encoder/0 dense"
    kind: str
    output: Any  # a Node, an array, or a Masked of either
    layer: Any = None
    params: Tree = ()
    x: Any = None  # what the layer was given
    state: Tree = ()  # before
    after: Tree = ()
    train: bool = True


class Watch(list[Seen]):
    """What was seen so far, and the names of the layers that are being run."""

    def __init__(self) -> None:
        super().__init__()
        self.path: list[str] = []


_watching: ContextVar[Watch | None] = ContextVar("watching", default=None)


@contextmanager
def watching() -> Iterator[Watch]:
    """Collect the output of every layer that runs inside; after `backward` nodes among them have their gradient.

    Who watches around it sees the same, when it ends.
    """
    seen, around = Watch(), _watching.get()
    token = _watching.set(seen)
    try:
        yield seen
    finally:
        _watching.reset(token)
        if around is not None:
            around.extend(seen)


def entered(name: str) -> None:
    """Note that a layer begins, which `passed` ends; those that pass in between carry its name before theirs."""
    seen = _watching.get()
    if seen is not None:
        seen.path.append(name)


def passed(name: str, kind: str, output: Any, **told: Any) -> Any:
    """The output, noted if somebody is watching; `told` are other fields of `Seen`."""
    seen = _watching.get()
    if seen is not None:
        if seen.path and seen.path[-1] == name:
            seen.path.pop()
        values = getattr(output, "values", output)  # of a Masked
        if isinstance(values, Node):
            values.kept = True
        seen.append(Seen("/".join((*seen.path, name)), kind, output, **told))
    return output


def unbroadcast(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient summed over what broadcasting had repeated."""
    if gradient.shape == shape:
        return gradient
    summed = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    ones = tuple(i for i, length in enumerate(shape) if length == 1 and summed.shape[i] != 1)
    return np.asarray(summed.sum(axis=ones, keepdims=True) if ones else summed)


@operation
def add(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Pull]:
    """The sum a + b, broadcast."""
    return np.asarray(a + b), lambda g, _: (unbroadcast(g, np.shape(a)), unbroadcast(g, np.shape(b)))


@operation
def multiply(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Pull]:
    """The product a b, element by element, broadcast."""

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        return (
            unbroadcast(g * b, np.shape(a)) if wanted[0] else None,
            unbroadcast(g * a, np.shape(b)) if wanted[1] else None,
        )

    return np.asarray(a * b), pull


@operation
def divide(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Pull]:
    """The quotient a / b, element by element, broadcast."""
    quotient = np.asarray(a / b)

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        return (
            unbroadcast(g / b, np.shape(a)) if wanted[0] else None,
            unbroadcast(-g * quotient / b, np.shape(b)) if wanted[1] else None,
        )

    return quotient, pull


@operation
def matmul(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Pull]:
    """The matrix product over the last two axes, broadcast over those before them; both have at least two axes."""

    def pull(g: np.ndarray, wanted: tuple[bool, ...]) -> Gradients:
        return (
            unbroadcast(g @ np.swapaxes(b, -1, -2), a.shape) if wanted[0] else None,
            unbroadcast(np.swapaxes(a, -1, -2) @ g, b.shape) if wanted[1] else None,
        )

    return a @ b, pull


@operation
def total(x: np.ndarray, *, axis: int | tuple[int, ...] | None = None) -> tuple[np.ndarray, Pull]:
    """The sum over the axes, all of them unless given."""

    def pull(g: np.ndarray, _: tuple[bool, ...]) -> Gradients:
        kept = g if axis is None else np.expand_dims(g, axis)
        return (np.broadcast_to(kept, x.shape),)

    return np.asarray(x.sum(axis=axis)), pull


@operation
def reshaped(x: np.ndarray, *, shape: tuple[int, ...]) -> tuple[np.ndarray, Pull]:
    """The same numbers in another shape."""
    return x.reshape(shape), lambda g, _: (g.reshape(x.shape),)


@operation
def taken(x: np.ndarray, *, place: Any) -> tuple[np.ndarray, Pull]:
    """x[place]; what is taken twice gets both gradients."""

    def pull(g: np.ndarray, _: tuple[bool, ...]) -> Gradients:
        out = np.zeros_like(x)
        np.add.at(out, place, g)
        return (out,)

    return np.asarray(x[place]), pull

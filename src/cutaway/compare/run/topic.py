"""A topic: one quantity, the formulas in use for it, the frameworks that compute it, and converters between them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, TypeVar

from cutaway.compare.run.frameworks import FRAMEWORKS, framework
from cutaway.core import docstring, plugins
from cutaway.core.errors import InputError

Exactness = Literal["exact", "near", "impossible"]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Formula:
    """What a framework may compute: `text` as a reader sees it, `function` of the topic's input, in NumPy or pure
    Python.
    """

    text: str
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Variant:
    """One call of one framework, and the formula that it is said to follow.

    `run` False: the framework cannot be had, so the formula alone is shown.
    """

    name: str
    framework: str
    call: str
    follows: Formula
    function: Callable[..., Any]
    run: bool = True


@dataclass(frozen=True, slots=True)
class Converter:
    """How to get the value of one variant in another framework.

    `code` is what a user writes, and what is run as the proof: it finds the topic's input as variables and leaves its
    answer in `value`. `error`: the largest relative difference that it may show, where it is near.
    """

    of: Variant
    to: str
    exactness: Exactness
    code: str = ""
    error: float = 0.0
    reason: str = ""


def formula(text: str) -> Callable[[Callable[..., Any]], Formula]:
    """Makes a function of the topic's input one of its formulas."""
    return lambda function: Formula(text, function)


def variant(name: str, *, call: str, follows: Formula, run: bool = True) -> Callable[[Callable[..., Any]], Variant]:
    """Makes a function of the topic's input a call of the framework `name`; it returns numbers, or text for an
    error.
    """
    assert name in FRAMEWORKS, f"no framework {name!r}"
    return lambda function: Variant(function.__name__, name, call, follows, function, run)


def called(function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """The function at those parts of the input that it names."""
    return function(**{name: given[name] for name in inspect.signature(function).parameters})


@dataclass(frozen=True, slots=True)
class Topic:
    """One comparison, read off its module.

    The module's docstring: the question, then `Answer:` (one or two sentences) and `Source:`. Its names: `TITLE`,
    `given()` (the input: small arrays by name), formulas, variants, `CONVERTERS` (a tuple), and `TOLERANCE`, the
    relative difference below which two values are one (1e-6 unless given).
    """

    module: ModuleType

    @property
    def name(self) -> str:
        """The file's name, with hyphens."""
        return self.module.__name__.rsplit(".", 1)[-1].replace("_", "-")

    @property
    def title(self) -> str:
        """What stands over it."""
        return str(self.module.TITLE)

    @property
    def tolerance(self) -> float:
        """Relative difference below which two values are the same."""
        return float(getattr(self.module, "TOLERANCE", 1e-6))

    @property
    def sections(self) -> dict[str, str]:
        """The docstring: "question", "answer", "source"."""
        return docstring.told(self.module.__doc__, ("Answer", "Source"), "question", self.origin)

    @property
    def origin(self) -> str:
        """The distribution of a plug-in, as "acme 1.0"; empty for cutaway's own topics."""
        return plugins.origin("compare", self.module.__name__)

    @property
    def given(self) -> dict[str, Any]:
        """The input."""
        return dict(self.module.given())

    @property
    def variants(self) -> tuple[Variant, ...]:
        """In the order of the file."""
        return tuple(each for each in vars(self.module).values() if isinstance(each, Variant))

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """In the order of the file."""
        return tuple(each for each in vars(self.module).values() if isinstance(each, Formula))

    @property
    def converters(self) -> tuple[Converter, ...]:
        """In the order of the file."""
        return tuple(getattr(self.module, "CONVERTERS", ()))

    def converters_between(self, source: str, target: str) -> tuple[Converter, ...]:
        """Those from one framework to the other.

        Raises:
            InputError: an unknown framework, or a pair for which the topic has none.
        """
        one, other = framework(source).name, framework(target).name
        found = tuple(each for each in self.converters if each.of.framework == one and each.to == other)
        if not found:
            pairs = dict.fromkeys(f"{each.of.framework} to {each.to}" for each in self.converters)
            raise InputError(
                f"{self.name}: there is no converter from {one} to {other}; "
                + (f"there are {', '.join(pairs)}" if pairs else "it has none")
            )
        return found

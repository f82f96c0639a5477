"""Optuna's samplers, each asked with a seed of its own for every trial; and Optuna itself, imported when it is used."""

from __future__ import annotations

import hashlib
import importlib
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache
from typing import Any

from cutaway.core.contest import METHOD_NAMES
from cutaway.core.errors import InputError, MissingExtraError
from cutaway.tuning.space import Choice, Float, Int, Parameter, Space, Value, same

METHODS = tuple(METHOD_NAMES)
"""What a search may ask."""

EXTRAS = {
    "optuna": "tune",
    "cmaes": "tune",
    "torch": "torch",
    "sklearn": "sklearn",
    "threadpoolctl": "sklearn",
    "sqlalchemy": "tune",
}

Study = Any  # Optuna's, which is imported when it is used
Sampler = Any


def method_named(name: str) -> str:
    """The method.

    Raises: InputError for one that does not exist.
    """
    if name not in METHODS:
        near = get_close_matches(name, METHODS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the methods are {', '.join(METHODS)}"
        raise InputError(f"method {name!r}: there is none of that name; {hint}")
    return name


def needed(name: str, what: str) -> Any:
    """A module of an extra.

    Raises: MissingExtraError.
    """
    if name in sys.modules:
        return sys.modules[name]
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtraError(what, EXTRAS[name.partition(".")[0]]) from error


def check_installed(method: str) -> None:
    """Raise MissingExtraError where the method lacks its library."""
    needed("optuna", "tuning")
    if method == "cmaes":
        needed("cmaes", "the method cmaes")
    if method == "gp":
        needed("torch", "the method gp")


def seed_of(*parts: object) -> int:
    """A seed in 0 … 2³² - 1 that these parts decide, the same on every machine.

    >>> seed_of(0, "tpe", 3) == seed_of(0, "tpe", 3) != seed_of(0, "tpe", 4)
    True
    """
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4], "big")


@contextmanager
def silent() -> Iterator[None]:
    """Optuna's own messages are left out: what matters of them stands in the result."""
    optuna = needed("optuna", "tuning")
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


class Seeded:
    """The sampler of one search, with a seed of its own for every trial. `known`: see there.

    It is made once, and its random numbers begun anew for each trial; where it remembers more than the trials that
    have ended (the Gaussian process, groups of TPE), it is made anew.
    """

    def __init__(self, method: str, seed: int, known: Mapping[str, Any] | None) -> None:
        self._method, self._seed, self._known = method, seed, known
        self._fresh = method == "gp" or (method == "tpe" and known is None)
        self._made: Sampler = None
        self._random: list[Any] = []

    def at(self, number: int) -> Sampler:
        """The sampler that is asked for the trial of this number."""
        own = seed_of(self._seed, self._method, number)
        if self._made is None or self._fresh:
            self._made = _sampler(self._method, self._seed, own, self._known)
            self._random = _random_of(self._made)
        else:
            for each in self._random:
                each.seed(own)
        return self._made


def _random_of(made: Sampler) -> list[Any]:
    """The sources of random numbers that the sampler, and those that it hands questions on to, draw from."""
    base = needed("optuna", "tuning").samplers.BaseSampler
    out = []
    for part in vars(made).values():
        if isinstance(part, base):
            out += _random_of(part)
        elif hasattr(part, "rng"):
            out.append(part.rng)
    return out


def _sampler(method: str, seed: int, own: int, known: Mapping[str, Any] | None) -> Sampler:
    """A sampler of the method. `seed` is the search's, `own` the trial's."""
    kinds = needed("optuna", "tuning").samplers
    if method == "tpe":
        options = {"seed": own, "multivariate": True, "constant_liar": True, "warn_independent_sampling": False}
        if known is None:
            return kinds.TPESampler(**options, group=True)  # those that exist together are modelled together
        made = _knowing(kinds.TPESampler)(**options)
    elif method == "gp":
        made = _knowing(kinds.GPSampler)(seed=own, warn_independent_sampling=False)
    elif method == "cmaes":
        made = _knowing(kinds.CmaEsSampler)(seed=own, warn_independent_sampling=False)
    elif method == "quasi":  # one sequence for the whole search
        made = _knowing(kinds.QMCSampler)(
            seed=seed_of(seed, "quasi"),
            scramble=True,
            independent_sampler=kinds.RandomSampler(seed=own),
            warn_independent_sampling=False,
        )
    else:
        return kinds.RandomSampler(seed=own)
    made.space = known
    return made


@cache
def _knowing(base: Any) -> Any:
    """The sampler's kind with a space that it is told.

    Optuna's own learns it from the trials that have ended, at a cost that grows with them, and draws the first trial
    of a quasi-random sequence outside it.
    """

    class Knowing(base):  # type: ignore[misc]
        space: dict[str, Any]

        def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
            return self.space

    return Knowing


def known(method: str, space: Space) -> dict[str, Any] | None:
    """Distributions of the parameters that the method models together, since they always exist; others are drawn at
    random. None for TPE where there are conditions: it finds out itself which exist together.
    """
    always = space.unconditional()
    if method == "tpe" and len(always) < len(space.parameters):
        return None
    kinds = Float | Int if method == "cmaes" else Float | Int | Choice
    found = {name: distribution(always[name]) for name in sorted(always) if isinstance(always[name], kinds)}
    return {name: each for name, each in found.items() if not each.single()}


def distribution(parameter: Parameter) -> Any:
    """Optuna's distribution of the parameter."""
    kinds = needed("optuna", "tuning").distributions
    if isinstance(parameter, Choice):
        return kinds.CategoricalDistribution(parameter.options)
    if isinstance(parameter, Int):
        return kinds.IntDistribution(int(parameter.low), int(parameter.high), log=parameter.log)
    return kinds.FloatDistribution(float(parameter.low), float(parameter.high), log=parameter.log)


def distributions(space: Space, params: Mapping[str, Value]) -> dict[str, Any]:
    """Those of the parameters that exist beside these values."""
    return {name: distribution(parameter) for name, parameter in space.active(params)}


def suggested(trial: Any, space: Space) -> dict[str, Value]:
    """The parameters that Optuna's trial suggests, parents first."""
    params: dict[str, Value] = {}
    for name, parameter in space.active(params):
        if isinstance(parameter, Choice):
            params[name] = trial.suggest_categorical(name, parameter.options)
        elif isinstance(parameter, Int):
            params[name] = trial.suggest_int(name, int(parameter.low), int(parameter.high), log=parameter.log)
        elif isinstance(parameter, Float):
            params[name] = trial.suggest_float(name, float(parameter.low), float(parameter.high), log=parameter.log)
    return params


def equal(a: Mapping[str, Value], b: Mapping[str, Value]) -> bool:
    """Whether two trials have the same parameters, numbers to the last bit."""
    return set(a) == set(b) and all(same(a[name], b[name]) for name in a)

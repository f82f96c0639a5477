"""Optuna's samplers, each asked with a seed of its own for every trial; and Optuna itself, imported when it is used."""

from __future__ import annotations

import hashlib
import importlib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.tuning.space import Choice, Float, Int, Parameter, Space, Value, same

METHODS = {
    "grid": "grid",
    "random": "random search",
    "quasi": "quasi-random search (scrambled Sobol)",
    "tpe": "tree-structured Parzen estimator",
    "gp": "Gaussian process",
    "cmaes": "CMA-ES",
}
"""Method -> its name in words."""

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


def sampler(method: str, seed: int, number: int, space: Space) -> Sampler:
    """The sampler that is asked for the trial of this number. `seed` is the search's."""
    optuna = needed("optuna", "tuning")
    own = seed_of(seed, method, number)
    if method == "tpe":
        conditional = len(space.unconditional()) < len(space.parameters)
        return optuna.samplers.TPESampler(
            seed=own,
            multivariate=True,
            group=conditional,  # parameters that exist together are modelled together
            constant_liar=True,  # so that the trials of a batch keep away from each other
            warn_independent_sampling=False,
        )
    if method == "gp":
        return optuna.samplers.GPSampler(seed=own, warn_independent_sampling=False)
    if method == "cmaes":
        return optuna.samplers.CmaEsSampler(seed=own, warn_independent_sampling=False)
    if method == "quasi":
        return _quasi(seed, own, space)
    return optuna.samplers.RandomSampler(seed=own)


def _quasi(seed: int, own: int, space: Space) -> Sampler:
    """One sequence for the whole search, of the parameters that always exist; the first trial is part of it."""
    optuna = needed("optuna", "tuning")
    always = {name: distribution(parameter) for name, parameter in space.unconditional().items()}

    class Quasi(optuna.samplers.QMCSampler):  # type: ignore[misc, name-defined]
        """Optuna's draws the first trial at random, to learn the space from it; here the space is known."""

        def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
            return always

    return Quasi(
        seed=seed_of(seed, "quasi"),
        scramble=True,
        independent_sampler=optuna.samplers.RandomSampler(seed=own),
        warn_independent_sampling=False,
    )


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

"""The cross-entropy method: draw policies around a mean, keep the best share, move the mean and the spread to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.science.control.cart import Cart
from cutaway.science.control.limits import Limits
from cutaway.science.control.policies import Activation, Policy, linear, neural, neural_size
from cutaway.science.control.rollout import rollout


@dataclass(frozen=True, eq=False, slots=True)
class Generation:
    """One round of the search, enough to go on from.

    Args:
        mean: of the policies' parameters, after the round (P,).
        spread: their standard deviations (P,).
        policies: all that were drawn, as one policy of shape (population,).
        returns: what each came to, mean over its starts (population,).
        elite: places of those that were kept, the best first.
        steps: of carts, up to and with this round.
        number: of the round, from 1 on; 0 before the first.
    """

    mean: np.ndarray
    spread: np.ndarray
    policies: Policy | None
    returns: np.ndarray
    elite: np.ndarray
    steps: int
    number: int

    @property
    def best(self) -> Policy:
        """The one whose return was the highest. Raises: InputError before the first round."""
        if self.policies is None:
            raise InputError("Generation: nothing is drawn before round 1; take one that generations() gave")
        return self.policies[int(self.elite[0])]


def generations(
    cart: Cart,
    limits: Limits,
    *,
    hidden: int = 0,
    activation: Activation = "relu",
    population: int = 64,
    elite: float = 0.2,
    episodes: int = 8,
    spread: float = 1.0,
    noise: float = 0.25,
    noisy: int = 10,
    seed: int = 0,
    after: Generation | None = None,
) -> Iterator[Generation]:
    """The rounds of a search without end, each as soon as it is over; take as many as are wanted.

    Args:
        cart: its constants.
        limits: of the episodes, whose mean length is what is sought.
        hidden: units of a network 4 → hidden → 2; 0: a linear policy.
        activation: of those units.
        population: policies drawn in a round, all tried from the same random starts, new ones each round.
        elite: share of them that is kept.
        episodes: starts from which each is tried.
        spread: standard deviation of all parameters before the first round, about a mean of 0.
        noise: variance added to the elite's in the first round; without it the search often narrows too early.
        noisy: rounds over which that falls to 0, in a straight line.
        seed: of draws and starts; a round's depend on it and the round's number alone.
        after: a round to go on from, as a checkpoint.

    Raises: InputError for numbers that cannot be.

    Source: Rubinstein, Methodology and Computing in Applied Probability 1, 1999; the noise: Szita and Lőrincz, Learning
    Tetris using the noisy cross-entropy method, Neural Computation 18(12), 2006.
    """
    kept = round(population * elite)
    if not (0 < kept < population and episodes >= 1):
        raise InputError(
            "population, elite, episodes: generations expected a share that keeps some of the population and not all, "
            f"and at least 1 episode, got {population}, {elite}, {episodes}"
        )
    if not (spread > 0 and noise >= 0 and hidden >= 0 and seed >= 0):
        raise InputError(f"spread, noise, hidden, seed: none may be negative, got {spread}, {noise}, {hidden}, {seed}")
    size = neural_size(hidden) if hidden else 5
    state = after or Generation(
        np.zeros(size), np.full(size, float(spread)), None, np.zeros(0), np.zeros(0, np.int64), 0, 0
    )
    if state.mean.shape != (size,):
        raise InputError(f"after: generations expected a round with {size} parameters, got {state.mean.shape}")
    while True:
        number = state.number + 1
        random = np.random.default_rng((seed, number))
        drawn = state.mean + state.spread * random.standard_normal((population, size))
        policies = neural(drawn, hidden, activation=activation) if hidden else linear(drawn)
        starts = random.uniform(-limits.start, limits.start, (episodes, 4))
        found = rollout(cart, limits, policies, starts, seed=seed)
        returns = found.returns.mean(axis=1)
        order = np.argsort(-returns, kind="stable")[:kept]
        wider = noise * max(0.0, 1 - (number - 1) / noisy) if noisy else 0.0
        state = Generation(
            drawn[order].mean(axis=0),
            np.sqrt(drawn[order].var(axis=0) + wider),
            policies,
            returns,
            order,
            state.steps + int(found.lengths.sum()),
            number,
        )
        yield state


def cross_entropy_method(
    cart: Cart,
    limits: Limits,
    *,
    rounds: int = 30,
    enough: float | None = None,
    progress: Progress = silent,
    **settings: object,
) -> list[Generation]:
    """The first rounds of `generations` (whose settings it takes): `rounds` of them, or until the elite is good enough.

    `enough`: a mean return of the elite at which the search ends, by default the limit of steps.

    >>> found = cross_entropy_method(Cart(), Limits(), seed=1)
    >>> float(found[-1].returns[found[-1].elite].mean())
    500.0
    """
    if rounds < 1:
        raise InputError(f"rounds: cross_entropy_method expected at least 1, got {rounds}")
    enough = float(limits.steps) if enough is None else enough
    found: list[Generation] = []
    for state in islice(generations(cart, limits, **settings), rounds):  # type: ignore[arg-type]
        found.append(state)
        progress("searching", state.number, rounds)
        if state.returns[state.elite].mean() >= enough:
            break
    return found

"""Tuning methods compared: the same budget, the same seeds, many repeats, and a score that no search has seen."""

from __future__ import annotations

import math
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.core.contest import Budget as Given
from cutaway.core.contest import Contest, Direction, Search, Value, method_name
from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.core.version import __version__
from cutaway.tuning import standings as told
from cutaway.tuning.beliefs import believed
from cutaway.tuning.halving import Halving
from cutaway.tuning.limits import Limits
from cutaway.tuning.nested import Remembering, bias_corrected, outer_splits
from cutaway.tuning.samplers import METHODS, check_installed, method_named, seed_of
from cutaway.tuning.savings import saving
from cutaway.tuning.search import BATCH, Budget, Interrupted, Workers, search
from cutaway.tuning.space import Space
from cutaway.tuning.standings import Round, Rules
from cutaway.tuning.trials import Objective
from cutaway.tuning.validation import CrossValidated

Unseen = Callable[[Mapping[str, Value]], float]
"""The score of a configuration on what no search sees: other rows, another simulation, the truth."""


class ContestInterrupted(Interrupted):
    """The contest was interrupted. `searches` are all that have ended, and last the one that was under way."""

    def __init__(self, searches: tuple[Search, ...]) -> None:
        super().__init__(searches[-1])
        self.searches = searches


@dataclass(frozen=True, slots=True)
class _Place:
    """What one round is played on."""

    repeat: int
    fold: int
    objective: Objective
    unseen: Unseen | None
    memory: Remembering | None = None


def contest(
    objective: Objective | CrossValidated,
    space: Space | None = None,
    *,
    methods: Sequence[str] = ("grid", "random", "tpe"),
    budget: int | Budget = 60,
    repeats: int = 10,
    direction: Direction | None = None,
    outer_folds: int = 3,
    unseen: Unseen | None = None,
    truth: float | None = None,
    correct: bool = True,
    seed: int = 0,
    storage: Any = None,
    name: str = "contest",
    workers: int | Workers = 1,
    batch: int = BATCH,
    pruning: Halving | None = None,
    limits: Limits | None = None,
    progress: Progress = silent,
) -> Contest:
    """Compare methods on an objective.

    Every search has the same budget, and in one place (repeat, outer fold) the same seed and the same rows. A built-in
    model over a table (`CrossValidated`) is nested: each repeat cuts the rows into `outer_folds`, a search sees the
    inner folds of the others, and its choice, fitted on all of these, is scored on the fold that it never saw. That
    score is what the verdicts compare. Any other objective is compared by `unseen(params)` of what was selected, or,
    without it, by the selected score itself, and a note says so.

    Args:
        objective: What is searched; see `search`.
        space: Of a built-in model its own unless told otherwise.
        methods: At least one of `samplers.METHODS`.
        budget: Trials, or a `Budget`, for each search.
        repeats: Of everything, with other splits and seeds.
        direction: Of an objective that does not tell its own; "minimize" unless told otherwise.
        outer_folds: Of a built-in model.
        unseen: Of another objective, the score of a configuration where no search looks.
        truth: The best score there is, where it is known; with `unseen` regret is then exact.
        correct: Whether the selected score of a built-in model is also corrected by the bootstrap. Where trials run on
            another machine this costs as much again as the search, since what they predicted is not there.
        seed: Decides all splits and all searches.
        storage: Where trials are kept, as for `search`; every search has a name of its own there, begun with `name`,
            so that the contest goes on where it stopped.
        name: See there.
        workers: As for `search`, as are batch, pruning and limits.
        batch: See there.
        pruning: See there.
        limits: See there.
        progress: Told after each search.

    Raises:
        InputError: a method named twice or unknown, no repeats, a model with other than its own direction, an
            objective without a space, or a contest none of whose repeats has a value for every method.
        MissingExtraError: what a method needs is not installed.
        ContestInterrupted: on ctrl-C; it holds the searches so far.

    Source: Cawley and Talbot, On over-fitting in model selection, JMLR 11 (2010), for nesting; Tsamardinos, Greasidou
    and Borboudakis 2018 for the correction.

    Examples:
        >>> from cutaway.tuning import Float, Space
        >>> space = Space({"x": Float(-5, 5), "y": Float(-5, 5)})
        >>> found = contest(lambda p: p["x"] ** 2 + p["y"] ** 2, space, methods=("random", "tpe"), budget=12, repeats=8)
        >>> [round(standing.rank, 1) for standing in found.standings], found.verdicts[0].measure
        ([1.4, 1.6], 'selected')
    """
    chosen = _methods(methods)
    space, direction = _settled(objective, space, direction, unseen)
    limit = Budget(trials=budget) if isinstance(budget, int) else budget
    if repeats < 1:
        raise InputError(f"repeats: expected 1 or more, got {repeats}")
    began = time.monotonic()
    nested = isinstance(objective, CrossValidated)
    rounds: list[Round] = []
    count = repeats * (outer_folds if nested else 1) * len(chosen)
    with tempfile.TemporaryDirectory(prefix="cutaway-contest-") as folder:
        for place in _places(objective, repeats, outer_folds, unseen, seed, Path(folder) if correct else None):
            # In turns, so that a slow minute of the machine meets another method each time.
            turn = (place.repeat + place.fold) % len(chosen)
            for method in (*chosen[turn:], *chosen[:turn]):
                progress(f"{method_name(method)}, repeat {place.repeat + 1} of {repeats}", len(rounds), count)
                try:
                    found = search(
                        place.objective,
                        space,
                        method=method,
                        budget=limit,
                        direction=direction,
                        seed=seed_of(seed, "place", place.repeat, place.fold),
                        repeat=place.repeat,
                        fold=place.fold,
                        storage=storage,
                        name=f"{name}-{method}-{place.repeat}-{place.fold}",
                        workers=workers,
                        batch=batch,
                        pruning=pruning,
                        limits=limits,
                    )
                except Interrupted as error:
                    raise ContestInterrupted((*(one.search for one in rounds), error.search)) from error
                rounds.append(_round(found, place, direction, truth is not None))
        progress("comparing", count, count)
    share = 1 / (outer_folds - 1) if nested else 0.0
    metric = str(objective.metric) if isinstance(objective, CrossValidated) else "value"
    given = Given(
        trials=limit.trials,
        seconds=limit.seconds,
        repeats=repeats,
        outer_folds=outer_folds if nested else 0,
        inner_folds=objective.folds if isinstance(objective, CrossValidated) else 0,
    )
    return summed_up(
        rounds,
        space=space,
        rules=Rules(direction=direction, share=share),
        objective=_title(objective),
        metric=metric,
        methods=chosen,
        given=given,
        truth=truth,
        seed=seed,
        seconds=time.monotonic() - began,
        notes=saving(objective, [one.search for one in rounds]) if isinstance(objective, CrossValidated) else (),
    )


def summed_up(
    rounds: Sequence[Round],
    *,
    space: Space,
    rules: Rules,
    objective: str,
    metric: str,
    methods: Sequence[str],
    given: Given,
    truth: float | None,
    seed: int,
    seconds: float,
    notes: Sequence[str] = (),
) -> Contest:
    """The contest that these rounds make. `notes`: more of them than the rounds tell.

    Raises: InputError where no place has a value for every method.
    """
    paired = told.by_method(rounds, methods)
    pairs = len(next(iter(paired.values())))
    if pairs == 0:
        raise InputError(f"contest: no repeat has a value for every method; {_why(rounds)}")
    found = told.standings(paired, rules, truth, rounds)
    judged = told.verdicts(paired, rules)
    searches = [one.search for one in rounds]
    weights = told.importances(searches, space, seed=seed)
    told_of = (*_notes(rounds, paired, space, given, methods, rules), *notes)
    return Contest(
        objective=objective,
        direction=rules.direction,
        budget=given,
        methods=tuple(methods),
        searches=tuple(one.search for one in rounds),
        standings=found,
        verdicts=judged,
        importances=weights,
        believed=believed(searches, space, weights, rules.direction, seed=seed),
        curves=told.curves(paired, rules, truth),
        space=space.ranges(),
        metric=metric,
        truth=truth,
        summary=told.summary(found, judged, given.repeats),
        notes=told_of,
        versions=_versions(),
        seed=seed,
        seconds=seconds,
    )


def _methods(methods: Sequence[str]) -> tuple[str, ...]:
    if isinstance(methods, str) or not methods:
        raise InputError(f"methods: expected a list of {', '.join(METHODS)}, got {methods!r}")
    for k, method in enumerate(methods):
        method_named(method)
        check_installed(method)
        if method in methods[:k]:
            raise InputError(f"methods: {method!r} stands there twice; leave one out")
    return tuple(methods)


def _settled(
    objective: Any, space: Space | None, direction: Direction | None, unseen: Unseen | None
) -> tuple[Space, Direction]:
    if isinstance(objective, CrossValidated):
        if direction is not None and direction != objective.direction:
            raise InputError(f"direction {direction!r}: {objective.metric} is to {objective.direction}; leave it out")
        if unseen is not None:
            raise InputError("unseen: a built-in model has its outer folds; leave it out")
        if space is not None:
            objective.refuse(space)
        return space or objective.space, objective.direction
    if space is None:
        raise InputError("space: expected the space of the objective, got none; a built-in model alone brings its own")
    return space, direction or "minimize"


def _places(
    objective: Any, repeats: int, folds: int, unseen: Unseen | None, seed: int, folder: Path | None
) -> Iterator[_Place]:
    if not isinstance(objective, CrossValidated):
        for repeat in range(repeats):
            yield _Place(repeat, 0, objective, unseen)
        return
    for split in outer_splits(objective, repeats, folds, seed):
        inner = objective.on(split.seen, seed_of(seed, "inner", split.repeat, split.fold))
        memory = None
        if folder is not None:
            own = folder / f"{split.repeat}-{split.fold}"
            own.mkdir()
            memory = Remembering(inner, own)

        def score(params: Mapping[str, Value], seen: np.ndarray = split.seen, held: np.ndarray = split.unseen) -> float:
            return objective.outside(params, seen, held)

        yield _Place(split.repeat, split.fold, memory or inner, score, memory)


def _round(found: Search, place: _Place, direction: Direction, exact: bool) -> Round:
    """The search with the score of its choice where it never looked."""
    best = found.best(direction)
    if best is None or best.value is None:
        return Round(search=found, selected=math.nan)
    outer = math.nan if place.unseen is None else float(place.unseen(best.params))
    corrected = None if place.memory is None else bias_corrected(place.memory, found, seed=found.seed)
    sign = 1.0 if direction == "maximize" else -1.0
    path: tuple[float, ...] = ()
    if exact and place.unseen is not None:
        path = _path(found, direction, place.unseen)
    return Round(
        search=found,
        selected=float(best.value),
        outer=outer,
        corrected=math.nan if corrected is None else float(best.value) - sign * corrected.optimism,
        path=path,
    )


def _path(found: Search, direction: Direction, unseen: Unseen) -> tuple[float, ...]:
    """The true value of what would be handed out after each trial; NaN before the first that completed."""
    sign = 1.0 if direction == "maximize" else -1.0
    out, best, true = [], -math.inf, math.nan
    for trial in found.trials:
        if trial.state == "complete" and trial.value is not None and sign * trial.value > best:
            best, true = sign * trial.value, float(unseen(trial.params))
        out.append(true)
    return tuple(out)


def _notes(
    rounds: Sequence[Round],
    paired: Mapping[str, Sequence[Round]],
    space: Space,
    given: Given,
    methods: Sequence[str],
    rules: Rules,
) -> Iterator[str]:
    if "grid" in methods and given.trials is not None:
        yield space.grid(given.trials).sentence
    if given.outer_folds:
        often = f", {given.repeats} times over" if given.repeats > 1 else ""
        yield (
            f"Every search saw {given.outer_folds - 1} of {given.outer_folds} parts of the rows; its choice was fitted "
            f"on these and scored on the rest{often}. Splits of the same rows are not "
            f"independent: intervals and p-values are corrected for that, and speak of this table."
        )
    elif told.measure_of(paired) == "selected":
        yield (
            "Nothing was held out: methods are compared by the best value that each has seen. Where values are noisy "
            "that value is too hopeful, and by more for a method that tries more alike configurations."
        )
    pairs, n = len(methods) * (len(methods) - 1) // 2, len(next(iter(paired.values())))
    if rules.share == 0 and pairs and 2.0 ** (1 - n) * pairs > told.ALPHA:
        least = math.ceil(1 + math.log2(pairs / told.ALPHA))
        yield (
            f"{n} {'repeat' if n == 1 else 'repeats'} cannot show a difference among {len(methods)} methods, however "
            f"large it is: the signed rank test needs {least}."
        )
    places = len({one.place for one in rounds})
    if n < places:
        yield f"Of {places} rounds {places - n} are left out of the comparison, since a method has no value there."
    bad = [trial for one in rounds for trial in one.search.trials if trial.state in ("failed", "timeout", "memory")]
    if bad:
        total = sum(len(one.search.trials) for one in rounds)
        yield f"{len(bad):,} of {total:,} trials failed; the first: {bad[0].message or bad[0].state}"
    short = {
        one.search.method
        for one in rounds
        if given.trials is not None and given.seconds is None and len(one.search.trials) < given.trials
    }
    if short:
        yield f"{', '.join(sorted(short))} did not use up the budget: the space has no more points."


def _why(rounds: Sequence[Round]) -> str:
    for one in rounds:
        if math.isnan(one.selected):
            message = next((trial.message for trial in one.search.trials if trial.message), "no trial ended")
            return f"{method_name(one.search.method)} in repeat {one.search.repeat + 1}: {message}"
    return "there are no rounds"


def _title(objective: Any) -> str:
    return str(getattr(objective, "__name__", type(objective).__name__))


def _versions() -> dict[str, str]:
    out = {"cutaway": __version__, "python": platform.python_version()}
    for package in ("optuna", "numpy", "scikit-learn", "torch", "cmaes"):
        try:
            out[package] = version(package)
        except PackageNotFoundError:
            continue
    return out

"""What `cutaway tune` does: the objective, the contest over it, the configuration to use, and all of it as text."""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cutaway.cli.destination import Format
from cutaway.core.contest import Contest, Direction, Search, method_name
from cutaway.core.errors import InputError
from cutaway.core.progress import Progress

if TYPE_CHECKING:
    from cutaway.cli.tune import Request
    from cutaway.tuning.search import Interrupted, Workers


def held(request: Request, workers: Callable[[], Workers], progress: Progress) -> Contest:
    """The contest that was asked for. `workers` is called when everything else is known to be right.

    Raises: as `tuning.contest.contest`.
    """
    from cutaway.tuning.contest import contest
    from cutaway.tuning.reading import read_space
    from cutaway.tuning.samplers import check_installed, method_named
    from cutaway.tuning.search import Budget
    from cutaway.tuning.storage import checked
    from cutaway.tuning.validation import CrossValidated

    for method in request.methods:
        check_installed(method_named(method))
    if request.storage is not None:
        checked(request.storage)
    objective = _objective(request, progress)
    table = isinstance(objective, CrossValidated)
    space = objective.space if request.space is None else read_space(request.space)
    options: dict[str, Any] = {
        "budget": Budget(request.trials, request.seconds),
        "storage": request.storage,
        "workers": workers(),
        "batch": request.batch,
        "pruning": _pruning(request),
    }
    name = request.name or _name(request, objective, space.to_wire())
    result = contest(
        objective,
        space,
        methods=request.methods,
        repeats=request.repeats,
        outer_folds=request.outer_folds,
        direction=None if table else direction_of(request),
        seed=request.seed,
        name=name,
        progress=progress,
        **options,
    )
    found = _to_use(result, objective, space, name, request.seed, options, progress) if table else _found(result)
    if len(result.methods) == 1:  # nobody was compared: what was found is the answer
        return replace(result, summary=found)
    return replace(result, notes=(found, *result.notes))


def direction_of(request: Request) -> Direction:
    """Which values are good, as far as the arguments tell."""
    if not request.table:
        return "maximize" if request.direction == "maximize" else "minimize"
    return "minimize" if request.table["metric"] == "log_loss" else "maximize"


def best_so_far(error: Interrupted, direction: Direction) -> str:
    """What an interrupted contest has found, as lines."""
    searches: tuple[Search, ...] = getattr(error, "searches", (error.search,))
    trials = sum(len(one.trials) for one in searches)
    lines = [f"Interrupted after {trials:,} {'trial' if trials == 1 else 'trials'}."]
    found = [(one, best) for one in searches if (best := one.best(direction)) is not None and best.value is not None]
    if found:
        sign = 1.0 if direction == "maximize" else -1.0
        one, best = max(found, key=lambda pair: sign * float(pair[1].value or 0.0))
        lines.append(
            f"Best so far: {best.value:.6g} ({method_name(one.method)}, trial {best.number}) at {written(best.params)}"
        )
    else:
        lines.append("None of them has a value.")
    return "\n".join(lines) + "\n"


def written(params: Any) -> str:
    """Parameters in one line, numbers to six figures."""
    return ", ".join(
        f"{name} = {value:.6g}" if isinstance(value, float) else f"{name} = {value}" for name, value in params.items()
    )


def as_text(result: Contest, format: Format, *, width: int = 100, ascii_only: bool = False) -> str:
    """The contest in the format."""
    from cutaway.report.contests import contest_html, contest_json, contest_text

    if format is Format.html:
        return contest_html(result)
    if format is Format.json:
        return json.dumps(contest_json(result), ensure_ascii=ascii_only, allow_nan=False, indent=1) + "\n"
    return contest_text(result, width)


def _objective(request: Request, progress: Progress) -> Any:
    if not request.table:
        from cutaway.tuning.naming import imported

        found = imported(request.object, "objective")
        if not callable(found):
            raise InputError(f"objective {request.object}: expected a function, got {type(found).__name__}")
        return found
    from cutaway.tuning.models import model_named
    from cutaway.tuning.rows import read_rows
    from cutaway.tuning.validation import CrossValidated

    asked = request.table
    model_named(asked["model"])
    rows = read_rows(
        request.object, asked["target"], drop=asked["drop"], most=asked["rows"], seed=request.seed, progress=progress
    )
    return CrossValidated(rows, asked["model"], asked["metric"], asked["folds"], request.seed)


def _pruning(request: Request) -> Any:
    from cutaway.tuning.halving import Halving

    brackets = {"none": 0, "halving": 1, "hyperband": 3}[request.pruning.value]
    return Halving(brackets=brackets) if brackets else None


def _name(request: Request, objective: Any, space: Any) -> str:
    """A name that another question does not have: what was asked for, and the code of the objective's module."""
    code = ""
    if request.object and not request.table:
        module = sys.modules.get(getattr(objective, "__module__", None) or "")
        try:
            code = inspect.getsource(module) if module is not None else ""
        except (OSError, TypeError):
            code = ""
    told = objective.describe() if hasattr(objective, "describe") else code
    asked = (told, space, request.seed, request.batch, request.direction, request.pruning.value, request.outer_folds)
    mark = hashlib.sha256(repr(asked).encode()).hexdigest()[:8]
    return f"{request.object.rpartition('/')[2]}-{mark}"


def _found(result: Contest) -> str:
    """The best configuration of all searches, in a sentence."""
    sign = 1.0 if result.direction == "maximize" else -1.0
    found = [(one, best) for one in result.searches if (best := one.best(result.direction)) is not None]
    one, best = max(found, key=lambda pair: sign * float(pair[1].value or 0.0))
    return (
        f"The best value of all searches is {best.value:.6g} ({method_name(one.method)}, repeat {one.repeat + 1}, "
        f"trial {best.number}), at {written(best.params)}."
    )


def _to_use(
    result: Contest,
    objective: Any,
    space: Any,
    name: str,
    seed: int,
    options: dict[str, Any],
    progress: Progress,
) -> str:
    """The configuration that the best method selects on all rows, in a sentence, with what to expect of it."""
    from cutaway.tuning.search import search

    standing = min(result.standings, key=lambda each: each.rank)
    progress(f"{method_name(standing.method)}, on all rows", 0, None)
    found = search(
        objective,
        space,
        method=standing.method,
        direction=objective.direction,
        seed=seed,
        name=f"{name}-{standing.method}-all",
        **options,
    )
    best = found.best(objective.direction)
    if best is None or best.value is None:
        return f"On all rows no trial of {method_name(standing.method)} has a value."
    sentence = (
        f"To use: {written(best.params)}; {method_name(standing.method)} selects it on all rows, by {result.metric} "
        f"{best.value:.4g} on the folds it saw."
    )
    if standing.outer is not None:
        sentence += f" What to expect of a configuration so selected is {standing.outer.value:.4g}, the outer score."
    return sentence

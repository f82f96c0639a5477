"""What the user says of scores: which columns hold them, how to read them, what errors cost, which groups matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cutaway.checks.run.target import find
from cutaway.core.errors import InputError
from cutaway.core.table import Spec


@dataclass(frozen=True, slots=True)
class Costs:
    """What a false alarm and a miss cost, in one unit. `given` False: nobody named them, and both are 1."""

    fp: float = 1.0
    fn: float = 1.0
    column: str | None = None  # the cost of getting each row wrong; stands in for the two numbers where it has a value
    given: bool = False

    @property
    def cut(self) -> float:
        """The probability from which an alarm is worth its cost, if scores are calibrated: fp / (fp + fn)."""
        return self.fp / (self.fp + self.fn)


UNNAMED = Costs()


@dataclass(frozen=True, slots=True)
class Roles:
    """Score columns and what belongs to them. No scores: those of the plain model are judged."""

    scores: tuple[str, ...] = ()  # of the positive class, or one a class in the order of the classes
    other: tuple[str, ...] = ()  # of a second model, on the same rows
    logits: bool = False  # log-odds in place of probabilities
    costs: Costs = UNNAMED
    group: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that are not features."""
        cost = () if self.costs.column is None else (self.costs.column,)
        return (*self.scores, *self.other, *cost)


NO_ROLES = Roles()


def roles_of(
    specs: tuple[Spec, ...],
    classes: tuple[str, ...],
    taken: Sequence[str | None],
    *,
    scores: Sequence[str] = (),
    logits: Sequence[str] = (),
    cost_fp: float | None = None,
    cost_fn: float | None = None,
    cost_column: str | None = None,
    group: str | None = None,
) -> Roles:
    """The roles that the options give, after a look at the columns. `taken`: target and weight.

    Raises: InputError for columns that do not exist or are no numbers, a number of score columns that does not fit the
    classes, and costs that are not positive.
    """
    if scores and logits:
        raise InputError("--scores and --logits: expected one of the two, got both; name probabilities or log-odds")
    option, named = ("--logits", tuple(logits)) if logits else ("--scores", tuple(scores))
    for name in named:
        _number(specs, name, option, taken)
    if len(set(named)) < len(named):
        raise InputError(f"{option}: expected different columns, got {', '.join(named)}; name each once")
    each = 1 if len(classes) == 2 else len(classes)
    if named and len(named) not in (each, 2 * each):
        what = (
            "one column, or two to compare two models"
            if each == 1
            else (
                f"one column a class, {each}, in the order {', '.join(classes)} (or {2 * each} to compare two models)"
            )
        )
        raise InputError(f"{option}: expected {what}, got {len(named)} ({', '.join(named)})")
    for name, value in (("--cost-fp", cost_fp), ("--cost-fn", cost_fn)):
        if value is not None and not 0 < value < float("inf"):
            raise InputError(f"{name} {value:g}: expected a cost above 0; give both in the same unit, such as 1 and 20")
    if (cost_fp is not None or cost_fn is not None or cost_column is not None) and len(classes) > 2:
        raise InputError(
            f"--cost-fp, --cost-fn, --cost-column: are for two classes, and the target has {len(classes)}; name one "
            f"with --positive"
        )
    if cost_column is not None:
        _number(specs, cost_column, "--cost-column", (*taken, *named))
    if group is not None:
        if group in (*taken, *named, cost_column):
            raise InputError(f"--group {group!r}: has another role already; name a column that holds groups")
        if find(specs, group, "--group").kind == "date":
            raise InputError(f"--group {group!r}: expected categories, got dates; name a column that holds groups")
    given = cost_fp is not None or cost_fn is not None or cost_column is not None
    return Roles(
        scores=named[:each],
        other=named[each:],
        logits=bool(logits),
        costs=Costs(cost_fp or 1.0, cost_fn or 1.0, cost_column, given),
        group=group,
    )


def _number(specs: tuple[Spec, ...], name: str, option: str, taken: Sequence[str | None]) -> None:
    kind = find(specs, name, option).kind
    if kind != "number":
        raise InputError(f"{option} {name!r}: expected a number column, got a {kind}; name a column of numbers")
    if name in taken:
        raise InputError(f"{option} {name!r}: has another role already (target, weight or score); name another column")

"""The laws of a check: its page is whole, its example fires and stays silent, and it errs no more than it promises."""

from __future__ import annotations

import doctest
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, get_args
from unittest.mock import patch

import numpy as np

from cutaway.checks.run import example
from cutaway.checks.run.check import HEADINGS, Asked, Asks, Check, Setting
from cutaway.checks.run.discovery import PLUGIN_CODE, own
from cutaway.core.findings import Finding, NotApplicableError, Outcome
from cutaway.science.metrics import clopper_pearson
from cutaway.testing.laws import expect, tried

Table = Mapping[str, Any]
"""Columns by name, equally long; y is the target. Of two tables: "first" and "other", a table each."""
MAKERS: dict[str, Callable[..., Any]] = {
    "table": example.table,
    "model": example.fitted,
    "scores": example.scored,
    "test": example.pair,
}
"""What makes the subject of a check from a table, by what the check asks of."""
ORDERS = 3
DEFAULT_PROMISE = 0.05


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a check fired, with Clopper's and Pearson's interval of 95 %."""

    fired: int
    of: int
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.fired} of {self.of} ({self.low:.2%} to {self.high:.2%})"


class CheckTrial:
    """A check under trial.

    Args:
        check: a function marked by `check`, or what it was made.
        null: the table of a seed, in which nothing is wrong that the check asks about; `sound_table` by default.
        promise: the share of such tables in which it may fire; by default its setting `alpha` or `level`, or 5 %.
        tables: how many are drawn.
        ordered: whether it asks about the order of the rows, so that another order is another question.
        settings: thresholds in place of the defaults.
    """

    def __init__(
        self,
        check: Check | Callable[..., Iterator[Finding]],
        *,
        null: Callable[[int], Table] | None = None,
        promise: float | None = None,
        tables: int = 100,
        ordered: bool = False,
        settings: Mapping[str, Setting] | None = None,
    ) -> None:
        self.check: Check = check if isinstance(check, Check) else check.check  # type: ignore[attr-defined]
        self.null = null or (sound_pair if self.check.asks == "test" else sound_table)
        self.settings = {**self.check.settings, **(settings or {})}
        self.promise = promised(self.check) if promise is None else promise
        self.tables, self.ordered = tables, ordered

    @property
    def of_rows(self) -> bool:
        """Whether it asks of tables, which can be drawn; networks and images are told in its example alone."""
        return self.check.asks in MAKERS


def promised(check: Check) -> float:
    """The error rate that the check's own settings name; 5 % where none does."""
    named = (check.settings.get(name) for name in ("alpha", "level"))
    return next((each for each in named if isinstance(each, float)), DEFAULT_PROMISE)


def tests_nothing(check: Check) -> bool:
    """Whether it states a fact of every table, as its Null says, which then begins with "none"."""
    return check.sections.get("Null", "").startswith("none")


def sound_table(seed: int, rows: int = 600) -> Table:
    """A table in which nothing is wrong: five features of several kinds, three of which bear on one of two classes."""
    rng = np.random.default_rng([seed, 600])
    a, b, c = rng.normal(size=(3, rows))
    kind, count = rng.choice(["blue", "green", "red"], rows), rng.poisson(20.0, rows).astype(float)
    y = rng.random(rows) < 1 / (1 + np.exp(0.2 - 0.8 * a + 0.5 * b - 0.6 * (kind == "red")))
    return {"a": a, "b": b, "c": c, "kind": kind.tolist(), "count": count, "y": np.where(y, "yes", "no").tolist()}


def sound_pair(seed: int) -> Table:
    """Two such tables of one law."""
    return {"first": dict(sound_table(2 * seed)), "other": dict(sound_table(2 * seed + 1))}


def subject(asks: Asks, table: Table) -> Any:
    """What a check that asks of this is asked about, as an audit makes it.

    `table` may have beside its columns what `cutaway.checks.run.example` takes: `weight`, `p`, `other`, `asked`.
    """
    return MAKERS[asks](**table)


def error_rates(
    checks: Iterable[Check],
    null: Callable[[int], Table] | None = None,
    *,
    tables: int = 100,
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
) -> dict[str, Rate]:
    """How often each check fires in tables in which nothing is wrong, by code; each table is made once for all.

    Raises:
        AssertionError: a check crashed.
    """
    asked = list(checks)
    fired = dict.fromkeys((one.code for one in asked), 0)
    for asks in dict.fromkeys(one.asks for one in asked):
        drawn = null or (sound_pair if asks == "test" else sound_table)
        for seed in range(tables):
            made = subject(asks, drawn(seed))
            for one in asked:
                if one.asks == asks:
                    outcome = one.run(made, (settings or {}).get(one.code, one.settings))
                    expect(outcome.status != "crashed", f"{one.code} crashed at seed {seed}: {outcome.reason}")
                    fired[one.code] += outcome.status in ("issue", "tip")
    return {code: Rate(k, tables, *map(float, clopper_pearson(k, tables))) for code, k in fired.items()}


def its_page_is_whole(trial: CheckTrial) -> None:
    """Code, name, what it asks, and every part of the docstring in sentences."""
    check = trial.check
    theirs = check.function.__module__.split(".")[0] != "cutaway"
    if theirs:
        expect(PLUGIN_CODE.fullmatch(check.code), f"{check.code}: four to eight capitals and three digits")
        ours = {one.code[:3] for one in own()}
        expect(check.code[:3] not in ours, f"{check.code}: codes that begin with {check.code[:3]} are cutaway's")
    else:
        expect(re.fullmatch(r"[A-Z]{3}\d{3}", check.code), f"{check.code}: three capitals and three digits")
    expect(check.name and check.name == check.name.strip(), "it has a name")
    expect(check.asks in get_args(Asks), f"asks: expected one of {', '.join(get_args(Asks))}, got {check.asks!r}")
    for part in ("", *HEADINGS):
        text = check.sections.get(part, "")
        expect(text, f"the docstring has no {part + ':' if part else 'first sentence'}")
        expect(part == "Example" or text.endswith((".", ")")), f"{part or 'the first sentence'} ends with a full stop")
    given = list(inspect.signature(check.function).parameters.values())
    expect(given and given[0].kind is not given[0].KEYWORD_ONLY, "its function takes the subject first")
    for each in given[1:]:
        expect(each.kind is each.KEYWORD_ONLY, f"{each.name}: a setting is keyword-only (after *)")
        expect(isinstance(each.default, float | int | bool | str), f"{each.name}: a setting has a default")


def its_example_fires_and_stays_silent(trial: CheckTrial) -> None:
    """The doctest passes, and in it the check yields a finding once at least, and once none."""
    function = trial.check.function
    module = sys.modules[function.__module__]
    counts: list[int] = []

    def heard(*given: Any, **settings: Any) -> list[Finding]:
        try:
            found = list(function(*given, **settings))
        except NotApplicableError:
            counts.append(0)
            raise
        counts.append(len(found))
        return found

    run = Check.run

    def asked(self: Check, subject: Asked, settings: Mapping[str, Setting]) -> Outcome:
        outcome = run(self, subject, settings)
        if self.code == trial.check.code:
            counts.append(len(outcome.findings))
        return outcome

    heard.check = replace(trial.check, function=heard)  # type: ignore[attr-defined, arg-type]
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    names = {**vars(module), function.__name__: heard}
    tests = doctest.DocTestFinder(recurse=False).find(function, function.__name__, module, names)
    with patch.object(Check, "run", asked):  # an example may go through an audit
        for test in tests:
            test.globs = dict(names)
            runner.run(test, out=said.append)
    expect(sum(len(test.examples) for test in tests), "its docstring has no example")
    expect(not runner.failures, f"its example fails: {' '.join(''.join(said).split())[-400:]}")
    expect(any(counts), "in its example it never fires")
    expect(0 in counts or tests_nothing(trial.check), "in its example it is never silent")


def it_errs_no_more_than_it_promises(trial: CheckTrial) -> None:
    """In tables in which nothing is wrong; the promise is refuted where it lies below the whole interval."""
    check = trial.check
    if not trial.of_rows or tests_nothing(check):
        return
    found = error_rates([check], trial.null, tables=trial.tables, settings={check.code: trial.settings})
    rate = found[check.code]
    expect(rate.low <= trial.promise, f"it fires in {rate} tables without fault, and promises {trial.promise:.2%}")


def the_order_of_rows_does_not_matter(trial: CheckTrial) -> None:
    """The rows of a table shuffled, it fires or stays silent as before."""
    if trial.ordered or not trial.of_rows:
        return
    for seed in range(ORDERS):
        before, after = (
            trial.check.run(each, trial.settings).status for each in _two_orders(trial.check.asks, trial.null, seed)
        )
        expect(before == after, f"seed {seed}: {before}, and after a shuffle of the rows {after}")


@cache
def _two_orders(asks: Asks, null: Callable[[int], Table], seed: int) -> tuple[Any, Any]:
    table = null(seed)
    return subject(asks, table), subject(asks, shuffled(table, seed))


def shuffled(table: Table, seed: int) -> Table:
    """The same rows in another order."""
    if "first" in table:
        return {name: shuffled(each, seed) for name, each in table.items()}
    order = np.random.default_rng([seed, 1]).permutation(len(table["y"]))
    return {name: _taken(values, order) for name, values in table.items()}


def _taken(values: Any, order: np.ndarray) -> Any:
    if isinstance(values, np.ndarray):
        return values[order]
    return [values[i] for i in order] if isinstance(values, list | tuple) else values


def it_takes_any_table(trial: CheckTrial) -> None:
    """Few rows, gaps, words, markup, a column of one value: whatever it says, it does not crash."""
    if not trial.of_rows:
        return
    for seed in range(4):
        outcome = trial.check.run(_odd(trial.check.asks, seed), trial.settings)
        expect(outcome.status != "crashed", f"at an odd table it crashes: {outcome.reason}")


@cache
def _odd(asks: Asks, seed: int) -> Any:
    table = odd_table(seed)
    return subject(asks, {"first": table, "other": table} if asks == "test" else table)


def odd_table(seed: int) -> Table:
    """A small table with what tables have that nobody thought of."""
    rng = np.random.default_rng([seed, 7])
    n = int(rng.integers(12, 60))
    return {
        "number": rng.normal(size=n),
        "gaps": np.where(rng.random(n) < 0.5, np.nan, rng.normal(size=n)),
        "word": [("a", "b", None)[i] for i in rng.integers(0, 3, n)],
        "name": [f"n{i}" for i in range(n)],
        "flag": rng.random(n) < 0.2,
        "one": np.ones(n),
        "</script>\x1b[31m": rng.integers(0, 3, n),
        "y": [("no", "yes")[i] for i in rng.permutation(np.arange(n) % 2)],
    }


READ_LAWS: tuple[Callable[[CheckTrial], None], ...] = (its_page_is_whole,)
"""Those that run nothing."""
RUN_LAWS: tuple[Callable[[CheckTrial], None], ...] = (
    its_example_fires_and_stays_silent,
    it_takes_any_table,
    the_order_of_rows_does_not_matter,
    it_errs_no_more_than_it_promises,
)
LAWS = (*READ_LAWS, *RUN_LAWS)


def verify_check(check: Check | Callable[..., Iterator[Finding]], **given: Any) -> None:
    """Hold a check, the function that `check` marks, to every law. `given`: what `CheckTrial` takes besides.

    Raises:
        AssertionError: some do not hold; the message has a line for each.
    """
    trial = CheckTrial(check, **given)
    tried(f"check {trial.check.code}", LAWS, trial)

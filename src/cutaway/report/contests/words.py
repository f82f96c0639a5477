"""A comparison of tuning methods in words, the same on a terminal, in JSON and on a page."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from cutaway.core.contest import Contest, Estimate, Standing, Verdict, method_name
from cutaway.core.version import __version__
from cutaway.report.numerals import number
from cutaway.report.text import counted, listed, sentence

OUTCOMES = {"win": "better", "tie": "no difference shown", "loss": "worse"}


def heading(contest: Contest) -> str:
    """The report's title: which methods, on what."""
    return f"Tuning {contest.objective}: {listed([method_name(one) for one in contest.methods], 6)}"


def facts(contest: Contest) -> list[str]:
    """What stands under the title: the score, the budget of each search, repeats and folds."""
    budget = contest.budget
    spent = [counted(budget.trials, "trial")] if budget.trials is not None else []
    if budget.seconds is not None:
        spent.append(f"{number(budget.seconds)} s")
    best = "highest" if contest.direction == "maximize" else "lowest"
    lines = [f"{best} {contest.metric} is best", f"{' or '.join(spent) or 'no limit'} a search"]
    lines.append(f"{counted(budget.repeats, 'repeat')} of each method")
    if budget.outer_folds:
        lines.append(f"{budget.outer_folds} outer folds, never seen by the search")
    return [*lines, f"{counted(sum(len(one.trials) for one in contest.searches), 'trial')} in all"]


def verdict(contest: Contest) -> str:
    """The first sentence of a report: what the contest says in words, or what its verdicts add up to."""
    if contest.summary:
        return sentence(contest.summary)
    if not contest.verdicts:
        return "Nothing was compared: there is one method, or one repeat of each."
    shown = [one for one in contest.verdicts if one.outcome != "tie"]
    pairs = counted(len(contest.verdicts), "pair")
    if not shown:
        return f"No method is shown to be better than another, in {pairs} compared."
    return sentence(shown[0].sentence) + (f" {len(shown)} of {pairs} differ." if len(contest.verdicts) > 1 else "")


def estimate(given: Estimate | None, digits: int = 3) -> str:
    """A figure with its interval; a dash where there is none.

    >>> estimate(Estimate(value=0.9, low=0.85, high=0.95)), estimate(Estimate(value=0.9)), estimate(None)
    ('0.9 (0.85 to 0.95)', '0.9', '–')
    """
    if given is None or not isfinite(given.value):
        return "–"
    told = number(given.value, digits)
    if isfinite(given.low) and isfinite(given.high):
        told += f" ({number(given.low, digits)} to {number(given.high, digits)})"
    return told


def standing_rows(contest: Contest) -> tuple[list[str], list[list[str]]]:
    """Names of the columns, and the words of each method; columns that no method fills are left out."""
    short = "short of the best" if contest.truth is not None else "short of the best found"
    columns: list[tuple[str, Callable[[Standing], str]]] = [
        (f"{contest.metric} it selected by", lambda one: estimate(one.selected)),
        ("on what no search saw", lambda one: estimate(one.outer)),
        ("too hopeful by", lambda one: estimate(one.optimism)),
        ("corrected by bootstrap", lambda one: estimate(one.corrected)),
        (short, lambda one: estimate(one.regret)),
        ("trials", lambda one: number(one.trials)),
        ("failed", lambda one: number(one.failed) if one.failed else "–"),
        ("seconds", lambda one: number(one.seconds)),
        ("mean rank", lambda one: number(one.rank)),
    ]  # fmt: skip
    ordered = standings(contest)
    filled = [(name, [make(one) for one in ordered]) for name, make in columns]
    kept = [(name, words) for name, words in filled if any(word != "–" for word in words)]
    rows = [[method_name(one.method), *(words[at] for _, words in kept)] for at, one in enumerate(ordered)]
    return ["method", *(name for name, _ in kept)], rows


def standings(contest: Contest) -> list[Standing]:
    """Those of every method, the best rank first."""
    return sorted(contest.standings, key=lambda one: one.rank if isfinite(one.rank) else float("inf"))


def verdict_line(one: Verdict) -> str:
    """A comparison of two methods in words."""
    return (
        sentence(one.sentence)
        if one.sentence
        else f"{method_name(one.a)} against {method_name(one.b)}: {OUTCOMES[one.outcome]}."
    )


def foot(contest: Contest) -> str:
    """What made the report, from which seed, and how long it took."""
    used = " · ".join(f"{name} {version}" for name, version in contest.versions.items() if name != "cutaway")
    made = f"cutaway {contest.versions.get('cutaway', __version__)} · seed {contest.seed} · {contest.seconds:.1f} s"
    return f"{made} · {used}" if used else made

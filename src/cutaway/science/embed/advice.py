"""The verdict on representations as one sentence, from what was measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cutaway.core.wording import percent, two_digits

if TYPE_CHECKING:
    from cutaway.science.embed.choice import Choice, Rated
    from cutaway.science.embed.rates import Interval


def advised(choice: Choice) -> Choice:
    """The same with what is recommended, and why, in a sentence.

    The cheapest (by time a text) of those that the most accurate one is not shown to be ahead of; none, where not even
    the most accurate one is clearly better than always saying the commonest class.
    """
    best = max(choice.rated, key=lambda one: one.accuracy.value)
    if best.accuracy.low <= choice.majority:
        return replace(
            choice,
            sentence=f"None of them: the best, {best.name}, tells {share(best.accuracy)} right, and always saying the "
            f"commonest class {percent(choice.majority)}; these {choice.rows:,} texts do not show that it helps.",
        )
    rivals = [
        one for one in choice.rated if one is best or choice.between(best.name, one.name).outcome in ("equal", "open")
    ]
    taken = min(rivals, key=lambda one: one.milliseconds)
    return replace(choice, recommended=taken.name, sentence=_sentence(choice, taken, best))


def _sentence(choice: Choice, taken: Rated, best: Rated) -> str:
    told = f"Use {taken.name}: {share(taken.accuracy)} of {choice.rows:,} texts are told right"
    if taken is not best:
        pair = choice.between(best.name, taken.name)
        cost = times(best.milliseconds, taken.milliseconds)
        if pair.outcome == "equal":
            return (
                f"{told}, and {best.name}, which takes {cost} a text, adds {points(pair.difference)}: too little to "
                "matter."
            )
        return (
            f"{told}. Whether {best.name} adds anything is open ({points(pair.difference)}) and it takes {cost} a "
            "text; more rows would tell."
        )
    if len(choice.rated) == 1:
        return f"{told}, and always saying the commonest class {percent(choice.majority)}; nothing else was measured."
    cheaper = [one for one in choice.rated if one.milliseconds < taken.milliseconds]
    if not cheaper:
        return f"{told}; nothing else is better, and nothing is cheaper."
    next_best = max(cheaper, key=lambda one: one.accuracy.value)
    pair = choice.between(taken.name, next_best.name)
    return (
        f"{told}, {points(pair.difference)} more than {next_best.name}, for "
        f"{times(taken.milliseconds, next_best.milliseconds)} a text."
    )


def share(interval: Interval) -> str:
    """A share with its interval."""
    return f"{percent(interval.value)} ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def points(difference: Interval) -> str:
    """A difference in percentage points, with its interval."""
    low, high = (f"{100 * end:.1f}".replace("-", "−") for end in (difference.low, difference.high))
    return f"{100 * difference.value:.1f} points ({low} to {high})".replace("-", "−")


def times(one: float, other: float) -> str:
    """How much time the one takes, in that of the other where that can be said.

    >>> times(30.0, 0.1)
    '300 times the time (30 ms against 0.1)'
    """
    if other <= 0:
        return f"{two_digits(one)} ms"
    ratio = one / other
    shown = two_digits(ratio) if ratio < 10 else f"{ratio:,.0f}"
    return f"{shown} times the time ({two_digits(one)} ms against {two_digits(other)})"

"""Whether a score means what it says, as a figure."""

from __future__ import annotations

from math import isfinite

from cutaway.core.audit import ScoreFacts
from cutaway.core.figures import Axis, Line, Lines
from cutaway.report.numerals import number, percent


def reliability(scores: ScoreFacts) -> Lines | None:
    """The share of positives among rows of about equal score, against that score, over the band of perfect scores.

    The band is what the same number of rows would show if every score were its own probability; None without scores
    of two classes.
    """
    if scores.explorer is None:
        return None
    at = scores.explorer.reliability.columns
    mean, observed = at["mean_score"], at["observed"]
    if not mean:
        return None
    outside = [
        i
        for i in range(len(mean))
        if isfinite(observed[i]) and not at["null_low"][i] <= observed[i] <= at["null_high"][i]
    ]
    alt = f"All {len(mean)} groups of rows lie where a group of true scores lies 95\u00a0% of the time."
    if outside:
        far = max(outside, key=lambda i: abs(observed[i] - mean[i]))
        alt = (
            f"{len(outside)} of {len(mean)} groups of rows lie outside of where a group of true scores lies 95\u00a0% "
            f"of the time, which chance makes about {number(0.05 * len(mean), 2)}; the farthest has a mean score of "
            f"{percent(mean[far])} and {percent(observed[far])} positives."
        )
    return Lines(
        alt=alt,
        x=Axis(label="mean score of a group of rows", unit="probability"),
        y=Axis(label="share of positives in the group"),
        lines=(
            Line(
                name="every score true, and its chance",
                x=mean,
                y=mean,
                low=at["null_low"],
                high=at["null_high"],
                role="other",
            ),
            Line(name="observed, 95 % interval", x=mean, y=observed, low=at["low"], high=at["high"]),
        ),
    )

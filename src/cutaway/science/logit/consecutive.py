"""A logistic regression judged in consecutive blocks of rows, beside shuffled folds on the same rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.science.logit.held_out import held_out
from cutaway.science.metrics import ranking, ranking_difference
from cutaway.science.metrics.ranking import logit_interval


@dataclass(frozen=True, slots=True)
class Consecutive:
    """Mean areas under ROC within the blocks, of scores from consecutive and from shuffled folds.

    `low` and `high`: 95 % interval of the shuffled one. `p`: one-sided, that consecutive folds are no harder. `se`:
    of the consecutive one.
    """

    blocked: float
    shuffled: float
    low: float
    high: float
    p: float
    se: float

    @property
    def harder(self) -> bool:
        """Whether the score in consecutive folds lies below the interval of the score in shuffled ones."""
        return self.blocked < self.low


def consecutive(
    x: np.ndarray, y: np.ndarray, classes: Sequence[int], blocks: np.ndarray, shuffled: np.ndarray
) -> Consecutive | None:
    """Scores each row of x (n, p) twice: by a fit without its block, and by one without its shuffled fold.

    `y` (n,) codes; each of the `classes` is set against the rest, and their areas are averaged. Both scores are ranked
    within the blocks only, weighted by their pairs, so that they differ by what the fits have seen and by nothing else.
    None where a block has fewer than two rows of a class or of its rest.

    Source: Roberts et al. 2017; DeLong, DeLong & Clarke-Pearson 1988 for the errors.
    """
    rows = [row for k in classes if (row := _areas(x, (y == k).astype(float), blocks, shuffled)) is not None]
    if not rows:
        return None
    from scipy.special import ndtr

    blocked, easy, gap_se, easy_se, blocked_se = (np.array(v) for v in zip(*rows, strict=True))
    m = len(rows)
    gap, se = float((easy - blocked).mean()), _root(gap_se) / m
    counts = np.array([(y == k).sum() for k in classes])
    fewest = float(np.minimum(counts, y.size - counts).min())
    low, high = logit_interval(float(easy.mean()), _root(easy_se) / m, fewest)
    p = float(ndtr(-gap / se)) if se > 0 else float(not gap > 0)
    return Consecutive(float(blocked.mean()), float(easy.mean()), low, high, p, _root(blocked_se) / m)


def _root(errors: np.ndarray) -> float:
    return math.sqrt(float(np.sum(errors**2)))


def _areas(x: np.ndarray, y: np.ndarray, blocks: np.ndarray, shuffled: np.ndarray) -> tuple[float, ...] | None:
    """Areas of both scores for one class; errors of their difference, of the shuffled and of the blocked one."""
    positives, rows = np.bincount(blocks, weights=y), np.bincount(blocks)
    if (positives < 2).any() or (rows - positives < 2).any():
        return None
    hard, easy = held_out(x, y, blocks, shuffled)
    parts = []
    for b in range(rows.size):
        mine = blocks == b
        there = y[mine] == 1
        one, other = ranking(there, hard[mine]), ranking(there, easy[mine])
        error = ranking_difference(there, easy[mine], hard[mine])[1]
        parts.append((float(there.sum()) * float((~there).sum()), one.auc, other.auc, error, other.se, one.se))
    pairs, hard_auc, easy_auc, *errors = np.array(parts).T
    share = pairs / pairs.sum()
    return float(share @ hard_auc), float(share @ easy_auc), *(_root(share * e) for e in errors)

"""DAT004: one feature alone nearly decides the target."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, Remedy
from cutaway.science import logit
from cutaway.science.columns.encoding import Cells, stratified
from cutaway.science.metrics import ranking, ranking_difference

FOLDS = 5


@dataclass(frozen=True)
class Alone:
    """How well one feature alone tells the classes apart: cross-fitted scores by class, their mean area and its 95 % interval."""

    name: str
    scores: np.ndarray  # (classes scored, m)
    auc: float
    low: float
    high: float

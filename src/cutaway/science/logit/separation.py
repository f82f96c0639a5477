"""Separation: data in which some direction ranks the classes without error, so that maximum likelihood has no maximum."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.science.logit.ascent import Ascent
from cutaway.science.logit.frame import Frame


def certified_direction(fold: Any, p: int, ended: Ascent, frame: Frame) -> np.ndarray | None:
    return None

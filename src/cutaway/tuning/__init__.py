"""Searches over hyperparameters: protocol, storage and workers."""

from cutaway.tuning.halving import Halving
from cutaway.tuning.limits import Limits
from cutaway.tuning.reading import read_space, space_of
from cutaway.tuning.samplers import METHODS
from cutaway.tuning.search import Budget, Interrupted, search
from cutaway.tuning.space import Choice, Float, Grid, Int, Space
from cutaway.tuning.trials import Attempt, Ended, Task
from cutaway.tuning.workers import Here, Processes

__all__ = [
    "METHODS",
    "Attempt",
    "Budget",
    "Choice",
    "Ended",
    "Float",
    "Grid",
    "Halving",
    "Here",
    "Int",
    "Interrupted",
    "Limits",
    "Processes",
    "Space",
    "Task",
    "read_space",
    "search",
    "space_of",
]

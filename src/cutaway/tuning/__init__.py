"""Searches over hyperparameters: protocol, storage and workers."""

from cutaway.tuning.contest import ContestInterrupted, contest
from cutaway.tuning.halving import Halving
from cutaway.tuning.limits import Limits
from cutaway.tuning.models import MODELS
from cutaway.tuning.reading import read_space, space_of
from cutaway.tuning.rows import Rows, read_rows
from cutaway.tuning.samplers import METHODS
from cutaway.tuning.search import Budget, Interrupted, search
from cutaway.tuning.space import Choice, Float, Grid, Int, Space
from cutaway.tuning.trials import Attempt, Ended, Task
from cutaway.tuning.validation import CrossValidated
from cutaway.tuning.workers import Here, Processes

__all__ = [
    "METHODS",
    "MODELS",
    "Attempt",
    "Budget",
    "Choice",
    "ContestInterrupted",
    "CrossValidated",
    "Ended",
    "Float",
    "Grid",
    "Halving",
    "Here",
    "Int",
    "Interrupted",
    "Limits",
    "Processes",
    "Rows",
    "Space",
    "Task",
    "contest",
    "read_rows",
    "read_space",
    "search",
    "space_of",
]

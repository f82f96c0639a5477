"""How heavy the tails of a column are: whether a variance, or even a mean, can exist."""

from cutaway.science.tails.heavy import heavy
from cutaway.science.tails.index import TailIndex, hill, pareto_fit
from cutaway.science.tails.report import TailReport
from cutaway.science.tails.sketch import TailSketch

__all__ = ["TailIndex", "TailReport", "TailSketch", "heavy", "hill", "pareto_fit"]

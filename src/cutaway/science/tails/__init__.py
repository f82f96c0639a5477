"""How heavy the tails of a column are: whether a variance, or even a mean, can exist."""

from cutaway.science.tails.sketch import TailSketch

__all__ = ["TailSketch"]

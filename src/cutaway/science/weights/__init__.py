"""Class weights computed from class counts."""

from cutaway.science.weights.classes import balanced, effective_number, max_over, median_frequency, square_root

__all__ = ["balanced", "effective_number", "max_over", "median_frequency", "square_root"]

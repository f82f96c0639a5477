"""Class weights computed from class counts, and what weights do to a fit under each reduction."""

from cutaway.science.weights.batches import batch_prior, batch_weight_ratio, expected_inverse_weight
from cutaway.science.weights.classes import balanced, effective_number, max_over, median_frequency, square_root
from cutaway.science.weights.effects import effective_prior, expected_batch_weight, learning_rate_factor, mean_one
from cutaway.science.weights.trainings import weighted_trainings

__all__ = [
    "balanced",
    "batch_prior",
    "batch_weight_ratio",
    "effective_number",
    "effective_prior",
    "expected_batch_weight",
    "expected_inverse_weight",
    "learning_rate_factor",
    "max_over",
    "mean_one",
    "median_frequency",
    "square_root",
    "weighted_trainings",
]

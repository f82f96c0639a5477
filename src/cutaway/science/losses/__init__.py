"""Losses over the arrays of NumPy, PyTorch, JAX and TensorFlow, with every reduction that frameworks use."""

from cutaway.science.losses.categorical import categorical, categorical_of_p
from cutaway.science.losses.derivatives import DERIVED, Derivatives, derivatives
from cutaway.science.losses.focal import focal, focal_categorical
from cutaway.science.losses.focal_sum import focal_value_and_gradient
from cutaway.science.losses.log_loss import log_loss, log_loss_of_p
from cutaway.science.losses.minimisers import focal_minimiser, focal_recalibrated, prior_bias
from cutaway.science.losses.reductions import REDUCTIONS, Reduction

__all__ = [
    "DERIVED",
    "REDUCTIONS",
    "Derivatives",
    "Reduction",
    "categorical",
    "categorical_of_p",
    "derivatives",
    "focal",
    "focal_categorical",
    "focal_minimiser",
    "focal_recalibrated",
    "focal_value_and_gradient",
    "log_loss",
    "log_loss_of_p",
    "prior_bias",
]

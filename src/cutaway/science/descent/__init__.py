"""Gradient descent on a quadratic: what the condition number of a Hessian implies for the steps."""

from cutaway.science.descent.conditioning import (
    condition_number,
    condition_number_in,
    stable_step,
    standardised_to_raw,
    steps_to,
)

__all__ = ["condition_number", "condition_number_in", "stable_step", "standardised_to_raw", "steps_to"]

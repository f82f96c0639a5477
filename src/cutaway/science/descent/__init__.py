"""Descent on a quadratic: what the condition number of a Hessian implies for the steps, and methods that take them."""

from cutaway.science.descent.conditioning import (
    condition_number,
    condition_number_in,
    stable_step,
    standardised_to_raw,
    steps_to,
)
from cutaway.science.descent.methods import (
    METHODS,
    Settings,
    State,
    adam_step,
    best_settings,
    gradient_step,
    momentum_step,
    nesterov_step,
    newton_step,
    shrinkage,
    stable_rate,
)
from cutaway.science.descent.quadratic import Quadratic
from cutaway.science.descent.runs import (
    at_share,
    best_run,
    gradient_steps,
    path,
    steps_by_condition,
    steps_taken,
    tuned_adam,
)
from cutaway.science.descent.scalings import SCALINGS, sizes

__all__ = [
    "METHODS",
    "SCALINGS",
    "Quadratic",
    "Settings",
    "State",
    "adam_step",
    "at_share",
    "best_run",
    "best_settings",
    "condition_number",
    "condition_number_in",
    "gradient_step",
    "gradient_steps",
    "momentum_step",
    "nesterov_step",
    "newton_step",
    "path",
    "shrinkage",
    "sizes",
    "stable_rate",
    "stable_step",
    "standardised_to_raw",
    "steps_by_condition",
    "steps_taken",
    "steps_to",
    "tuned_adam",
]

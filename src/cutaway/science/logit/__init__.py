"""Logistic regression by sums over rows: fits that stream, their errors and intervals, and what their coefficients mean.

Every fit exists twice: for a table in memory (`fit`), and for a fold (`fit_fold`), a callable that returns the sum of a state's `of(x, y, weight)` over batches
that this package never sees. Coefficient vectors have the intercept first.
"""

from cutaway.science.logit.effects import (
    MarginalEffects,
    average_marginal_effects,
    class_marginal_effects_fold,
    marginal_effects_fold,
)
from cutaway.science.logit.folds import FoldFit, leave_fold_out
from cutaway.science.logit.frame import Frame, penalty_raw
from cutaway.science.logit.gram import Gram
from cutaway.science.logit.multinomial import MultinomialFit, MultinomialGram, fit_multinomial, fit_multinomial_fold
from cutaway.science.logit.newton import Fit, fit, fit_fold
from cutaway.science.logit.scores import linear, log_loss, probabilities, sigmoid
from cutaway.science.logit.separation import Separation, Split, separation

__all__ = [
    "Fit",
    "FoldFit",
    "Frame",
    "Gram",
    "MarginalEffects",
    "MultinomialFit",
    "MultinomialGram",
    "Separation",
    "Split",
    "average_marginal_effects",
    "class_marginal_effects_fold",
    "fit",
    "fit_fold",
    "fit_multinomial",
    "fit_multinomial_fold",
    "leave_fold_out",
    "linear",
    "log_loss",
    "marginal_effects_fold",
    "penalty_raw",
    "probabilities",
    "separation",
    "sigmoid",
]

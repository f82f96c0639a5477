"""Logistic regression by sums over rows: fits that stream, their errors and intervals, what their coefficients mean.

Every fit exists twice: for a table in memory (`fit`), and for a fold (`fit_fold`), a callable that returns the sum of
a state's `of(x, y, weight)` over batches that this package never sees. Coefficient vectors have the intercept first.
"""

from cutaway.science.logit.between import PenaltyKnots, penalty_knots
from cutaway.science.logit.class_weighted import InterceptMove, intercept_move
from cutaway.science.logit.effects import (
    ClassMarginalSums,
    MarginalEffects,
    MarginalSums,
    average_marginal_effects,
    class_marginal_effects_fold,
    marginal_effects_fold,
)
from cutaway.science.logit.firth import HatSums, firth, firth_fold
from cutaway.science.logit.folds import FoldFit, FoldGrams, OtherGrams, leave_fold_out
from cutaway.science.logit.frame import Frame, penalty_raw
from cutaway.science.logit.gram import Gram
from cutaway.science.logit.margins import ColumnRanges, Margins
from cutaway.science.logit.multinomial import MultinomialFit, MultinomialGram, fit_multinomial, fit_multinomial_fold
from cutaway.science.logit.newton import Fit, fit, fit_fold
from cutaway.science.logit.path import PenaltyPath, penalty_path
from cutaway.science.logit.penalty import penalised, penalised_fold
from cutaway.science.logit.profile import profile_intervals, profile_intervals_fold
from cutaway.science.logit.scores import linear, log_loss, probabilities, sigmoid
from cutaway.science.logit.separation import Separation, Split, separation
from cutaway.science.logit.slope import best_intercepts, slope_losses
from cutaway.science.logit.stopping import slack

__all__ = [
    "ClassMarginalSums",
    "ColumnRanges",
    "Fit",
    "FoldFit",
    "FoldGrams",
    "Frame",
    "Gram",
    "HatSums",
    "InterceptMove",
    "MarginalEffects",
    "MarginalSums",
    "Margins",
    "MultinomialFit",
    "MultinomialGram",
    "OtherGrams",
    "PenaltyKnots",
    "PenaltyPath",
    "Separation",
    "Split",
    "average_marginal_effects",
    "best_intercepts",
    "class_marginal_effects_fold",
    "firth",
    "firth_fold",
    "fit",
    "fit_fold",
    "fit_multinomial",
    "fit_multinomial_fold",
    "intercept_move",
    "leave_fold_out",
    "linear",
    "log_loss",
    "marginal_effects_fold",
    "penalised",
    "penalised_fold",
    "penalty_knots",
    "penalty_path",
    "penalty_raw",
    "probabilities",
    "profile_intervals",
    "profile_intervals_fold",
    "separation",
    "sigmoid",
    "slack",
    "slope_losses",
]

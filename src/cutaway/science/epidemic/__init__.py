"""An outbreak under a lockdown: its waves, what is known of them from counts, and what is not."""

from cutaway.science.epidemic.answers import (
    CANNOT_TELL,
    Counterfactual,
    Decomposition,
    Growth,
    Predictive,
    counterfactual,
    decomposition,
    growth,
    predictive,
)
from cutaway.science.epidemic.calibration import Calibration, calibration
from cutaway.science.epidemic.delays import Delay, convolved
from cutaway.science.epidemic.diagnostics import effective_size, r_hat
from cutaway.science.epidemic.ensemble import Ensemble, ensemble, mean_of
from cutaway.science.epidemic.likelihood import Likelihood, likelihood_of
from cutaway.science.epidemic.observed import Note, Observed, spoken, steps_of
from cutaway.science.epidemic.placebo import Placebo, placebo
from cutaway.science.epidemic.posterior import Posterior, draw, interval, mode, posterior
from cutaway.science.epidemic.priors import Prior, Priors, priors_of
from cutaway.science.epidemic.renewal import doubling_time, growth_rate, reproduction_number
from cutaway.science.epidemic.seir import seir
from cutaway.science.epidemic.waves import Parameters, Waves, waves

__all__ = [
    "CANNOT_TELL",
    "Calibration",
    "Counterfactual",
    "Decomposition",
    "Delay",
    "Ensemble",
    "Growth",
    "Likelihood",
    "Note",
    "Observed",
    "Parameters",
    "Placebo",
    "Posterior",
    "Predictive",
    "Prior",
    "Priors",
    "Waves",
    "calibration",
    "convolved",
    "counterfactual",
    "decomposition",
    "doubling_time",
    "draw",
    "effective_size",
    "ensemble",
    "growth",
    "growth_rate",
    "interval",
    "likelihood_of",
    "mean_of",
    "mode",
    "placebo",
    "posterior",
    "predictive",
    "priors_of",
    "r_hat",
    "reproduction_number",
    "seir",
    "spoken",
    "steps_of",
    "waves",
]

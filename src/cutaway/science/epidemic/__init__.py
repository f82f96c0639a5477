"""An outbreak under a lockdown: its waves, what is known of them from counts, and what is not."""

from cutaway.science.epidemic.delays import Delay, convolved
from cutaway.science.epidemic.diagnostics import effective_size, r_hat
from cutaway.science.epidemic.likelihood import Likelihood, likelihood_of
from cutaway.science.epidemic.observed import Note, Observed, spoken, steps_of
from cutaway.science.epidemic.posterior import Posterior, interval, mode, posterior
from cutaway.science.epidemic.priors import Prior, Priors, priors_of
from cutaway.science.epidemic.renewal import doubling_time, growth_rate, reproduction_number
from cutaway.science.epidemic.waves import Parameters, Waves, waves

__all__ = [
    "Delay",
    "Likelihood",
    "Note",
    "Observed",
    "Parameters",
    "Posterior",
    "Prior",
    "Priors",
    "Waves",
    "convolved",
    "doubling_time",
    "effective_size",
    "growth_rate",
    "interval",
    "likelihood_of",
    "mode",
    "posterior",
    "priors_of",
    "r_hat",
    "reproduction_number",
    "spoken",
    "steps_of",
    "waves",
]

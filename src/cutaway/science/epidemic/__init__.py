"""An outbreak under a lockdown: its waves, what is known of them from counts, and what is not."""

from cutaway.science.epidemic.delays import Delay, convolved, weibull_days
from cutaway.science.epidemic.renewal import doubling_time, growth_rate, reproduction_number
from cutaway.science.epidemic.waves import Parameters, Waves, waves

__all__ = [
    "Delay",
    "Parameters",
    "Waves",
    "convolved",
    "doubling_time",
    "growth_rate",
    "reproduction_number",
    "waves",
    "weibull_days",
]

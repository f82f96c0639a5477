"""Heavy tails: laws without a variance or a mean, and whether a column has such tails."""

from cutaway.science.tails.cauchy import (
    cauchy_characteristic,
    cauchy_density,
    cauchy_distribution,
    cauchy_draws,
    cauchy_quantile,
    first_passage,
    ratio_of_normals,
    rays,
)
from cutaway.science.tails.heavy import heavy
from cutaway.science.tails.index import TailIndex, hill, pareto_fit
from cutaway.science.tails.powerlaw import PowerLaw, power_law, power_law_draws, power_law_p_value
from cutaway.science.tails.report import TailReport
from cutaway.science.tails.running import Running, running, running_of
from cutaway.science.tails.sketch import TailSketch

__all__ = [
    "PowerLaw",
    "Running",
    "TailIndex",
    "TailReport",
    "TailSketch",
    "cauchy_characteristic",
    "cauchy_density",
    "cauchy_distribution",
    "cauchy_draws",
    "cauchy_quantile",
    "first_passage",
    "heavy",
    "hill",
    "pareto_fit",
    "power_law",
    "power_law_draws",
    "power_law_p_value",
    "ratio_of_normals",
    "rays",
    "running",
    "running_of",
]

"""Heavy tails: laws without a variance or a mean, and whether a column has such tails."""

from cutaway.science.tails.beyond import power_law_beyond
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
from cutaway.science.tails.extreme import ExtremeIndex, IndexCurve, index_curve, moment, pickands
from cutaway.science.tails.heavy import heavy
from cutaway.science.tails.index import TailIndex, hill
from cutaway.science.tails.laws import Law
from cutaway.science.tails.limits import (
    Distance,
    approach,
    berry_esseen,
    ks_distance,
    limit_distribution,
    normal_distribution,
    sums,
)
from cutaway.science.tails.location import (
    Coverage,
    Location,
    coverage,
    hodges_lehmann,
    mean_location,
    median_location,
    median_of_means,
    trimmed_location,
)
from cutaway.science.tails.powerlaw import PowerLaw, power_law, power_law_draws
from cutaway.science.tails.powerlaw_replicates import Replicates, power_law_p_value, power_law_replicates
from cutaway.science.tails.report import TailReport
from cutaway.science.tails.running import Running, running, running_of
from cutaway.science.tails.sketch import TailSketch
from cutaway.science.tails.stable import (
    stable_characteristic,
    stable_density,
    stable_distribution,
    stable_draws,
    stable_quantile,
)
from cutaway.science.tails.stable_fit import StableFit, stable_fit

__all__ = [
    "Coverage",
    "Distance",
    "ExtremeIndex",
    "IndexCurve",
    "Law",
    "Location",
    "PowerLaw",
    "Replicates",
    "Running",
    "StableFit",
    "TailIndex",
    "TailReport",
    "TailSketch",
    "approach",
    "berry_esseen",
    "cauchy_characteristic",
    "cauchy_density",
    "cauchy_distribution",
    "cauchy_draws",
    "cauchy_quantile",
    "coverage",
    "first_passage",
    "heavy",
    "hill",
    "hodges_lehmann",
    "index_curve",
    "ks_distance",
    "limit_distribution",
    "mean_location",
    "median_location",
    "median_of_means",
    "moment",
    "normal_distribution",
    "pickands",
    "power_law",
    "power_law_beyond",
    "power_law_draws",
    "power_law_p_value",
    "power_law_replicates",
    "ratio_of_normals",
    "rays",
    "running",
    "running_of",
    "stable_characteristic",
    "stable_density",
    "stable_distribution",
    "stable_draws",
    "stable_fit",
    "stable_quantile",
    "sums",
    "trimmed_location",
]

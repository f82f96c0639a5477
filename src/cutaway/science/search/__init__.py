"""The search for good parameters, seen from outside: how far it came, how far its own score can be trusted, who won.

And from inside: what a Gaussian process or a Parzen estimator believes of the surface that it searches.
"""

from cutaway.science.search.curves import Band, band, best_so_far, held_at, regret
from cutaway.science.search.importance import Shares, importance
from cutaway.science.search.optimism import (
    Corrected,
    MeanInterval,
    bootstrap_corrected,
    bootstrap_corrected_by,
    mean_interval,
    optimism,
)
from cutaway.science.search.paired import (
    Paired,
    holm,
    mean_ranks,
    resampled_difference,
    sign_flip,
    signed_rank,
    typical_difference,
    win_tie_loss,
)
from cutaway.science.search.parzen import DensityRatio, Parzen, density_ratio, parzen
from cutaway.science.search.process import (
    Belief,
    GaussianProcess,
    expected_improvement,
    gaussian_process,
    log_marginal_likelihood,
)

__all__ = [
    "Band",
    "Belief",
    "Corrected",
    "DensityRatio",
    "GaussianProcess",
    "MeanInterval",
    "Paired",
    "Parzen",
    "Shares",
    "band",
    "best_so_far",
    "bootstrap_corrected",
    "bootstrap_corrected_by",
    "density_ratio",
    "expected_improvement",
    "gaussian_process",
    "held_at",
    "holm",
    "importance",
    "log_marginal_likelihood",
    "mean_interval",
    "mean_ranks",
    "optimism",
    "parzen",
    "regret",
    "resampled_difference",
    "sign_flip",
    "signed_rank",
    "typical_difference",
    "win_tie_loss",
]

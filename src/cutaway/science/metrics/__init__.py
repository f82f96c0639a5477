"""Rates, curves and their intervals, from one definition."""

from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.ranking import Ranking, ranking, ranking_difference, roc_auc
from cutaway.science.metrics.rates import holm, wilson

__all__ = ["Ranking", "ScoreHistogram", "holm", "ranking", "ranking_difference", "roc_auc", "wilson"]

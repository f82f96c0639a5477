"""Rates, curves and their intervals, from one definition."""

from cutaway.science.metrics.areas import (
    average_precision,
    ks,
    one_versus_one,
    one_versus_rest,
    partial_auc,
    roc_auc,
)
from cutaway.science.metrics.base_rates import precision_at
from cutaway.science.metrics.batch_means import batch_tables, mean_of_batches, shuffled_means
from cutaway.science.metrics.binormal import Binormal
from cutaway.science.metrics.bootstrap import bootstrap, bootstrap_counts
from cutaway.science.metrics.calibration_null import Band, calibration_band, calibration_test
from cutaway.science.metrics.coding import counts, label_counts
from cutaway.science.metrics.confusion_rates import (
    RATES,
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    f1,
    f_beta,
    f_beta_rate,
    false_alarm_rate,
    false_discovery_rate,
    g_mean,
    informedness,
    jaccard,
    matthews_correlation,
    miss_rate,
    negative_likelihood_ratio,
    negative_predictive_value,
    positive_likelihood_ratio,
    precision,
    prevalence,
    recall,
    selection_rate,
    sensitivity,
    specificity,
)
from cutaway.science.metrics.constant import over_constant
from cutaway.science.metrics.corrections import Beta, Correction, Isotonic, LogOddsShift, Platt, corrected
from cutaway.science.metrics.cost_matrix import decide, expected_costs, mean_cost, row_cuts
from cutaway.science.metrics.counts import Counts, LabelCounts
from cutaway.science.metrics.curves import brier_curve, cost_curve, gain, lift, precision_recall, roc
from cutaway.science.metrics.cut_table import CutTable, cut_table
from cutaway.science.metrics.decomposition import Decomposition, decomposition, mean_brier, mean_log_loss, recalibrated
from cutaway.science.metrics.equal_cuts import equal_cuts
from cutaway.science.metrics.estimate import Estimate
from cutaway.science.metrics.folded_cuts import FoldedCuts, in_folds
from cutaway.science.metrics.held_out_cuts import HeldOutCut, cost_estimate, cut_interval, held_out_cut
from cutaway.science.metrics.held_out_table import HeldOutTable, held_out_table
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.implied_weight import implied_weight, level_p
from cutaway.science.metrics.isotonic import isotonic_fit
from cutaway.science.metrics.prior_shift import PriorShift
from cutaway.science.metrics.ranking import Ranking, RankingPair, ranking, ranking_difference, ranking_pair
from cutaway.science.metrics.rate import Rate
from cutaway.science.metrics.rates import (
    clopper_pearson,
    donner_zou,
    holm,
    newcombe,
    newcombe_p,
    trials_for_width,
    wilson,
)
from cutaway.science.metrics.recalibration import CalibrationTest, Recalibration, calibration_line, spiegelhalter
from cutaway.science.metrics.reliability import Reliability, reliability
from cutaway.science.metrics.reliability_bins import (
    ReliabilityBins,
    ece_null,
    ece_of_fifty,
    reliability_bins,
    reliability_groups,
)
from cutaway.science.metrics.score_bins import ScoreBins, score_bins
from cutaway.science.metrics.severity import h_measure
from cutaway.science.metrics.steps import Steps
from cutaway.science.metrics.sweep import RankSums, rank_sums
from cutaway.science.metrics.tally import Tally
from cutaway.science.metrics.thresholds import (
    AlarmsAtMost,
    Cuts,
    LeastCost,
    OperatingPoint,
    PrecisionAtLeast,
    RecallAtLeast,
    Rule,
    calibrated_cut,
)
from cutaway.science.metrics.use_cases import USE_CASES, UseCase, use_case, which_first

__all__ = [
    "RATES",
    "USE_CASES",
    "AlarmsAtMost",
    "Band",
    "Beta",
    "Binormal",
    "CalibrationTest",
    "Correction",
    "Counts",
    "CutTable",
    "Cuts",
    "Decomposition",
    "Estimate",
    "FoldedCuts",
    "HeldOutCut",
    "HeldOutTable",
    "Isotonic",
    "LabelCounts",
    "LeastCost",
    "LogOddsShift",
    "OperatingPoint",
    "Platt",
    "PrecisionAtLeast",
    "PriorShift",
    "RankSums",
    "Ranking",
    "RankingPair",
    "Rate",
    "Recalibration",
    "RecallAtLeast",
    "Reliability",
    "ReliabilityBins",
    "Rule",
    "ScoreBins",
    "ScoreHistogram",
    "Steps",
    "Tally",
    "UseCase",
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "batch_tables",
    "bootstrap",
    "bootstrap_counts",
    "brier_curve",
    "calibrated_cut",
    "calibration_band",
    "calibration_line",
    "calibration_test",
    "clopper_pearson",
    "cohen_kappa",
    "corrected",
    "cost_curve",
    "cost_estimate",
    "counts",
    "cut_interval",
    "cut_table",
    "decide",
    "decomposition",
    "donner_zou",
    "ece_null",
    "ece_of_fifty",
    "equal_cuts",
    "expected_costs",
    "f1",
    "f_beta",
    "f_beta_rate",
    "false_alarm_rate",
    "false_discovery_rate",
    "g_mean",
    "gain",
    "h_measure",
    "held_out_cut",
    "held_out_table",
    "holm",
    "implied_weight",
    "in_folds",
    "informedness",
    "isotonic_fit",
    "jaccard",
    "ks",
    "label_counts",
    "level_p",
    "lift",
    "matthews_correlation",
    "mean_brier",
    "mean_cost",
    "mean_log_loss",
    "mean_of_batches",
    "miss_rate",
    "negative_likelihood_ratio",
    "negative_predictive_value",
    "newcombe",
    "newcombe_p",
    "one_versus_one",
    "one_versus_rest",
    "over_constant",
    "partial_auc",
    "positive_likelihood_ratio",
    "precision",
    "precision_at",
    "precision_recall",
    "prevalence",
    "rank_sums",
    "ranking",
    "ranking_difference",
    "ranking_pair",
    "recalibrated",
    "recall",
    "reliability",
    "reliability_bins",
    "reliability_groups",
    "roc",
    "roc_auc",
    "row_cuts",
    "score_bins",
    "selection_rate",
    "sensitivity",
    "shuffled_means",
    "specificity",
    "spiegelhalter",
    "trials_for_width",
    "use_case",
    "which_first",
    "wilson",
]

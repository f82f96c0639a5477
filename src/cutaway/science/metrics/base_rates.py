"""Precision at base rates other than the data's."""

from __future__ import annotations

import math

from cutaway.core.errors import InputError
from cutaway.science.metrics.confusion_rates import false_alarm_rate, recall
from cutaway.science.metrics.counts import Counts
from cutaway.science.metrics.estimate import Estimate
from cutaway.science.metrics.rates import donner_zou


def precision_at(counts: Counts, base_rate: float) -> Estimate:
    """Precision among rows of which `base_rate` are positive, if recall and false-alarm rate stay as they are.

    Bayes: the odds of a positive among those predicted positive are the base rate's odds times the positive
    likelihood ratio, recall / false-alarm rate. The 95 % interval is that of the ratio (`donner_zou`), at a base rate
    that is known. Undefined (NaN, with all of [0, 1]) without positives or without negatives, or when no row is
    predicted positive.

    Raises: InputError for a base rate outside [0, 1], or counts of other than two classes.
    Source: Altman & Bland 1994; Donner & Zou 2012.

    >>> import numpy as np
    >>> found = precision_at(Counts(np.array([[900.0, 100.0], [20.0, 80.0]])), 0.01)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.075, 0.061, 0.09)
    """
    if not 0 <= base_rate <= 1:
        raise InputError(f"base_rate: precision_at expected a share between 0 and 1, got {base_rate}")
    hit, alarm = recall.of(counts), false_alarm_rate.of(counts)
    hits, alarms = hit * base_rate, alarm * (1 - base_rate)
    if math.isnan(hit + alarm) or hits + alarms == 0:
        return Estimate(math.nan, 0.0, 1.0, "not defined")
    low, high = donner_zou(*recall.effective(counts), *false_alarm_rate.effective(counts))
    ends = _share(low, base_rate), _share(high, base_rate)
    return Estimate(hits / (hits + alarms), *ends, "Donner and Zou's interval of the likelihood ratio")


def _share(ratio: float, base_rate: float) -> float:
    if math.isinf(ratio):
        return float(base_rate > 0)
    return ratio * base_rate / (ratio * base_rate + 1 - base_rate) if ratio or base_rate < 1 else math.nan

"""Which error hurts more, as numbers, in uses that many readers will know.

The cut that a case implies is that of a calibrated score, fp / (fp + fn). A cost ratio is taken from a public source
where there is one: a guideline that says from which risk on to act states a ratio, (1 - risk) / risk. The others are
assumptions, marked as such, to be replaced by your own numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cutaway.core.errors import InputError
from cutaway.science.metrics.thresholds import calibrated_cut

First = Literal["recall", "precision", "neither"]


@dataclass(frozen=True, slots=True)
class UseCase:
    """One use: what a positive is, what its two errors are, and what they cost in one unit."""

    name: str
    positive: str
    false_alarm: str
    miss: str
    fp: float
    fn: float
    unit: str
    source: str
    assumed: bool  # no public source: replace the costs by your own
    per_row: bool = False  # the cost of a miss differs from row to row; `fn` is then a typical one

    @property
    def ratio(self) -> float:
        """How many false alarms a miss is worth."""
        return self.fn / self.fp

    @property
    def cut(self) -> float:
        """The probability from which an alarm pays, if scores are calibrated."""
        return calibrated_cut(self.fp, self.fn)

    @property
    def first(self) -> First:
        """Which of recall and precision to look at first."""
        return which_first(self.fp, self.fn)


def which_first(fp: float, fn: float) -> First:
    """Which to look at first: "recall" where a miss costs more, "precision" where a false alarm does, else "neither".

    The costs decide, not the base rate: a cut of fp / (fp + fn) lies below 0.5 exactly when misses cost more.

    Raises: InputError for costs that are not positive and finite.

    >>> which_first(1, 20), which_first(9, 1), which_first(1, 1)
    ('recall', 'precision', 'neither')
    """
    cut = calibrated_cut(fp, fn)
    return "neither" if cut == 0.5 else "recall" if cut < 0.5 else "precision"


USE_CASES: tuple[UseCase, ...] = (
    UseCase(
        name="cancer referral",
        positive="cancer",
        false_alarm="an urgent examination of someone without cancer",
        miss="a cancer found later",
        fp=1,
        fn=97 / 3,
        unit="urgent examinations",
        source="NICE guideline NG12 (2015), Context: refer from a risk of 3 %; the ratio is (1 - 0.03) / 0.03",
        assumed=False,
    ),
    UseCase(
        name="statins",
        positive="heart attack or stroke within ten years",
        false_alarm="daily pills for someone who would stay well",
        miss="an event that pills might have prevented",
        fp=1,
        fn=92.5 / 7.5,
        unit="treated people who would stay well",
        source="ACC/AHA guideline on cholesterol (2013; 2018): consider from a ten-year risk of 7.5 %",
        assumed=False,
    ),
    UseCase(
        name="card fraud",
        positive="a fraudulent payment",
        false_alarm="a call to the customer",
        miss="the amount is lost",
        fp=3,
        fn=120,
        unit="euros",
        source=(
            "the form is that of Correa Bahnsen et al. 2013, Cost Sensitive Credit Card Fraud Detection using Bayes "
            "Minimum Risk: a miss costs the amount, an alarm a fixed price; the two numbers are assumptions"
        ),
        assumed=True,
        per_row=True,
    ),
    UseCase(
        name="spam, marked",
        positive="spam",
        false_alarm="a wanted message is returned to its sender to be sent again",
        miss="a spam message is read",
        fp=9,
        fn=1,
        unit="spam messages read",
        source="Androutsopoulos et al. 2000, An evaluation of naive Bayesian anti-spam filtering: λ = 9",
        assumed=False,
    ),
    UseCase(
        name="spam, deleted",
        positive="spam",
        false_alarm="a wanted message is lost",
        miss="a spam message is read",
        fp=999,
        fn=1,
        unit="spam messages read",
        source="Androutsopoulos et al. 2000, λ = 999; Sahami et al. 1998 cut at 99.9 %",
        assumed=False,
    ),
    UseCase(
        name="moderation, removed at once",
        positive="a post against the rules",
        false_alarm="a lawful post is removed until an appeal",
        miss="a harmful post stays until it is reported",
        fp=5,
        fn=1,
        unit="harmful posts that stay",
        source="none: it depends on the harm; for threats to life the ratio turns round",
        assumed=True,
    ),
    UseCase(
        name="moderation, sent to a reviewer",
        positive="a post against the rules",
        false_alarm="a minute of a reviewer",
        miss="a harmful post stays until it is reported",
        fp=1,
        fn=10,
        unit="minutes of a reviewer",
        source="none",
        assumed=True,
    ),
    UseCase(
        name="recommendation",
        positive="an item that the user would choose",
        false_alarm="a place in a short list is wasted",
        miss="one of many good items is not shown",
        fp=4,
        fn=1,
        unit="good items not shown",
        source="none; where places are fixed, choose by the number of places instead (alarms at most)",
        assumed=True,
    ),
    UseCase(
        name="satellite imagery, damage after a disaster",
        positive="a damaged building",
        false_alarm="a second look at an intact building",
        miss="a damaged building gets no visit",
        fp=1,
        fn=20,
        unit="second looks",
        source="none",
        assumed=True,
    ),
    UseCase(
        name="loan",
        positive="a loan that is not repaid",
        false_alarm="a good customer is refused",
        miss="a bad loan is granted",
        fp=1,
        fn=5,
        unit="good customers refused",
        source="Statlog (German Credit Data), Hofmann 1994, UCI repository: the cost matrix that comes with the data",
        assumed=False,
        per_row=True,
    ),
    UseCase(
        name="maintenance",
        positive="a part that is about to fail",
        false_alarm="a needless check in the workshop",
        miss="a truck breaks down on the road",
        fp=10,
        fn=500,
        unit="the challenge's cost units",
        source="IDA 2016 Industrial Challenge, APS Failure at Scania Trucks, UCI repository",
        assumed=False,
    ),
)
"""The table: screening, fraud, spam, moderation, recommendation, satellite imagery, loans, maintenance."""


def use_case(name: str) -> UseCase:
    """The case of that name.

    Raises: InputError for a name that the table does not hold.

    >>> case = use_case("loan")
    >>> case.ratio, round(case.cut, 3), case.first
    (5.0, 0.167, 'recall')
    """
    for case in USE_CASES:
        if case.name == name:
            return case
    raise InputError(f"name: use_case expected one of {', '.join(c.name for c in USE_CASES)}; got {name!r}")

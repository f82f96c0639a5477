"""The result of an audit, as a plain value: everything that a report may show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cutaway.core.findings import Outcome, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """What was read. `left_out` maps a reason to the number of rows that were not used because of it."""

    name: str
    rows: int
    columns: int
    left_out: Mapping[str, int]
    test_name: str = ""
    test_rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """The target's classes in order, rows of each (unweighted), and the positive one (None for three classes and
    more).
    """

    name: str
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    positive: str | None
    positive_chosen: str = ""  # how the positive class was chosen, in words
    weighted_shares: tuple[float, ...] = ()  # share of each class under the sampling weights, where given


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """One coefficient of the plain model, on the scale of the user's own columns (one unit of the column,
    unstandardised).
    """

    feature: str
    level: str | None  # of a category, or "(missing)" for an indicator of missing values; None for a number
    reference: str | None  # the level it is compared with
    target_class: str | None  # in a multinomial model; None in a binary one
    log_odds: float
    se: float
    odds_ratio: float
    ci_low: float  # 95 % interval of the odds ratio
    ci_high: float
    ame: float  # average marginal effect, in probability (of the level against the reference, or of one unit)
    p_value: float
    sd: float  # standard deviation of the column, its own unit; NaN for levels
    log_odds_per_sd: float  # NaN for levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The plain logistic model of the audit, and how it was made."""

    kind: str  # "logistic" or "multinomial logistic"
    method: str  # "maximum likelihood" or "Firth's penalised likelihood"
    interval_method: str  # "Wald", "profile likelihood", "robust (sandwich)"
    rows: int
    coefficients: tuple[Coefficient, ...]
    intercepts: Mapping[
        str, tuple[float, float]
    ]  # class -> (log-odds, standard error); key is the positive class when binary
    set_aside: Mapping[str, str]  # column -> why it is not a feature
    treatments: tuple[str, ...]  # sentences: how categories, missing values and scales were treated
    folds: int
    auc: (
        tuple[float, float] | None
    )  # certified bounds of the out-of-fold area under ROC (one-versus-rest mean if multi-class)
    auc_interval: tuple[float, float] | None  # its 95 % interval
    accuracy: float | None  # out of fold, at 0.5 (most probable class if multi-class)
    constant_accuracy: float  # of always saying the commonest class
    recall_at_half: float | None = None
    precision_at_half: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """What may be said of one coefficient, and what people say instead."""

    feature: str
    level: str | None
    may_say: str
    do_not_say: str
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A number with its 95 % interval, and by which method the interval was made. NaN where undefined."""

    value: float
    low: float
    high: float
    method: str
    of: str = ""  # what is divided by what, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdFacts:
    """The probability from which an alarm costs least, and what a row costs there and at 0.5, on rows that did not
    choose it.
    """

    value: float
    expected_cost: float
    expected_cost_at_half: float
    cost_fp: float
    cost_fn: float
    given: bool  # the costs were named; otherwise both are 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFacts:
    """The level of the scores. `log_odds_shift`: what added to every log-odds makes the mean score the prevalence."""

    mean_score: float
    prevalence: float
    log_odds_shift: float
    log_loss: float  # nats a row
    log_loss_corrected: float  # after the shift


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of equal length, by name, to look up in."""

    columns: Mapping[str, tuple[float, ...]]
    note: str = ""  # what a row is


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorerFacts:
    """What a page needs to show every threshold at any costs, whatever the number of rows.

    `cuts`: threshold (ascending probabilities), tp and fp (weighted rows scored at least that). `scores`: low, high,
    negatives, positives. `reliability`: mean_score, observed, low, high, null_low, null_high, rows.
    """

    cuts: Columns
    scores: Columns
    reliability: Columns
    positives: float  # weighted rows
    negatives: float
    scale: float = 1.0  # effective rows for each unit of weight, for intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFacts:
    """What is measured on scores: the user's own, or the plain model's out of fold."""

    name: str
    own: bool
    rows: int
    left_out: int  # rows without a score
    metrics: Mapping[str, Measured]  # at 0.5, or by the most probable class
    curves: Mapping[str, Measured]
    threshold: ThresholdFacts | None = None  # two classes only
    calibration: CalibrationFacts | None = None  # two classes only
    explorer: ExplorerFacts | None = None  # two classes only


class Asked:
    """What every audit has: the outcomes of the checks that were asked."""

    __slots__ = ()
    outcomes: tuple[Outcome, ...]

    def count(self, status: Status) -> int:
        """How many checks ended with this status."""
        return sum(outcome.status == status for outcome in self.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit(Asked):
    """The whole result: facts, model, outcomes of every check, and remarks."""

    table: TableFacts
    target: TargetFacts
    model: Model | None  # None where no feature was left to fit
    outcomes: tuple[Outcome, ...]
    scores: ScoreFacts | None = None  # None where there is nothing to score with
    sentences: tuple[Sentences, ...] = ()
    notes: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = 0.0
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """One layer of a network: its name, its kind in lower case, how many numbers it holds, and how many are trained."""

    name: str
    kind: str
    parameters: int
    trainable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """The network that was run, and what on. `given`: the parts that came with it ("loss", "optimiser", "step", …)."""

    name: str
    framework: str
    layers: tuple[LayerFacts, ...]
    batch: str  # in words: its shapes, or how it was made up
    given: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """How many numbers the layers hold."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def trainable(self) -> int:
        """How many of them are trained."""
        return sum(layer.trainable for layer in self.layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAudit(Asked):
    """The whole result of the audit of a network: facts, outcomes of every check, and remarks."""

    network: NetworkFacts
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = 0.0
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesFacts:
    """A folder of images: what was read. `parts` maps a part ("" for all) to the images of each class, in order."""

    name: str
    images: int
    unreadable: int
    classes: tuple[str, ...]
    parts: Mapping[str, tuple[int, ...]]
    labelled_by: str = ""  # "folder", the name of a file, or "" where there are no labels
    unlabelled: int = 0
    others: int = 0  # files that are no images
    sizes: tuple[tuple[int, int, int], ...] = ()  # width, height and how many, the commonest first
    resize: tuple[int, int] | None = None  # height, width


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesAudit(Asked):
    """The whole result of the audit of a folder of images: facts, outcomes of every check, and remarks."""

    images: ImagesFacts
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = 0.0
    version: str = ""

"""What does focal loss change: the learning signal, the ranking, or the probabilities?

Answer: It takes loss and gradient away from rows that are predicted well already, so what is left comes from the hard
ones. What it asks for is no longer the probability: at a true 0.9 and γ = 2 it asks for 0.69. On platelets in blood
photographs, one window in 195, the probabilities become far worse, and a known formula makes them right again. In
ranking, γ = 2 cannot be told from cross-entropy, and γ = 5 and balanced weights lose.

Source: Lin, Goyal, Girshick, He & Dollár 2017, Focal Loss for Dense Object Detection; Charoenphakdee et al. 2021, On
Focal Loss for Class-Posterior Probability Estimation; photographs: BCCD, shenggan 2017, MIT licence.

Seconds: 10
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from cutaway.core.figures import Axis, Intervals, Line, Lines, Mark
from cutaway.core.progress import Progress, silent
from cutaway.science import losses, metrics
from cutaway.science.losses.focal_gradient import gradient_crossing, gradient_ratio
from cutaway.science.losses.scorer import descent, fit_scorer
from cutaway.science.metrics import Tally
from cutaway.science.metrics.clustered_ranking import ClusteredRanking
from cutaway.studies.run.parameter import choice, number, seed, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "What focal loss changes, and what not"
GROUP = "loss"
FULL = {"model": "hidden", "splits": 8}
EMBED = {"model": ("linear",)}
HIDDEN = 8
STEPS = {"linear": 200, "hidden": 45}
REPLICATES = 500
LEVEL = 0.99  # of the intervals by which claims are judged; those shown hold 95 in 100
PRECISION = 0.7  # at which recall is measured
BATCH = 8  # photographs
EASY = 0.9
GAMMAS = np.round(np.linspace(0, 5, 51), 3)
FOCAL: dict[str, dict[str, float]] = {
    "focal γ = 0.5": {"gamma": 0.5},
    "focal γ = 1": {"gamma": 1.0},
    "focal γ = 2": {"gamma": 2.0},
    "focal γ = 5": {"gamma": 5.0},
    "γ = 2, α = 0.25": {"gamma": 2.0, "alpha": 0.25},
}
NAMES = ("cross-entropy", "balanced weights", *FOCAL)
TWO = NAMES.index("focal γ = 2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The loss whose curves are drawn, and how the detectors are trained."""

    gamma: float = number(
        2, "γ", low=0, high=5, step=0.05, where="browser",
        help="How far easy rows are turned down: 0 is cross-entropy, the authors take 2.",
    )  # fmt: skip
    alpha: float = number(
        0.5, "α", low=0.05, high=0.95, step=0.01, where="browser",
        help="Weight of positives; negatives have 1 − α. Curves are drawn at 2α, so that 0.5 is no weight.",
    )  # fmt: skip
    p: float = number(
        0.69, "Probability given to the label", low=0.005, high=0.995, step=0.005, where="browser",
        help="The point on all three curves.",
    )  # fmt: skip
    model: str = choice(
        "linear", "Detector", {"linear": "Logistic", "hidden": f"{HIDDEN} hidden units"},
        help="What is trained on the windows of the photographs.",
    )  # fmt: skip
    splits: int = whole(
        4, "Splits", low=2, high=8,
        help="How often the photographs are halved, to train on one half and judge on the other.",
    )  # fmt: skip
    seed: int = seed()


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of the photographs: features (n, k), whether a platelet's centre lies inside, and the photograph."""

    x: np.ndarray
    y: np.ndarray
    photograph: np.ndarray  # codes 0 … photographs - 1
    photographs: int


def windows() -> Windows:
    """The table bccd_cells as stored with the package."""
    import pyarrow.parquet as pq

    with resources.as_file(resources.files("cutaway") / "data" / "bccd_cells.parquet") as path:
        table = pq.read_table(path)
    known = {"photograph", "platelet", "white_cell"}
    x = np.column_stack([table[name].to_numpy() for name in table.column_names if name not in known]).astype(float)
    numbers, photograph = np.unique(table["photograph"].to_numpy(), return_inverse=True)
    return Windows(x, table["platelet"].to_numpy(), photograph, numbers.size)


def settings(share: float) -> tuple[dict[str, float], ...]:
    """What each of `NAMES` is trained with, where so many of the rows are positive."""
    return ({}, {"alpha": 1 - share}, *FOCAL.values())


@dataclass(frozen=True, eq=False)
class Split:
    """One halving: what was held out, the log-odds of each loss's model there, and what they stand for by formula."""

    held: np.ndarray
    logits: tuple[np.ndarray, ...]
    known: tuple[np.ndarray, ...]  # log-odds after `focal_recalibrated`


def run(params: Parameters, progress: Progress = silent) -> Result:
    """Train every loss on the same halves, judge on the others, and draw what the formula says."""
    data = windows()
    total = params.splits * len(NAMES) + 2.0
    splits = [_split(data, params, at, progress, total) for at in range(params.splits)]
    progress("intervals", total - 2, total)
    measured, judged = _measured(data, splits, params.seed)
    progress("tables", total - 1, total)
    reliability = _reliability(data, splits[0])
    rows, shares = _rows(data, splits[0])
    start = _start(data)
    easy = shares["> 0.9"]
    crossing = gradient_crossing(2.0)
    grid = np.linspace(-20, 20, 4_001)
    gap = np.abs(losses.focal(grid, np.ones(grid.size), gamma=0, reduction="none") - _cost(grid, 0.0)).max()
    positives = np.bincount(data.photograph, weights=data.y, minlength=data.photographs)
    batches = positives[: data.photographs // BATCH * BATCH].reshape(-1, BATCH).sum(axis=1)
    return Result(
        figures={
            "Average precision against cross-entropy": _difference(measured, params),
            "Where the loss comes from": _areas(shares),
            "Reliability on held-out photographs": _diagram(reliability),
        },
        tables={
            "methods": Table(measured, "a loss, judged on photographs that took no part; intervals over photographs"),
            "reliability": Table(reliability, "windows of nearly the same score, held out, of the first split"),
            "rows": Table(rows, "held-out windows by the log-odds that the cross-entropy model gives their label"),
            "start": Table(start, "a step of gradient descent on all windows, from a bias of 0 and from the prior's"),
            "batches": Table({"positives": batches.tolist()}, f"a batch of {BATCH} photographs"),
        },
        numbers={
            "windows": float(data.y.size),
            "positives": float(data.y.sum()),
            "prevalence": float(data.y.mean()),
            "photographs": float(data.photographs),
            "windows_per_batch": BATCH * data.y.size / data.photographs,
            "gap_at_zero": float(gap),
            "crossing_at_2": crossing,
            "minimiser_at_9": float(losses.focal_minimiser(np.array(0.9), gamma=2)),
            "easy_at_0": float(easy[0]),
            "easy_at_2": float(easy[int(np.argmin(np.abs(GAMMAS - 2)))]),
            "largest_rise_of_easy": float(np.diff(easy).max()),
            **judged,
        },
        sentences=_sentences(measured, judged, easy, data),
    )


@claim("With γ = 0 focal loss is cross-entropy, with no difference at all")
def zero_is_cross_entropy(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The value is the largest difference over log-odds of -20 to 20."""
    return result.numbers["gap_at_zero"] == 0, result.numbers["gap_at_zero"]


@claim("At γ = 2 the gradient is larger than cross-entropy's below p of about 0.3, and smaller above")
def hard_rows_pull_more(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The value is the probability of the label at which the two are equal."""
    crossing = result.numbers["crossing_at_2"]
    ratios = gradient_ratio(np.array([crossing / 2, crossing, (1 + crossing) / 2]), 2.0)
    return bool(0.25 < crossing < 0.35 and ratios[0] > 1 > ratios[2]), crossing


@claim("At a true probability of 0.9 and γ = 2 the loss is least at 0.69, not at 0.9")
def asks_for_less(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The value is where it is least."""
    found = result.numbers["minimiser_at_9"]
    return abs(found - 0.69) <= 0.01, found


@claim("The share of the loss that easy windows carry (p of their label above 0.9) falls as γ rises")
def easy_rows_fade(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The value is the share at γ = 2."""
    return result.numbers["largest_rise_of_easy"] <= 0, result.numbers["easy_at_2"]


@claim("On held-out photographs focal loss at γ = 2 has a higher log loss than cross-entropy: worse probabilities")
def worse_calibrated(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Judged by a 99 % interval over photographs and splits; the value is how many times as high."""
    return result.numbers["excess_low"] > 0, result.numbers["times_as_high"]


@claim("The formula that undoes γ takes away more than nine tenths of that excess")
def formula_undoes_it(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The value is the share of the excess that is left; below 0 the recalibrated model is the better one."""
    return result.numbers["excess_left"] < 0.1, result.numbers["excess_left"]


@claim("In average precision focal loss at γ = 2 gains less than 0.05 on cross-entropy here, if it gains at all")
def no_large_gain(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """By the upper end of a 99 % interval over photographs and splits; the value is the difference."""
    return result.numbers["gain_high"] < 0.05, result.numbers["gain"]


def _split(data: Windows, params: Parameters, at: int, progress: Progress, total: float) -> Split:
    luck = np.random.default_rng([params.seed, at])
    held = np.isin(data.photograph, luck.permutation(data.photographs)[: data.photographs // 2])
    share = float(data.y[~held].mean())
    logits, known = [], []
    for k, (name, given) in enumerate(zip(NAMES, settings(share), strict=True)):
        model = fit_scorer(
            data.x[~held],
            data.y[~held],
            hidden=HIDDEN if params.model == "hidden" else 0,
            steps=STEPS[params.model],
            seed=int(luck.integers(2**31)) if k == 0 else at,
            step=lambda name=name, k=k: progress(f"split {at + 1}: {name}", at * len(NAMES) + k, total),  # type: ignore[misc]
            **given,
        )
        z = model.logits(data.x[held])
        logits.append(z)
        p = losses.focal_recalibrated(z, gamma=given.get("gamma", 0.0), alpha=given.get("alpha"))
        known.append(metrics.binning.log_odds(np.clip(p, 1e-12, 1 - 1e-12)))
    return Split(held, tuple(logits), tuple(known))


def _measured(data: Windows, splits: list[Split], seed: int) -> tuple[dict[str, list[Any]], dict[str, float]]:
    """Measures of each loss with intervals: photographs counted a Poisson number of times, splits drawn again."""
    luck = np.random.default_rng([seed, 99])
    weight = np.concatenate(
        [np.ones((data.photographs, 1)), luck.poisson(1.0, (data.photographs, REPLICATES)).astype(float)], axis=1
    )
    drawn = luck.integers(len(splits), size=(len(splits), REPLICATES))
    chosen = np.stack([(drawn == at).mean(axis=0) for at in range(len(splits))])
    chosen = np.concatenate([np.full((len(splits), 1), 1 / len(splits)), chosen], axis=1)
    found = np.empty((4, len(NAMES), len(splits), REPLICATES + 1))
    for at, split in enumerate(splits):
        y = data.y[split.held]
        there, photograph = np.unique(data.photograph[split.held], return_inverse=True)
        counted = weight[there]
        rows = np.bincount(photograph) @ counted
        for k in range(len(NAMES)):
            ranking = ClusteredRanking.of(y, split.logits[k], photograph, there.size)
            found[:2, k, at] = ranking.measures(counted, PRECISION)
            for place, z in ((2, split.logits[k]), (3, split.known[k])):
                cost = np.asarray(losses.log_loss(z, y, reduction="none"))
                found[place, k, at] = np.bincount(photograph, weights=cost) @ counted / rows
    mean = (found * chosen).sum(axis=2)  # (measures, losses, replicates)
    gain = mean[0] - mean[0, :1]
    excess, left = mean[2] - mean[2, :1], mean[3] - mean[2, :1]
    columns: dict[str, list[Any]] = {
        "name": list(NAMES),
        "gamma": [given.get("gamma", 0.0) for given in settings(0.5)],
        "least_gain": (found[0, :, :, 0] - found[0, :1, :, 0]).min(axis=1).tolist(),
        "most_gain": (found[0, :, :, 0] - found[0, :1, :, 0]).max(axis=1).tolist(),
    }
    for name, values in zip(
        ("ap", "recall", "log_loss", "known_log_loss", "gain", "excess", "left"),
        (*mean, gain, excess, left),
        strict=True,
    ):
        low, high = np.quantile(values[:, 1:], [0.025, 0.975], axis=1)
        columns |= {name: values[:, 0].tolist(), f"{name}_low": low.tolist(), f"{name}_high": high.tolist()}
    ends = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return columns, {
        "gain": float(gain[TWO, 0]),
        "gain_low": float(np.quantile(gain[TWO, 1:], ends[0])),
        "gain_high": float(np.quantile(gain[TWO, 1:], ends[1])),
        "excess_low": float(np.quantile(excess[TWO, 1:], ends[0])),
        "excess_left": float(left[TWO, 0] / excess[TWO, 0]),
        "times_as_high": float(mean[2, TWO, 0] / mean[2, 0, 0]),
    }


def _reliability(data: Windows, split: Split) -> dict[str, list[Any]]:
    """Groups of each loss's scores, as trained and by the formula."""
    out: dict[str, list[Any]] = {}
    y = data.y[split.held]
    for k, name in enumerate(NAMES):
        for stage, z in enumerate((split.logits[k], split.known[k])):
            found = metrics.reliability_bins(Tally.of_logits(y, z), bins=9).columns
            more: dict[str, list[Any]] = {"name": [name] * found["rows"].size, "undone": [stage] * found["rows"].size}
            for column, values in (more | {c: v.tolist() for c, v in found.items()}).items():
                out.setdefault(column, []).extend(values)
    return out


def _cost(z: np.ndarray, gamma: float) -> np.ndarray:
    """The loss of a positive at these log-odds."""
    ones = np.ones(z.size)
    each = (
        losses.log_loss(z, ones, reduction="none")
        if not gamma
        else losses.focal(z, ones, gamma=gamma, reduction="none")
    )
    return np.asarray(each)


BANDS = {"< 0.1": (0.0, 0.1), "0.1 to 0.5": (0.1, 0.5), "0.5 to 0.9": (0.5, 0.9), "> 0.9": (0.9, 1.0)}


def _rows(data: Windows, split: Split) -> tuple[dict[str, list[Any]], dict[str, np.ndarray]]:
    """Windows by the log-odds of their label under cross-entropy, and the share of the loss by `BANDS` at each γ."""
    y = data.y[split.held]
    u = np.where(y == 1, split.logits[0], -split.logits[0])
    place = np.floor(np.clip(u, -15.99, 15.99) * 10).astype(int)
    distinct, code = np.unique(place, return_inverse=True)
    middle = (distinct + 0.5) / 10
    positives, negatives = (np.bincount(code[y == k], minlength=distinct.size) for k in (1, 0))
    rows = {"logit": middle.tolist(), "positives": positives.tolist(), "negatives": negatives.tolist()}
    p, shares = 1 / (1 + np.exp(-middle)), {}
    cost = np.stack([_cost(middle, gamma) for gamma in GAMMAS.tolist()], axis=1) * (positives + negatives)[:, None]
    for name, (low, high) in BANDS.items():
        shares[name] = cost[(p >= low) & (p < high)].sum(axis=0) / cost.sum(axis=0)
    return rows, shares


def _start(data: Windows) -> dict[str, list[Any]]:
    """The mean focal loss, γ = 2, along gradient descent from weights of 0 and a bias of 0 or the prior's."""
    bias = float(losses.prior_bias(np.array(data.y.mean()), gamma=2.0))
    courses = {
        name: descent(data.x, data.y, gamma=2.0, bias=first, rate=2.0, steps=60).tolist()
        for name, first in (("zero", 0.0), ("prior", bias))
    }
    return {"step": list(range(61)), **courses}


def _difference(measured: dict[str, list[Any]], params: Parameters) -> Intervals:
    gain, low, high = (tuple(measured[name][1:]) for name in ("gain", "gain_low", "gain_high"))
    return Intervals(
        alt=f"In average precision focal loss at γ = 2 differs from cross-entropy by {gain[TWO - 1]:+.3f}, "
        f"interval {low[TWO - 1]:+.3f} to {high[TWO - 1]:+.3f}.",
        axis=Axis(label="average precision less that of cross-entropy"),
        labels=NAMES[1:], centre=gain, low=low, high=high, null=0.0,
    )  # fmt: skip


def _areas(shares: dict[str, np.ndarray]) -> Lines:
    easy = shares["> 0.9"]
    return Lines(
        alt=f"Easy windows carry {easy[0]:.0%} of the loss at γ = 0 and {easy[20]:.2%} at γ = 2.",
        x=Axis(label="γ"),
        y=Axis(label="share of the loss"),
        lines=tuple(
            Line(name=f"p {name}", x=tuple(GAMMAS.tolist()), y=tuple(y.tolist()), role="main" if y is easy else "other")
            for name, y in shares.items()
        ),
    )


def _diagram(table: dict[str, list[Any]]) -> Lines:
    def points(name: str, undone: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        rows = zip(table["name"], table["undone"], table["mean_score"], table["observed"], strict=True)
        kept = [(x, y) for a, b, x, y in rows if a == name and b == undone]
        return tuple(x for x, _ in kept), tuple(y for _, y in kept)

    lines = []
    for name, undone, word, role in (
        (NAMES[0], 0, "", "other"),
        (NAMES[TWO], 0, "", "harm"),
        (NAMES[TWO], 1, ", undone", "main"),
    ):
        x, y = points(name, undone)
        lines.append(Line(name=name + word, x=x, y=y, role=role))  # type: ignore[arg-type]
    return Lines(
        alt="Focal scores say more than what is found at low scores; the formula brings them back to the diagonal.",
        x=Axis(label="mean score of a group of windows"),
        y=Axis(label="share with a platelet"),
        lines=tuple(lines),
        marks=(Mark(label="calibrated", x=0.5, y=0.5, role="other"),),
    )


def _sentences(
    measured: dict[str, list[Any]], judged: dict[str, float], easy: np.ndarray, data: Windows
) -> tuple[str, ...]:
    low, high = measured["gain_low"][TWO], measured["gain_high"][TWO]
    told = "which holds 0: these photographs cannot tell" if low <= 0 <= high else "which does not hold 0"
    best, worst = (int(pick(np.array(measured["gain"]))) for pick in (np.argmax, np.argmin))
    ends = f"Of the losses tried, {NAMES[best]} ranks best and {NAMES[worst]} worst"
    return (
        f"{int(data.y.sum())} of {data.y.size:,} windows hold the centre of a platelet, one in "
        f"{1 / data.y.mean():.0f}, in {data.photographs} photographs.",
        f"Windows whose label has p above {EASY} carry {easy[0]:.0%} of the cross-entropy and {easy[20]:.2%} of the "
        "focal loss at γ = 2, by the same model on held-out photographs.",
        f"In average precision γ = 2 differs from cross-entropy by {measured['gain'][TWO]:+.3f}, 95 % interval "
        f"{low:+.3f} to {high:+.3f}, {told}.",
        f"{ends}: {measured['ap'][best]:.3f} and {measured['ap'][worst]:.3f} on held-out photographs.",
        f"Its log loss is {judged['times_as_high']:.1f} times as high as trained; undone by the formula it is "
        f"{measured['known_log_loss'][TWO] / measured['log_loss'][0]:.2f} times that of cross-entropy.",
    )

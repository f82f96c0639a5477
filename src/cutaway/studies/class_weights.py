"""What does a class weight change, and does the same weight mean the same training in Keras and in PyTorch?

Answer: A weight of w on the positives moves the intercept of a well-specified logistic model by about log w: labels are
those that the threshold 1/(1 + w) gives without weights, and probabilities are too high. Where the model's form is
wrong the two differ. Keras divides the weighted loss of a batch by its rows, PyTorch by its weights; with small batches
the latter takes much of the weight back, which no learning rate undoes.

Source: Elkan 2001, theorem 1 (thresholds); King & Zeng 2001, section 4.2 (intercept); the documentation of
`keras.Model.fit` and of `torch.nn.CrossEntropyLoss`, held against both by a test.

Seconds: 6
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.figures import Axis, Line, Lines
from cutaway.core.progress import Progress, silent
from cutaway.science import logit, weights
from cutaway.studies.run.parameter import choice, number, seed, switch
from cutaway.studies.run.result import Result, Table, claim

TITLE = "Class weights"
GROUP = "loss"
EMBED = {"form": ("right", "curved"), "batch": ("6", "24", "240"), "equal": (False, True)}

WEIGHTS = np.array([1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0])
AT = 5  # index of the default weight
ROWS, JUDGED, SHOWN = 60_000, 20_000, 1_500
# Intercept, slopes and bend (of the squared first column) of the true log-odds: 6 % are positive.
TRUTH = {"right": (-4.1194, (1.65, -1.05), 0.0), "curved": (-4.7401, (1.0, -1.2), 1.2)}
COUNTS = (200, 60, 40)  # of the small table of three classes; the first and the last are the two-class one
CENTRES = np.array([[-0.7, -0.3], [0.5, -1.3], [0.9, 0.7]])
STEPS, RATE, EVERY = 1_200, 1 / 64, 40
TRAINED = WEIGHTS[:-1]  # at 100 a batch of mostly rare rows would overshoot
CERTAIN = 4.0  # standard errors: eight weights are judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The weight and the threshold, the form of the truth, and how the batches of the two trainings are made."""

    part: str = choice(
        "scores", "Picture",
        {"scores": "Weight or threshold", "landscape": "Boundary and loss", "batches": "Keras and PyTorch"},
        where="browser",
    )  # fmt: skip
    weight: float = number(
        20, "Weight of the rare class", low=1, high=100, scale="log", where="browser",
        help="How many times each of its rows counts in training.",
    )  # fmt: skip
    threshold: float = number(
        0.0476, "Threshold without weights", low=0.005, high=0.9, scale="log", where="browser",
        help="From which probability the model trained without weights says yes.",
    )  # fmt: skip
    lock: bool = switch(True, "Lock: threshold = 1/(1 + w)", where="browser")
    form: str = choice(
        "right", "Form of the model", {"right": "Right", "curved": "Wrong: misses a curve"},
        help="Whether the true log-odds are linear, as the model's are.",
    )  # fmt: skip
    classes: str = choice(
        "two", "Classes", {"two": "Two", "three": "Three"}, where="browser", help="In the picture of boundary and loss."
    )
    second: float = number(
        1, "Weight of the middle class", low=1, high=100, scale="log", where="browser", help="With three classes."
    )
    batch: str = choice(
        "6", "Rows in a batch", {"6": "6", "12": "12", "24": "24", "60": "60", "240": "All 240"},
        help="Of the trainings by Keras' and by PyTorch's rule.",
    )  # fmt: skip
    equal: bool = switch(
        False, "Batches of equal composition", help="Each batch holds the classes in the shares of the table."
    )
    torch: str = choice(
        "plain", "PyTorch's loss",
        {"plain": "As it is", "rate": "Learning rate × mean weight", "sum": "Converted: sum / N"}, where="browser",
    )  # fmt: skip
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent) -> Result:
    """Fits at every weight, of a large table and of a small one; then the two trainings on the same batches."""
    rng, small, luck = np.random.default_rng(params.seed).spawn(3)
    fits, rows = _scores(params.form, rng, progress)
    x, y = table(params.form, small)
    two, three = _optima(x, y, progress)
    ends = trainings(*pair(x, y), batches(int(params.batch), params.equal, luck), start(luck), progress)
    path = _paths(ends)
    distance = {name: np.abs(ends[name] - ends["keras"]).max(axis=(2, 3)) for name in ("plain", "rate", "sum")}
    steps = np.arange(0, STEPS + 1, EVERY)
    shares = np.array(COUNTS)[[0, 2]] / (COUNTS[0] + COUNTS[2])
    ratio = [weights.batch_weight_ratio([1.0, w], shares[1], int(params.batch)) for w in TRAINED]
    fixed = params.equal or params.batch == "240"
    met = TRAINED if fixed else np.array(ratio)
    optima = np.array([two[name] for name in ("intercept", "first", "second")])
    log = np.log(WEIGHTS)
    aims = np.array([np.interp(np.log(met), log, each) for each in optima])
    gap = {name: each[-1, AT] for name, each in distance.items()}
    return Result(
        figures={
            "Labels that agree with those of the threshold 1/(1 + w)": _agreement(fits),
            "How far the two trainings are apart at a weight of 20": _apart(steps, distance),
        },
        tables={
            "fits": Table(fits, "the logistic fit at a weight of the positives"),
            "rows": Table(rows, f"a row that took no part in training, of {JUDGED:,}"),
            "small": Table({"first": x[:, 0].tolist(), "second": x[:, 1].tolist(), "y": y.tolist()}, "a row"),
            "two": Table(two, "the optimum of classes 0 and 2 at a weight of the latter"),
            "three": Table(three, "the optimum of three classes at weights of the rare and of the middle one"),
            "paths": Table(path, "a training: log-odds of the rare class, after so many steps"),
            "distances": Table(
                {
                    "weight": np.tile(TRAINED, steps.size).tolist(),
                    "step": np.repeat(steps, TRAINED.size).tolist(),
                    **{name: each[steps].ravel().tolist() for name, each in distance.items()},
                },
                "largest difference of a coefficient from Keras'",
            ),
            "met": Table(
                {
                    "weight": TRAINED.tolist(),
                    "ratio": met.tolist(),
                    "intercept": aims[0].tolist(),
                    "first": aims[1].tolist(),
                },
                "the weight that PyTorch's rule amounts to in batches of this size, and the optimum there",
            ),
        },
        numbers={
            "prevalence": float(np.mean(rows["y"])),
            "intercept_move": fits["intercept"][AT] - fits["intercept"][0],
            "log_weight": float(log[AT]),
            "largest_error": _largest_error(fits),
            "agreement": fits["agreement"][AT],
            "mean_without": fits["mean"][0],
            "mean_with": fits["mean"][AT],
            "met": float(met[AT]),
            "aim": float(aims[0, AT]),
            "keras_intercept": float(_log_odds(ends["keras"][-1, AT])[0]),
            "rate_intercept": float(_log_odds(ends["rate"][-1, AT])[0]),
            "optimum": float(optima[0, AT]),
            "apart": float(gap["plain"]),
            "apart_rate": float(gap["rate"]),
            "converted": float(distance["sum"].max()),
            "least_apart": float(distance["plain"][-1, 1:].min()),
            "most_apart_rate": float(distance["rate"].max()),
        },
        sentences=(
            f"A weight of 20 moves the intercept by {fits['intercept'][AT] - fits['intercept'][0]:.3f} (log 20 is "
            f"{log[AT]:.3f}) and the mean probability from {fits['mean'][0]:.2f} to {fits['mean'][AT]:.2f}; "
            f"{100 * fits['agreement'][AT]:.1f} % of {JUDGED:,} labels are those of the threshold 1/21.",
            f"On the same batches of {params.batch} rows, Keras' rule ends at an intercept of "
            f"{_log_odds(ends['keras'][-1, AT])[0]:.2f} and PyTorch's at {_log_odds(ends['plain'][-1, AT])[0]:.2f}; "
            + (
                "every batch has the same sum of weights, so a learning rate makes them equal."
                if fixed
                else f"its weight of 20 amounts to about {met[AT]:.1f}."
            ),
        ),
    )


def _scores(form: str, rng: np.random.Generator, progress: Progress) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fits of the large table, judged on rows that took no part: by weight, and the first of these rows."""
    intercept, slopes, bend = TRUTH[form]
    x = rng.normal(size=(ROWS + JUDGED, 2)).round(2)
    y = (rng.random(len(x)) < logit.sigmoid(intercept + x @ slopes + bend * (x[:, 0] ** 2 - 1))).astype(np.int64)
    new, old = x[ROWS:], None
    out: dict[str, list[float]] = {
        name: [] for name in ("weight", "intercept", "first", "second", "se", "agreement", "mean")
    }
    for i, w in enumerate(WEIGHTS.tolist()):
        progress("fits", i, WEIGHTS.size)
        move = logit.intercept_move(x[:ROWS], y[:ROWS], w)
        old = move.plain.params if old is None else old
        now = move.weighted.params
        agree = (logit.linear(new, now) >= 0) == (logit.linear(new, old) >= -np.log(w))
        found = (w, *now, move.se, agree.mean(), logit.probabilities(new, now).mean())
        for name, value in zip(out, found, strict=True):
            out[name].append(float(value))
    rows = {"first": new[:SHOWN, 0].tolist(), "second": new[:SHOWN, 1].tolist(), "y": y[ROWS:][:SHOWN].tolist()}
    return out, rows


def table(form: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A small table of three classes: of equal spread (log-odds are linear), or the rare one twice as wide."""
    y = np.repeat([0, 1, 2], COUNTS)
    x = CENTRES[y] + rng.normal(size=(y.size, 2))
    if form == "curved":
        rare = y == 2
        x[rare] = CENTRES[2] + 2.0 * (x[rare] - CENTRES[2])
    return x.round(2), y


def pair(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Its two classes: the common one as 0, the rare one as 1."""
    return x[y != 1], (y[y != 1] == 2).astype(np.int64)


def _optima(x: np.ndarray, y: np.ndarray, progress: Progress) -> tuple[dict[str, Any], dict[str, Any]]:
    x2, y2 = pair(x, y)
    two = [(w, *logit.fit(x2, y2, np.where(y2 == 1, w, 1.0)).params) for w in WEIGHTS.tolist()]
    three = []
    for i, w in enumerate(WEIGHTS.tolist()):
        progress("optima", i, WEIGHTS.size)
        for second in WEIGHTS.tolist():
            fit = logit.fit_multinomial(x, y, np.array([1.0, second, w])[y], reference=0)
            three.append((w, second, *fit.params.ravel()))
    names = ("intercept", "first", "second")
    both = ("weight", "middle", *(f"{name}_{k}" for k in (1, 2) for name in names))
    return (
        dict(zip(("weight", *names), np.array(two).T.tolist(), strict=True)),
        dict(zip(both, np.array(three).T.tolist(), strict=True)),
    )


def batches(size: int, equal: bool, rng: np.random.Generator) -> np.ndarray:
    """Rows of every step (steps, size): one order of the rows, cut into batches, again and again."""
    common, rare = rng.permutation(COUNTS[0]), COUNTS[0] + rng.permutation(COUNTS[2])
    many = (COUNTS[0] + COUNTS[2]) // size
    order = np.hstack([common.reshape(many, -1), rare.reshape(many, -1)])
    if not equal:
        order = rng.permutation(order.ravel()).reshape(many, size)
    return np.tile(order, (-(-STEPS // many), 1))[:STEPS]


def start(rng: np.random.Generator) -> np.ndarray:
    """Coefficients (3, 2) before training: a bias of 0, and small draws."""
    return np.vstack([np.zeros(2), rng.normal(scale=0.3, size=(2, 2))])


def trainings(
    x: np.ndarray, y: np.ndarray, rows: np.ndarray, begin: np.ndarray, progress: Progress = silent
) -> dict[str, np.ndarray]:
    """Coefficients by step and weight (steps + 1, weights, 3, 2): Keras, PyTorch, at its matched rate, converted."""
    each = np.column_stack([np.ones(TRAINED.size), TRAINED])
    mean = each[:, y].mean(axis=1)
    ways: dict[str, dict[str, Any]] = {
        "keras": {"divisor": "rows", "rate": RATE},
        "plain": {"divisor": "weights", "rate": RATE},
        "rate": {"divisor": "weights", "rate": RATE * mean},
        "sum": {"divisor": "rows", "rate": RATE, "inside": True},
    }
    out = {}
    for i, (name, way) in enumerate(ways.items()):

        def heard(step: int, i: int = i) -> None:
            if step % 200 == 0:
                progress("trainings", i * STEPS + step, len(ways) * STEPS)

        out[name] = weights.weighted_trainings(x, y, each, rows, begin, heard=heard, **way)
    return out


def _log_odds(at: np.ndarray) -> np.ndarray:
    return np.asarray(at[..., 1] - at[..., 0])


def _paths(ends: dict[str, np.ndarray]) -> dict[str, Any]:
    """Intercept and first slope of the three rules, every so many steps."""
    kept = {name: _log_odds(ends[name][::EVERY]) for name in ("keras", "plain", "rate")}
    steps = np.arange(0, STEPS + 1, EVERY)
    columns: dict[str, Any] = {
        "weight": np.tile(TRAINED, steps.size).tolist(),
        "step": np.repeat(steps, TRAINED.size).tolist(),
    }
    for name, each in kept.items():
        columns[f"{name}_intercept"] = each[..., 0].ravel().tolist()
        columns[f"{name}_first"] = each[..., 1].ravel().tolist()
    return columns


def _agreement(fits: dict[str, Any]) -> Lines:
    return Lines(
        alt=f"At a weight of 20, {100 * fits['agreement'][AT]:.1f} % of the labels are those of the threshold 1/21.",
        x=Axis(label="weight of the positives", scale="log"),
        y=Axis(label="labels that agree", unit=f"share of {JUDGED:,} rows"),
        lines=(Line(name="labels that agree", x=tuple(fits["weight"]), y=tuple(fits["agreement"])),),
    )


def _apart(steps: np.ndarray, distance: dict[str, np.ndarray]) -> Lines:
    names = {"plain": "PyTorch", "rate": "learning rate × mean weight", "sum": "converted: sum / N"}
    lines = [
        Line(
            name=names[name],
            x=tuple(steps[1:].tolist()),
            y=tuple(np.maximum(each[steps[1:], AT], 1e-17).tolist()),
            role="main" if name == "sum" else "other",
        )
        for name, each in distance.items()
    ]
    return Lines(
        alt=f"PyTorch's rule ends {distance['plain'][-1, AT]:.2g} away from Keras'; converted, at most "
        f"{distance['sum'][:, AT].max():.0e}.",
        x=Axis(label="steps"),
        y=Axis(label="largest difference of a coefficient", unit="drawn from 1e-17 up", scale="log"),
        lines=tuple(lines),
    )


def _largest_error(fits: dict[str, Any]) -> float:
    """How far the intercept's move is from log w, in standard errors, at the weight where that is largest."""
    move = np.array(fits["intercept"]) - fits["intercept"][0] - np.log(WEIGHTS)
    return float(np.max(np.abs(move[1:]) / np.array(fits["se"])[1:]))


@claim("At every weight w the intercept moves by log w, within its interval")
def moves_by_log_w(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where the form is wrong; value: the largest error, in standard errors."""
    error = result.numbers["largest_error"]
    return (error <= CERTAIN if params.form == "right" else None), error


@claim("Labels agree with those of the threshold 1/(1 + w) in over 99 % at every weight up to 20")
def labels_agree(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where the form is wrong; value: the least share."""
    least = float(min(result.tables["fits"].columns["agreement"][: AT + 1]))
    return (least > 0.99 if params.form == "right" else None), least


@claim("The mean probability rises with the weight: from about 0.06 to about 0.33 at a weight of 20")
def probabilities_rise(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where the form is wrong; value: the mean at 20."""
    mean, n = result.tables["fits"].columns["mean"], result.numbers
    near = abs(n["mean_without"] - 0.06) < 0.01 and abs(n["mean_with"] - 0.33) < 0.03
    return (bool(np.all(np.diff(mean) > 0)) and near if params.form == "right" else None), n["mean_with"]


@claim("Where the model misses a curve, over 5 % of the labels differ at a weight of 20")
def misspecified_differs(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where the form is right; value: the share that agrees."""
    return (result.numbers["agreement"] < 0.95 if params.form == "curved" else None), result.numbers["agreement"]


@claim("From the same start on the same batches, the two conventions end apart at every weight above 1")
def conventions_diverge(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the least distance over weights, the largest difference of a coefficient."""
    return result.numbers["least_apart"] > 1e-6, result.numbers["least_apart"]


@claim("Converted (reduction=\"sum\", divided by N) PyTorch's rule coincides with Keras' to 1e-12 at every step")
def converter_coincides(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the largest difference of a coefficient, over steps and weights."""
    return result.numbers["converted"] < 1e-12, result.numbers["converted"]


@claim("Where batches are alike in composition, the learning rate times the mean weight makes the two equal to 1e-12")
def equal_batches_coincide(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where they are not; value: the largest difference of a coefficient."""
    fixed = params.equal or params.batch == "240"
    return (result.numbers["most_apart_rate"] < 1e-12 if fixed else None), result.numbers["most_apart_rate"]


@claim("Where they are not, no learning rate does: at the mean rate the two still end apart")
def a_rate_is_not_enough(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where batches are alike; value: the distance at a weight of 20."""
    fixed = params.equal or params.batch == "240"
    return (None if fixed else result.numbers["apart_rate"] > 1e-6), result.numbers["apart_rate"]


@claim("In batches of 6, PyTorch's weight of 20 ends nearer to the optimum of a weight of 6.5 than to its own")
def weight_is_taken_back(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None for larger or equal batches; value: the intercept that it ends at, its learning rate matched."""
    n = result.numbers
    nearer = abs(n["rate_intercept"] - n["aim"]) < abs(n["rate_intercept"] - n["optimum"])
    return (nearer if params.batch == "6" and not params.equal else None), n["rate_intercept"]

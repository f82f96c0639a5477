"""Why does the gradient vanish in a deep network, and which remedy brings it back?

Answer: Going back, each layer multiplies the gradient by its weights and by the slope of its activation, at most ¼ for
the sigmoid; twenty such factors leave nothing. An initialisation that fits the activation keeps the factor near 1, and
so does batch norm, because it divides by the spread that the weights made.
Source: Y. Bengio, P. Simard and P. Frasconi 1994; X. Glorot and Y. Bengio 2010; K. He et al. 2015; S. S. Schoenholz et
al. 2017 (what theory expects); G. Yang et al. 2019 (batch norm's own factor). On internal covariate shift S. Ioffe and
C. Szegedy 2015, and against it S. Santurkar et al. 2018. Data: Fashion-MNIST (MIT licence), at 14 × 14 pixels.
Seconds: 8
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.figures import Axis, Line, Lines, Mark, Points
from cutaway.core.progress import Progress, silent
from cutaway.studies.run import deep_networks as built
from cutaway.studies.run.deep_networks import CLASSES, INPUTS, STARTS, WIDTH, WORDS, Networks
from cutaway.studies.run.parameter import choice, number, seed, switch, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "Where the gradient vanishes"
GROUP = "network"
FULL = {"steps": 200}
EMBED = {"depth": (5, 20)}
STORED_BYTES = 170_000  # every network that can be chosen, layer by layer
CHAOTIC = True

SEEDS, TRAINED = 5, 3
BATCH, LOOK = 32, 128  # images of a step; images at which the start is measured
GUESS = math.log(CLASSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The network; all that can be chosen are measured and trained at once, so that the browser looks them up."""

    activation: str = choice("sigmoid", "Activation", WORDS, where="browser")
    initialisation: str = choice(
        "glorot", "Initialisation", STARTS, where="browser",
        help="Weights of SD 0.01; of variance 2/(in + out); 2/in; or what theory needs for a factor of 1.",
    )  # fmt: skip
    batch_norm: bool = switch(False, "Batch norm", where="browser", help="Before each activation.")
    layer: int = whole(1, "Layer looked into", low=1, high=32, where="browser", help="1 is next to the inputs.")
    depth: int = whole(20, "Hidden layers", low=4, high=32, help=f"Of {WIDTH} units each.")
    rate: float = number(0.1, "Learning rate", low=0.01, high=0.3, scale="log")
    steps: int = whole(60, "Steps", low=40, high=200, step=10, help=f"Of training, {BATCH} images each.")
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent) -> Result:
    """Train every network that can be chosen, several side by side, and measure each at its start."""
    from cutaway.science import nets

    progress("images", 0, 1)
    data, held_out = built.images()
    luck = np.random.default_rng(params.seed)
    batches = luck.integers(0, len(data[0]), (params.steps, BATCH))
    look = luck.choice(len(data[0]), LOOK, replace=False)
    x, y = data[0][look], data[1][look]
    columns: dict[str, built.Columns] = {name: {} for name in ("networks", "layers", "density", "curves")}
    network = 0
    for activation, norm, starts in built.kinds():
        deep = nets.Deep(activation, params.depth, WIDTH, INPUTS, CLASSES, norm)
        stage = WORDS[activation] + {"none": "", "batch": " with batch norm", "disturbed": ", disturbed"}[norm]
        begun = [
            [_double(deep.init((params.seed, i), built.start_of(activation, start))) for i in range(SEEDS)]
            for start in starts
        ]
        done = nets.train_stack(
            deep,
            [one for each in begun for one in each[:TRAINED]],
            data,
            held_out,
            batches,
            params.rate,
            key=(params.seed,),
            progress=progress,
            stage=stage,
        )
        edges = np.linspace(-built.REACH[activation], built.REACH[activation], built.BINS + 1)
        if norm != "disturbed":
            progress(f"{stage}: the start", 0, 1)
            start_flow = nets.flow(deep, [one for each in begun for one in each], x, y, edges)
        for k, start in enumerate(starts):
            mine = slice(k * TRAINED, (k + 1) * TRAINED)
            row: dict[str, Any] = {"activation": activation, "norm": norm, "initialisation": start}
            row |= built.trained(done, mine)
            built.add_curve(columns["curves"], network, done.loss[mine])
            if norm == "disturbed":
                row |= built.NOT_MEASURED
            else:
                flow, theory = start_flow.of(slice(k * SEEDS, (k + 1) * SEEDS)), built.theory_of(deep, start, x)
                built.add_layers(columns["layers"], network, flow, theory, done.silent[mine].mean(axis=0))
                built.add_density(columns["density"], network, flow)
                row |= built.whole(flow, theory)
            built.append(columns["networks"], row)
            network += 1
    notes = {
        "networks": "a way to build the network: its start over five seeds, its training over three",
        "layers": "a hidden layer of a network at its start, over five seeds; silent_after: ReLU's, after training",
        "density": f"pre-activations by layer, per thousand in each of {built.BINS} bins between the ends",
        "curves": "mean loss of ten steps, nats an image, over three seeds",
    }
    tables = {name: Table(each, note=notes[name]) for name, each in columns.items()}
    found = Networks(tables["networks"])
    chosen = (params.activation, "batch" if params.batch_norm else "none", params.initialisation)
    numbers = {name: found.of(*chosen, name) for name in ("factor", "expected", "reach", "good", "loss", "accuracy")}
    numbers["steepest"] = max(
        high / nets.activation_curve(str(found.table.columns["activation"][int(network)])).steepest
        for network, high in zip(*(tables["layers"].columns[name] for name in ("network", "slope_high")), strict=True)
    )
    return Result(
        figures=_figures(params, tables, chosen),
        tables=tables,
        numbers={name: value for name, value in numbers.items() if math.isfinite(value)},
        sentences=_sentences(params, found, chosen),
    )


def _double(params: Any) -> Any:
    from cutaway.science.nets import mapped

    return mapped(lambda p: p.astype(np.float64), params)


@claim("No activation lets more of the gradient through than its steepest slope: ¼ for the sigmoid, 1 for the others")
def slope_is_bounded(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """In every network, layer and seed; value: the most, as a share of the bound."""
    return result.numbers["steepest"] <= 1 + 1e-9, result.numbers["steepest"]


@claim(
    "Sigmoids under Glorot's weights shrink the gradient to less than a quarter at each layer, although more than 90 % "
    "of their pre-activations lie where the slope is at least half of the steepest"
)
def good_range_is_not_enough(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the factor of a layer."""
    found = Networks(result.tables["networks"])
    factor = found.of("sigmoid", "none", "glorot", "factor")
    return factor < 0.25 and found.of("sigmoid", "none", "glorot", "good") > 0.9, factor


@claim("Without batch norm the factor of a layer is what mean-field theory expects, √(σ² E[φ′²]), within 15 %")
def theory_holds(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Of every activation and initialisation; value: the farthest ratio of measured to expected. From 8 layers on."""
    found = Networks(result.tables["networks"])
    ratio = found.each("factor", norm="none") / found.each("expected", norm="none")
    farthest = float(ratio[np.abs(np.log(ratio)).argmax()])
    return (bool(np.abs(ratio - 1).max() <= 0.15) if params.depth >= 8 else None), farthest


@claim("ReLU's slopes are 0 or 1, half of each: the factor is about 1/√2 under Glorot's weights and about 1 under He's")
def he_is_for_relu(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Within 15 % both; value: the factor under He's. From 8 layers on."""
    found = Networks(result.tables["networks"])
    glorot, he = (found.of("relu", "none", start, "factor") for start in ("glorot", "he"))
    near = abs(glorot * math.sqrt(2) - 1) < 0.15 and abs(he - 1) < 0.15
    return (near if params.depth >= 8 else None), he


@claim("With batch norm no start shrinks the gradient, however wide the weights; ReLU's grows to 1.21 times a layer")
def batch_norm_forgets_the_start(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """All factors above 0.97, ReLU's within 10 % of √(π/(π - 1)); value: ReLU's under He's. From 8 layers on."""
    found = Networks(result.tables["networks"])
    every, relu = found.each("factor", norm="batch"), found.each("factor", norm="batch", activation="relu")
    near = np.abs(relu / math.sqrt(math.pi / (math.pi - 1)) - 1) < 0.1
    holds = bool((every > 0.97).all() and near.all())
    return (holds if params.depth >= 8 else None), found.of("relu", "batch", "he", "factor")


@claim("Batch norm mends the sigmoid's factor without moving its pre-activations into a better range")
def range_is_not_the_cause(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Under Glorot's weights; value: how many times the factor is with the norm what it is without."""
    found = Networks(result.tables["networks"])
    plain, norm = ({name: found.of("sigmoid", kind, "glorot", name) for name in ("factor", "good")}
                   for kind in ("none", "batch"))  # fmt: skip
    return norm["good"] < plain["good"] and norm["factor"] > 3 * plain["factor"], norm["factor"] / plain["factor"]


@claim("Sixteen and more layers of sigmoids learn nothing from any of the four starts; with batch norm they learn")
def sigmoids_need_the_norm(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Loss within 0.2 of guessing, and 0.2 below it under Glorot's weights, at rates near 0.1; value: the latter."""
    found = Networks(result.tables["networks"])
    plain, norm = found.each("loss", activation="sigmoid", norm="none"), found.of("sigmoid", "batch", "glorot", "loss")
    asked = params.depth >= 16 and 0.05 <= params.rate <= 0.15
    return (bool((plain > GUESS - 0.2).all() and norm < GUESS - 0.2) if asked else None), norm


@claim("Internal covariate shift, as a layer's inputs moving, is least where nothing is learned")
def stillness_is_not_learning(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Under Glorot's weights, without norm: sigmoids that learn nothing against tanh; value: the ratio of drifts."""
    found = Networks(result.tables["networks"])
    still, moving = (found.of(activation, "none", "glorot", "drift") for activation in ("sigmoid", "tanh"))
    lost, won = (found.of(activation, "none", "glorot", "loss") for activation in ("sigmoid", "tanh"))
    return (still < 0.1 * moving if lost > GUESS - 0.1 and won < GUESS - 0.3 else None), still / moving


@claim("Batch norm holds the mean and spread that a layer meets, yet the layer's gradient changes no less under it")
def gradient_changes_no_less(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Tanh under Glorot's weights, which learns with and without; value: the ratio of the changes, above 2/3."""
    found = Networks(result.tables["networks"])
    drift, change, loss = (
        [found.of("tanh", norm, "glorot", name) for norm in ("none", "batch")]
        for name in ("drift", "gradient_change", "loss")
    )
    ratio = change[1] / change[0]
    return (drift[1] < 0.01 * drift[0] and ratio > 2 / 3 if max(loss) < GUESS - 0.3 else None), ratio


@claim(
    "Sigmoids with batch norm learn even where noise after it moves every distribution at every step; without both "
    "they do not"
)
def noise_does_not_stop_it(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Where both with the norm and without noise learn and those without the norm do not; value: share of the gain."""
    found = Networks(result.tables["networks"])
    kinds = ("none", "batch", "disturbed")
    plain, norm, noise = (GUESS - found.of("sigmoid", kind, "glorot", "loss") for kind in kinds)
    _, still, moved = (found.of("sigmoid", kind, "glorot", "drift") for kind in kinds)
    return (noise > 0.5 * norm and moved > 100 * still if norm > 0.3 and plain < 0.1 else None), noise / norm


def _named(activation: str, norm: str, initialisation: str) -> str:
    with_norm = {"none": "", "batch": " + batch norm", "disturbed": " + batch norm + noise"}[norm]
    return f"{WORDS[activation]}, {STARTS[initialisation]}{with_norm}"


def _beside(chosen: tuple[str, str, str]) -> list[tuple[str, str, str]]:
    """The network that is chosen, and those with one thing changed."""
    activation, norm, start = chosen
    others = [(one, norm, start) for one in WORDS] + [(activation, norm, one) for one in STARTS]
    others.append((activation, "batch" if norm == "none" else "none", start))
    return [chosen, *(one for one in others if one != chosen)]


def _figures(params: Parameters, tables: dict[str, Table], chosen: tuple[str, str, str]) -> dict[str, Lines | Points]:
    found = Networks(tables["networks"])

    def line(table: str, network: tuple[str, str, str], x: str, y: str, low: str, high: str) -> Line:
        columns, place = tables[table].columns, found.place(*network)
        rows = [i for i, one in enumerate(columns["network"]) if one == place and math.isfinite(columns[high][i])]
        parts = {axis: tuple(float(columns[name][i]) for i in rows) for axis, name in
                 (("x", x), ("y", y), ("low", low), ("high", high))}  # fmt: skip
        return Line(name=_named(*network), role="main" if network == chosen else "other", **parts)

    lines = _beside(chosen)
    said = _named(*chosen)[0].upper() + _named(*chosen)[1:]
    factor, reach, loss = (found.of(*chosen, name) for name in ("factor", "reach", "loss"))
    kinds = ("none", "batch", "disturbed")
    lost = [found.of("tanh", kind, "glorot", "loss") for kind in kinds]
    shifted = [i for i, one in enumerate(found.table.columns["loss"])
               if math.isfinite(one) and found.table.columns["drift"][i] > 0]  # fmt: skip
    return {
        "The gradient by layer": Lines(
            alt=f"{said}: of the gradient at the last hidden layer {reach:.2g} times as much reaches the "
            f"first, {factor:.2g} times at each layer.",
            x=Axis(label="hidden layer", unit="1 is next to the inputs"),
            y=Axis(label="gradient by the pre-activations", unit="root mean square", scale="log"),
            lines=tuple(
                line("layers", one, "layer", "gradient", "gradient_low", "gradient_high") for one in lines
            ),
        ),
        "Training, each remedy switched on": Lines(
            alt=f"{said}: the loss is {loss:.2f} after {params.steps} steps; that of guessing {GUESS:.2f}.",
            x=Axis(label="step"),
            y=Axis(label="training loss", unit="nats an image"),
            lines=tuple(line("curves", one, "step", "loss", "low", "high") for one in lines),
            marks=(Mark(label="guessing", y=GUESS, role="other"),),
        ),
        "Internal covariate shift and what was learned": Points(
            alt=f"Tanh under Glorot's weights reaches {lost[0]:.2f} without a norm, {lost[1]:.2f} with batch norm, "
            f"where inputs hardly move, and {lost[2]:.2f} with noise that moves them.",
            x_axis=Axis(label="how far a layer's inputs move in a step", unit="of their spread", scale="log"),
            y_axis=Axis(label="loss after training", unit="nats an image"),
            x=tuple(max(float(found.table.columns["drift"][i]), 1e-8) for i in shifted),
            y=tuple(float(found.table.columns["loss"][i]) for i in shifted),
            group=tuple(kinds.index(found.table.columns["norm"][i]) for i in shifted),
            groups=("without norm", "batch norm", "batch norm and noise"),
        ),
    }  # fmt: skip


def _sentences(params: Parameters, found: Networks, chosen: tuple[str, str, str]) -> tuple[str, ...]:
    of = {name: found.of(*chosen, name) for name in ("factor", "expected", "reach", "loss", "accuracy", "good")}
    learned = (
        f"comes to a loss of {of['loss']:.2f} after {params.steps} steps and is right for {100 * of['accuracy']:.0f} % "
        "of images it has not seen"
        if math.isfinite(of["loss"])
        else "leaves all bounds"
    )
    drift = {norm: found.of("tanh", norm, "glorot", "drift") for norm in ("none", "batch", "disturbed")}
    change = {norm: found.of("tanh", norm, "glorot", "gradient_change") for norm in drift}
    loss = {norm: found.of("tanh", norm, "glorot", "loss") for norm in drift}
    return (
        f"{params.depth} layers, {_named(*chosen)}: going back, the gradient becomes {of['factor']:.3g} times what it "
        f"was at each layer (theory expects {of['expected']:.3g}), so {of['reach']:.2g} of it reaches the first layer.",
        f"Trained at rate {params.rate:.3g}, it {learned}; guessing has a loss of {GUESS:.2f}.",
        f"{100 * of['good']:.0f} % of its pre-activations lie where the slope is at least half of the steepest. A good "
        "range is not enough: a sigmoid's slope is at most ¼ there, and without a norm nothing makes up for it. Batch "
        "norm does, as it divides by the spread that the weights made, on the way back too.",
        f"Internal covariate shift, tanh under Glorot's weights: in one step the middle layer's inputs move by "
        f"{drift['none']:.2g} of their spread without batch norm, {drift['batch']:.1g} with it and "
        f"{drift['disturbed']:.2g} with noise after it; the layer's gradient changes by {change['none']:.2g}, "
        f"{change['batch']:.2g} and {change['disturbed']:.2g} of its length; the losses reached are "
        f"{loss['none']:.2f}, {loss['batch']:.2f} and {loss['disturbed']:.2f}.",
        "Ioffe and Szegedy (2015) gave less of that shift as the reason why batch norm helps; Santurkar et al. (2018) "
        "added it on purpose, and training went on as well. These measures, on small networks, are with the latter.",
    )

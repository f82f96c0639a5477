"""Should a prediction change when a sequence is padded, and which layers let it?

Answer: It should not, and with a mask that reaches every layer that mixes steps it does not, to the rounding of the
numbers. Without one an LSTM's state runs on over the padding, a mean counts it, and its steps take part in the
gradient. A mask is lost where a layer cannot pass it, with a warning, or where plain arithmetic is done, without one;
what matters then is whether a later layer mixes steps.

Source: Keras' guide on masking and padding; PyTorch's `pack_padded_sequence`; both run for the table of layers. The
utterances: Kudo, Toyama & Shimbo 1999.

Seconds: 25
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.figures import Axis, Line, Lines, Mark
from cutaway.core.progress import Progress, silent
from cutaway.science.nets import cross_entropy, gradient_norm
from cutaway.science.nets.sequences import SIDES, Side, gradient_parts, padded_batch
from cutaway.science.nets.tree import leaves
from cutaway.studies.run.padded import (
    AVERAGES,
    BATCH,
    BY_SIDE,
    EPOCHS,
    MODELS,
    probabilities,
    reader,
    step_loss,
    trained,
)
from cutaway.studies.run.parameter import choice, seed, whole
from cutaway.studies.run.result import Result, Table, claim
from cutaway.studies.run.vowels import COEFFICIENTS, SPEAKERS, Utterances, layers, utterances

TITLE = "Padding and masks"
GROUP = "network"
STORED_BYTES = 200_000  # the weights of sixteen networks, which the page runs, and the table of layers
CHAOTIC = True
MOST = 20  # padded steps added
PADDING = (0, 1, 2, 4, 7, 10, 15, 20)
SHOWN = 18  # utterances on the page, two a speaker
EXACT = 1e-12  # of a probability: float64 and no more
HARM = 0.05  # a change of a probability that a reader would call one

KEEPS = ("lstm", "mean", "attention")
DRIFTS = ("bare", "operation", "convolution", "shortcut")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What is padded, how, and who reads it; only another seed trains anew."""

    model: str = choice(
        "bare", "Network", {name: words for name, (words, _) in MODELS.items()}, where="browser",
        help="Each was trained alone, on batches padded to their longest utterance.",
    )  # fmt: skip
    padding: int = whole(
        8, "Padded steps", low=0, high=MOST, where="browser", help="Zeros that are added to the utterance."
    )
    side: str = choice(
        "after", "Padding stands", {"after": "after", "before": "before"}, where="browser",
        help="In training and here alike.",
    )  # fmt: skip
    utterance: int = whole(4, "Utterance", low=1, high=SHOWN, where="browser", help="Of the test set, two a speaker.")
    seed: int = seed()


def chosen(test: Utterances) -> list[int]:
    """Which of the test set are on the page: of each speaker the first, and the next that is longer or shorter by 2."""
    out: list[int] = []
    for speaker in range(SPEAKERS):
        mine = np.flatnonzero(test.speaker == speaker)
        length = len(test.steps[mine[0]])
        out += [int(mine[0]), int(next(i for i in mine[1:] if abs(len(test.steps[i]) - length) >= 2))]
    return out


def run(params: Parameters, progress: Progress = silent) -> Result:
    """Trains the networks, pads the test set, splits the gradients in two, and adds the table of layers."""
    nets: dict[tuple[str, Side], Any] = {}
    for i, model in enumerate((*MODELS, "tagger")):
        for side in SIDES if model in BY_SIDE else SIDES[:1]:
            nets[model, side] = trained(
                model, side, params.seed, lambda said, done, of, i=i: progress(said, i * EPOCHS + done, 9 * EPOCHS)
            )
        nets.setdefault((model, "before"), nets[model, "after"])
    drift, noise = _drift(nets, progress)
    gradient, losses = _gradient(nets, params.seed, progress), _losses(nets, params.seed)
    at = {(m, s, p): (a, c) for m, s, p, a, c in zip(*(drift[name] for name in DRIFT[:5]), strict=True)}
    shares = {
        (m, s, p): (share, steps) for m, s, p, share, steps in zip(*(gradient[name] for name in GRADIENT), strict=True)
    }
    kept, lost = ([at[m, s, MOST][1] for m in group for s in SIDES] for group in (KEEPS, DRIFTS))
    alone, after = (at["bare", params.side, p][0] for p in (0, MOST))
    wasted, padding = shares["bare", params.side, 0]
    parameters, weights = _parameters(nets)
    return Result(
        figures=_figures(drift, gradient, losses, noise, params.side),
        tables={
            "lanes": _lanes(),
            "utterances": _shown(),
            "parameters": parameters,
            "weights": weights,
            "drift": Table(drift, note="a network, the whole test set padded with so many steps each"),
            "gradient": Table(gradient, note="a trained network, a batch of the test set padded with so many more"),
            "losses": Table(losses, note="a way to average the loss of every step, over a batch of the test set"),
            "layers": Table(
                {name: [row[name] for row in layers()["rows"]] for name in layers()["rows"][0]},
                note="a layer of a framework: the mask's fate, and the largest change of real steps under padding",
            ),
            "versions": Table(
                {"framework": list(layers()["versions"]), "version": list(layers()["versions"].values())},
                note="a framework that was run",
            ),
            "run": Table({"date": [layers()["date"]], "python": [layers()["python"]]}, note="when it was run"),
        },
        numbers={
            "noise": noise, "kept": max(kept), "lost": min(lost),
            "maximum": max(at["maximum", side, MOST][1] for side in SIDES),
            "alone": alone, "padded": after, "wasted": wasted, "padding": padding,
        },
        sentences=(
            f"With a mask that arrives, {MOST} padded steps change no probability by more than {max(kept):.0e}; in "
            f"another batch the same numbers differ by {noise:.0e} anyway.",
            f"The LSTM without a mask, padded {params.side}, is right on {100 * alone:.0f} % of the test set alone and "
            f"on {100 * after:.0f} % with {MOST} padded steps each.",
            "Keras' MultiHeadAttention takes the mask off the tensor that it attends to: where layers are called one "
            "by one a shortcut around it loses the mask, and a functional model that makes its own mask keeps it. What "
            "such a layer says at padded steps differs: there Keras looks everywhere, PyTorch (as here) at real steps.",
            f"Of its gradient, by length, {100 * wasted:.0f} % comes from padding, which is "
            f"{100 * padding:.0f} % of the batch's steps.",
        ),
    )  # fmt: skip


DRIFT = ("model", "side", "padding", "accuracy", "change", "typical")
GRADIENT = ("model", "side", "padding", "share", "steps")
LOSSES = ("average", "side", "padding", "loss", "steps")


def _columns(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _drift(nets: dict[tuple[str, Side], Any], progress: Progress) -> tuple[dict[str, list[Any]], float]:
    """The test set under padding, and how far numbers differ where nothing but the batch is another."""
    test = utterances()[1]
    rows: list[tuple[Any, ...]] = []
    noise = 0.0
    for at, ((model, side), params) in enumerate(nets.items()):
        if model == "tagger":
            continue
        progress("the test set, padded", at, len(nets))
        net = reader(model)
        alone = probabilities(net, params, test.steps, side, 0)
        single = np.concatenate([probabilities(net, params, [one], side, 0) for one in test.steps[:40]])
        noise = max(noise, float(np.abs(single - alone[:40]).max()))
        for more in PADDING:
            p = probabilities(net, params, test.steps, side, more)
            change, right = np.abs(p - alone).max(axis=1), float(np.mean(p.argmax(1) == test.speaker))
            rows.append((model, side, more, right, float(change.max()), float(np.median(change))))
    return _columns(DRIFT, rows), noise


def _gradient(nets: dict[tuple[str, Side], Any], seed: int, progress: Progress) -> dict[str, list[Any]]:
    """The share of the gradient's length that padded steps have, of the two parts' lengths added."""
    test, rows = utterances()[1], []
    batch = np.random.default_rng(seed).permutation(len(test.steps))[:BATCH]
    y = test.speaker[batch]
    ways = [(model, model, "") for model in MODELS] + [(f"tagger, {each}", "tagger", each) for each in AVERAGES]
    for at, (name, model, average) in enumerate(ways):
        progress("gradients", at, len(ways))
        for side in SIDES:
            for more in PADDING:
                x = padded_batch(test.rows(batch), side=side, more=more)
                _, real, pads = gradient_parts(
                    reader(model), nets[model, side], x,
                    lambda z, x=x, a=average: step_loss(z, y, x.mask, a) if a else cross_entropy(z, y),
                )  # fmt: skip
                share = gradient_norm(pads) / (gradient_norm(real) + gradient_norm(pads))
                rows.append((name, side, more, share, float(1 - x.mask.mean())))
    return _columns(GRADIENT, rows)


def _losses(nets: dict[tuple[str, Side], Any], seed: int) -> dict[str, list[Any]]:
    """The loss of a network that says a speaker at every step, averaged in three ways."""
    test, rows = utterances()[1], []
    batch = np.random.default_rng(seed).permutation(len(test.steps))[:BATCH]
    for average in AVERAGES:
        for side in SIDES:
            for more in PADDING:
                x = padded_batch(test.rows(batch), side=side, more=more)
                z = reader("tagger").apply(nets["tagger", side], x)[-1]
                value = float(step_loss(z, test.speaker[batch], x.mask, average))
                rows.append((average, side, more, value, float(1 - x.mask.mean())))
    return _columns(LOSSES, rows)


def _lanes() -> Table:
    """Every lane of every network, with what becomes of the mask in Keras as it was run."""
    fates = {row["name"]: row["fate"] for row in layers()["rows"] if row["framework"] == "keras"}
    rows: list[tuple[Any, ...]] = []
    for model, (words, lanes) in MODELS.items():
        arrives = False
        for at, (kind, keeps, name, keras, torch) in enumerate(lanes):
            fate = "makes" if kind == "masking" else "none" if not arrives else fates[name]
            rows.append((model, words, at, kind, keeps, fate, keras, torch))
            arrives = keeps and (arrives or kind == "masking")
    return Table(
        _columns(("model", "words", "lane", "kind", "keeps", "fate", "keras", "pytorch"), rows),
        note="a layer of a network",
    )


def _shown() -> Table:
    """The utterances on the page, a row a step."""
    test, rows = utterances()[1], []
    for at, i in enumerate(chosen(test)):
        rows += [(at + 1, int(test.speaker[i]) + 1, *map(float, step)) for step in test.steps[i]]
    names = ("utterance", "speaker", *(f"c{at + 1}" for at in range(COEFFICIENTS)))
    return Table(_columns(names, rows), note="a step of an utterance, standardised")


def _parameters(nets: dict[tuple[str, Side], Any]) -> tuple[Table, Table]:
    """Where each parameter stands among the weights, and the weights."""
    rows: list[tuple[Any, ...]] = []
    weights: list[float] = []
    for (model, side), params in nets.items():
        if model == "tagger" or (side == "before" and model not in BY_SIDE):
            continue
        for path, array in leaves(params):
            lane, name = path.split("/")
            high, wide = array.shape if array.ndim == 2 else (1, array.size)
            rows.append((model, side if model in BY_SIDE else "both", int(lane), name, high, wide, len(weights)))
            weights += array.ravel().tolist()
    columns = _columns(("model", "side", "lane", "name", "rows", "columns", "first"), rows)
    return Table(columns, note="a parameter"), Table({"value": weights}, note="a number of a parameter")


def _figures(
    drift: dict[str, list[Any]], gradient: dict[str, list[Any]], losses: dict[str, list[Any]], noise: float, side: str
) -> dict[str, Lines]:
    def series(table: dict[str, list[Any]], column: str, name: str) -> tuple[float, ...]:
        first = next(iter(table))
        return tuple(
            value
            for each, where, value in zip(table[first], table["side"], table[column], strict=True)
            if (each, where) == (name, side)
        )

    x = tuple(map(float, PADDING))
    steps, added = series(gradient, "steps", "bare"), Axis(label="padded steps added", unit=f"{side} the utterance")
    floor = 1e-17

    def line(name: str, y: tuple[float, ...], role: Any = "main") -> Line:
        return Line(name=name, x=x, y=y, role=role)

    kept = [MODELS[each][0] for each in KEEPS]
    return {
        "How far a prediction moves": Lines(
            alt=f"With a mask ({', '.join(kept)}) padding changes nothing above rounding; without, probabilities move.",
            x=added,
            y=Axis(label="largest change of a probability", unit="370 utterances", scale="log"),
            lines=tuple(
                line(MODELS[each][0], tuple(max(v, floor) for v in series(drift, "change", each)),
                     "harm" if each in DRIFTS else "main" if each in KEEPS else "other")
                for each in MODELS
            ),
            marks=(Mark(label="another batch, no padding", y=max(noise, floor), role="other"),),
        ),
        "Right on the test set": Lines(
            alt=f"The LSTM without a mask is right on {100 * series(drift, 'accuracy', 'bare')[0]:.0f} % alone.",
            x=added,
            y=Axis(label="right", unit="share of 370 utterances"),
            lines=tuple(line(MODELS[each][0], series(drift, "accuracy", each),
                             "harm" if each in DRIFTS else "main") for each in ("lstm", *DRIFTS)),
        ),
        "What padding has of the gradient": Lines(
            alt=f"Without a mask the LSTM takes {100 * series(gradient, 'share', 'bare')[0]:.0f} % of its "
            "gradient from padding; with one, nothing.",
            x=Axis(label="padded steps added", unit="to the batch's longest utterance"),
            y=Axis(label="share of the gradient's length"),
            lines=(
                *(line(MODELS[each][0], series(gradient, "share", each), "harm" if each in DRIFTS else "main")
                  for each in ("lstm", *DRIFTS)),
                line("padding, share of steps", steps, "other"),
            ),
        ),
        "The loss of every step": Lines(
            alt="Averaged over real steps the loss does not know of padding; the other averages change with it.",
            x=Axis(label="padded steps added", unit="to the batch's longest utterance"),
            y=Axis(label="mean cross-entropy", unit="nats a step"),
            lines=tuple(line(words, series(losses, "loss", name), "main" if name == "valid" else "harm")
                        for name, words in AVERAGES.items()),
        ),
    }  # fmt: skip


@claim("Where the mask reaches every layer that mixes steps, 20 padded steps change no probability by more than 1e-12")
def kept(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the largest change over networks, sides and the test set."""
    return result.numbers["kept"] <= EXACT, result.numbers["kept"]


@claim("Where it is lost before a mean, or never there for an LSTM, some probability changes by over 0.05")
def lost(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """In each such network on each side; value: the least of their largest changes."""
    return result.numbers["lost"] > HARM, result.numbers["lost"]


@claim("Padding has no part in the gradient of a network that keeps the mask, and a part in each that loses it")
def gradients(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the least share among those that lose it, where padding is there."""
    columns = result.tables["gradient"].columns
    rows = list(zip(columns["model"], columns["share"], strict=True))
    least = min(share for model, share in rows if model in DRIFTS)
    return least > 0.001 and all(share == 0 for model, share in rows if model in KEEPS), least


@claim("The loss over real steps does not change with padding; given a weight of 0 instead, it falls as their share")
def averages(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the largest relative difference from that."""
    columns = result.tables["losses"].columns
    found = {key[:3]: key[3:] for key in zip(*(columns[name] for name in LOSSES), strict=True)}
    off = 0.0
    for (average, side, _), (value, steps) in found.items():
        base = found["valid", side, 0][0]
        if average != "counted":
            expected = base if average == "valid" else base * (1 - steps)
            off = max(off, abs(value / expected - 1))
    return off < 1e-6, off


@claim("Keras treats the mask alike on its three backends, layer by layer")
def backends(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: how many layers were run on each."""
    columns = result.tables["layers"].columns
    fates: dict[str, set[str]] = {}
    for framework, name, fate in zip(columns["framework"], columns["name"], columns["fate"], strict=True):
        if framework != "pytorch":
            fates.setdefault(name, set()).add(fate)
    return all(len(each) == 1 for each in fates.values()), float(len(fates))


@claim("PyTorch's packed sequences are right for padding after and wrong for padding before")
def packed(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """For each recurrent layer that was run; value: the least change with padding before."""
    columns = result.tables["layers"].columns
    names = ("framework", "call", "with_after", "with_before")
    rows = [
        (after, before)
        for framework, call, after, before in zip(*(columns[name] for name in names), strict=True)
        if framework == "pytorch" and "pack_padded" in call
    ]
    least = min(before for _, before in rows)
    return all(after == 0 for after, _ in rows) and least > 0, float(least)

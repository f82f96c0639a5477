"""Does preparing the images help? Pipelines before two models, compared on the same folds with the same seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.science.images.hog import hog
from cutaway.science.images.ways import WAYS

if TYPE_CHECKING:  # networks are for those who ask what pays; an audit of a table, too, imports this
    from cutaway.science import nets

Model = Literal["cnn", "hog"]
Operation = Callable[[np.ndarray], np.ndarray]
MODELS: dict[Model, str] = {"cnn": "small convolutional network", "hog": "linear model on HOG"}
FEWEST = 5  # images of a class for each fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What a pipeline does to a model's accuracy, against the images as they are: mean difference over folds and
    seeds with its 95 % interval, p of no difference, and p corrected for all pipelines and models (Holm).
    """

    model: Model
    pipeline: str
    accuracy: float
    reference: float  # accuracy on the images as they are
    difference: float
    low: float
    high: float
    p: float
    p_corrected: float

    @property
    def verdict(self) -> Literal["pays", "costs", "not clear"]:
        """At 5 % after correction."""
        if self.p_corrected >= 0.05:
            return "not clear"
        return "pays" if self.difference > 0 else "costs"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Benefit:
    """The whole comparison. `accuracies` maps a model and a pipeline to its accuracy in every fold of every repeat."""

    gains: tuple[Gain, ...]
    accuracies: Mapping[tuple[Model, str], np.ndarray]
    images: int
    classes: int
    side: int
    folds: int
    repeats: int

    @property
    def sentence(self) -> str:
        """The verdict: what pays, what costs, and how much could be seen."""
        told = []
        for word, none in (("pays", "nothing is seen to pay"), ("costs", "nothing is seen to cost")):
            found = sorted((one for one in self.gains if one.verdict == word), key=lambda one: -abs(one.difference))
            named = [f"{one.pipeline} {word} {100 * abs(one.difference):.1f} ({MODELS[one.model]})" for one in found]
            rest = [f"{len(named) - 4} more {word[:-1]}"] if len(named) > 4 else []
            told.append(", ".join([*named[:4], *rest]) or none)
        said = f"in points of accuracy {told[0]}; {told[1]}."
        seen = float(np.median([one.high - one.low for one in self.gains]) / 2) if self.gains else float("nan")
        return (
            f"{said[0].upper()}{said[1:]} With {self.images:,} images and {self.repeats} × {self.folds} folds a "
            f"difference is known to about ± {100 * seen:.1f} points."
        )


def benefit(
    images: Sequence[np.ndarray],
    y: np.ndarray,
    pipelines: Mapping[str, Operation],
    *,
    models: Sequence[Model] = ("cnn", "hog"),
    side: int = 32,
    folds: int = 5,
    repeats: int = 2,
    epochs: int = 8,
    groups: np.ndarray | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Benefit:
    """Whether pipelines pay before a small convolutional network and a linear model on HOG.

    Args:
        images: uint8, (h, w) or (h, w, 3), of any sizes; what a pipeline leaves is resized to `side` × `side` (mean
            over a triangle), which is all that is done to the images as they are.
        y: classes (n,), coded 0 … K - 1.
        pipelines: by name, from an image to an image.
        models: which.
        side: of what the models are given.
        folds: of cross-validation, dealt by class.
        repeats: other folds and other seeds each time.
        epochs: of the network's training; what it is given is scaled by the training part's mean and deviation.
        groups: (n,) of images that belong together, such as those of one photograph; each stays in one fold.
        seed: of folds and networks. All pipelines have the same ones, so that differences are paired.
        progress: told each fit.

    Returns: differences of accuracy, each with an interval for overlapping training sets (`resampled_difference`) and
        p corrected over all of them (`holm`).

    Raises: InputError for a class with too few images, folds or sides that cannot be, or a pipeline that fails.

    Source: Nadeau & Bengio 2003, "Inference for the generalization error"; Holm 1979.
    """
    y = np.asarray(y, np.int64)
    _check(images, y, pipelines, side, folds, repeats)
    prepared = {"as they are": resized(images, side)}
    for at, (name, pipeline) in enumerate(pipelines.items()):
        progress("preparing the images", at, len(pipelines))
        prepared[name] = _prepared(images, pipeline, name, side)
    features = {name: hog(x, cell=max(4, side // 5)) for name, x in prepared.items()} if "hog" in models else {}
    scores: dict[tuple[Model, str], list[float]] = {(m, name): [] for m in models for name in prepared}
    classes = int(y.max()) + 1
    of, done = repeats * folds * len(scores), 0
    for repeat in range(repeats):
        fold = dealt(y, folds, np.random.default_rng([seed, repeat]), groups)
        if any(np.unique(y[fold != k]).size < classes for k in range(folds)):
            raise InputError("groups: benefit expected every class in every training part; take fewer folds")
        for k in range(folds):
            train, test = fold != k, fold == k
            for model, name in scores:
                progress(f"{MODELS[model]}: {name}", done, of)
                if model == "hog":
                    said = linear(features[name][train], y[train], features[name][test])
                else:
                    said = network(prepared[name], y, train, test, epochs, seed * 1000 + repeat * folds + k)
                scores[model, name].append(float((said == y[test]).mean()))
                done += 1
    accuracies = {key: np.array(values) for key, values in scores.items()}
    return Benefit(
        gains=_gains(accuracies, 1 / (folds - 1)),
        accuracies=accuracies,
        images=len(y),
        classes=classes,
        side=side,
        folds=folds,
        repeats=repeats,
    )


def _gains(accuracies: Mapping[tuple[Model, str], np.ndarray], share: float) -> tuple[Gain, ...]:
    from cutaway.science import search

    found = []
    for (model, name), values in accuracies.items():
        if name == "as they are":
            continue
        reference = accuracies[model, "as they are"]
        found.append((model, name, values, reference, search.resampled_difference(values - reference, share)))
    corrected: np.ndarray = search.holm([one[-1].p for one in found]) if found else np.zeros(0)
    return tuple(
        Gain(
            model=model,
            pipeline=name,
            accuracy=float(values.mean()),
            reference=float(reference.mean()),
            difference=paired.difference,
            low=paired.low,
            high=paired.high,
            p=paired.p,
            p_corrected=float(p),
        )
        for (model, name, values, reference, paired), p in zip(found, corrected, strict=True)
    )


def dealt(y: np.ndarray, folds: int, rng: np.random.Generator, groups: np.ndarray | None = None) -> np.ndarray:
    """A fold (n,) for each image, drawn anew: classes spread evenly; groups (n,), where given, whole.

    >>> np.bincount(dealt(np.repeat([0, 1], 10), 5, np.random.default_rng(0))).tolist()
    [4, 4, 4, 4, 4]
    """
    out = np.empty(y.size, np.int64)
    if groups is not None:
        names, member = np.unique(np.asarray(groups), return_inverse=True)
        held = np.zeros((folds, int(y.max()) + 1))
        of_group = np.zeros((names.size, held.shape[1]))
        np.add.at(of_group, (member, y), 1)
        order = rng.permutation(names.size)
        for one in order[np.argsort(-of_group[order].sum(1), kind="stable")]:
            fold = int(((held + of_group[one]) @ of_group[one]).argmin())  # where its classes are fewest so far
            held[fold] += of_group[one]
            out[member == one] = fold
        return out
    start = 0
    for code in np.unique(y):
        mine = rng.permutation(np.flatnonzero(y == code))
        out[mine] = (np.arange(mine.size) + start) % folds
        start += mine.size
    return out


def linear(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Classes of new rows by ridge regression on one column a class, from rows x (n, p).

    The penalty is chosen among nine by the leave-one-out error of the training rows, in closed form.

    Source: Hastie, Tibshirani & Friedman 2009, "The elements of statistical learning", sections 3.4.1 and 7.10.

    >>> x = np.random.default_rng(0).normal(size=(80, 3))
    >>> float((linear(x[:60], (x[:60, 0] > 0).astype(int), x[60:]) == (x[60:, 0] > 0)).mean()) > 0.8
    True
    """
    x, new = np.asarray(x, np.float64), np.asarray(new, np.float64)
    middle = x.mean(0)
    targets = np.eye(int(y.max()) + 1)[y]
    level = targets.mean(0)
    centred = x - middle
    # The eigenvectors of the smaller product are several times faster than singular vectors of x.
    if len(x) <= x.shape[1]:
        squares, u = np.linalg.eigh(centred @ centred.T)
        kept = squares > 1e-9 * squares.max()
        s, u = np.sqrt(squares[kept]), u[:, kept]
        v = (centred.T @ u) / s
    else:
        squares, v = np.linalg.eigh(centred.T @ centred)
        kept = squares > 1e-9 * squares.max()
        s, v = np.sqrt(squares[kept]), v[:, kept]
        u = (centred @ v) / s
    if not s.size:  # all rows are the same
        return np.full(len(new), int(level.argmax()))
    along = u.T @ (targets - level)
    best, least = 0.0, np.inf
    for penalty in np.logspace(-3, 3, 9) * (s**2).mean():
        shrink = s**2 / (s**2 + penalty)
        leverage = ((u**2) * shrink).sum(1) + 1 / len(x)
        residual = (targets - level - u @ (shrink[:, None] * along)) / np.maximum(1 - leverage, 1e-9)[:, None]
        error = float((residual**2).mean())
        if error < least:
            best, least = float(penalty), error
    weights = v @ ((s / (s**2 + best))[:, None] * along)
    return np.asarray(((new - middle) @ weights + level).argmax(1))


def network(x: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray, epochs: int, seed: int) -> np.ndarray:
    """Classes of the images x[test] by a network of two blocks of filters (8, 16) trained on x[train]."""
    from cutaway.science import nets

    made = trained(x[train], y[train], int(y.max()) + 1, epochs, seed)
    return np.asarray(nets.predict(made.model, made.params, made.state, made.scaled(x[test]), batch=24).argmax(1))


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A small network after its training; `mean` and `deviation` (channels,) are what its input is scaled by."""

    model: nets.Sequential
    params: nets.Tree
    state: nets.Tree
    mean: np.ndarray
    deviation: np.ndarray

    def scaled(self, x: np.ndarray) -> np.ndarray:
        """Images as the network is given them."""
        return np.asarray((x - self.mean) / self.deviation, np.float32)

    @property
    def filters(self) -> tuple[np.ndarray, np.ndarray]:
        """The first layer: filters (8, 3, 3, channels) and their biases (8,)."""
        first = self.params[0]
        return np.moveaxis(np.asarray(first["kernel"]), -1, 0), np.asarray(first["bias"])


def trained(x: np.ndarray, y: np.ndarray, classes: int, epochs: int, seed: int) -> Trained:
    """A network of two blocks of filters (8, 16) trained on images x (n, side, side, channels) with classes y (n,)."""
    from cutaway.science import nets

    mean, deviation = x.mean((0, 1, 2)), np.maximum(x.std((0, 1, 2)), 1e-3)
    model, rate = small_network(x.shape[1], x.shape[3], classes), 0.004
    steps = epochs * -(-len(x) // 24)
    done = nets.fit(
        model, ((x - mean) / deviation).astype(np.float32), y, optimiser=nets.Adam(), rate=nets.Cosine(rate, steps),
        epochs=epochs, batch=24, seed=seed,
    )  # fmt: skip
    return Trained(model, done.params, done.state, mean, deviation)


def small_network(side: int, channels: int, classes: int) -> nets.Sequential:
    """Two blocks of 3 × 3 filters, 8 and 16, each with ReLU and 2 × 2 maximum pooling, and one dense layer."""
    from cutaway.science import nets

    left = ((side - 2) // 2 - 2) // 2
    return nets.Sequential(
        (
            nets.ConvBlock(channels, 8, 3),
            nets.ConvBlock(8, 16, 3),
            nets.Flatten(),
            nets.Dense(left * left * 16, classes),
        )
    )


def resized(images: Sequence[np.ndarray], side: int) -> np.ndarray:
    """The images as they are, (n, side, side, channels) float32 from 0 to 1."""
    return _prepared(images, lambda image: image, "as they are", side)


def _prepared(images: Sequence[np.ndarray], pipeline: Operation, name: str, side: int) -> np.ndarray:
    """Images (n, side, side, channels) float32 from 0 to 1, after the pipeline and the resize."""
    out = []
    for at, image in enumerate(images):
        try:
            made = np.asarray(pipeline(image))
        except Exception as error:
            raise InputError(f"pipeline {name!r}: fails on image {at} ({type(error).__name__}: {error})") from error
        made = made.astype(np.float32) / (255 if made.dtype == np.uint8 else 1)
        if made.ndim not in (2, 3) or not made.size or not np.isfinite(made).all():
            raise InputError(f"pipeline {name!r}: expected an image of finite values, got shape {made.shape}")
        sized = made if made.shape[:2] == (side, side) else WAYS["jax"](made, side, side)
        out.append(sized[..., None] if sized.ndim == 2 else sized)
    if len({one.shape for one in out}) > 1:
        out = [one if one.shape[2] == 3 else np.repeat(one, 3, axis=2) for one in out]
    return np.stack(out).astype(np.float32)


def _check(
    images: Sequence[np.ndarray], y: np.ndarray, pipelines: Mapping[str, Operation], side: int, folds: int, repeats: int
) -> None:
    if len(images) != len(y) or y.ndim != 1:
        raise InputError(f"y: benefit expected a class for each of {len(images)} images, got shape {y.shape}")
    counts = np.bincount(y) if y.size else np.zeros(1, np.int64)
    if folds < 2 or repeats < 1:
        raise InputError(f"folds, repeats: benefit expected 2 and 1 or more, got {folds} and {repeats}")
    if counts.size < 2 or counts.min() < folds:
        raise InputError(
            f"y: benefit expected two classes or more with {folds} images each, one for each fold, got counts "
            f"{counts.tolist()}; take fewer folds, or leave the small classes out"
        )
    if not 16 <= side <= 128:
        raise InputError(f"side: benefit expected 16 to 128 pixels, got {side}")
    if "as they are" in pipelines:
        raise InputError("pipelines: 'as they are' is the images without any; give the pipeline another name")

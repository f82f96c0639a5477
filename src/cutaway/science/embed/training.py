"""Word2Vec on a corpus of one's own, trained by gensim, an epoch at a time, so that it can be taken up again."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.core.progress import Progress, silent
from cutaway.core.threads import cores
from cutaway.science.embed.corpus import Prepared, TextCorpus, prepared
from cutaway.science.embed.static import Static


@dataclass(frozen=True)
class Word2Vec:
    """How vectors are learned from which words stand near which.

    Attributes:
        method: `skip-gram`: the word foretells each neighbour; `cbow`: the neighbours' mean foretells the word.
        dimension: Numbers in a vector, 1 to 2,000.
        window: Words to each side that may count as neighbours; how many do is drawn anew for each word.
        negative: Words drawn at random for each true neighbour, to be told apart from it.
        least: Words that stand less often in the corpus have no vector.
        sample: Words of a larger share of the corpus are passed over at random, the more the commoner they are.
        rate: The step of learning at the beginning; it falls in a straight line to a thousandth of it.
        epochs: Passes over the corpus.
        seed: Of all that is random. With one worker the same corpus and seed give the same vectors.

    Raises:
        InputError: A value out of its range.

    Source: Mikolov, Sutskever, Chen, Corrado & Dean (2013), Distributed representations of words and phrases, sec. 2.
    """

    method: Literal["skip-gram", "cbow"] = "skip-gram"
    dimension: int = 200
    window: int = 8
    negative: int = 10
    least: int = 5
    sample: float = 1e-4
    rate: float = 0.025
    epochs: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in ("skip-gram", "cbow"):
            raise InputError(f"method of Word2Vec must be 'skip-gram' or 'cbow', not {self.method!r}")
        ranges = {"dimension": 2000, "window": 100, "negative": 100, "least": 10**6, "epochs": 1000}
        for name, most in ranges.items():
            value = getattr(self, name)
            if not isinstance(value, int) or not 1 <= value <= most:
                raise InputError(f"{name} of Word2Vec must be a whole number from 1 to {most:,}, not {value!r}")
        if not 0 <= self.sample < 1 or not 0 < self.rate <= 1:
            raise InputError(
                f"sample of Word2Vec must be from 0 to 1 and rate in (0, 1], not {self.sample} and {self.rate}"
            )


def train(
    corpus: TextCorpus,
    settings: Word2Vec | None = None,
    *,
    checkpoint: Path | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> Static:
    """Vectors learned from a corpus.

    Args:
        corpus: A text file with a text a line, a folder of .txt files, or texts.
        settings: How; `Word2Vec()` if None.
        checkpoint: A folder in which each epoch's state is kept. A training that was stopped goes on from there: with
            one worker it ends at the vectors it would have ended at. A state of another corpus or other settings is
            refused.
        workers: Threads; all cores if None. More than one make the result differ from run to run.
        progress: Told how many words of all epochs are done.

    Raises:
        InputError: The corpus cannot be read, has no words, or none that stands `least` times; a checkpoint of another
            corpus or other settings.
        MissingExtraError: gensim is not installed.

    >>> train(["", " … "])
    Traceback (most recent call last):
    cutaway.core.errors.InputError: the corpus has no word in it, so there is nothing to learn vectors from
    """
    settings = settings or Word2Vec()
    try:
        import gensim.models
    except ImportError as error:
        raise MissingExtraError("train", "text") from error
    with tempfile.TemporaryDirectory(prefix="cutaway-words-") as scratch:
        ready = prepared(corpus, Path(scratch) / "words.txt", progress)
        words = {word: count for word, count in ready.words if count >= settings.least}
        if not words:
            word, most = ready.words[0]
            raise InputError(
                f"no word stands {settings.least} times in the corpus of {ready.total:,} words "
                f"(the commonest, {word!r}, {most} times), so none would have a vector; "
                "give more text or a smaller `least`"
            )
        model: Any = gensim.models.Word2Vec(
            vector_size=settings.dimension,
            window=settings.window,
            negative=settings.negative,
            hs=0,
            sg=int(settings.method == "skip-gram"),
            min_count=1,
            sample=settings.sample,
            seed=settings.seed,
            workers=workers or cores(),
            sorted_vocab=0,  # they are sorted, and their order must be the same when a training is taken up
        )
        model.build_vocab_from_freq(words, corpus_count=ready.lines)
        told = {**asdict(settings), "corpus": ready.digest}
        done = _resumed(checkpoint, told, model) if checkpoint is not None else 0
        end = settings.rate * 1e-3
        for epoch in range(done, settings.epochs):
            # each epoch has its own seed, or one that is taken up would draw what the first one drew
            model.random = np.random.RandomState((settings.seed * 1_000_003 + epoch + 1) % 2**32)
            first, last = (
                settings.rate + (end - settings.rate) * share / settings.epochs for share in (epoch, epoch + 1)
            )
            heard = _Heard(ready, epoch, settings.epochs, progress)
            model.train(heard, total_examples=ready.lines, epochs=1, start_alpha=first, end_alpha=last)
            if checkpoint is not None:
                _keep(checkpoint, told, epoch + 1, model)
        counts = np.fromiter(words.values(), dtype=np.int64, count=len(words))
        name = f"Word2Vec {settings.method}, {settings.dimension}d"
        left = ready.total - int(counts.sum())
        note = f"learned from {ready.total:,} words; {left:,} of them are of words rarer than {settings.least}"
        return Static(tuple(words), np.array(model.wv.vectors, dtype=np.float32), name=name, counts=counts, note=note)


class _Heard:
    """The corpus, telling how far it has been read."""

    def __init__(self, ready: Prepared, epoch: int, epochs: int, progress: Progress) -> None:
        self._ready, self._epoch, self._epochs, self._progress = ready, epoch, epochs, progress

    def __iter__(self) -> Iterator[list[str]]:
        said = self._epoch * self._ready.total
        whole = self._epochs * self._ready.total
        for number, words in enumerate(self._ready, start=1):
            said += len(words)
            if number % 5000 == 0 or number == self._ready.lines:
                self._progress(f"training, epoch {self._epoch + 1} of {self._epochs}", said, whole)
            yield words


def _keep(folder: Path, told: dict[str, Any], epoch: int, model: Any) -> None:
    """The state after an epoch: written aside, moved into place, and then the older one removed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".being-made-", dir=folder))
        for name, array in (("vectors", model.wv.vectors), ("contexts", model.syn1neg)):
            with (aside / f"{name}.npy").open("wb") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
        (aside / "settings.json").write_text(json.dumps(told), encoding="utf-8")
        place = folder / f"epoch-{epoch}"
        shutil.rmtree(place, ignore_errors=True)
        aside.rename(place)
    except OSError as error:
        raise InputError(f"the checkpoint {folder} cannot be written: {error.strerror}") from None
    for other in folder.glob("epoch-*"):
        if other != place:
            shutil.rmtree(other, ignore_errors=True)


def _resumed(folder: Path, told: dict[str, Any], model: Any) -> int:
    """How many epochs are done, once the model has their state; 0 if none is kept."""
    found = sorted((int(one.name[6:]), one) for one in folder.glob("epoch-*") if one.name[6:].isdigit())
    if not found:
        return 0
    epoch, place = found[-1]
    try:
        before = json.loads((place / "settings.json").read_bytes())
        arrays = [_array(place / f"{name}.npy") for name in ("vectors", "contexts")]
    except (OSError, ValueError) as error:
        raise InputError(f"{place}: the checkpoint is damaged; remove it to begin anew: {error}") from None
    differing = [name for name in told if not isinstance(before, dict) or before.get(name) != told[name]]
    if differing:
        raise InputError(
            f"{folder}: the checkpoint is of another {' and '.join(differing)}; remove it, or train as it was begun"
        )
    for name, kept, own in zip(("vectors", "contexts"), arrays, (model.wv.vectors, model.syn1neg), strict=True):
        if kept.shape != own.shape or kept.dtype != own.dtype:
            raise InputError(f"{place}: {name} of the checkpoint are {kept.shape}, and must be {own.shape}")
        own[...] = kept
    return epoch


def _array(path: Path) -> NDArray[Any]:
    with path.open("rb") as file:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return array

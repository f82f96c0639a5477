"""Contextual vectors: one vector for each piece of a text, different with what stands around it, layer by layer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.core.progress import Progress, silent
from cutaway.science.embed.folders import checked_folder
from cutaway.science.embed.static import Matrix
from cutaway.science.embed.text import Note, unheard
from cutaway.science.embed.windows import Encoded, Window, batches, encoded

TokenPooling = Literal["mean", "max", "cls", "first", "last"]
TOKEN_POOLINGS: tuple[TokenPooling, ...] = ("mean", "max", "cls", "first", "last")
Long = Literal["windows", "truncate"]


@dataclass(frozen=True)
class Tokens:
    """The pieces of one text with their vectors; the model's own marks ([CLS], [SEP] …) are left out.

    Attributes:
        text: The text.
        pieces: k pieces as the model's vocabulary writes them ("##ing").
        spans: Where each stands in the text, (k, 2): first character and the one after the last.
        words: Which word each is of, (k,), counted from 0.
        vectors: float32 (k, d).
    """

    text: str
    pieces: tuple[str, ...]
    spans: NDArray[np.int64]
    words: NDArray[np.int64]
    vectors: Matrix

    def at(self, start: int, end: int) -> Matrix:
        """The mean vector (d,) of the pieces that overlap with text[start:end].

        Raises:
            InputError: No piece does.
        """
        inside = (self.spans[:, 0] < end) & (self.spans[:, 1] > start)
        if not inside.any():
            raise InputError(f"no token of the text stands at characters {start} to {end}: {self.text[start:end]!r}")
        mean: Matrix = self.vectors[inside].mean(axis=0)
        return mean

    def of(self, word: str) -> Matrix:
        """The mean vector (d,) of the pieces of the word's first whole appearance; small and capital letters are one.

        Raises:
            InputError: The word does not stand in the text.
        """
        return self.at(*span_of(self.text, word))


def span_of(text: str, word: str) -> tuple[int, int]:
    """Where a word first stands in a text on its own: its first character and the one after its last.

    Raises:
        InputError: It does not.

    >>> span_of("Embankments are no banks; the bank is.", "bank")
    (30, 34)
    """
    import re

    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, flags=re.IGNORECASE)
    if found is None:
        raise InputError(f"the word {word!r} does not stand in the text {text[:80]!r}")
    return found.span()


class Contextual:
    """A model of the BERT family in a folder on this disk.

    Nothing is downloaded, no code of the folder's is run, nothing is unpickled: weights come from `.safetensors` only.

    Args:
        path: The folder: config.json, model.safetensors, and tokenizer.json or vocab.txt.
        name: What to call the model in a table; the folder's name if empty.
        threads: Cores to compute on; PyTorch's own choice if None.

    Raises:
        InputError: The folder is not such a model; the message says what is missing or wrong.
        MissingExtraError: transformers or PyTorch are not installed.
    """

    def __init__(self, path: Path | str, *, name: str = "", threads: int | None = None) -> None:
        try:
            import torch
            import transformers
        except ImportError as error:
            raise MissingExtraError("Contextual", "text") from error
        self.path = Path(path)
        self.name = name or self.path.name
        config = checked_folder(self.path)
        self._threads = threads
        hushed = {"local_files_only": True, "trust_remote_code": False}
        with _quiet():
            try:
                self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(str(self.path), **hushed)
                # in float32 whatever the file says: what is measured must not depend on how it was stored
                self._model: Any = transformers.AutoModel.from_pretrained(
                    str(self.path), use_safetensors=True, dtype=torch.float32, **hushed
                ).eval()
            except Exception as error:  # the readers of damaged files raise a dozen kinds
                said = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
                raise InputError(f"{self.path}: the model cannot be read: {said}") from error
        if not self._tokenizer.is_fast:
            raise InputError(
                f"{self.path}: its tokenizer cannot say where a token stands in the text; a tokenizer.json is needed"
            )
        self.layers = int(config["num_hidden_layers"]) + 1
        self.dimension = int(self._model.config.hidden_size)
        positions = int(getattr(self._model.config, "max_position_embeddings", 512))
        padding = getattr(self._model.config, "pad_token_id", None) or 0
        told = int(min(self._tokenizer.model_max_length, 10**6))
        # models of RoBERTa's kind count positions from behind the padding's
        offset = padding + 1 if "roberta" in config["model_type"] or config["model_type"] == "camembert" else 0
        self.limit = min(told, positions - offset)

    def __repr__(self) -> str:
        return f"Contextual({self.name}: {self.layers - 1} layers of {self.dimension} numbers)"

    @property
    def nbytes(self) -> int:
        """Bytes of the weights in memory."""
        return sum(weight.numel() * weight.element_size() for weight in self._model.parameters())

    def pieces(self, word: str) -> tuple[str, ...]:
        """The pieces of the vocabulary that the model reads a word as; `[UNK]` among them where it has none."""
        return tuple(self._tokenizer.tokenize(word))

    @property
    def unknown(self) -> str:
        """The piece that stands for what the vocabulary has no piece for."""
        return str(self._tokenizer.unk_token)

    @property
    def vocabulary(self) -> frozenset[str]:
        """The pieces that the model knows."""
        return frozenset(self._tokenizer.get_vocab())

    def tokens(
        self,
        texts: Sequence[str],
        layer: int = -1,
        *,
        long: Long = "windows",
        batch: int = 32,
        note: Note = unheard,
        progress: Progress = silent,
    ) -> list[Tokens]:
        """The vectors of each text's tokens at one layer.

        Args:
            texts: Any number of texts; an empty one has no tokens.
            layer: 0 is what goes into the first block (piece and position), 1 what comes out of it, -1 the last.
            long: A text of more tokens than the model reads at a time is read in overlapping windows, of which each
                token is taken from the one where it stands furthest from an end; or it is cut off.
            batch: Texts that are computed together.
            note: Is told which texts were too long, and what was done.
            progress: Told how many tokens are done.

        Raises:
            InputError: No such layer; not texts.
        """
        at = self._layer(layer)
        read = self._encoded(texts, long, note)
        made = [np.zeros((len(one.pieces), self.dimension), dtype=np.float32) for one in read]
        for windows, hidden in self._computed(read, at, batch, progress):
            for k, window in enumerate(windows):
                made[window.text][window.start : window.end] = hidden[k, window.skipped : window.skipped + window.size]
        return [
            Tokens(text, one.pieces, one.spans, one.words, vectors)
            for text, one, vectors in zip(texts, read, made, strict=True)
        ]

    def by_layer(self, texts: Sequence[str], *, batch: int = 32, note: Note = unheard) -> list[list[Tokens]]:
        """`tokens` at every layer, computed in one pass: a list of layers, each a list of texts."""
        read = self._encoded(texts, "windows", note)
        made = [np.zeros((self.layers, len(one.pieces), self.dimension), dtype=np.float32) for one in read]
        for windows, hidden in self._computed(read, None, batch, silent):
            for k, window in enumerate(windows):
                part = hidden[:, k, window.skipped : window.skipped + window.size]
                made[window.text][:, window.start : window.end] = part
        return [
            [
                Tokens(text, one.pieces, one.spans, one.words, vectors[layer])
                for text, one, vectors in zip(texts, read, made, strict=True)
            ]
            for layer in range(self.layers)
        ]

    def sentences(
        self,
        texts: Sequence[str],
        layer: int = -1,
        pooling: TokenPooling = "mean",
        *,
        long: Long = "windows",
        batch: int = 32,
        note: Note = unheard,
        progress: Progress = silent,
    ) -> Matrix:
        """One vector a text, (k, d).

        Args:
            texts: k texts; an empty one becomes zeros, but for `cls`.
            layer: As in `tokens`.
            pooling: `mean` over the tokens, the model's marks included, as sentence models are trained; `max`, number
                by number; `cls`, the vector of the mark before the text; `first` or `last` token of the text.
            long: As in `tokens`; a text read in windows has the mean (`max`: the maximum; `cls`, `first`: the first
                one's; `last`: the last one's) over windows.
            batch: Texts that are computed together.
            note: Is told which texts were too long or empty.
            progress: Told how many tokens are done.

        Raises:
            InputError: No such layer or pooling; not texts.
        """
        if pooling not in TOKEN_POOLINGS:
            raise InputError(
                f"pooling of Contextual.sentences must be one of {', '.join(TOKEN_POOLINGS)}, not {pooling!r}"
            )
        at = self._layer(layer)
        read = self._encoded(texts, long, note)
        made = np.full((len(texts), self.dimension), -np.inf if pooling == "max" else 0.0, dtype=np.float32)
        total = np.zeros(len(texts))
        for windows, hidden in self._computed(read, at, batch, progress):
            for k, window in enumerate(windows):
                mine = hidden[k, : len(window.ids)]
                if pooling == "mean":
                    made[window.text] += mine.sum(axis=0)
                    total[window.text] += len(mine)
                elif pooling == "max":
                    np.maximum(made[window.text], mine.max(axis=0), out=made[window.text])
                elif (pooling == "last") == window.is_last or (pooling != "last" and window.is_first):
                    where = {"cls": 0, "first": window.before, "last": len(mine) - 1 - window.after}[pooling]
                    made[window.text] = mine[where]
        if pooling == "mean":
            made /= np.maximum(total, 1.0)[:, None].astype(np.float32)
        if pooling != "cls":
            empty = [k for k, one in enumerate(read) if not one.pieces]
            made[empty] = 0.0
            if empty:
                note(f"{len(empty)} of {len(texts)} texts have no token; they are zeros (text {empty[0] + 1})")
        return made

    def _layer(self, layer: int) -> int:
        if not -self.layers <= layer < self.layers:
            raise InputError(f"layer must be from 0 to {self.layers - 1} in {self.name} (or -1, the last), not {layer}")
        return layer % self.layers

    def _encoded(self, texts: Sequence[str], long: Long, note: Note) -> list[Encoded]:
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise InputError("texts must be a list of strings; put a single text into a list")
        if long not in ("windows", "truncate"):
            raise InputError(f"long must be 'windows' or 'truncate', not {long!r}")
        return encoded(self._tokenizer, texts, self.limit, long, note)

    def _computed(
        self, read: Sequence[Encoded], layer: int | None, batch: int, progress: Progress
    ) -> Iterator[tuple[list[Window], Matrix]]:
        """Batches of windows with what the layer gives, (b, t, d); every layer, (layers, b, t, d), if it is None."""
        import torch

        total = sum(len(window.ids) for one in read for window in one.windows)
        done = 0
        with self._cores(), torch.inference_mode():
            for windows, ids, mask in batches(read, batch, self._tokenizer.pad_token_id or 0):
                inputs = {"input_ids": torch.from_numpy(ids)}
                if mask is not None:  # without padding no mask is needed, and attention is faster
                    inputs["attention_mask"] = torch.from_numpy(mask)
                yield windows, self._hidden(inputs, layer)
                done += sum(len(window.ids) for window in windows)
                progress("embedding", done, total)

    def _hidden(self, inputs: dict[str, Any], layer: int | None) -> Matrix:
        import torch

        if layer == self.layers - 1:
            last: Matrix = self._model(**inputs).last_hidden_state.numpy()
            return last
        blocks = self._blocks()
        if layer is None or blocks is None:
            every = self._model(**inputs, output_hidden_states=True).hidden_states
            found: Matrix = torch.stack(list(every)).numpy() if layer is None else every[layer].numpy()
            return found
        reached: list[Any] = []

        def stop(_: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
            reached.append(given[0] if given else named["hidden_states"])
            raise _Reached

        # what the higher blocks would compute need not be computed
        hook = blocks[layer].register_forward_pre_hook(stop, with_kwargs=True)
        try:
            self._model(**inputs)
        except _Reached:
            pass
        finally:
            hook.remove()
        hidden: Matrix = reached[0].numpy()
        return hidden

    def _blocks(self) -> Any:
        """The model's blocks, in order; None where they cannot be told apart (ALBERT's are one block, used again)."""
        import torch

        lists = (module for module in self._model.modules() if isinstance(module, torch.nn.ModuleList))
        return next((module for module in lists if len(module) == self.layers - 1 > 1), None)

    @contextmanager
    def _cores(self) -> Iterator[None]:
        import torch

        before = torch.get_num_threads()
        if self._threads is not None:
            torch.set_num_threads(self._threads)
        try:
            yield
        finally:
            if self._threads is not None:
                torch.set_num_threads(before)


class _Reached(Exception):  # noqa: N818 - no error: the layer that was asked for is reached
    pass


@contextmanager
def _quiet() -> Iterator[None]:
    """Within it, transformers writes nothing to the terminal."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    bar = os.environ.get("TQDM_DISABLE")
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bar is None:
            logging.enable_progress_bar()

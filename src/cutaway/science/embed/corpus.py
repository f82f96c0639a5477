"""A text corpus as lines of words: a file, a folder of files, or texts in memory; read again and again, never held."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress
from cutaway.science.embed.text import words_of

TextCorpus = Path | str | Sequence[str]
"""A path, or texts: a string alone is a path."""


@dataclass(frozen=True)
class Prepared:
    """A corpus cut into words once.

    Attributes:
        path: A line a text, its words with a space between them.
        words: Every word with its count, commonest first; of equally common ones by the alphabet.
        lines: How many texts have words.
        total: How many words there are.
        digest: A hash of the words in their order.
    """

    path: Path
    words: tuple[tuple[str, int], ...]
    lines: int
    total: int
    digest: str

    def __iter__(self) -> Iterator[list[str]]:
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                yield line.split()


def prepared(corpus: TextCorpus, out: Path, progress: Progress) -> Prepared:
    """The words of a corpus, written to the file `out`.

    Raises:
        InputError: No such file; a line that holds a NUL or is not UTF-8, named; or no word at all.
    """
    counts: Counter[str] = Counter()
    hashed = hashlib.blake2b(digest_size=16)
    lines = total = 0
    with out.open("w", encoding="utf-8") as file:
        for text in _texts(corpus):
            words = words_of(text)
            if not words:
                continue
            counts.update(words)
            line = " ".join(words) + "\n"
            hashed.update(line.encode("utf-8", errors="surrogatepass"))
            file.write(line)
            lines += 1
            total += len(words)
            if lines % 20_000 == 0:
                progress("reading words", total, None)
    if not total:
        named = f"{corpus}: the corpus" if isinstance(corpus, Path | str) else "the corpus"
        raise InputError(f"{named} has no word in it, so there is nothing to learn vectors from")
    ordered = tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
    return Prepared(out, ordered, lines, total, hashed.hexdigest())


def _texts(corpus: TextCorpus) -> Iterator[str]:
    if not isinstance(corpus, Path | str):
        for k, text in enumerate(corpus):
            if not isinstance(text, str):
                raise InputError(f"text {k + 1} of the corpus must be a string, not {type(text).__name__}")
            yield text
        return
    path = Path(corpus)
    if path.is_dir():
        files = sorted(one for one in path.rglob("*.txt") if one.is_file())
        if not files:
            raise InputError(f"{path}: the folder has no .txt file")
    elif path.is_file():
        files = [path]
    else:
        raise InputError(f"{path}: there is no such corpus: neither a file nor a folder")
    for one in files:
        yield from _lines(one)


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if b"\0" in raw:
                raise InputError(
                    f"{path}: line {number:,} holds a NUL at byte {raw.index(0) + 1}; this is no plain text"
                )
            try:
                yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                at = error.start + 1
                raise InputError(f"{path}: line {number:,} is not UTF-8 at byte {at}; save the file as UTF-8") from None

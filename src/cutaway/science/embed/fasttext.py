"""fastText's binary files: vectors of words, and of the pieces of words that were never seen."""

from __future__ import annotations

import json
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress
from cutaway.science.embed.static import Matrix

MAGIC = struct.pack("<i", 793712314)
_HEAD = struct.Struct("<2i12id")
_COUNTS = struct.Struct("<3i2q")


@dataclass(frozen=True)
class Subwords:
    """Vectors of the pieces that words are cut into: a word's is the mean of its pieces'.

    Attributes:
        buckets: float32 (b, d): pieces share vectors by their hash.
        shortest: Letters of the shortest piece, the marks of a word's two ends among them.
        longest: Letters of the longest.
    """

    buckets: Matrix
    shortest: int
    longest: int

    def __call__(self, word: str, /) -> Matrix | None:
        """The vector (d,) of a word from its pieces; None if it is too short to have any."""
        hashes = self.hashes(word)
        if not len(hashes):
            return None
        mean: Matrix = np.asarray(self.buckets[hashes]).mean(axis=0)
        return mean

    def hashes(self, word: str) -> NDArray[np.int64]:
        """Which buckets hold the word's pieces."""
        raw = np.frombuffer((f"<{word}>" if word else "").encode("utf-8", errors="replace"), dtype=np.uint8)
        return _hashes(raw, self.shortest, self.longest, max(len(self.buckets), 1))


@numba.njit(cache=True, nogil=True)
def _hashes(raw: NDArray[np.uint8], shortest: int, longest: int, buckets: int) -> NDArray[np.int64]:
    """FNV-1a of each piece of `shortest` to `longest` letters (a letter may be of several bytes)."""
    found = np.empty(len(raw) * max(longest - shortest + 1, 0), dtype=np.int64)
    count = 0
    for i in range(len(raw)):
        if raw[i] & 0xC0 == 0x80:
            continue
        hashed = np.uint32(2166136261)
        letters = 0
        j = i
        while j < len(raw) and letters < longest:
            while True:
                byte = np.uint32(raw[j])
                if raw[j] >= 128:  # fastText takes the byte as a signed number
                    byte |= np.uint32(0xFFFFFF00)
                hashed = np.uint32((hashed ^ byte) * np.uint64(16777619) & np.uint64(0xFFFFFFFF))
                j += 1
                if j >= len(raw) or raw[j] & 0xC0 != 0x80:
                    break
            letters += 1
            if letters >= shortest and not (letters == 1 and (i == 0 or j == len(raw))):
                found[count] = hashed % np.uint32(buckets)
                count += 1
    return found[:count]


def read_binary(path: Path, data: mmap.mmap, folder: Path, progress: Progress) -> None:
    """Write a `.bin`'s vectors, words and pieces into a folder, as `kept_pieces` and `read_vectors` take them up.

    Raises:
        InputError: It is cut off, of another version, made smaller by quantisation, or holds impossible numbers.

    Source: Bojanowski et al. (2017), Enriching word vectors with subword information, sec. 3.2.
    """
    try:
        head = _HEAD.unpack_from(data, 0)
        size, count, _, _, pruned = _COUNTS.unpack_from(data, _HEAD.size)
    except struct.error:
        raise InputError(f"{path}: a fastText file that is cut off in its head") from None
    version, dimension, buckets, shortest, longest = head[1], head[2], head[10], head[11], head[12]
    if version not in (11, 12):
        raise InputError(f"{path}: a fastText file of version {version}; only versions 11 and 12 can be read")
    possible = 0 < dimension <= 30_000 and 0 <= buckets < 1 << 31 and 0 < count <= size and 0 <= shortest <= 100
    if not possible or not 0 <= longest <= 100 or count > len(data):
        raise InputError(
            f"{path}: a fastText file with impossible counts: "
            f"{count:,} words, {dimension:,} numbers, {buckets:,} buckets, pieces of {shortest} to {longest} letters"
        )
    words, at, odd = _words(path, data, size, count)
    if pruned > 0:
        raise InputError(f"{path}: a fastText file with a pruned vocabulary, which cannot be read; take the full one")
    if at + 17 > len(data):
        raise InputError(f"{path}: a fastText file that is cut off behind its words")
    quantised, rows, columns = struct.unpack_from("<?2q", data, at)
    if quantised:
        raise InputError(f"{path}: a quantised fastText file (.ftz), which cannot be read; take the full .bin")
    if columns != dimension or rows not in (count, count + buckets):
        raise InputError(
            f"{path}: a fastText file of {rows:,} × {columns:,} numbers for {count:,} words of {dimension:,}"
        )
    end = at + 17 + rows * columns * 4
    if not _whole(data, end):
        raise InputError(
            f"{path}: a fastText file that is cut off: it ends within or behind {rows:,} × {columns:,} numbers"
        )
    matrix = np.memmap(path, dtype="<f4", mode="r", offset=at + 17, shape=(rows, columns))
    pieces = Subwords(matrix[count:], shortest, longest if rows > count else 0)
    whole = np.lib.format.open_memmap(folder / "vectors.npy", mode="w+", dtype="<f4", shape=(count, dimension))
    for k, word in enumerate(words):
        hashes = pieces.hashes(word if word != "</s>" else "")  # fastText takes the mark of a text's end as it is
        whole[k] = (matrix[k] + matrix[count + hashes].sum(axis=0)) / (1 + len(hashes))
        if k % 20_000 == 0:
            progress("reading vectors", k, count)
    if not np.isfinite(whole).all():
        raise InputError(f"{path}: a vector of the fastText file has a number that is not finite")
    whole.flush()
    if rows > count:
        with (folder / "pieces.npy").open("wb") as out:
            np.lib.format.write_array(out, pieces.buckets, allow_pickle=False)
        (folder / "pieces.json").write_text(json.dumps({"shortest": shortest, "longest": longest}), encoding="utf-8")
    (folder / "words.txt").write_bytes("\n".join(words).encode("utf-8"))
    note = (
        f"{odd:,} words of {path.name} are not UTF-8 or stand there twice; they are written with marks" if odd else ""
    )
    (folder / "note.txt").write_text(note, encoding="utf-8")


def _whole(data: mmap.mmap, end: int) -> bool:
    """Whether the second table, of the training's other side, follows and is there to its end."""
    if end + 17 > len(data):
        return False
    _, rows, columns = struct.unpack_from("<?2q", data, end)
    return bool(0 <= rows <= len(data) and 0 <= columns <= len(data) and end + 17 + rows * columns * 4 <= len(data))


def _words(path: Path, data: mmap.mmap, size: int, count: int) -> tuple[list[str], int, int]:
    """The words in order, where they end, and how many of them had to be rewritten; labels are passed over."""
    words: dict[str, None] = {}
    at = _HEAD.size + _COUNTS.size
    odd = 0
    for number in range(size):
        end = data.find(b"\0", at, at + (1 << 16))
        if end < 0 or end + 10 > len(data):
            raise InputError(f"{path}: a fastText file that is cut off: {number:,} of its {size:,} words are there")
        if data[end + 9] == 0:  # a word, not a label
            raw = bytes(data[at:end])
            word = raw.decode("utf-8", errors="backslashreplace").replace("\n", "\\n")
            clash = word in words
            while word in words:
                word += "\\"
            odd += clash or word.encode("utf-8") != raw
            words[word] = None
        at = end + 10
    if len(words) != count:
        raise InputError(f"{path}: a fastText file that promises {count:,} words and has {len(words):,}")
    return list(words), at, odd


def kept_pieces(place: Path) -> Subwords | None:
    """The pieces that `read_binary` kept; None if the file had none."""
    if not (place / "pieces.npy").exists():
        return None
    told = json.loads((place / "pieces.json").read_bytes())
    buckets = np.lib.format.open_memmap(place / "pieces.npy", mode="r")
    return Subwords(buckets, int(told["shortest"]), int(told["longest"]))

"""Files of vectors: every format gives what gensim reads; what is damaged is said in one sentence."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from cutaway import embed
from cutaway.core.errors import InputError
from cutaway.science.embed.fasttext import MAGIC

WORDS = ("the", "cafés", "naïve", "x")
MATRIX = np.array([[0.5, -1.0, 2.0], [0.25, 0.0, 1.5], [1e-3, 3.0, -4.0], [7.0, 8.0, 9.0]], dtype=np.float32)


def lines(header: bool, words: tuple[str, ...] = WORDS) -> bytes:
    rows = [f"{word} {' '.join(map(str, row.tolist()))}" for word, row in zip(words, MATRIX, strict=False)]
    return "\n".join(([f"{len(rows)} 3"] if header else []) + rows).encode() + b"\n"


def binary(newline: bool = True, promised: int = 4) -> bytes:
    ends = b"\n" if newline else b""
    rows = [word.encode() + b" " + row.tobytes() + ends for word, row in zip(WORDS, MATRIX, strict=True)]
    return f"{promised} 3\n".encode() + b"".join(rows)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def read(tmp_path: Path, content: bytes, cache: Path) -> embed.Static:
    path = tmp_path / "vectors.any"
    path.write_bytes(content)
    return embed.read_vectors(path, cache=cache)


@pytest.mark.parametrize(
    "content",
    [lines(True), lines(False), lines(True).replace(b"\n", b" \r\n"), binary(), binary(newline=False)],
    ids=["word2vec text", "GloVe", "with CR and spaces", "word2vec binary", "binary without line ends"],
)
def test_every_format_gives_the_same_mapped_vectors(tmp_path: Path, cache: Path, content: bytes) -> None:
    vectors = read(tmp_path, content, cache)
    assert tuple(vectors.words) == WORDS
    assert np.array_equal(vectors.matrix, MATRIX)
    assert isinstance(vectors.matrix, np.memmap)


def test_the_same_content_is_converted_once(tmp_path: Path, cache: Path) -> None:
    heard: list[str] = []
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(lines(True))
        embed.read_vectors(tmp_path / name, cache=cache, progress=lambda stage, done, total, /: heard.append(stage))
    assert heard == ["reading vectors"]
    assert len(list(cache.iterdir())) == 1


def test_words_with_spaces_and_words_that_come_twice(tmp_path: Path, cache: Path) -> None:
    vectors = read(tmp_path, b". . 1.0 2.0 3.0\n".join([b"a 1.0 2.0 3.0\n", b"a 9.0 9.0 9.0\n"]), cache)
    assert tuple(vectors.words) == ("a", ". .")
    assert vectors.vector("a").tolist() == [1.0, 2.0, 3.0]
    assert "1 words stood in vectors.any twice" in vectors.note


@pytest.mark.parametrize("name", ["crime-and-punishment", "toy-model"])
def test_fasttext_gives_known_and_unknown_words_the_vectors_that_gensim_gives(name: str, cache: Path) -> None:
    from gensim.models.fasttext import load_facebook_vectors

    path = embed.packaged("wordsim353").parent / f"{name}.bin"
    theirs = load_facebook_vectors(str(path))
    ours = embed.read_vectors(path, cache=cache)
    assert isinstance(ours.pieces, embed.Subwords)
    for word in [*(one for one in ours.words[:20] if one != "</s>"), "преступный", "unheardof", "naïveté"]:
        assert ours.vector(word) == pytest.approx(theirs[word], abs=1e-6)
    assert embed.oov(ours, ["naïveté unheardof"]).lost == 0.0
    text = embed.read_vectors(path.with_suffix(".vec"), cache=cache)
    assert tuple(text.words) == tuple(ours.words)
    assert ours.matrix == pytest.approx(text.matrix, abs=1e-4)


BAD = {
    "empty": (b"", "the file is empty"),
    "another dimension": (lines(False) + b"dog 1.0 2.0\n", "line 5 has 2 numbers and not 3"),
    "more numbers": (lines(False) + b"dog 1.0 2.0 3.0 4.0\n", "line 5 has 4 numbers and not 3"),
    "cut in a line": (lines(True)[:-8], "line 5 has 1 numbers and not 3, and the file ends in its midst"),
    "cut between lines": (lines(True).replace(b"4 3", b"5 3", 1), "line 1 promises 5 vectors, and there are 4"),
    "too many": (lines(True).replace(b"4 3", b"3 3", 1), "promises 3 vectors, and there are 4"),
    "impossible promise": (lines(True).replace(b"4 3", b"40000000000 3", 1), "too few: the file is cut off"),
    "binary cut off": (binary()[:-9], "cut off: 3 of the 4 vectors that line 1 promises are there"),
    "NUL in a word": (lines(True).replace(b"x ", b"x\0 "), "word 4 holds a NUL: 'x\\x00'"),
    "NUL at the start": (b"a\0b 1 2\n", "byte 2 is a NUL"),
    "not UTF-8": (lines(True, ("the", "caf", "b", "x")).replace(b"caf", b"caf\xe9"), "word 2 is not UTF-8"),
    "no number": (lines(False).replace(b"8.0", b"8,0"), "line 4 has something else where a number must be: '8,0'"),
    "not finite": (lines(False).replace(b"8.0", b"nan"), "line 4 ('x') has a number that is not finite"),
    "prose": (b"It was the best of times\nit was the worst\n", "line 1 has something else where a number must be"),
    "one word": (b"hello\n", "line 1 must be a word and its numbers"),
    "gzip": (b"\x1f\x8b\x08" + bytes(40), "a gzip archive; unpack it first"),
    "fastText cut off": (MAGIC + struct.pack("<i", 12) + bytes(8), "cut off in its head"),
    "fastText impossible": (MAGIC + struct.pack("<14i", 12, 10**9, *[0] * 12) + bytes(100), "impossible counts"),
    "fastText other": (MAGIC + struct.pack("<i", 3) + bytes(200), "version 3; only versions 11 and 12"),
}


@pytest.mark.parametrize(("content", "said"), BAD.values(), ids=BAD)
def test_a_damaged_file_is_said_in_one_sentence(tmp_path: Path, cache: Path, content: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, content, cache)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not cache.exists() or list(cache.iterdir()) == []


def test_every_cut_of_a_fasttext_file_is_refused(tmp_path: Path, cache: Path) -> None:
    whole = (embed.packaged("wordsim353").parent / "toy-model.bin").read_bytes()
    refused = 0
    for end in np.linspace(10, len(whole) - 1, 25).astype(int):
        with pytest.raises(InputError):
            read(tmp_path, whole[:end], cache)
        refused += 1
    assert refused == 25


def test_what_was_kept_and_damaged_since_is_said(tmp_path: Path, cache: Path) -> None:
    read(tmp_path, lines(True), cache)
    (place,) = cache.iterdir()
    (place / "vectors.npy").write_bytes(b"\x93NUMPY\x01")
    with pytest.raises(InputError, match=r"what was kept of vectors\.any is damaged; remove that folder"):
        read(tmp_path, lines(True), cache)
    with pytest.raises(InputError, match="there is no such file"):
        embed.read_vectors(tmp_path / "none.bin", cache=cache)


def test_embeddings_are_made_once_for_the_same_vectors_texts_and_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = embed.Static(WORDS, MATRIX)
    asked: list[int] = []
    plain = embed.Static.sentences

    def counted(self: embed.Static, texts: list[str], *args: object, **kwargs: object) -> object:
        asked.append(len(texts))
        return plain(self, texts, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(embed.Static, "sentences", counted)
    store: embed.Kept = embed.kept(tmp_path)
    first = store.sentences(vectors, ["the cafés", "x"], pooling="mean")
    again = store.sentences(embed.Static(WORDS, MATRIX.copy()), ["the cafés", "x"], pooling="mean")
    assert asked == [2]
    assert np.array_equal(first, again)
    store.sentences(vectors, ["the cafés", "x"], pooling="max")
    store.sentences(vectors, ["the", "cafés x"], pooling="mean")
    store.sentences(embed.Static(WORDS, MATRIX + 1), ["the cafés", "x"], pooling="mean")
    assert asked == [2, 2, 2, 2]
    before = first.copy()
    del first, again  # what is mapped must not be cut
    for place in tmp_path.iterdir():
        (place / "array.npy").write_bytes(b"")
    assert np.array_equal(store.sentences(vectors, ["the cafés", "x"], pooling="mean"), before)


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"the cache .* cannot be written"):
        embed.kept(tmp_path / "file" / "cache").sentences(embed.Static(WORDS, MATRIX), ["x"])

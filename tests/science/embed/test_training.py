"""Word2Vec on a corpus of one's own: learned, taken up again, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cutaway import embed
from cutaway.core.errors import InputError

# "apple" and "pear" stand with the same words, "iron" and "steel" with others
FRUIT = ["the {} hangs ripe and sweet on the tree", "she eats a sweet {} from the garden tree"]
METAL = ["the smith hammers hot {} at the forge", "a bridge of cold hard {} and rivets"]
CORPUS = [
    line.format(word)
    for _ in range(150)
    for lines, words in ((FRUIT, ("apple", "pear")), (METAL, ("iron", "steel")))
    for line in lines
    for word in words
]
SMALL = embed.Word2Vec(dimension=16, window=4, negative=5, least=5, sample=0.0, epochs=4, seed=3)


@pytest.mark.parametrize("method", ["skip-gram", "cbow"])
def test_words_that_stand_with_the_same_words_come_near(method: str) -> None:
    vectors = embed.train(CORPUS, replace(SMALL, method=method, epochs=12), workers=1)  # type: ignore[arg-type]
    assert vectors.similarity("apple", "pear") > vectors.similarity("apple", "steel") + 0.2
    assert vectors.similarity("iron", "steel") > vectors.similarity("iron", "pear") + 0.2
    assert vectors.counts is not None
    assert vectors.words[0] == "the"
    assert vectors.counts[0] == 150 * 10


def test_a_training_that_was_stopped_ends_where_it_would_have_ended(tmp_path: Path) -> None:
    whole = embed.train(CORPUS, SMALL, workers=1)

    class Stopped(Exception):  # noqa: N818
        pass

    def stop(stage: str, done: float, total: float | None, /) -> None:
        if "epoch 3" in stage:
            raise Stopped

    place = tmp_path / "kept"
    with pytest.raises(Stopped):
        _in_this_thread(place, stop)
    assert [one.name for one in place.iterdir()] == ["epoch-2"]
    heard: list[str] = []
    again = embed.train(
        CORPUS, SMALL, checkpoint=place, workers=1, progress=lambda stage, done, total, /: heard.append(stage)
    )
    assert [stage for stage in heard if stage.startswith("training")] == [
        "training, epoch 3 of 4",
        "training, epoch 4 of 4",
    ]
    assert np.array_equal(whole.matrix, again.matrix)


def _in_this_thread(place: Path, stop: object) -> None:
    """Two of four epochs, then the stop: what a killed process leaves."""
    from cutaway.science.embed import training

    kept = training._keep

    def keep(folder: Path, told: dict[str, object], epoch: int, model: object) -> None:
        kept(folder, told, epoch, model)
        if epoch == 2:
            stop("epoch 3", 0, None)  # type: ignore[operator]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_keep", keep)
        embed.train(CORPUS, SMALL, checkpoint=place, workers=1)


def test_a_checkpoint_of_another_corpus_or_other_settings_is_refused(tmp_path: Path) -> None:
    embed.train(CORPUS, SMALL, checkpoint=tmp_path, workers=1)
    with pytest.raises(InputError, match="checkpoint is of another corpus; remove it"):
        embed.train([*CORPUS, "one line more"], SMALL, checkpoint=tmp_path, workers=1)
    with pytest.raises(InputError, match="checkpoint is of another window and seed"):
        embed.train(CORPUS, replace(SMALL, window=2, seed=1), checkpoint=tmp_path, workers=1)
    (tmp_path / "epoch-4" / "vectors.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(InputError, match="epoch-4: the checkpoint is damaged; remove it to begin anew"):
        embed.train(CORPUS, SMALL, checkpoint=tmp_path, workers=1)


def test_a_folder_of_texts_is_a_corpus(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.txt").write_text("\n".join(CORPUS[:600]), encoding="utf-8-sig")
    (tmp_path / "two.txt").write_text("\n".join(CORPUS[600:]), encoding="utf-8")
    assert np.array_equal(embed.train(tmp_path, SMALL, workers=1).matrix, embed.train(CORPUS, SMALL, workers=1).matrix)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "corpus.csv: the corpus has no word in it, so there is nothing to learn vectors from"),
        (b" ,;\n\n--\n", "has no word in it"),
        (b"id,text\n1,go\x00od\n", "corpus.csv: line 2 holds a NUL at byte 5; this is no plain text"),
        (b"id,text\n1,caf\xe9\n", "corpus.csv: line 2 is not UTF-8 at byte 6; save the file as UTF-8"),
        (b"one word each\n", "no word stands 5 times in the corpus of 3 words"),
    ],
    ids=["empty", "no word", "NUL", "not UTF-8", "too small"],
)
def test_a_corpus_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "corpus.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        embed.train(path, SMALL)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_corpus_or_no_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such corpus"):
        embed.train(tmp_path / "none.txt")
    with pytest.raises(InputError, match=r"the folder has no \.txt file"):
        embed.train(tmp_path)
    with pytest.raises(InputError, match="text 2 of the corpus must be a string, not float"):
        embed.train(["a", 1.0])  # type: ignore[list-item]
    with pytest.raises(InputError, match=r"dimension of Word2Vec must be a whole number from 1 to 2,000, not 0"):
        embed.Word2Vec(dimension=0)
    with pytest.raises(InputError, match="'skip-gram' or 'cbow', not 'glove'"):
        embed.Word2Vec(method="glove")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="rate"):
        embed.Word2Vec(rate=0.0)

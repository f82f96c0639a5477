"""Static vectors: looked up, compared, pooled; the packaged ones are found."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway import embed
from cutaway.core.errors import InputError

WORDS = ("the", "cat", "dog", "car")
MATRIX = np.array([[0.1, 0.1, 0.1], [1.0, 0.2, 0.0], [0.9, 0.3, 0.0], [0.0, 0.1, 2.0]], dtype=np.float32)


@pytest.fixture
def vectors() -> embed.Static:
    return embed.Static(WORDS, MATRIX, name="toy")


def test_the_nearest_word_is_that_of_the_largest_cosine(vectors: embed.Static) -> None:
    found = vectors.nearest("cat", 2)
    assert found[0] == ("dog", pytest.approx(embed.cosine(MATRIX[1], MATRIX[2]), abs=1e-6))
    assert [word for word, _ in vectors.nearest("cat", 99)] == ["dog", "the", "car"]
    assert vectors.nearest(MATRIX[3], 1)[0][0] == "car"


def test_a_word_never_seen_is_said_in_one_sentence(vectors: embed.Static) -> None:
    with pytest.raises(InputError, match=r"toy has no vector for 'axolotl': it is none of its 4 words$"):
        vectors.vector("axolotl")
    with pytest.raises(InputError, match="'cat' is there"):
        vectors.vector("Cat")


def test_a_text_is_the_mean_the_maximum_or_the_weighted_mean_of_its_words(vectors: embed.Static) -> None:
    assert vectors.sentences(["The cat!"])[0] == pytest.approx(MATRIX[:2].mean(axis=0))
    assert vectors.sentences(["the cat"], "max")[0] == pytest.approx(MATRIX[:2].max(axis=0))
    weighted = vectors.sentences(["the cat"], "weighted")[0]
    assert abs(embed.cosine(weighted, MATRIX[1])) > embed.cosine(vectors.sentences(["the cat"])[0], MATRIX[1])
    with pytest.raises(InputError, match=r"pooling of Static.sentences must be one of mean, max, weighted"):
        vectors.sentences(["the"], "median")  # type: ignore[arg-type]


def test_texts_without_a_known_word_are_zeros_and_said(vectors: embed.Static) -> None:
    notes: list[str] = []
    made = vectors.sentences(["", "the axolotl", "qqq"], note=notes.append)
    assert made.shape == (3, 3)
    assert not made[[0, 2]].any()
    assert notes == [
        "2 of 3 words have no vector in toy and were left out",
        "2 of 3 texts have no word that toy knows; they are zeros (text 1, 3)",
    ]


def test_vectors_that_do_not_fit_their_words_are_refused() -> None:
    with pytest.raises(InputError, match="3 words came with 4 × 3 numbers"):
        embed.Static(WORDS[:3], MATRIX)
    with pytest.raises(InputError, match="'the' came twice"):
        embed.Static(("the", "the"), MATRIX[:2])


def test_the_packaged_vectors_are_found_and_are_what_they_say() -> None:
    here = {one.name: one for one in embed.installed()}
    assert here["glove"].kind == "static"
    assert here["minilm"].kind == "contextual"
    glove = embed.glove()
    assert (len(glove), glove.dimension) == (400_000, 50)
    assert "paris" in dict(glove.nearest("london"))


def test_words_are_cut_at_what_is_no_letter() -> None:
    assert embed.words_of("Don’t—stop: 3.5 kg_x") == ["don't", "stop", "3.5", "kg", "x"]
    assert embed.POOLINGS == ("mean", "max", "weighted")

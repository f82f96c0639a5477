"""What is measured of vectors: against formulas by hand, and on the real small ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_score

from cutaway import embed
from cutaway.core.errors import InputError

BANK = {
    "money": ["She keeps her savings in the bank.", "The bank lent us money.", "He robbed a bank and was caught."],
    "river": [
        "They sat on the bank of the river.",
        "The bank of the stream is muddy.",
        "Reeds grow on the grassy bank.",
    ],
}
TEXTS = [text for texts in BANK.values() for text in texts]


@pytest.fixture(scope="module")
def minilm() -> embed.Contextual:
    return embed.minilm()


@pytest.fixture(scope="module")
def glove() -> embed.Static:
    return embed.glove()


@given(st.lists(st.integers(0, 5), min_size=3, max_size=30), st.integers(0, 2**32 - 1))
def test_spearman_is_scipys(values: list[int], seed: int) -> None:
    one = np.array(values, dtype=float)
    other = np.random.default_rng(seed).integers(0, 4, len(values)).astype(float)
    if len(set(values)) > 1 and len(set(other.tolist())) > 1:
        assert embed.spearman(one, other) == pytest.approx(scipy.stats.spearmanr(one, other).statistic, abs=1e-12)
    else:
        assert embed.spearman(one, other) == 0.0


def test_middle_layers_tell_the_senses_of_bank_apart_and_the_first_does_not(minilm: embed.Contextual) -> None:
    by_layer = embed.senses(minilm, embed.uses_of("bank", BANK))
    assert len(by_layer) == 7
    assert abs(by_layer[0].separation) < 0.02
    assert min(by_layer[3].separation, by_layer[4].separation) > 0.05
    assert by_layer[4].score > 0.2 > by_layer[0].score


def test_separation_is_the_mean_cosine_and_the_silhouette() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(12, 5)).astype(np.float32)
    x[:6] += 2
    labels = ["a"] * 6 + ["b"] * 3 + ["c"] * 3
    found = embed.separation(x, labels)
    assert found.score == pytest.approx(silhouette_score(x.astype(float), labels, metric="cosine"), abs=1e-9)
    pairs = [(i, j) for i in range(12) for j in range(12) if i < j]
    within = [embed.cosine(x[i], x[j]) for i, j in pairs if labels[i] == labels[j]]
    between = [embed.cosine(x[i], x[j]) for i, j in pairs if labels[i] != labels[j]]
    assert (found.within, found.between) == pytest.approx((np.mean(within), np.mean(between)), abs=1e-6)
    with pytest.raises(InputError, match="at least two senses with two uses each"):
        embed.separation(x[:3], ["a", "a", "b"])


def test_centroids_find_senses_that_lie_apart_and_lose_where_they_do_not() -> None:
    rng = np.random.default_rng(0)
    uses, rows = [], []
    for word, apart in (("clear", 4.0), ("mixed", 0.0)):
        for k in range(40):
            sense = "rare" if k % 4 == 0 else "common"
            uses.append(embed.Use(word, 0, len(word), f"{word}:{sense}", word))
            rows.append(rng.normal(size=6) + apart * np.eye(6)[int(sense == "rare")])
    found = embed.discrimination(np.array(rows, dtype=np.float32), uses)
    assert found.by_word["clear"][1] > 0.9
    assert found.by_word["clear"][2] == found.by_word["mixed"][2] == pytest.approx(0.75)
    assert found.losing == ("mixed",)
    assert found.low <= found.accuracy <= found.high
    assert found.uses == 80
    assert found.difference == pytest.approx(found.accuracy - found.majority)
    first = embed.discrimination(np.array(rows, dtype=np.float32), uses, common={"clear": "elsewhere"})
    assert first.by_word["clear"][2] == 0.75  # a first sense without uses would never be right
    with pytest.raises(InputError, match="a word with at least two senses"):
        embed.discrimination(np.ones((2, 3), dtype=np.float32), uses[1:3])


def test_the_context_tells_senses_and_static_vectors_see_only_the_words_around(
    minilm: embed.Contextual, glove: embed.Static
) -> None:
    uses = embed.uses_of("bank", BANK)
    by_layer = embed.use_vectors(minilm, uses)
    assert by_layer.shape == (7, 6, 384)
    assert by_layer[3][0] == pytest.approx(minilm.tokens([TEXTS[0]], 3)[0].of("bank"), abs=2e-5)
    assert embed.discrimination(by_layer[4], uses).accuracy > embed.discrimination(by_layer[0], uses).majority
    around = embed.context_vectors(glove, uses)
    assert around[1] == pytest.approx(glove.sentences(["The lent us money"])[0])


def test_a_cone_has_large_cosines_until_it_is_centred(minilm: embed.Contextual) -> None:
    by_layer = embed.anisotropy_by_layer(minilm, TEXTS)
    assert len(by_layer) == 7
    assert all(one.cosine > one.centred for one in by_layer)
    assert max(abs(one.centred) for one in by_layer) < 0.1
    ball = np.random.default_rng(0).normal(size=(2000, 30))
    assert abs(embed.anisotropy(ball).cosine) < 4 * embed.anisotropy(ball).spread
    assert embed.anisotropy(ball, seed=3) == embed.anisotropy(ball, seed=3)
    stretched = ball * np.array([30.0] + [1.0] * 29)
    assert embed.anisotropy(stretched).first > 0.9
    assert embed.anisotropy(embed.centred(stretched, directions=1)).first < 0.1
    for bad in (ball[:1], ball[0], np.full((3, 2), np.nan)):
        with pytest.raises(InputError, match="anisotropy needs"):
            embed.anisotropy(bad)


def test_only_the_contextual_model_minds_the_order_of_words(minilm: embed.Contextual, glove: embed.Static) -> None:
    static, deep = embed.word_order(glove, TEXTS), embed.word_order(minilm, TEXTS)
    assert static.blind == 1.0
    assert deep.blind == 0.0
    assert deep.other < deep.shuffled < 0.999
    with pytest.raises(InputError, match="at least two texts of three words; 1 of 2"):
        embed.word_order(glove, ["one two three", "one"])


def test_unknown_words_are_lost_by_static_vectors_and_read_in_pieces_by_the_model(
    minilm: embed.Contextual, glove: embed.Static
) -> None:
    texts = ["the flibbertigibbetish dog ate the flibbertigibbetish hat"]
    lost, pieced = embed.oov(glove, texts), embed.oov(minilm, texts)
    assert (lost.lost, lost.pieced, lost.types) == (2 / 7, 0.0, 5)
    assert lost.examples == (("flibbertigibbetish", ()),)
    assert (pieced.lost, pieced.pieced) == (0.0, 2 / 7)
    assert pieced.examples[0][1] == embed.pieces_of(minilm, "flibbertigibbetish")
    assert pieced.pieces == pytest.approx((5 + 2 * len(pieced.examples[0][1])) / 7)
    assert embed.pieces_of(minilm, "\U0001f9ff") == ()
    with pytest.raises(InputError, match="the 1 texts have no word"):
        embed.oov(glove, ["…"])


def test_glove_ranks_pairs_as_people_do_and_completes_analogies(glove: embed.Static) -> None:
    found = embed.similarity_benchmark(glove, resamples=200)
    assert 0.50 <= found.correlation < 0.55
    assert found.low < found.correlation < found.high
    assert (found.pairs, found.unknown) == (353, 0)
    capital = embed.analogies(glove)
    assert 0.45 < capital.low < capital.accuracy < capital.high < 0.55
    assert capital.asked == sum(asked for asked, _ in capital.sections.values())
    assert capital.sections["capital-common-countries"][1] > 0.7


def test_a_model_is_judged_on_words_alone(minilm: embed.Contextual) -> None:
    pairs = [("cat", "dog", 8.0), ("cat", "car", 2.0), ("tree", "forest", 9.0), ("tree", "tax", 1.0)]
    assert embed.similarity_benchmark(minilm, pairs, resamples=20).correlation > 0.5
    alone = embed.word_vectors(minilm, ["cat"])["cat"]
    assert alone == pytest.approx(minilm.tokens(["cat"])[0].vectors[0], abs=2e-5)


def test_lists_that_are_none_are_refused(tmp_path: Path, glove: embed.Static) -> None:
    path = tmp_path / "list.txt"
    path.write_text("# a remark\nword1\tword2\tscore\ncat\tdog\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 3 must be two words and a rating with tabs between: 'cat\\tdog'"):
        embed.rated_pairs(path)
    path.write_text(": capitals\nParis France Rome\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2 must be four words"):
        embed.analogies(glove, path)
    path.write_text("qqqx qqqy qqqz qqqw\n", encoding="utf-8")
    with pytest.raises(InputError, match="not one of its 1 analogies"):
        embed.analogies(glove, path)
    path.write_bytes(b"caf\xe9\tdog\t1\n")
    with pytest.raises(InputError, match="not UTF-8 at byte 4"):
        embed.rated_pairs(path)
    with pytest.raises(InputError, match="0 of 1 rated pairs"):
        embed.similarity_benchmark(glove, [("qqqx", "dog", 1.0)])
    assert len(embed.rated_pairs(embed.packaged("simlex999"))) == 999


def test_a_text_finds_its_counterpart_more_often_than_by_chance(minilm: embed.Contextual, glove: embed.Static) -> None:
    one = ["a vehicle with two wheels", "a building for books", "an animal that barks", "water that falls from clouds"]
    other = ["she rode her bike", "we met in the library", "the dog growled at him", "rain poured all day"]
    for of in (glove, minilm):
        found = embed.poolings(of, one, other)
        assert [each.rank for each in found] == sorted((each.rank for each in found), reverse=True)
        assert found[0].first >= 0.5
    assert {each.pooling for each in embed.poolings(minilm, one, other, layers=(0, -1))} == set(embed.TOKEN_POOLINGS)
    tie = embed.retrieval(np.ones((4, 2)), np.ones((4, 2)))
    assert tie.first == 0.0
    with pytest.raises(InputError, match="two arrays"):
        embed.retrieval(np.ones((4, 2)), np.ones((3, 2)))


def test_a_map_keeps_neighbours_and_tsne_more_of_them(glove: embed.Static) -> None:
    x = np.concatenate([glove.unit()[glove.row(word)][None] for word in ("dog", "paris", "red", "seven", "tax")])
    near = np.stack([glove.vector(word) for row in x for word, _ in glove.nearest(row, 16)])
    flat, made = embed.neighbourhood(near), embed.neighbourhood(near, "tsne", perplexity=10)
    assert flat.points.shape == made.points.shape == (80, 2)
    assert made.kept > flat.kept > 10 / 79
    unit = near / np.linalg.norm(near, axis=1, keepdims=True)
    assert trustworthiness(unit, made.points, n_neighbors=10) > 0.9
    assert np.array_equal(made.points, embed.neighbourhood(near, "tsne", perplexity=10).points)
    assert embed.neighbourhood(np.ones((5, 3))).explained == 0.0
    with pytest.raises(InputError, match="at least three vectors"):
        embed.neighbourhood(near[:2])
    with pytest.raises(InputError, match="'pca' or 'tsne', not 'umap'"):
        embed.neighbourhood(near, "umap")  # type: ignore[arg-type]


def test_cost_counts_tokens_and_bytes(minilm: embed.Contextual, glove: embed.Static) -> None:
    static, deep = embed.cost(glove, TEXTS, repeats=1), embed.cost(minilm, TEXTS, repeats=1)
    assert static.size == glove.nbytes == 400_000 * 50 * 4
    assert 80e6 < deep.size < 100e6
    assert deep.tokens > static.tokens > 30
    assert 0 < deep.fastest <= deep.milliseconds <= deep.slowest
    with pytest.raises(InputError, match="have no word"):
        embed.cost(glove, [""])


def database(folder: Path) -> Path:
    """WordNet's files with one noun in two senses."""
    lines = (
        '00000001 00 n 02 bank 0 shore 0 000 | sloping land; "he sat on the bank"; "the banks are steep"  ',
        '00000002 00 n 01 bank 0 001 @ 00000001 n 0000 | a house of money; "the bank lends"; "a Bank failed"; "embank"',
    )
    for part in ("noun", "verb", "adj", "adv"):
        own = part == "noun"
        (folder / f"data.{part}").write_text("  1 a licence\n" + "".join(f"{line}\n" for line in lines) * own)
        index = "bank n 2 1 @ 2 1 00000002 00000001  \n" * own
        (folder / f"index.{part}").write_text("  1 a licence\n" + index)
    return folder


def test_wordnets_examples_are_uses_of_known_senses(tmp_path: Path) -> None:
    net = embed.read_wordnet(database(tmp_path))
    assert net.meanings["noun:00000001"] == embed.Meaning(
        ("bank", "shore"), "noun", "sloping land", ("he sat on the bank", "the banks are steep")
    )
    uses, first = net.uses()
    assert first == {"noun:bank": "noun:00000002"}
    assert [(use.text[use.start : use.end], use.sense[-1]) for use in uses] == [
        ("bank", "2"),
        ("Bank", "2"),
        ("bank", "1"),
        ("banks", "1"),
    ]
    assert net.uses(least=3) == ([], {})


def test_a_folder_without_wordnet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"data\.noun: cannot be read, so this is no folder of WordNet's"):
        embed.read_wordnet(tmp_path)
    database(tmp_path)
    (tmp_path / "data.noun").write_text("a line of prose | here\n")
    with pytest.raises(InputError, match="not a line of WordNet's: 'a line of prose"):
        embed.read_wordnet(tmp_path)

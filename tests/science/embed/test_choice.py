"""Which representation to use: folds, the classifier, intervals, and verdicts on data whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from cutaway.core.errors import InputError
from cutaway.science import embed
from cutaway.science.embed import bag, choose, fit_head
from cutaway.science.embed.advice import advised
from cutaway.science.embed.bag import weighted
from cutaway.science.embed.choice import PENALTIES, Choice, Compared, Rated, Representation, split
from cutaway.science.embed.head import Head
from cutaway.science.embed.rates import Interval, holm, mean_interval, paired_interval, share_interval

TEXTS = ("good film good cast", "bad film", "a good day", "bad bad weather", "", "film")


def made(seed: int, n: int = 160, signal: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (n, 6) of which the first number tells the class (n,)."""
    luck = np.random.default_rng(seed)
    y = np.arange(n) % 2
    x = luck.normal(size=(n, 6))
    x[:, 0] += signal * (2 * y - 1)
    return x, y


def noise(seed: int, n: int = 160, name: str = "noise", **given: Any) -> Representation:
    return Representation(name, np.random.default_rng(seed).normal(size=(n, 6)), **given)


def test_counts_and_weights_are_scikit_learns() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    found = bag(TEXTS)
    assert isinstance(found, embed.Bag) and found.nbytes > 0
    train, held = weighted(found.counts[:4], found.counts[4:])
    theirs = TfidfVectorizer(sublinear_tf=True, token_pattern=r"[a-z]+")
    expected = theirs.fit_transform(TEXTS[:4]).toarray()
    seen = [word for word in found.words if word in theirs.vocabulary_]
    assert seen == list(theirs.get_feature_names_out())
    np.testing.assert_allclose(train.toarray(), expected, rtol=1e-12)
    np.testing.assert_allclose(held.toarray(), theirs.transform(TEXTS[4:]).toarray(), rtol=1e-12)
    with pytest.raises(InputError, match="without any"):
        bag(["", "!?"])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("sparse", [False, True])
def test_the_classifier_is_scikit_learns(classes: int, sparse: bool) -> None:
    from sklearn.linear_model import LogisticRegression

    luck = np.random.default_rng(classes)
    y = luck.integers(0, classes, 90)
    x = luck.normal(size=(90, 5)) + np.eye(5)[y]
    head = fit_head(csr_matrix(x) if sparse else x, y, classes, 0.5)
    assert isinstance(head, Head)
    theirs = LogisticRegression(C=2.0, tol=1e-10, max_iter=5_000).fit(x, y)
    np.testing.assert_allclose(head.probabilities(x), theirs.predict_proba(x), atol=2e-4)
    again = fit_head(x, y, classes, 0.5, head)
    np.testing.assert_allclose(again.probabilities(x), head.probabilities(x), atol=1e-4)


def test_the_gradient_of_the_classifier_vanishes_where_it_ends() -> None:
    x, y = made(3)
    head = fit_head(x, y, 2, 1.0)
    wrong = head.probabilities(x)[:, 1] - y
    np.testing.assert_allclose(x.T @ wrong + head.weights[0], 0, atol=1e-2)
    assert abs(wrong.sum()) < 1e-2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"y": np.zeros(3, int)}, "a label for each"),
        ({"y": np.full(4, 2)}, "labels from 0 to 1"),
        ({"penalty": 0.0}, "above 0"),
        ({"penalty": np.nan}, "above 0"),
    ],
    ids=["too few", "outside", "zero", "nan"],
)
def test_what_the_classifier_refuses(given: dict[str, Any], said: str) -> None:
    arguments = {"x": np.eye(4), "y": np.array([0, 1, 0, 1]), "classes": 2, "penalty": 1.0} | given
    with pytest.raises(InputError, match=said):
        fit_head(**arguments)


def test_folds_keep_groups_together_and_shares_alike() -> None:
    luck = np.random.default_rng(0)
    groups = luck.integers(0, 60, 200)
    y = (groups % 3 == 0).astype(np.intp)
    parts = split(y, np.unique(groups, return_inverse=True)[1], 5, (1,))
    assert np.sort(np.concatenate(parts)).tolist() == list(range(200))
    for part in parts:
        assert not set(groups[part]) & set(np.delete(groups, part))
    alone = split(np.arange(100) % 4 // 3, np.arange(100), 5, (2,))
    assert {int((np.arange(100)[part] % 4 == 3).sum()) for part in alone} == {5}
    assert [part.tolist() for part in parts] == [
        part.tolist() for part in split(y, np.unique(groups, return_inverse=True)[1], 5, (1,))
    ]


def test_intervals() -> None:
    from scipy.stats import t

    values = np.array([0.7, 0.8, 0.9, 0.75, 0.85])
    found = mean_interval(values, 5)
    error = np.sqrt((1 / 5 + 1 / 4) * values.var(ddof=1))
    assert found.high - found.value == pytest.approx(t.ppf(0.975, 4) * error)
    assert found.p == pytest.approx(2 * t.sf(0.8 / error, 4))
    from statsmodels.stats.proportion import proportion_confint

    wilson = share_interval(0.9, 50)
    assert (wilson.low, wilson.high) == pytest.approx(proportion_confint(45, 50, method="wilson"))
    flat = paired_interval(0, 0, 40)
    assert flat.value == 0 and flat.low < -0.04 and flat.high > 0.04 and flat.p == pytest.approx(1)
    assert paired_interval(30, 2, 100).low > 0.15
    assert (-Interval(0.1, -0.2, 0.3)).low == -0.3
    from statsmodels.stats.multitest import multipletests

    p = [0.01, 0.2, 0.03, 0.04]
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1].tolist())


def test_a_representation_that_tells_is_recommended() -> None:
    x, y = made(1)
    found = choose([Representation("told", x, seconds=3.0), noise(1, seconds=1.0)], y, ["no", "yes"], seed=4)
    assert isinstance(found, Choice) and isinstance(found.rated[0], Rated) and isinstance(found.compared[0], Compared)
    assert found.recommended == "told" and "Use told" in found.sentence and "more than noise" in found.sentence
    pair = found.between("told", "noise")
    assert pair.outcome == "ahead" and pair.difference.low > 0 and pair.p < 0.05
    turned = found.between("noise", "told")
    assert turned.outcome == "behind" and turned.difference.high == -pair.difference.low
    told = found.of("told")
    assert told.accuracy.low < told.accuracy.value < told.accuracy.high
    assert 0.85 < told.accuracy.value < 1 and told.recall == pytest.approx(told.accuracy.value)
    assert told.milliseconds == pytest.approx(3000 / 160) and found.majority == 0.5
    again = choose([Representation("told", x, seconds=3.0), noise(1, seconds=1.0)], y, ["no", "yes"], seed=4)
    assert again.of("told").accuracy == told.accuracy


def test_noise_is_not_recommended_and_a_copy_is_not_worth_its_time() -> None:
    x, y = made(2)
    none = choose([noise(5), noise(6, name="other")], y, ["a", "b"])
    assert none.recommended == "" and none.sentence.startswith("None of them")
    both = choose([Representation("dear", x, seconds=9), Representation("cheap", x, seconds=1)], y, ["a", "b"])
    assert both.recommended == "cheap" and both.compared[0].outcome == "open"
    assert choose([Representation("alone", x)], y, ["a", "b"]).sentence.endswith("nothing else was measured.")


def test_verdicts_by_what_was_shown() -> None:
    def rated(name: str, value: float, cost: float) -> Rated:
        return Rated(
            name=name,
            accuracy=Interval(value, value - 0.02, value + 0.02),
            recall=value,
            log_loss=0.3,
            milliseconds=cost,
            fit_seconds=0.1,
            nbytes=10,
            columns=5,
            penalty=1.0,
        )

    def verdict(outcome: Any, low: float, high: float) -> Choice:
        pair = Compared(one="dear", other="cheap", difference=Interval(0.005, low, high), p=0.2, outcome=outcome)
        return advised(
            Choice(
                rated=(rated("cheap", 0.9, 0.1), rated("dear", 0.905, 30.0)),
                compared=(pair,),
                majority=0.5,
                recommended="",
                sentence="",
                rows=900,
                distinct=900,
                classes=("a", "b"),
                folds=5,
                repeats=2,
                margin=0.01,
            )
        )

    same = verdict("equal", -0.002, 0.009)
    assert same.recommended == "cheap" and "too little to matter" in same.sentence and "300 times" in same.sentence
    unsure = verdict("open", -0.02, 0.03)
    assert unsure.recommended == "cheap" and "more rows would tell" in unsure.sentence
    ahead = verdict("ahead", 0.002, 0.009)
    assert ahead.recommended == "dear" and "0.5 points (0.2 to 0.9) more than cheap" in ahead.sentence


def test_equal_texts_are_never_on_both_sides() -> None:
    """Each row twice, with a label that only its copy could tell: kept together, nothing is learnt."""
    luck = np.random.default_rng(8)
    x, y = np.repeat(np.eye(80), 2, axis=0), np.repeat(luck.permutation(np.arange(80) % 2), 2)
    apart = choose([Representation("copies", x)], y, ["a", "b"])
    together = choose([Representation("copies", x)], y, ["a", "b"], groups=np.repeat(np.arange(80), 2))
    assert apart.of("copies").accuracy.value > 0.7
    assert together.of("copies").accuracy.value < 0.6 and together.distinct == 80


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two copies of one signal with noise of their own: the true difference is zero; 25 draws, at most 4 outside."""
    monkeypatch.setattr("cutaway.science.embed.choice.PENALTIES", (1.0,))
    outside = 0
    for seed in range(25):
        x, y = made(seed, 120, 0.7)
        luck = np.random.default_rng((seed, 1))
        both = [Representation(name, x + 0.7 * luck.normal(size=x.shape)) for name in "ab"]
        found = choose(both, y, ["0", "1"], folds=4, repeats=1, seed=seed).compared[0]
        outside += not found.difference.low <= 0 <= found.difference.high
    assert outside <= 4


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"representations": []}, "different names"),
        ({"representations": [noise(0), noise(0)]}, "different names"),
        ({"representations": [noise(0, 20)]}, "rows for 160 labels"),
        ({"representations": [Representation("x", np.full((160, 2), np.nan))]}, "not finite"),
        ({"classes": ["one"]}, "two classes"),
        ({"folds": 1}, "2 folds or more"),
        ({"groups": np.zeros(3, int)}, "a group for each"),
        ({"y": np.r_[1, np.zeros(159, int)]}, "class 'b' has 1 different text"),
    ],
    ids=["none", "twins", "short", "nan", "one class", "one fold", "groups", "rare"],
)
def test_what_is_refused(given: dict[str, Any], said: str) -> None:
    arguments: dict[str, Any] = {"representations": [noise(0)], "y": np.arange(160) % 2, "classes": ["a", "b"]} | given
    with pytest.raises(InputError, match=said):
        choose(**arguments)


def test_penalties_are_tried_from_the_strongest() -> None:
    assert list(PENALTIES) == sorted(PENALTIES, reverse=True)

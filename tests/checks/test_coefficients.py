"""LOG002 and the sentences: every coefficient can be put into words, and the words are true of the numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cutaway.checks.coefficients import coefficients
from cutaway.checks.run import sentences as words
from cutaway.checks.run.example import fitted
from cutaway.checks.run.facts import model_facts
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent
from cutaway.core.audit import Sentences
from cutaway.core.figures import Intervals


def sigmoid(eta: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-eta))


def crash(n: int = 6000, seed: int = 0) -> Subject:
    """A belt, an age, a kind of seat, missing speeds; a third of the rows positive."""
    rng = np.random.default_rng(seed)
    belt = rng.integers(0, 2, n).astype(float)
    age = rng.integers(18, 90, n).astype(float)
    seat = np.array(["driver", "front", "rear"])[rng.choice(3, n, p=[0.5, 0.3, 0.2])]
    speed = rng.normal(50, 15, n)
    eta = -1.2 - 0.9 * belt + 0.03 * (age - 50) + 0.5 * (seat == "rear") + 0.02 * (speed - 50)
    gone = rng.random(n) < 0.2
    eta += 0.7 * gone
    y = rng.random(n) < sigmoid(eta)
    names = np.where(y, "dead", "alive")
    speed[gone] = np.nan
    return fitted(y=names.tolist(), belt=belt, age=age, seat=seat.tolist(), speed=speed)


@pytest.fixture(scope="module")
def subject() -> Subject:
    return crash()


def all_sentences(subject: Subject) -> dict[tuple[str, str | None], Sentences]:
    assert subject.model is not None
    listed = model_facts(subject, subject.model).coefficients
    return {(s.feature, s.level): s for s in words.sentences(subject, subject.model, listed)}


def test_the_strongest_are_explained_with_figure_and_evidence(subject: Subject) -> None:
    (found,) = coefficients(subject)
    assert found.severity == "low"
    assert len(found.columns) == 3
    assert isinstance(found.figure, Intervals)
    assert found.figure.null == 1.0
    first = found.figure.labels[0]
    assert found.evidence[f"odds_ratio_of_{first}"] == pytest.approx(found.figure.centre[0])
    assert math.log(found.evidence[f"odds_ratio_of_{first}"]) == pytest.approx(found.evidence[f"log_odds_of_{first}"])
    assert "Do not say" in found.remedy.text


def test_noise_is_not_explained() -> None:
    rng = np.random.default_rng(1)
    table = {f"x{i}": rng.normal(size=500) for i in range(5)}
    assert not list(coefficients(fitted(y=rng.integers(0, 2, 500), **table)))


def test_every_coefficient_has_sentences(subject: Subject) -> None:
    said = all_sentences(subject)
    assert subject.model is not None
    assert len(said) == len(subject.model.design.terms)
    for s in said.values():
        assert s.may_say.endswith(".") and s.do_not_say.endswith(".") and s.why_not.endswith(".")
        assert s.may_say[0].isupper()
        assert "nan" not in s.may_say + s.do_not_say + s.why_not


def test_a_level_is_told_against_its_reference(subject: Subject) -> None:
    text = all_sentences(subject)["seat", "rear"].may_say
    assert "the odds of “dead” with seat = rear are" in text
    assert "those with seat = driver" in text
    assert "At equal" in text


def test_a_flag_is_told_as_one_against_zero(subject: Subject) -> None:
    s = all_sentences(subject)["belt", None]
    assert "with belt = 1 are 0." in s.may_say and "those with belt = 0" in s.may_say
    assert s.may_say.endswith("of probability less.")
    assert s.do_not_say.startswith("With belt = 1, “dead” is") and s.do_not_say.endswith(" % less likely.")
    assert "Odds are not probabilities" in s.why_not


def test_a_number_is_told_by_a_step_that_can_be_pictured(subject: Subject) -> None:
    s = all_sentences(subject)["age", None]
    assert "20 units more of age go with the odds of “dead”" in s.may_say
    assert s.do_not_say.startswith("age hardly matters, its coefficient is only +0.0")
    assert "one standard deviation" in s.why_not


def test_missing_values_are_compared_with_a_row_of_mean_value(subject: Subject) -> None:
    text = all_sentences(subject)["speed", "(missing)"].may_say
    assert "with speed missing" in text and "those of a row of mean speed" in text


def test_the_probabilities_in_the_reason_are_those_of_the_model(subject: Subject) -> None:
    plain = subject.model
    assert plain is not None
    listed = model_facts(subject, plain).coefficients
    belt = next(c for c in listed if c.feature == "belt")
    (told,) = words.told(subject, plain, [belt])
    assert told.after - told.before == pytest.approx(belt.ame, rel=1e-9)
    assert told.ratio == pytest.approx(belt.odds_ratio)
    assert percent(told.before) in words.worded(subject, plain, told).why_not
    age = next(c for c in listed if c.feature == "age")
    (over,) = words.told(subject, plain, [age])
    assert over.ratio == pytest.approx(age.odds_ratio**20)
    assert [over.low, over.high] == pytest.approx([age.ci_low**20, age.ci_high**20])
    assert over.points == pytest.approx(20 * age.ame, rel=0.2)


def test_when_rare_the_odds_ratio_may_pass_for_a_risk_ratio_and_the_numbers_say_so() -> None:
    rng = np.random.default_rng(2)
    flag = rng.integers(0, 2, 60_000).astype(float)
    y = rng.random(60_000) < sigmoid(-5 + 0.9 * flag)
    s = all_sentences(fitted(y=y.astype(int), flag=flag))["flag", None]
    assert "is rare" in s.why_not and "is near the ratio of probabilities" in s.why_not
    assert s.do_not_say.startswith("Setting flag to 1 multiplies the risk")
    assert "association" in s.why_not
    assert not s.may_say.startswith("At equal")  # there is no other feature


def test_several_classes_name_the_class_and_the_reference() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=4000)
    eta = np.stack([np.zeros(4000) + 1, 0.4 * x, 1.2 * x])
    y = (eta + rng.gumbel(size=eta.shape)).argmax(axis=0)
    subject = fitted(y=[f"class {v}" for v in y], x=x)
    plain = subject.model
    assert plain is not None
    listed = model_facts(subject, plain).coefficients
    said = {c.target_class: s for c, s in zip(listed, words.sentences(subject, plain, listed), strict=True)}
    assert "“class 2” rather than “class 0”" in said["class 2"].may_say
    assert "of probability of “class 2” more" in said["class 2"].may_say


def test_a_class_that_gains_odds_and_loses_probability_is_told_so() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=20_000)
    eta = np.stack([1.0 + 0 * x, 0.4 * x - 0.5, 1.8 * x + 0.5])
    y = (eta + rng.gumbel(size=eta.shape)).argmax(axis=0)
    subject = fitted(y=[f"c{v}" for v in y], x=x)
    plain = subject.model
    assert plain is not None
    listed = model_facts(subject, plain).coefficients
    opposite = [c for c in listed if c.log_odds * c.ame < 0]
    assert opposite
    for s in words.sentences(subject, plain, opposite):
        assert "alone; over all classes the probability" in s.why_not


def test_separation_is_told_without_certainty() -> None:
    rng = np.random.default_rng(5)
    y = (rng.random(2000) < 0.3).astype(int)
    flag = np.zeros(2000)
    flag[np.flatnonzero(y)[:60]] = 1
    s = all_sentences(fitted(y=y, flag=flag, x=rng.normal(size=2000)))["flag", None]
    assert s.do_not_say == "With flag = 1 it is always “1”."
    assert "too few" in s.why_not
    assert "Firth's penalised likelihood" in s.may_say


def test_hostile_names_pass_through() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=2000)
    y = (rng.random(2000) < sigmoid(x)).astype(int)
    name = "{x} %s [red] </script>"
    (found,) = coefficients(fitted(y=y, **{name: x}))
    assert found.columns == (name,) and name in found.title


def test_weights_count() -> None:
    rng = np.random.default_rng(7)
    flag = rng.integers(0, 2, 3000).astype(float)
    y = (rng.random(3000) < sigmoid(flag - 1)).astype(int)
    weight = rng.uniform(0.5, 2, 3000)
    subject = fitted(y=y, flag=flag, w=weight, weight="w")
    plain = subject.model
    assert plain is not None
    listed = model_facts(subject, plain).coefficients
    (told,) = words.told(subject, plain, listed)
    positive = int(subject.classes[-1])
    shares = [np.average((y == positive)[flag == v], weights=weight[flag == v]) for v in (0.0, 1.0)]
    assert [told.before, told.after] == pytest.approx(shares, abs=1e-6)


def test_one_coefficient_a_feature_is_chosen_by_z(subject: Subject) -> None:
    plain = subject.model
    assert plain is not None
    chosen = words.strongest(model_facts(subject, plain).coefficients)
    z = [abs(c.log_odds / c.se) for c in chosen]
    assert z == sorted(z, reverse=True)
    assert len({c.feature for c in chosen}) == len(chosen)

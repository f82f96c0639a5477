from __future__ import annotations

from itertools import pairwise
from math import inf, isclose, isfinite, isnan, log, nan

from hypothesis import given
from hypothesis import strategies as st

from cutaway.core.wording import step_of
from cutaway.report.effects import effect_of, span, split
from tests.report import audits


@given(st.floats(1e-12, 1e12))
def test_a_step_is_round_and_near_the_standard_deviation(sd: float) -> None:
    step = step_of(sd)
    if 0.1 <= sd < 5:
        assert step == 1
    else:
        assert sd / 2.5 * (1 - 1e-9) <= step <= sd * (1 + 1e-9)
        assert f"{step:e}"[:8] in {"1.000000", "2.000000", "5.000000"}


def test_a_step_of_what_has_no_spread_is_one_unit() -> None:
    assert step_of(nan) == step_of(0.0) == step_of(inf) == step_of(-1.0) == 1


@given(st.floats(-5, 5), st.floats(0.01, 2), st.floats(1e-3, 1e3))
def test_a_step_raises_odds_ratios_to_its_power(log_odds: float, se: float, sd: float) -> None:
    effect = effect_of(audits.coefficient("x", log_odds, se, sd=sd, ame=0.001))
    assert effect.low <= effect.odds_ratio <= effect.high or isclose(effect.low, effect.high)
    if isfinite(effect.odds_ratio) and effect.odds_ratio > 0:
        assert isclose(log(effect.odds_ratio), effect.step * log_odds, rel_tol=1e-9, abs_tol=1e-9)


def test_levels_are_told_against_their_reference() -> None:
    effect = effect_of(audits.coefficient("belt", 1.0, 0.1, level="none", reference="belted", sd=nan))
    assert (effect.label, effect.note, effect.step) == ("belt none", "vs belted", 1.0)


def test_a_slope_is_not_stretched_beyond_certainty() -> None:
    assert isnan(effect_of(audits.coefficient("x", 0.1, 0.01, sd=1000.0, ame=0.004)).points)


def test_the_largest_by_z_come_first_and_nothing_is_lost() -> None:
    model = audits.many().model
    assert model is not None
    shown, rest = split(model.coefficients)
    assert len(shown) == 25
    assert {effect.label for effect in (*shown, *rest)} == {effect_of(c).label for c in model.coefficients}
    assert min(abs(effect.z) for effect in shown) >= max(abs(effect.z) for effect in rest)
    assert [e.log_odds for e in shown] == sorted((e.log_odds for e in shown), reverse=True)
    assert any(isnan(effect.log_odds) for effect in rest)


def test_classes_stay_together() -> None:
    model = audits.shuttle().model
    assert model is not None
    classes = [effect.target_class for effect in split(model.coefficients)[0]]
    assert len(list(dict.fromkeys(classes))) == 1 + sum(a != b for a, b in pairwise(classes))


def test_the_span_holds_one_and_stays_within_reason() -> None:
    assert span([]) == (0.5, 2.0)
    for make in audits.ALL.values():
        model = make().model
        for part in () if model is None else split(model.coefficients):
            low, high = span(part)
            assert 1e-5 < low < 1 < high < 1e5

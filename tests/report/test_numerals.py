from __future__ import annotations

from math import inf, isclose, nan

from hypothesis import given
from hypothesis import strategies as st

from cutaway.report import numerals

FINITE = st.floats(-1e300, 1e300)


def value_of(text: str) -> float:
    return float(text.replace(",", "").replace(numerals.MINUS, "-").replace("\u00a0%", ""))


@given(FINITE, st.integers(2, 6))
def test_a_number_is_shown_to_its_significant_digits(value: float, digits: int) -> None:
    shown = value_of(numerals.number(value, digits))
    assert isclose(shown, value, rel_tol=0.51 * 10 ** (1 - digits), abs_tol=1e-320)


@given(FINITE, st.integers(2, 6))
def test_padding_changes_the_text_and_not_the_value(value: float, digits: int) -> None:
    padded = value_of(numerals.number(value, digits, pad=True))
    assert isclose(padded, value, rel_tol=0.51 * 10 ** (1 - digits), abs_tol=1e-320)


@given(st.floats(0, 1), st.floats(0, 1))
def test_compared_shares_differ_in_print_where_they_differ(one: float, other: float) -> None:
    left, right = map(value_of, numerals.percent_pair(one, other))
    if abs(one - other) > 2e-5:
        assert (left > right) == (one > other)
        assert left != right


@given(st.floats(0, 1))
def test_a_share_short_of_one_is_never_printed_as_all(share: float) -> None:
    shown = numerals.percent(share)
    assert (shown == "100\u00a0%") == (share == 1)
    assert (shown == "0\u00a0%") == (share == 0)


@given(st.floats(1e-30, 1e30))
def test_ratio_keeps_the_side_of_one(ratio: float) -> None:
    shown = numerals.ratio(ratio)
    value = value_of(shown.removeprefix("> ").removeprefix("< "))
    assert value >= 1 if ratio >= 1 else value <= 1


@given(st.floats(-1, 1))
def test_points_carry_their_sign(change: float) -> None:
    shown = numerals.points(change)
    assert abs(value_of(shown) - 100 * change) <= 0.05 + 1e-9
    assert shown == "0.0" or shown[0] in f"+{numerals.MINUS}"


def test_what_is_no_number_is_a_dash() -> None:
    assert numerals.number(nan) == numerals.percent(nan) == numerals.ratio(nan) == numerals.points(nan) == "–"
    assert numerals.interval(nan, 2.0) == numerals.p_value(nan) == "–"
    assert numerals.number(inf) == "∞"
    assert numerals.number(-inf) == "−∞"
    assert numerals.interval(0.0, inf) == "< 1e−6 to > 1e6"


def test_evidence_is_shown_by_its_name() -> None:
    assert numerals.named("share_of_rows", 0.25) == ("share of rows", "25\u00a0%")
    assert numerals.named("p_value_holm", 0.04) == ("p value holm", "0.040")
    assert numerals.named("accuracy_ceiling", 0.98765) == ("accuracy ceiling", "98.8\u00a0%")
    assert numerals.named("rate_ratio", 12.5) == ("rate ratio", "12.5")
    assert numerals.named("rows", 12345.0) == ("rows", "12,345")

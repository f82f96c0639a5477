"""Numbers as a reader wants them: significant digits, grouped thousands, a true minus sign."""

from __future__ import annotations

from math import ceil, floor, isclose, isfinite, isnan, log10

NBSP = "\u00a0"
MINUS = "\u2212"
ABSENT = "–"


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def _absent(value: float) -> str:
    """What stands for a value that is no finite number."""
    return ABSENT if isnan(value) else "∞" if value > 0 else f"{MINUS}∞"


def number(value: float, digits: int = 3, *, pad: bool = False) -> str:
    """A number with so many significant digits; whole numbers below ten million in full.

    Zeros at the end are left out, unless `pad` asks for them, for columns of numbers.

    Examples:
        >>> number(26217), number(0.97912), number(0.41), number(1.6e12), number(0.00001234), number(float("nan"))
        ('26,217', '0.979', '0.41', '1.6e12', '1.23e−5', '–')
        >>> number(0.41, pad=True), number(1.0, pad=True)
        ('0.410', '1.00')
    """
    if not isfinite(value):
        return _absent(value)
    size = abs(value)
    if not pad and value == round(value) and size < 1e7:
        return _signed(f"{value:,.0f}")
    if size and not 1e-4 <= size < 1e7:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa and not pad else mantissa
        return _signed(f"{mantissa}e{int(exponent)}")
    # The digit that rounding reaches counts: 9.999 is 10.00 with four digits.
    power = int(f"{value:.{digits - 1}e}".split("e")[1])
    shown = f"{value:,.{max(0, digits - 1 - power)}f}"
    if not pad and "." in shown and isclose(float(f"{value:.{digits}g}"), value, rel_tol=1e-9):
        shown = shown.rstrip("0").rstrip(".")  # 0.41 was meant, not 0.410
    return _signed(shown)


def percent(share: float, decimals: int | None = None) -> str:
    """A share in [0, 1] as a percentage: two digits of the share or of what it lacks to one, whichever is smaller.

    Examples:
        >>> [percent(x).replace("\u00a0", " ") for x in (0.045, 0.9555, 0.5, 1.0, 0.00001)]
        ['4.5 %', '95.5 %', '50 %', '100 %', '< 0.01 %']
    """
    if not isfinite(share):
        return _absent(share)
    if abs(share) >= 1e12:
        return number(share)  # no share of anything
    if decimals is None:
        rest = 100 * min(abs(share), abs(1 - share))
        if 0 < rest < 0.01 and 0 < share < 1:
            return f"< 0.01{NBSP}%" if share < 0.5 else f"> 99.99{NBSP}%"
        decimals = 0 if rest == 0 else min(2, max(0, 1 - floor(log10(rest))))
    # Rounding half to even in binary prints 95.55 % as 95.5 % or 95.6 % by accident of representation; nothing hangs
    # on it.
    return _signed(f"{100 * share:,.{decimals}f}{NBSP}%")


def percent_pair(one: float, other: float) -> tuple[str, str]:
    """Two shares that are compared, with as many decimals as show their difference.

    Examples:
        >>> [text.replace("\u00a0", " ") for text in percent_pair(0.95550, 0.95499)]
        ['95.55 %', '95.50 %']
        >>> [text.replace("\u00a0", " ") for text in percent_pair(0.93, 0.6)]
        ['93 %', '60 %']
    """
    gap = 100 * abs(one - other)
    # More than one unit of the last digit apart, so that rounding cannot hide the difference.
    decimals = 1 if gap == 0 else min(3, max(0, ceil(log10(1.5) - log10(gap))))
    return percent(one, decimals), percent(other, decimals)


def ratio(value: float) -> str:
    """An odds ratio: two decimals, or two digits where it is smaller; the far ends are named as such.

    Examples:
        >>> [ratio(x) for x in (2.832, 52.66, 0.0034, 1234.5, 3e9, 2e-9)]
        ['2.83', '52.66', '0.0034', '1,234', '> 1e6', '< 1e−6']
    """
    if isnan(value):
        return ABSENT
    if value > 1e6:
        return "> 1e6"
    if value < 1e-6:
        return f"< 1e{MINUS}6"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.1 else number(value, 2)


def interval(low: float, high: float) -> str:
    """An interval of odds ratios.

    Examples:
        >>> interval(2.47, 3.24)
        '2.47–3.24'
    """
    if isnan(low) or isnan(high):
        return ABSENT
    low_text, high_text = ratio(low), ratio(high)
    spaced = any(mark in low_text + high_text for mark in "<>∞e")
    return f"{low_text} to {high_text}" if spaced else f"{low_text}–{high_text}"


def points(change: float) -> str:
    """A change of probability in percentage points, with its sign.

    Examples:
        >>> [points(x) for x in (0.14, -0.005, 0.00031, 0.0)]
        ['+14.0', '−0.5', '+0.03', '0.0']
    """
    if not isfinite(change):
        return _absent(change)
    value = 100 * change
    if abs(value) < 5e-4:
        return "0.0"
    decimals = 1 if abs(value) >= 0.1 else 2 if abs(value) >= 0.01 else 3
    return _signed(f"{value:+.{decimals}f}")


def p_value(p: float) -> str:
    """A p-value, as far as it is worth telling.

    Examples:
        >>> p_value(0.0312), p_value(1e-9)
        ('0.031', '< 0.001')
    """
    if isnan(p):
        return ABSENT
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


_SHARE_WORDS = frozenset(
    {"share", "shares", "fraction", "prevalence", "accuracy", "recall", "precision", "rate", "ceiling"}
)


def named(name: str, value: float) -> tuple[str, str]:
    """An entry of a finding's evidence: the name in words, the value shown as what the name says it is.

    Examples:
        >>> named("share_of_rows", 0.045)[1].replace("\u00a0", " "), named("p_value", 1e-9), named("auc", 0.97912)
        ('4.5 %', ('p value', '< 0.001'), ('AUC', '0.979'))
    """
    words = name.split("_")
    shown = " ".join(word.upper() if word in {"auc", "roc", "ame"} else word for word in words)
    if words[:2] == ["p", "value"] or words[-2:] == ["p", "value"]:
        return shown, p_value(value)
    if not _SHARE_WORDS.isdisjoint(words) and 0 <= value <= 1:
        return shown, percent(value)
    return shown, number(value)

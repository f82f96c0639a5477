from __future__ import annotations

import re
from importlib.resources import files

import pytest

STYLE = (files("cutaway.report.svg") / "style.css").read_text(encoding="utf-8")
SCHEMES = dict(zip(("light", "dark"), re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL), strict=True))


def colours(scheme: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", SCHEMES[scheme]))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_black_on_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_and_marks_stand_out(scheme: str) -> None:
    shown = colours(scheme)
    # WCAG 2.2: 1.4.3 asks 4.5 of text, 1.4.11 asks 3 of what must be seen to understand a picture.
    for name, least in {
        "ink": 7.0, "quiet": 4.5, "ours": 4.5,
        "harm": 3.0, "rest": 3.0, "third": 3.0, "fourth": 3.0, "unclear": 3.0, "null": 3.0,
    }.items():  # fmt: skip
        assert contrast(shown[name], shown["card"]) >= least, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ours_and_harm_differ_for_the_colour_blind(scheme: str) -> None:
    """Red-green blindness leaves blue against yellow: the share of blue light must differ widely."""
    shown = colours(scheme)

    def blueness(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return (blue - (red + green) / 2) / 255

    assert blueness(shown["ours"]) - blueness(shown["harm"]) > 0.5


def test_every_scheme_names_every_colour() -> None:
    assert colours("light").keys() == colours("dark").keys()


def test_two_sizes_and_one_family_for_text() -> None:
    sizes = set(re.findall(r"font-size: ([^;]+);", STYLE))
    assert sizes <= {"var(--small)", "var(--base)"}
    assert len(re.findall(r"system-ui", STYLE)) == 1


def test_classes_of_drawings_are_styled() -> None:
    for name in (
        "ours",
        "harm",
        "rest",
        "third",
        "fourth",
        "other",
        "unclear",
        "tick",
        "axis",
        "curve",
        "band",
        "whisker",
        "mark",
    ):
        assert re.search(rf"\.{name}\b", STYLE), name

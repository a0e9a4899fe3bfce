"""Colours: each that is used is defined for light and dark, and what is to be read can be read."""

from __future__ import annotations

import re

import pytest

from titan_flow.states.draw.html.stylesheet import SHEET
from titan_flow.states.draw.svg.style import DARK, LIGHT, STYLE, THEME

THEMES = {"light": LIGHT, "dark": DARK}


def test_every_colour_that_is_used_is_defined_for_both() -> None:
    assert set(re.findall(r"var\(--(\w+)\)", STYLE + SHEET)) <= set(LIGHT)
    assert set(LIGHT) == set(DARK)
    assert all(f"--{name}:{colour};" in THEME for theme in THEMES.values() for name, colour in theme.items())


@pytest.mark.parametrize("text", [STYLE, SHEET, THEME], ids=["drawing", "page", "theme"])
def test_a_style_is_whole_and_loads_nothing(text: str) -> None:
    assert text.count("{") == text.count("}")
    assert "@import" not in text and "url(" not in text and "</" not in text


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(share * one for share, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["page", "box", "goal", "back", "rest", "mark"])
@pytest.mark.parametrize("ink", ["ink", "dim"])
def test_words_stand_out_from_what_they_stand_on(theme: str, ground: str, ink: str) -> None:
    colours = THEMES[theme]
    dark, light = sorted((luminance(colours[ground]), luminance(colours[ink])))
    assert (light + 0.05) / (dark + 0.05) >= 4.5, "WCAG AA"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ink", ["way", "fail", "add", "gone", "here"])
def test_coloured_words_can_be_read_on_the_page(theme: str, ink: str) -> None:
    colours = THEMES[theme]
    dark, light = sorted((luminance(colours["page"]), luminance(colours[ink])))
    assert (light + 0.05) / (dark + 0.05) >= 4.5

"""The colours can be read: WCAG 2.2 contrast of at least 4.5 to 1, computed."""

import re
from itertools import product
from pathlib import Path

import pytest

import dure.portal
from dure.portal.engine import charts

SHEET = (Path(dure.portal.__file__).parent / "static/portal/dure.css").read_text(encoding="utf-8")
SCHEMES = [
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{(.+?)\n *\}", SHEET, flags=re.DOTALL)
    if "--wash-indigo: #" in block and "#fff;" not in block
]
LIGHT, DARK = SCHEMES
TEXTS = ("ink", "indigo", "pine", "straw", "persimmon", "stone")
GROUNDS = ("hanji", "paper")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    line = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), list(product(TEXTS, GROUNDS)))
def test_text_can_be_read_on_the_page_and_on_cards(scheme, text, ground):
    assert 4.5 <= contrast(scheme[text], scheme[ground])


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark"])
@pytest.mark.parametrize("wash", ["wash-indigo", "wash-pine", "wash-straw", "wash-persimmon"])
def test_text_can_be_read_on_tinted_ground(scheme, wash):
    assert 4.5 <= contrast(scheme["ink"], scheme[wash])
    assert 4.5 <= contrast(scheme[wash.removeprefix("wash-")], scheme[wash])


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark"])
def test_a_button_can_be_read(scheme):
    assert 4.5 <= contrast(scheme["on-indigo"], scheme["indigo"])


def test_the_server_draws_in_the_light_marks_of_the_page():
    assert {name: LIGHT[name] for name in charts.MARKS} == charts.MARKS


def test_there_are_five_sizes_of_type():
    sizes = set(re.findall(r"--s(\d): ", SHEET))

    assert set("12345") == sizes

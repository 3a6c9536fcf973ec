"""Whatever sense refuses or asks for, it says what to do."""

import tomllib
from importlib.resources import files

import pytest

WORDS = tomllib.loads(files("dure.portal.words").joinpath("sense.toml").read_text("utf-8"))


@pytest.mark.parametrize("code", WORDS)
def test_every_refusal_says_what_to_do_in_both_languages(code):
    assert {"ko", "en", "next_ko", "next_en"} <= WORDS[code].keys()

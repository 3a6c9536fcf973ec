"""What the two README files tell people to type is what there is to type, and the same in both."""

import re
from pathlib import Path

import pytest

from dure.cli.entry import verbs
from tests.cli.house import dure

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.ko.md")
LINE = re.compile(r"^ {4}((?:dure|make) [^#\n]+)", re.MULTILINE)
SPAN = re.compile(r"`((?:dure|make) (?!\.\.\.)[^`]+)`")
OPTION = re.compile(r"--[a-z-]+")


def commands(readme: str) -> list[str]:
    text = (ROOT / readme).read_text(encoding="utf-8")
    return [" ".join(found.split()) for found in LINE.findall(text) + SPAN.findall(text)]


def test_both_languages_tell_the_same_commands():
    english, korean = (commands(readme) for readme in READMES)

    assert sorted(set(english)) == sorted(set(korean))
    assert len(english) > 12


@pytest.mark.parametrize("command", sorted(set(commands(READMES[0]))))
def test_each_command_is_there_with_the_options_that_it_is_given(command):
    program, *words = command.split()

    if program == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert words[0] in targets
        return
    assert words[0] in verbs()
    asked = words[:2] if words[1:2] in (["solve"], ["replay"]) else words[:1]
    told = dure(*asked, "--help")
    assert 0 == told.returncode, told.stderr
    assert set(OPTION.findall(command)) <= set(OPTION.findall(told.stdout))


def test_each_page_and_picture_that_they_lead_to_is_there():
    for readme in READMES:
        text = (ROOT / readme).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / link).exists(), f"{readme}: {link}"

"""The command line as a person meets it."""

import subprocess
import sys

import pytest

from dure.cli import entry
from tests.stack.programs import ENVIRONMENT


def test_it_lists_the_verbs_with_those_first_that_a_newcomer_needs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = entry.run(["--help"])

    words = capsys.readouterr().out
    assert 0 == status
    assert words.index("  up ") < words.index("  status ") < words.index("  migrate ")
    assert "  worker " not in words


@pytest.mark.parametrize("verb", entry.verbs())
def test_every_verb_has_help_in_a_sentence(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = entry.run([verb, "--help"])

    assert 0 == status
    assert "." in capsys.readouterr().out


def test_an_unknown_verb_is_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    status = entry.run(["dance"])

    assert 2 == status
    assert "No such command 'dance'" in capsys.readouterr().err


def test_a_refusal_is_one_line_with_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    status = entry.run(["up", "--home", "/sys/dure"])

    said = capsys.readouterr().err
    assert 1 == status
    assert 1 == said.count("\n")
    assert said.startswith("dure: No permission to write to /sys/dure. Change the folder's owner")


def test_the_package_itself_imports_nothing() -> None:
    script = "import sys; before = set(sys.modules); import dure.cli; "
    script += "print(sorted(set(sys.modules) - before))"

    done = subprocess.run(
        [sys.executable, "-c", script], env=ENVIRONMENT, check=True, capture_output=True, text=True
    )

    assert "['dure', 'dure.cli']" == done.stdout.strip()

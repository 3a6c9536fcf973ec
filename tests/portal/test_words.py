import ast
from pathlib import Path

import pytest

import dure
from dure.kernel.reason import Reason
from dure.portal import words

SOURCE = Path(dure.__file__).parent
RAISERS = {
    "Reason",
    "Refused",
    "Malformed",
    "NotFound",
    "Unproven",
    "Unauthenticated",
    "Unavailable",
    "DureError",
}


def raised_codes() -> dict[str, str]:
    """Find every code that is written out in a call of a reason or an error."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _name(node.func) in RAISERS:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found[first.value] = f"{path.relative_to(SOURCE)}:{node.lineno}"
    return found


def _name(function: ast.expr) -> str:
    return getattr(function, "id", None) or getattr(function, "attr", "")


def kinds_of_facts() -> set[str]:
    return {
        node.args[0].value
        for path in SOURCE.rglob("engine/facts.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) == "FactKind"
    }


def test_every_kind_of_fact_can_be_told() -> None:
    assert set() == {f"fact.{kind}" for kind in kinds_of_facts()} - words.catalogue().keys()


def test_every_code_that_is_raised_has_words_in_both_languages() -> None:
    wordless = {
        code: place
        for code, place in raised_codes().items()
        if not {"ko", "en"} <= words.catalogue().get(code, {}).keys()
    }

    assert {} == wordless


@pytest.mark.parametrize("code", sorted(words.catalogue()))
def test_words_come_in_pairs_and_name_the_same_values(code: str) -> None:
    entry = words.catalogue()[code]

    assert {"ko", "en"} <= entry.keys()
    assert ("next_ko" in entry) == ("next_en" in entry)
    assert entry.keys() <= {"ko", "en", "next_ko", "next_en"}


def test_all_rooms_speak_in_one_voice() -> None:
    stiff = [
        code for code, entry in words.catalogue().items() if "십시오" in "".join(entry.values())
    ]

    assert [] == stiff, "requests end in -세요"


def test_a_reason_is_said_from_its_value_its_json_and_its_text() -> None:
    reason = Reason("kernel.unknown_unit", {"unit": "평"})

    said = words.say(reason, "ko")

    assert said == "평은 모르는 단위입니다."
    assert said == words.say(reason.as_json(), "ko")
    assert said == words.say('{"code": "kernel.unknown_unit", "parameters": {"unit": "평"}}', "ko")


def test_a_code_without_words_is_named_and_breaks_nothing() -> None:
    assert "This was not done. (nowhere.at_all)" == words.say(Reason("nowhere.at_all"), "en")


def test_what_to_do_next_stands_beside_the_reason() -> None:
    assert "Give both in the same unit." == words.what_next("kernel.units_differ", "en")
    assert "" == words.what_next("kernel.not_json", "en")

"""What all templates of all rooms keep to, so that pages look and behave like one house."""

import re
from pathlib import Path

import pytest

import dure

SOURCE = Path(dure.__file__).parent
TEMPLATES = sorted(SOURCE.glob("*/templates/**/*.html"))
SHEET = (SOURCE / "portal/static/portal/dure.css").read_text(encoding="utf-8")
STYLED = set(re.findall(r"\.([a-z][a-z-]*)", SHEET))
HANGUL = re.compile(r"[가-힣]")


def text_of(path: Path) -> str:
    return re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_template_keeps_to_the_policy_and_the_stylesheet(path: Path) -> None:
    text = text_of(path)

    inline = re.findall(r"<[^>%]*?\s(style|on[a-z]+)=", text)
    bare = [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag]
    unknown = {
        name
        for names in re.findall(r'\sclass="([^"{]*)"', text)
        for name in names.split()
        if name not in STYLED
    }
    assert [] == inline, "inline styles and handlers are refused by the policy"
    assert [] == [tag for tag in bare if "nonce" not in tag and "application/json" not in tag]
    assert set() == unknown, "classes that the stylesheet does not know"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_korean_stands_without_its_english(path: Path) -> None:
    outside = re.sub(r"\{%.*?%\}", "", text_of(path), flags=re.DOTALL)

    assert not HANGUL.search(outside)

import pytest

from dure.kernel.errors import Malformed
from dure.kernel.quantity import UNITS
from dure.members.engine.process_codes import (
    process_code,
    process_codes,
    process_groups,
    root_techniques,
)

KEPT = (  # bills of process and capabilities stand on these: a code is never taken away
    "sand-casting die-casting injection-moulding ceramic-forming metal-printing mould-making "
    "press-forming sheet-bending paper-straw-winding die-cutting cnc-turning five-axis-milling "
    "grinding laser-cutting deburring kitting electronic-assembly food-filling arc-welding "
    "laminating painting glazing offset-printing gravure-printing electroplating anodising "
    "quenching-tempering coffee-roasting ceramic-firing dimensional-inspection engineering-design"
)


def test_there_are_about_180_codes():
    assert 170 <= len(process_codes()) <= 190


@pytest.mark.parametrize("code", process_codes().values(), ids=lambda code: code.code)
def test_every_code_has_a_group_a_unit_and_two_names(code):
    assert code.group in process_groups()
    assert "." in code.group
    assert code.unit in UNITS
    assert code.ko
    assert code.en
    assert code.root == "" or code.root in root_techniques()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_two_codes_and_no_two_groups_have_one_name(language):
    for named in (process_codes().values(), process_groups().values()):
        names = [
            each[language] if isinstance(each, dict) else getattr(each, language) for each in named
        ]

        assert len(set(names)) == len(names)


def test_every_group_has_a_main_group_a_code_and_two_names():
    used = {code.group for code in process_codes().values()}

    for group, names in process_groups().items():
        assert names["ko"]
        assert names["en"]
        assert group.partition(".")[0] in process_groups()
        assert "." not in group or group in used


def test_all_fourteen_base_techniques_of_the_root_industry_are_in_use():
    roots = {code.root for code in process_codes().values()} - {""}

    assert 14 == len(root_techniques())
    assert set(root_techniques()) == roots
    assert 6 == sum(names["since"] == 2011 for names in root_techniques().values())


@pytest.mark.parametrize("code", KEPT.split())
def test_what_stood_once_stands(code):
    assert process_code(code).code == code


def test_an_unknown_process_is_refused_by_name():
    with pytest.raises(Malformed, match="alchemy"):
        process_code("alchemy")

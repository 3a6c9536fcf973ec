import pytest

from dure.kernel.errors import Malformed
from dure.kernel.quantity import UNITS
from dure.members.engine.process_codes import (
    group_sources,
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


def test_every_number_says_where_it_was_read():
    groups = process_groups()

    assert set(group_sources()) == {names["source"] for names in groups.values()}
    assert {"6.8", "9", "9.1", "9.2"} == {
        group for group, names in groups.items() if names["source"] == "dure"
    }


@pytest.mark.parametrize(
    ("group", "standard"),
    [
        *((f"2.{place}", f"DIN {8582 + place}") for place in range(1, 6)),
        ("3.1", "DIN 8588"),
        ("3.2", "DIN 8589"),
        ("3.3", "DIN 8589"),
        ("3.4", "DIN 8590"),
        ("3.5", "DIN 8591"),
        ("3.6", "DIN 8592"),
        *((f"4.{place}", f"DIN 8593-{place}") for place in range(1, 9)),
    ],
)
def test_groups_stand_in_the_order_of_the_standards_that_divide_them(group, standard):
    assert standard == process_groups()[group]["din"]


@pytest.mark.parametrize(
    ("group", "code"),  # as the sources sort these processes
    [
        ("1.1", "die-casting"),
        ("2.1", "forging"),
        ("2.1", "metal-extrusion"),
        ("2.2", "deep-drawing"),
        ("2.2", "wire-drawing"),
        ("2.2", "metal-spinning"),
        ("2.3", "stretch-forming"),
        ("2.4", "sheet-bending"),
        ("3.1", "shearing"),
        ("3.2", "cnc-turning"),
        ("3.2", "sawing"),
        ("3.3", "honing"),
        ("3.3", "barrel-finishing"),
        ("3.4", "etching"),
        ("3.4", "wire-edm"),
        ("3.4", "laser-cutting"),
        ("3.5", "disassembly"),
        ("3.6", "ultrasonic-cleaning"),
        ("5.1", "hot-dip-galvanising"),
        ("5.1", "painting"),
        ("5.4", "thermal-spraying"),
        ("5.6", "laser-cladding"),
        ("5.8", "vapour-deposition"),
        ("5.9", "electroplating"),
        ("6.1", "shot-peening"),
        ("6.2", "nitriding"),
        ("6.4", "ceramic-firing"),
        ("6.7", "photolithography"),
    ],
)
def test_processes_stand_where_the_literature_puts_them(group, code):
    assert group == process_code(code).group


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

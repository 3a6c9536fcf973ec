import pytest

from dure.kernel.errors import Malformed
from dure.members.engine.ksic import industries, industry_of


def test_there_are_21_sections_and_77_divisions():
    codes = list(industries())

    assert 21 == sum(len(code) == 1 for code in codes)
    assert 77 == sum(len(code) == 2 for code in codes)


@pytest.mark.parametrize("industry", industries().values(), ids=lambda each: each.code)
def test_every_industry_has_its_parent_and_two_names(industry):
    assert industry.ko
    assert industry.en
    assert (industry.parent in industries()) is (len(industry.code) > 1)


def test_every_division_of_manufacturing_has_its_groups():
    groups = {code[:2] for code in industries() if len(code) == 3}

    assert groups == {code for code, each in industries().items() if each.parent == "C"}


def test_groups_carry_the_numbers_of_the_eleventh_revision():
    assert "떡, 빵 및 과자류 제조업" == industry_of("10602").ko
    assert "동물용 사료 및 조제식품 제조업" == industry_of("10902").ko
    assert "272" == industry_of("27220").code  # watches: a group of their own until the tenth
    assert 85 == sum(len(code) == 3 for code in industries())


def test_a_class_belongs_to_its_group_or_at_least_to_its_division():
    assert "259" == industry_of("25922").code
    assert "46" == industry_of("46731").code


@pytest.mark.parametrize("ksic", ["2592", "04110", "c2592", "259220", ""])
def test_what_is_no_class_is_refused(ksic):
    with pytest.raises(Malformed, match=r"members\.unknown_ksic"):
        industry_of(ksic)

import pytest

from dure.kernel.errors import Malformed
from dure.kernel.quantity import UNITS
from dure.members.engine.process_codes import process_code, process_codes, process_groups


@pytest.mark.parametrize("code", process_codes().values(), ids=lambda code: code.code)
def test_every_code_has_a_group_a_unit_and_two_names(code):
    assert code.group in process_groups()
    assert code.unit in UNITS
    assert code.ko
    assert code.en


def test_the_six_first_base_techniques_of_the_root_industry_are_there():
    roots = {code.root for code in process_codes().values()}

    assert {"주조", "금형", "소성가공", "용접", "표면처리", "열처리"} <= roots


def test_an_unknown_process_is_refused_by_name():
    with pytest.raises(Malformed, match="alchemy"):
        process_code("alchemy")

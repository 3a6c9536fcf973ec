import pytest

from dure.kernel.errors import Malformed
from dure.kernel.ids import business_number, uuid7


@pytest.mark.parametrize("number", ["116-82-00276", "134-86-72683", "124-81-00998", "2208162517"])
def test_real_business_numbers_pass(number):
    assert number.replace("-", "") == business_number(number)


@pytest.mark.parametrize("position", range(10))
def test_each_single_wrong_digit_is_found(position):
    digits = list("1248100998")
    digits[position] = str((int(digits[position]) + 1) % 10)

    with pytest.raises(Malformed):
        business_number("".join(digits))


@pytest.mark.parametrize("text", ["", "124-81-0099", "１２４8100998", "124-81-0099x"])
def test_what_is_no_business_number_is_malformed(text):
    with pytest.raises(Malformed):
        business_number(text)


def test_later_ids_sort_after_earlier_ones():
    early, late = uuid7(1_000, b"\xff" * 10), uuid7(1_001, b"\x00" * 10)

    assert early < late
    assert early.version == 7

"""Typed row ids, and the business number of a Korean firm."""

from typing import NewType
from uuid import UUID

from dure.kernel.errors import Malformed

FactId = NewType("FactId", UUID)
FirmId = NewType("FirmId", UUID)
PersonId = NewType("PersonId", UUID)

BusinessNumber = NewType("BusinessNumber", str)
_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def uuid7(unix_ms: int, chance: bytes) -> UUID:
    """Build a UUIDv7 (RFC 9562) from milliseconds since 1970 and 10 random bytes."""
    assert len(chance) == 10, "UUIDv7 takes 10 random bytes"
    bits = (unix_ms & (2**48 - 1)) << 80 | int.from_bytes(chance, "big")
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=bits)


def business_number(text: str) -> BusinessNumber:
    """
    Read a business number (사업자등록번호) as its ten digits.

    The tenth digit checks the others: with weights 1 3 7 1 3 7 1 3 5 and
    s = Σ w·d + ⌊5·d9 / 10⌋ it is (10 - s mod 10) mod 10. True for 124-81-00998.

    Raises Malformed where the shape or the check digit is wrong.
    """
    digits = text.replace("-", "").strip()
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        raise Malformed("kernel.business_number_shape", given=text)
    if int(digits[9]) != check_digit(digits[:9]):
        raise Malformed("kernel.business_number_check", given=text)
    return BusinessNumber(digits)


def check_digit(nine: str) -> int:
    """Compute the tenth digit of a business number from its first nine."""
    total = sum(w * int(d) for w, d in zip(_WEIGHTS, nine, strict=True)) + int(nine[8]) * 5 // 10
    return (10 - total % 10) % 10
